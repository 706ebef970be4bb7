"""What a person does at a one-stop shop's agenda: see what is free, hold, book, view, move, cancel. And the staff's status.

Who gets a time is decided by the unique constraint of `slot_claim` alone. What was read before is only a proposal: whoever
is second starts again with what is left, until nothing is.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from types import SimpleNamespace
from typing import Any, Optional, TypeVar

from sqlalchemy import bindparam, func, insert, or_, select, text

from appointments.agenda import (
    MAX_LIVE,
    PERSON,
    Agenda,
    Booking,
    agenda_of,
    booking_of,
    change,
    claim,
    desk_words,
    drop_provisional,
    free_of,
    live_of,
    nearest_free,
    new_code,
    of_city,
    open_agenda,
    own,
    read,
    record,
    release,
    settled,
    shop_address,
    take_seat,
)
from appointments.errors import (
    AlreadyBooked,
    AppointmentError,
    NoShop,
    NotFound,
    SlotTaken,
    SlotUnavailable,
    TooManyAppointments,
    WrongStatus,
)
from appointments.models import LIVE, NEXT_STATUSES, PROVISIONAL, Appointment, Interpreter, Resource, Shop
from appointments.notices import withdraw, write_notice, write_reminders
from appointments.slots import Plan, Seat, Slot, days_ahead, part_of_day, slot_at
from appointments.waiting import offer_what_is_free, served_beside
from storage.clock import ROME, Clock
from storage.database import Session, SessionFactory, UTCDateTime

MAX_A_DAY = 8
"""Bookings of one person in 24 hours, those given back too."""
HOLD = timedelta(minutes=10)
"""How long a time is kept while the person decides."""

NOTICE_KINDS = {"confirmed": "confirmed", "declined": "declined", "cancelled": "cancelled_by_staff"}
"""The notice that each status set by the staff sends."""
REASONS = ("nobody_there", "not_here", "papers_first", "has_another")
"""Why the staff decline or cancel an appointment."""

Result = TypeVar("Result")


@dataclass(frozen=True)
class BookableType:
    """A type of appointment: `service` of the vocabulary, its length, and whether the agenda is an example."""

    service: str
    minutes: int
    example: bool
    interpreter: bool = False


@dataclass(frozen=True)
class Hold:
    """A time that is kept for somebody who decides."""

    slot: Slot
    expires_at: datetime


@dataclass(frozen=True)
class Draft:
    """What somebody was about to book. `moving`: the code of their appointment that would get this time."""

    city: str
    service: str
    starts_at: datetime
    moving: Optional[str]


# -- what is free --


def bookable_types(sessions: SessionFactory, city: str) -> list[BookableType]:
    """What people can book in a city; empty where the shop takes no bookings here, or nobody knows where it is."""
    with sessions() as session:
        try:
            agenda = agenda_of(session, city)
        except NoShop:
            return []
        return [
            BookableType(kind.service, kind.minutes, agenda.example, kind.interpreter)
            for kind in agenda.plan.kinds.values()
            if kind.service in agenda.open_for
        ]


def free_slots_for(
    sessions: SessionFactory,
    clock: Clock,
    city: str,
    service: str,
    day: date,
    *,
    part: str = "any",
    except_: Optional[str] = None,
) -> list[Slot]:
    """The free slots of a type on a day (Europe/Rome), in order.

    Args:
        part: morning, afternoon, or any.
        except_: the id of an appointment whose own time counts as free, for moving it.

    Raises:
        NoShop: nothing of this type can be booked in the city.
    """
    with sessions() as session:
        agenda = open_agenda(session, city, service)
        slots = free_of(session, agenda.plan, service, [day], clock(), except_)
    return [slot for slot in slots if part in ("any", part_of_day(slot))]


def slots_ahead(
    sessions: SessionFactory, clock: Clock, city: str, service: str, *, except_: Optional[str] = None
) -> list[Slot]:
    """All free slots of a type within its horizon, in order; the first one is the earliest. Raises NoShop."""
    now = clock()
    with sessions() as session:
        agenda = open_agenda(session, city, service)
        return free_of(session, agenda.plan, service, days_ahead(agenda.plan.kinds[service], now), now, except_)


def days_with_slots(
    sessions: SessionFactory,
    clock: Clock,
    city: str,
    service: str,
    limit: int = 6,
    *,
    after: Optional[date] = None,
    except_: Optional[str] = None,
) -> list[date]:
    """The next days (Europe/Rome) that have a free slot, `limit` of them, for paging those after a day. Raises NoShop."""
    slots = slots_ahead(sessions, clock, city, service, except_=except_)
    days = sorted({slot.starts_at.astimezone(ROME).date() for slot in slots})
    return [day for day in days if after is None or day > after][:limit]


# -- hold, book, move, cancel --


def hold(
    sessions: SessionFactory,
    clock: Clock,
    *,
    city: str,
    service: str,
    starts_at: datetime,
    person_key: str,
    moving: Optional[str] = None,
) -> Hold:
    """Keep a time while the person decides; it takes the place of what was held for them before.

    `moving`: the code of their appointment that would get this time.

    Raises:
        NoShop, SlotUnavailable, SlotTaken, TooManyAppointments, AlreadyBooked, NotFound: nothing is held.
    """
    now = clock()

    def attempt(session: Session) -> Hold:
        agenda = open_agenda(session, city, service)
        slot = _offered(agenda.plan, service, starts_at, now)
        _lock_person(session, person_key, now)
        rows = _recent(session, person_key, now)
        _drop_held(session, rows)
        except_ = None
        if moving:
            except_ = own(session, person_key, moving, now).id
        else:
            _check_limits(rows, city, service, now)
        if any(one.id == except_ and one.starts_at == slot.starts_at for one in rows):
            return Hold(slot, now + HOLD)  # it is theirs already
        seat = take_seat(session, agenda.plan, service, slot, now)
        row = new_row(
            city, service, slot, seat, status="held", person_key=person_key, language="", channel="", address=None,
            now=now, expires_at=now + HOLD,
        )  # fmt: skip
        insert_row(session, row)
        claim(session, city, seat, slot, row.id, now, row.expires_at)
        return Hold(slot, row.expires_at)

    return _with_alternatives(sessions, clock, attempt, lambda: (city, service, starts_at))


def held_for(sessions: SessionFactory, clock: Clock, person_key: str) -> Optional[Draft]:
    """The time that is kept for a person while they decide; None when there is none, or no more."""
    now = clock()
    with sessions() as session:
        row = session.execute(
            select(Appointment).where(
                Appointment.person_key == person_key, Appointment.status == "held", Appointment.expires_at > now
            )
        ).scalar()
        if row is None:
            return None
        live = live_of(session, person_key, now)
        moving = next((one.code for one in live if (one.shop_id, one.service) == (row.shop_id, row.service)), None)
        return Draft(row.shop_id, row.service, row.starts_at, moving)


def release_hold(sessions: SessionFactory, clock: Clock, person_key: str) -> None:
    """The person decided otherwise: what was held for them is free again."""
    now = clock()

    def attempt(session: Session) -> None:
        rows = _recent(session, person_key, now)
        _drop_held(session, rows)
        for one in rows:
            if one.status == "held":
                offer_what_is_free(session, one.shop_id, served_beside(session, one.shop_id, one.service), now)

    settled(sessions, attempt)


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
    interpreter_language: Optional[str] = None,
    interpreter_gender: Optional[str] = None,
) -> Booking:
    """Book a slot that begins at `starts_at` (aware); what was held for the person is used up.

    The same booking again, by a second tap or after a restart, gives the booking that is there.

    Raises:
        NoShop, SlotUnavailable, SlotTaken, TooManyAppointments, AlreadyBooked: nothing was booked.
    """
    now = clock()

    def attempt(session: Session) -> Booking:
        agenda = open_agenda(session, city, service)
        _lock_person(session, person_key, now)
        rows = _recent(session, person_key, now)
        again = [one for one in rows if _is_live(one, now) and (one.shop_id, one.service) == (city, service)]
        if again and again[0].starts_at == starts_at:
            return read(session, session.get(Appointment, again[0].id))
        slot = _offered(agenda.plan, service, starts_at, now)
        _check_limits(rows, city, service, now)
        _drop_held(session, rows)
        return place(
            session, agenda, service, slot, now, status="pending", by=PERSON, person_key=person_key, language=language,
            channel=channel, address=address_encrypted, interpreter_language=interpreter_language,
            interpreter_gender=interpreter_gender,
        )  # fmt: skip

    return _with_alternatives(sessions, clock, attempt, lambda: (city, service, starts_at))


def appointments_of(sessions: SessionFactory, clock: Clock, person_key: str) -> list[Booking]:
    """A person's appointments that are still to come, in order."""
    with sessions() as session:
        return [read(session, row) for row in live_of(session, person_key, clock())]


def cancel(sessions: SessionFactory, clock: Clock, *, person_key: str, code: str) -> Booking:
    """The person gives an appointment back; its time is free at once, or goes to who waits for it. Raises NotFound."""
    now = clock()

    def attempt(session: Session) -> Booking:
        row = own(session, person_key, code, now)
        give_back(session, row, now, "cancelled", PERSON)
        return read(session, row)

    return settled(sessions, attempt)


def reschedule(sessions: SessionFactory, clock: Clock, *, person_key: str, code: str, starts_at: datetime) -> Booking:
    """Move an appointment to another slot of its type; the staff have to confirm again.

    Raises:
        NotFound, NoShop, SlotUnavailable, SlotTaken: the appointment stays as it was.
    """
    now = clock()
    about: list[Any] = []

    def attempt(session: Session) -> Booking:
        row = own(session, person_key, code, now)
        about[:] = row.shop_id, row.service, starts_at
        if row.starts_at == starts_at:
            return read(session, row)
        agenda = open_agenda(session, row.shop_id, row.service)
        slot = _offered(agenda.plan, row.service, starts_at, now)
        _drop_held(session, _recent(session, person_key, now))
        move(session, agenda.plan, row, slot, now, "pending", PERSON)
        return read(session, row)

    return _with_alternatives(sessions, clock, attempt, lambda: tuple(about))


# -- the shop's day --


def day_list(sessions: SessionFactory, city: str, day: date) -> list[Booking]:
    """A shop's appointments on a day (Europe/Rome), in order, those given back too; not what is only held or offered."""
    return list_between(sessions, city, day, day)


def list_between(sessions: SessionFactory, city: str, first: date, last: date) -> list[Booking]:
    """As `day_list`, from a first to a last day."""
    start, end = (
        datetime.combine(one, time(0), ROME).astimezone(timezone.utc) for one in (first, last + timedelta(days=1))
    )
    query = (
        select(Appointment, Resource.name, Shop.example, Interpreter.name)
        .join(Resource, Resource.id == Appointment.resource_id)
        .join(Shop, Shop.id == Appointment.shop_id)
        .outerjoin(Interpreter, Interpreter.id == Appointment.interpreter_id)
        .where(
            Appointment.shop_id == city,
            Appointment.starts_at >= start,
            Appointment.starts_at < end,
            Appointment.status.not_in(PROVISIONAL),
        )
        .order_by(Appointment.starts_at, Appointment.code)
    )
    with sessions() as session:
        return [booking_of(*row) for row in session.execute(query).all()]


def new_since(sessions: SessionFactory, cities: Collection[str], since: datetime) -> int:
    """How many appointments of these cities' shops wait to be confirmed that were booked after a moment."""
    query = (
        select(func.count())
        .select_from(Appointment)
        .where(Appointment.shop_id.in_(list(cities)), Appointment.status == "pending", Appointment.booked_at > since)
    )
    with sessions() as session:
        return int(session.execute(query).scalar_one())


def set_status(
    sessions: SessionFactory,
    clock: Clock,
    *,
    appointment_id: str,
    city: str,
    status: str,
    staff: str,
    reason: Optional[str] = None,
) -> Booking:
    """What the staff of a city's shop set; the person's notice is written in the same transaction.

    Who is declined or cancelled is told the nearest free times, and the reason when one is given.

    Args:
        reason: of `REASONS`, since it is told in the person's language.

    Raises:
        ValueError: another reason.
        NotFound: no such appointment in this city.
        WrongStatus: not allowed from the status that it has.
    """
    if reason not in (None, *REASONS):
        raise ValueError(f"{reason!r} is none of {', '.join(REASONS)}")
    now = clock()

    def attempt(session: Session) -> Booking:
        row = of_city(session, appointment_id, city)
        if status not in NEXT_STATUSES[row.status]:
            raise WrongStatus(f"{row.status} → {status}")
        if status in ("declined", "cancelled"):
            give_back(session, row, now, status, staff, NOTICE_KINDS[status], reason)
        else:
            change(session, row, now, status, staff)
            if status in NOTICE_KINDS:
                write_notice(session, row, NOTICE_KINDS[status], now)
            if status not in LIVE:
                withdraw(session, row.id)
                row.address_encrypted = None
        return read(session, row)

    return settled(sessions, attempt)


# -- shared with the staff's side and the waiting list --


def place(
    session: Session, agenda: Agenda, service: str, slot: Slot, now: datetime, *, status: str, by: str, **who: Any
) -> Booking:
    """Write an appointment with its claim, its audit line and its reminders. `who`: as for `new_row`.

    Raises:
        SlotTaken: no seat is free, without alternatives. IntegrityError: somebody was faster.
    """
    seat = take_seat(session, agenda.plan, service, slot, now)
    row = new_row(agenda.plan.shop, service, slot, seat, status=status, now=now, **who)
    insert_row(session, row)
    claim(session, agenda.plan.shop, seat, slot, row.id, now)
    record(session, row.id, now, status, by)
    write_reminders(session, row, now)
    return booking_of(row, agenda.plan.desks[seat[0]].name, agenda.example)


def move(session: Session, plan: Plan, row: Any, slot: Slot, now: datetime, status: str, by: str) -> None:
    """Give an appointment another time. Raises SlotTaken (nothing may be kept then) and IntegrityError."""
    release(session, row.id)
    drop_proposals(session, row.id)
    seat = take_seat(session, plan, row.service, slot, now)
    row.starts_at, row.ends_at = slot.starts_at, slot.ends_at
    row.resource_id, row.seat, row.interpreter_id = seat[0], seat[1], None
    change(session, row, now, status, by)
    session.flush()
    claim(session, plan.shop, seat, slot, row.id, now)
    withdraw(session, row.id, ("reminder_day", "reminder_hours", "confirmed"))
    write_reminders(session, row, now)
    offer_what_is_free(session, plan.shop, served_beside(session, plan.shop, row.service), now)


def give_back(
    session: Session,
    row: Any,
    now: datetime,
    status: str,
    by: str,
    notice: Optional[str] = None,
    reason: Optional[str] = None,
) -> None:
    """End an appointment: its time is free, reminders are withdrawn, who waits is offered it, `notice` is written."""
    change(session, row, now, status, by)
    release(session, row.id)
    drop_proposals(session, row.id)
    row.interpreter_id = None
    withdraw(session, row.id, ("reminder_day", "reminder_hours", "confirmed"))
    if notice:
        plan = agenda_of(session, row.shop_id).plan
        given = row.service in plan.kinds
        alternatives = nearest_free(session, plan, row.service, row.starts_at, now) if given else []
        write_notice(session, row, notice, now, alternatives=alternatives, reason=reason)
    row.address_encrypted = None
    session.flush()
    offer_what_is_free(session, row.shop_id, served_beside(session, row.shop_id, row.service), now)


def drop_proposals(session: Session, appointment_id: str) -> None:
    """What the staff proposed instead of this time is off."""
    drop_provisional(
        session, session.execute(select(Appointment.id).where(Appointment.moves == appointment_id)).scalars()
    )


def new_row(
    city: str,
    service: str,
    slot: Slot,
    seat: Seat,
    *,
    status: str,
    person_key: str,
    language: str,
    channel: str,
    address: Optional[str],
    now: datetime,
    expires_at: Optional[datetime] = None,
    walk_in: bool = False,
    moves: Optional[str] = None,
    interpreter_language: Optional[str] = None,
    interpreter_gender: Optional[str] = None,
) -> Any:
    """An appointment's values, not written yet."""
    return SimpleNamespace(
        id=str(uuid.uuid4()),
        shop_id=city,
        resource_id=seat[0],
        seat=seat[1],
        service=service,
        person_key=person_key,
        language=language,
        code=new_code(),
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        status=status,
        channel=channel,
        address_encrypted=address,
        booked_at=now,
        changes=0,
        expires_at=expires_at,
        moves=moves,
        walk_in=walk_in,
        checked_in_at=None,
        note=None,
        interpreter_language=interpreter_language,
        interpreter_gender=interpreter_gender,
        interpreter_id=None,
    )


_INSERT = insert(Appointment.__table__)


def insert_row(session: Session, row: Any) -> None:
    session.execute(_INSERT, vars(row))


def _with_alternatives(
    sessions: SessionFactory,
    clock: Clock,
    attempt: Callable[[Session], Result],
    about: Callable[[], Sequence[Any]],
) -> Result:
    """As `settled`; a SlotTaken comes with the nearest free times of (city, service, wanted time)."""
    try:
        return settled(sessions, attempt)
    except SlotTaken:
        city, service, wanted = about()
        with sessions() as session:
            plan = open_agenda(session, city, service).plan
            near = nearest_free(session, plan, service, wanted, clock())
        raise SlotTaken(near) from None


def _offered(plan: Plan, service: str, starts_at: datetime, now: datetime) -> Slot:
    slot = slot_at(plan, service, starts_at, now)
    if slot is None:
        raise SlotUnavailable(f"not offered: {starts_at.isoformat()}")
    return slot


_LOCK_PERSON = text(
    "INSERT INTO person (person_key, updated_at) VALUES (:person_key, :now)"
    " ON CONFLICT (person_key) DO UPDATE SET person_key = excluded.person_key"
).bindparams(bindparam("now", type_=UTCDateTime))
"""One statement for somebody new and for somebody known; either way the row is locked."""


def _lock_person(session: Session, person_key: str, now: datetime) -> None:
    """Let one booking of a person at a time count what they hold."""
    session.execute(_LOCK_PERSON, {"person_key": person_key, "now": now})


_OF = Appointment.__table__.c
_RECENT = (
    select(_OF.id, _OF.shop_id, _OF.service, _OF.status, _OF.starts_at, _OF.ends_at, _OF.booked_at)
    .where(
        _OF.person_key == bindparam("person_key"),
        or_(_OF.status.in_((*LIVE, "held")), _OF.booked_at > bindparam("since")),
    )
)  # fmt: skip


def _recent(session: Session, person_key: str, now: datetime) -> list[Any]:
    """What counts for a person's limits: what they hold, and what they booked in the last 24 hours."""
    return session.execute(_RECENT, {"person_key": person_key, "since": now - timedelta(days=1)}).all()


def _is_live(row: Any, now: datetime) -> bool:
    return row.status in LIVE and row.ends_at > now


def _check_limits(rows: Sequence[Any], city: str, service: str, now: datetime) -> None:
    live = [row for row in rows if _is_live(row, now)]
    if any(row.shop_id == city and row.service == service for row in live):
        raise AlreadyBooked
    today = [row for row in rows if row.status not in PROVISIONAL and row.booked_at > now - timedelta(days=1)]
    if len(live) >= MAX_LIVE or len(today) >= MAX_A_DAY:
        raise TooManyAppointments


def _drop_held(session: Session, rows: Sequence[Any]) -> None:
    held = [row.id for row in rows if row.status == "held"]
    if held:
        drop_provisional(session, held)


__all__ = [
    "AlreadyBooked", "AppointmentError", "BookableType", "Booking", "Draft", "Hold", "NoShop", "NotFound", "SlotTaken",
    "SlotUnavailable", "TooManyAppointments", "WrongStatus", "appointments_of", "book", "bookable_types", "cancel",
    "day_list", "days_with_slots", "desk_words", "free_slots_for", "held_for", "hold", "release_hold", "reschedule", "set_status",
    "shop_address", "slots_ahead",
]  # fmt: skip
