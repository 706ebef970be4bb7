"""Who offers a service in a city, best first; and whom to ask where the catalogue has nothing.

Cards stand in this order, each rule deciding only among equals of those before it (`RULES`; `orienta catalog search
--explain` says for each card what each rule found):

1. reachable: with an address, a phone or a stop; the others cannot be reached;
2. access point: the city's one-stop shop; for `night_shelter` also the offices that give social support, since they hand
   out the beds and nobody is to be sent to a dormitory's door;
3. season: not closed for longer than a week;
4. main service: a canteen before a dormitory that also gives meals;
5. open: open now; then what opens within a week or has unknown hours;
6. recipients: for whom the person is, where that was said; then for everybody; then for women, minors or families only;
7. language: the language that was asked for is spoken there;
8. fresh: verified by the city and not past its lifetime; then not past it; then verified once; then the rest
   (`services_catalog.freshness`);
9. near: the shorter way, where a position was given; places without coordinates last;
10. newer source, by year; undated last;
11. complete: address, phone, hours, who may go, cost;
12. name.

`nearest` asks for what is close instead: season (3) first, then the way alone.

When no card can be reached there are `alternatives`: national helplines for the service, then the city's one-stop shop,
day centres and social support. At least one place stays for the city when it has any.

The place of a confidential entry never comes out of the database: `_LOCATION` joins none to it.
"""

from __future__ import annotations

import math
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any, Optional
from urllib.parse import quote

from rapidfuzz import fuzz, utils
from sqlalchemy import and_, bindparam, exists, func, literal, null, or_, select, union_all

from services_catalog import hours
from services_catalog.freshness import is_stale
from services_catalog.hours import Special
from services_catalog.models import (
    Attribute,
    CatalogueSheet,
    Language,
    Location,
    Organization,
    Phone,
    Service,
    ServiceAtLocation,
    UnitPosition,
)
from services_catalog.places import EARTH_METRES, Position, metres, nearest_city
from services_catalog.sheets import ADVISERS
from services_catalog.vocabulary import CITIES, CITY_RADIUS_KM, NATIONAL
from storage.clock import ROME, utc_now
from storage.database import Session, SessionFactory

ACCESS_POINTS = {"night_shelter": "social_support"}
"""Services that one gets through another one."""

FOR_SOME = {"women", "minors", "families"}

SOON = timedelta(days=7)
CLOSED_FOR_LONG = 2

ALERT_AHEAD = timedelta(days=7)
"""How long before a special day its note is told."""
STOPS_SHOWN = 3

CLOSEST = 4
"""How many times as many places `nearest` looks at as it gives: those that are closed for long stand last among them."""
RINGS_KM = (2.0, 8.0, CITY_RADIUS_KM)
"""How far `nearest` looks, from one step to the next while it has found too little."""

WORDS_ALIKE = 80
"""Likeness, of 100, from which words that somebody writes mean a place's name (rapidfuzz)."""

MAP = "https://www.openstreetmap.org/search?query="
MAP_AT = "https://www.openstreetmap.org/?mlat={latitude:.5f}&mlon={longitude:.5f}#map=17/{latitude:.5f}/{longitude:.5f}"


@dataclass(frozen=True)
class Card:
    """One entry, as codes and as facts in Italian; words of other languages are put to it later.

    Attributes:
        hours: state (open, closed, unknown, always), until and next_opening (ISO 8601 with offset, or None), today
            (pairs of HH:MM; an open end is ""), days (weekdays without hours, 0 is Monday); asked: None, or the day asked
            about as `{"date": ISO, "spans": pairs as in today}`, only where hours are known.
        free: True where the source says so plainly, else None or what the city entered.
        languages: ISO 639 codes; languages_note: Italian, what is known beyond codes.
        source_date: 2024, 2024-12 or 2024-12-05; verified_on: 2024-12-05; stale: past its lifetime.
        alerts: notes of special days that are now or within a week: `{"first": ISO, "last": ISO or None, "note": Italian}`.
        stops: of a mobile unit, the next one first: `{"place", "hours" as above, "map_url"}`.
        live: where the unit is now: `{"latitude", "longitude", "until": ISO, "map_url"}`, or None.
        distance_m: metres as the crow flies from the position that was given; None without one.
        contactable: has an address, a phone or a stop.
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
    stale: bool
    appointment_only: bool
    required_documents: tuple[str, ...]
    accessibility: Optional[str]
    alerts: tuple[dict[str, Any], ...]
    stops: tuple[dict[str, Any], ...]
    live: Optional[dict[str, Any]]
    latitude: Optional[float]
    longitude: Optional[float]
    distance_m: Optional[int] = None

    def as_dict(self) -> dict[str, Any]:
        """For JSON: lists instead of tuples."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}


@dataclass(frozen=True)
class SearchResult:
    cards: tuple[Card, ...] = ()
    alternatives: tuple[Card, ...] = ()


@dataclass(frozen=True)
class Wishes:
    """What somebody asks for beside the service: all of it moves cards up, nothing of it hides one but `open_only`.

    Attributes:
        near: their position.
        recipients: codes of `vocabulary.ELIGIBILITY` that are true of them.
        language: ISO 639 code of a language that should be spoken there.
        open_only: only what is known to be open at the moment.
    """

    near: Optional[Position] = None
    recipients: Collection[str] = ()
    language: Optional[str] = None
    open_only: bool = False


NO_WISHES = Wishes()


def find(
    sessions: SessionFactory,
    city: str,
    service: str,
    at: datetime,
    limit: int = 3,
    on: Optional[date] = None,
    wishes: Wishes = NO_WISHES,
) -> SearchResult:
    """The best `limit` entries of a city for a service at a moment (aware), with the hours of the day `on` (in Rome)."""
    with sessions() as session:
        found = _ranked(session, city, service, at, on, wishes)
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


def _ranked(session: Session, city: str, service: str, at: datetime, on: Optional[date], wishes: Wishes) -> list[Card]:
    found = _cards(session, _FOR_SERVICE, {"city": city, "service": service}, at, on)
    found = [_at_distance(card, wishes.near) for card in found]
    if wishes.open_only:
        found = [card for card in found if card.hours["state"] in ("open", "always")]
    return sorted(found, key=lambda card: _rank(card, service, at, wishes))


def explain(
    sessions: SessionFactory, city: str, service: str, at: datetime, wishes: Wishes = NO_WISHES
) -> list[tuple[Card, dict[str, Any]]]:
    """All entries of a city for a service in their order, with what each rule found, by the rule's name. Less is better."""
    with sessions() as session:
        found = _ranked(session, city, service, at, None, wishes)
    return [(card, {name: rule(card, service, at, wishes) for name, rule in RULES.items()}) for card in found]


def nearest(
    sessions: SessionFactory, latitude: float, longitude: float, service: str, at: datetime, limit: int = 3
) -> SearchResult:
    """The places for a service that are closest to a position, in whichever city, with `distance_m`.

    Where no place with coordinates lies within `CITY_RADIUS_KM`: what `find` gives for the city of the position, without
    distances; nothing outside of all cities.

    Args:
        latitude, longitude: WGS 84, degrees.
        at: the moment (aware) that hours are told for.
    """
    here = (latitude, longitude)
    found: list[Card] = []
    with sessions() as session:
        away: dict[str, float] = {}
        for radius in RINGS_KM:
            rows = session.execute(_IN_BOX, {"service": service, "at": at, **_box(here, radius)}).all()
            away = {row.id: metres(here, (row.latitude, row.longitude)) for row in rows}
            away = {id_: way for id_, way in away.items() if way <= radius * 1000}
            if len(away) >= limit:
                break
        closest = sorted(away, key=lambda id_: away[id_])[: CLOSEST * limit]
        if closest:
            cards = _cards(session, _BY_IDS, {"entries": closest}, at)
            found = [_at_distance(card, here) for card in cards]
    if found:
        found.sort(key=lambda card: (_openness(card, at) == CLOSED_FOR_LONG, card.distance_m, card.name))
        return SearchResult(tuple(found[:limit]))
    city = city_at(latitude, longitude)
    return find(sessions, city, service, at, limit) if city else SearchResult()


def city_at(latitude: float, longitude: float) -> Optional[str]:
    """The city of the network in whose neighbourhood (`CITY_RADIUS_KM`) a position lies; None where there is none."""
    city, away = nearest_city((latitude, longitude))
    return city if away <= CITY_RADIUS_KM else None


def _box(here: Position, radius_km: float) -> dict[str, float]:
    """The degrees within which everything of a radius lies."""
    high = math.degrees(radius_km * 1000 / EARTH_METRES)
    wide = high / max(0.01, math.cos(math.radians(here[0])))
    return {"south": here[0] - high, "north": here[0] + high, "west": here[1] - wide, "east": here[1] + wide}


def _at_distance(card: Card, here: Optional[Position]) -> Card:
    there = (card.live["latitude"], card.live["longitude"]) if card.live else (card.latitude, card.longitude)
    if here is None or there[0] is None or there[1] is None:
        return card
    return replace(card, distance_m=round(metres(here, (there[0], there[1]))))


def by_words(sessions: SessionFactory, city: str, words: str, at: datetime, limit: int = 3) -> list[Card]:
    """The entries of a city whose name, organisation or address is like some words, misspellings included, best first."""
    asked = _plain(words)
    if not asked:
        return []
    with sessions() as session:
        names = session.execute(_NAMES, {"city": city}).all()
        likeness = {
            row.id: max(_alike(asked, _plain(text)) for text in (row.name, row.organization, row.address) if text)
            for row in names
        }
        best = sorted((id_ for id_ in likeness if likeness[id_] >= WORDS_ALIKE), key=lambda id_: -likeness[id_])[:limit]
        cards = {card.id: card for card in _cards(session, _BY_IDS, {"entries": best}, at)}
    return [cards[id_] for id_ in best]


def _plain(text: str) -> str:
    """Small letters without accents and punctuation."""
    letters = unicodedata.normalize("NFKD", text)
    return str(utils.default_process("".join(letter for letter in letters if not unicodedata.combining(letter))))


def _alike(asked: str, text: str) -> float:
    """0 to 100: how well each asked word is found among those of the text, longer words counting more."""
    theirs = text.split()
    weights = [(len(word), max(fuzz.ratio(word, other) for other in theirs)) for word in asked.split()]
    return sum(length * score for length, score in weights) / sum(length for length, _ in weights) if theirs else 0.0


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


Rule = Callable[[Card, str, datetime, Wishes], Any]


def _complete(card: Card) -> int:
    known_hours = card.hours["state"] != "unknown" or card.hours["days"]
    return -sum(map(bool, (card.address, card.phones, known_hours, card.who, card.cost)))


def _recipients(card: Card, wishes: Wishes) -> int:
    if not set(wishes.recipients).isdisjoint(card.eligibility):
        return 0
    return 2 if _for_some(card) else 1


RULES: dict[str, Rule] = {
    "reachable": lambda card, service, at, wishes: not card.contactable,
    "access point": lambda card, service, at, wishes: (
        not (card.one_stop_shop or ACCESS_POINTS.get(service) in card.services)
    ),
    "season": lambda card, service, at, wishes: _openness(card, at) == CLOSED_FOR_LONG,
    "main service": lambda card, service, at, wishes: card.services[0] != service,
    "open": lambda card, service, at, wishes: _openness(card, at),
    "recipients": lambda card, service, at, wishes: _recipients(card, wishes),
    "language": lambda card, service, at, wishes: wishes.language is not None and wishes.language not in card.languages,
    "fresh": lambda card, service, at, wishes: 2 * card.stale + (card.verified_on is None),
    "near": lambda card, service, at, wishes: math.inf if card.distance_m is None else card.distance_m,
    "newer source": lambda card, service, at, wishes: -int(card.source_date[:4]) if card.source_date else 0,
    "complete": lambda card, service, at, wishes: _complete(card),
    "name": lambda card, service, at, wishes: card.name,
}
"""The order of cards, as this module's docstring says it; less is better."""


def _rank(card: Card, service: str, at: datetime, wishes: Wishes = NO_WISHES) -> tuple[Any, ...]:
    return tuple(rule(card, service, at, wishes) for rule in RULES.values())


def _openness(card: Card, at: datetime) -> int:
    if card.hours["state"] in ("open", "always"):
        return 0
    if card.hours["state"] == "unknown":
        return 1
    opening = card.hours["next_opening"]
    return 1 if opening and datetime.fromisoformat(opening) - at < SOON else CLOSED_FOR_LONG


# The statements are built once: building them anew took longer than running them.
_LOCATION = and_(Location.id == ServiceAtLocation.location_id, ~Service.confidential)
_ENTRIES = (
    select(
        Service.__table__,
        Organization.name.label("organization"),
        Location.address,
        Location.latitude,
        Location.longitude,
        CatalogueSheet.patron_saint,
        UnitPosition.latitude.label("unit_latitude"),
        UnitPosition.longitude.label("unit_longitude"),
        UnitPosition.expires_at.label("unit_expires_at"),
    )
    .outerjoin(Organization, Organization.id == Service.organization_id)
    .outerjoin(ServiceAtLocation, ServiceAtLocation.service_id == Service.id)
    .outerjoin(Location, _LOCATION)
    .outerjoin(CatalogueSheet, CatalogueSheet.city == Service.city)
    .outerjoin(UnitPosition, UnitPosition.service_id == Service.id)
    .order_by(Service.city, Service.position, Service.key)
)


def _has(*terms: Any) -> Any:
    """Correlated, so that its cost does not grow with the other cities (SQLite would list the whole country first)."""
    return exists().where(Attribute.service_id == Service.id, Attribute.link_type == "category", *terms)


_HAS_SERVICE = _has(Attribute.term == bindparam("service"))
_FOR_SERVICE = _ENTRIES.where(Service.city == bindparam("city"), _HAS_SERVICE)
_FOR_SERVICES = _ENTRIES.where(
    Service.city.in_(bindparam("cities", expanding=True)),
    or_(_has(Attribute.term.in_(bindparam("services", expanding=True))), Service.one_stop_shop),
)
_SHOPS = _ENTRIES.where(Service.city == bindparam("city"), Service.one_stop_shop)
_ENTRY = _ENTRIES.where(Service.id == bindparam("id"))
_BY_IDS = _ENTRIES.where(Service.id.in_(bindparam("entries", expanding=True)))


def _within(table: Any) -> Any:
    return and_(
        table.latitude.between(bindparam("south"), bindparam("north")),
        table.longitude.between(bindparam("west"), bindparam("east")),
    )


_IN_BOX = (
    select(Service.id, Location.latitude, Location.longitude)
    .join(ServiceAtLocation, ServiceAtLocation.service_id == Service.id)
    .join(Location, _LOCATION)
    .where(_within(Location), _HAS_SERVICE)
    .union_all(
        select(Service.id, UnitPosition.latitude, UnitPosition.longitude)
        .join(UnitPosition, UnitPosition.service_id == Service.id)
        .where(
            Service.id.in_(  # from the few units: SQLite would go through all services
                select(UnitPosition.service_id).where(_within(UnitPosition), UnitPosition.expires_at > bindparam("at"))
            ),
            ~Service.confidential,
            _HAS_SERVICE,
        )
    )
)
"""A unit that is on its way stands there twice: at its desk and, later and so in its stead, where it is now."""
_NAMES = (
    select(Service.id, Service.name, Organization.name.label("organization"), Location.address)
    .outerjoin(Organization, Organization.id == Service.organization_id)
    .outerjoin(ServiceAtLocation, ServiceAtLocation.service_id == Service.id)
    .outerjoin(Location, _LOCATION)
    .where(Service.city == bindparam("city"))
    .order_by(Service.position)
)


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
    today = at.astimezone(ROME).date()
    special = special_days(row.city, row.patron_saint, row.exceptions)
    stops = sorted((_stop(stop, at, on, special.patron) for stop in row.stops), key=_when)
    told = stops[0]["hours"] if stops and not row.opening_hours else _hours(row.opening_hours, at, on, special)
    live = None
    if row.unit_expires_at is not None and row.unit_expires_at > at:
        live = {
            "latitude": row.unit_latitude,
            "longitude": row.unit_longitude,
            "until": row.unit_expires_at.isoformat(),
            "map_url": MAP_AT.format(latitude=row.unit_latitude, longitude=row.unit_longitude),
        }
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
        hours=told,
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
        map_url=_map(row.address, row.latitude, row.longitude),
        one_stop_shop=row.one_stop_shop,
        contactable=bool(row.address or details.phones or stops or live),
        stale=is_stale(details.categories, row.verified_on, row.source_date, today),
        appointment_only=row.appointment_only,
        required_documents=tuple(row.required_documents),
        accessibility=row.accessibility,
        alerts=tuple(_alerts(row.exceptions, today)),
        stops=tuple(stops[:STOPS_SHOWN]),
        live=live,
        latitude=row.latitude,
        longitude=row.longitude,
    )


def special_days(city: str, patron_saint: Optional[str], exceptions: Iterable[dict[str, Any]]) -> Special:
    """What `hours` needs to know beside the text: the city's patron saint and the entry's exceptions (as stored)."""
    return Special(
        patron_saint or (CITIES[city].patron if city in CITIES else None),
        tuple(
            (
                date.fromisoformat(one["first"]),
                date.fromisoformat(one["last"]) if one.get("last") else None,
                one.get("hours", "off"),
            )
            for one in exceptions
        ),
    )


def special_days_of(sessions: SessionFactory, city: str, key: str) -> Special:
    """`special_days` of an entry as it is now; of the city alone where there is no such entry."""
    entry = select(Service.exceptions).where(Service.city == city, Service.key == key)
    with sessions() as session:
        exceptions = session.execute(entry).scalar()
        patron = session.execute(select(CatalogueSheet.patron_saint).where(CatalogueSheet.city == city)).scalar()
    return special_days(city, patron, exceptions or ())


def _hours(text: Optional[str], at: datetime, on: Optional[date], special: Special) -> dict[str, Any]:
    status = hours.status(text, at, special)
    asked = None
    if on and status.state in ("open", "closed"):
        spans = hours.clock_times(text or hours.NOTHING_KNOWN, on, special)
        asked = {"date": on.isoformat(), "spans": [list(span) for span in spans]}
    return {
        "state": status.state,
        "until": status.until.isoformat() if status.until else None,
        "next_opening": status.next_opening.isoformat() if status.next_opening else None,
        "today": [list(span) for span in status.today],
        "days": list(status.days),
        "asked": asked,
    }


def _stop(stop: dict[str, Any], at: datetime, on: Optional[date], patron: Optional[str]) -> dict[str, Any]:
    url = _map(stop["place"], stop.get("latitude"), stop.get("longitude"))
    return {"place": stop["place"], "hours": _hours(stop["hours"], at, on, Special(patron)), "map_url": url}


def _when(stop: dict[str, Any]) -> tuple[bool, bool, str]:
    """Stops in order: on the day that was asked about, open now, then the next one."""
    asked = stop["hours"]["asked"]
    return (
        asked is not None and not asked["spans"],
        stop["hours"]["state"] not in ("open", "always"),
        stop["hours"]["next_opening"] or "9999",
    )


def _alerts(exceptions: Iterable[dict[str, Any]], today: date) -> Iterable[dict[str, Any]]:
    for one in exceptions:
        over = one.get("last") and date.fromisoformat(one["last"]) < today
        if one.get("note") and not over and date.fromisoformat(one["first"]) <= today + ALERT_AHEAD:
            yield {"first": one["first"], "last": one.get("last"), "note": one["note"]}


def _map(address: Optional[str], latitude: Optional[float], longitude: Optional[float]) -> Optional[str]:
    if latitude is not None and longitude is not None:
        return MAP_AT.format(latitude=latitude, longitude=longitude)
    return MAP + quote(address, safe="") if address else None
