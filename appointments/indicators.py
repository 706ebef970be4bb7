"""How many appointments each city had in a month: numbers for the network, too coarse to find a person in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Optional

from sqlalchemy import case, func, select

from appointments.models import PROVISIONAL, Appointment
from storage.clock import ROME
from storage.database import SessionFactory

SMALL = 5
"""Counts below this are not told (Eurostat's and Istat's usual threshold is three to five)."""
MONTHS = 12


@dataclass(frozen=True)
class Month:
    """`month`: its first day. Counts are None where they are small.

    A month without any appointment has 0 throughout; in one with some, a 0 is small too, else what is left out could be
    worked out from what is told.
    """

    month: date
    booked: Optional[int]
    seen: Optional[int]
    no_show: Optional[int]


def monthly(sessions: SessionFactory, today: date, months: int = MONTHS) -> dict[str, tuple[Month, ...]]:
    """By city the months up to that of `today` (Europe/Rome), the oldest first: one query. Cities without a shop are left out.

    `booked` are all appointments that start in the month, whatever came of them. What the retention has erased is not counted.
    """
    firsts = [_months_before(today, number) for number in range(months - 1, -2, -1)]
    edges = [datetime(day.year, day.month, 1, tzinfo=ROME) for day in firsts]
    number = case(
        *((Appointment.starts_at < edge, position) for position, edge in enumerate(edges[1:])), else_=len(edges)
    )
    query = select(Appointment.shop_id, number.label("number"), Appointment.status, func.count()).where(
        Appointment.starts_at >= edges[0], Appointment.starts_at < edges[-1], Appointment.status.not_in(PROVISIONAL)
    )
    counts: dict[str, dict[int, dict[str, int]]] = {}
    with sessions() as session:
        for city, position, status, count in session.execute(
            query.group_by(Appointment.shop_id, "number", Appointment.status)
        ):
            counts.setdefault(city, {}).setdefault(position, {})[status] = count
    return {
        city: tuple(_month(firsts[position], of_city.get(position, {})) for position in range(months))
        for city, of_city in counts.items()
    }


def _month(first: date, statuses: dict[str, int]) -> Month:
    booked = sum(statuses.values())
    if not booked:
        return Month(first, 0, 0, 0)
    return Month(first, _told(booked), _told(statuses.get("seen", 0)), _told(statuses.get("no_show", 0)))


def _told(count: int) -> Optional[int]:
    return count if count >= SMALL else None


def _months_before(today: date, number: int) -> date:
    """The first day of the month that lies `number` months before that of `today`."""
    months = today.year * 12 + today.month - 1 - number
    return date(months // 12, months % 12 + 1, 1)
