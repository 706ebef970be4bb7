"""A tracker store with one row a conversation, a bounded history and no words in it.

Rasa's SQLTrackerStore writes one row an event, keeps every text in clear for ever (RASA.md, T16) and reads all of a
session's events at each message, so that a message costs more the longer the conversation is. Our rules look at the
last message only and everything else is in slots: the slots and the last turns are all that is kept.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable
from typing import Any, Optional

from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.constants import ACTION_LISTEN_NAME, ACTION_SESSION_START_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, BotUttered, Event, SessionStarted, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from sqlalchemy import select

from storage.clock import utc_now
from storage.conversations import Conversation, erase_conversation, get_events, save_events
from storage.database import SessionFactory, SQLAlchemyError, make_engine, make_session_factory
from storage.settings import load_settings

log = logging.getLogger(__name__)

KEPT_TURNS = 2
"""Turns whose events are kept beside the slots. Rules need the present one; a second one keeps its beginning whole."""

KEPT_PARSE_KEYS = ("intent", "entities", "language", "safety", "cut")


class CompactTrackerStore(TrackerStore):
    """Conversations in our own database; when that is down, in this process's memory until it is back.

    The safety answers must go out with the database down (DESIGN.md, decision 3), so no error of the database ends a
    turn here; it is logged, and the actions, which do need the database, tell the person (RASA.md, T28).
    """

    def __init__(
        self,
        domain: Optional[Domain],
        event_broker: Optional[EventBroker] = None,
        sessions: Optional[SessionFactory] = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(domain, event_broker)
        self._sessions = sessions or make_session_factory(make_engine(load_settings().database_url))
        self._unsaved: dict[str, str] = {}

    async def retrieve(self, sender_id: str) -> Optional[DialogueStateTracker]:
        try:
            events = self._unsaved.get(sender_id) or get_events(self._sessions, sender_id)
        except SQLAlchemyError as error:
            log.error("conversation not read, database: %s", type(error).__name__)
            events = None
        if events is None:
            return None
        return DialogueStateTracker.from_dict(sender_id, json.loads(events), self.domain.slots)

    async def save(self, tracker: DialogueStateTracker) -> None:
        if not tracker.events:
            return  # Rasa saves a new tracker before its first event
        events = json.dumps([event.as_dict() for event in compact(tracker)])
        try:
            if tracker.get_slot("forgotten"):
                self._unsaved.pop(tracker.sender_id, None)
                erase_conversation(self._sessions, tracker.sender_id)
                return
            save_events(self._sessions, utc_now, tracker.sender_id, events)
            self._unsaved.pop(tracker.sender_id, None)
        except SQLAlchemyError as error:
            log.error("conversation not saved, database: %s", type(error).__name__)
            if len(self._unsaved) < 10_000:
                self._unsaved[tracker.sender_id] = events

    async def keys(self) -> Iterable[str]:
        with self._sessions() as session:
            return list(session.scalars(select(Conversation.sender_id)))


def compact(tracker: DialogueStateTracker) -> list[Event]:
    """The events to keep: a session's start, one SlotSet for each slot that is set, and the last turns without words."""
    turns = _last_turns(list(tracker.events))
    start: list[Event] = [
        ActionExecuted(ACTION_SESSION_START_NAME),
        SessionStarted(),
        *(
            SlotSet(name, slot.value)
            for name, slot in sorted(tracker.slots.items())
            if slot.value != slot.initial_value
        ),
        ActionExecuted(ACTION_LISTEN_NAME),
    ]
    return start + [_without_words(event) for event in turns if not isinstance(event, (BotUttered, SlotSet))]


def _last_turns(events: list[Event]) -> list[Event]:
    starts = [number for number, event in enumerate(events) if isinstance(event, UserUttered)]
    return events[starts[-KEPT_TURNS] if len(starts) >= KEPT_TURNS else starts[0] :] if starts else []


def _without_words(event: Event) -> Event:
    if not isinstance(event, UserUttered):
        return event
    parse_data = {key: event.parse_data[key] for key in KEPT_PARSE_KEYS if key in event.parse_data}
    parse_data["entities"] = [
        {key: value for key, value in entity.items() if key in ("entity", "value")} for entity in event.entities
    ]
    return UserUttered(
        text=None,
        intent={key: event.intent.get(key) for key in ("name", "confidence")},
        entities=parse_data["entities"],
        parse_data={**parse_data, "text": ""},
        timestamp=event.timestamp,
        input_channel=event.input_channel,
        message_id=None,
        metadata=None,
    )
