"""Actions without Rasa's server: a message in, responses and events out. SQLite alone: the domain's tests have both.

`shop` has long days and many of them.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions import base
from actions.base import OrientaAction
from actions.context import Context
from appointments.shops import load_shops
from storage.database import SessionFactory
from storage.keys import Keyring
from storage.people import update_profile
from tests.actions.chat import Chat
from tests.appointments.conftest import know_the_shop
from tests.conftest import FixedClock

WEEK = (
    "{mo: [08:00-20:00], tu: [08:00-20:00], we: [08:00-20:00], th: [08:00-20:00], fr: [08:00-20:00], sa: [08:00-20:00]}"
)
SHEET = f"""
shop: latina
example: false
notice_minutes: 60
horizon_days: 20
resources:
  - name: Desk
    seats: 1
    week: {WEEK}
    types: [{{service: documents, minutes: 15}}]
  - name: Room
    seats: 1
    week: {{th: [09:00-13:00]}}
    types: [{{service: legal_support, minutes: 60, interpreter: true}}]
"""


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


@pytest.fixture
def shop(
    sessions: SessionFactory, clock: FixedClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> SessionFactory:
    folder = tmp_path / "shops"
    folder.mkdir()
    (folder / "latina.yml").write_text(SHEET)
    load_shops(sessions, folder)
    know_the_shop(sessions, "latina")
    monkeypatch.setattr("actions.base.get_context", lambda: Context(sessions, Keyring(["k" * 32]), clock))
    return sessions


@pytest.fixture
def chat(shop: SessionFactory, clock: FixedClock) -> Chat:
    """Somebody who has chosen English and Latina."""
    update_profile(shop, clock, "tg-1", language="en", city="latina")
    return Chat()
