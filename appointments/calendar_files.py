"""Appointments as iCalendar (RFC 5545): a file for the person, a feed for the staff of a shop or of one desk.

A feed stands at a secret address, and yet nothing of a person is in it: no code, no language, no note.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from icalendar import Alarm, Calendar, Event, Timezone
from sqlalchemy import select

from appointments.errors import NotFound
from appointments.models import Appointment, Resource, Shop
from storage.clock import ROME, Clock
from storage.database import SessionFactory

PRODUCT = "-//LgNet//Orienta//IT"
FEED_STATUSES = ("pending", "confirmed", "seen", "no_show")
PAST = timedelta(days=31)
"""How far back a feed goes."""
ICAL_STATUS = {"pending": "TENTATIVE", "confirmed": "CONFIRMED", "cancelled": "CANCELLED", "declined": "CANCELLED"}


def person_file(
    *,
    id_: str,
    starts_at: datetime,
    ends_at: datetime,
    status: str,
    changes: int,
    code: str,
    address: str,
    title: str,
    reminder: str,
    now: datetime,
) -> bytes:
    """One appointment for the person's own calendar, with the place and an alarm two hours before.

    Args:
        address: of the shop, "" when unknown.
        title, reminder: in the person's language.
    """
    event = _event(id_, starts_at, ends_at, status, changes, title, now)
    if address:
        event.add("location", address)
    event.add("description", code)
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", reminder)
    alarm.add("trigger", timedelta(hours=-2))
    event.add_component(alarm)
    return _calendar([event])


def feed(sessions: SessionFactory, clock: Clock, token: str, title_of: Callable[[str], str]) -> bytes:
    """The appointments of the shop or desk that a secret belongs to.

    Args:
        title_of: the name of a service, for the staff.

    Raises:
        NotFound: the secret is nobody's.
    """
    now = clock()
    with sessions() as session:
        shop = session.execute(select(Shop.id).where(Shop.feed_token == token)).scalar()
        desk = session.execute(select(Resource.id).where(Resource.feed_token == token)).scalar()
        if shop is None and desk is None:
            raise NotFound
        mine = Appointment.shop_id == shop if shop else Appointment.resource_id == desk
        rows = session.execute(
            select(Appointment, Resource.name)
            .join(Resource, Resource.id == Appointment.resource_id)
            .where(mine, Appointment.status.in_(FEED_STATUSES), Appointment.starts_at > now - PAST)
            .order_by(Appointment.starts_at, Appointment.id)
        ).all()
    events = []
    for row, desk_name in rows:
        event = _event(row.id, row.starts_at, row.ends_at, row.status, row.changes, title_of(row.service), now)
        event.add("resources", desk_name)
        events.append(event)
    return _calendar(events)


def _event(
    id_: str, starts_at: datetime, ends_at: datetime, status: str, changes: int, title: str, now: datetime
) -> Any:
    event = Event()
    event.add("uid", f"{id_}@orienta")
    event.add("dtstamp", now)
    event.add("dtstart", starts_at.astimezone(ROME))
    event.add("dtend", ends_at.astimezone(ROME))
    event.add("summary", title)
    event.add("sequence", changes)
    event.add("status", ICAL_STATUS.get(status, "CONFIRMED"))
    event.add("class", "PRIVATE")
    return event


def _calendar(events: Iterable[Any]) -> bytes:
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add_component(Timezone.from_tzid("Europe/Rome"))
    for event in events:
        calendar.add_component(event)
    return bytes(calendar.to_ical())
