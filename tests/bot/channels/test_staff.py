"""Staff on Telegram: a code links them, their live location moves a mobile unit. Through the strict emulator."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from bot.channels.staff import staff_code
from services_catalog.importer import entry_id, load_sheets
from services_catalog.models import UnitPosition
from storage.clock import utc_now
from storage.database import SessionFactory, transaction
from storage.staff_links import link_of, new_code, unlink
from tests.bot.channels.conftest import Running
from tests.services_catalog.factories import entry, sheet
from tests.strict_telegram import Person, StrictTelegram

UNIT = entry_id("latina", "unita")
HERE = {"latitude": 41.46, "longitude": 12.9}


@pytest.fixture
def person(telegram: StrictTelegram) -> Person:
    return telegram.person(77, "it")


@pytest.fixture
def sessions(running: Running) -> SessionFactory:
    unit = entry("unita", name="Unità di strada", services=["mobile_unit"])
    load_sheets(running.channel._sessions, [sheet(unit)], utc_now)
    return running.channel._sessions


def code(sessions: SessionFactory, **about: Any) -> str:
    values: dict[str, Any] = {
        "account_name": "anna",
        "cities": ["latina"],
        "language": "it",
        "unit_id": UNIT,
        "tells": True,
        **about,
    }
    return new_code(sessions, utc_now, **values)


def position(sessions: SessionFactory) -> Any:
    with sessions() as session:
        return session.get(UnitPosition, UNIT)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("/start staff_0123456789abcdef", "0123456789abcdef"),
        ("/start@OrientaBot staff_0123456789ABCDEF", "0123456789abcdef"),
        ("/start staff_0123", None),
        ("/start latina_shower_ar", None),
        ("staff_0123456789abcdef", None),
        (None, None),
    ],
)
def test_what_is_a_code(text: str | None, found: str | None) -> None:
    assert staff_code(text) == found


async def test_a_code_links_once(running: Running, sessions: SessionFactory, person: Person) -> None:
    made = code(sessions)
    person.write(f"/start staff_{made}")
    assert await running.answers(77, 1) == ["✅ Questo Telegram è collegato all'utente anna."]
    linked = link_of(sessions, "anna")
    assert linked and linked.person_key == running.channel._keyring.person_key("tg", "77")
    assert "77" not in linked.address_encrypted and running.told == []
    person.write(f"/start staff_{made}")
    assert (await running.answers(77, 2))[1].startswith("❌ Questo codice non vale più.")


async def test_a_code_of_yesterday_links_nobody(
    running: Running, sessions: SessionFactory, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = code(sessions)
    monkeypatch.setattr(running.channel._staff, "_clock", lambda: utc_now() + timedelta(minutes=16))
    person.write(f"/start staff_{made}")
    assert (await running.answers(77, 1))[0].startswith("❌")
    assert link_of(sessions, "anna") is None


async def test_a_live_location_moves_the_unit_until_it_ends(
    running: Running, sessions: SessionFactory, person: Person
) -> None:
    person.write(f"/start staff_{code(sessions)}")
    await running.answers(77, 1)
    shared = person.send(location={**HERE, "live_period": 3600})
    assert (await running.answers(77, 2))[1].startswith("📍 Unità di strada: la posizione si vede fino alle")
    now = position(sessions)
    assert (now.latitude, now.longitude) == (41.46, 12.9)
    assert timedelta(minutes=59) < now.expires_at - utc_now() <= timedelta(hours=1)
    moved = {
        **shared,
        "edit_date": shared["date"] + 7000,
        "location": {"latitude": 41.5, "longitude": 12.9, "live_period": 7200},
    }
    person.telegram.deliver("edited_message", moved)
    await running.until(lambda: position(sessions).latitude == 41.5)
    person.telegram.deliver("edited_message", {**moved, "location": HERE})
    assert (await running.answers(77, 3))[2] == "📍 Unità di strada: la posizione non si vede più."
    assert position(sessions) is None and running.told == []


async def test_without_a_unit_nobody_sees_it(running: Running, sessions: SessionFactory, person: Person) -> None:
    person.write(f"/start staff_{code(sessions, unit_id=None)}")
    person.send(location={**HERE, "live_period": 3600})
    assert (await running.answers(77, 2))[1].startswith("Al tuo utente non è collegata")
    assert position(sessions) is None


async def test_a_unit_of_another_city_does_not_move(running: Running, sessions: SessionFactory, person: Person) -> None:
    person.write(f"/start staff_{code(sessions, cities=['roma'])}")
    person.send(location={**HERE, "live_period": 3600})
    assert (await running.answers(77, 2))[1].startswith("Al tuo utente non è collegata")
    assert position(sessions) is None


async def test_whoever_is_no_staff_shares_where_they_are_once(
    running: Running, sessions: SessionFactory, person: Person
) -> None:
    shared = person.send(location={**HERE, "live_period": 3600})
    assert await running.answers(77, 1) == ["re: /share_location"]
    moved = {**shared, "edit_date": shared["date"] + 60, "location": {**HERE, "live_period": 3600}}
    person.telegram.deliver("edited_message", moved)
    await running.until(lambda: not running.waiting())
    await running.silence()
    assert len(running.telegram.texts(77)) == 1 and position(sessions) is None


async def test_an_account_that_is_shut_out_moves_nothing(
    running: Running, sessions: SessionFactory, person: Person
) -> None:
    person.write(f"/start staff_{code(sessions)}")
    await running.answers(77, 1)
    with transaction(sessions) as session:
        unlink(session, "anna")
    person.send(location={**HERE, "live_period": 3600})
    assert (await running.answers(77, 2))[1] == "re: /share_location"
    assert position(sessions) is None


async def test_without_the_database_a_live_location_is_answered_all_the_same(
    running: Running, sessions: SessionFactory, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: Any, **__: Any) -> None:
        raise OperationalError("SELECT", {}, Exception("gone"))

    monkeypatch.setattr("bot.channels.staff.linked_person", gone)
    monkeypatch.setattr("bot.channels.staff.link", gone)
    person.send(location={**HERE, "live_period": 3600})
    assert await running.answers(77, 1) == ["re: /share_location"]
    person.write(f"/start staff_{code(sessions)}")
    assert len(await running.answers(77, 2)) == 2
