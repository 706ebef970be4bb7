"""Who did what in the console, where a thing keeps no history of its own (appointments and catalogue entries do)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Optional

from sqlalchemy import Column, Index, Integer, String, select

from storage.database import Base, Session, SessionFactory, UTCDateTime

PAGE = 100


class AuditEntry(Base):
    """`by`: a console account's name, or "command line". `deed`: a word of the code; `subject`: on what, never a person."""

    __tablename__ = "audit_entry"
    __table_args__ = (Index("ix_audit_entry_at", "at"),)

    id = Column(Integer, primary_key=True)
    at = Column(UTCDateTime, nullable=False)
    by = Column(String(64), nullable=False)
    deed = Column(String(32), nullable=False)
    city = Column(String(32))
    subject = Column(String(200), nullable=False)


@dataclass(frozen=True)
class Audited:
    """One line of the audit. `at`: aware, UTC."""

    id: int
    at: datetime
    by: str
    deed: str
    city: Optional[str]
    subject: str


def audit(session: Session, at: datetime, by: str, deed: str, subject: str, city: Optional[str] = None) -> None:
    """To be called in the transaction of what it tells."""
    session.add(AuditEntry(at=at, by=by, deed=deed, city=city, subject=subject[:200]))


def audit_entries(sessions: SessionFactory, *, before: Optional[int] = None, limit: int = PAGE) -> list[Audited]:
    """The newest first. `before`: the id of an entry; only older ones."""
    query = select(AuditEntry).order_by(AuditEntry.id.desc()).limit(limit)
    if before is not None:
        query = query.where(AuditEntry.id < before)
    with sessions() as session:
        return [
            Audited(one.id, one.at, one.by, one.deed, one.city, one.subject) for one in session.execute(query).scalars()
        ]
