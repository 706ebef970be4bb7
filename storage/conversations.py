"""What Rasa needs to know of a conversation from one message to the next: one row each, without words."""

from __future__ import annotations

from datetime import timedelta
from typing import Optional

from sqlalchemy import Column, String, Text, delete

from storage.clock import Clock
from storage.database import Base, SessionFactory, UTCDateTime, transaction


class Conversation(Base):
    """`events`: JSON, written by `bot.tracker_store`; `updated_at`: the last turn."""

    __tablename__ = "conversation"

    sender_id = Column(String(128), primary_key=True)
    events = Column(Text, nullable=False)
    updated_at = Column(UTCDateTime, nullable=False, index=True)


def get_events(sessions: SessionFactory, sender_id: str) -> Optional[str]:
    with sessions() as session:
        row = session.get(Conversation, sender_id)
        return row.events if row else None


def save_events(sessions: SessionFactory, clock: Clock, sender_id: str, events: str) -> None:
    with transaction(sessions) as session:
        session.merge(Conversation(sender_id=sender_id, events=events, updated_at=clock()))


def erase_conversation(sessions: SessionFactory, sender_id: str) -> None:
    with transaction(sessions) as session:
        session.execute(delete(Conversation).where(Conversation.sender_id == sender_id))


def drop_unused(sessions: SessionFactory, clock: Clock, days: int) -> int:
    """Delete conversations without a turn for `days`. Returns how many."""
    with transaction(sessions) as session:
        result = session.execute(delete(Conversation).where(Conversation.updated_at < clock() - timedelta(days=days)))
        return int(result.rowcount)
