"""The shape of a sheet: cities, keys, kinds of values; and what the models find within one entry."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Optional, Union

from pydantic import BaseModel
from ruamel.yaml.comments import CommentedMap

from services_catalog.lint.finding import Finding, SheetFile
from services_catalog.schema import SHEET_CITIES, Entry, HoursException, Phone, Sheet, Stop, nearest
from services_catalog.sheets import line_of

CODES = {
    "CITY": "the file is named after no city",
    "SCHEMA": "a key missing, unknown, or of the wrong kind",
    "SERVICE": "no service of the vocabulary",
    "HOURS": "impossible opening hours; advice: what they mean to the program",
    "PHONE": "no phone number; advice: not as it is dialled",
    "SOURCE": "no page that the facts come from, or no date",
    "KEY": "a key twice in one sheet",
    "CONFIDENTIAL": "what would tell where a place is that nobody may learn",
}


def check(sheet: SheetFile) -> Iterator[Finding]:
    file, data = sheet.path, sheet.data
    if not isinstance(data, CommentedMap):
        message = "the sheet holds no city, desk_phone and entries"
        yield Finding(file, 1, "SCHEMA", message, "See city.schema.json, or any other city's sheet.")
        return
    yield from _check_keys(sheet)
    for error in sheet.errors:
        yield _finding(file, data, error)
    if file.stem in SHEET_CITIES and data.get("city") in SHEET_CITIES and data["city"] != file.stem:
        message = f"the sheet of {data['city']} in a file named {file.name}"
        yield Finding(file, line_of(data, ["city"]), "CITY", message, "Correct the city, or rename the file.")


def check_name(file: Path) -> Iterator[Finding]:
    if file.stem not in SHEET_CITIES:
        remedy = f"Nearest: {nearest(file.stem, SHEET_CITIES)}.yml; the cities are {', '.join(SHEET_CITIES)}."
        yield Finding(file, 1, "CITY", f"“{file.stem}” is no city of the network", remedy)


def _check_keys(sheet: SheetFile) -> Iterator[Finding]:
    lines: dict[str, int] = {}
    for number, entry in sheet.raw_entries():
        key = entry.get("key")
        if not isinstance(key, str):
            continue
        line = line_of(sheet.data, ["entries", number, "key"])
        if key in lines:
            message = f"the key “{key}” stands already at line {lines[key]}"
            yield Finding(sheet.path, line, "KEY", message, "Give this entry a key of its own, or delete the double.")
        lines.setdefault(key, line)


def _finding(file: Path, data: CommentedMap, error: Mapping[str, Any]) -> Finding:
    """A finding from one of pydantic's errors, whose `loc` is the path within the sheet."""
    place = [step for step in error["loc"] if step != "__root__"]
    code, remedy = "SCHEMA", "See city.schema.json for what may stand here."
    kind, context, message = error["type"], error.get("ctx", {}), error["msg"]
    fix: Optional[Callable[[], None]] = None
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
    elif kind == "value_error.twice":
        remedy = "Delete one of both."
        fix = partial(_without_doubles, data, place)
    elif kind == "value_error.service":
        code, remedy = "SERVICE", f"Nearest: {context['nearest']}."
    elif kind == "value_error.hours":
        code, remedy = "HOURS", _sentence(context["remedy"])
        if context.get("normalised"):
            fix = partial(_put, data, place, context["normalised"])
    elif kind == "value_error.phone":
        code, remedy = (
            "PHONE",
            "Write it as it is dialled in Italy, in quotes: '0773 6553204'; a note goes under description.",
        )
    elif kind == "value_error.source":
        code, remedy = "SOURCE", _sentence(context["remedy"])
    elif kind == "value_error.confidential":
        code, remedy = "CONFIDENTIAL", "Take it out of the sheet: an operator gives it to the database alone."
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
    elif "exceptions" in place or "stops" in place:
        code = "HOURS" if name in ("hours", "last") else code
    return Finding(file, line_of(data, place), code, f"{where}{message}", remedy, fix=fix)


def _put(data: Any, place: list[Union[str, int]], value: Any) -> None:
    for step in place[:-1]:
        data = data[step]
    data[place[-1]] = value


def _without_doubles(data: Any, place: list[Union[str, int]]) -> None:
    for step in place:
        data = data[step]
    for number in reversed([n for n, value in enumerate(data) if value in list(data)[:n]]):
        del data[number]


def _keys_at(place: list[Union[str, int]]) -> tuple[str, ...]:
    inner: dict[Any, type[BaseModel]] = {"phones": Phone, "exceptions": HoursException, "stops": Stop}
    model: type[BaseModel] = Sheet if len(place) == 1 else next((inner[step] for step in place if step in inner), Entry)
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
