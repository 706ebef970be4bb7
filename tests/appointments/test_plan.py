"""A plan that changes, and those who have, hold or wait for a time. Wednesday 2026-11-25, 09:00 in Rome."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, timezone

import pytest

from appointments import booking, plan
from appointments.due import do_what_is_due
from appointments.errors import BadDay, BadHours, NoShop, NotFound
from appointments.slots import Hours
from appointments.waiting import join_waiting_list, open_offers
from storage.audit import audit_entries
from storage.clock import ROME
from storage.database import SessionFactory
from tests.appointments.test_booking import TOMORROW, book, rome
from tests.appointments.test_holding import free
from tests.conftest import FixedClock

CLOSED: Hours = ()


@pytest.mark.parametrize(
    ("typed", "hours"),
    [
        ("", ()),
        (" - ", ()),
        ("9-13", (("09:00", "13:00"),)),
        ("9.30–13h15; 14:00 - 18", (("09:30", "13:15"), ("14:00", "18:00"))),
        ("9-13 e 15-17", (("09:00", "13:00"), ("15:00", "17:00"))),
    ],
)
def test_hours_as_people_type_them(typed: str, hours: Hours) -> None:
    assert plan.parse_hours(typed) == hours


@pytest.mark.parametrize("typed", ["9", "9-", "13-9", "9-13 12-14", "9:10-10", "24-25", "9-13 or so", "9-24", "x"])
def test_what_are_no_hours(typed: str) -> None:
    with pytest.raises(BadHours):
        plan.parse_hours(typed)


def desk_of(sessions: SessionFactory, clock: FixedClock, name: str = "Desk") -> int:
    return next(one.id for one in plan.plan_of(sessions, clock, "latina").desks if one.name == name)


def week(**hours: Hours) -> list[Hours]:
    return [hours.get(day, CLOSED) for day in ("mo", "tu", "we", "th", "fr", "sa", "su")]


def test_a_new_week_is_what_can_be_booked(shop: SessionFactory, clock: FixedClock) -> None:
    inside, outside = book(shop, clock), book(shop, clock, person="tg-2", starts_at=rome(26, 10))
    about = {
        "city": "latina",
        "desk": desk_of(shop, clock),
        "week": week(th=(("09:00", "10:00"), ("15:00", "16:00"))),
        "staff": "anna",
    }
    before = plan.plan_of(shop, clock, "latina")
    assert [one.code for one in plan.set_week(shop, clock, **about, save=False)] == [outside.code]
    assert plan.plan_of(shop, clock, "latina") == before and audit_entries(shop) == []
    assert [one.code for one in plan.set_week(shop, clock, **about)] == [outside.code]
    assert free(shop, clock) == ["09:30", "15:00", "15:30"]
    assert {one.code for one in booking.day_list(shop, "latina", TOMORROW)} == {inside.code, outside.code}, "both stay"
    assert [one.deed for one in audit_entries(shop)] == ["week_changed"]


def test_a_pause_is_part_of_the_hours(shop: SessionFactory, clock: FixedClock) -> None:
    plan.block(
        shop, clock, city="latina", desk=desk_of(shop, clock), day=TOMORROW, span=("09:30", "10:00"), staff="anna"
    )
    assert free(shop, clock) == ["09:00", "10:00"]
    plan.block(
        shop, clock, city="latina", desk=desk_of(shop, clock), day=TOMORROW, span=("08:00", "09:30"), staff="anna"
    )
    assert free(shop, clock) == ["10:00"]
    plan.set_day(shop, clock, city="latina", desk=desk_of(shop, clock), day=TOMORROW, hours=None, staff="anna")
    assert free(shop, clock) == ["09:00", "09:30", "10:00"]
    plan.set_day(shop, clock, city="latina", desk=desk_of(shop, clock), day=TOMORROW, hours=(), staff="anna")
    assert free(shop, clock) == []


def test_what_is_held_outside_is_withdrawn_and_what_is_freed_is_offered(
    shop: SessionFactory, clock: FixedClock
) -> None:
    clock.now = rome(25, 15)  # only Thursday is left
    booking.hold(shop, clock, city="latina", service="documents", starts_at=rome(26, 9), person_key="tg-3")
    plan.block(
        shop, clock, city="latina", desk=desk_of(shop, clock), day=TOMORROW, span=("09:00", "10:30"), staff="anna"
    )
    assert booking.held_for(shop, clock, "tg-3") is None
    join_waiting_list(
        shop,
        clock,
        city="latina",
        service="documents",
        person_key="tg-5",
        language="bn",
        channel="telegram",
        address_encrypted="x",
        last_day=TOMORROW,
    )
    do_what_is_due(shop, clock)
    assert open_offers(shop, clock, "tg-5") == []
    plan.set_day(shop, clock, city="latina", desk=desk_of(shop, clock), day=TOMORROW, hours=None, staff="anna")
    do_what_is_due(shop, clock)
    assert [one.starts_at for one in open_offers(shop, clock, "tg-5")] == [rome(26, 9)]


@pytest.mark.parametrize("day", [date(2026, 11, 24), date(2027, 11, 27)])
def test_no_day_out_of_reach_is_changed(shop: SessionFactory, clock: FixedClock, day: date) -> None:
    desk = desk_of(shop, clock)
    for change in (
        lambda: plan.close_day(shop, clock, city="latina", day=day, staff="anna"),
        lambda: plan.set_day(shop, clock, city="latina", desk=desk, day=day, hours=(), staff="anna"),
        lambda: plan.block(shop, clock, city="latina", desk=desk, day=day, span=("09:00", "10:00"), staff="anna"),
    ):
        with pytest.raises(BadDay):
            change()
    assert plan.close_day(shop, clock, city="latina", day=clock().date() + plan.REACH, staff="anna") == []


def test_what_is_not_there(shop: SessionFactory, clock: FixedClock) -> None:
    with pytest.raises(NotFound):
        plan.set_week(shop, clock, city="latina", desk=999, week=week(), staff="anna")
    with pytest.raises(NoShop):
        plan.set_week(shop, clock, city="roma", desk=desk_of(shop, clock), week=week(), staff="anna")
    with pytest.raises(NoShop):
        plan.plan_of(shop, clock, "roma")


@pytest.mark.parametrize("day", [date(2027, 3, 28), date(2027, 10, 31)])
def test_hours_are_wall_clock_time_where_the_clocks_change(shop: SessionFactory, clock: FixedClock, day: date) -> None:
    plan.set_day(
        shop, clock, city="latina", desk=desk_of(shop, clock), day=day, hours=(("08:00", "09:00"),), staff="anna"
    )
    clock.now = datetime.combine(day - timedelta(days=2), time(9), ROME).astimezone(timezone.utc)
    slots = booking.free_slots_for(shop, clock, "latina", "documents", day)
    assert [f"{slot.starts_at.astimezone(ROME):%H:%M}" for slot in slots] == ["08:00", "08:30"]
