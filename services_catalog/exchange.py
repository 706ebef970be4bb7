"""Many entries of a city at once, for operators: a file in, looked at as a diff, then all of it or nothing; and files out.

What is taken in counts as edited by the operator, with a revision for each entry, so that it can be undone one by one. A table
changes and adds; a sheet is the whole city: what it does not name goes.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional

from services_catalog.csv_sheets import csv_of, read_csv
from services_catalog.hsds import PROFILE, VERSION
from services_catalog.hsds.records import service_record
from services_catalog.importer import one_at_a_time, sheet_of
from services_catalog.lint import Finding, InvalidSheets, read_sheets
from services_catalog.models import CatalogueSheet
from services_catalog.revisions import Editor, Outdated, differing, plain, publish_all
from services_catalog.schema import Entry, Sheet
from services_catalog.sheets import dump_sheet
from storage.clock import Clock
from storage.database import Session, SessionFactory, transaction

FORMS = {"csv": "text/csv; charset=utf-8", "yml": "application/yaml; charset=utf-8", "json": "application/json"}
"""What can be taken out, with the media types: a table, a sheet, HSDS."""


@dataclass(frozen=True)
class Difference:
    """One entry that a file changes. `kind`: added, changed or removed; `fields`: old and new value, of those that differ."""

    key: str
    name: str
    kind: str
    fields: dict[str, tuple[Any, Any]]
    before: Optional[Entry]
    after: Optional[Entry]


@dataclass(frozen=True)
class BulkEdit:
    """What a file would do. `base`: of the catalogue that it was compared with; `desk`: old and new of what is the city's own."""

    city: str
    base: str
    differences: tuple[Difference, ...]
    desk: dict[str, tuple[Any, Any]]
    sheet: Sheet


def read_upload(sessions: SessionFactory, city: str, name: str, content: bytes) -> BulkEdit:
    """Compare a file with the catalogue; nothing is written.

    Args:
        name: the file's; its ending says what it is, `.csv`, `.yml` or `.yaml`.

    Raises:
        InvalidSheets: everything that is wrong, with its line.
    """
    ending = Path(name).suffix.lower()
    if ending not in (".csv", ".yml", ".yaml"):
        raise InvalidSheets([Finding(Path(name), 1, "FORM", "no table and no sheet", "Give a .csv or a .yml file.")])
    with sessions() as session:
        current = sheet_of(session, city)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f"{city}{'.csv' if ending == '.csv' else '.yml'}"
        file.write_bytes(content)
        sheet = read_csv(file, current) if ending == ".csv" else read_sheets(file)[0]
    return BulkEdit(city, _base(current), tuple(_differences(current, sheet)), _desk(current, sheet), sheet)


def carry_out(sessions: SessionFactory, clock: Clock, editor: Editor, edit: BulkEdit, base: str) -> int:
    """Make the catalogue what the file says. Returns how many entries changed.

    Args:
        base: of the diff that the editor saw.

    Raises:
        NotAllowed: not of the city, or who may only propose.
        Outdated: the catalogue is not any more what the diff was made from.
    """
    with transaction(sessions) as session:
        one_at_a_time(session)
        if not _base(sheet_of(session, edit.city)) == edit.base == base:
            raise Outdated(edit.city)
        changes = [(one.key, one.before, one.after) for one in edit.differences]
        publish_all(session, editor, edit.city, changes, clock())
        if edit.desk:
            _write_desk(session, edit, clock)
    return len(edit.differences)


def file_of(sessions: SessionFactory, city: str, form: str) -> str:
    """A city's entries as a file; `form`: of `FORMS`. The place of what is confidential is in none."""
    with sessions() as session:
        sheet = sheet_of(session, city)
    if form == "csv":
        return csv_of(sheet)
    if form == "yml":
        return dump_sheet(sheet)
    records = [service_record(city, position, entry) for position, entry in enumerate(sheet.entries)]
    document = {"version": VERSION, "profile": PROFILE, "contents": records}
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def _base(sheet: Sheet) -> str:
    return hashlib.sha256(dump_sheet(sheet).encode()).hexdigest()


def _desk(current: Sheet, sheet: Sheet) -> dict[str, tuple[Any, Any]]:
    names = ("desk_phone", "patron_saint")
    return {
        name: (getattr(current, name), getattr(sheet, name))
        for name in names
        if getattr(current, name) != getattr(sheet, name)
    }


def _write_desk(session: Session, edit: BulkEdit, clock: Clock) -> None:
    known = session.get(CatalogueSheet, edit.city)
    if known is None:
        known = CatalogueSheet(city=edit.city, imported_at=clock())
        session.add(known)
    for name, (_, value) in edit.desk.items():
        setattr(known, name, value)


def _differences(current: Sheet, sheet: Sheet) -> list[Difference]:
    old = {entry.key: entry for entry in current.entries}
    new = {entry.key: entry for entry in sheet.entries}
    found = []
    for key, after in new.items():
        before = old.get(key)
        fields = _fields(before, after)
        if before is None or fields:
            found.append(Difference(key, after.name, "changed" if before else "added", fields, before, after))
    gone = [entry for key, entry in old.items() if key not in new]
    return found + [Difference(one.key, one.name, "removed", {}, one, None) for one in gone]


def _fields(before: Optional[Entry], after: Entry) -> dict[str, tuple[Any, Any]]:
    told = differing(plain(before) or {}, plain(after) or {})
    return {name: (old, new) for name, (old, new) in told.items() if name != "key" and (before or new)}
