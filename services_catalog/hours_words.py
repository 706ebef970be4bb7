"""Opening hours for who writes them: as the program reads them, their week, and the next days one by one with the holidays."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Optional

from holidays.countries import Italy

from services_catalog import hours
from services_catalog.hours import Special, Week

HOLIDAY_LANGUAGES = {"it": "it_IT", "en": "en_US"}
PATRON = "patron"
"""Stands for the name of the city's own holiday."""

Spans = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Day:
    """`spans`: as `hours.clock_times`; `holiday`: its name, `PATRON`, or ""; `special`: an exception of the entry holds."""

    day: date
    spans: Spans
    holiday: str
    special: bool


@dataclass(frozen=True)
class Meaning:
    """What a text means.

    Attributes:
        normalised: as the program reads it.
        week: runs of weekdays with the same hours: first, last (0 is Monday), spans; none where no hours are known.
        days_only: weekdays that are named without hours.
        holidays: "same", "closed" or "other": a public holiday that is no Sunday, compared with its weekday.
        ahead: the next days, today first.
    """

    normalised: str
    week: tuple[tuple[int, int, Spans], ...]
    days_only: tuple[int, ...]
    holidays: str
    ahead: tuple[Day, ...]


def meaning(text: str, today: date, special: Special, language: str, days: int = 7) -> Meaning:
    """Args:
        special: the city's patron saint and the entry's exceptions.
        language: "it" or "en", of the holidays' names.

    Raises:
        HoursError: no opening hours.
    """
    plain = hours.normalised(text)
    week = hours.usual_week(text, today)
    names = Italy(years=(today.year, today.year + 1), language=HOLIDAY_LANGUAGES[language])
    ahead = []
    for day in (today + timedelta(days=n) for n in range(days)):
        patron = special.patron is not None and hours.patron_day(special.patron, day.year) == day
        name = names.get(day) or (PATRON if patron else "")
        ahead.append(Day(day, hours.clock_times(text, day, special), name, special.covers(day)))
    return Meaning(
        plain, _runs(week), hours.weekdays_without_hours(text, today), _on_holidays(text, today, week), tuple(ahead)
    )


def _runs(week: Week) -> tuple[tuple[int, int, Spans], ...]:
    runs: list[tuple[int, int, Spans]] = []
    for weekday, spans in enumerate(week or ()):
        if runs and runs[-1][2] == spans:
            runs[-1] = (runs[-1][0], weekday, spans)
        else:
            runs.append((weekday, weekday, spans))
    return tuple(runs)


def _on_holidays(text: str, today: date, week: Week) -> str:
    if week is None:
        return "same"
    day: Optional[date] = next(
        (day for day in sorted(Italy(years=(today.year, today.year + 1))) if day > today and week[day.weekday()]), None
    )
    if day is None:
        return "same"
    spans = hours.clock_times(text, day)
    return "same" if spans == week[day.weekday()] else "other" if spans else "closed"
