"""The waiting list, on SQLite and PostgreSQL. The clock stands at Wednesday 2026-11-25, 09:00 in Rome."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from appointments import booking
from appointments.due import do_what_is_due
from appointments.erasure import erase_person_everywhere
from appointments.errors import (
    AlreadyBooked,
    NoShop,
    NotFound,
    OfferGone,
    SlotTaken,
    TooManyAppointments,
    TooManyWaiting,
)
from appointments.models import NoticeRow, WaitingEntry
from appointments.waiting import (
    MAX_OFFERS,
    OFFER,
    accept_offer,
    decline_offer,
    join_waiting_list,
    leave_waiting_list,
    open_offers,
    set_priority,
    waiting_list,
    waiting_of,
)
from storage.clock import ROME
from storage.database import SessionFactory
from tests.appointments.test_booking import book, rome
from tests.appointments.test_desk import told
from tests.conftest import FixedClock


def wait(sessions: SessionFactory, clock: FixedClock, person: str, service: str = "legal_support", **more: Any) -> Any:
    return join_waiting_list(
        sessions, clock, city="latina", service=service, person_key=person, language="fr", channel="telegram",
        address_encrypted="secret", **more,
    )  # fmt: skip


@pytest.fixture
def full(shop: SessionFactory, clock: FixedClock) -> SessionFactory:
    """All four times of the lawyer are taken: tg-9 to tg-12, 09:00 to 13:00."""
    for hour in (9, 10, 11, 12):
        book(shop, clock, person=f"tg-{hour}", service="legal_support", starts_at=rome(26, hour))
    assert booking.slots_ahead(shop, clock, "latina", "legal_support") == []
    return shop


def code_of(sessions: SessionFactory, clock: FixedClock, person: str) -> str:
    return booking.appointments_of(sessions, clock, person)[0].code


def give_back(sessions: SessionFactory, clock: FixedClock, hour: int = 9) -> None:
    person = f"tg-{hour}"
    booking.cancel(sessions, clock, person_key=person, code=code_of(sessions, clock, person))


def offers(sessions: SessionFactory, clock: FixedClock, *people: str) -> list[int]:
    return [len(open_offers(sessions, clock, person)) for person in people]


def test_a_freed_place_is_offered_to_the_first_in_line_and_kept(full: SessionFactory, clock: FixedClock) -> None:
    assert [wait(full, clock, person).ahead for person in ("tg-1", "tg-2")] == [0, 1]
    give_back(full, clock)
    assert offers(full, clock, "tg-1", "tg-2") == [1, 0]
    assert booking.slots_ahead(full, clock, "latina", "legal_support") == []
    with pytest.raises(SlotTaken):
        book(full, clock, person="tg-3", service="legal_support")
    (notice,) = told(full, "offer")
    assert (notice["starts_at"], notice["until"]) == (rome(26, 9).isoformat(), (clock() + OFFER).isoformat())
    for _ in range(2):  # two taps
        taken = accept_offer(full, clock, person_key="tg-1", code=notice["code"])
        assert (taken.status, taken.starts_at) == ("pending", rome(26, 9))
    assert waiting_of(full, "tg-1") == []
    clock.advance(hours=1)
    assert do_what_is_due(full, clock) == 0
    assert booking.appointments_of(full, clock, "tg-1")[0].code == notice["code"]


def test_silence_and_no_pass_it_on(full: SessionFactory, clock: FixedClock) -> None:
    for person in ("tg-1", "tg-2", "tg-3"):
        wait(full, clock, person)
    give_back(full, clock)
    first = open_offers(full, clock, "tg-1")[0]
    clock.advance(minutes=30)
    with pytest.raises(OfferGone):
        accept_offer(full, clock, person_key="tg-1", code=first.code)
    do_what_is_due(full, clock)
    assert offers(full, clock, "tg-1", "tg-2", "tg-3") == [0, 1, 0]
    second = open_offers(full, clock, "tg-2")[0]
    with pytest.raises(OfferGone):
        decline_offer(full, clock, person_key="tg-1", code=second.code)
    decline_offer(full, clock, person_key="tg-2", code=second.code)
    assert offers(full, clock, "tg-1", "tg-2", "tg-3") == [0, 0, 1]
    decline_offer(full, clock, person_key="tg-3", code=open_offers(full, clock, "tg-3")[0].code)
    assert offers(full, clock, "tg-1", "tg-2", "tg-3") == [0, 0, 0]
    assert len(booking.slots_ahead(full, clock, "latina", "legal_support")) == 1, "nobody wants it: it is everybody's"
    assert len(waiting_list(full, "latina", "legal_support")) == 3


def test_who_lets_offers_pass_loses_the_place(full: SessionFactory, clock: FixedClock) -> None:
    wait(full, clock, "tg-1")
    for hour in (9, 10, 11):
        assert len(waiting_of(full, "tg-1")) == 1
        give_back(full, clock, hour)
        decline_offer(full, clock, person_key="tg-1", code=open_offers(full, clock, "tg-1")[0].code)
    assert MAX_OFFERS == 3 and waiting_of(full, "tg-1") == []


def test_wishes_and_priority(full: SessionFactory, clock: FixedClock) -> None:
    wait(full, clock, "tg-1", part="afternoon")
    wait(full, clock, "tg-2", last_day=date(2026, 11, 25))
    wait(full, clock, "tg-3")
    last = wait(full, clock, "tg-4")
    with pytest.raises(NotFound):
        set_priority(full, clock, entry_id=last.id, city="roma", priority=1, staff="anna")
    assert set_priority(full, clock, entry_id=last.id, city="latina", priority=1, staff="anna").ahead == 0
    give_back(full, clock)
    assert offers(full, clock, "tg-1", "tg-2", "tg-3", "tg-4") == [0, 0, 0, 1]
    give_back(full, clock, 10)
    assert offers(full, clock, "tg-1", "tg-2", "tg-3") == [0, 0, 1]
    with full() as session:
        assert session.execute(select(WaitingEntry.priority_by).where(WaitingEntry.id == last.id)).scalar() == "anna"
    with pytest.raises(ValueError, match="none of"):
        wait(full, clock, "tg-5", part="midnight")


def test_at_night_an_offer_waits_for_the_morning(full: SessionFactory, clock: FixedClock) -> None:
    wait(full, clock, "tg-1")
    clock.now = rome(25, 23)
    give_back(full, clock, 12)
    (offer,) = open_offers(full, clock, "tg-1")
    assert f"{offer.expires_at.astimezone(ROME):%d %H:%M}" == "26 08:30"
    with full() as session:
        due = session.execute(select(NoticeRow.due_at).where(NoticeRow.kind == "offer")).scalar_one()
    assert f"{due.astimezone(ROME):%d %H:%M}" == "26 08:00"


def test_limits(full: SessionFactory, clock: FixedClock) -> None:
    with pytest.raises(AlreadyBooked):
        wait(full, clock, "tg-9")
    with pytest.raises(NoShop):
        wait(full, clock, "tg-1", service="food")
    first, again = wait(full, clock, "tg-1"), wait(full, clock, "tg-1", part="morning")
    assert (again.id, again.part) == (first.id, "morning")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("appointments.waiting.MAX_WAITING", 1)
        with pytest.raises(TooManyWaiting):
            wait(full, clock, "tg-1", service="shower")
    for service in ("documents", "shower"):
        book(full, clock, person="tg-1", service=service, starts_at=rome(26, 10))
    give_back(full, clock)
    with pytest.raises(TooManyAppointments):
        accept_offer(full, clock, person_key="tg-1", code=open_offers(full, clock, "tg-1")[0].code)


def test_what_is_free_already_is_offered_at_once(shop: SessionFactory, clock: FixedClock) -> None:
    assert wait(shop, clock, "tg-1").status == "offered"
    assert open_offers(shop, clock, "tg-1")[0].starts_at == rome(26, 9)


def test_leaving_passes_an_open_offer_on(full: SessionFactory, clock: FixedClock) -> None:
    for person in ("tg-1", "tg-2"):
        wait(full, clock, person)
    give_back(full, clock)
    leave_waiting_list(full, clock, person_key="tg-1", city="latina", service="legal_support")
    assert offers(full, clock, "tg-1", "tg-2") == [0, 1]
    with pytest.raises(NotFound):
        leave_waiting_list(full, clock, person_key="tg-1", city="latina", service="legal_support")


def test_a_place_that_frees_by_itself_is_offered_too(full: SessionFactory, clock: FixedClock) -> None:
    wait(full, clock, "tg-1")
    erase_person_everywhere(full, "tg-9")
    assert offers(full, clock, "tg-1") == [0]
    do_what_is_due(full, clock)
    assert offers(full, clock, "tg-1") == [1]
    clock.advance(**{"seconds": timedelta(minutes=1).total_seconds()})
    assert erase_person_everywhere(full, "tg-1")
    with full() as session:
        assert session.execute(select(WaitingEntry)).all() == []
