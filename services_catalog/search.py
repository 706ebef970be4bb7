"""Who offers a service in a city, best first; and whom to ask where the catalogue has nothing.

Cards stand in this order, each rule deciding only among equals of those before it:

1. with an address or a phone: the others cannot be reached;
2. the access point: the city's one-stop shop; for `night_shelter` also the offices that give social support, since
   they hand out the beds and nobody is to be sent to a dormitory's door;
3. not closed for longer than a week;
4. with the service as its main one: a canteen before a dormitory that also gives meals;
5. open now; then what opens within a week or has unknown hours;
6. verified by the city;
7. for everybody rather than for women, minors or families only;
8. from a newer source, by year; undated last;
9. more complete: address, phone, hours, who may go, cost;
10. name.

When no card has an address or a phone there are `alternatives`: national helplines for the service, then the city's
one-stop shop, day centres and social support. At least one place stays for the city when it has any.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Optional
from urllib.parse import quote

from sqlalchemy import bindparam, func, literal, null, or_, select, union_all

from services_catalog import hours
from services_catalog.models import (
    Attribute,
    Language,
    Location,
    Organization,
    Phone,
    Service,
    ServiceAtLocation,
)
from services_catalog.sheets import ADVISERS
from services_catalog.vocabulary import NATIONAL
from storage.clock import utc_now
from storage.database import Session, SessionFactory

ACCESS_POINTS = {"night_shelter": "social_support"}
"""Services that one gets through another one."""

FOR_SOME = {"women", "minors", "families"}

SOON = timedelta(days=7)
CLOSED_FOR_LONG = 2

MAP = "https://www.openstreetmap.org/search?query="


@dataclass(frozen=True)
class Card:
    """One entry, as codes and as facts in Italian; words of other languages are put to it later.

    Attributes:
        hours: state (open, closed, unknown, always), until and next_opening (ISO 8601 with offset, or None), today
            (pairs of HH:MM; an open end is ""), days (weekdays without hours, 0 is Monday); asked: None, or the day asked
            about as `{"date": ISO, "spans": pairs as in today}`, only where hours are known.
        free: True where the source says so plainly, else None or what the city entered.
        languages: ISO 639 codes; languages_note: Italian, what is known beyond codes.
        source_date: 2024, 2024-12 or 2024-12-05; verified_on: 2024-12-05.
        contactable: has an address or a phone.
    """

    id: str
    key: str
    city: str
    name: str
    organization: Optional[str]
    services: tuple[str, ...]
    address: Optional[str]
    phones: tuple[str, ...]
    email: Optional[str]
    website: Optional[str]
    hours: dict[str, Any]
    free: Optional[bool]
    cost: Optional[str]
    who: Optional[str]
    eligibility: tuple[str, ...]
    languages: tuple[str, ...]
    languages_note: Optional[str]
    notes: Optional[str]
    source_url: str
    source_date: Optional[str]
    other_sources: tuple[str, ...]
    verified_on: Optional[str]
    map_url: Optional[str]
    one_stop_shop: bool
    contactable: bool

    def as_dict(self) -> dict[str, Any]:
        """For JSON: lists instead of tuples."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}


@dataclass(frozen=True)
class SearchResult:
    cards: tuple[Card, ...] = ()
    alternatives: tuple[Card, ...] = ()


def find(
    sessions: SessionFactory, city: str, service: str, at: datetime, limit: int = 3, on: Optional[date] = None
) -> SearchResult:
    """The best `limit` entries of a city for a service at a moment (aware), with the hours of the day `on` (in Rome)."""
    with sessions() as session:
        found = _cards(session, _FOR_SERVICE, {"city": city, "service": service}, at, on)
        found.sort(key=lambda card: _rank(card, service, at))
        if any(card.contactable for card in found):
            return SearchResult(tuple(card for card in found[:limit] if card.contactable))
        asked = {"cities": (city, NATIONAL), "services": (service, *ADVISERS)}
        cards = _cards(session, _FOR_SERVICES, asked, at)
    local = [card for card in cards if card.city == city]
    lines = [card for card in cards if card.city == NATIONAL and service in card.services and card.phones]
    lines.sort(key=lambda card: (_for_some(card), card.services[0] != service, _rank(card, service, at)))
    places = [card for card in local if card.contactable and _advises(card)]
    places.sort(key=lambda card: _adviser_rank(card, at))
    chosen = lines[: max(1, limit - 1) if places else limit] if city != NATIONAL else []
    return SearchResult(tuple(found[:limit]), tuple([*chosen, *places][:limit]))


def one_stop_shop(
    sessions: SessionFactory, city: str, at: Optional[datetime] = None, service: Optional[str] = None
) -> Optional[Card]:
    """The city's one-stop shop, the one with an address or phone first; None where none is known.

    Args:
        at: the moment that its hours are told for; now when it is not given.
        service: of several, the one that gives this is meant.
    """
    at = at or utc_now()
    with sessions() as session:
        cards = _cards(session, _SHOPS, {"city": city}, at)
    return min(cards, key=lambda card: (service not in card.services, _adviser_rank(card, at)), default=None)


def get_entry(sessions: SessionFactory, id_: str, at: Optional[datetime] = None) -> Optional[Card]:
    """An entry by its id; None when there is no such entry. `at` as for `one_stop_shop`."""
    with sessions() as session:
        return next(iter(_cards(session, _ENTRY, {"id": id_}, at or utc_now())), None)


def counts(sessions: SessionFactory) -> dict[str, int]:
    """How many entries each city has; the national ones are not counted."""
    with sessions() as session:
        query = select(Service.city, func.count()).where(Service.city != NATIONAL).group_by(Service.city)
        return dict(session.execute(query.order_by(Service.city)).all())


def _for_some(card: Card) -> bool:
    return not FOR_SOME.isdisjoint(card.eligibility)


def _advises(card: Card) -> bool:
    return card.one_stop_shop or any(service in card.services for service in ADVISERS)


def _adviser_rank(card: Card, at: datetime) -> tuple[Any, ...]:
    """As `_rank`, for whom to ask about anything: those whose main work it is come first."""
    kind = next((n for n, service in enumerate(ADVISERS) if service in card.services), len(ADVISERS))
    beside = card.services[0] not in ADVISERS
    return (not card.contactable, not card.one_stop_shop, beside, kind, _rank(card, ADVISERS[-1], at))


def _rank(card: Card, service: str, at: datetime) -> tuple[Any, ...]:
    access_point = card.one_stop_shop or ACCESS_POINTS.get(service) in card.services
    filled = (card.address, card.phones, card.hours["state"] != "unknown" or card.hours["days"], card.who, card.cost)
    return (
        not card.contactable,
        not access_point,
        _openness(card, at) == CLOSED_FOR_LONG,
        card.services[0] != service,
        _openness(card, at),
        card.verified_on is None,
        _for_some(card),
        -int(card.source_date[:4]) if card.source_date else 0,
        -sum(map(bool, filled)),
        card.name,
    )


def _openness(card: Card, at: datetime) -> int:
    if card.hours["state"] in ("open", "always"):
        return 0
    if card.hours["state"] == "unknown":
        return 1
    opening = card.hours["next_opening"]
    return 1 if opening and datetime.fromisoformat(opening) - at < SOON else CLOSED_FOR_LONG


# The statements are built once: building them anew took longer than running them.
_ENTRIES = (
    select(Service.__table__, Organization.name.label("organization"), Location.address)
    .outerjoin(Organization, Organization.id == Service.organization_id)
    .outerjoin(ServiceAtLocation, ServiceAtLocation.service_id == Service.id)
    .outerjoin(Location, Location.id == ServiceAtLocation.location_id)
    .order_by(Service.city, Service.position, Service.key)
)
_WITH_CATEGORY = select(Attribute.service_id).where(
    Attribute.link_type == "category", Attribute.term.in_(bindparam("services", expanding=True))
)
_FOR_SERVICE = _ENTRIES.where(
    Service.city == bindparam("city"),
    Service.id.in_(
        select(Attribute.service_id).where(Attribute.link_type == "category", Attribute.term == bindparam("service"))
    ),
)
_FOR_SERVICES = _ENTRIES.where(
    Service.city.in_(bindparam("cities", expanding=True)), or_(Service.id.in_(_WITH_CATEGORY), Service.one_stop_shop)
)
_SHOPS = _ENTRIES.where(Service.city == bindparam("city"), Service.one_stop_shop)
_ENTRY = _ENTRIES.where(Service.id == bindparam("id"))


def _cards(
    session: Session, statement: Any, asked: dict[str, Any], at: datetime, on: Optional[date] = None
) -> list[Card]:
    """Two queries: the entries, and what hangs on them."""
    rows = session.execute(statement, asked).all()
    details = _details(session, [row.id for row in rows])
    return [_card(row, details[row.id], at, on) for row in rows]


@dataclass
class _Details:
    phones: list[str] = field(default_factory=list)
    languages: list[str] = field(default_factory=list)
    categories: list[str] = field(default_factory=list)
    eligibility: list[str] = field(default_factory=list)


_IDS = bindparam("ids", expanding=True)
_PARTS = union_all(
    select(Phone.service_id, literal("phone").label("kind"), Phone.position, Phone.number.label("value"),
           Phone.description.label("note")).where(Phone.service_id.in_(_IDS)),
    select(Language.service_id, literal("language"), Language.position, Language.code, null())
    .where(Language.service_id.in_(_IDS)),
    select(Attribute.service_id, Attribute.link_type, Attribute.position, Attribute.term, null())
    .where(Attribute.service_id.in_(_IDS)),
).subquery()  # fmt: skip
_DETAILS = select(_PARTS).order_by(_PARTS.c.kind, _PARTS.c.position)


def _details(session: Session, ids: list[str]) -> dict[str, _Details]:
    details: dict[str, _Details] = defaultdict(_Details)
    for service_id, kind, _, value, note in session.execute(_DETAILS, {"ids": ids}):
        found = details[service_id]
        if kind == "phone":
            found.phones.append(f"{value} ({note})" if note else value)
        else:
            {"language": found.languages, "category": found.categories, "eligibility": found.eligibility}[kind].append(
                value
            )
    return details


def _card(row: Any, details: _Details, at: datetime, on: Optional[date]) -> Card:
    status = hours.status(row.opening_hours, at)
    asked = None
    if on and status.state in ("open", "closed"):
        asked = {"date": on.isoformat(), "spans": [list(span) for span in hours.clock_times(row.opening_hours, on)]}
    return Card(
        id=row.id,
        key=row.key,
        city=row.city,
        name=row.name,
        organization=row.organization,
        services=tuple(details.categories),
        address=row.address,
        phones=tuple(details.phones),
        email=row.email,
        website=row.url,
        hours={
            "state": status.state,
            "until": status.until.isoformat() if status.until else None,
            "next_opening": status.next_opening.isoformat() if status.next_opening else None,
            "today": [list(span) for span in status.today],
            "days": list(status.days),
            "asked": asked,
        },
        free=row.free,
        cost=row.fees_description,
        who=row.eligibility_description,
        eligibility=tuple(details.eligibility),
        languages=tuple(details.languages),
        languages_note=row.interpretation_services,
        notes=row.notes,
        source_url=row.source_url,
        source_date=row.source_date,
        other_sources=tuple(row.other_sources),
        verified_on=row.verified_on.isoformat() if row.verified_on else None,
        map_url=MAP + quote(row.address, safe="") if row.address else None,
        one_stop_shop=row.one_stop_shop,
        contactable=bool(row.address or details.phones),
    )
