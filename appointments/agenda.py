"""The agenda in the database: a shop's plan, what is taken, and taking a seat. What the use cases share."""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, Optional, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction
from sqlalchemy.types import String

from appointments.errors import NoShop, NotFound, SlotTaken
from appointments.models import (
    LIVE,
    NEXT_STATUSES,
    PROVISIONAL,
    Appointment,
    AppointmentEvent,
    AppointmentType,
    Availability,
    Closure,
    Interpreter,
    InterpreterClaim,
    NoticeRow,
    PlanException,
    Resource,
    Shop,
    SlotClaim,
    TypeResource,
)
from appointments.slots import (
    Desk,
    Kind,
    Plan,
    Seat,
    Slot,
    Window,
    cell_of,
    cells_of,
    days_ahead,
    free_slots,
    seats_for,
)
from services_catalog.models import Attribute, Service, ServiceAtLocation
from services_catalog.search import one_stop_shop
from storage.clock import ROME
from storage.database import Engine, Session, SessionFactory, transaction

Result = TypeVar("Result")

ALTERNATIVES = 3
MAX_LIVE = 2
"""Appointments that one person may hold at a time, so that few cannot take all."""
TRIES = 40
"""How often a booking starts again because somebody else was faster. Each time a seat is gone, so few are enough."""
BUSY_TRIES = 3
"""How often it starts again because the database was busy."""
PERSON, SYSTEM = "person", "system"


@dataclass(frozen=True)
class Booking:
    """An appointment as others see it. Times are aware, UTC. `type`: a service of the vocabulary.

    `expires_at`: of a time that is held or offered. `changes`: how often it was changed (iCalendar's SEQUENCE).
    """

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
    expires_at: Optional[datetime] = None
    changes: int = 0
    walk_in: bool = False
    checked_in_at: Optional[datetime] = None
    note: Optional[str] = None
    interpreter_language: Optional[str] = None
    interpreter_gender: Optional[str] = None
    interpreter: Optional[str] = None


@dataclass(frozen=True)
class Agenda:
    """A shop at one moment. `open_for`: the types that people may book themselves."""

    plan: Plan
    example: bool
    open_for: frozenset[str]


# -- the plan --

_PLANS: WeakKeyDictionary[Engine, dict[str, tuple[int, Plan]]] = WeakKeyDictionary()
"""Plans by database and city, each with the revision that it was read at."""

# Of the tables, not of the classes: what is asked at each booking has no need of the ORM.
_CLAIM, _CLAIMS = SlotClaim.__table__.c, SlotClaim.__table__
_SHOP = select(Shop.__table__.c.revision, Shop.__table__.c.example).where(Shop.__table__.c.id == bindparam("city"))
_SHOP_KEPT = _SHOP.with_for_update(read=True)
_KNOWN = (
    select(Attribute.term)
    .join(Service, Service.id == Attribute.service_id)
    .join(ServiceAtLocation, ServiceAtLocation.service_id == Service.id)
    .where(Service.city == bindparam("city"), Service.one_stop_shop, Attribute.link_type == "category")
)
"""What the city's one-stop shop is known to give at a known address."""


def agenda_of(session: Session, city: str) -> Agenda:
    """A shop's plan, and what of it people may book.

    An example agenda is open only for what the catalogue says that the city's one-stop shop gives, at an address that the
    catalogue knows: nobody is sent to a place that nobody has named.

    In a writing transaction the plan cannot change before its end: whoever closes a day meanwhile waits, and finds the booking.

    Raises:
        NoShop: there is no shop in this city.
    """
    writes = session.connection().get_execution_options().get("writes")
    row = session.execute(_SHOP_KEPT if writes else _SHOP, {"city": city}).first()
    if row is None:
        raise NoShop(f"no shop in {city}")
    plan = _plan(session, city, row.revision)
    may = {kind.service for kind in plan.kinds.values() if kind.booked_by == PERSON}
    if row.example:
        may &= set(session.execute(_KNOWN, {"city": city}).scalars())
    return Agenda(plan, row.example, frozenset(may))


def open_agenda(session: Session, city: str, service: str) -> Agenda:
    """The agenda of a shop where people may book this type themselves. Raises NoShop."""
    agenda = agenda_of(session, city)
    if service not in agenda.open_for:
        raise NoShop(f"{service} cannot be booked in {city}")
    return agenda


def staff_agenda(session: Session, city: str, service: str) -> Agenda:
    """The agenda of a shop that has this type. Raises NoShop."""
    agenda = agenda_of(session, city)
    if service not in agenda.plan.kinds:
        raise NoShop(f"{service} is not given in {city}")
    return agenda


def plan_changed(session: Session, city: str) -> None:
    """To be called in the transaction of each change of a shop's plan: plans that were read before count no more.

    The revision is a random number, not a counter: one that was rolled back, but read by its own transaction, must not come
    again for another plan.
    """
    session.execute(update(Shop).where(Shop.id == city).values(revision=secrets.randbelow(2**31)))


def _plan(session: Session, city: str, revision: int) -> Plan:
    plans = _PLANS.setdefault(session.get_bind().engine, {})
    known = plans.get(city)
    if known is None or known[0] != revision:
        known = plans[city] = (revision, _read_plan(session, city))
    return known[1]


def _read_plan(session: Session, city: str) -> Plan:
    shop = session.get(Shop, city, populate_existing=True)
    hours: dict[tuple[int, bool], list[Window]] = defaultdict(list)
    exceptions: dict[int, dict[date, tuple[tuple[str, str], ...]]] = defaultdict(dict)
    desks_of: dict[int, list[int]] = defaultdict(list)
    resources = session.execute(select(Resource).where(Resource.shop_id == city).order_by(Resource.id)).scalars().all()
    ids = [resource.id for resource in resources]
    for row in session.execute(select(Availability).where(Availability.resource_id.in_(ids))).scalars():
        hours[row.resource_id, row.pause].append(Window(row.weekday, row.opens, row.closes))
    for row in session.execute(
        select(PlanException).where(PlanException.resource_id.in_(ids)).order_by(PlanException.opens)
    ).scalars():
        before = exceptions[row.resource_id].get(row.day, ())
        exceptions[row.resource_id][row.day] = (*before, (row.opens, row.closes)) if row.opens else before
    for type_id, resource_id in session.execute(
        select(TypeResource.type_id, TypeResource.resource_id)
        .where(TypeResource.resource_id.in_(ids))
        .order_by(TypeResource.resource_id)
    ):
        desks_of[type_id].append(resource_id)
    types = session.execute(
        select(AppointmentType).where(AppointmentType.shop_id == city).order_by(AppointmentType.id)
    ).scalars()
    return Plan(
        shop=city,
        desks={
            one.id: Desk(
                one.id, one.name, one.seats, tuple(hours[one.id, False]), tuple(hours[one.id, True]), exceptions[one.id]
            )
            for one in resources
        },
        kinds={
            one.service: Kind(
                one.service,
                one.minutes,
                shop.notice_minutes if one.notice_minutes is None else one.notice_minutes,
                shop.horizon_days if one.horizon_days is None else one.horizon_days,
                tuple(desks_of[one.id]),
                tuple(one.languages),
                one.booked_by,
                one.interpreter,
            )
            for one in types
        },
        closed=frozenset(session.execute(select(Closure.day).where(Closure.shop_id == city)).scalars()),
    )


# -- what is taken, what is free --


class _joined(GenericFunction):
    """An integer column's values of a group as one text, with commas: one row a seat instead of one a quarter of an hour."""

    type = String()
    inherit_cache = True
    name = "joined"


@compiles(_joined, "sqlite")
def _joined_sqlite(element: Any, compiler: Any, **options: Any) -> str:
    return f"group_concat({compiler.process(element.clauses, **options)})"


@compiles(_joined, "postgresql")
def _joined_postgresql(element: Any, compiler: Any, **options: Any) -> str:
    return f"string_agg(CAST({compiler.process(element.clauses, **options)} AS TEXT), ',')"


SEAT_BITS = 6
"""Where a desk has several seats, a claim as one number: the cell, then the seat in the last bits (a sheet allows 50)."""


def _claimed(number: Any) -> Any:
    return (
        select(_CLAIM.resource_id, _joined(number))
        .where(
            _CLAIM.shop_id == bindparam("city"),
            _CLAIM.resource_id.in_(bindparam("desks", expanding=True)),
            _CLAIM.cell >= bindparam("first"),
            _CLAIM.cell < bindparam("last"),
        )
        .group_by(_CLAIM.resource_id)
    )


_CLAIMED_CELLS, _CLAIMED_SEATS = _claimed(_CLAIM.cell), _claimed(_CLAIM.cell * (1 << SEAT_BITS) + _CLAIM.seat)
"""Answered from the unique constraint's index alone: 10,000 claims in 2 ms, where one row each took 14."""

_NOT_COUNTED = select(_CLAIM.resource_id, _CLAIM.seat, _CLAIM.cell).where(_CLAIM.expires_at <= bindparam("now"))
"""Of all shops, as these are few: with the shop as a condition SQLite would walk through all of its claims instead."""
_OWN_CLAIMS = select(_CLAIM.resource_id, _CLAIM.seat, _CLAIM.cell).where(_CLAIM.appointment_id == bindparam("except_"))


def taken_cells(
    session: Session, plan: Plan, service: str, first: int, last: int, now: datetime, except_: Optional[str] = None
) -> dict[Seat, set[int]]:
    """The cells from `first` to before `last` that are taken at the desks of a type, by seat.

    `except_`: the id of an appointment whose own time counts as free.
    """
    taken: dict[Seat, set[int]] = defaultdict(set)
    about = {"city": plan.shop, "first": first, "last": last}
    session.info[EXPIRED_SEEN] = False
    desks = plan.kinds[service].desks
    single, several = ([id_ for id_ in desks if (plan.desks[id_].seats == 1) is one] for one in (True, False))
    if single:
        for desk, joined in session.execute(_CLAIMED_CELLS, {**about, "desks": single}):
            taken[desk, 0] = set(map(int, joined.split(",")))
    if several:
        for desk, joined in session.execute(_CLAIMED_SEATS, {**about, "desks": several}):
            for claimed in map(int, joined.split(",")):
                taken[desk, claimed & ((1 << SEAT_BITS) - 1)].add(claimed >> SEAT_BITS)
    if taken:
        free = session.execute(_NOT_COUNTED, {"now": int(now.timestamp())}).all()
        session.info[EXPIRED_SEEN] = bool(free)
        if except_:
            free += session.execute(_OWN_CLAIMS, {"except_": except_}).all()
        for desk, seat, cell in free:
            if (desk, seat) in taken:
                taken[desk, seat].discard(cell)
    return taken


def free_of(
    session: Session, plan: Plan, service: str, days: Sequence[date], now: datetime, except_: Optional[str] = None
) -> list[Slot]:
    """The free slots of a type on days (Europe/Rome) in order."""
    if not days:
        return []
    first = cell_of(datetime.combine(min(days), time(0), ROME))
    last = cell_of(datetime.combine(max(days) + timedelta(days=1), time(0), ROME))
    taken = taken_cells(session, plan, service, first, last, now, except_)
    return free_slots(plan, service, days, taken, now)


def nearest_free(session: Session, plan: Plan, service: str, wanted: datetime, now: datetime) -> list[Slot]:
    """The free slots nearest to a moment, in order of time."""
    free = free_of(session, plan, service, days_ahead(plan.kinds[service], now), now)
    near = sorted(free, key=lambda slot: abs(slot.starts_at - wanted))[:ALTERNATIVES]
    return sorted(near, key=lambda slot: slot.starts_at)


# -- taking a seat --

_INSERT_CLAIM = insert(_CLAIMS)
_DELETE_EXPIRED = delete(_CLAIMS).where(
    _CLAIM.shop_id == bindparam("city"),
    _CLAIM.expires_at <= bindparam("now"),
    _CLAIM.resource_id == bindparam("desk"),
    _CLAIM.seat == bindparam("place"),
    _CLAIM.cell >= bindparam("first"),
    _CLAIM.cell < bindparam("last"),
)
EXPIRED_SEEN = "expired claims seen"
"""In a session's `info`: whether `taken_cells` met claims that count for nothing, and may stand in the way of a new one."""


def seats_left(session: Session, plan: Plan, service: str, slot: Slot, now: datetime) -> list[Seat]:
    """The seats that look free for a slot. `claim` finds out whether one is."""
    cells = cells_of(slot)
    return seats_for(plan, service, slot, taken_cells(session, plan, service, cells.start, cells.stop, now))


def take_seat(session: Session, plan: Plan, service: str, slot: Slot, now: datetime) -> Seat:
    """A seat that looks free.

    Raises:
        SlotTaken: none does; without alternatives.
    """
    seats = seats_left(session, plan, service, slot, now)
    if not seats:
        raise SlotTaken([])
    return seats[0]


def claim(
    session: Session,
    city: str,
    seat: Seat,
    slot: Slot,
    appointment_id: str,
    now: datetime,
    expires_at: Optional[datetime] = None,
) -> None:
    """Take a seat, for good or until `expires_at`.

    Raises:
        IntegrityError: somebody else was first; the transaction is over.
    """
    cells = cells_of(slot)
    if session.info.get(EXPIRED_SEEN, True):
        session.execute(
            _DELETE_EXPIRED,
            {
                "city": city,
                "desk": seat[0],
                "place": seat[1],
                "first": cells.start,
                "last": cells.stop,
                "now": int(now.timestamp()),
            },
        )
    expiry = int(expires_at.timestamp()) if expires_at else None
    session.execute(
        _INSERT_CLAIM,
        [
            {"shop_id": city, "resource_id": seat[0], "seat": seat[1], "cell": cell, "appointment_id": appointment_id,
             "expires_at": expiry}
            for cell in cells
        ],
    )  # fmt: skip


def release(session: Session, appointment_id: str) -> None:
    """Give the time of an appointment, and its interpreter's, back."""
    for table in (SlotClaim, InterpreterClaim):
        session.execute(
            delete(table).where(table.appointment_id == appointment_id).execution_options(synchronize_session=False)
        )


def drop_provisional(session: Session, ids: Iterable[str]) -> None:
    """Delete times that were only held or offered, with what hangs on them."""
    gone = list(ids)
    if not gone:
        return
    for statement in (
        delete(NoticeRow).where(NoticeRow.appointment_id.in_(gone), NoticeRow.outcome.is_(None)),
        delete(AppointmentEvent).where(AppointmentEvent.appointment_id.in_(gone)),
        delete(SlotClaim).where(SlotClaim.appointment_id.in_(gone)),
        delete(Appointment).where(Appointment.id.in_(gone), Appointment.status.in_(PROVISIONAL)),
    ):
        session.execute(statement.execution_options(synchronize_session=False))


def settled(sessions: SessionFactory, attempt: Callable[[Session], Result]) -> Result:
    """Run an attempt in a transaction of its own, and again when somebody else was faster or the database was busy.

    Raises:
        SlotTaken: after `TRIES`; and whatever the attempt raises.
    """
    busy = 0
    for _ in range(TRIES):
        try:
            with transaction(sessions) as session:
                return attempt(session)
        except IntegrityError:
            continue
        except OperationalError:  # SQLite stayed locked, or PostgreSQL ended one of two that waited for each other
            busy += 1
            if busy == BUSY_TRIES:
                raise
    raise SlotTaken([])


# -- appointments --


def live_of(session: Session, person_key: str, now: datetime) -> list[Any]:
    """A person's appointments that are still to come, in order."""
    query = select(Appointment).where(
        Appointment.person_key == person_key, Appointment.status.in_(LIVE), Appointment.ends_at > now
    )
    return list(session.execute(query.order_by(Appointment.starts_at)).scalars())


def own(session: Session, person_key: str, code: str, now: datetime) -> Any:
    """The person's appointment with this code, locked. Raises NotFound."""
    row = session.execute(
        select(Appointment)
        .where(
            Appointment.person_key == person_key,
            Appointment.code == code,
            Appointment.status.in_(LIVE),
            Appointment.ends_at > now,
        )
        .with_for_update()
    ).scalar()
    if row is None:
        raise NotFound
    return row


def of_city(session: Session, appointment_id: str, city: str) -> Any:
    """An appointment of a city's shop, locked. Raises NotFound."""
    row = session.get(Appointment, appointment_id, with_for_update=True, populate_existing=True)
    if row is None or row.shop_id != city or row.status in PROVISIONAL:
        raise NotFound
    return row


_INSERT_EVENT = insert(AppointmentEvent.__table__).inline()


def record(session: Session, appointment_id: str, now: datetime, deed: str, by: str) -> None:
    """The audit's line: who did what when."""
    session.execute(
        _INSERT_EVENT,
        {"appointment_id": appointment_id, "at": now, "status": deed, "by": by},
    )


def change(session: Session, row: Any, now: datetime, status: str, by: str) -> None:
    """Give an appointment a status, count the change, and write it down."""
    row.status = status
    row.changes += 1
    record(session, row.id, now, status, by)


def read(session: Session, row: Any) -> Booking:
    resource, shop = session.get(Resource, row.resource_id), session.get(Shop, row.shop_id)
    helper = session.get(Interpreter, row.interpreter_id) if row.interpreter_id else None
    return booking_of(row, resource.name, shop.example, helper.name if helper else None)


def booking_of(row: Any, resource: str, example: bool, interpreter: Optional[str] = None) -> Booking:
    return Booking(
        id=row.id,
        city=row.shop_id,
        code=row.code,
        type=row.service,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        status=row.status,
        language=row.language,
        resource=resource,
        next_statuses=NEXT_STATUSES[row.status],
        example=example,
        expires_at=row.expires_at,
        changes=row.changes,
        walk_in=row.walk_in,
        checked_in_at=row.checked_in_at,
        note=row.note,
        interpreter_language=row.interpreter_language,
        interpreter_gender=row.interpreter_gender,
        interpreter=interpreter,
    )


def shop_address(sessions: SessionFactory, city: str, at: datetime, service: Optional[str] = None) -> str:
    """Where to go: name and address of the one-stop shop that gives the service, from the catalogue; "" when unknown."""
    card = one_stop_shop(sessions, city, at, service)
    return ", ".join(filter(None, (card.name, card.address))) if card else ""


@lru_cache(maxsize=1)
def desk_words() -> tuple[str, ...]:
    return tuple((Path(__file__).parent / "desk_words.txt").read_text(encoding="utf-8").split())


def new_code() -> str:
    """Two different Italian words and a number, easy to show and to say: `sole-ponte-47`.

    The words are things and animals that a beginner's course teaches, none an insult alone or beside another; the unique
    constraint keeps a code from being given twice.
    """
    words = list(desk_words())
    first = secrets.choice(words)
    words.remove(first)
    return f"{first}-{secrets.choice(words)}-{secrets.randbelow(90) + 10}"
