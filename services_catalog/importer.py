"""Data sheets into the database and out again.

An import is one transaction. What was edited in the database after its import is never overwritten: when the sheet has
changed as well, the entry is left alone and reported as a conflict, until both say the same (export, merge, import).
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Optional
from uuid import uuid4

from sqlalchemy import delete, func, insert, select, text, update

from services_catalog import schema
from services_catalog.csv_sheets import csv_of
from services_catalog.models import (
    Attribute,
    CatalogueSheet,
    Language,
    Location,
    Organization,
    Phone,
    Revision,
    Service,
    ServiceAtLocation,
    stable_id,
)
from services_catalog.schema import Entry, Sheet
from services_catalog.sheets import dump_sheet
from storage.clock import Clock
from storage.database import Session, SessionFactory, transaction

Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class ImportReport:
    """What an import did, or would do. Entries are `city/key`; the number of a city's desk is `city/desk_phone`.

    Attributes:
        changed: the fields that differ, by entry.
        conflicts: edited in the database since the last import, and different in the sheet: left as they are.
    """

    added: tuple[str, ...] = ()
    changed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    unchanged: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()

    def __add__(self, other: ImportReport) -> ImportReport:
        return ImportReport(
            self.added + other.added,
            {**self.changed, **other.changed},
            self.unchanged + other.unchanged,
            self.removed + other.removed,
            self.conflicts + other.conflicts,
        )


@dataclass
class _Plan:
    """What an import will do to one city. Entries with their positions."""

    added: list[tuple[int, Entry]] = field(default_factory=list)
    changed: list[tuple[int, Entry]] = field(default_factory=list)
    moved: dict[str, int] = field(default_factory=dict)
    agreed: list[Entry] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)


def load_sheets(
    sessions: SessionFactory,
    sheets: Iterable[Sheet],
    clock: Clock,
    dry_run: bool = False,
    packaged: Optional[Mapping[str, str]] = None,
) -> ImportReport:
    """Make the catalogue of the sheets' cities what the sheets say; other cities stay as they are.

    Args:
        dry_run: only say what would happen.
        packaged: hashes to keep of the files that came with the program, by city.
    """
    if dry_run:
        with sessions() as session:
            return _load(session, sheets, None, {})
    with transaction(sessions) as session:
        one_at_a_time(session)
        return _load(session, sheets, clock(), packaged or {})


def export_sheets(sessions: SessionFactory, folder: Path, as_csv: bool = False) -> list[Path]:
    """Write every city's sheet, `<city>.yml` (or a table of its entries, `<city>.csv`), as the database has it.

    Returns the files.

    Equal catalogues give equal bytes; comments that somebody wrote into a sheet by hand are not kept.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with sessions() as session:
        sheets = [sheet_of(session, city) for city in cities_of(session)]
    files = []
    for sheet in sheets:
        files.append(folder / f"{sheet.city}.{'csv' if as_csv else 'yml'}")
        files[-1].write_text(csv_of(sheet) if as_csv else dump_sheet(sheet), encoding="utf-8", newline="")
    return files


def cities_of(session: Session) -> list[str]:
    """The cities that have a sheet or an entry, `national` among them."""
    found = (select(CatalogueSheet.city), select(Service.city).distinct())
    return sorted({city for query in found for city in session.execute(query).scalars()})


def sheet_of(session: Session, city: str) -> Sheet:
    """A city's sheet as the database has it; the place of what is confidential is left out."""
    known = session.get(CatalogueSheet, city)
    return Sheet.construct(
        city=city,
        desk_phone=known.desk_phone if known else None,
        patron_saint=known.patron_saint if known else None,
        entries=tuple(_entries(session, city).values()),
    )


def packaged_hashes(sessions: SessionFactory) -> dict[str, Optional[str]]:
    """The hashes of the files that came with the program and were loaded, by city."""
    with sessions() as session:
        return dict(session.execute(select(CatalogueSheet.city, CatalogueSheet.packaged_hash)).all())


def entry_id(city: str, key: str) -> str:
    """The id of an entry: the same on every installation."""
    return stable_id("service", city, key)


IMPORT = "import"
"""Who made the revisions of an import."""

ADDED_LATER = (
    "latitude",
    "longitude",
    "confidential",
    "accessibility",
    "appointment_only",
    "exceptions",
    "stops",
    "required_documents",
)
"""Keys that do not count in a hash while they are not used: hashes that were kept before there were any stay right."""


def content_hash(entry: Entry) -> str:
    values = json.loads(entry.json())
    counted = {name: value for name, value in values.items() if value or name not in ADDED_LATER}
    return hashlib.sha256(json.dumps(counted, sort_keys=True).encode()).hexdigest()


def _load(
    session: Session, sheets: Iterable[Sheet], now: Optional[datetime], packaged: Mapping[str, str]
) -> ImportReport:
    """`now` None: nothing is written."""
    added, removed, unchanged, conflicts = [], [], [], []
    changed: dict[str, tuple[str, ...]] = {}
    for sheet in sheets:
        plan = _Plan()
        rows = {row.key: row for row in session.execute(_of_city(sheet.city).with_for_update()).scalars()}
        current = _entries(session, sheet.city)
        for position, entry in enumerate(sheet.entries):
            name, row = f"{sheet.city}/{entry.key}", rows.pop(entry.key, None)
            if row is None:
                plan.added.append((position, entry))
                added.append(name)
                continue
            if row.position != position:
                plan.moved[row.id] = position
            if current[entry.key] == entry:
                unchanged.append(name)
                if row.content_hash != content_hash(entry):
                    plan.agreed.append(entry)
            elif not _edited(row):
                plan.changed.append((position, entry))
                changed[name] = _differences(current[entry.key], entry)
            elif row.content_hash == content_hash(entry):
                unchanged.append(name)  # the sheet is as it was: the edit stands
            else:
                conflicts.append(name)
        for key, row in rows.items():
            if _edited(row):
                conflicts.append(f"{sheet.city}/{key}")
            else:
                plan.removed.append(key)
                removed.append(f"{sheet.city}/{key}")
        known = session.get(CatalogueSheet, sheet.city)
        for name in ("desk_phone", "patron_saint"):
            if known is not None and getattr(known, name) != getattr(sheet, name):
                changed[f"{sheet.city}/{name}"] = (name,)
        if now is not None:
            _note_changes(session, sheet.city, plan, current, now)
            _carry_out(session, sheet, plan, now)
            _note_sheet(session, sheet, known, packaged.get(sheet.city), now)
    if now is not None:
        used = select(Service.organization_id).where(Service.organization_id.is_not(None))
        session.execute(delete(Organization).where(Organization.id.not_in(used)), execution_options=_NO_SYNC)
    return ImportReport(tuple(added), changed, tuple(unchanged), tuple(removed), tuple(conflicts))


_NO_SYNC = {"synchronize_session": False}


def _edited(row: Service) -> bool:
    return row.edited_at is not None and (row.imported_at is None or row.edited_at > row.imported_at)


def _differences(before: Entry, after: Entry) -> tuple[str, ...]:
    return tuple(name for name in Entry.__fields__ if getattr(before, name) != getattr(after, name))


def _carry_out(session: Session, sheet: Sheet, plan: _Plan, now: datetime) -> None:
    replaced = [*plan.removed, *(entry.key for _, entry in plan.changed)]
    ids = [entry_id(sheet.city, key) for key in replaced]
    kept = [entry_id(sheet.city, entry.key) for _, entry in plan.changed if entry.confidential]
    hidden = [entry.key for _, entry in (*plan.added, *plan.changed) if entry.confidential]
    if hidden:
        _forget_places(session, sheet.city, hidden)
    _delete_details(session, ids, kept)
    gone = [entry_id(sheet.city, key) for key in plan.removed]
    session.execute(delete(Service).where(Service.id.in_(gone)), execution_options=_NO_SYNC)
    for id_, position in plan.moved.items():
        session.execute(update(Service).where(Service.id == id_).values(position=position), execution_options=_NO_SYNC)
    for entry in plan.agreed:
        values = {"content_hash": content_hash(entry), "imported_at": now}
        session.execute(
            update(Service).where(Service.id == entry_id(sheet.city, entry.key)).values(**values),
            execution_options=_NO_SYNC,
        )
    _add_organizations(session, [entry for _, entry in (*plan.added, *plan.changed)])
    services = [_service_row(sheet.city, position, entry, now) for position, entry in plan.added]
    if services:
        session.execute(insert(Service), services)
    for position, entry in plan.changed:
        row = _service_row(sheet.city, position, entry, now)
        session.execute(update(Service).where(Service.id == row.pop("id")).values(**row), execution_options=_NO_SYNC)
    details: dict[Any, Rows] = defaultdict(list)
    for _, entry in (*plan.added, *plan.changed):
        for table, rows in _detail_rows(sheet.city, entry).items():
            details[table] += rows
    for table in (Location, ServiceAtLocation, Phone, Language, Attribute):
        if details[table]:
            session.execute(insert(table), details[table])


def put_entry(session: Session, city: str, key: str, entry: Optional[Entry], now: datetime) -> None:
    """Make an entry what an operator says, or take it away (None). It counts as edited after its import.

    A new one comes last in its sheet.
    """
    row = session.execute(select(Service).where(Service.city == city, Service.key == key)).scalar()
    plan = _Plan()
    imported = (row.content_hash, row.imported_at) if row else (None, None)
    if entry is None:
        plan.removed.append(key)
    elif row is not None:
        plan.changed.append((row.position, entry))
    else:
        last = session.execute(select(func.max(Service.position)).where(Service.city == city)).scalar()
        plan.added.append((0 if last is None else last + 1, entry))
    _carry_out(session, Sheet.construct(city=city), plan, now)
    if entry is not None:
        values = {"content_hash": imported[0], "imported_at": imported[1], "edited_at": now}
        query = update(Service).where(Service.id == entry_id(city, key)).values(**values)
        session.execute(query, execution_options=_NO_SYNC)


def _note_changes(session: Session, city: str, plan: _Plan, current: Mapping[str, Entry], now: datetime) -> None:
    """A revision for each entry that an import changes or removes."""
    rows = []
    after = {entry.key: entry for _, entry in plan.changed}
    for key in (*after, *plan.removed):
        rows.append(
            {
                "id": str(uuid4()),
                "city": city,
                "key": key,
                "state": "current" if key in after else "archived",
                "before": json.loads(current[key].json(exclude_none=True)),
                "after": json.loads(after[key].json(exclude_none=True)) if key in after else None,
                "base_hash": content_hash(current[key]),
                "made_by": IMPORT,
                "made_at": now,
            }
        )
    if rows:
        gone = update(Revision).where(Revision.city == city, Revision.key.in_([row["key"] for row in rows]))
        session.execute(gone.where(Revision.state == "current").values(state="archived"), execution_options=_NO_SYNC)
        session.execute(insert(Revision), rows)


PLACE = ("address", "latitude", "longitude", "stops")


def _forget_places(session: Session, city: str, keys: Iterable[str]) -> None:
    """What was public of a place that is confidential now goes from the entries' history too."""
    this = (Revision.city == city, Revision.key.in_(list(keys)))
    for id_, before, after in session.execute(select(Revision.id, Revision.before, Revision.after).where(*this)).all():
        told = {
            name: {key: value for key, value in values.items() if key not in PLACE} if values else None
            for name, values in (("before", before), ("after", after))
        }
        session.execute(update(Revision).where(Revision.id == id_).values(**told), execution_options=_NO_SYNC)


def _delete_details(session: Session, ids: list[str], kept: list[str]) -> None:
    """`kept`: the services whose confidential place, which stands in no sheet, stays as it is."""
    places = (
        select(ServiceAtLocation.location_id)
        .join(Service, Service.id == ServiceAtLocation.service_id)
        .where(Service.id.in_(ids), ~(Service.confidential & Service.id.in_(kept)))
    )
    session.execute(delete(Location).where(Location.id.in_(places)), execution_options=_NO_SYNC)
    for table in (Phone, Language, Attribute):
        session.execute(delete(table).where(table.service_id.in_(ids)), execution_options=_NO_SYNC)


def _add_organizations(session: Session, entries: Iterable[Entry]) -> None:
    names = {_organization_id(entry): entry.organisation for entry in entries if entry.organisation}
    known = set(session.execute(select(Organization.id).where(Organization.id.in_(names))).scalars())
    rows = [{"id": id_, "name": name} for id_, name in names.items() if id_ not in known]
    if rows:
        session.execute(insert(Organization), rows)


def _note_sheet(
    session: Session, sheet: Sheet, known: Optional[CatalogueSheet], packaged_hash: Optional[str], now: datetime
) -> None:
    if known is None:
        known = CatalogueSheet(city=sheet.city)
        session.add(known)
    wanted = {
        "desk_phone": sheet.desk_phone,
        "patron_saint": sheet.patron_saint,
        "packaged_hash": packaged_hash or known.packaged_hash,
    }
    if known.imported_at is None or any(getattr(known, name) != value for name, value in wanted.items()):
        known.imported_at = now
        for name, value in wanted.items():
            setattr(known, name, value)
    session.flush()


def _organization_id(entry: Entry) -> Optional[str]:
    return stable_id("organization", entry.organisation) if entry.organisation else None


def _service_row(city: str, position: int, entry: Entry, now: datetime) -> dict[str, Any]:
    return {
        "id": entry_id(city, entry.key),
        "city": city,
        "key": entry.key,
        "position": position,
        "organization_id": _organization_id(entry),
        "name": entry.name,
        "email": entry.email,
        "url": entry.website,
        "opening_hours": entry.opening_hours,
        "appointment_only": entry.appointment_only,
        "exceptions": [json.loads(one.json(exclude_none=True)) for one in entry.exceptions],
        "stops": [one.dict(exclude_none=True) for one in entry.stops],
        "required_documents": list(entry.required_documents),
        "accessibility": entry.accessibility,
        "confidential": entry.confidential,
        "eligibility_description": entry.who,
        "fees_description": entry.cost,
        "free": entry.free,
        "interpretation_services": entry.languages_note,
        "one_stop_shop": entry.one_stop_shop,
        "notes": entry.notes,
        "source_url": entry.source_url,
        "source_date": entry.source_date,
        "other_sources": list(entry.other_sources),
        "verified_on": entry.verified_on,
        "verified_by": entry.verified_by,
        "content_hash": content_hash(entry),
        "imported_at": now,
        "edited_at": None,
    }


def _detail_rows(city: str, entry: Entry) -> dict[Any, Rows]:
    service = entry_id(city, entry.key)

    def row(kind: str, name: str, **values: Any) -> dict[str, Any]:
        return {"id": stable_id(kind, city, entry.key, name), "service_id": service, **values}

    rows: dict[Any, Rows] = {
        Phone: [
            row("phone", str(n), position=n, number=phone.number, description=phone.description)
            for n, phone in enumerate(entry.phones)
        ],
        Language: [row("language", code, position=n, code=code) for n, code in enumerate(entry.languages)],
        Attribute: [
            row("attribute", f"{kind}:{term}", link_type=kind, position=n, term=term)
            for kind, terms in (("category", entry.services), ("eligibility", entry.eligibility))
            for n, term in enumerate(terms)
        ],
    }
    if entry.address or entry.latitude is not None:
        location = stable_id("location", city, entry.key)
        place = {"address": entry.address, "latitude": entry.latitude, "longitude": entry.longitude}
        rows[Location] = [{"id": location, **place}]
        rows[ServiceAtLocation] = [row("service_at_location", "0", location_id=location)]
    return rows


def _of_city(city: str) -> Any:
    return select(Service).where(Service.city == city).order_by(Service.position, Service.key)


def _entries(session: Session, city: str) -> dict[str, Entry]:
    """The entries of a city as the database has them, by key, in the order of the sheet."""
    return {row.key: entry for row, entry in stored_entries(session, _of_city(city), Service.city == city)}


def stored_entries(session: Session, query: Any, *same: Any) -> list[tuple[Service, Entry]]:
    """Rows and entries, in the query's order; the place of what is confidential is left out.

    Args:
        query: selects `Service`.
        same: conditions on `Service` that all of those fulfil; what hangs on them is found by it.
    """

    def details(*columns: Any, table: Any) -> dict[str, list[Any]]:
        found = defaultdict(list)
        rows = select(table.service_id, *columns).join(Service, Service.id == table.service_id).where(*same)
        for service_id, *values in session.execute(rows.order_by(table.position)):
            found[service_id].append(values)
        return found

    places = {
        service: where
        for service, *where in session.execute(
            select(ServiceAtLocation.service_id, Location.address, Location.latitude, Location.longitude)
            .join(Location, Location.id == ServiceAtLocation.location_id)
            .join(Service, Service.id == ServiceAtLocation.service_id)
            .where(*same, ~Service.confidential)
        )
    }
    owners = select(Service.organization_id, Organization.name).join(Organization).where(*same)
    organizations = dict(session.execute(owners).all())
    phones = details(Phone.number, Phone.description, table=Phone)
    languages = details(Language.code, table=Language)
    terms = details(Attribute.link_type, Attribute.term, table=Attribute)
    return [
        (row, _entry(row, organizations, places, phones, languages, terms)) for row in session.execute(query).scalars()
    ]


def _entry(row: Service, organizations: Any, places: Any, phones: Any, languages: Any, terms: Any) -> Entry:
    address, latitude, longitude = places.get(row.id, _NOWHERE)
    return Entry.construct(
        key=row.key,
        name=row.name,
        organisation=organizations.get(row.organization_id),
        services=tuple(term for kind, term in terms[row.id] if kind == "category"),
        address=address,
        latitude=latitude,
        longitude=longitude,
        confidential=row.confidential,
        accessibility=row.accessibility,
        phones=tuple(_phone(*values) for values in phones[row.id]),
        email=row.email,
        website=row.url,
        opening_hours=row.opening_hours,
        appointment_only=row.appointment_only,
        exceptions=tuple(map(schema.HoursException.parse_obj, row.exceptions)),
        stops=tuple(map(schema.Stop.parse_obj, row.stops)),
        who=row.eligibility_description,
        required_documents=tuple(row.required_documents),
        cost=row.fees_description,
        free=row.free,
        languages=tuple(code for (code,) in languages[row.id]),
        languages_note=row.interpretation_services,
        eligibility=tuple(term for kind, term in terms[row.id] if kind == "eligibility"),
        one_stop_shop=row.one_stop_shop,
        notes=row.notes,
        source_url=row.source_url,
        source_date=row.source_date,
        other_sources=tuple(row.other_sources),
        verified_on=row.verified_on,
        verified_by=row.verified_by,
    )


_NOWHERE = (None, None, None)


def _phone(number: str, description: Optional[str]) -> Any:
    return schema.Phone.construct(number=number, description=description)


def one_at_a_time(session: Session) -> None:
    """Two imports at once go one after the other (SQLite's write lock, taken by `transaction`, does it there)."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("LOCK TABLE catalogue_sheet IN SHARE ROW EXCLUSIVE MODE"))
