"""What a procedure's sheet may hold, checked as far as one sheet goes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from copy import deepcopy
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Optional

from pydantic import Field, conint, constr, root_validator, validator

from services_catalog.freshness import known_since
from services_catalog.schema import BadSource, Key, Strict, Text, is_partial_date, is_web_address, nearest
from services_catalog.vocabulary import SERVICES, TOPICS

JSON_SCHEMA = Path(__file__).parent.parent / "procedure.schema.json"
"""For editors, generated from the models: `python -m services_catalog.procedures.schema`."""

PARTS = ("what", "who", "where", "bring", "cost", "time", "steps", "mistakes", "free_help")
"""What a procedure is told by, in this order; `what` is the card that is shown first."""

LIFETIME_DAYS = 180
"""After which a statement is old: laws and fees change about as often as what a health service asks for."""

if TYPE_CHECKING:  # as in services_catalog/schema.py
    StatementKey = str
    Days = int
else:
    StatementKey = constr(regex=rf"^({'|'.join(PARTS)})(\.[1-9]\d?)?$")
    Days = conint(ge=1, le=3650)


class Source(Strict):
    """A page that statements come from."""

    key: Key
    url: str
    publisher: Text
    date: Optional[str] = Field(None, description="Of the page: 2024, 2024-12 or 2024-12-05; empty when it shows none.")
    official: bool = Field(..., description="A public body or an agency of the United Nations.")

    @validator("url")
    def _web(cls, value: str) -> str:
        if not is_web_address(value):
            raise BadSource(value=value, remedy="give the page's address, starting with https:// or http://")
        return value

    @validator("date", pre=True)
    def _dated(cls, value: Any) -> Optional[str]:
        text = None if value is None else str(value)
        if text is not None and not is_partial_date(text):
            raise BadSource(value=text, remedy="write the date as 2024, 2024-12 or 2024-12-05, or leave it empty")
        return text


class Statement(Strict):
    """One thing that is said about a procedure, in plain Italian."""

    key: StatementKey = Field(
        ..., description="Part, and a number where a part has several. Never changes: translations belong to it."
    )
    text: Text
    sources: tuple[str, ...] = Field(..., description="Keys of the sources below; the main one first.")
    check: bool = Field(False, description="Held back from people until an operator confirms it.")
    verified_on: Optional[date] = Field(None, description="When an operator confirmed it on a current official source.")
    verified_by: Optional[Text]
    verified_source: Optional[str] = Field(None, description="The page on which it was confirmed.")

    @validator("sources")
    def _at_least_one(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not value:
            raise BadSource(value="[]", remedy="name at least one source")
        return value

    @validator("verified_by", "verified_source", always=True)
    def _by_whom(cls, value: Optional[str], values: dict[str, Any]) -> Optional[str]:
        if (value is None) != (values.get("verified_on") is None):
            raise ValueError("verified_on, verified_by and verified_source stand together or not at all")
        return value

    @validator("verified_source")
    def _page(cls, value: Optional[str]) -> Optional[str]:
        if value is not None and not is_web_address(value):
            raise BadSource(value=value, remedy="give the page's address, starting with https:// or http://")
        return value

    @property
    def part(self) -> str:
        return part_of(self.key)


class Procedure(Strict):
    """A topic's sheet."""

    topic: str
    lifetime_days: Days = LIFETIME_DAYS
    helpers: tuple[str, ...] = Field(..., description="Services whose people explain it; the best first.")
    not_stated: tuple[str, ...] = Field(
        (), description="Parts that no source says anything about: nothing is invented."
    )
    statements: tuple[Statement, ...]
    uncertain: tuple[Text, ...] = Field((), description="For operators; never shown to people.")
    sources: tuple[Source, ...]

    @validator("topic")
    def _known(cls, value: str) -> str:
        if value not in TOPICS:
            raise ValueError(f"“{value}” is no topic; nearest: {nearest(value, tuple(TOPICS))}")
        return value

    @validator("helpers", each_item=True)
    def _service(cls, value: str) -> str:
        if value not in SERVICES:
            raise ValueError(f"“{value}” is no service; nearest: {nearest(value, tuple(SERVICES))}")
        return value

    @validator("helpers")
    def _somebody(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not value:
            raise ValueError("nobody explains it; name at least one service")
        return value

    @validator("not_stated", each_item=True)
    def _part(cls, value: str) -> str:
        if value not in PARTS:
            raise ValueError(f"“{value}” is no part; one of {', '.join(PARTS)}")
        return value

    @root_validator(skip_on_failure=True)
    def _every_part_once(cls, values: dict[str, Any]) -> dict[str, Any]:
        told = {statement.part for statement in values["statements"]}
        for part in PARTS:
            if (part in told) == (part in values["not_stated"]):
                raise ValueError(f"{part}: needs either a statement or a place in not_stated")
        return values


def part_of(key: str) -> str:
    """`bring` of `bring.2`."""
    return key.partition(".")[0]


def is_old(verified_on: Optional[date], source_dates: Iterable[Optional[str]], lifetime_days: int, today: date) -> bool:
    """The catalogue's rule of freshness: a lifetime counts from the day of the confirmation, else from the first day of
    the newest source's date; what has no date at all is past it.
    """
    newest = max((value for value in source_dates if value), default=None)
    since = known_since(verified_on, newest)
    return since is None or (today - since).days > lifetime_days


def source_hash(text: str) -> str:
    """What a translation remembers of the Italian text that it was made from: 12 hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def statement_names(procedure: Procedure) -> Iterator[tuple[str, str]]:
    """`topic.key` and Italian text of every statement."""
    for statement in procedure.statements:
        yield f"{procedure.topic}.{statement.key}", statement.text


def json_schema() -> str:
    """The schema that editors check a sheet with while it is written."""
    schema = deepcopy(Procedure.schema())
    schema["properties"]["topic"] = {"enum": list(TOPICS)}
    schema["properties"]["helpers"] |= {"items": {"enum": list(SERVICES)}, "minItems": 1, "uniqueItems": True}
    schema["properties"]["not_stated"] |= {"items": {"enum": list(PARTS)}, "uniqueItems": True}
    definitions = schema["definitions"]
    for properties, name in (
        (definitions["Statement"]["properties"], "verified_on"),
        (definitions["Source"]["properties"], "date"),
    ):
        properties[name] = {**properties[name], "type": ["string", "null"]}
    return (
        json.dumps({"$schema": "http://json-schema.org/draft-07/schema#", **schema}, ensure_ascii=False, indent=2)
        + "\n"
    )


if __name__ == "__main__":
    JSON_SCHEMA.write_text(json_schema(), encoding="utf-8")
