"""How long a fact stays good, by kind of service; what is past it, and the queue of what somebody must check.

A lifetime counts from the day that the city verified the entry, else from the first day of its source's date (an entry that
only says 2024 counts from 1 January). Of several services the one with the shortest life decides. No date: past it.

The lifetimes of mobile unit, meals and hygiene, shelter, housing and health are the network's; the others follow them by how
often such things change: what has a season changes soon, an office moves rarely.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Optional
from uuid import uuid4

from sqlalchemy import String, case, cast, func, or_, select, update

from services_catalog.models import Attribute, Phone, Report, Service
from storage.clock import ROME, Clock
from storage.database import Session, SessionFactory, transaction

LIFETIME_DAYS = {
    "mobile_unit": 14,
    "shower": 45,
    "laundry": 45,
    "toilet": 45,
    "food": 45,
    "clothing": 45,
    "night_shelter": 60,
    "day_centre": 60,
    "housing": 90,
    "training_course": 90,
    "language_course": 90,
    "civic_engagement": 90,
    "job_support": 90,
    "legal_support": 180,
    "documents": 180,
    "health_care": 180,
    "psychological_support": 180,
    "social_support": 180,
    "family_support": 180,
    "connectivity": 180,
    "anti_violence": 180,
    "anti_trafficking": 180,
}

ASPECTS = ("hours", "place", "requirements", "closed", "other")
"""What somebody can say is wrong: opening hours; address or phone; who can go and cost; closed for good; anything else."""

FEEDBACK = "feedback"
"""The aspect of a report about no entry in particular."""


class UnknownEntry(LookupError):
    """No such entry any more; show the current ones."""


def lifetime(services: Iterable[str]) -> timedelta:
    """How long a fact about these services stays good."""
    return timedelta(days=min(LIFETIME_DAYS[service] for service in services))


def known_since(verified_on: Optional[date], source_date: Optional[str]) -> Optional[date]:
    """The day that an entry's facts are known from; None when nothing says it."""
    if verified_on is not None:
        return verified_on
    if source_date is None:
        return None
    year, month, day = ([int(part) for part in source_date.split("-")] + [1, 1])[:3]
    return date(year, month, day)


def is_stale(services: Collection[str], verified_on: Optional[date], source_date: Optional[str], today: date) -> bool:
    """Whether the entry is past its lifetime on a day."""
    since = known_since(verified_on, source_date)
    return since is None or today - since > lifetime(services)


@dataclass(frozen=True)
class ToCheck:
    """One entry of the operators' queue.

    Attributes:
        reported: what people said is wrong and how often, by aspect.
        days_over: how long it is past its lifetime; None when nothing says how old it is, 0 when it is not past it.
    """

    id: str
    city: str
    key: str
    name: str
    phones: tuple[str, ...]
    source_url: str
    verified_on: Optional[date]
    source_date: Optional[str]
    reported: dict[str, int]
    days_over: Optional[int]


@dataclass(frozen=True)
class Queue:
    """`entries`: the reported ones first, those that most people reported at the top, then the longest overdue.

    `feedback`: how many messages said that something of the city's catalogue is good or wrong, and named no entry.
    """

    entries: tuple[ToCheck, ...]
    feedback: dict[str, int]


def report_wrong(sessions: SessionFactory, clock: Clock, service_id: str, aspect: str) -> None:
    """Somebody says that something of an entry is wrong. Kept: entry, aspect, times, first and last moment.

    Raises:
        UnknownEntry: no such entry.
        ValueError: no such aspect.
    """
    if aspect not in ASPECTS:
        raise ValueError(f"{aspect}: one of {', '.join(ASPECTS)}")
    with transaction(sessions) as session:
        city = session.execute(select(Service.city).where(Service.id == service_id)).scalar()
        if city is None:
            raise UnknownEntry(service_id)
        _note(session, clock(), city, service_id, aspect)


def note_feedback(sessions: SessionFactory, clock: Clock, city: str) -> None:
    """Somebody has something to say about the city's catalogue; the words are not kept."""
    with transaction(sessions) as session:
        _note(session, clock(), city, None, FEEDBACK)


def _note(session: Session, now: datetime, city: str, service_id: Optional[str], aspect: str) -> None:
    key = f"{service_id or city}:{aspect}"
    values = {"times": Report.times + 1, "last_at": now}
    more = update(Report).where(Report.open_key == key).values(**values).execution_options(synchronize_session=False)
    if session.execute(more).rowcount:
        return
    row = {
        "id": str(uuid4()),
        "city": city,
        "service_id": service_id,
        "aspect": aspect,
        "times": 1,
        "first_at": now,
        "last_at": now,
        "open_key": key,
    }
    # Two first ones at once: the unique key lets one row in, the other one counts on it.
    if not session.execute(_insert_new(session, row)).rowcount:
        session.execute(more)


def _insert_new(session: Session, row: dict[str, Any]) -> Any:
    if session.get_bind().dialect.name == "postgresql":
        from sqlalchemy.dialects.postgresql import insert
    else:
        from sqlalchemy.dialects.sqlite import insert
    return insert(Report).values(**row).on_conflict_do_nothing(index_elements=["open_key"])


OUTCOMES = ("corrected", "still_true", "not_clear")
"""What an operator answers to a report: put right; checked, all was true; asked, and nobody could say."""
MAX_NOTE = 200


def close_reports(
    sessions: SessionFactory, clock: Clock, service_id: str, by: str, outcome: Optional[str] = None, note: str = ""
) -> int:
    """An operator has looked at an entry: its open reports are done. Returns how many there were.

    Args:
        outcome: one of `OUTCOMES`.
        note: for colleagues, cut at `MAX_NOTE`.
    """
    return _close(sessions, clock, (Report.service_id == service_id,), by, outcome, note)


def close_feedback(
    sessions: SessionFactory, clock: Clock, city: str, by: str, outcome: Optional[str] = None, note: str = ""
) -> int:
    """As `close_reports`, for what people said of the city's catalogue as a whole."""
    return _close(sessions, clock, (Report.city == city, Report.service_id.is_(None)), by, outcome, note)


def _close(
    sessions: SessionFactory, clock: Clock, where: tuple[Any, ...], by: str, outcome: Optional[str], note: str
) -> int:
    with transaction(sessions) as session:
        answer = {"outcome": outcome, "note": note[:MAX_NOTE] or None}
        done = {"closed_at": clock(), "closed_by": by, "open_key": None, **answer}
        query = update(Report).where(*where, Report.closed_at.is_(None)).values(**done)
        return int(session.execute(query.execution_options(synchronize_session=False)).rowcount)


def reported(sessions: SessionFactory, service_id: str) -> dict[str, int]:
    """What people said is wrong with an entry and nobody has answered, and how often, by aspect."""
    query = select(Report.aspect, Report.times).where(Report.service_id == service_id, Report.closed_at.is_(None))
    with sessions() as session:
        return dict(session.execute(query.order_by(Report.aspect)).all())


@dataclass(frozen=True)
class Answered:
    """A report that was closed. `times`: how many said it."""

    aspect: str
    times: int
    closed_at: datetime
    closed_by: str
    outcome: Optional[str]
    note: Optional[str]


def answered(sessions: SessionFactory, service_id: str, limit: int = 20) -> list[Answered]:
    """The closed reports of an entry, the newest first."""
    query = select(Report).where(Report.service_id == service_id, Report.closed_at.is_not(None))
    with sessions() as session:
        rows = session.execute(query.order_by(Report.closed_at.desc(), Report.aspect).limit(limit)).scalars().all()
    return [Answered(one.aspect, one.times, one.closed_at, one.closed_by, one.outcome, one.note) for one in rows]


def past_lifetime(today: date) -> Any:
    """`is_stale` as a condition on `Service` in SQL."""
    lives = sorted(set(LIFETIME_DAYS.values()))
    terms = {days: [service for service, life in LIFETIME_DAYS.items() if life == days] for days in lives}
    first_good = case(*((Attribute.term.in_(terms[days]), str(today - timedelta(days=days))) for days in lives))
    # Days as text: the first one that is good enough for the service with the shortest life is the latest of them.
    needed = select(func.max(first_good)).where(Attribute.service_id == Service.id, Attribute.link_type == "category")
    since = func.coalesce(cast(Service.verified_on, String), func.substr(Service.source_date.concat("-01-01"), 1, 10))
    return or_(since.is_(None), since < needed.correlate(Service).scalar_subquery())


def verify(sessions: SessionFactory, clock: Clock, service_id: str, by: str) -> None:
    """An operator has checked an entry with the service itself: it is fresh again, and its reports are done.

    Raises:
        UnknownEntry: no such entry.
    """
    now = clock()
    with transaction(sessions) as session:
        values = {"verified_on": now.astimezone(ROME).date(), "verified_by": by, "edited_at": now}
        query = update(Service).where(Service.id == service_id).values(**values)
        if not session.execute(query.execution_options(synchronize_session=False)).rowcount:
            raise UnknownEntry(service_id)
    close_reports(sessions, clock, service_id, by, "still_true")


def queue(sessions: SessionFactory, at: datetime, city: Optional[str] = None) -> Queue:
    """What somebody must check, of one city or of all."""
    today = at.astimezone(ROME).date()
    with sessions() as session:
        of_city = [] if city is None else [Service.city == city]
        rows = session.execute(
            select(
                Service.id,
                Service.city,
                Service.key,
                Service.name,
                Service.source_url,
                Service.verified_on,
                Service.source_date,
            )
            .where(*of_city)
            .order_by(Service.city, Service.position)
        ).all()
        services = _by_service(session, Attribute.term, of_city, Attribute.link_type == "category")
        phones = _by_service(session, Phone.number, of_city)
        reported: dict[str, dict[str, int]] = {}
        feedback: dict[str, int] = {}
        open_ones = select(Report.service_id, Report.city, Report.aspect, func.sum(Report.times)).where(
            Report.closed_at.is_(None), *([] if city is None else [Report.city == city])
        )
        for id_, of, aspect, times in session.execute(
            open_ones.group_by(Report.service_id, Report.city, Report.aspect).order_by(Report.city, Report.aspect)
        ):
            if id_ is None:
                feedback[of] = int(times)
            else:
                reported.setdefault(id_, {})[aspect] = int(times)
    found = []
    for row in rows:
        over: Optional[int] = 0
        if is_stale(services[row.id], row.verified_on, row.source_date, today):
            since = known_since(row.verified_on, row.source_date)
            over = None if since is None else (today - since - lifetime(services[row.id])).days
        if over != 0 or row.id in reported:
            entry = (row.id, row.city, row.key, row.name, tuple(phones.get(row.id, ())), row.source_url)
            found.append(ToCheck(*entry, row.verified_on, row.source_date, reported.get(row.id, {}), over))
    found.sort(key=lambda one: (-sum(one.reported.values()), one.days_over is not None, -(one.days_over or 0)))
    return Queue(tuple(found), feedback)


def _by_service(session: Session, column: Any, of_city: list[Any], *where: Any) -> dict[str, list[str]]:
    table = column.class_
    query = select(table.service_id, column).join(Service, Service.id == table.service_id).where(*of_city, *where)
    found: dict[str, list[str]] = {}
    for id_, value in session.execute(query.order_by(table.position)):
        found.setdefault(id_, []).append(value)
    return found
