"""Nothing of a person is left once they are erased: in no table, in no file, in no log."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import inspect, text

from appointments.booking import book, cancel, hold
from appointments.erasure import erase_person_everywhere, kept_of
from appointments.interpreters import add_interpreter
from appointments.models import InterpreterClaim
from appointments.shops import load_shops
from appointments.waiting import join_waiting_list
from bot.channels.update_queue import UpdateQueue
from orienta.privacy import Dropped, drop_what_is_old, erase_telegram_user
from storage.conversations import save_events
from storage.database import Engine, SessionFactory, metadata, transaction
from storage.keys import Keyring
from storage.people import get_profile, update_profile
from storage.settings import Settings
from storage.staff_links import link, new_code
from tests.appointments.conftest import SHEET, know_the_shop
from tests.appointments.test_booking import rome
from tests.conftest import FixedClock

KEYRING = Keyring(["k" * 32])
ID = 424242
PERSON, OTHER = (KEYRING.person_key("tg", str(id_)) for id_ in (ID, 1))
ADDRESS = KEYRING.encrypt(str(ID))
OF_PEOPLE = {"person_key", "sender_id", "appointment_id"}
"""Columns that say whose a row is."""


@pytest.fixture
def shop(sessions: SessionFactory, tmp_path: Path) -> SessionFactory:
    (tmp_path / "shops").mkdir()
    (tmp_path / "shops" / "latina.yml").write_text(SHEET)
    load_shops(sessions, tmp_path / "shops")
    know_the_shop(sessions, "latina")
    return sessions


def live_for_a_while(sessions: SessionFactory, clock: FixedClock, person: str, id_: int) -> list[str]:
    """A row in every table that has rows of people. Returns what may be left of none of it."""
    address = KEYRING.encrypt(str(id_))
    on_telegram = {"person_key": person, "language": "pa", "channel": "telegram", "address_encrypted": address}
    update_profile(sessions, clock, person, language="pa", city="latina")
    save_events(sessions, clock, person, json.dumps([{"event": "slot", "name": "service", "value": person}]))
    at = 9 if person == PERSON else 11
    given_back = book(sessions, clock, city="latina", service="shower", starts_at=rome(26, at), **on_telegram)
    cancel(sessions, clock, person_key=person, code=given_back.code)
    booking = book(sessions, clock, city="latina", service="shower", starts_at=rome(26, at), **on_telegram)
    hold(sessions, clock, city="latina", service="documents", starts_at=rome(25, at + 1), person_key=person)
    join_waiting_list(sessions, clock, city="latina", service="legal_support", **on_telegram)
    helper = add_interpreter(
        sessions, clock, city="latina", name=f"Helper {at}", gender="woman", languages=["pa"], windows=[], staff="anna"
    )
    with transaction(sessions) as session:
        session.add(InterpreterClaim(interpreter_id=helper, cell=at, appointment_id=booking.id))
    code = new_code(sessions, clock, account_name=f"a{at}", cities=["latina"], language="it", unit_id=None, tells=True)
    assert link(sessions, clock, code=code, person_key=person, address_encrypted=address)
    queue = UpdateQueue(sessions, KEYRING, clock)
    message = {"text": "a secret", "chat": {"id": id_, "type": "private"}, "from": {"id": id_}}
    assert queue.accept(10 * id_, json.dumps({"update_id": 10 * id_, "message": message}))
    assert queue.accept(10 * id_ + 1, json.dumps({"update_id": 10 * id_ + 1, "chat_id": id_, "answers": []}))
    return [person, address, given_back.code, booking.code, booking.id]


def rows(sessions: SessionFactory) -> Iterator[tuple[str, str]]:
    """Every row of every table, as text, with the table's name."""
    with sessions() as session:
        for table in inspect(session.get_bind()).get_table_names():
            for row in session.execute(text(f"SELECT * FROM {table}")):  # names from the database itself
                yield table, str(tuple(row))


def tables_of_people() -> set[str]:
    return {name for name, table in metadata.tables.items() if OF_PEOPLE & set(table.columns.keys())}


def test_nothing_is_left_in_any_table_or_file(
    shop: SessionFactory,
    engine: Engine,
    clock: FixedClock,
    caplog: pytest.LogCaptureFixture,
) -> None:
    for hour in (9, 10, 11, 12):  # the lawyer has no time left: whoever waits goes on waiting
        book(
            shop,
            clock,
            city="latina",
            service="legal_support",
            starts_at=rome(26, hour),
            person_key=f"tg-{hour}",
            language="fr",
            channel="web",
            address_encrypted=None,
        )
    theirs = live_for_a_while(shop, clock, PERSON, ID)
    others = live_for_a_while(shop, clock, OTHER, 1)
    filled = {table for table, row in rows(shop) if any(trace in row for trace in theirs)}
    assert filled == tables_of_people(), "the test fills every table that has rows of people"
    with caplog.at_level(logging.DEBUG):
        assert erase_telegram_user(shop, KEYRING, clock, ID)
    left = [row for _, row in rows(shop) if any(trace in row for trace in [*theirs, str(ID)])]
    assert [row for row in left if not row.startswith(("(4242420,", "(4242421,"))] == []
    waiting = UpdateQueue(shop, KEYRING, clock).waiting()
    assert len(waiting) == 2 and str(ID) not in "".join(waiting)
    assert {table for table, row in rows(shop) if any(trace in row for trace in others)} == tables_of_people()
    assert not any(trace in caplog.text for trace in [*theirs, str(ID)])
    assert not erase_telegram_user(shop, KEYRING, clock, ID)
    if engine.dialect.name == "sqlite":
        path = Path(engine.url.database)
        files = [path, *path.parent.glob(f"{path.name}-*")]
        content = b"".join(file.read_bytes() for file in files)
        assert not [trace for trace in theirs if trace.encode() in content]
        assert OTHER.encode() in content


def test_the_place_of_an_erased_appointment_is_free_again(shop: SessionFactory, clock: FixedClock) -> None:
    moment = rome(26, 9)
    for person in (PERSON, OTHER):
        booking = book(
            shop,
            clock,
            city="latina",
            service="legal_support",
            starts_at=moment,
            person_key=person,
            language="pa",
            channel="web",
            address_encrypted=None,
        )
        assert booking.starts_at == moment
        assert kept_of(shop, clock, person).appointments == (booking,)
        assert erase_person_everywhere(shop, person)
        assert kept_of(shop, clock, person).appointments == ()


def test_what_is_kept(shop: SessionFactory, clock: FixedClock) -> None:
    nothing = kept_of(shop, clock, PERSON)
    assert (nothing.language, nothing.city, nothing.appointments, nothing.past, nothing.waiting) == (
        None,
        None,
        (),
        0,
        (),
    )
    update_profile(shop, clock, PERSON, language="pa", city="latina")
    on_telegram: dict[str, Any] = {"person_key": PERSON, "language": "pa", "channel": "web", "address_encrypted": None}
    book(shop, clock, city="latina", service="shower", starts_at=rome(25, 11), **on_telegram)
    clock.advance(hours=5)
    coming = book(shop, clock, city="latina", service="shower", starts_at=rome(26, 9), **on_telegram)
    kept = kept_of(shop, clock, PERSON)
    assert (kept.language, kept.city, kept.past, kept.waiting) == ("pa", "latina", 1, ())
    assert [one.code for one in kept.appointments] == [coming.code]


# -- what time erases --


def test_what_is_old_goes_and_what_is_not_stays(sessions: SessionFactory, clock: FixedClock, tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, conversation_days=30, person_days=365)
    queue = UpdateQueue(sessions, KEYRING, clock)
    update_profile(sessions, clock, PERSON, language="pa")
    save_events(sessions, clock, PERSON, "[]")
    queue.accept(1, "answered")
    queue.done(1)
    queue.accept(2, "waiting")
    clock.advance(days=31)
    update_profile(sessions, clock, OTHER, language="so")
    assert drop_what_is_old(sessions, KEYRING, clock, settings) == Dropped(conversations=1, people=0, updates=1)
    assert queue.waiting() == ["waiting"], "what was not answered is not dropped"
    clock.advance(days=364 - 31)
    assert drop_what_is_old(sessions, KEYRING, clock, settings).people == 0
    clock.advance(days=2)
    assert drop_what_is_old(sessions, KEYRING, clock, settings).people == 1
    assert get_profile(sessions, PERSON).language is None and get_profile(sessions, OTHER).language == "so"


def test_the_time_runs_from_the_last_message(sessions: SessionFactory, clock: FixedClock, tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, conversation_days=30, person_days=365)
    update_profile(sessions, clock, PERSON, language="pa")
    clock.advance(days=300)
    save_events(sessions, clock, PERSON, "[]")
    clock.advance(days=100)
    assert drop_what_is_old(sessions, KEYRING, clock, settings) == Dropped(conversations=1, people=0, updates=0)
    clock.advance(days=264)
    assert drop_what_is_old(sessions, KEYRING, clock, settings).people == 0
    clock.advance(days=2)
    assert drop_what_is_old(sessions, KEYRING, clock, settings).people == 1


def test_whoever_has_an_appointment_to_come_is_not_forgotten(
    shop: SessionFactory,
    clock: FixedClock,
    tmp_path: Path,
) -> None:
    settings = Settings(data_dir=tmp_path, conversation_days=1, person_days=30)
    with transaction(shop) as session:
        session.execute(text("UPDATE shop SET horizon_days = 90"))
    update_profile(shop, clock, PERSON, language="pa")
    far = clock() + timedelta(days=63, hours=2)
    book(
        shop,
        clock,
        city="latina",
        service="shower",
        starts_at=far,
        person_key=PERSON,
        language="pa",
        channel="web",
        address_encrypted=None,
    )
    clock.advance(days=62)
    assert drop_what_is_old(shop, KEYRING, clock, settings).people == 0
    clock.advance(days=2)
    assert drop_what_is_old(shop, KEYRING, clock, settings).people == 1
    assert kept_of(shop, clock, PERSON).past == 0
