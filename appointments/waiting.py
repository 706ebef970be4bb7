"""The waiting list: who waits for a place is offered one when it frees, for a while, then the next in line is.

An offer is a time that is taken already and kept for one person until `expires_at`, written together with its notice.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any, Optional

from sqlalchemy import select, update

from appointments.agenda import (
    MAX_LIVE,
    PERSON,
    SYSTEM,
    Booking,
    agenda_of,
    change,
    claim,
    drop_provisional,
    free_of,
    live_of,
    new_code,
    open_agenda,
    read,
    record,
    release,
    seats_left,
    settled,
)
from appointments.errors import AlreadyBooked, NoShop, NotFound, OfferGone, TooManyAppointments, TooManyWaiting
from appointments.models import LIVE, Appointment, SlotClaim, WaitingEntry
from appointments.notices import waking_hour, withdraw, write_notice, write_reminders
from appointments.slots import DAY_PARTS, Slot, days_ahead, part_of_day
from storage.clock import ROME, Clock
from storage.database import Session, SessionFactory

OFFER = timedelta(minutes=30)
"""How long an offered place is kept."""
MAX_WAITING = 3
"""Lists that one person may wait on."""
MAX_OFFERS = 3
"""Offers that somebody may let pass before they lose their place in the list."""
PARTS = ("any", *DAY_PARTS)


@dataclass(frozen=True)
class Waiting:
    """Somebody's place in a list. `ahead`: how many are before them."""

    id: int
    city: str
    service: str
    part: str
    last_day: Optional[date]
    priority: int
    status: str
    ahead: int


def join_waiting_list(
    sessions: SessionFactory,
    clock: Clock,
    *,
    city: str,
    service: str,
    person_key: str,
    language: str,
    channel: str,
    address_encrypted: Optional[str],
    part: str = "any",
    last_day: Optional[date] = None,
) -> Waiting:
    """Wait for a place of a type; once a type, the wish that was said last counts. A free place is offered at once.

    Raises:
        NoShop: people cannot book this here. AlreadyBooked: they have one. TooManyWaiting: they wait for enough.
    """
    if part not in PARTS:
        raise ValueError(f"{part!r} is none of {', '.join(PARTS)}")
    now = clock()

    def attempt(session: Session) -> Waiting:
        open_agenda(session, city, service)
        if any((row.shop_id, row.service) == (city, service) for row in live_of(session, person_key, now)):
            raise AlreadyBooked
        own = _entries_of(session, person_key)
        entry = next((one for one in own if (one.shop_id, one.service) == (city, service)), None)
        if entry is None:
            if len(own) >= MAX_WAITING:
                raise TooManyWaiting
            entry = WaitingEntry(
                shop_id=city, service=service, person_key=person_key, status="waiting", refused=[], created_at=now,
                priority=0,
            )  # fmt: skip
            session.add(entry)
        entry.language, entry.channel, entry.address_encrypted = language, channel, address_encrypted
        entry.part, entry.last_day = part, last_day
        session.flush()
        offer_what_is_free(session, city, [service], now)
        session.refresh(entry)
        return _waiting(session, entry)

    return settled(sessions, attempt)


def leave_waiting_list(sessions: SessionFactory, clock: Clock, *, person_key: str, city: str, service: str) -> None:
    """Wait no more; an offer that was open goes to the next in line. Raises NotFound."""
    now = clock()

    def attempt(session: Session) -> None:
        entry = next(
            (one for one in _entries_of(session, person_key) if (one.shop_id, one.service) == (city, service)), None
        )
        if entry is None:
            raise NotFound
        _end(session, entry)
        offer_what_is_free(session, city, served_beside(session, city, service), now)

    settled(sessions, attempt)


def waiting_of(sessions: SessionFactory, person_key: str) -> list[Waiting]:
    with sessions() as session:
        return [_waiting(session, entry) for entry in _entries_of(session, person_key)]


def waiting_list(sessions: SessionFactory, city: str, service: str) -> list[Waiting]:
    """A shop's list for a type, next in line first."""
    return waiting_lists(sessions, city).get(service, [])


def waiting_lists(sessions: SessionFactory, city: str) -> dict[str, list[Waiting]]:
    """A shop's lists by type, next in line first; types that nobody waits for are not there."""
    query = (
        select(WaitingEntry)
        .where(WaitingEntry.shop_id == city, WaitingEntry.status.in_(("waiting", "offered")))
        .order_by(WaitingEntry.service, *_NEXT_FIRST)
    )
    lists: dict[str, list[Waiting]] = {}
    with sessions() as session:
        for entry in session.execute(query).scalars():
            line = lists.setdefault(entry.service, [])
            line.append(_as_waiting(entry, len(line)))
    return lists


def set_priority(
    sessions: SessionFactory, clock: Clock, *, entry_id: int, city: str, priority: int, staff: str
) -> Waiting:
    """The staff put somebody before others (higher first). Raises NotFound."""

    def attempt(session: Session) -> Waiting:
        entry = session.get(WaitingEntry, entry_id, with_for_update=True)
        if entry is None or entry.shop_id != city or entry.status == "ended":
            raise NotFound
        entry.priority = priority
        entry.priority_by = staff
        session.flush()
        return _waiting(session, entry)

    return settled(sessions, attempt)


# -- offers --


def open_offers(sessions: SessionFactory, clock: Clock, person_key: str) -> list[Booking]:
    """The times that are kept for a person at the moment."""
    with sessions() as session:
        rows = session.execute(
            select(Appointment)
            .where(
                Appointment.person_key == person_key, Appointment.status == "offered", Appointment.expires_at > clock()
            )
            .order_by(Appointment.expires_at)
        ).scalars()
        return [read(session, row) for row in rows]


def accept_offer(sessions: SessionFactory, clock: Clock, *, person_key: str, code: str) -> Booking:
    """Take the time that was offered. Of a time that the staff proposed, the appointment moves there and is confirmed.

    Raises:
        OfferGone: too late, or nothing of this code was offered to them.
        AlreadyBooked, TooManyAppointments: they booked otherwise meanwhile; the offer stands.
    """
    now = clock()

    def attempt(session: Session) -> Booking:
        row = _offer(session, person_key, code)
        if row is None or row.status != "offered":
            return _accepted_before(session, row, person_key, now)
        if row.expires_at <= now:
            raise OfferGone
        if row.moves:
            return read(session, _take_proposal(session, row, now))
        live = live_of(session, person_key, now)
        if any((one.shop_id, one.service) == (row.shop_id, row.service) for one in live):
            raise AlreadyBooked
        if len(live) >= MAX_LIVE:
            raise TooManyAppointments
        row.expires_at = None
        change(session, row, now, "pending", PERSON)
        _keep_for_good(session, row.id, row.id)
        for entry in _entries_of(session, person_key):
            if entry.appointment_id == row.id:
                entry.status, entry.address_encrypted = "ended", None
        withdraw(session, row.id, ("offer",))
        write_reminders(session, row, now)
        return read(session, row)

    return settled(sessions, attempt)


def decline_offer(sessions: SessionFactory, clock: Clock, *, person_key: str, code: str) -> None:
    """Not this time: it goes to the next in line; who declined waits on, up to `MAX_OFFERS` times. Raises OfferGone."""
    now = clock()

    def attempt(session: Session) -> None:
        row = _offer(session, person_key, code)
        if row is None or row.status != "offered":
            raise OfferGone
        _pass_on(session, row, now)

    settled(sessions, attempt)


def pass_on_expired(sessions: SessionFactory, clock: Clock, limit: int = 100) -> int:
    """Offers that nobody answered go to the next in line; what was held for nobody any more is dropped. Returns how many."""
    now = clock()

    def attempt(session: Session) -> int:
        rows = session.execute(
            select(Appointment)
            .where(Appointment.expires_at <= now)
            .order_by(Appointment.expires_at)
            .limit(limit)
            .with_for_update(skip_locked=True)
        ).scalars().all()  # fmt: skip
        for row in rows:
            if row.status == "offered":
                _pass_on(session, row, now)
            elif row.status == "held":
                drop_provisional(session, [row.id])
                offer_what_is_free(session, row.shop_id, served_beside(session, row.shop_id, row.service), now)
        return len(rows)

    return settled(sessions, attempt)


def offer_to_all_who_wait(sessions: SessionFactory, clock: Clock) -> None:
    """Offer whatever became free by itself: a new day within the horizon, an erased appointment, longer hours."""
    with sessions() as session:
        lists = session.execute(
            select(WaitingEntry.shop_id, WaitingEntry.service).where(WaitingEntry.status == "waiting").distinct()
        ).all()
    for city, service in lists:
        settled(sessions, partial(_offer_once, city=city, service=service, now=clock()))


def _offer_once(session: Session, city: str, service: str, now: datetime) -> None:
    offer_what_is_free(session, city, [service], now)


def offer_what_is_free(session: Session, city: str, services: Iterable[str], now: datetime) -> None:
    """Offer what is free to those who wait for it, next in line first. In the transaction of whatever freed it.

    Whoever books at the same moment may be faster: a seat that is gone raises IntegrityError, and all is done anew.
    """
    asked = list(services)
    wanted = session.execute(
        select(WaitingEntry.service)
        .where(WaitingEntry.shop_id == city, WaitingEntry.status == "waiting", WaitingEntry.service.in_(asked))
        .distinct()
    ).scalars()
    for service in sorted(wanted):
        _offer_service(session, city, service, now)


def served_beside(session: Session, city: str, service: str) -> list[str]:
    """The types that share a desk with a type: a place that it frees may serve any of them."""
    kinds = agenda_of(session, city).plan.kinds
    if service not in kinds:
        return list(kinds)
    desks = set(kinds[service].desks)
    return [one.service for one in kinds.values() if desks & set(one.desks)]


def _offer_service(session: Session, city: str, service: str, now: datetime) -> None:
    try:
        plan = open_agenda(session, city, service).plan
    except NoShop:
        return
    kind = plan.kinds[service]
    free = free_of(session, plan, service, days_ahead(kind, now), now)
    told_at = waking_hour(now)
    expires_at = told_at + OFFER
    notice = timedelta(minutes=kind.notice_minutes)
    for entry in _line(session, city, service, ("waiting",), lock=True):
        slot = next((one for one in free if one.starts_at - notice >= expires_at and _suits(entry, one)), None)
        if slot is None:
            continue
        seats = seats_left(session, plan, service, slot, now)
        row = Appointment(
            id=str(uuid.uuid4()), shop_id=city, resource_id=seats[0][0], seat=seats[0][1], service=service,
            person_key=entry.person_key, language=entry.language, code=new_code(), starts_at=slot.starts_at,
            ends_at=slot.ends_at, status="offered", channel=entry.channel, address_encrypted=entry.address_encrypted,
            booked_at=now, changes=0, expires_at=expires_at, walk_in=False,
        )  # fmt: skip
        session.add(row)
        session.flush()
        claim(session, city, seats[0], slot, row.id, now, expires_at)
        entry.status, entry.appointment_id = "offered", row.id
        record(session, row.id, now, "offered", SYSTEM)
        write_notice(session, row, "offer", told_at, expires_at=expires_at, until=expires_at.isoformat())
        session.flush()
        if len(seats) == 1:
            free.remove(slot)


def _pass_on(session: Session, row: Any, now: datetime) -> None:
    """An offer that was declined or not answered: off with it, and on to the next."""
    city, service, starts_at, moves = row.shop_id, row.service, row.starts_at, row.moves
    entry = session.execute(
        select(WaitingEntry).where(WaitingEntry.appointment_id == row.id, WaitingEntry.status == "offered")
    ).scalar()
    if moves:
        record(session, moves, now, "not_moved", SYSTEM)
    _drop_offer(session, row)
    if entry is not None:
        entry.refused = [*entry.refused, starts_at.isoformat()]
        entry.status, entry.appointment_id = "waiting", None
        if len(entry.refused) >= MAX_OFFERS:
            entry.status, entry.address_encrypted = "ended", None
        session.flush()
    offer_what_is_free(session, city, served_beside(session, city, service), now)


def withdraw_provisional(session: Session, rows: Iterable[Any]) -> None:
    """Times that were held or offered are not there any more: the shop closes, or gives the type no longer.

    Nobody refused anything: whoever was offered one keeps their place in the list.
    """
    for row in rows:
        session.execute(
            update(WaitingEntry)
            .where(WaitingEntry.appointment_id == row.id, WaitingEntry.status == "offered")
            .values(status="waiting", appointment_id=None)
        )
        _drop_offer(session, row)


def _take_proposal(session: Session, row: Any, now: datetime) -> Any:
    """The appointment moves to the time that the staff proposed."""
    moved = session.get(Appointment, row.moves, with_for_update=True)
    if moved is None or moved.status not in LIVE:
        raise OfferGone
    starts_at, ends_at, resource_id, seat = row.starts_at, row.ends_at, row.resource_id, row.seat
    release(session, moved.id)
    _keep_for_good(session, row.id, moved.id)
    _drop_offer(session, row)
    moved.starts_at, moved.ends_at, moved.resource_id, moved.seat = starts_at, ends_at, resource_id, seat
    moved.interpreter_id = None
    change(session, moved, now, "confirmed", PERSON)
    session.flush()
    withdraw(session, moved.id)
    write_reminders(session, moved, now)
    offer_what_is_free(session, moved.shop_id, served_beside(session, moved.shop_id, moved.service), now)
    return moved


def _keep_for_good(session: Session, offer_id: str, appointment_id: str) -> None:
    """The seat that was offered is the appointment's."""
    session.execute(
        update(SlotClaim)
        .where(SlotClaim.appointment_id == offer_id)
        .values(appointment_id=appointment_id, expires_at=None)
        .execution_options(synchronize_session=False)
    )


def _drop_offer(session: Session, row: Any) -> None:
    session.flush()
    session.expunge(row)
    drop_provisional(session, [row.id])


def _offer(session: Session, person_key: str, code: str) -> Any:
    return session.execute(
        select(Appointment).where(Appointment.person_key == person_key, Appointment.code == code).with_for_update()
    ).scalar()


def _accepted_before(session: Session, row: Any, person_key: str, now: datetime) -> Booking:
    """The second tap on yes: what is booked already. Raises OfferGone."""
    if row is not None and row.status in LIVE and row.ends_at > now:
        return read(session, row)
    raise OfferGone


def _end(session: Session, entry: Any) -> None:
    if entry.appointment_id:
        row = session.get(Appointment, entry.appointment_id)
        if row is not None and row.status == "offered":
            _drop_offer(session, row)
    entry.status, entry.appointment_id, entry.address_encrypted = "ended", None, None
    session.flush()


def _suits(entry: Any, slot: Slot) -> bool:
    return (
        entry.part in ("any", part_of_day(slot))
        and (entry.last_day is None or slot.starts_at.astimezone(ROME).date() <= entry.last_day)
        and slot.starts_at.isoformat() not in entry.refused
    )


def _entries_of(session: Session, person_key: str) -> list[Any]:
    query = select(WaitingEntry).where(WaitingEntry.person_key == person_key, WaitingEntry.status != "ended")
    return list(session.execute(query.order_by(WaitingEntry.id)).scalars())


_NEXT_FIRST = (WaitingEntry.priority.desc(), WaitingEntry.created_at, WaitingEntry.id)


def _line(session: Session, city: str, service: str, statuses: tuple[str, ...], lock: bool = False) -> list[Any]:
    query = (
        select(WaitingEntry)
        .where(WaitingEntry.shop_id == city, WaitingEntry.service == service, WaitingEntry.status.in_(statuses))
        .order_by(*_NEXT_FIRST)
    )
    return list(session.execute(query.with_for_update() if lock else query).scalars())


def _waiting(session: Session, entry: Any) -> Waiting:
    line = _line(session, entry.shop_id, entry.service, ("waiting", "offered"))
    ahead = next((number for number, one in enumerate(line) if one.id == entry.id), 0)
    return _as_waiting(entry, ahead)


def _as_waiting(entry: Any, ahead: int) -> Waiting:
    return Waiting(
        entry.id, entry.shop_id, entry.service, entry.part, entry.last_day, entry.priority, entry.status, ahead
    )
