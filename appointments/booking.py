"""Booking at a one-stop shop: what is free, book, view, move, cancel; and what the staff set.

Who gets a time is decided by the unique constraint of `slot_claim` alone. What was read before is only a proposal.
"""

from __future__ import annotations

import secrets
import uuid
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from functools import lru_cache
from pathlib import Path
from typing import Any, Optional

from sqlalchemy import bindparam, delete, select
from sqlalchemy.exc import IntegrityError

from appointments.models import (
    LIVE,
    NEXT_STATUSES,
    Appointment,
    AppointmentEvent,
    AppointmentType,
    Availability,
    Closure,
    NoticeRow,
    Resource,
    Shop,
    SlotClaim,
)
from appointments.slots import Slot, Window, cells_of, slots_on
from services_catalog.search import one_stop_shop
from storage.clock import ROME, Clock
from storage.database import Session, SessionFactory, transaction
from storage.people import Person

MAX_LIVE = 2
"""Appointments that one person may hold at a time, so that few cannot take all."""
ALTERNATIVES = 3
PERSON = "person"

NOTICE_KINDS = {"confirmed": "confirmed", "declined": "declined", "cancelled": "cancelled_by_staff"}
"""The notice that each status set by the staff sends."""


class AppointmentError(Exception):
    """Base of what can be wrong with a booking."""


class NoShop(AppointmentError):
    """The city's one-stop shop takes no bookings here, or none of this type."""


class SlotUnavailable(AppointmentError):
    """The plan does not offer this time, or it is too soon or too far."""


class SlotTaken(AppointmentError):
    """Somebody else has it. `alternatives`: the nearest free slots."""

    def __init__(self, alternatives: list[Slot]) -> None:
        super().__init__("somebody else has this time")
        self.alternatives = alternatives


class TooManyAppointments(AppointmentError):
    """The person holds `MAX_LIVE` already."""


class AlreadyBooked(AppointmentError):
    """The person holds one of this type already."""


class NotFound(AppointmentError):
    """No such appointment of this person or city, or none that is still to come."""


class WrongStatus(AppointmentError):
    """The appointment's status does not allow this; somebody else was first."""


@dataclass(frozen=True)
class BookableType:
    """A type of appointment: `service` of the vocabulary, its length, and whether the agenda is an example."""

    service: str
    minutes: int
    example: bool


_TYPES = (
    select(AppointmentType.service, AppointmentType.minutes, Shop.example)
    .join(Shop, Shop.id == AppointmentType.shop_id)
    .where(Shop.id == bindparam("city"))
    .order_by(AppointmentType.id)
)
"""Built once: it is asked with each card."""


@dataclass(frozen=True)
class Booking:
    """An appointment as others see it. Times are aware, UTC. `type`: a service of the vocabulary."""

    id: str
    city: str
    code: str
    type: str
    starts_at: datetime
    ends_at: datetime
    status: str
    language: str
    resource: str
    next_statuses: tuple[str, ...]
    example: bool


@dataclass(frozen=True)
class _Agenda:
    """What is needed to compute the free slots of one type."""

    shop: Any
    type: Any
    resource: Any
    windows: tuple[Window, ...]
    closed: frozenset[date]

    def offered(self, day: date) -> list[Slot]:
        return [] if day in self.closed else slots_on(day, self.windows, self.type.minutes)

    def days(self, now: datetime) -> list[date]:
        """The days that can be booked at `now`, closed ones too."""
        today = now.astimezone(ROME).date()
        return [today + timedelta(days=ahead) for ahead in range(self.shop.horizon_days + 1)]

    def bookable(self, slot: Slot, now: datetime) -> bool:
        last = datetime.combine(now.astimezone(ROME).date() + timedelta(days=self.shop.horizon_days + 1), time(0), ROME)
        return now + timedelta(minutes=self.shop.notice_minutes) <= slot.starts_at < last


def bookable_types(sessions: SessionFactory, city: str) -> list[BookableType]:
    """What can be booked in a city; empty where the shop takes no bookings here."""
    with sessions() as session:
        return [BookableType(*row) for row in session.execute(_TYPES, {"city": city})]


def free_slots_for(
    sessions: SessionFactory, clock: Clock, city: str, service: str, day: date, *, except_: Optional[str] = None
) -> list[Slot]:
    """The free slots of a type on a day (Europe/Rome), in order.

    `except_`: the id of an appointment whose own time counts as free, for moving it.

    Raises:
        NoShop: nothing of this type can be booked in the city.
    """
    with sessions() as session:
        agenda = _agenda(session, city, service)
        return _free(session, agenda, [day], clock(), except_)


def days_with_slots(
    sessions: SessionFactory, clock: Clock, city: str, service: str, limit: int = 6, *, except_: Optional[str] = None
) -> list[date]:
    """The next days (Europe/Rome) that have a free slot. Raises NoShop."""
    now = clock()
    with sessions() as session:
        agenda = _agenda(session, city, service)
        slots = _free(session, agenda, agenda.days(now), now, except_)
        free = {slot.starts_at.astimezone(ROME).date() for slot in slots}
    return sorted(free)[:limit]


def book(
    sessions: SessionFactory,
    clock: Clock,
    *,
    city: str,
    service: str,
    starts_at: datetime,
    person_key: str,
    language: str,
    channel: str,
    address_encrypted: Optional[str],
) -> Booking:
    """Book a slot that begins at `starts_at` (aware).

    Raises:
        NoShop, SlotUnavailable, SlotTaken, TooManyAppointments, AlreadyBooked: nothing was booked.
    """
    now = clock()
    try:
        with transaction(sessions) as session:
            agenda = _agenda(session, city, service)
            slot = _offered_slot(agenda, starts_at, now)
            _lock_person(session, person_key, now)
            live = _live_of(session, person_key, now)
            if any(row.shop_id == city and row.service == service for row in live):
                raise AlreadyBooked
            if len(live) >= MAX_LIVE:
                raise TooManyAppointments
            row = Appointment(
                id=str(uuid.uuid4()),
                shop_id=city,
                resource_id=agenda.resource.id,
                service=service,
                person_key=person_key,
                language=language,
                code=_new_code(session),
                starts_at=slot.starts_at,
                ends_at=slot.ends_at,
                status="pending",
                channel=channel,
                address_encrypted=address_encrypted,
                booked_at=now,
            )
            session.add(row)
            session.flush()
            _claim(session, agenda, slot, row.id)
            _record(session, row, now, PERSON)
            return _booking(row, agenda.resource, agenda.shop)
    except IntegrityError:
        raise SlotTaken(_nearest(sessions, clock, city, service, starts_at)) from None


def appointments_of(sessions: SessionFactory, clock: Clock, person_key: str) -> list[Booking]:
    """A person's appointments that are still to come, in order."""
    with sessions() as session:
        return [_read(session, row) for row in _live_of(session, person_key, clock())]


def cancel(sessions: SessionFactory, clock: Clock, *, person_key: str, code: str) -> Booking:
    """The person gives an appointment back; its time is free at once. Raises NotFound."""
    with transaction(sessions) as session:
        row = _own(session, person_key, code, clock())
        row.status = "cancelled"
        row.address_encrypted = None
        session.execute(delete(SlotClaim).where(SlotClaim.appointment_id == row.id))
        _record(session, row, clock(), PERSON)
        return _read(session, row)


def reschedule(sessions: SessionFactory, clock: Clock, *, person_key: str, code: str, starts_at: datetime) -> Booking:
    """Move an appointment to another slot of its type; the staff have to confirm again.

    Raises:
        NotFound, NoShop, SlotUnavailable, SlotTaken: the appointment stays as it was.
    """
    now = clock()
    city = service = ""
    try:
        with transaction(sessions) as session:
            row = _own(session, person_key, code, now)
            city, service = row.shop_id, row.service
            agenda = _agenda(session, city, service)
            slot = _offered_slot(agenda, starts_at, now)
            session.execute(delete(SlotClaim).where(SlotClaim.appointment_id == row.id))
            row.starts_at, row.ends_at, row.status = slot.starts_at, slot.ends_at, "pending"
            row.resource_id = agenda.resource.id
            session.flush()
            _claim(session, agenda, slot, row.id)
            _record(session, row, now, PERSON)
            return _booking(row, agenda.resource, agenda.shop)
    except IntegrityError:
        raise SlotTaken(_nearest(sessions, clock, city, service, starts_at)) from None


def day_list(sessions: SessionFactory, city: str, day: date) -> list[Booking]:
    """A shop's appointments on a day (Europe/Rome), in order, those given back too."""
    start, end = (
        datetime.combine(one, time(0), ROME).astimezone(timezone.utc) for one in (day, day + timedelta(days=1))
    )
    query = (
        select(Appointment, Resource, Shop)
        .join(Resource, Resource.id == Appointment.resource_id)
        .join(Shop, Shop.id == Appointment.shop_id)
        .where(Appointment.shop_id == city, Appointment.starts_at >= start, Appointment.starts_at < end)
        .order_by(Appointment.starts_at, Appointment.code)
    )
    with sessions() as session:
        return [_booking(*row) for row in session.execute(query).all()]


def set_status(
    sessions: SessionFactory, clock: Clock, *, appointment_id: str, city: str, status: str, staff: str
) -> Booking:
    """What the staff of a city's shop set; the person's notice is written in the same transaction.

    Raises:
        NotFound: no such appointment in this city.
        WrongStatus: not allowed from the status that it has.
    """
    now = clock()
    with transaction(sessions) as session:
        row = session.get(Appointment, appointment_id, with_for_update=True, populate_existing=True)
        if row is None or row.shop_id != city:
            raise NotFound
        if status not in NEXT_STATUSES[row.status]:
            raise WrongStatus(f"{row.status} → {status}")
        row.status = status
        _record(session, row, now, staff)
        if status in NOTICE_KINDS and row.address_encrypted:
            session.add(
                NoticeRow(
                    kind=NOTICE_KINDS[status],
                    language=row.language,
                    person_key=row.person_key,
                    channel=row.channel,
                    address_encrypted=row.address_encrypted,
                    params={
                        "service": row.service,
                        "starts_at": row.starts_at.isoformat(),
                        "code": row.code,
                        "address": shop_address(sessions, city, now),
                    },
                    due_at=now,
                    attempts=0,
                )
            )
        if status not in LIVE:
            row.address_encrypted = None
        if status in ("declined", "cancelled"):
            session.execute(delete(SlotClaim).where(SlotClaim.appointment_id == row.id))
        return _read(session, row)


def shop_address(sessions: SessionFactory, city: str, at: datetime) -> str:
    """Where to go: the one-stop shop's name and address from the catalogue, as far as they are known."""
    card = one_stop_shop(sessions, city, at)
    return ", ".join(filter(None, (card.name, card.address))) if card else ""


# -- inside --


def _agenda(session: Session, city: str, service: str) -> _Agenda:
    found = session.execute(
        select(Shop, AppointmentType, Resource)
        .join(AppointmentType, AppointmentType.shop_id == Shop.id)
        .join(Resource, Resource.id == AppointmentType.resource_id)
        .where(Shop.id == city, AppointmentType.service == service)
    ).first()
    if found is None:
        raise NoShop(f"{service} cannot be booked in {city}")
    shop, type_, resource = found
    plan = session.execute(select(Availability).where(Availability.resource_id == resource.id)).scalars()
    closed = session.execute(select(Closure.day).where(Closure.shop_id == city)).scalars()
    windows = tuple(Window(row.weekday, row.opens, row.closes) for row in plan)
    return _Agenda(shop, type_, resource, windows, frozenset(closed))


def _free(
    session: Session, agenda: _Agenda, days: Iterable[date], now: datetime, except_: Optional[str] = None
) -> list[Slot]:
    offered = [slot for day in days for slot in agenda.offered(day) if agenda.bookable(slot, now)]
    if not offered:
        return []
    taken = _taken(session, agenda, offered[0].starts_at, offered[-1].ends_at, except_)
    return [slot for slot in offered if _free_seat(agenda, slot, taken) is not None]


def _taken(
    session: Session, agenda: _Agenda, start: datetime, end: datetime, except_: Optional[str] = None
) -> dict[datetime, set[int]]:
    """Seats that are taken, by the beginning of the cell."""
    query = select(SlotClaim.starts_at, SlotClaim.seat).where(
        SlotClaim.shop_id == agenda.shop.id,
        SlotClaim.resource_id == agenda.resource.id,
        SlotClaim.starts_at >= start,
        SlotClaim.starts_at < end,
    )
    if except_:
        query = query.where(SlotClaim.appointment_id != except_)
    taken: dict[datetime, set[int]] = defaultdict(set)
    for starts_at, seat in session.execute(query):
        taken[starts_at].add(seat)
    return taken


def _free_seat(agenda: _Agenda, slot: Slot, taken: dict[datetime, set[int]]) -> Optional[int]:
    return next(
        (
            seat
            for seat in range(agenda.resource.seats)
            if not any(seat in taken.get(cell, ()) for cell in cells_of(slot))
        ),
        None,
    )


def _claim(session: Session, agenda: _Agenda, slot: Slot, appointment_id: str) -> None:
    """Take a seat. Raises IntegrityError when somebody else was first, also when no seat looked free at all."""
    seat = _free_seat(agenda, slot, _taken(session, agenda, slot.starts_at, slot.ends_at)) or 0
    session.add_all(
        SlotClaim(
            shop_id=agenda.shop.id,
            resource_id=agenda.resource.id,
            starts_at=cell,
            seat=seat,
            appointment_id=appointment_id,
        )
        for cell in cells_of(slot)
    )
    session.flush()


def _offered_slot(agenda: _Agenda, starts_at: datetime, now: datetime) -> Slot:
    for slot in agenda.offered(starts_at.astimezone(ROME).date()):
        if slot.starts_at == starts_at and agenda.bookable(slot, now):
            return slot
    raise SlotUnavailable(f"not offered: {starts_at.isoformat()}")


def _nearest(sessions: SessionFactory, clock: Clock, city: str, service: str, starts_at: datetime) -> list[Slot]:
    with sessions() as session:
        agenda = _agenda(session, city, service)
        now = clock()
        free = _free(session, agenda, agenda.days(now), now)
    return sorted(
        sorted(free, key=lambda slot: abs(slot.starts_at - starts_at))[:ALTERNATIVES], key=lambda s: s.starts_at
    )


def _lock_person(session: Session, person_key: str, now: datetime) -> None:
    """Let one booking of a person at a time count what they hold."""
    if session.get(Person, person_key, with_for_update=True) is None:
        session.add(Person(person_key=person_key, updated_at=now))
        session.flush()


def _live_of(session: Session, person_key: str, now: datetime) -> list[Any]:
    query = select(Appointment).where(
        Appointment.person_key == person_key, Appointment.status.in_(LIVE), Appointment.ends_at > now
    )
    return list(session.execute(query.order_by(Appointment.starts_at)).scalars())


def _own(session: Session, person_key: str, code: str, now: datetime) -> Any:
    for row in _live_of(session, person_key, now):
        if row.code == code:
            return row
    raise NotFound


def _read(session: Session, row: Any) -> Booking:
    return _booking(row, session.get(Resource, row.resource_id), session.get(Shop, row.shop_id))


def _booking(row: Any, resource: Any, shop: Any) -> Booking:
    return Booking(
        id=row.id,
        city=row.shop_id,
        code=row.code,
        type=row.service,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        status=row.status,
        language=row.language,
        resource=resource.name,
        next_statuses=NEXT_STATUSES[row.status],
        example=shop.example,
    )


def _record(session: Session, row: Any, now: datetime, by: str) -> None:
    session.add(AppointmentEvent(appointment_id=row.id, at=now, status=row.status, by=by))


@lru_cache(maxsize=1)
def desk_words() -> tuple[str, ...]:
    return tuple((Path(__file__).parent / "desk_words.txt").read_text(encoding="utf-8").split())


def _new_code(session: Session) -> str:
    """Two Italian words and a number, easy to show and to say: `sole-ponte-47`. Never used before."""
    words = desk_words()
    while True:
        code = f"{secrets.choice(words)}-{secrets.choice(words)}-{secrets.randbelow(90) + 10}"
        if session.execute(select(Appointment.id).where(Appointment.code == code)).first() is None:
            return code
