"""The staff's side of the agenda: propose or set another time, walk-ins, check-in, notes.

Confirm, decline, cancel, seen and no-show are `appointments.booking.set_status`; no-show is only ever set by hand. All is
written down with the account's name.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Optional

from sqlalchemy import select

from appointments.agenda import (
    Booking,
    agenda_of,
    claim,
    free_of,
    of_city,
    read,
    record,
    settled,
    staff_agenda,
    take_seat,
)
from appointments.booking import drop_proposals, insert_row, move, new_row, place
from appointments.errors import NoShop, NotePersonal, NoteTooLong, NotFound, SlotUnavailable, WrongStatus
from appointments.models import (
    LIVE,
    MAX_NOTE,
    Appointment,
    AppointmentEvent,
    NoticeRow,
)
from appointments.notices import waking_hour, withdraw, write_notice
from appointments.personal import looks_personal
from appointments.slots import GRID, Plan, Slot, days_ahead, slot_at
from storage.clock import ROME, Clock
from storage.database import Session, SessionFactory, transaction

PROPOSAL = timedelta(hours=24)
"""How long a time that the staff propose is kept for the answer."""


def propose(
    sessions: SessionFactory, clock: Clock, *, appointment_id: str, city: str, starts_at: datetime, staff: str
) -> Booking:
    """Ask the person whether another time would do; both times are kept until they answer, or `PROPOSAL` is over.

    Returns:
        The time that is offered; its `code` is what the answer names.

    Raises:
        NotFound, WrongStatus, SlotUnavailable, SlotTaken: nothing was proposed.
    """
    now = clock()

    def attempt(session: Session) -> Booking:
        row = _live(session, appointment_id, city)
        agenda = staff_agenda(session, city, row.service)
        slot = _planned(agenda.plan, row.service, starts_at, now)
        drop_proposals(session, row.id)
        seat = take_seat(session, agenda.plan, row.service, slot, now)
        told_at = waking_hour(now)
        until = min(told_at + PROPOSAL, slot.starts_at)
        offer = new_row(
            city, row.service, slot, seat, status="offered", person_key=row.person_key, language=row.language,
            channel=row.channel, address=row.address_encrypted, now=now, expires_at=until, moves=row.id,
        )  # fmt: skip
        insert_row(session, offer)
        claim(session, city, seat, slot, offer.id, now, until)
        record(session, row.id, now, "proposed", staff)
        write_notice(session, offer, "proposed", told_at, expires_at=until, until=until.isoformat())
        return read(session, offer)

    return settled(sessions, attempt)


def move_by_staff(
    sessions: SessionFactory, clock: Clock, *, appointment_id: str, city: str, starts_at: datetime, staff: str
) -> Booking:
    """Give an appointment another time; the person is told, and it counts as confirmed.

    Raises:
        NotFound, WrongStatus, SlotUnavailable, SlotTaken: it stays as it was.
    """
    now = clock()

    def attempt(session: Session) -> Booking:
        row = _live(session, appointment_id, city)
        if row.starts_at == starts_at:
            return read(session, row)
        plan = staff_agenda(session, city, row.service).plan
        move(session, plan, row, _planned(plan, row.service, starts_at, now), now, "confirmed", staff)
        write_notice(session, row, "moved", now)
        return read(session, row)

    return settled(sessions, attempt)


def walk_in(sessions: SessionFactory, clock: Clock, *, city: str, service: str, language: str, staff: str) -> Booking:
    """Somebody who is at the desk now takes the next free time of today; nothing is known of them, nobody is written to.

    Raises:
        NoShop: the type is not given here. SlotUnavailable: nothing is free any more today.
    """
    now = clock()

    def attempt(session: Session) -> Booking:
        agenda = staff_agenda(session, city, service)
        slot = _next_today(session, agenda.plan, service, now)
        booking = place(
            session, agenda, service, slot, now, status="confirmed", by=staff, person_key=f"desk-{uuid.uuid4().hex}",
            language=language, channel="desk", address=None, walk_in=True,
        )  # fmt: skip
        row = session.get(Appointment, booking.id)
        row.checked_in_at = now
        record(session, row.id, now, "checked_in", staff)
        session.flush()
        return read(session, row)

    return settled(sessions, attempt)


def check_in(
    sessions: SessionFactory, clock: Clock, *, city: str, code: str, staff: str, day: Optional[date] = None
) -> Booking:
    """The person is there and shows the code. `day`: of the appointment, today unless given.

    Raises:
        NotFound: no live appointment of this code here on this day; a forged code and another city's alike.
    """
    now = clock()

    def attempt(session: Session) -> Booking:
        id_ = session.execute(
            select(Appointment.id).where(
                Appointment.shop_id == city, Appointment.code == code.strip().lower(), Appointment.status.in_(LIVE)
            )
        ).scalar()
        if id_ is None:
            raise NotFound
        row = of_city(session, id_, city)
        if row.starts_at.astimezone(ROME).date() != (day or now.astimezone(ROME).date()):
            raise NotFound
        if row.checked_in_at is None:
            row.checked_in_at = now
            record(session, row.id, now, "checked_in", staff)
            withdraw(session, row.id)
        return read(session, row)

    return settled(sessions, attempt)


def set_note(
    sessions: SessionFactory, clock: Clock, *, appointment_id: str, city: str, note: str, staff: str
) -> Booking:
    """A short note for the colleagues, without names; an empty one takes it away. That it changed is written down, not what.

    Raises:
        NotFound; NoteTooLong: more than `MAX_NOTE` characters; NotePersonal: what looks like a name, a telephone number
            or an e-mail address. Nothing was kept.
    """
    text = " ".join(note.split())
    if len(text) > MAX_NOTE:
        raise NoteTooLong(f"{len(text)} characters, at most {MAX_NOTE}")
    what = looks_personal(text)
    if what:
        raise NotePersonal(what)
    now = clock()
    with transaction(sessions) as session:
        row = of_city(session, appointment_id, city)
        row.note = text or None
        record(session, row.id, now, "note", staff)
        return read(session, row)


def appointment_of(sessions: SessionFactory, appointment_id: str, city: str) -> Booking:
    """An appointment of a city's shop. Raises NotFound: none here, another city's alike."""
    with sessions() as session:
        return read(session, of_city(session, appointment_id, city))


@dataclass(frozen=True)
class NoticeState:
    """A notice to the person of an appointment. `due_at`: None when it is sent or given up; `outcome`: of `NoticeRow`."""

    kind: str
    due_at: Optional[datetime]
    outcome: Optional[str]


def notices_of(sessions: SessionFactory, appointment_id: str, city: str) -> list[NoticeState]:
    """What the person was told or will be told of an appointment, in the order of writing. Raises NotFound.

    What asks about another time hangs on that time, which is a row of its own until the person answers.
    """
    with sessions() as session:
        of_city(session, appointment_id, city)
        offered = select(Appointment.id).where(Appointment.moves == appointment_id)
        rows = session.execute(
            select(NoticeRow.kind, NoticeRow.due_at, NoticeRow.outcome)
            .where((NoticeRow.appointment_id == appointment_id) | NoticeRow.appointment_id.in_(offered))
            .order_by(NoticeRow.id)
        )
        return [NoticeState(*row) for row in rows]


def staff_slots(
    sessions: SessionFactory, clock: Clock, *, appointment_id: str, city: str, limit: int = 60
) -> list[Slot]:
    """The next free times that an appointment may be moved to. Raises NotFound; NoShop: its type is given no more."""
    now = clock()
    with sessions() as session:
        row = of_city(session, appointment_id, city)
        plan = staff_agenda(session, city, row.service).plan
        return free_of(session, plan, row.service, days_ahead(plan.kinds[row.service], now), now, row.id)[:limit]


def types_of(sessions: SessionFactory, city: str) -> list[str]:
    """The services that a city's shop gives appointments for; empty where there is no shop."""
    with sessions() as session:
        try:
            return list(agenda_of(session, city).plan.kinds)
        except NoShop:
            return []


def whole_plan(sessions: SessionFactory, city: str) -> Plan:
    """A shop's plan: desks, types, closed days. Raises NoShop."""
    with sessions() as session:
        return agenda_of(session, city).plan


def history(sessions: SessionFactory, appointment_id: str, city: str) -> list[tuple[datetime, str, str]]:
    """What was done with an appointment: when, what, by whom. Raises NotFound."""
    with sessions() as session:
        of_city(session, appointment_id, city)
        rows = session.execute(
            select(AppointmentEvent.at, AppointmentEvent.status, AppointmentEvent.by)
            .where(AppointmentEvent.appointment_id == appointment_id)
            .order_by(AppointmentEvent.id)
        )
        return [tuple(row) for row in rows]


# -- inside --


def _live(session: Session, appointment_id: str, city: str) -> Any:
    row = of_city(session, appointment_id, city)
    if row.status not in LIVE:
        raise WrongStatus(row.status)
    return row


def _planned(plan: Plan, service: str, starts_at: datetime, now: datetime) -> Slot:
    """The slot at a moment; the staff are bound by the plan and by the past, not by notice and horizon."""
    kind = plan.kinds[service]
    day = starts_at.astimezone(ROME).date()
    reach = max(0, (day - now.astimezone(ROME).date()).days)
    free = Plan(plan.shop, plan.desks, {service: kind.without_limits(reach)}, plan.closed)
    slot = slot_at(free, service, starts_at, now)
    if slot is None:
        raise SlotUnavailable(f"not in the plan: {starts_at.isoformat()}")
    return slot


def _next_today(session: Session, plan: Plan, service: str, now: datetime) -> Slot:
    """The first free slot of today that is not over; one that has begun counts."""
    kind = plan.kinds[service]
    begun = now - timedelta(minutes=kind.minutes) + GRID
    unbound = Plan(plan.shop, plan.desks, {service: kind.without_limits(0)}, plan.closed)
    today = now.astimezone(ROME).date()
    slots = [one for one in free_of(session, unbound, service, [today], begun) if one.ends_at > now]
    if not slots:
        raise SlotUnavailable("nothing is free today")
    return slots[0]
