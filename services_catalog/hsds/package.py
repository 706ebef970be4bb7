"""HSDS as files: `json/services.json` with nested services, and `tabular/`, a Tabular Data Package of CSV tables.

Equal catalogues give equal bytes, so that export, import and export again give the same files.
"""

from __future__ import annotations

import csv
import io
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional

from pydantic import ValidationError

from services_catalog.hsds import PROFILE, VERSION
from services_catalog.hsds.records import Record, entry_values, service_record, taxonomies, taxonomy_terms
from services_catalog.importer import cities_of, sheet_of
from services_catalog.lint.finding import CatalogueError
from services_catalog.schema import SHEET_CITIES, Sheet
from storage.database import Session, SessionFactory

JSON_FILE = Path("json/services.json")
TABULAR = Path("tabular")

COLUMNS: dict[str, tuple[str, ...]] = {
    "organizations": ("id", "name", "description"),
    "services": (
        "id",
        "organization_id",
        "name",
        "status",
        "description",
        "url",
        "email",
        "interpretation_services",
        "application_process",
        "fees_description",
        "eligibility_description",
        "assured_date",
        "alert",
        "x_lgnet",
    ),
    "phones": ("id", "service_id", "number", "type", "description"),
    "schedules": ("id", "service_id", "freq", "byday", "opens_at", "closes_at", "description", "notes"),
    "languages": ("id", "service_id", "code"),
    "required_documents": ("id", "service_id", "document"),
    "cost_options": ("id", "service_id", "option", "amount", "currency"),
    "service_at_location": ("id", "service_id", "location_id"),
    "locations": ("id", "location_type", "name", "latitude", "longitude"),
    "addresses": (
        "id",
        "location_id",
        "address_1",
        "city",
        "region",
        "state_province",
        "postal_code",
        "country",
        "address_type",
    ),
    "accessibility": ("id", "location_id", "description"),
    "attributes": ("id", "link_id", "link_entity", "link_type", "taxonomy_term_id"),
    "taxonomies": ("id", "name", "description"),
    "taxonomy_terms": ("id", "code", "name", "description", "language", "taxonomy", "taxonomy_id"),
}
"""The tables and columns that we write, named and ordered as in the standard; `x_lgnet` is JSON in one cell."""

TYPES = {"latitude": "number", "longitude": "number", "amount": "number", "assured_date": "date", "x_lgnet": "object"}
LISTS = ("phones", "schedules", "languages", "required_documents", "cost_options")
"""What hangs on a service and has its own table with `service_id`."""

FORMULA = ("=", "@", "\t", "\r")
"""How a cell begins that a spreadsheet would run (https://owasp.org/www-community/attacks/CSV_Injection); + is for phones."""

Tables = dict[str, list[dict[str, Any]]]


class InvalidPackage(CatalogueError):
    """Files that are no package, or records that cannot be entries. `problems`: all of them, each with its file."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__(f"{len(problems)} errors; the first one: {problems[0]}")
        self.problems = problems


@dataclass(frozen=True)
class Package:
    """What was read: sheets by city, and what of the records has no place in a sheet."""

    sheets: tuple[Sheet, ...]
    left_out: tuple[str, ...]


def export_hsds(sessions: SessionFactory, folder: Path) -> list[Path]:
    """Write both forms of the whole catalogue. Returns the files."""
    with sessions() as session:
        records, about = _records(session)
    files = [folder / JSON_FILE]
    files[0].parent.mkdir(parents=True, exist_ok=True)
    document = {"version": VERSION, "profile": PROFILE, "x_lgnet": {"sheets": about}, "contents": records}
    files[0].write_text(_json(document), encoding="utf-8")
    (folder / TABULAR).mkdir(exist_ok=True)
    tables = to_tables(records)
    for name, table in tables.items():
        files.append(folder / TABULAR / f"{name}.csv")
        files[-1].write_text(_csv(COLUMNS[name], table), encoding="utf-8", newline="")
    files.append(folder / TABULAR / "datapackage.json")
    files[-1].write_text(_json(_datapackage(about)), encoding="utf-8")
    return files


def _records(session: Session) -> tuple[list[Record], dict[str, dict[str, Any]]]:
    records, about = [], {}
    for city in cities_of(session):
        sheet = sheet_of(session, city)
        about[city] = {"desk_phone": sheet.desk_phone, "patron_saint": sheet.patron_saint}
        records += [service_record(city, number, entry) for number, entry in enumerate(sheet.entries)]
    return records, about


def to_tables(records: Iterable[Record]) -> Tables:
    """Nested services as the rows of the standard's tables; parents are told by their id."""
    tables: Tables = {name: [] for name in COLUMNS}
    organizations: dict[str, Record] = {}
    for record in records:
        owner = record["organization"]
        organizations[owner["id"]] = owner
        tables["services"].append({**record, "organization_id": owner["id"]})
        for name in LISTS:
            tables[name] += [{**row, "service_id": record["id"]} for row in record.get(name, ())]
        for attribute in record.get("attributes", ()):
            term = attribute["taxonomy_term"]["id"]
            tables["attributes"].append(
                {**attribute, "link_id": record["id"], "link_entity": "service", "taxonomy_term_id": term}
            )
        for place in record.get("service_at_locations", ()):
            location = place["location"]
            tables["service_at_location"].append(
                {"id": place["id"], "service_id": record["id"], "location_id": location["id"]}
            )
            tables["locations"].append(location)
            for name in ("addresses", "accessibility"):
                tables[name] += [{**row, "location_id": location["id"]} for row in location.get(name, ())]
    tables["organizations"] = sorted(organizations.values(), key=lambda one: str(one["name"]))
    tables["taxonomies"], tables["taxonomy_terms"] = taxonomies(), taxonomy_terms()
    return tables


def from_tables(tables: Mapping[str, list[dict[str, Any]]]) -> tuple[list[Record], list[str]]:
    """The nested services of a package's tables, and every reference that leads nowhere."""
    problems: list[str] = []
    by_id = {name: {row.get("id"): row for row in tables.get(name, ())} for name in COLUMNS}

    def children(name: str, parent: str) -> dict[Any, list[Record]]:
        found: dict[Any, list[Record]] = defaultdict(list)
        for row in tables.get(name, ()):
            found[row.get(parent)].append(row)
        return found

    lists = {name: children(name, "service_id") for name in LISTS}
    attributes, places = children("attributes", "link_id"), children("service_at_location", "service_id")
    addresses, access = children("addresses", "location_id"), children("accessibility", "location_id")
    records = []
    for row in tables.get("services", ()):
        record = {**row, "organization": by_id["organizations"].get(row.get("organization_id"))}
        if record["organization"] is None:
            problems.append(f"services.csv: {row.get('id')}: no organization {row.get('organization_id')}")
        for name in LISTS:
            record[name] = lists[name].get(row["id"], [])
        record["attributes"] = [
            {**one, "taxonomy_term": by_id["taxonomy_terms"].get(one.get("taxonomy_term_id"), {})}
            for one in attributes.get(row["id"], [])
        ]
        record["service_at_locations"] = []
        for place in places.get(row["id"], []):
            location = by_id["locations"].get(place.get("location_id"))
            if location is None:
                problems.append(f"service_at_location.csv: {place.get('id')}: no location {place.get('location_id')}")
                continue
            nested = {
                **location,
                "addresses": addresses.get(location["id"]),
                "accessibility": access.get(location["id"]),
            }
            record["service_at_locations"].append({**place, "location": nested})
        records.append(record)
    for name in (*LISTS, "service_at_location"):
        problems += [
            f"{name}.csv: {row.get('id')}: no service {row['service_id']}"
            for row in tables.get(name, ())
            if row.get("service_id") and row["service_id"] not in by_id["services"]
        ]
    return records, problems


def read_hsds(path: Path, city: Optional[str] = None, source_url: Optional[str] = None) -> Package:
    """The sheets of a package: a folder with `json/services.json`, with the tables, or a JSON file of services.

    Args:
        city: of records that do not say theirs.
        source_url: the page to name as the source of records that name none.

    Raises:
        InvalidPackage: a file that cannot be read, a reference that leads nowhere, a record that can be no entry.
    """
    records, about = _read(path)
    problems: list[str] = []
    left_out: list[str] = []
    entries: dict[str, list[tuple[int, dict[str, Any]]]] = defaultdict(list)
    for number, record in enumerate(records):
        own = record.get("x_lgnet") or {}
        of = own.get("city") or city
        if of not in SHEET_CITIES:
            problems.append(f"{record.get('id')}: of which city? Say so with --city.")
            continue
        values, unsaid = entry_values(record, source_url)
        left_out += [f"{of}/{values.get('key')}: {text}" for text in unsaid]
        entries[of].append((int(own.get("position", number)), values))
    sheets = []
    for of in sorted({*entries, *(about if city is None else ())}):
        found = [values for _, values in sorted(entries[of], key=lambda pair: pair[0])]
        keys = Counter(values.get("key") for values in found)
        problems += [f"{of}/{key}: {times} services of this key" for key, times in keys.items() if times > 1]
        try:
            sheets.append(Sheet.parse_obj({"city": of, **about.get(of, {}), "entries": found}))
        except ValidationError as error:
            problems += [_problem(of, found, one) for one in error.errors()]
    if problems:
        raise InvalidPackage(problems)
    return Package(tuple(sheets), tuple(left_out))


def _problem(city: str, values: list[dict[str, Any]], error: Mapping[str, Any]) -> str:
    place = error["loc"]
    key = values[place[1]].get("key") if len(place) > 1 and isinstance(place[1], int) else ""
    return f"{city}/{key}: {'.'.join(str(step) for step in place[2:])}: {error['msg']}"


def _read(path: Path) -> tuple[list[Record], dict[str, dict[str, Any]]]:
    if path.is_file():
        return _read_json(path)
    if (path / JSON_FILE).is_file():
        return _read_json(path / JSON_FILE)
    for folder in (path, path / TABULAR):
        if (folder / "services.csv").is_file():
            return _read_tables(folder)
    raise InvalidPackage([f"{path}: no {JSON_FILE}, no services.csv, no JSON file of services"])


def _read_json(file: Path) -> tuple[list[Record], dict[str, dict[str, Any]]]:
    document = _load(file)
    own = document.get("x_lgnet") or {} if isinstance(document, dict) else {}
    records = document.get("contents") if isinstance(document, dict) else document
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        raise InvalidPackage([f"{file}: no list of services"])
    return records, own.get("sheets", {})


def _read_tables(folder: Path) -> tuple[list[Record], dict[str, dict[str, Any]]]:
    tables: Tables = {}
    problems: list[str] = []
    for name in COLUMNS:
        file = folder / f"{name}.csv"
        if not file.is_file():
            continue
        tables[name] = []
        try:
            text = file.read_bytes().decode("utf-8-sig")
        except UnicodeDecodeError as error:
            problems.append(f"{file}: not written in UTF-8 ({error.reason} at byte {error.start})")
            continue
        for line, row in enumerate(csv.DictReader(io.StringIO(text, newline="")), start=2):
            problems += [
                f"{file}:{line}: {column} begins like a formula: {value[:20]!r}"
                for column, value in row.items()
                if isinstance(value, str) and value.startswith(FORMULA)
            ]
            try:
                tables[name].append(_typed(row))
            except ValueError as error:
                problems.append(f"{file}:{line}: {error}")
    package = folder / "datapackage.json"
    about = _load(package).get("x_lgnet", {}).get("sheets", {}) if package.is_file() else {}
    if problems:
        raise InvalidPackage(problems)
    records, dangling = from_tables(tables)
    if dangling:
        raise InvalidPackage(dangling)
    return records, about


def _typed(row: Mapping[str, Any]) -> dict[str, Any]:
    typed: dict[str, Any] = {}
    for column, value in row.items():
        if not isinstance(column, str) or isinstance(value, list):
            raise ValueError("more cells than columns")
        if not value:
            continue
        kind = TYPES.get(column)
        typed[column] = json.loads(value) if kind == "object" else float(value) if kind == "number" else value
    return typed


def _load(file: Path) -> Any:
    try:
        return json.loads(file.read_bytes())
    except (ValueError, RecursionError) as error:
        raise InvalidPackage([f"{file}: no JSON: {error}"]) from error


def _csv(columns: tuple[str, ...], table: Iterable[Mapping[str, Any]]) -> str:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")  # RFC 4180
    writer.writerow(columns)
    for row in table:
        writer.writerow([_cell(row.get(column)) for column in columns])
    return out.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    return "" if value is None else value


def _datapackage(about: dict[str, dict[str, Any]]) -> dict[str, Any]:
    return {
        "profile": "tabular-data-package",
        "name": "lgnet-services",
        "version": VERSION,
        "resources": [
            {
                "profile": "tabular-data-resource",
                "name": name,
                "path": f"{name}.csv",
                "encoding": "utf-8",
                "schema": {
                    "primaryKey": "id",
                    "fields": [{"name": column, "type": TYPES.get(column, "string")} for column in columns],
                },
            }
            for name, columns in COLUMNS.items()
        ],
        "x_lgnet": {"sheets": about},
    }


def _json(document: Any) -> str:
    return json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
