"""A shop with long days and many of them, and the actions' world around it. SQLite alone: the agenda's tests have both."""

from __future__ import annotations

from pathlib import Path

import pytest

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
