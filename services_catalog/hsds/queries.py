"""What the HSDS API asks the database: pages of records, filtered by everything that is given at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Optional

from sqlalchemy import exists, func, or_, select

from services_catalog.hsds import UNNAMED
from services_catalog.hsds.records import BY_ID, TAXONOMIES, Record, service_record
from services_catalog.importer import stored_entries
from services_catalog.models import Attribute, Organization, Service, ServiceAtLocation, stable_id
from storage.database import Session

ONE_TO_ONE = {"organization"}
"""Nested objects that stay in lists that are not `full`."""


@dataclass(frozen=True)
class Filters:
    """All are combined with AND; None: not asked for. `city` is ours, the rest is the standard's."""

    search: Optional[str] = None
    taxonomy_term_id: Optional[str] = None
    taxonomy_id: Optional[str] = None
    organization_id: Optional[str] = None
    modified_after: Optional[datetime] = None
    city: Optional[str] = None


_MODIFIED = func.coalesce(Service.edited_at, Service.imported_at)
_ORDER = (Service.city, Service.position, Service.key)


def _conditions(filters: Filters) -> list[Any]:
    found: list[Any] = []
    if filters.city is not None:
        found.append(Service.city == filters.city)
    if filters.search is not None:
        owner = exists().where(Organization.id == Service.organization_id, _like(Organization.name, filters.search))
        texts = (Service.name, Service.notes, Service.eligibility_description)
        found.append(or_(owner, *(_like(text, filters.search) for text in texts)))
    if filters.organization_id is not None:
        unnamed = filters.organization_id == stable_id("organization", UNNAMED)
        found.append(
            Service.organization_id.is_(None) if unnamed else Service.organization_id == filters.organization_id
        )
    if filters.modified_after is not None:
        found.append(filters.modified_after < _MODIFIED)
    if filters.taxonomy_term_id is not None:
        found.append(_has(*BY_ID.get(filters.taxonomy_term_id, ("", ""))))
    if filters.taxonomy_id is not None:
        kind = next((kind for kind in TAXONOMIES if stable_id("taxonomy", kind) == filters.taxonomy_id), "")
        found.append(_has(kind))
    return found


def _like(text: Any, words: str) -> Any:
    return func.lower(text).contains(words.lower(), autoescape=True)


def _has(kind: str, code: Optional[str] = None) -> Any:
    of_code = [] if code is None else [Attribute.term == code]
    return exists().where(Attribute.service_id == Service.id, Attribute.link_type == kind, *of_code)


def services(session: Session, filters: Filters, offset: int, limit: int) -> tuple[int, list[Record]]:
    """How many there are, and the full records of one page of them."""
    return _page(session, _conditions(filters), offset, limit)


def service(session: Session, id_: str) -> Optional[Record]:
    _, found = _page(session, [Service.id == id_], 0, 1)
    return found[0] if found else None


def _page(session: Session, conditions: list[Any], offset: int, limit: int) -> tuple[int, list[Record]]:
    total = session.execute(select(func.count()).select_from(Service).where(*conditions)).scalar_one()
    page = select(Service.id).where(*conditions).order_by(*_ORDER).offset(offset).limit(limit)
    ids = session.execute(page).scalars().all()
    among = Service.id.in_(ids)
    found = stored_entries(session, select(Service).where(among).order_by(*_ORDER), among)
    return total, [_record(row, entry) for row, entry in found]


def _record(row: Service, entry: Any) -> Record:
    modified = row.edited_at or row.imported_at
    told = {} if modified is None else {"last_modified": modified.isoformat(timespec="milliseconds")}
    return {**service_record(row.city, row.position, entry), **told}


def direct(record: Record) -> Record:
    """A record's own fields and one-to-one objects, as lists have them."""
    return {name: value for name, value in record.items() if not isinstance(value, list) or name in ONE_TO_ONE}


def minimal(record: Record) -> Record:
    """Id and last change alone."""
    return {name: record[name] for name in ("id", "last_modified") if name in record}


def organizations(session: Session, search: Optional[str], offset: int, limit: int) -> tuple[int, list[Record]]:
    """A page of the organisations by name; the one that stands for "not named" is the last of all."""
    conditions = [] if search is None else [_like(Organization.name, search)]
    total = session.execute(select(func.count()).select_from(Organization).where(*conditions)).scalar_one()
    names = select(Organization.name).where(*conditions).order_by(Organization.name).offset(offset).limit(limit)
    found = list(session.execute(names).scalars())
    nobody = session.execute(select(exists().where(Service.organization_id.is_(None)))).scalar_one()
    if nobody and (search is None or search.lower() in UNNAMED.lower()):
        if offset <= total < offset + limit:
            found.append(UNNAMED)
        total += 1
    return total, [_organization(name) for name in found]


def organization(session: Session, id_: str) -> Optional[Record]:
    if id_ == stable_id("organization", UNNAMED):
        return _organization(UNNAMED)
    name = session.execute(select(Organization.name).where(Organization.id == id_)).scalar()
    return None if name is None else _organization(name)


def _organization(name: str) -> Record:
    return {"id": stable_id("organization", name), "name": name, "description": name}


_HAS_PLACE = or_(
    exists().where(ServiceAtLocation.service_id == Service.id), Service.confidential, Service.accessibility.is_not(None)
)


def service_at_locations(session: Session, filters: Filters, offset: int, limit: int) -> tuple[int, list[Record]]:
    """A page of the places where services are; of a confidential one only that there is one."""
    total, found = _page(session, [*_conditions(filters), _HAS_PLACE], offset, limit)
    return total, [_place(record) for record in found]


def service_at_location(session: Session, id_: str) -> Optional[Record]:
    """By its id, which is that of the row where there is one; of a confidential place the one that it is told under."""
    of = session.execute(select(ServiceAtLocation.service_id).where(ServiceAtLocation.id == id_)).scalar()
    hidden = select(Service).where(or_(Service.confidential, Service.accessibility.is_not(None)))
    candidates = [of] if of else [row.id for row in session.execute(hidden).scalars()]
    for candidate in candidates:
        record = service(session, candidate)
        if record and any(place["id"] == id_ for place in record.get("service_at_locations", ())):
            return _place(record)
    return None


def _place(record: Record) -> Record:
    return {**record["service_at_locations"][0], "service_id": record["id"]}
