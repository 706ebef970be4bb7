"""A city's entries as a list for who keeps them: searched, filtered, page by page; and where they lie on a map.

What people get is `search`'s; here nothing is ranked and nothing is left out but the place of what is confidential.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Optional

from sqlalchemy import String, and_, case, cast, exists, func, or_, select

from services_catalog.freshness import past_lifetime
from services_catalog.models import (
    Attribute,
    Location,
    Organization,
    Phone,
    Report,
    Revision,
    Service,
    ServiceAtLocation,
)
from storage.clock import ROME
from storage.database import SessionFactory

PAGE = 50
MAX_POINTS = 2000
"""Points that a map shows at most."""

_PLACED = (
    ServiceAtLocation.service_id == Service.id,
    Location.id == ServiceAtLocation.location_id,
    ~Service.confidential,
)


def _has(*conditions: Any) -> Any:
    """Something of an entry exists; correlated with the entry alone, whatever else the query around joins."""
    return exists().where(*conditions).correlate(Service)


HAS_ADDRESS = _has(*_PLACED, Location.address.is_not(None))
HAS_POSITION = _has(*_PLACED, Location.latitude.is_not(None))
HAS_PHONE = _has(Phone.service_id == Service.id)
HAS_STOPS = cast(Service.stops, String) != "[]"
CONTACTABLE = or_(HAS_ADDRESS, HAS_PHONE, HAS_STOPS)
HAS_HOURS = or_(Service.opening_hours.is_not(None), HAS_STOPS)

STATES = ("proposed", "reported", "confidential", "edited")
AGES = ("stale", "fresh", "never")
LACKS = ("hours", "contact", "position", "who", "cost")


@dataclass(frozen=True)
class Filters:
    """What a list shows; "" shows all. `state`: of `STATES`; `age`: of `AGES`; `lacks`: of `LACKS`; others count as ""."""

    words: str = ""
    service: str = ""
    state: str = ""
    age: str = ""
    lacks: str = ""


@dataclass(frozen=True)
class Listed:
    """A line. `services`: ids, the main one first; `reports`: how many people said something is wrong; `proposals`: waiting."""

    id: str
    key: str
    name: str
    organisation: Optional[str]
    services: tuple[str, ...]
    address: Optional[str]
    confidential: bool
    verified_on: Optional[date]
    stale: bool
    contactable: bool
    has_hours: bool
    reports: int
    proposals: int


@dataclass(frozen=True)
class Page:
    """`number`: from 1, the last one where a later one was asked for; `pages`: at least 1; `total`: of all pages."""

    entries: tuple[Listed, ...]
    number: int
    pages: int
    total: int


@dataclass(frozen=True)
class Point:
    """Degrees, WGS 84. `service`: the main one's id."""

    id: str
    name: str
    service: str
    latitude: float
    longitude: float


def entries(sessions: SessionFactory, city: str, filters: Filters, at: datetime, number: int = 1) -> Page:
    """One page of a city's entries, in the order of its sheet: four queries, however many there are."""
    today = at.astimezone(ROME).date()
    where = [Service.city == city, *_conditions(filters, today)]
    reports = _open_reports()
    waiting = _waiting()
    with sessions() as session:
        total = int(session.execute(_joined(select(func.count())).where(*where)).scalar())
        number, pages = page_of(total, number)
        columns = (
            Service.id,
            Service.key,
            Service.name,
            Service.confidential,
            Service.verified_on,
            Organization.name.label("organisation"),
            Location.address,
            one_if(past_lifetime(today)).label("stale"),
            one_if(CONTACTABLE).label("contactable"),
            one_if(HAS_HOURS).label("has_hours"),
            reports.label("reports"),
            waiting.label("proposals"),
        )
        query = _joined(select(*columns)).where(*where).order_by(Service.position, Service.key)
        rows = session.execute(query.limit(PAGE).offset((number - 1) * PAGE)).all()
        services = _services(session, [row.id for row in rows])
    return Page(
        tuple(
            Listed(
                row.id,
                row.key,
                row.name,
                row.organisation,
                tuple(services.get(row.id, ())),
                row.address,
                row.confidential,
                row.verified_on,
                bool(row.stale),
                bool(row.contactable),
                bool(row.has_hours),
                int(row.reports or 0),
                int(row.proposals or 0),
            )
            for row in rows
        ),
        number,
        pages,
        total,
    )


def page_of(total: int, number: int) -> tuple[int, int]:
    """The page of a list of `total` that is shown when `number` is asked for, and how many there are; as in `Page`."""
    pages = max(1, -(-total // PAGE))
    return min(max(1, number), pages), pages


def points(sessions: SessionFactory, city: str) -> tuple[tuple[Point, ...], int]:
    """Where a city's entries lie, `MAX_POINTS` at most, and how many have no position that may be shown."""
    with sessions() as session:
        first = select(Attribute.term).where(
            Attribute.service_id == Service.id, Attribute.link_type == "category", Attribute.position == 0
        )
        query = (
            select(
                Service.id,
                Service.name,
                Location.latitude,
                Location.longitude,
                first.scalar_subquery().label("service"),
            )
            .join(ServiceAtLocation, ServiceAtLocation.service_id == Service.id)
            .join(Location, Location.id == ServiceAtLocation.location_id)
            .where(Service.city == city, ~Service.confidential, Location.latitude.is_not(None))
            .order_by(Service.position)
        )
        rows = session.execute(query.limit(MAX_POINTS)).all()
        without = session.execute(select(func.count(Service.id)).where(Service.city == city, ~HAS_POSITION)).scalar()
    found = tuple(Point(row.id, row.name, row.service or "", row.latitude, row.longitude) for row in rows)
    return found, int(without)


def _joined(query: Any) -> Any:
    return (
        query.select_from(Service)
        .outerjoin(Organization, Organization.id == Service.organization_id)
        .outerjoin(ServiceAtLocation, ServiceAtLocation.service_id == Service.id)
        .outerjoin(Location, and_(Location.id == ServiceAtLocation.location_id, ~Service.confidential))
    )


def one_if(condition: Any) -> Any:
    """1 where a condition holds, else 0: what can be summed."""
    return case((condition, 1), else_=0)


def _open_reports() -> Any:
    query = select(func.sum(Report.times)).where(Report.service_id == Service.id, Report.closed_at.is_(None))
    return query.correlate(Service).scalar_subquery()


def _waiting() -> Any:
    query = select(func.count(Revision.id)).where(
        Revision.city == Service.city, Revision.key == Service.key, Revision.state == "proposed"
    )
    return query.correlate(Service).scalar_subquery()


def _conditions(filters: Filters, today: date) -> list[Any]:
    found = []
    for word in filters.words.split()[:10]:
        texts = (Service.name, Service.key, Organization.name, Location.address)
        found.append(or_(*(text.ilike(f"%{_literal(word)}%", escape="\\") for text in texts)))
    if filters.service:
        found.append(
            _has(
                Attribute.service_id == Service.id, Attribute.link_type == "category", Attribute.term == filters.service
            )
        )
    conditions = {
        "proposed": _waiting() > 0,
        "reported": _open_reports() > 0,
        "confidential": Service.confidential,
        "edited": and_(
            Service.edited_at.is_not(None), or_(Service.imported_at.is_(None), Service.edited_at > Service.imported_at)
        ),
        "stale": past_lifetime(today),
        "fresh": ~past_lifetime(today),
        "never": Service.verified_on.is_(None),
        "hours": ~HAS_HOURS,
        "contact": ~CONTACTABLE,
        "position": ~HAS_POSITION,
        "who": Service.eligibility_description.is_(None),
        "cost": and_(Service.fees_description.is_(None), Service.free.is_(None)),
    }
    chosen = ((filters.state, STATES), (filters.age, AGES), (filters.lacks, LACKS))
    return [*found, *(conditions[name] for name, names in chosen if name in names)]


def _literal(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _services(session: Any, ids: list[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    query = select(Attribute.service_id, Attribute.term).where(
        Attribute.service_id.in_(ids), Attribute.link_type == "category"
    )
    for id_, term in session.execute(query.order_by(Attribute.position)):
        found.setdefault(id_, []).append(term)
    return found
