"""Interpreters: what people prefer, who is there when, and nobody in two places at once (a unique constraint decides)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Optional

from sqlalchemy import delete, insert, select
from sqlalchemy.exc import IntegrityError

from appointments.agenda import Booking, of_city, own, read, record
from appointments.errors import InterpreterBusy, InterpreterUnsuitable, NotFound, WrongStatus
from appointments.models import LIVE, Appointment, Interpreter, InterpreterClaim, InterpreterWindow
from appointments.slots import Desk, Hours, Plan, Slot, Window, cells_of, hours_on, is_within
from storage.audit import audit
from storage.clock import ROME, Clock
from storage.database import Session, SessionFactory, transaction

GENDERS = ("woman", "man")


@dataclass(frozen=True)
class InterpreterView:
    """One of the roster. `busy`: with somebody else at the time that was asked about."""

    id: int
    name: str
    gender: str
    languages: tuple[str, ...]
    busy: bool = False


def add_interpreter(
    sessions: SessionFactory,
    clock: Clock,
    *,
    city: str,
    name: str,
    gender: str,
    languages: Iterable[str],
    windows: Iterable[Window],
    staff: str,
) -> int:
    """Put somebody on a shop's roster. Returns the id.

    Raises:
        ValueError: another gender, no name, one of more than 80 characters, or one that is on the roster.
    """
    if gender not in GENDERS:
        raise ValueError(f"{gender!r} is none of {', '.join(GENDERS)}")
    if not 1 <= len(name) <= 80:
        raise ValueError("a name of 1 to 80 characters")
    try:
        with transaction(sessions) as session:
            row = Interpreter(shop_id=city, name=name, gender=gender, languages=sorted(set(languages)))
            session.add(row)
            session.flush()
            _write_windows(session, row.id, windows)
            audit(session, clock(), staff, "interpreter_added", f"interpreter {row.id}", city)
            return int(row.id)
    except IntegrityError:
        raise ValueError(f"{name} is on the roster of {city} already") from None


def roster(sessions: SessionFactory, city: str) -> list[tuple[InterpreterView, tuple[Hours, ...]]]:
    """A shop's interpreters by name, each with the hours of Monday to Sunday."""
    with sessions() as session:
        rows = (
            session.execute(select(Interpreter).where(Interpreter.shop_id == city).order_by(Interpreter.name))
            .scalars()
            .all()
        )
        windows: dict[int, list[Window]] = defaultdict(list)
        query = select(InterpreterWindow).where(InterpreterWindow.interpreter_id.in_([row.id for row in rows]))
        for one in session.execute(query).scalars():
            windows[one.interpreter_id].append(Window(one.weekday, one.opens, one.closes))
        return [
            (
                InterpreterView(row.id, row.name, row.gender, tuple(row.languages)),
                Desk(row.id, row.name, 1, tuple(windows[row.id])).week,
            )
            for row in rows
        ]


def change_interpreter(
    sessions: SessionFactory,
    clock: Clock,
    *,
    city: str,
    interpreter_id: int,
    languages: Iterable[str],
    windows: Iterable[Window],
    staff: str,
) -> None:
    """Other languages and hours; what is assigned stays. Raises NotFound."""
    with transaction(sessions) as session:
        row = _of_roster(session, city, interpreter_id)
        row.languages = sorted(set(languages))
        session.execute(delete(InterpreterWindow).where(InterpreterWindow.interpreter_id == interpreter_id))
        _write_windows(session, interpreter_id, windows)
        audit(session, clock(), staff, "interpreter_changed", f"interpreter {interpreter_id}", city)


def remove_interpreter(
    sessions: SessionFactory, clock: Clock, *, city: str, interpreter_id: int, staff: str
) -> list[Booking]:
    """Take somebody off the roster, with their name.

    Returns:
        The appointments to come that had them and have nobody now.

    Raises:
        NotFound.
    """
    now = clock()
    with transaction(sessions) as session:
        row = _of_roster(session, city, interpreter_id)
        assigned = (
            session.execute(select(Appointment).where(Appointment.interpreter_id == interpreter_id)).scalars().all()
        )
        for one in assigned:
            _release(session, one)
            record(session, one.id, now, "interpreter", staff)
        session.flush()
        session.execute(delete(InterpreterWindow).where(InterpreterWindow.interpreter_id == interpreter_id))
        session.delete(row)
        audit(session, now, staff, "interpreter_removed", f"interpreter {interpreter_id}", city)
        return [read(session, one) for one in assigned if one.status in LIVE and one.ends_at > now]


def _of_roster(session: Session, city: str, interpreter_id: int) -> Any:
    row = session.get(Interpreter, interpreter_id)
    if row is None or row.shop_id != city:
        raise NotFound
    return row


def _write_windows(session: Session, interpreter_id: int, windows: Iterable[Window]) -> None:
    session.add_all(
        InterpreterWindow(interpreter_id=interpreter_id, weekday=one.weekday, opens=one.opens, closes=one.closes)
        for one in windows
    )


def prefer(
    sessions: SessionFactory,
    clock: Clock,
    *,
    person_key: str,
    code: str,
    language: Optional[str],
    gender: Optional[str] = None,
) -> Booking:
    """The language and gender of interpreter that the person wishes for; None: none, or no matter.

    One who was assigned and does not fit the wish is released. Raises NotFound.
    """
    if gender not in (None, *GENDERS):
        raise ValueError(f"{gender!r} is none of {', '.join(GENDERS)}")
    with transaction(sessions) as session:
        row = own(session, person_key, code, clock())
        row.interpreter_language, row.interpreter_gender = language, gender
        record(session, row.id, clock(), "interpreter", "person")
        if row.interpreter_id and not _fits(session.get(Interpreter, row.interpreter_id), row):
            _release(session, row)
        return read(session, row)


def suitable(sessions: SessionFactory, *, appointment_id: str, city: str) -> list[InterpreterView]:
    """The roster's interpreters who fit an appointment's wish and are there then, the free ones first. Raises NotFound."""
    with sessions() as session:
        row = of_city(session, appointment_id, city)
        found = []
        for one in session.execute(select(Interpreter).where(Interpreter.shop_id == city)).scalars():
            if _fits(one, row) and _is_there(session, one, row):
                found.append(
                    InterpreterView(one.id, one.name, one.gender, tuple(one.languages), _busy(session, one, row))
                )
        return sorted(found, key=lambda one: (one.busy, one.name))


def assign(
    sessions: SessionFactory, clock: Clock, *, appointment_id: str, city: str, interpreter_id: int, staff: str
) -> Booking:
    """Give an appointment an interpreter, instead of the one that it has.

    Raises:
        NotFound, WrongStatus; InterpreterUnsuitable: not there, not the language, not the gender; InterpreterBusy.
    """
    now = clock()
    try:
        with transaction(sessions) as session:
            row = of_city(session, appointment_id, city)
            if row.status not in LIVE:
                raise WrongStatus(row.status)
            helper = _of_roster(session, city, interpreter_id)
            if not _fits(helper, row) or not _is_there(session, helper, row):
                raise InterpreterUnsuitable
            _release(session, row)
            session.execute(
                insert(InterpreterClaim.__table__),
                [
                    {"interpreter_id": interpreter_id, "cell": cell, "appointment_id": row.id}
                    for cell in cells_of(_slot(row))
                ],
            )
            row.interpreter_id = interpreter_id
            record(session, row.id, now, "interpreter", staff)
            return read(session, row)
    except IntegrityError:
        raise InterpreterBusy from None


def _slot(row: Any) -> Slot:
    return Slot(row.starts_at, row.ends_at)


def _fits(helper: Any, row: Any) -> bool:
    return (row.interpreter_language is None or row.interpreter_language in helper.languages) and (
        row.interpreter_gender in (None, helper.gender)
    )


def _is_there(session: Session, helper: Any, row: Any) -> bool:
    """Whether the whole appointment lies within the interpreter's hours of the day."""
    rows = session.execute(select(InterpreterWindow).where(InterpreterWindow.interpreter_id == helper.id)).scalars()
    windows = tuple(Window(one.weekday, one.opens, one.closes) for one in rows)
    day = row.starts_at.astimezone(ROME).date()
    hours = hours_on(Plan(helper.shop_id, {}, {}), Desk(helper.id, helper.name, 1, windows), day)
    return is_within(hours, _slot(row))


def _busy(session: Session, helper: Any, row: Any) -> bool:
    cells = cells_of(_slot(row))
    query = select(InterpreterClaim.id).where(
        InterpreterClaim.interpreter_id == helper.id,
        InterpreterClaim.cell >= cells.start,
        InterpreterClaim.cell < cells.stop,
        InterpreterClaim.appointment_id != row.id,
    )
    return session.execute(query).first() is not None


def _release(session: Session, row: Any) -> None:
    session.execute(
        delete(InterpreterClaim)
        .where(InterpreterClaim.appointment_id == row.id)
        .execution_options(synchronize_session=False)
    )
    row.interpreter_id = None
