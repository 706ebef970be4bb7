"""Opening hours against known moments and against a slow oracle that shares no code with the module."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services_catalog.hours import HoursError, HoursStatus, check, hours_on, status
from storage.clock import ROME

WEEKDAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")


def rome(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ROME)


def wall(moment: datetime | None) -> str | None:
    return f"{moment:%Y-%m-%dT%H:%M}" if moment else None


def told(text: str, at: str) -> tuple[str, str | None, str | None]:
    """State, until, next opening; local ISO times."""
    found = status(text, rome(at))
    return found.state, wall(found.until), wall(found.next_opening)


@pytest.mark.parametrize(
    ("text", "at", "expected"),
    [
        ("Mo-Fr 09:00-13:00", "2026-11-25T09:00", ("open", "2026-11-25T13:00", "2026-11-26T09:00")),
        ("Mo-Fr 09:00-13:00", "2026-11-25T13:00", ("closed", None, "2026-11-26T09:00")),
        ("Mo-Fr 09:00-13:00", "2026-11-27T13:00", ("closed", None, "2026-11-30T09:00")),
        # a later rule for the same day replaces the earlier one
        ("Mo-Fr 09:00-17:00; Mo 10:00-12:00", "2026-11-23T15:00", ("closed", None, "2026-11-24T09:00")),
        # past midnight, also when the next day has a rule of its own
        ("Mo-Su 19:00-08:00", "2026-11-26T01:30", ("open", "2026-11-26T08:00", "2026-11-26T19:00")),
        ("Mo-Fr 20:00-08:00; Sa,Su 19:00-09:00", "2026-11-28T01:30", ("open", "2026-11-28T08:00", "2026-11-28T19:00")),
        ("Mo-Su 20:00-08:00; PH off", "2026-12-08T01:30", ("open", "2026-12-08T08:00", "2026-12-09T20:00")),
        ("Fr 22:00-26:00", "2026-11-28T01:59", ("open", "2026-11-28T02:00", "2026-12-04T22:00")),
        # seasons, months away
        ("Dec 01-Mar 31 19:00-08:00", "2026-07-01T12:00", ("closed", None, "2026-12-01T19:00")),
        ("Dec 01-Mar 31 19:00-08:00", "2027-04-01T07:00", ("open", "2027-04-01T08:00", "2027-12-01T19:00")),
        ("Oct-May: Mo-Su 18:00-10:00", "2026-06-02T12:00", ("closed", None, "2026-10-01T18:00")),
        # public holidays: 8 December; Easter Monday; Saint Francis, a holiday again since 2026 (law 151/2025)
        ("Mo-Sa 09:00-15:30; PH off", "2026-12-08T10:00", ("closed", None, "2026-12-09T09:00")),
        ("Mo-Fr 09:00-15:30; PH off", "2027-03-29T10:00", ("closed", None, "2027-03-30T09:00")),
        ("Mo-Fr 09:00-15:30; PH off", "2027-10-04T10:00", ("closed", None, "2027-10-05T09:00")),
        ("Mo-Fr 14:30-18:00; Sa,Su,PH 15:30-18:00", "2026-12-08T15:00", ("closed", None, "2026-12-08T15:30")),
        # day and night
        ("24/7", "2026-11-25T03:00", ("always", None, None)),
        ("Mo-Su 00:00-24:00", "2026-11-25T03:00", ("always", None, None)),
        ("24/7; PH off", "2026-12-07T12:00", ("open", "2026-12-08T00:00", "2026-12-09T00:00")),
        # clocks go forward on 29 March and back on 25 October 2026
        ("Mo-Su 19:00-08:00", "2026-03-29T03:30", ("open", "2026-03-29T08:00", "2026-03-29T19:00")),
        ("Mo-Su 19:00-08:00", "2026-10-25T01:30", ("open", "2026-10-25T08:00", "2026-10-25T19:00")),
        # an open end: the beginning is known, the end is not
        ("Mo-Su 18:00+", "2026-11-25T09:00", ("closed", None, "2026-11-25T18:00")),
        ("Mo-Su 18:00+", "2026-11-25T18:00", ("unknown", None, "2026-11-26T18:00")),
        ("Mo-Su 18:00+", "2026-11-26T01:00", ("unknown", None, "2026-11-26T18:00")),
        ("Mo-Su 18:00+", "2026-11-26T05:00", ("closed", None, "2026-11-26T18:00")),
        ("Mo-Su 10:00-12:00+", "2026-11-25T11:00", ("open", "2026-11-25T12:00", "2026-11-26T10:00")),
        ("Mo-Su 10:00-12:00+", "2026-11-25T13:00", ("unknown", None, "2026-11-26T10:00")),
        # some days with hours, some without
        ("Mo-Fr 10:00-12:00; Sa", "2026-11-25T13:00", ("closed", None, "2026-11-26T10:00")),
        ("Mo-Fr 10:00-12:00; Sa", "2026-11-28T11:00", ("unknown", None, "2026-11-30T10:00")),
        ("Mo-Fr 10:00-12:00, We 11:00-14:00", "2026-11-25T13:00", ("open", "2026-11-25T14:00", "2026-11-26T10:00")),
    ],
)  # fmt: skip
def test_status(text: str, at: str, expected: tuple[str, str | None, str | None]) -> None:
    assert told(text, at) == expected


@pytest.mark.parametrize(
    ("text", "days"),
    [("Mo-Sa", (0, 1, 2, 3, 4, 5)), ("Th,Sa", (3, 5)), ("Th[2,4]", (3,)), ("Mo-Su,PH", (0, 1, 2, 3, 4, 5, 6)),
     ("Mo", (0,)), ('We "su appuntamento"', (2,)), ("Mo-Fr; PH off", (0, 1, 2, 3, 4))],
)  # fmt: skip
def test_days_without_hours_are_unknown_and_never_open(text: str, days: tuple[int, ...]) -> None:
    for hour in range(24 * 14):
        at = rome("2026-11-23T00:30") + timedelta(hours=hour)
        assert status(text, at) == HoursStatus("unknown", days=days, days_only=True)
        assert hours_on(text, at.date()) == []


@pytest.mark.parametrize("text", [None, "", "lun-ven 9-13"])
def test_nothing_known(text: str | None) -> None:
    assert status(text, rome("2026-11-25T09:00")) == HoursStatus("unknown")


def test_the_moment_s_zone_does_not_matter() -> None:
    at = datetime(2026, 11, 25, 8, 30, tzinfo=timezone.utc)
    assert status("Mo-Fr 09:00-13:00", at) == status("Mo-Fr 09:00-13:00", rome("2026-11-25T09:30"))


@pytest.mark.parametrize(
    ("text", "day", "today"),
    [
        ("Mo-Fr 08:30-12:30,14:00-17:00", "2026-11-25", (("08:30", "12:30"), ("14:00", "17:00"))),
        ("Mo-Fr 08:30-12:30", "2026-11-28", ()),
        ("Mo-Su 18:00+", "2026-11-25", (("18:00", ""),)),
        ("Mo-Su 10:00-12:00+", "2026-11-25", (("10:00", ""),)),
        ("Mo-Su 19:00-08:00", "2026-11-25", (("19:00", "08:00"),)),
        ("Mo-Su 10:00-24:00", "2026-11-25", (("10:00", "24:00"),)),
        ("Mo 00:00-24:00; Tu 00:00-10:00", "2026-11-23", (("00:00", "24:00"),)),
        ("Mo 00:00-24:00; Tu 00:00-10:00", "2026-11-24", (("00:00", "10:00"),)),
    ],
)
def test_today(text: str, day: str, today: tuple[tuple[str, str], ...]) -> None:
    assert status(text, rome(f"{day}T07:00")).today == today


def test_hours_of_a_night_with_a_change_of_clocks_last_as_long_as_they_do() -> None:
    for day, hours in (("2026-03-28", 12), ("2026-10-24", 14), ("2026-11-25", 13)):
        ((start, end),) = hours_on("Mo-Su 19:00-08:00", date.fromisoformat(day))
        assert end is not None
        assert (end.hour, end.tzinfo) == (8, ROME)
        assert end.astimezone(timezone.utc) - start.astimezone(timezone.utc) == timedelta(hours=hours)


def test_an_opening_in_the_hour_that_spring_skips_is_none() -> None:
    assert hours_on("Su 02:15-02:45", date(2026, 3, 29)) == []


@pytest.mark.parametrize(
    ("text", "problem"),
    [("Mo-Fr 25:00-26:00", "25:00"), ("Mo-Fr 09:75-10:00", "75-10:00"), ("lun-ven 9-13", "lun-ven"), ("", "missing"),
     ("Mo-Fr 09:00-13:00;", "missing"), ("mo 09:00-10:00", "capitalized"), ("Feb 30 10:00-12:00", "a day that"),
     ("Mo 10:00-10:00", "ends when it begins"), ("Mo, We 10:00-11:00", "space")],
)  # fmt: skip
def test_impossible_hours(text: str, problem: str) -> None:
    with pytest.raises(HoursError) as error:
        check(text)
    assert problem in error.value.problem
    assert error.value.remedy


Plan = dict[int, list[tuple[int, int]]]
"""Weekday to spans in minutes from its midnight; an end beyond 1440 lies on the next day."""


@st.composite
def plans(draw: st.DrawFn) -> tuple[str, Plan]:
    """A text of up to four rules, days may come back in a later one, and the week that it means."""
    plan: Plan = {}
    rules = []
    for _ in range(draw(st.integers(1, 4))):
        days = sorted(draw(st.sets(st.integers(0, 6), min_size=1, max_size=7)))
        marks = sorted(draw(st.sets(st.integers(0, 95), min_size=2, max_size=4)))
        spans = [(a * 15, b * 15) for a, b in zip(marks[::2], marks[1::2], strict=False)]
        if draw(st.booleans()):  # the last one goes on past midnight
            spans[-1] = (spans[-1][0], 1440 + draw(st.integers(0, max(0, spans[0][0] // 15 - 1))) * 15)
        for day in days:
            plan[day] = spans
        times = ",".join(f"{_clock(a)}-{_clock(b if b <= 1440 else b - 1440)}" for a, b in spans)
        rules.append(f"{','.join(WEEKDAYS[day] for day in days)} {times}")
    return "; ".join(rules), plan


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def is_open(plan: Plan, at: datetime) -> bool:
    """The oracle: by wall clock, today's spans and what yesterday's leave over."""
    minute = at.hour * 60 + at.minute
    today, yesterday = plan.get(at.weekday(), []), plan.get((at.weekday() - 1) % 7, [])
    return any(a <= minute < b for a, b in today) or any(a <= minute + 1440 < b for a, b in yesterday)


@settings(max_examples=150, deadline=None)
@given(plans(), st.integers(0, 7 * 96 - 1), st.sampled_from(["2026-11-23", "2026-07-06", "2026-02-02"]))
def test_state_and_its_end_as_the_oracle_says(plan: tuple[str, Plan], quarter: int, monday: str) -> None:
    text, week = plan
    at = rome(f"{monday}T00:00") + timedelta(minutes=15 * quarter)
    check(text)
    found = status(text, at)
    assert found.state == ("open" if is_open(week, at) else "closed") or (found.state == "always" and is_open(week, at))
    later = (at + timedelta(minutes=15 * n) for n in range(1, 8 * 96))
    change = next((moment for moment in later if is_open(week, moment) != is_open(week, at)), None)
    assert (found.until if found.state == "open" else found.next_opening if found.state == "closed" else None) == change


@settings(max_examples=75, deadline=None)
@given(plans(), st.integers(0, 6))
def test_hours_of_a_day_as_the_oracle_says(plan: tuple[str, Plan], weekday: int) -> None:
    text, week = plan
    midnight = rome("2026-11-23T00:00") + timedelta(days=weekday)
    expected = []
    step = timedelta(minutes=15)
    for begin in (midnight + n * step for n in range(96)):
        if is_open(week, begin) and not is_open(week, begin - step):
            length = next((m for m in range(1, 97) if not is_open(week, begin + m * step)), None)
            if length is not None:
                expected.append((begin, begin + length * step))
    found = [span for span in hours_on(text, midnight.date()) if not _of_a_long_one(week, span[0])]
    assert found == expected


def _of_a_long_one(week: Plan, start: datetime) -> bool:
    """Whether what is open at `start` lasts longer than a day."""
    step = timedelta(minutes=15)
    before = next((n for n in range(1, 8 * 96) if not is_open(week, start - n * step)), 8 * 96)
    after = next((n for n in range(1, 8 * 96) if not is_open(week, start + n * step)), 8 * 96)
    return before + after - 1 > 96
