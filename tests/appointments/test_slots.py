from __future__ import annotations

import itertools
from datetime import date, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from appointments.slots import GRID, Slot, Window, cells_of, is_holiday, slots_on
from storage.clock import ROME

ALL_NIGHT = [Window(6, "00:00", "06:00")]


def test_a_day_of_23_hours_has_no_hour_that_is_not_there() -> None:
    slots = slots_on(date(2027, 3, 28), ALL_NIGHT, 60)
    assert [f"{slot.starts_at.astimezone(ROME):%H}" for slot in slots] == ["00", "01", "03", "04", "05"]


def test_a_day_of_25_hours_offers_the_doubled_hour_twice_and_once_each() -> None:
    slots = slots_on(date(2026, 10, 25), ALL_NIGHT, 60)
    assert len(slots) == len({slot.starts_at for slot in slots}) == 7


def test_no_slots_on_public_holidays() -> None:
    assert is_holiday(date(2026, 12, 25)) and is_holiday(date(2027, 3, 29)) and not is_holiday(date(2026, 11, 25))
    assert slots_on(date(2026, 12, 8), [Window(1, "09:00", "13:00")], 30) == []


@given(
    day=st.dates(date(2026, 1, 1), date(2030, 12, 31)),
    opens=st.integers(0, 80),
    cells=st.integers(1, 15),
    minutes=st.integers(1, 16).map(lambda n: n * 15),
)
def test_slots_follow_one_another_inside_the_window(day: date, opens: int, cells: int, minutes: int) -> None:
    closes = opens + cells
    hhmm = [f"{n // 4:02}:{n % 4 * 15:02}" for n in (opens, closes)]
    slots = slots_on(day, [Window(day.weekday(), *hhmm)], minutes)
    for before, after in itertools.pairwise(slots):
        assert before.ends_at == after.starts_at
    for slot in slots:
        assert slot.starts_at.tzinfo is timezone.utc
        assert slot.ends_at - slot.starts_at == timedelta(minutes=minutes)
        assert len(list(cells_of(slot))) == minutes // 15


def test_cells_cover_a_slot() -> None:
    slot = slots_on(date(2026, 11, 25), [Window(2, "09:00", "10:00")], 45)[0]
    assert list(cells_of(slot)) == [slot.starts_at, slot.starts_at + GRID, slot.starts_at + 2 * GRID]
    assert isinstance(slot, Slot)
