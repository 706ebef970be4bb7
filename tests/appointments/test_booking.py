"""Booking, on SQLite and PostgreSQL. The clock stands at Wednesday 2026-11-25, 09:00 in Rome."""

from __future__ import annotations

import threading
from datetime import date, datetime, timezone
from typing import Any

import pytest
from sqlalchemy import func, select

from appointments import agenda, booking
from appointments.booking import (
    AlreadyBooked,
    NoShop,
    NotFound,
    SlotTaken,
    SlotUnavailable,
    TooManyAppointments,
    WrongStatus,
)
from appointments.erasure import erase_person_everywhere
from appointments.models import Appointment, NoticeRow, SlotClaim
from storage.clock import ROME
from storage.database import SessionFactory
from tests.conftest import FixedClock

TODAY, TOMORROW = date(2026, 11, 25), date(2026, 11, 26)


def rome(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=ROME).astimezone(timezone.utc)


def times(slots: list[Any]) -> list[str]:
    return [f"{slot.starts_at.astimezone(ROME):%H:%M}" for slot in slots]


def book(
    sessions: SessionFactory, clock: FixedClock, person: str = "tg-1", service: str = "documents", **kwargs: Any
) -> Any:
    values = {
        "city": "latina", "starts_at": rome(26, 9), "language": "bn", "channel": "telegram", "address_encrypted": "secret",
        **kwargs,
    }  # fmt: skip
    return booking.book(sessions, clock, person_key=person, service=service, **values)


def test_free_slots_keep_notice_horizon_and_closed_days(shop: SessionFactory, clock: FixedClock) -> None:
    assert times(booking.free_slots_for(shop, clock, "latina", "documents", TODAY))[:2] == ["10:00", "10:30"]
    assert times(booking.free_slots_for(shop, clock, "latina", "documents", TOMORROW)) == ["09:00", "09:30", "10:00"]
    assert booking.free_slots_for(shop, clock, "latina", "documents", date(2026, 11, 27)) == []  # closed
    assert booking.free_slots_for(shop, clock, "latina", "documents", date(2026, 12, 3)) == []  # beyond seven days
    assert booking.days_with_slots(shop, clock, "latina", "documents") == [TODAY, TOMORROW, date(2026, 12, 2)]


def test_a_booking_takes_its_time_from_every_type_of_the_desk(shop: SessionFactory, clock: FixedClock) -> None:
    made = book(shop, clock)
    assert (made.type, made.status, made.city, made.example) == ("documents", "pending", "latina", True)
    assert made.code.count("-") == 2
    assert times(booking.free_slots_for(shop, clock, "latina", "documents", TOMORROW)) == ["09:30", "10:00"]
    assert times(booking.free_slots_for(shop, clock, "latina", "job_support", TOMORROW)) == ["09:45"]
    assert [one.code for one in booking.appointments_of(shop, clock, "tg-1")] == [made.code]
    assert [one.code for one in booking.day_list(shop, "latina", TOMORROW)] == [made.code]
    assert booking.appointments_of(shop, clock, "tg-2") == []


def test_a_full_slot_is_refused_with_the_nearest_free_ones(shop: SessionFactory, clock: FixedClock) -> None:
    book(shop, clock)
    with pytest.raises(SlotTaken) as refused:
        book(shop, clock, person="tg-2")
    assert times(refused.value.alternatives) == ["14:30", "09:30", "10:00"]
    assert booking.appointments_of(shop, clock, "tg-2") == []


def test_seats_are_places_side_by_side(shop: SessionFactory, clock: FixedClock) -> None:
    for person in ("tg-1", "tg-2"):
        book(shop, clock, person=person, service="shower")
    assert times(booking.free_slots_for(shop, clock, "latina", "shower", TOMORROW))[0] == "09:30"
    with pytest.raises(SlotTaken):
        book(shop, clock, person="tg-3", service="shower")


@pytest.mark.parametrize(
    "starts_at",
    [
        rome(26, 9, 10),
        rome(26, 8),
        rome(26, 10, 30),
        rome(25, 9, 30),
        rome(27, 9),
        datetime(2026, 12, 3, 8, tzinfo=timezone.utc),
    ],
    ids=["off the plan", "before opening", "past the end", "too soon", "closed day", "too far"],
)
def test_only_what_the_plan_offers_can_be_booked(shop: SessionFactory, clock: FixedClock, starts_at: datetime) -> None:
    with pytest.raises(SlotUnavailable):
        book(shop, clock, starts_at=starts_at)


def test_one_of_a_type_and_two_in_all(shop: SessionFactory, clock: FixedClock) -> None:
    book(shop, clock)
    with pytest.raises(AlreadyBooked):
        book(shop, clock, starts_at=rome(26, 10))
    book(shop, clock, service="shower")
    with pytest.raises(TooManyAppointments):
        book(shop, clock, service="legal_support")
    clock.advance(days=2)  # both are over
    assert booking.appointments_of(shop, clock, "tg-1") == []
    book(shop, clock, starts_at=datetime(2026, 12, 2, 8, tzinfo=timezone.utc))


def test_no_shop(shop: SessionFactory, clock: FixedClock) -> None:
    assert booking.bookable_types(shop, "milano") == []
    assert [one.service for one in booking.bookable_types(shop, "latina")][:2] == ["documents", "job_support"]
    with pytest.raises(NoShop):
        book(shop, clock, city="milano")
    with pytest.raises(NoShop):
        booking.days_with_slots(shop, clock, "latina", "food")


def test_cancelling_frees_the_time_and_forgets_the_address(shop: SessionFactory, clock: FixedClock) -> None:
    made = book(shop, clock)
    with pytest.raises(NotFound):
        booking.cancel(shop, clock, person_key="tg-2", code=made.code)  # somebody else's
    assert booking.cancel(shop, clock, person_key="tg-1", code=made.code).status == "cancelled"
    with pytest.raises(NotFound):
        booking.cancel(shop, clock, person_key="tg-1", code=made.code)
    with shop() as session:
        assert session.execute(select(Appointment.address_encrypted)).scalar() is None
    book(shop, clock, person="tg-2")


def test_moving_keeps_the_old_time_when_the_new_one_is_taken(shop: SessionFactory, clock: FixedClock) -> None:
    made = book(shop, clock)
    other = book(shop, clock, person="tg-2", starts_at=rome(26, 9, 30))
    with pytest.raises(SlotTaken):
        booking.reschedule(shop, clock, person_key="tg-1", code=made.code, starts_at=other.starts_at)
    assert booking.appointments_of(shop, clock, "tg-1")[0].starts_at == made.starts_at
    booking.set_status(shop, clock, appointment_id=made.id, city="latina", status="confirmed", staff="anna")
    moved = booking.reschedule(shop, clock, person_key="tg-1", code=made.code, starts_at=rome(26, 10))
    assert (moved.code, moved.status, moved.starts_at) == (made.code, "pending", rome(26, 10))
    assert times(booking.free_slots_for(shop, clock, "latina", "documents", TOMORROW)) == ["09:00"]


def test_staff_set_only_what_may_follow_and_only_in_their_city(shop: SessionFactory, clock: FixedClock) -> None:
    made = book(shop, clock)

    def set_status(status: str, city: str = "latina") -> Any:
        return booking.set_status(shop, clock, appointment_id=made.id, city=city, status=status, staff="anna")

    with pytest.raises(NotFound):
        set_status("confirmed", city="milano")
    with pytest.raises(WrongStatus):
        set_status("seen")
    assert set_status("confirmed").next_statuses == ("seen", "no_show", "cancelled")
    with pytest.raises(WrongStatus):
        set_status("confirmed")
    set_status("seen")
    with shop() as session:
        notices = session.execute(select(NoticeRow)).scalars().all()
        assert [(one.kind, one.language, one.params["code"]) for one in notices] == [("confirmed", "bn", made.code)]
        assert session.execute(select(Appointment.address_encrypted)).scalar() is None  # no notice can follow


def test_two_at_once_for_the_last_place(shop: SessionFactory, clock: FixedClock) -> None:
    results: list[str] = []
    barrier = threading.Barrier(6)

    def attempt(person: str) -> None:
        barrier.wait()
        try:
            book(shop, clock, person=person)
            results.append("booked")
        except SlotTaken:
            results.append("taken")

    threads = [threading.Thread(target=attempt, args=(f"tg-{n}",)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["booked", *["taken"] * 5]
    with shop() as session:
        assert session.execute(select(func.count()).select_from(Appointment)).scalar() == 1
        assert session.execute(select(func.count()).select_from(SlotClaim)).scalar() == 2


def test_the_constraint_decides_even_when_every_check_is_blind(
    shop: SessionFactory, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Control: with what is taken hidden from the checks, the second booking still fails."""
    book(shop, clock)
    monkeypatch.setattr(agenda, "taken_cells", lambda *_: {})
    with pytest.raises(SlotTaken):
        book(shop, clock, person="tg-2")


def test_erasure_leaves_nothing(shop: SessionFactory, clock: FixedClock) -> None:
    made = book(shop, clock)
    booking.set_status(shop, clock, appointment_id=made.id, city="latina", status="confirmed", staff="anna")
    kept = book(shop, clock, person="tg-2", starts_at=rome(26, 10))
    assert erase_person_everywhere(shop, "tg-1")
    assert not erase_person_everywhere(shop, "tg-1")
    assert [one.code for one in booking.day_list(shop, "latina", TOMORROW)] == [kept.code]
    with shop() as session:
        assert set(session.execute(select(NoticeRow.person_key)).scalars()) == {"tg-2"}
