"""What a shop's plan offers, and what of it is free. Pure: no database, and the present moment is passed in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta, timezone
from functools import cached_property, lru_cache
from typing import Optional

import holidays

from storage.clock import ROME

GRID = timedelta(minutes=15)
"""Bookings occupy whole cells of this length."""
GRID_SECONDS = 15 * 60

DAY_PARTS = ("morning", "afternoon")
MORNING_ENDS = time(13)
"""A time from here on is the afternoon."""

Hours = tuple[tuple[str, str], ...]
"""Opening and closing times of one day as HH:MM, in order, Europe/Rome."""
Seat = tuple[int, int]
"""A desk's id and the number of a seat at it."""
Taken = Mapping[Seat, AbstractSet[int]]
"""The cells that are taken, by seat."""


NOTHING: AbstractSet[int] = frozenset()
MAX_OFFERS_KEPT = 2000
"""Days of types that a plan remembers: 16 types for 120 days."""


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


@dataclass(frozen=True)
class Desk:
    """A desk or room. `exceptions`: a day's hours instead of the week's, empty where it is not there."""

    id: int
    name: str
    seats: int
    windows: tuple[Window, ...]
    pauses: tuple[Window, ...] = ()
    exceptions: Mapping[date, Hours] = field(default_factory=dict)

    @cached_property
    def week(self) -> tuple[Hours, ...]:
        """The hours of Monday to Sunday, with pauses cut out."""
        return tuple(self._hours(weekday) for weekday in range(7))

    def _hours(self, weekday: int) -> Hours:
        spans = sorted((window.opens, window.closes) for window in self.windows if window.weekday == weekday)
        for pause in self.pauses:
            if pause.weekday == weekday:
                spans = [part for span in spans for part in _without(span, pause)]
        return tuple(spans)


@dataclass(frozen=True)
class Kind:
    """A type of appointment. `languages`: ISO 639 codes; `booked_by`: "person" or "staff"; `desks`: their ids."""

    service: str
    minutes: int
    notice_minutes: int
    horizon_days: int
    desks: tuple[int, ...]
    languages: tuple[str, ...] = ()
    booked_by: str = "person"
    interpreter: bool = False

    def without_limits(self, horizon_days: int) -> Kind:
        """As the staff may give it: without notice, as far ahead as they like."""
        return replace(self, notice_minutes=0, horizon_days=horizon_days)


@dataclass(frozen=True)
class Offer:
    """A time that a plan offers, the cells that it takes, in order, and the seats at which it may be."""

    slot: Slot
    cells: tuple[int, ...]
    seats: tuple[Seat, ...]


@dataclass(frozen=True)
class Plan:
    """All that decides what a shop offers: a snapshot."""

    shop: str
    desks: Mapping[int, Desk]
    kinds: Mapping[str, Kind]
    closed: frozenset[date] = frozenset()
    _offers: dict[tuple[str, date], tuple[Offer, ...]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def offers(self, service: str, day: date) -> tuple[Offer, ...]:
        """What of a type the desks offer on a day, in order, taken or not. Computed once. Raises KeyError for another type."""
        known = self._offers.get((service, day))
        if known is None:
            if len(self._offers) > MAX_OFFERS_KEPT:
                self._offers.clear()
            known = self._offers[service, day] = _offers_on(self, self.kinds[service], day)
        return known


@lru_cache(maxsize=8)
def _holidays_of(year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("IT", years=year))


def is_holiday(day: date) -> bool:
    """Whether Italy's law makes it a public holiday (l. 260/1949, as the `holidays` package has it); no patron days."""
    return day in _holidays_of(day.year)


def hours_on(plan: Plan, desk: Desk, day: date) -> Hours:
    """A desk's hours on a day: a closure beats an exception, an exception beats holiday and week; pauses are cut out."""
    if day in plan.closed:
        return ()
    if day in desk.exceptions:
        return desk.exceptions[day]
    if is_holiday(day):
        return ()
    return desk.week[day.weekday()]


def is_within(hours: Hours, slot: Slot) -> bool:
    """Whether the whole of a slot lies within one of the spans of its day."""
    begins, ends = (f"{moment.astimezone(ROME):%H:%M}" for moment in (slot.starts_at, slot.ends_at))
    return any(opens <= begins and ends <= closes for opens, closes in hours)


def _without(span: tuple[str, str], pause: Window) -> Iterator[tuple[str, str]]:
    """What is left of a span; times as HH:MM compare as text."""
    opens, closes = span
    for part in ((opens, min(closes, pause.opens)), (max(opens, pause.closes), closes)):
        if part[0] < part[1]:
            yield part


def slots_in(day: date, hours: Hours, minutes: int) -> tuple[tuple[int, Slot], ...]:
    """The slots of `minutes` within a day's hours, in order, each with the number of its first cell.

    They follow one another in real time, so that a day of 23 or 25 hours has neither a gap nor a time that is not there.
    """
    length = timedelta(minutes=minutes)
    found = []
    for span in hours:
        start, end = (datetime.combine(day, time.fromisoformat(hour), ROME).astimezone(timezone.utc) for hour in span)
        while start + length <= end:
            found.append((cell_of(start), Slot(start, start + length)))
            start += length
    return tuple(found)


def days_ahead(kind: Kind, now: datetime) -> list[date]:
    """The days (Europe/Rome) that lie within a type's horizon at `now`, closed ones too."""
    today = now.astimezone(ROME).date()
    return [today + timedelta(days=ahead) for ahead in range(kind.horizon_days + 1)]


def free_slots(plan: Plan, service: str, days: Iterable[date], taken: Taken, now: datetime) -> list[Slot]:
    """The times of a type that at least one seat has free, in order; within notice and horizon at `now`.

    Args:
        days: in Europe/Rome; those beyond the horizon have nothing.
        taken: by seat; what is missing is free.
        now: aware.

    Raises:
        KeyError: the plan has no such type.
    """
    found = []
    for offer in offered(plan, service, days, now):
        for seat in offer.seats:
            if taken.get(seat, NOTHING).isdisjoint(offer.cells):
                found.append(offer.slot)
                break
    return found


def offered(plan: Plan, service: str, days: Iterable[date], now: datetime) -> Iterator[Offer]:
    """What a plan offers within notice and horizon at `now`, taken or not, in order of days and times."""
    kind = plan.kinds[service]
    earliest = _first_cell(kind, now)
    today = now.astimezone(ROME).date()
    last = today + timedelta(days=kind.horizon_days)
    for day in sorted(set(days)):
        if today <= day <= last:
            for offer in plan.offers(service, day):
                if offer.cells[0] >= earliest:
                    yield offer


def _offers_on(plan: Plan, kind: Kind, day: date) -> tuple[Offer, ...]:
    found: dict[int, tuple[Slot, list[Seat]]] = {}
    for desk in (plan.desks[id_] for id_ in kind.desks):
        for cell, slot in slots_in(day, hours_on(plan, desk, day), kind.minutes):
            found.setdefault(cell, (slot, []))[1].extend((desk.id, seat) for seat in range(desk.seats))
    return tuple(Offer(slot, tuple(cells_of(slot)), tuple(seats)) for _, (slot, seats) in sorted(found.items()))


def slot_at(plan: Plan, service: str, starts_at: datetime, now: datetime) -> Optional[Slot]:
    """The slot that the plan offers at this very moment, taken or not; None: not offered, too soon or too far."""
    day = starts_at.astimezone(ROME).date()
    return next((one.slot for one in offered(plan, service, [day], now) if one.slot.starts_at == starts_at), None)


def seats_for(plan: Plan, service: str, slot: Slot, taken: Taken) -> list[Seat]:
    """The free seats for a slot, at the desks that offer it."""
    cells = cells_of(slot)
    offers = plan.offers(service, slot.starts_at.astimezone(ROME).date())
    seats = next((one.seats for one in offers if one.cells[0] == cells.start), ())
    return [seat for seat in seats if taken.get(seat, NOTHING).isdisjoint(cells)]


def part_of_day(slot: Slot) -> str:
    """morning or afternoon, in Europe/Rome."""
    return "morning" if slot.starts_at.astimezone(ROME).time() < MORNING_ENDS else "afternoon"


def cell_of(moment: datetime) -> int:
    """The number of the cell that a moment (aware) lies in: quarters of an hour since 1970 in UTC."""
    return int(moment.timestamp()) // GRID_SECONDS


def cells_of(slot: Slot) -> range:
    """The cells that a slot occupies. Rome's offset is whole hours, so slots begin and end with a cell."""
    return range(cell_of(slot.starts_at), cell_of(slot.ends_at))


def _first_cell(kind: Kind, now: datetime) -> int:
    """The first cell that begins late enough."""
    earliest = now + timedelta(minutes=kind.notice_minutes)
    return -(-int(earliest.timestamp() * 1_000_000) // (GRID_SECONDS * 1_000_000))
