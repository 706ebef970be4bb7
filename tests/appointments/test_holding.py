"""Holding while deciding, limits, repeated taps, reminders: on SQLite and PostgreSQL. Wednesday 2026-11-25, 09:00 in Rome."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from appointments import booking, plan
from appointments.agenda import MAX_LIVE
from appointments.booking import (
    HOLD,
    MAX_A_DAY,
    AlreadyBooked,
    NoShop,
    NotFound,
    SlotTaken,
    SlotUnavailable,
    TooManyAppointments,
)
from appointments.due import ADDRESS_KEPT, do_what_is_due
from appointments.models import Appointment, NoticeRow, SlotClaim
from storage.database import SessionFactory
from tests.appointments.test_booking import TOMORROW, book, rome, times
from tests.conftest import FixedClock

NINE = rome(26, 9)


def hold(sessions: SessionFactory, clock: FixedClock, person: str = "tg-1", starts_at: Any = NINE, **more: Any) -> Any:
    asked = {"city": "latina", "service": "documents", "starts_at": starts_at, **more}
    return booking.hold(sessions, clock, person_key=person, **asked)


def free(sessions: SessionFactory, clock: FixedClock, **more: Any) -> list[str]:
    return times(booking.free_slots_for(sessions, clock, "latina", "documents", TOMORROW, **more))


def count(sessions: SessionFactory, table: Any) -> int:
    with sessions() as session:
        return int(session.execute(select(func.count()).select_from(table)).scalar_one())


def notices(sessions: SessionFactory) -> list[tuple[str, Any]]:
    with sessions() as session:
        query = select(NoticeRow.kind, NoticeRow.due_at).where(NoticeRow.outcome.is_(None)).order_by(NoticeRow.due_at)
        return [tuple(row) for row in session.execute(query)]


def test_a_held_time_is_nobody_elses_until_it_expires(shop: SessionFactory, clock: FixedClock) -> None:
    held = hold(shop, clock)
    assert held.expires_at == clock() + HOLD
    assert free(shop, clock) == ["09:30", "10:00"]
    with pytest.raises(SlotTaken) as refused:
        book(shop, clock, person="tg-2")
    assert times(refused.value.alternatives) == ["14:30", "09:30", "10:00"]
    assert booking.appointments_of(shop, clock, "tg-1") == booking.day_list(shop, "latina", TOMORROW) == []
    clock.now = held.expires_at
    assert free(shop, clock) == ["09:00", "09:30", "10:00"]
    assert book(shop, clock, person="tg-2").starts_at == NINE
    assert do_what_is_due(shop, clock) == 1
    assert count(shop, Appointment) == 1


def test_yes_turns_what_is_held_into_a_booking(shop: SessionFactory, clock: FixedClock) -> None:
    hold(shop, clock)
    assert book(shop, clock).status == "pending"
    assert (count(shop, Appointment), count(shop, SlotClaim)) == (1, 2)


def test_yes_after_the_hold_expired_books_when_nobody_was_faster(shop: SessionFactory, clock: FixedClock) -> None:
    hold(shop, clock)
    clock.advance(hours=1)
    assert book(shop, clock).starts_at == NINE
    assert do_what_is_due(shop, clock) == 0


def test_one_time_is_held_for_a_person_not_all(shop: SessionFactory, clock: FixedClock) -> None:
    for starts_at in (NINE, rome(26, 9, 30), rome(26, 10)):
        hold(shop, clock, starts_at=starts_at)
    assert free(shop, clock) == ["09:00", "09:30"]
    booking.release_hold(shop, clock, "tg-1")
    assert free(shop, clock) == ["09:00", "09:30", "10:00"]
    assert count(shop, SlotClaim) == 0


def test_holding_for_a_move_keeps_the_old_time(shop: SessionFactory, clock: FixedClock) -> None:
    made = book(shop, clock)
    hold(shop, clock, starts_at=rome(26, 10), moving=made.code)
    assert free(shop, clock) == ["09:30"]
    booking.reschedule(shop, clock, person_key="tg-1", code=made.code, starts_at=rome(26, 10))
    assert free(shop, clock) == ["09:00", "09:30"]
    with pytest.raises(NotFound):
        hold(shop, clock, person="tg-2", starts_at=NINE, moving=made.code)


def test_holding_keeps_the_rules_of_booking(shop: SessionFactory, clock: FixedClock) -> None:
    book(shop, clock)
    with pytest.raises(AlreadyBooked):
        hold(shop, clock, starts_at=rome(26, 10))
    with pytest.raises(SlotUnavailable):
        hold(shop, clock, person="tg-2", starts_at=rome(24, 9))
    with pytest.raises(NoShop):
        hold(shop, clock, person="tg-2", city="roma")


def test_two_taps_are_one_booking(shop: SessionFactory, clock: FixedClock) -> None:
    first, again = book(shop, clock), book(shop, clock)
    assert first.code == again.code
    moved = [
        booking.reschedule(shop, clock, person_key="tg-1", code=first.code, starts_at=rome(26, 10)) for _ in range(2)
    ]
    assert moved[0] == moved[1]
    assert count(shop, Appointment) == 1 and len(notices(shop)) == 2


def test_a_thousand_attempts_of_one_person(shop: SessionFactory, clock: FixedClock) -> None:
    refused = 0
    for number in range(1000):
        service = ("documents", "shower", "legal_support")[number % 3]
        try:
            book(shop, clock, service=service, starts_at=rome(26, 9 + number % 2))
        except (AlreadyBooked, TooManyAppointments, SlotUnavailable, SlotTaken):
            refused += 1
    assert len(booking.appointments_of(shop, clock, "tg-1")) == MAX_LIVE == count(shop, Appointment)
    assert refused >= 600


def test_booking_and_giving_back_all_day_comes_to_an_end(shop: SessionFactory, clock: FixedClock) -> None:
    for _ in range(MAX_A_DAY):
        booking.cancel(shop, clock, person_key="tg-1", code=book(shop, clock).code)
    with pytest.raises(TooManyAppointments):
        book(shop, clock)
    with pytest.raises(TooManyAppointments):
        hold(shop, clock)
    clock.now = rome(26, 7, 30) + timedelta(days=1)
    book(shop, clock, starts_at=rome(30, 9) + timedelta(days=2))


def test_a_code_that_is_forged_or_anothers_does_nothing(shop: SessionFactory, clock: FixedClock) -> None:
    made = book(shop, clock)
    for person, code in (("tg-2", made.code), ("tg-1", "sole-sole-10"), ("tg-1", ""), ("tg-1", "x' OR '1'='1")):
        with pytest.raises(NotFound):
            booking.cancel(shop, clock, person_key=person, code=code)
        with pytest.raises(NotFound):
            booking.reschedule(shop, clock, person_key=person, code=code, starts_at=rome(26, 10))
    assert booking.appointments_of(shop, clock, "tg-1") == [made]


def test_a_type_that_was_removed_meanwhile(shop: SessionFactory, clock: FixedClock) -> None:
    made = book(shop, clock)
    plan.remove_type(shop, clock, city="latina", service="documents", staff="anna")
    with pytest.raises(NoShop):
        book(shop, clock, person="tg-2", starts_at=rome(26, 10))
    with pytest.raises(NoShop):
        booking.reschedule(shop, clock, person_key="tg-1", code=made.code, starts_at=rome(26, 10))
    assert booking.appointments_of(shop, clock, "tg-1") == [made], "what is booked stays"
    booking.set_status(shop, clock, appointment_id=made.id, city="latina", status="declined", staff="anna")
    assert booking.appointments_of(shop, clock, "tg-1") == []


def test_parts_of_the_day_the_earliest_and_paging(shop: SessionFactory, clock: FixedClock) -> None:
    ahead = booking.slots_ahead(shop, clock, "latina", "documents")
    assert ahead[0].starts_at == rome(25, 10)
    today = ahead[0].starts_at.date()
    assert times(booking.free_slots_for(shop, clock, "latina", "documents", today, part="afternoon")) == [
        "14:00",
        "14:30",
    ]
    days = booking.days_with_slots(shop, clock, "latina", "documents", 2)
    assert booking.days_with_slots(shop, clock, "latina", "documents", 2, after=days[-1]) == [
        TOMORROW + timedelta(days=6)
    ]


# -- reminders --


def test_reminders_the_day_before_and_two_hours_before(shop: SessionFactory, clock: FixedClock) -> None:
    far = rome(30, 9) + timedelta(days=2)
    made = book(shop, clock, starts_at=far)
    assert notices(shop) == [("reminder_day", far - timedelta(days=1)), ("reminder_hours", far - timedelta(hours=2))]
    booking.reschedule(shop, clock, person_key="tg-1", code=made.code, starts_at=NINE)
    assert notices(shop) == [("reminder_hours", NINE - timedelta(hours=2))], "too late for the day before"
    booking.cancel(shop, clock, person_key="tg-1", code=made.code)
    assert notices(shop) == []


def test_nobody_is_reminded_of_what_is_near_or_cannot_be_told(shop: SessionFactory, clock: FixedClock) -> None:
    book(shop, clock, starts_at=rome(25, 10))
    book(shop, clock, person="tg-2", address_encrypted=None)
    assert notices(shop) == []


def test_the_address_is_forgotten_when_no_notice_can_follow(shop: SessionFactory, clock: FixedClock) -> None:
    book(shop, clock)
    clock.now = NINE + ADDRESS_KEPT
    do_what_is_due(shop, clock)
    with shop() as session:
        assert session.execute(select(Appointment.address_encrypted)).scalar() == "secret"
    clock.advance(minutes=31)
    do_what_is_due(shop, clock)
    with shop() as session:
        assert session.execute(select(Appointment.address_encrypted)).scalar() is None
