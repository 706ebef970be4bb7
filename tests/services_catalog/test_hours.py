"""Opening hours against known moments and against a slow oracle that shares no code with the module."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

import holidays
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services_catalog.hours import (
    HoursError,
    HoursStatus,
    Special,
    check,
    clock_times,
    hours_on,
    normalised,
    patron_day,
    status,
)
from services_catalog.vocabulary import CITIES
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


def special(patron: str | None, *exceptions: tuple[str, str | None, str]) -> Special:
    days = date.fromisoformat
    return Special(
        patron, tuple((days(first), days(last) if last else None, hours) for first, last, hours in exceptions)
    )


MONDAY = ("2026-07-06", "2026-07-06")


WEEK = "Mo-Fr 09:00-13:00"
NIGHTS = "Mo-Su 19:00-08:00"
JULY_1, JULY_6, JULY_8 = "2026-07-01", "2026-07-06", "2026-07-08"


@pytest.mark.parametrize(
    ("text", "days", "at", "state", "until", "next_opening"),
    [
        # Latina's patron saint is a holiday there: closed where the text says so, Sunday's hours where it says PH
        (f"{WEEK}; PH off", special("07-06"), "2026-07-06T10:00", "closed", None, "2026-07-07T09:00"),
        (WEEK, special("07-06"), "2026-07-06T10:00", "open", "2026-07-06T13:00", "2026-07-07T09:00"),
        (f"{WEEK}; Sa,Su,PH 15:00-18:00", special("07-06"), "2026-07-06T10:00", "closed", None, "2026-07-06T15:00"),
        (f"{WEEK}; PH off", special("easter+50"), "2026-05-25T10:00", "closed", None, "2026-05-26T09:00"),
        # closed for a time, also what would be open day and night
        ("24/7", special(None, (JULY_6, JULY_8, "off")), "2026-07-06T10:00", "closed", None, "2026-07-09T00:00"),
        ("24/7", special(None, (JULY_8, None, "off")), "2026-07-06T10:00", "open", "2026-07-08T00:00", None),
        (WEEK, special(None, (JULY_1, None, "off")), "2026-07-06T10:00", "closed", None, None),
        # last night's opening goes on into a day that is closed
        (NIGHTS, special(None, (*MONDAY, "off")), "2026-07-06T07:00", "open", "2026-07-06T08:00", "2026-07-07T19:00"),
        # other hours on one day, before the patron saint; a later exception replaces an earlier one
        (
            f"{WEEK}; PH off",
            special("07-06", (*MONDAY, "20:00-02:00")),
            "2026-07-07T01:00",
            "open",
            "2026-07-07T02:00",
            "2026-07-07T09:00",
        ),
        (
            WEEK,
            special(None, (JULY_1, None, "off"), (*MONDAY, "10:00-11:00")),
            "2026-07-06T10:30",
            "open",
            "2026-07-06T11:00",
            None,
        ),
        # days without hours: the exception is all that is known
        ("Mo-Fr", special(None, (*MONDAY, "off")), "2026-07-06T10:00", "closed", None, None),
    ],
)
def test_special_days(
    text: str, days: Special, at: str, state: str, until: str | None, next_opening: str | None
) -> None:
    found = status(text, rome(at), days)
    assert (found.state, wall(found.until), wall(found.next_opening)) == (state, until, next_opening)


@pytest.mark.parametrize("days", [2, -370])
def test_two_days_after_and_a_year_before_the_hour_that_spring_skips(days: int) -> None:
    """The library was asked about windows that begin or end within that hour, and raised."""
    at = rome("2031-03-30T00:00") + timedelta(days=days, hours=2, minutes=30)
    assert status(WEEK, at).state == "closed"


def test_without_a_text_only_the_special_days_are_known() -> None:
    days = special(None, (*MONDAY, "off"))
    assert status(None, rome("2026-07-06T10:00"), days).state == "closed"
    assert status(None, rome("2026-07-07T10:00"), days).state == "unknown"
    assert clock_times("Mo-Fr 09:00-13:00", date(2026, 7, 6), days) == ()


def test_patron_saints() -> None:
    """As the `holidays` package has them, but for Perugia: its municipality keeps Saint Constantius, 29 January."""
    for city in CITIES.values():
        local = set(holidays.Italy(subdiv=city.province, years=2026)) - set(holidays.Italy(years=2026))
        day = patron_day(city.patron, 2026)
        assert day in local or city.id in ("perugia", "bologna", "bolzano"), city.id
    assert patron_day("easter+50", 2026) == date(2026, 5, 25)
    assert patron_day("02-29", 2026) is None


def test_normalised() -> None:
    assert normalised("Mo-Fr 09:00-17:00; Mo 10:00-12:00") == "Mo 10:00-12:00; Tu-Fr 09:00-17:00"


FIXED_HOLIDAYS = {(1, 1), (1, 6), (4, 25), (5, 1), (6, 2), (8, 15), (10, 4), (11, 1), (12, 8), (12, 25), (12, 26)}


def is_holiday(day: date, patron: tuple[int, int]) -> bool:
    """L. 260/1949 with later changes, Easter by Gauss's rule; 4 October is one from 2026 on (l. 151/2025)."""
    a, b, c = day.year % 19, day.year % 4, day.year % 7
    d = (19 * a + 24) % 30
    e = (2 * b + 4 * c + 6 * d + 5) % 7
    easter = date(day.year, 3, 22) + timedelta(days=d + e)
    if (d, e) == (29, 6) or (d == 28 and e == 6 and a > 10):
        easter -= timedelta(days=7)
    return (day.month, day.day) in FIXED_HOLIDAYS | {patron} or day in (easter, easter + timedelta(days=1))


Spans = list[tuple[int, int]]


@st.composite
def calendars(
    draw: st.DrawFn,
) -> tuple[str, Special, Plan, Spans | None, list[tuple[date, date | None, Spans]], tuple[int, int]]:
    """A week, what holidays bring (None: nothing of their own), up to three exceptions, and a patron saint."""
    text, plan = draw(plans())
    holiday: Spans | None = None
    kind = draw(st.sampled_from(["none", "off", "hours"]))
    if kind == "off":
        text, holiday = f"{text}; PH off", []
    elif kind == "hours":
        text, holiday = f"{text}; PH 10:00-12:30,22:00-01:00", [(600, 750), (1320, 1500)]
    patron = draw(st.dates(date(2027, 1, 1), date(2027, 12, 31)))
    exceptions: list[tuple[date, date | None, Spans]] = []
    for _ in range(draw(st.integers(0, 3))):
        first = draw(st.dates(date(2026, 1, 1), date(2035, 12, 31)))
        last = draw(st.sampled_from([first, first + timedelta(days=9), first + timedelta(days=200), None]))
        exceptions.append((first, last, draw(st.sampled_from([[], [(540, 780)], [(480, 600), (1200, 1560)]]))))
    written = tuple(
        (first, last, ",".join(f"{_clock(a)}-{_clock(b % 1440 or 1440)}" for a, b in spans) or "off")
        for first, last, spans in exceptions
    )
    return text, Special(f"{patron:%m-%d}", written), plan, holiday, exceptions, (patron.month, patron.day)


@settings(max_examples=120, deadline=None)
@given(calendars(), st.data())
def test_ten_years_of_minutes_as_the_slow_oracle_says(calendar: object, data: st.DataObject) -> None:
    text, days, plan, holiday, exceptions, patron = calendar

    def of_day(day: date) -> Spans:
        found = plan.get(day.weekday(), [])
        if holiday is not None and is_holiday(day, patron):
            found = holiday
        for first, last, spans in exceptions:
            if first <= day and (last is None or day <= last):
                found = spans
        return found

    def is_open_at(at: datetime) -> bool:
        minute, day = at.hour * 60 + at.minute, at.date()
        before = of_day(day - timedelta(days=1))
        return any(a <= minute < b for a, b in of_day(day)) or any(a <= minute + 1440 < b for a, b in before)

    near = [first for first, _, _ in exceptions] + [last for _, last, _ in exceptions if last]
    near += [date(2026, 3, 29), date(2030, 10, 27), date(2028, 4, 17), date(2031, patron[0], min(patron[1], 28))]
    for _ in range(4):
        day = data.draw(st.one_of(st.sampled_from(near), st.dates(date(2026, 1, 1), date(2035, 12, 31))))
        minutes = data.draw(st.integers(-1440, 2880))
        start = datetime.combine(day, datetime.min.time(), tzinfo=timezone.utc)
        at = (start + timedelta(minutes=minutes)).astimezone(ROME)  # a minute that exists
        found = status(text, at, days)
        assert (found.state in ("open", "always")) is is_open_at(at), (text, days, at)
