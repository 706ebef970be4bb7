"""Staff are told of new bookings: how many, not whose, not twice. The clock stands at Wednesday 2026-11-25, 09:00 in Rome."""

from __future__ import annotations

from pathlib import Path

import pytest

from appointments import booking
from appointments.shops import load_shops
from orienta.worker import TELL_EVERY, tell_staff
from storage.database import SessionFactory
from storage.settings import Settings
from storage.staff_links import Linked, link, new_code
from tests.appointments.conftest import SHEET, know_the_shop
from tests.appointments.test_booking import book
from tests.conftest import FixedClock


@pytest.fixture
def shop(sessions: SessionFactory, clock: FixedClock, tmp_path: Path) -> SessionFactory:
    (tmp_path / "shops").mkdir()
    (tmp_path / "shops" / "latina.yml").write_text(SHEET)
    load_shops(sessions, tmp_path / "shops")
    know_the_shop(sessions, "latina")
    for name, city, tells in (("anna", "latina", True), ("bruno", "palermo", True), ("carla", "latina", False)):
        code = new_code(sessions, clock, account_name=name, cities=[city], language="it", unit_id=None, tells=tells)
        assert link(sessions, clock, code=code, person_key=f"tg-{name}", address_encrypted=name)
    return sessions


def test_staff_are_told_once_how_many_wait(shop: SessionFactory, clock: FixedClock) -> None:
    said: list[tuple[str, str]] = []

    def tell() -> int:
        return tell_staff(
            shop, clock, Settings(secret_key="s" * 32), lambda one, text: said.append((one.account_name, text))
        )

    clock.advance(minutes=1)
    made = book(shop, clock)
    assert tell() == 0, "not at every booking"
    clock.advance(seconds=TELL_EVERY.total_seconds())
    book(shop, clock, person="tg-2", service="shower")
    clock.advance(seconds=1)
    assert tell() == 1 and tell() == 0
    ((name, text),) = said
    assert name == "anna" and "Nuove richieste di appuntamento: 2." in text and text.endswith("/appointments")
    assert made.code not in text
    clock.advance(seconds=TELL_EVERY.total_seconds())
    assert tell() == 0, "nothing new"
    booking.set_status(shop, clock, appointment_id=made.id, city="latina", status="confirmed", staff="anna")
    assert tell() == 0


def test_one_that_cannot_be_told_does_not_stop_the_others(shop: SessionFactory, clock: FixedClock) -> None:
    clock.advance(minutes=1)
    book(shop, clock)
    clock.advance(seconds=TELL_EVERY.total_seconds())

    def fails(one: Linked, text: str) -> None:
        raise ConnectionError

    assert tell_staff(shop, clock, Settings(secret_key="s" * 32), fails) == 0
    assert tell_staff(shop, clock, Settings(secret_key="s" * 32), lambda *_: None) == 0, (
        "written down before it is said"
    )
