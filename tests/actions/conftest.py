"""Actions without Rasa's server: a message in, responses and events out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions import base
from actions.base import OrientaAction
from actions.context import Context
from storage.database import SessionFactory
from storage.keys import Keyring
from storage.people import update_profile
from tests.conftest import FixedClock

Said = list[dict[str, Any]]
Say = Callable[..., Said]


@pytest.fixture
def sessions(sqlite_sessions: SessionFactory) -> SessionFactory:
    return sqlite_sessions


@pytest.fixture
def press(sessions: SessionFactory, clock: FixedClock, monkeypatch: pytest.MonkeyPatch) -> Say:
    """Presses a button of a person in Latina: `press(action, the slot `service`, **entities)` gives what is said."""
    context = Context(sessions, Keyring(["x" * 32]), clock)
    monkeypatch.setattr(base, "get_context", lambda: context)
    update_profile(sessions, clock, "tg-1", language="en", city="latina")

    def run(action: OrientaAction, slot: str | None = None, **entities: str) -> Said:
        message = {"text": "/x", "entities": [{"entity": name, "value": value} for name, value in entities.items()]}
        tracker = Tracker("tg-1", {"service": slot}, message, [], False, None, {}, "action_listen")
        dispatcher = CollectingDispatcher()
        events = action.run(dispatcher, tracker, {})
        return [*dispatcher.messages, *(event for event in events if event["event"] == "followup")]

    return run
