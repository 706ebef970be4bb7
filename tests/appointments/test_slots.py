from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import date, datetime, time, timedelta, timezone

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from appointments.slots import (
    GRID,
    Desk,
    Hours,
    Kind,
    Plan,
    Slot,
    Window,
    cell_of,
    cells_of,
    free_slots,
    hours_on,
    is_holiday,
    part_of_day,
    seats_for,
    slot_at,
    slots_in,
)
from storage.clock import ROME

NIGHT: Hours = (("00:00", "06:00"),)
WEDNESDAY = date(2026, 11, 25)


def slots(day: date, hours: Hours, minutes: int) -> list[Slot]:
    return [slot for _, slot in slots_in(day, hours, minutes)]


def plan(
    *desks: Desk, minutes: int = 30, notice: int = 0, horizon: int = 30, closed: frozenset[date] = frozenset()
) -> Plan:
    kind = Kind("documents", minutes, notice, horizon, tuple(desk.id for desk in desks))
    return Plan("latina", {desk.id: desk for desk in desks}, {"documents": kind}, closed)


def every_day(opens: str, closes: str) -> tuple[Window, ...]:
    return tuple(Window(weekday, opens, closes) for weekday in range(7))


# -- days of 23 and 25 hours --


def test_a_day_of_23_hours_has_no_hour_that_is_not_there() -> None:
    found = slots(date(2027, 3, 28), NIGHT, 60)
    assert [f"{slot.starts_at.astimezone(ROME):%H}" for slot in found] == ["00", "01", "03", "04", "05"]


def test_a_day_of_25_hours_offers_the_doubled_hour_twice_and_once_each() -> None:
    found = slots(date(2026, 10, 25), NIGHT, 60)
    assert len(found) == len({slot.starts_at for slot in found}) == 7


@pytest.mark.parametrize("night", [date(2026, 10, 25), date(2027, 3, 28)])
def test_the_clock_change_moves_no_time_of_the_day_after(night: date) -> None:
    for day in (night, night + timedelta(days=1)):
        first = slots(day, (("09:00", "10:00"),), 30)[0]
        assert f"{first.starts_at.astimezone(ROME):%H:%M}" == "09:00"


# -- the plan of a day --


def test_no_slots_on_public_holidays() -> None:
    assert is_holiday(date(2026, 12, 25)) and is_holiday(date(2027, 3, 29)) and not is_holiday(WEDNESDAY)
    desk = Desk(1, "Desk", 1, every_day("09:00", "13:00"))
    assert hours_on(plan(desk), desk, date(2026, 12, 8)) == ()


def test_pauses_exceptions_and_closures() -> None:
    christmas, thursday, friday = date(2026, 12, 25), date(2026, 11, 26), date(2026, 11, 27)
    desk = Desk(
        1, "Desk", 1, every_day("09:00", "18:00"), pauses=(Window(2, "13:00", "14:00"), Window(2, "08:00", "09:15")),
        exceptions={thursday: (), friday: (("10:00", "11:00"),), christmas: (("10:00", "11:00"),)},
    )  # fmt: skip
    found = plan(desk, closed=frozenset({friday}))
    assert hours_on(found, desk, WEDNESDAY) == (("09:15", "13:00"), ("14:00", "18:00"))
    assert hours_on(found, desk, thursday) == ()
    assert hours_on(found, desk, friday) == (), "a closure beats an exception"
    assert hours_on(found, desk, christmas) == (("10:00", "11:00"),), "an exception beats a holiday"


def test_several_desks_and_seats() -> None:
    first, second = Desk(1, "A", 1, every_day("09:00", "10:00")), Desk(2, "B", 2, every_day("09:30", "10:30"))
    both = plan(first, second)
    now = datetime(2026, 11, 25, 0, 0, tzinfo=timezone.utc)
    found = free_slots(both, "documents", [WEDNESDAY], {}, now)
    assert [f"{slot.starts_at.astimezone(ROME):%H:%M}" for slot in found] == ["09:00", "09:30", "10:00"]
    taken = {(1, 0): set(cells_of(found[1])), (2, 0): set(cells_of(found[1]))}
    assert seats_for(both, "documents", found[1], taken) == [(2, 1)]
    taken[2, 1] = set(cells_of(found[1]))
    assert found[1] not in free_slots(both, "documents", [WEDNESDAY], taken, now)


def test_notice_and_horizon_at_the_second() -> None:
    desk = Desk(1, "Desk", 1, every_day("09:00", "10:00"))
    nine = datetime(2026, 11, 25, 8, 0, tzinfo=timezone.utc)
    short = plan(desk, notice=60, horizon=1)
    assert slot_at(short, "documents", nine, nine - timedelta(minutes=60)) is not None
    assert slot_at(short, "documents", nine, nine - timedelta(minutes=60) + timedelta(microseconds=1)) is None
    assert slot_at(short, "documents", nine, nine - timedelta(days=1, hours=8)) is not None, "tomorrow, from midnight"
    assert slot_at(short, "documents", nine, nine - timedelta(days=1, hours=9, seconds=1)) is None, "the day after"


def test_morning_and_afternoon() -> None:
    parts = [part_of_day(slot) for slot in slots(WEDNESDAY, (("12:30", "13:30"),), 30)]
    assert parts == ["morning", "afternoon"]


# -- properties --

quarters = st.integers(0, 95).map(lambda n: f"{n // 4:02}:{n % 4 * 15:02}")
windows = (
    st.tuples(st.integers(0, 6), quarters, quarters).filter(lambda one: one[1] < one[2]).map(lambda one: Window(*one))
)
days = st.dates(date(2026, 1, 1), date(2030, 12, 31))
clock_changes = st.sampled_from([date(2026, 3, 29), date(2026, 10, 25), date(2027, 3, 28), date(2027, 10, 31)])
lengths = st.integers(1, 16).map(lambda n: n * 15)
moments = st.datetimes(datetime(2026, 1, 1), datetime(2030, 12, 31), timezones=st.just(timezone.utc))  # noqa: DTZ001 - made aware


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    desks = [
        Desk(
            number, f"Desk {number}", draw(st.integers(1, 3)), tuple(draw(st.lists(windows, max_size=6))),
            tuple(draw(st.lists(windows, max_size=3))),
        )
        for number in range(1, draw(st.integers(1, 3)) + 1)
    ]  # fmt: skip
    closed = frozenset(draw(st.lists(days | clock_changes, max_size=2)))
    return plan(
        *desks,
        minutes=draw(lengths),
        notice=draw(st.integers(0, 3000)),
        horizon=draw(st.integers(0, 20)),
        closed=closed,
    )


@given(plan=plans(), day=days | clock_changes, now=moments, data=st.data())
def test_what_is_free_is_offered_within_the_rules_and_not_taken(
    plan: Plan, day: date, now: datetime, data: st.DataObject
) -> None:
    near = now.astimezone(ROME).date() + timedelta(days=data.draw(st.integers(-2, 25)))
    for asked in {day, near}:
        everything = free_slots(plan, "documents", [asked], {}, now)
        occupied = data.draw(st.sets(st.sampled_from(sorted({c for s in everything for c in cells_of(s)}) or [0])))
        taken = {(desk.id, seat): occupied for desk in plan.desks.values() for seat in range(desk.seats)}
        free = free_slots(plan, "documents", [asked], taken, now)
        kind = plan.kinds["documents"]
        assert free == sorted(free, key=lambda slot: slot.starts_at) and set(free) <= set(everything)
        assert set(everything) - set(free) == {slot for slot in everything if not occupied.isdisjoint(cells_of(slot))}
        for slot in free:
            assert slot.starts_at >= now + timedelta(minutes=kind.notice_minutes)
            assert (
                slot.starts_at.astimezone(ROME).date() == asked and asked not in plan.closed and not is_holiday(asked)
            )
            assert asked <= now.astimezone(ROME).date() + timedelta(days=kind.horizon_days)
            assert slot.ends_at - slot.starts_at == timedelta(minutes=kind.minutes)
            assert seats_for(plan, "documents", slot, taken)
            assert slot_at(plan, "documents", slot.starts_at, now) == slot
            wall = time(slot.starts_at.astimezone(ROME).hour, slot.starts_at.astimezone(ROME).minute)
            assert any(
                window.weekday == asked.weekday() and window.opens <= f"{wall:%H:%M}" < window.closes
                for desk in plan.desks.values()
                for window in desk.windows
            )


@given(plan=plans(), now=moments)
def test_one_seat_more_never_takes_a_time_away(plan: Plan, now: datetime) -> None:
    day = now.astimezone(ROME).date()
    more = replace(plan, desks={id_: replace(desk, seats=desk.seats + 1) for id_, desk in plan.desks.items()})
    slots_before = free_slots(plan, "documents", [day], {}, now)
    cells = {cell for slot in slots_before for cell in cells_of(slot)}
    full = {(desk.id, seat): cells for desk in plan.desks.values() for seat in range(desk.seats)}
    assert free_slots(plan, "documents", [day], full, now) == []
    assert free_slots(more, "documents", [day], full, now) == slots_before


@given(day=days | clock_changes, opens=st.integers(0, 80), cells=st.integers(1, 15), minutes=lengths)
@example(day=date(2026, 10, 25), opens=0, cells=15, minutes=15)
@example(day=date(2027, 3, 28), opens=0, cells=15, minutes=15)
def test_slots_follow_one_another_inside_the_window(day: date, opens: int, cells: int, minutes: int) -> None:
    first, last = (f"{n // 4:02}:{n % 4 * 15:02}" for n in (opens, opens + cells))
    found = slots(day, ((first, last),), minutes)
    for before, after in itertools.pairwise(found):
        assert before.ends_at == after.starts_at
    for slot in found:
        assert slot.starts_at.tzinfo is timezone.utc
        assert slot.ends_at - slot.starts_at == timedelta(minutes=minutes)
        assert len(cells_of(slot)) == minutes // 15
        if last < "02:00" or last > "03:00":  # on a night of a clock change that hour is not there, or twice
            assert f"{slot.ends_at.astimezone(ROME):%H:%M}" <= last


def test_cells_cover_a_slot() -> None:
    slot = slots(WEDNESDAY, (("09:00", "10:00"),), 45)[0]
    assert list(cells_of(slot)) == [cell_of(slot.starts_at + n * GRID) for n in range(3)]
