"""A shop's plan as the staff edit it: the week of each desk, single days, blocked hours, types, closed days, calendar addresses.

Whoever edits sees first which appointments would lie outside; those stay, and are moved or cancelled one by one. What was
only held or offered outside is withdrawn. Each change is written into the audit.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Optional

from sqlalchemy import delete, select, update

from appointments.agenda import Booking, agenda_of, plan_changed, read, settled
from appointments.booking import give_back
from appointments.errors import BadDay, BadHours, NoShop, NotFound
from appointments.models import (
    LIVE,
    PROVISIONAL,
    Appointment,
    AppointmentType,
    Availability,
    Closure,
    PlanException,
    Resource,
    Shop,
    TypeResource,
    WaitingEntry,
)
from appointments.shops import ResourceSheet, TypeSheet, checked_hours
from appointments.slots import Desk, Hours, Kind, Plan, Slot, Window, hours_on, is_within
from appointments.waiting import offer_what_is_free, withdraw_provisional
from storage.audit import audit
from storage.clock import ROME, Clock
from storage.database import Session, SessionFactory

REACH = timedelta(days=366)
"""How far ahead a day can be closed or changed."""
_SPAN = re.compile(r"(\d{1,2})(?:[:.h](\d{2}))?\s*[-–—]\s*(\d{1,2})(?:[:.h](\d{2}))?")


@dataclass(frozen=True)
class DeskPlan:
    """A desk as its week is edited. `week`: the hours of Monday to Sunday without pauses; `days`: exceptions still to come."""

    id: int
    name: str
    seats: int
    week: tuple[Hours, ...]
    days: tuple[tuple[date, Hours], ...]
    has_feed: bool


@dataclass(frozen=True)
class ShopPlan:
    """A shop's plan. `example`: it is one that the staff have not made their own yet. `closed`: days still to come."""

    city: str
    example: bool
    desks: tuple[DeskPlan, ...]
    kinds: tuple[Kind, ...]
    closed: tuple[date, ...]
    has_feed: bool


def parse_hours(text: str) -> Hours:
    """Hours as people type them: `9-13, 14.30–18:00`; nothing or a dash: closed.

    Raises:
        BadHours: what is none, not on a quarter of an hour, or not in order.
    """
    rest = text.strip()
    if rest in ("", "-", "–"):
        return ()
    spans = [found.groups() for found in _SPAN.finditer(rest)]
    if not spans or re.sub(r"[\s,;/e]|and", "", _SPAN.sub("", rest)):
        raise BadHours(text)
    hours = [f"{int(a):02}:{b or '00'}-{int(c):02}:{d or '00'}" for a, b, c, d in spans]
    try:
        checked_hours("", hours)
    except ValueError:
        raise BadHours(text) from None
    return tuple((one[:5], one[6:]) for one in hours)


def plan_of(sessions: SessionFactory, clock: Clock, city: str) -> ShopPlan:
    """Raises NoShop."""
    today = clock().astimezone(ROME).date()
    with sessions() as session:
        agenda = agenda_of(session, city)
        plan = agenda.plan
        rows = session.execute(select(Resource.id, Resource.feed_token).where(Resource.shop_id == city)).all()
        feeds = {id_ for id_, token in rows if token}
        shop = session.get(Shop, city)
        return ShopPlan(
            city,
            agenda.example,
            tuple(
                DeskPlan(
                    one.id,
                    one.name,
                    one.seats,
                    one.week,
                    tuple((day, hours) for day, hours in sorted(one.exceptions.items()) if day >= today),
                    one.id in feeds,
                )
                for one in plan.desks.values()
            ),
            tuple(plan.kinds.values()),
            tuple(sorted(day for day in plan.closed if day >= today)),
            shop.feed_token is not None,
        )


# -- hours --


def set_week(
    sessions: SessionFactory,
    clock: Clock,
    *,
    city: str,
    desk: int,
    week: Sequence[Hours],
    staff: str,
    save: bool = True,
) -> list[Booking]:
    """A desk's hours of Monday to Sunday.

    Args:
        save: False: only say what it would mean.

    Returns:
        The appointments to come that lie outside the new hours, in order; they stay.

    Raises:
        NotFound: no such desk here. NoShop.
    """

    def write(session: Session, row: Any, now: datetime) -> None:
        session.execute(delete(Availability).where(Availability.resource_id == desk))
        session.add_all(
            Availability(resource_id=desk, weekday=weekday, opens=opens, closes=closes)
            for weekday, hours in enumerate(week)
            for opens, closes in hours
        )
        audit(session, now, staff, "week_changed", row.name, city)

    return _changed(sessions, clock, city, desk, write, save)


def set_day(
    sessions: SessionFactory,
    clock: Clock,
    *,
    city: str,
    desk: int,
    day: date,
    hours: Optional[Hours],
    staff: str,
    save: bool = True,
) -> list[Booking]:
    """A desk's hours on one day instead of its week's; empty: it is not there; None: as in the week again.

    Returns and raises as `set_week`; BadDay: past, or more than a year ahead.
    """
    _within_reach(clock, day)

    def write(session: Session, row: Any, now: datetime) -> None:
        _write_day(session, desk, day, hours)
        audit(session, now, staff, "day_changed", f"{row.name}, {day.isoformat()}", city)

    return _changed(sessions, clock, city, desk, write, save)


def block(
    sessions: SessionFactory,
    clock: Clock,
    *,
    city: str,
    desk: int,
    day: date,
    span: tuple[str, str],
    staff: str,
    save: bool = True,
) -> list[Booking]:
    """Take hours (HH:MM, Europe/Rome) of one day out of a desk's plan: a meeting, somebody ill.

    Returns and raises as `set_day`.
    """
    _within_reach(clock, day)

    def write(session: Session, row: Any, now: datetime) -> None:
        plan = agenda_of(session, city).plan
        known = plan.desks[desk]
        spans = tuple(Window(day.weekday(), *one) for one in hours_on(plan, known, day))
        left = Desk(known.id, known.name, known.seats, spans, (Window(day.weekday(), *span),)).week[day.weekday()]
        _write_day(session, desk, day, left)
        audit(session, now, staff, "hours_blocked", f"{known.name}, {day.isoformat()} {'-'.join(span)}", city)

    return _changed(sessions, clock, city, desk, write, save)


def _write_day(session: Session, desk: int, day: date, hours: Optional[Hours]) -> None:
    session.execute(delete(PlanException).where(PlanException.resource_id == desk, PlanException.day == day))
    if hours is not None:
        session.add_all(
            PlanException(resource_id=desk, day=day, opens=opens, closes=closes)
            for opens, closes in hours or [(None, None)]
        )


class _NotSaved(Exception):
    """Carries what a change would mean out of the transaction that is rolled back."""

    def __init__(self, outside: list[Booking]) -> None:
        self.outside = outside


def _changed(
    sessions: SessionFactory,
    clock: Clock,
    city: str,
    desk: int,
    write: Callable[[Session, Any, datetime], None],
    save: bool,
) -> list[Booking]:
    now = clock()

    def attempt(session: Session) -> list[Booking]:
        lock_shop(session, city)
        write(session, _desk(session, city, desk), now)
        session.flush()
        plan_changed(session, city)
        agenda = agenda_of(session, city)
        rows = (
            session.execute(
                select(Appointment)
                .where(
                    Appointment.resource_id == desk,
                    Appointment.ends_at > now,
                    Appointment.status.in_(LIVE + PROVISIONAL),
                )
                .order_by(Appointment.starts_at)
            )
            .scalars()
            .all()
        )
        outside = [row for row in rows if not _lies_within(agenda.plan, row)]
        bookings = [read(session, row) for row in outside if row.status in LIVE]
        if not save:
            raise _NotSaved(bookings)
        withdraw_provisional(session, [row for row in outside if row.status in PROVISIONAL])
        return bookings

    try:
        return settled(sessions, attempt)
    except _NotSaved as answer:
        return answer.outside


def _lies_within(plan: Plan, row: Any) -> bool:
    """Whether a desk is there during the whole of an appointment."""
    day = row.starts_at.astimezone(ROME).date()
    return is_within(hours_on(plan, plan.desks[row.resource_id], day), Slot(row.starts_at, row.ends_at))


# -- closed days --


def close_day(sessions: SessionFactory, clock: Clock, *, city: str, day: date, staff: str) -> list[Booking]:
    """Close the shop on a day (Europe/Rome): whoever has an appointment then is told, with the nearest other times.

    What was only held or offered then is gone; whoever waits is offered another time.

    Returns:
        The appointments that were cancelled.

    Raises:
        BadDay: past, or more than a year ahead. NoShop.
    """
    _within_reach(clock, day)
    now = clock()

    def attempt(session: Session) -> list[Booking]:
        lock_shop(session, city)
        if session.get(Closure, (city, day)) is None:
            session.add(Closure(shop_id=city, day=day))
            session.flush()
            plan_changed(session, city)
            audit(session, now, staff, "day_closed", day.isoformat(), city)
        start, end = (datetime.combine(one, time(0), ROME) for one in (day, day + timedelta(days=1)))
        rows = (
            session.execute(
                select(Appointment)
                .where(Appointment.shop_id == city, Appointment.starts_at >= start, Appointment.starts_at < end)
                .order_by(Appointment.starts_at)
                .with_for_update()
            )
            .scalars()
            .all()
        )
        closed = []
        withdraw_provisional(session, [row for row in rows if row.status in PROVISIONAL])
        for row in rows:
            if row.status in LIVE and row.ends_at > now:
                give_back(session, row, now, "cancelled", staff, "closed")
                closed.append(read(session, row))
        offer_what_is_free(session, city, list(agenda_of(session, city).plan.kinds), now)
        return closed

    return settled(sessions, attempt)


def open_day(sessions: SessionFactory, clock: Clock, *, city: str, day: date, staff: str) -> None:
    """Take a closure back; appointments that it cost do not come back.

    Raises:
        NoShop.
    """
    now = clock()

    def attempt(session: Session) -> None:
        lock_shop(session, city)
        if session.execute(delete(Closure).where(Closure.shop_id == city, Closure.day == day)).rowcount:
            plan_changed(session, city)
            audit(session, now, staff, "day_opened", day.isoformat(), city)

    settled(sessions, attempt)


def is_closed(sessions: SessionFactory, *, city: str, day: date) -> bool:
    """Whether the staff have closed the shop on a day (Europe/Rome)."""
    with sessions() as session:
        return session.get(Closure, (city, day)) is not None


# -- types --


def set_type(
    sessions: SessionFactory,
    clock: Clock,
    *,
    city: str,
    service: str,
    minutes: int,
    notice_minutes: int,
    horizon_days: int,
    booked_by: str,
    desks: Sequence[int],
    staff: str,
) -> None:
    """Give a type of appointment, or give it otherwise: how long, how soon, how far ahead, by whom booked, at which desks.

    What is booked stays as it is.

    Raises:
        ValueError: what no sheet could say (`shops.TypeSheet`), no desk, or one of another shop. NoShop.
    """
    rules: dict[str, Any] = {
        "minutes": minutes,
        "notice_minutes": notice_minutes,
        "horizon_days": horizon_days,
        "booked_by": booked_by,
    }
    TypeSheet(service=service, **rules)
    now = clock()

    def attempt(session: Session) -> None:
        lock_shop(session, city)
        own = set(session.execute(select(Resource.id).where(Resource.shop_id == city)).scalars())
        if not desks or not own.issuperset(desks):
            raise ValueError("at least one desk of this shop")
        row = session.execute(
            select(AppointmentType).where(AppointmentType.shop_id == city, AppointmentType.service == service)
        ).scalar() or AppointmentType(shop_id=city, service=service)
        for name, value in rules.items():
            setattr(row, name, value)
        session.add(row)
        session.flush()
        session.execute(delete(TypeResource).where(TypeResource.type_id == row.id))
        session.add_all(TypeResource(type_id=row.id, resource_id=id_) for id_ in set(desks))
        session.flush()
        plan_changed(session, city)
        audit(session, now, staff, "type_changed", service, city)

    settled(sessions, attempt)


def remove_type(sessions: SessionFactory, clock: Clock, *, city: str, service: str, staff: str) -> None:
    """Give a type no more; appointments of it that are booked stay, what was held or offered is gone, and nobody waits for it.

    Raises:
        NoShop: it is not given here.
    """
    now = clock()

    def attempt(session: Session) -> None:
        lock_shop(session, city)
        id_ = session.execute(
            select(AppointmentType.id).where(AppointmentType.shop_id == city, AppointmentType.service == service)
        ).scalar()
        if id_ is None:
            raise NoShop(f"{service} is not given in {city}")
        session.execute(delete(TypeResource).where(TypeResource.type_id == id_))
        session.execute(delete(AppointmentType).where(AppointmentType.id == id_))
        plan_changed(session, city)
        audit(session, now, staff, "type_removed", service, city)
        provisional = select(Appointment).where(
            Appointment.shop_id == city, Appointment.service == service, Appointment.status.in_(PROVISIONAL)
        )
        withdraw_provisional(session, session.execute(provisional).scalars().all())
        session.execute(
            update(WaitingEntry)
            .where(WaitingEntry.shop_id == city, WaitingEntry.service == service, WaitingEntry.status != "ended")
            .values(status="ended", address_encrypted=None)
        )

    settled(sessions, attempt)


def add_desk(sessions: SessionFactory, clock: Clock, *, city: str, name: str, seats: int, staff: str) -> int:
    """A new desk or room without hours yet. Returns its id.

    Raises:
        ValueError: what no sheet could say (`shops.ResourceSheet`), or a name that is there already. NoShop.
    """
    ResourceSheet(name=name, seats=seats, week={}, types=[])
    now = clock()

    def attempt(session: Session) -> int:
        lock_shop(session, city)
        names = session.execute(select(Resource.name).where(Resource.shop_id == city)).scalars().all()
        if name in names:
            raise ValueError(f"there is a desk {name} already")
        row = Resource(shop_id=city, name=name, seats=seats)
        session.add(row)
        session.flush()
        plan_changed(session, city)
        audit(session, now, staff, "desk_added", name, city)
        return int(row.id)

    return settled(sessions, attempt)


def make_real(sessions: SessionFactory, clock: Clock, *, city: str, staff: str) -> None:
    """The plan is the shop's own from now on, not an example: whatever it gives can be booked. Raises NoShop."""
    now = clock()

    def attempt(session: Session) -> None:
        lock_shop(session, city)
        session.execute(update(Shop).where(Shop.id == city).values(example=False))
        plan_changed(session, city)
        audit(session, now, staff, "plan_made_real", city, city)

    settled(sessions, attempt)


# -- calendar addresses --


def new_feed_token(
    sessions: SessionFactory, clock: Clock, *, city: str, staff: str, resource: Optional[str] = None
) -> str:
    """A new secret for the calendar feed of a shop, or of one of its desks by name; the old one is void. Raises NotFound."""
    token = secrets.token_urlsafe(32)
    _set_feed(sessions, clock, city, resource, token, staff)
    return token


def revoke_feed(
    sessions: SessionFactory, clock: Clock, *, city: str, staff: str, resource: Optional[str] = None
) -> None:
    """Nobody reads this feed any more. Raises NotFound."""
    _set_feed(sessions, clock, city, resource, None, staff)


def _set_feed(
    sessions: SessionFactory, clock: Clock, city: str, resource: Optional[str], token: Optional[str], staff: str
) -> None:
    now = clock()

    def attempt(session: Session) -> None:
        query = select(Resource).where(Resource.shop_id == city, Resource.name == resource)
        row = session.execute(query).scalar() if resource else session.get(Shop, city)
        if row is None:
            raise NotFound
        row.feed_token = token
        audit(session, now, staff, "feed_made" if token else "feed_revoked", resource or city, city)

    settled(sessions, attempt)


# -- inside --


def lock_shop(session: Session, city: str) -> None:
    """Nobody else changes the plan before the transaction ends. Raises NoShop."""
    if session.get(Shop, city, with_for_update=True) is None:
        raise NoShop(f"no shop in {city}")


def _desk(session: Session, city: str, desk: int) -> Any:
    row = session.get(Resource, desk)
    if row is None or row.shop_id != city:
        raise NotFound
    return row


def _within_reach(clock: Clock, day: date) -> None:
    today = clock().astimezone(ROME).date()
    if not today <= day <= today + REACH:
        raise BadDay(day.isoformat())
