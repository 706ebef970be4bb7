"""Which times a weekly plan offers on a day. Pure: no database, no clock."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from functools import lru_cache

import holidays

from storage.clock import ROME

GRID = timedelta(minutes=15)
"""Bookings occupy whole cells of this length."""


@dataclass(frozen=True)
class Slot:
    """A time that can be booked: aware, UTC, half open."""

    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class Window:
    """Weekly hours in Europe/Rome: `weekday` 0 is Monday; `opens` and `closes` as HH:MM."""

    weekday: int
    opens: str
    closes: str


@lru_cache(maxsize=8)
def _holidays_of(year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("IT", years=year))


def is_holiday(day: date) -> bool:
    """Whether Italy's law makes it a public holiday (l. 260/1949, as the `holidays` package has it); no patron days."""
    return day in _holidays_of(day.year)


def slots_on(day: date, windows: Iterable[Window], minutes: int) -> list[Slot]:
    """The slots of `minutes` that a plan offers on a day, in order. None on public holidays.

    They follow one another in real time, so that a day of 23 or 25 hours has neither a gap nor a time that is not there.
    """
    if is_holiday(day):
        return []
    length = timedelta(minutes=minutes)
    found = []
    for window in windows:
        if window.weekday != day.weekday():
            continue
        start, end = (
            datetime.combine(day, time.fromisoformat(hour), ROME).astimezone(timezone.utc)
            for hour in (window.opens, window.closes)
        )
        while start + length <= end:
            found.append(Slot(start, start + length))
            start += length
    return sorted(found, key=lambda slot: slot.starts_at)


def cells_of(slot: Slot) -> Iterator[datetime]:
    """The beginnings of the grid cells that a slot occupies."""
    cell = slot.starts_at
    while cell < slot.ends_at:
        yield cell
        cell += GRID
