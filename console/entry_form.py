"""An entry as a form: what its fields show, and what was typed into them as the sheet's values.

Nothing is judged here: what cannot be is left as it was typed, for the catalogue to refuse with the field's name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from console.pages import Asked
from services_catalog.csv_sheets import read_phone
from services_catalog.vocabulary import ELIGIBILITY, LANGUAGES, SERVICES

Form = dict[str, Any]
"""By field: a text; a tuple of chosen ids; a list of rows, each a dict of texts."""

LINE = ("name", "organisation", "address", "email", "website", "opening_hours", "source_url", "source_date")
LONG = ("accessibility", "who", "cost", "languages_note", "notes")
LINES = ("required_documents", "other_sources")
NUMBERS = ("latitude", "longitude")
FLAGS = ("confidential", "appointment_only", "one_stop_shop")
ROWS = {"exceptions": ("first", "last", "hours", "note"), "stops": ("place", "hours", "latitude", "longitude")}
EMPTY_ROWS = 2
"""Rows for something new that a form offers."""
MAX_ROWS = 30
MAX_TEXT = 2000
EDITED = (*LINE, *LONG, *LINES, *NUMBERS, *FLAGS, *ROWS, "services", "phones", "free", "languages", "eligibility")
"""All of an entry but its key and who has verified it when."""
FREE = {"": None, "yes": True, "no": False}


def form_of(values: Mapping[str, Any]) -> Form:
    """What the fields show of an entry (`revisions.current_values`; {} for a new one)."""
    form: Form = {name: str(values.get(name) or "") for name in (*LINE, *LONG)}
    form |= {name: "\n".join(values.get(name) or ()) for name in LINES}
    form |= {name: "" if values.get(name) is None else str(values[name]) for name in NUMBERS}
    form |= {name: "yes" if values.get(name) else "" for name in FLAGS}
    for name, columns in ROWS.items():
        form[name] = [_row(columns, one) for one in values.get(name) or ()]
    form["phones"] = "\n".join(map(phone_text, values.get("phones") or ()))
    form["free"] = next(text for text, value in FREE.items() if value == values.get("free"))
    services = tuple(values.get("services") or ())
    form["main_service"], form["services"] = (services[0] if services else ""), services
    languages = tuple(values.get("languages") or ())
    form["languages"] = languages
    form["other_languages"] = ", ".join(code for code in languages if code not in LANGUAGES)
    form["eligibility"] = tuple(values.get("eligibility") or ())
    return form


def typed(asked: Asked) -> Form:
    """What was typed, as `form_of` has it."""
    names = (*LINE, *LONG, *LINES, *NUMBERS, "phones", "main_service", "other_languages")
    form: Form = {name: asked.text(name, MAX_TEXT).replace("\r\n", "\n") for name in names}
    form |= {name: "yes" if asked.form.get(name) else "" for name in FLAGS}
    form["free"] = asked.form.get("free", "") if asked.form.get("free", "") in FREE else ""
    for name, known in (("services", SERVICES), ("languages", LANGUAGES), ("eligibility", ELIGIBILITY)):
        form[name] = tuple(one for one in asked.many.get(name, ()) if one in known)
    for name, columns in ROWS.items():
        rows = [
            {column: asked.text(f"{name}-{number}-{column}", MAX_TEXT) for column in columns}
            for number in range(MAX_ROWS)
        ]
        form[name] = [row for row in rows if any(row.values())]
    return form


def values_of(form: Form, shown: Mapping[str, Any]) -> dict[str, Any]:
    """The sheet's values. `shown`: the entry that the form was made from, for the order of what is chosen."""
    values: dict[str, Any] = {name: form[name] or None for name in (*LINE, *LONG)}
    values |= {name: _lines(form[name]) for name in LINES}
    values |= {name: _number(form[name]) for name in NUMBERS}
    values |= {name: bool(form[name]) for name in FLAGS}
    values["phones"] = [read_phone(line) for line in _lines(form["phones"])]
    values["free"] = FREE[form["free"]]
    values["services"] = _in_order(
        [form["main_service"], *_in_order(form["services"], shown.get("services") or ())], ()
    )
    others = [code.strip().lower() for code in form["other_languages"].split(",") if code.strip()]
    values["languages"] = _in_order([*form["languages"], *others], shown.get("languages") or ())
    values["eligibility"] = _in_order(form["eligibility"], shown.get("eligibility") or ())
    values["exceptions"] = [{"hours": "off", **_filled(row)} for row in form["exceptions"]]
    values["stops"] = [
        {name: _number(value) if name in NUMBERS else value for name, value in _filled(row).items()}
        for row in form["stops"]
    ]
    return values


def changed(values: Mapping[str, Any], shown: Mapping[str, Any]) -> dict[str, Any]:
    """The values that are not as they were shown."""
    return {name: value for name, value in values.items() if _told(name, value) != _told(name, shown.get(name))}


def readable(name: str, value: Any, word: Callable[[str], str], named: Callable[[str, str], str]) -> str:
    """A value as a person reads it in a diff. `word`: says a text; `named`: the name of an id of the field."""
    if value is None or value in ("", [], ()):
        return "—"
    if isinstance(value, bool):
        return word("sì") if value else word("no")
    if name == "phones":
        return ", ".join(map(phone_text, value))
    if isinstance(value, (list, tuple)):
        return "; ".join(
            " · ".join(str(part) for part in one.values()) if isinstance(one, dict) else named(name, str(one))
            for one in value
        )
    return str(value)


def phone_text(phone: Mapping[str, Any]) -> str:
    return f"{phone['number']} ({phone['description']})" if phone.get("description") else str(phone["number"])


def _row(columns: tuple[str, ...], values: Mapping[str, Any]) -> dict[str, str]:
    return {column: "" if values.get(column) is None else str(values[column]) for column in columns}


def _filled(row: Mapping[str, str]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if value}


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _number(text: str) -> Any:
    with suppress(ValueError):
        return float(text.replace(",", ".")) if text else None
    return text


def _in_order(chosen: Any, known: Any) -> list[str]:
    """Without repetitions; what is known comes first, in its own order."""
    ordered = [*(one for one in known if one in chosen), *(one for one in chosen if one not in known)]
    return list(dict.fromkeys(one for one in ordered if one))


def _told(name: str, value: Any) -> Any:
    """What is empty is all the same; that something costs money is told."""
    return None if value in ("", [], ()) or (value is False and name != "free") else value
