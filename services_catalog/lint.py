"""Every error of every data sheet, with file, line and remedy. Nothing stops at the first one.

[YAML] no YAML, or not UTF-8 · [CITY] the file is named after no city · [SCHEMA] a key missing, unknown, or of the wrong
kind · [SERVICE] no service of the vocabulary · [HOURS] impossible opening hours · [PHONE] no phone number · [SOURCE] no
page that the facts come from, or no date · [KEY] a key twice in one sheet
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional, Union

from pydantic import ValidationError
from ruamel.yaml.comments import CommentedMap, CommentedSeq

from services_catalog.schema import SHEET_CITIES, Entry, Phone, Sheet, nearest
from services_catalog.sheets import UnreadableSheet, line_of, read_yaml, sheet_files


@dataclass(frozen=True, order=True)
class Finding:
    """One error. `line`: counted from 1; `code`: without brackets; `remedy`: what to do about it."""

    file: Path
    line: int
    code: str
    message: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: [{self.code}] {self.message}. {self.remedy}"


class CatalogueError(Exception):
    """Root of what the catalogue raises."""


class InvalidSheets(CatalogueError):
    """Sheets with errors; nothing of them may be used. `findings`: all of them."""

    def __init__(self, findings: list[Finding]) -> None:
        super().__init__(f"{len(findings)} errors in the sheets; the first one: {findings[0]}")
        self.findings = findings


def lint(path: Path) -> list[Finding]:
    """All errors of a sheet, or of a folder of sheets."""
    files = sheet_files(path)
    if not files:
        return [Finding(path, 1, "CITY", "no data sheet here", "Give a <city>.yml or a folder of them.")]
    return sorted(finding for file in files for finding in _check(file)[1])


def read_sheets(path: Path) -> list[Sheet]:
    """The sheets of a file or folder.

    Raises:
        InvalidSheets: at least one of them has an error.
    """
    sheets = []
    findings = [] if sheet_files(path) else lint(path)
    for file in sheet_files(path):
        sheet, wrong = _check(file)
        findings += wrong
        if sheet is not None:
            sheets.append(sheet)
    if findings:
        raise InvalidSheets(sorted(findings))
    return sheets


def _check(file: Path) -> tuple[Optional[Sheet], list[Finding]]:
    """A sheet and its errors; the sheet only when there are none."""
    findings = list(_check_name(file))
    try:
        data = read_yaml(file.read_bytes())
    except UnreadableSheet as error:
        remedy = "Correct this line; a text with “: ” or “#” in it stands in quotes, indents are spaces."
        return None, [*findings, Finding(file, error.line, "YAML", f"not readable: {error.problem}", remedy)]
    except OSError as error:
        return None, [
            *findings,
            Finding(file, 1, "YAML", f"not readable: {error.strerror}", "Check the file's permissions."),
        ]
    if not isinstance(data, CommentedMap):
        message = "the sheet holds no city, desk_phone and entries"
        return None, [
            *findings,
            Finding(file, 1, "SCHEMA", message, "See city.schema.json, or any other city's sheet."),
        ]
    findings += _check_keys(file, data)
    sheet = None
    try:
        sheet = Sheet.parse_obj(data)
    except ValidationError as error:
        findings += [_finding(file, data, item) for item in error.errors()]
    if file.stem in SHEET_CITIES and data.get("city") in SHEET_CITIES and data["city"] != file.stem:
        message = f"the sheet of {data['city']} in a file named {file.name}"
        findings.append(
            Finding(file, line_of(data, ["city"]), "CITY", message, "Correct the city, or rename the file.")
        )
    return (None if findings else sheet), findings


def _check_name(file: Path) -> Iterator[Finding]:
    if file.stem not in SHEET_CITIES:
        remedy = f"Nearest: {nearest(file.stem, SHEET_CITIES)}.yml; the cities are {', '.join(SHEET_CITIES)}."
        yield Finding(file, 1, "CITY", f"“{file.stem}” is no city of the network", remedy)


def _check_keys(file: Path, data: CommentedMap) -> Iterator[Finding]:
    entries = data.get("entries")
    lines: dict[str, int] = {}
    for number, entry in enumerate(entries if isinstance(entries, CommentedSeq) else ()):
        key = entry.get("key") if isinstance(entry, CommentedMap) else None
        if not isinstance(key, str):
            continue
        line = line_of(data, ["entries", number, "key"])
        if key in lines:
            message = f"the key “{key}” stands already at line {lines[key]}"
            yield Finding(file, line, "KEY", message, "Give this entry a key of its own, or delete the double.")
        lines.setdefault(key, line)


def _finding(file: Path, data: CommentedMap, error: Mapping[str, Any]) -> Finding:
    """A finding from one of pydantic's errors, whose `loc` is the path within the sheet."""
    place = [step for step in error["loc"] if step != "__root__"]
    code, remedy = "SCHEMA", "See city.schema.json for what may stand here."
    kind, context, message = error["type"], error.get("ctx", {}), error["msg"]
    name = str(place[-1]) if place else ""
    where = _named(data, place)
    if kind == "value_error.missing":
        message = f"{name} is missing"
        remedy = f"Add it: {name}: …"
        if name == "source_url":
            code, remedy = "SOURCE", "Give the page that the facts come from: source_url: https://…"
        elif name == "number":
            code = "PHONE"
    elif kind == "value_error.extra":
        message = f"“{name}” is no key of a sheet"
        remedy = f"Nearest: {nearest(name, _keys_at(place))}."
    elif kind == "value_error.service":
        code, remedy = "SERVICE", f"Nearest: {context['nearest']}."
    elif kind == "value_error.hours":
        code, remedy = "HOURS", _sentence(context["remedy"])
    elif kind == "value_error.phone":
        code, remedy = (
            "PHONE",
            "Write it as it is dialled in Italy, in quotes: '0773 6553204'; a note goes under description.",
        )
    elif kind == "value_error.source":
        code, remedy = "SOURCE", _sentence(context["remedy"])
    elif place and place[0] == "city" and len(place) == 1:
        code, remedy = "CITY", f"One of {', '.join(SHEET_CITIES)}."
    elif kind == "type_error.none.not_allowed":
        message, remedy = f"{name} is empty", "Fill it in, or leave the key out."
        code = "SOURCE" if name == "source_url" else code
    elif kind == "value_error.str.regex" and name == "key":
        message, remedy = (
            "the key has other signs than small letters, digits and dashes",
            "Write it like mensa-caritas-di-via-roma.",
        )
    elif name in ("source_url", "source_date") or "other_sources" in place:
        code = "SOURCE"
    elif name in ("opening_hours", "phones"):
        code = {"opening_hours": "HOURS", "phones": "PHONE"}[name]
    return Finding(file, line_of(data, place), code, f"{where}{message}", remedy)


def _keys_at(place: list[Union[str, int]]) -> tuple[str, ...]:
    model = Sheet if len(place) == 1 else Phone if "phones" in place else Entry
    return tuple(model.__fields__)


def _named(data: CommentedMap, place: list[Union[str, int]]) -> str:
    """The entry's key and the field, so that a message is understood without opening the file."""
    if len(place) < 2 or place[0] != "entries" or not isinstance(place[1], int):
        return ""
    entry = data["entries"][place[1]]
    key = entry.get("key") if isinstance(entry, CommentedMap) else None
    field = f".{place[2]}" if len(place) > 2 else ""
    return f"{key or f'entry {place[1] + 1}'}{field}: "


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."
