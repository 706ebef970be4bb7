"""Entries as a table, for whoever edits many at once in a spreadsheet, or has a list of their own.

One row an entry, columns named as the keys of a sheet. Several values in a cell stand on lines of their own; a phone's note
follows in brackets; exceptions and stops are JSON. A column that is not there leaves what is known as it is, an empty cell
takes it away. Rows change or add entries; entries without a row stay. Written with a byte-order mark, which Excel needs.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Optional

from pydantic import ValidationError

from services_catalog.lint.finding import Finding, InvalidSheets
from services_catalog.schema import SHEET_CITIES, Entry, Sheet, nearest
from services_catalog.sheets import MAX_BYTES

COLUMNS = tuple(Entry.__fields__)
LISTS = ("services", "phones", "required_documents", "languages", "eligibility", "other_sources")
AS_JSON = ("exceptions", "stops")
FLAGS = {"true": True, "sì": True, "si": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
BOOLEANS = ("confidential", "appointment_only", "one_stop_shop", "free")
NUMBERS = ("latitude", "longitude")
FORMULA = ("=", "@", "\t", "\r")

_PHONE = re.compile(r"([^()]*\d[^()]*?)\s*\(([^()]+)\)")


def csv_of(sheet: Sheet) -> str:
    """A city's entries as a table."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for entry in sheet.entries:
        writer.writerow([_cell(name, getattr(entry, name)) for name in COLUMNS])
    return "\ufeff" + out.getvalue()


def _cell(name: str, value: Any) -> str:
    if value is None or value == ():
        return ""
    if name in AS_JSON:
        return json.dumps([json.loads(one.json(exclude_none=True)) for one in value], ensure_ascii=False)
    if name in LISTS:
        return "\n".join(str(one) for one in value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def read_csv(file: Path, current: Sheet) -> Sheet:
    """The sheet that comes out when a table's rows change the entries of `current`.

    Raises:
        InvalidSheets: everything that is wrong, with its line.
    """
    found: list[Finding] = []

    def wrong(line: int, code: str, message: str, remedy: str) -> None:
        found.append(Finding(file, line, code, message, remedy))

    rows, header = _rows(file, wrong)
    entries = {entry.key: entry for entry in current.entries}
    seen: dict[str, int] = {}
    for line, row in rows:
        key = (row.get("key") or "").strip()
        if key in seen:
            wrong(line, "KEY", f"the key “{key}” stands already at line {seen[key]}", "Make one row of both.")
            continue
        seen[key] = line
        known = entries.get(key)
        values: dict[str, Any] = json.loads(known.json(exclude_none=True)) if known else {}
        for name in header:
            try:
                value = _value(name, row.get(name) or "")
            except ValueError as error:
                wrong(line, "CSV", f"{key}.{name}: {error}", "See docs/catalogue.md for what a cell may hold.")
                continue
            values.pop(name, None)
            if value is not None:
                values[name] = value
        try:
            entries[key] = Entry.parse_obj(values)
        except ValidationError as error:
            for one in error.errors():
                name = ".".join(str(step) for step in one["loc"] if step != "__root__")
                wrong(line, "SCHEMA", f"{key}.{name}: {one['msg']}", "Correct the cell.")
    if found:
        raise InvalidSheets(sorted(found))
    return current.copy(update={"entries": tuple(entries.values())})


def city_of(file: Path) -> Optional[str]:
    """The city that a table is named after, `latina.csv`; None when it is named after none."""
    return file.stem if file.stem in SHEET_CITIES else None


def _rows(file: Path, wrong: Any) -> tuple[list[tuple[int, dict[str, str]]], list[str]]:
    content = file.read_bytes()
    if len(content) > MAX_BYTES:
        wrong(1, "CSV", f"larger than {MAX_BYTES // 1_000_000} MB", "Split it by city.")
        return [], []
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        wrong(line, "CSV", "not written in UTF-8", "Save it as “CSV UTF-8”.")
        return [], []
    first = text.split("\n", 1)[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=";" if first.count(";") > first.count(",") else ",")
    try:
        table = [(reader.line_num, row) for row in reader]
    except csv.Error as error:
        wrong(reader.line_num, "CSV", f"not readable: {error}", "Save it as “CSV UTF-8” again.")
        return [], []
    header = [name.strip() for name in table[0][1]] if table else []
    for name in header:
        if name not in COLUMNS:
            wrong(1, "CSV", f"“{name}” is no column", f"Nearest: {nearest(name or 'name', COLUMNS)}.")
    if "key" not in header:
        wrong(1, "CSV", "no column key", "Add it: it says which entry a row is about.")
        return [], []
    rows = []
    for line, row in table[1:]:
        if not any(cell.strip() for cell in row):
            continue
        if len(row) > len(header):
            wrong(line, "CSV", f"{len(row)} cells, but {len(header)} columns", "Put cells with commas in quotes.")
            continue
        for name, cell in zip(header, row, strict=False):
            if cell.startswith(FORMULA):
                wrong(line, "CSV", f"{name} begins like a formula", "Write the text that the formula gives.")
        rows.append((line, dict(zip(header, row, strict=False))))
    return rows, [name for name in header if name in COLUMNS]


def _value(name: str, cell: str) -> Any:
    text = cell.strip()
    if not text:
        return None
    if name in AS_JSON:
        try:
            return json.loads(text)
        except (ValueError, RecursionError) as error:
            raise ValueError("no JSON") from error
    if name in LISTS:
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        return [read_phone(line) for line in lines] if name == "phones" else lines
    if name in BOOLEANS:
        if text.lower() not in FLAGS:
            raise ValueError(f"“{text}” is neither yes nor no")
        return FLAGS[text.lower()]
    if name in NUMBERS:
        return float(text.replace(",", "."))
    return text


def read_phone(line: str) -> Mapping[str, str]:
    """A number, and what follows in brackets as its note."""
    match = _PHONE.fullmatch(line)
    return {"number": match[1], "description": match[2]} if match else {"number": line}
