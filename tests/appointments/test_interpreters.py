"""Interpreters, on SQLite and PostgreSQL. The clock stands at Wednesday 2026-11-25, 09:00 in Rome."""

from __future__ import annotations

from typing import Any

import pytest

from appointments import booking
from appointments.desk import history, move_by_staff
from appointments.errors import InterpreterBusy, InterpreterUnsuitable, NotFound, WrongStatus
from appointments.interpreters import add_interpreter, assign, prefer, suitable
from appointments.slots import Window
from storage.database import SessionFactory
from tests.appointments.test_booking import TOMORROW, book, rome
from tests.conftest import FixedClock

THURSDAY_MORNING = (Window(3, "09:00", "13:00"),)


@pytest.fixture
def roster(shop: SessionFactory, clock: FixedClock) -> dict[str, int]:
    people = (
        ("Mina", "woman", ["ar", "fr"], THURSDAY_MORNING),
        ("Sami", "man", ["ar"], THURSDAY_MORNING),
        ("Lina", "woman", ["ar"], (Window(3, "09:30", "13:00"),)),
    )
    return {
        name: add_interpreter(
            shop, clock, city="latina", name=name, gender=gender, languages=languages, windows=windows, staff="anna"
        )
        for name, gender, languages, windows in people
    }


def give(sessions: SessionFactory, clock: FixedClock, made: Any, id_: int, city: str = "latina") -> Any:
    return assign(sessions, clock, appointment_id=made.id, city=city, interpreter_id=id_, staff="anna")


def test_the_wish_decides_who_suits(shop: SessionFactory, clock: FixedClock, roster: dict[str, int]) -> None:
    made = book(shop, clock, service="legal_support", interpreter_language="ar", interpreter_gender="woman")

    def names() -> list[str]:
        return [one.name for one in suitable(shop, appointment_id=made.id, city="latina")]

    assert names() == ["Mina"], "Lina comes half an hour later"
    prefer(shop, clock, person_key="tg-1", code=made.code, language="ar")
    assert names() == ["Mina", "Sami"]
    prefer(shop, clock, person_key="tg-1", code=made.code, language="ti")
    assert names() == []
    with pytest.raises(InterpreterUnsuitable):
        give(shop, clock, made, roster["Mina"])
    with pytest.raises(ValueError, match="none of"):
        prefer(shop, clock, person_key="tg-1", code=made.code, language="ar", gender="robot")
    with pytest.raises(NotFound):
        prefer(shop, clock, person_key="tg-2", code=made.code, language="ar")


def test_nobody_is_in_two_places_at_once(shop: SessionFactory, clock: FixedClock, roster: dict[str, int]) -> None:
    lawyer = book(shop, clock, service="legal_support", interpreter_language="ar")
    papers = book(shop, clock, person="tg-2", starts_at=rome(26, 9, 30))
    shown = give(shop, clock, lawyer, roster["Mina"])
    assert (shown.interpreter, shown.interpreter_language) == ("Mina", "ar")
    assert booking.day_list(shop, "latina", TOMORROW)[0].interpreter == "Mina"
    with pytest.raises(InterpreterBusy):
        give(shop, clock, papers, roster["Mina"])
    busy = {one.name: one.busy for one in suitable(shop, appointment_id=papers.id, city="latina")}
    assert busy == {"Lina": False, "Sami": False, "Mina": True}
    give(shop, clock, lawyer, roster["Sami"])
    assert give(shop, clock, papers, roster["Mina"]).interpreter == "Mina"
    assert ("interpreter", "anna") in [one[1:] for one in history(shop, lawyer.id, "latina")]


def test_who_is_moved_or_gives_back_needs_the_interpreter_no_more(
    shop: SessionFactory, clock: FixedClock, roster: dict[str, int]
) -> None:
    first, second = (
        book(shop, clock, person=person, starts_at=rome(26, hour, minute))
        for person, hour, minute in (("tg-1", 9, 30), ("tg-2", 10, 0))
    )
    for made in (first, second):
        give(shop, clock, made, roster["Mina"])
    moved = move_by_staff(shop, clock, appointment_id=first.id, city="latina", starts_at=rome(26, 9), staff="anna")
    assert moved.interpreter is None
    booking.cancel(shop, clock, person_key="tg-2", code=second.code)
    with pytest.raises(WrongStatus):
        give(shop, clock, second, roster["Sami"])
    third = book(shop, clock, person="tg-3", starts_at=rome(26, 9, 30))
    assert give(shop, clock, third, roster["Mina"]).interpreter == "Mina"
    changed = prefer(shop, clock, person_key="tg-3", code=third.code, language="ar", gender="man")
    assert changed.interpreter is None, "the wish changed: who was assigned does not fit"


def test_only_of_the_own_roster(shop: SessionFactory, clock: FixedClock, roster: dict[str, int]) -> None:
    made = book(shop, clock)
    for id_, city in ((999, "latina"), (roster["Mina"], "roma")):
        with pytest.raises(NotFound):
            give(shop, clock, made, id_, city)
    with pytest.raises(ValueError, match="none of"):
        add_interpreter(shop, clock, city="latina", name="X", gender="x", languages=["ar"], windows=(), staff="anna")
