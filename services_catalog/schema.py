"""What a city's data sheet may hold. The models check everything that can be checked within one entry."""

from __future__ import annotations

import json
import re
from copy import deepcopy
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Optional
from urllib.parse import urlsplit

import phonenumbers
from pydantic import BaseModel, Field, PydanticValueError, confloat, constr, root_validator, validator
from rapidfuzz import process

from services_catalog import hours
from services_catalog.vocabulary import CITIES, ELIGIBILITY, NATIONAL, SERVICES

JSON_SCHEMA = Path(__file__).parent / "city.schema.json"
"""For editors, generated from the models: `python -m services_catalog.schema`."""

SHEET_CITIES = (*CITIES, NATIONAL)

if TYPE_CHECKING:  # pydantic makes its constrained types by calls, which mypy takes for no types
    Text = str
    Key = str
    LanguageCode = str
    Latitude = float
    Longitude = float
else:
    Text = constr(strip_whitespace=True, min_length=1)
    Key = constr(regex=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=80)
    LanguageCode = constr(regex=r"^[a-z]{2,3}$")
    Latitude = confloat(ge=-90, le=90)
    Longitude = confloat(ge=-180, le=180)

_EUROPEAN_NUMBER = re.compile(r"116\d{3}")
"""Harmonised numbers of social value (116117, 116000), which `phonenumbers` does not list for Italy."""


class UnknownService(PydanticValueError):
    """Context: `value`, `nearest`."""

    code = "service"
    msg_template = "“{value}” is no service"


class BadHours(PydanticValueError):
    """Context: `value`, `problem`, `remedy`; `normalised`: what may be written in its place without a doubt, or None."""

    code = "hours"
    msg_template = "opening hours “{value}” {problem}"


class BadPhone(PydanticValueError):
    """Context: `value`."""

    code = "phone"
    msg_template = "“{value}” is no phone number"


class BadSource(PydanticValueError):
    """Context: `value`, `remedy`."""

    code = "source"
    msg_template = "“{value}” does not say where the facts come from"


class StandsTwice(PydanticValueError):
    """Context: `value`."""

    code = "twice"
    msg_template = "“{value}” stands there twice"


class Confidential(PydanticValueError):
    """Context: `names`, the keys that would tell where a confidential place is."""

    code = "confidential"
    msg_template = "the place is confidential, but {names} would tell where it is"


def nearest(value: str, among: tuple[str, ...]) -> str:
    """The most similar of some ids."""
    return str(process.extractOne(value.lower().replace(" ", "_"), among)[0])


def is_phone(number: str) -> bool:
    """Whether `number`, as dialled in Italy, can exist; short numbers such as 112 count."""
    if not re.fullmatch(r"\+?[\d ()/.-]+", number):
        return False
    try:
        parsed = phonenumbers.parse(number, "IT")
    except phonenumbers.NumberParseException:
        return False
    return (
        phonenumbers.is_valid_number(parsed)
        or phonenumbers.is_valid_short_number_for_region(parsed, "IT")
        or bool(_EUROPEAN_NUMBER.fullmatch(number.replace(" ", "")))
    )


def is_partial_date(value: str) -> bool:
    """Whether `value` is a year, a month or a day: 2024, 2024-12, 2024-12-05."""
    if not re.fullmatch(r"\d{4}(-\d{2}){0,2}", value):
        return False
    year, month, day = ([int(part) for part in value.split("-")] + [1, 1])[:3]
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def is_web_address(value: str) -> bool:
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and "." in parts.netloc and not re.search(r"\s", value)


class Strict(BaseModel):
    class Config:
        extra = "forbid"
        frozen = True


class Phone(Strict):
    """A number as a person in Italy dials it, and what to know when calling ("tasto 3")."""

    number: str
    description: Optional[Text]

    @validator("number")
    def _exists(cls, value: str) -> str:
        if not is_phone(value):
            raise BadPhone(value=value)
        return value

    def __str__(self) -> str:
        return f"{self.number} ({self.description})" if self.description else self.number


class HoursException(Strict):
    """Days on which other hours hold: a holiday, a temporary closure. `note`: Italian, shown to people meanwhile."""

    first: date
    last: Optional[date] = Field(None, description="Left out: until further notice.")
    hours: str = Field("off", description="off, or clock times: 09:00-12:00,15:00-18:00")
    note: Optional[Text]

    @validator("last")
    def _not_before(cls, value: Optional[date], values: dict[str, Any]) -> Optional[date]:
        if value is not None and "first" in values and value < values["first"]:
            raise ValueError(f"the last day {value} lies before the first one")
        return value

    @validator("hours")
    def _times(cls, value: str) -> str:
        if not re.fullmatch(r"off|\d{2}:\d{2}-\d{2}:\d{2}(,\d{2}:\d{2}-\d{2}:\d{2})*", value):
            raise BadHours(
                value=value,
                problem="are no clock times",
                remedy="write off, or 09:00-12:00,15:00-18:00",
                normalised=None,
            )
        return _hours(value) or value


class Stop(Strict):
    """Where a mobile unit stands, and when. `hours`: as opening hours; dates and recurrences are written in them."""

    place: Text
    hours: str
    latitude: Optional[Latitude]
    longitude: Optional[Longitude]

    @validator("hours")
    def _possible(cls, value: str) -> str:
        return _hours(value) or value

    @root_validator(skip_on_failure=True)
    def _whole(cls, values: dict[str, Any]) -> dict[str, Any]:
        return _both_or_none(values)


def _hours(value: Optional[str]) -> Optional[str]:
    if value is not None:
        try:
            hours.check(value)
        except hours.HoursError as error:
            raise BadHours(
                value=value, problem=error.problem, remedy=error.remedy, normalised=error.normalised
            ) from error
    return value


def _both_or_none(values: dict[str, Any]) -> dict[str, Any]:
    if (values.get("latitude") is None) != (values.get("longitude") is None):
        raise ValueError("latitude and longitude stand together or not at all")
    return values


class Entry(Strict):
    """One service at one place. Texts are Italian, as the source has them; what no source states is left out."""

    key: Key = Field(..., description="Name of the entry within the sheet. Never changes: the id derives from it.")
    name: Text
    organisation: Optional[Text]
    services: tuple[str, ...] = Field(..., description="Ids; the main one first.")
    address: Optional[Text] = Field(None, description="Never that of a refuge.")
    latitude: Optional[Latitude] = Field(None, description="WGS 84, from a source; never guessed.")
    longitude: Optional[Longitude]
    confidential: bool = Field(False, description="A place that nobody may learn: no address stands here.")
    accessibility: Optional[Text]
    phones: tuple[Phone, ...] = ()
    email: Optional[str]
    website: Optional[str]
    opening_hours: Optional[str] = Field(None, description="OpenStreetMap's opening_hours syntax.")
    appointment_only: bool = False
    exceptions: tuple[HoursException, ...] = Field((), description="Days with other hours; temporary closures.")
    stops: tuple[Stop, ...] = Field((), description="Where a mobile unit stands, and when.")
    who: Optional[Text]
    required_documents: tuple[Text, ...] = ()
    cost: Optional[Text]
    free: Optional[bool] = Field(None, description="Only where the source says plainly that it is free of charge.")
    languages: tuple[LanguageCode, ...] = Field((), description="ISO 639 codes.")
    languages_note: Optional[Text]
    eligibility: tuple[str, ...] = ()
    one_stop_shop: bool = Field(False, description="The city's own LgNet one-stop shop.")
    notes: Optional[Text]
    source_url: str
    source_date: Optional[str] = Field(None, description="Date of the source: 2024, 2024-12 or 2024-12-05.")
    other_sources: tuple[str, ...] = ()
    verified_on: Optional[date] = Field(None, description="When the city checked the entry with the service itself.")
    verified_by: Optional[Text]

    @validator("services", each_item=True)
    def _known_service(cls, value: str) -> str:
        if value not in SERVICES:
            raise UnknownService(value=value, nearest=nearest(value, tuple(SERVICES)))
        return value

    @validator("eligibility", each_item=True)
    def _known_code(cls, value: str) -> str:
        if value not in ELIGIBILITY:
            raise ValueError(f"“{value}” is no eligibility code; one of {', '.join(ELIGIBILITY)}")
        return value

    @validator("services")
    def _at_least_one(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not value:
            raise ValueError("no service; name at least one")
        return value

    @validator("services", "eligibility", "languages", "other_sources")
    def _no_repetition(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        twice = next((item for item in value if value.count(item) > 1), None)
        if twice is not None:
            raise StandsTwice(value=twice)
        return value

    @validator("phones", pre=True, each_item=True)
    def _number_alone(cls, value: Any) -> Any:
        if isinstance(value, (bool, int, float)):
            raise BadPhone(value=value)  # YAML has read a number: a leading zero is lost
        return {"number": value} if isinstance(value, str) else value

    @validator("opening_hours")
    def _possible(cls, value: Optional[str]) -> Optional[str]:
        return _hours(value)

    @root_validator(skip_on_failure=True)
    def _nothing_secret(cls, values: dict[str, Any]) -> dict[str, Any]:
        told = [name for name in ("address", "latitude", "longitude", "stops") if values.get(name)]
        if values.get("confidential") and told:
            raise Confidential(names=" and ".join(told))
        return _both_or_none(values)

    @validator("email")
    def _mail(cls, value: Optional[str]) -> Optional[str]:
        if value is not None and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", value):
            raise ValueError(f"“{value}” is no e-mail address")
        return value

    @validator("website")
    def _web(cls, value: Optional[str]) -> Optional[str]:
        if value is not None and not is_web_address(value):
            raise ValueError(f"“{value}” is no web address; it starts with https:// or http://")
        return value

    @validator("source_url")
    def _source(cls, value: str) -> str:
        if not is_web_address(value):
            raise BadSource(value=value, remedy="give the page's address, starting with https:// or http://")
        return value

    @validator("other_sources", each_item=True)
    def _other_source(cls, value: str) -> str:
        return cls._source(value)

    @validator("source_date", pre=True)
    def _dated(cls, value: Any) -> Optional[str]:
        text = None if value is None else str(value)  # YAML reads 2024 as a number and 2024-12-05 as a date
        if text is not None and not is_partial_date(text):
            raise BadSource(value=text, remedy="write the date as 2024, 2024-12 or 2024-12-05, or leave it out")
        return text

    @validator("verified_on", pre=True)
    def _day(cls, value: Any) -> Any:
        if value is not None and not re.fullmatch(r"\d{4}-\d{2}-\d{2}", str(value)):
            raise ValueError(f"“{value}” is no day; write it like 2026-11-25")
        return value

    @property
    def contactable(self) -> bool:
        """Whether a person can go there or call."""
        return bool(self.address or self.phones or self.stops)


class Sheet(Strict):
    """One city, or the national helplines."""

    city: str
    desk_phone: Optional[str] = Field(None, description="The number that people get when something does not work.")
    patron_saint: Optional[str] = Field(
        None, description="MM-DD, where the city keeps another day than the one that is known."
    )
    entries: tuple[Entry, ...]

    @validator("city")
    def _of_the_network(cls, value: str) -> str:
        if value not in SHEET_CITIES:
            raise ValueError(f"“{value}” is no city of the network")
        return value

    @validator("desk_phone", pre=True)
    def _desk(cls, value: Any) -> Any:
        if value is not None and not (isinstance(value, str) and is_phone(value)):
            raise BadPhone(value=value)
        return value

    @validator("patron_saint")
    def _a_day(cls, value: Optional[str]) -> Optional[str]:
        if value is not None and not (re.fullmatch(r"\d{2}-\d{2}", value) and is_partial_date(f"2024-{value}")):
            raise ValueError(f"“{value}” is no day; write it in quotes like '01-29'")
        return value


def json_schema() -> str:
    """The schema that editors check a sheet with while it is written."""
    schema = deepcopy(Sheet.schema())  # pydantic keeps its own
    entry = schema["definitions"]["Entry"]["properties"]
    entry["services"] |= {"items": {"enum": list(SERVICES)}, "minItems": 1, "uniqueItems": True}
    entry["eligibility"] |= {"items": {"enum": list(ELIGIBILITY)}, "uniqueItems": True}
    entry["phones"]["items"] = {"anyOf": [{"type": "string"}, {"$ref": "#/definitions/Phone"}]}
    schema["properties"]["city"] = {"enum": list(SHEET_CITIES)}
    for properties in (entry, schema["properties"], schema["definitions"]["Phone"]["properties"]):
        for name, value in properties.items():
            if name in ("verified_on", "desk_phone"):  # written even when there is none yet
                properties[name] = {**value, "type": [value["type"], "null"]}
    return (
        json.dumps({"$schema": "http://json-schema.org/draft-07/schema#", **schema}, ensure_ascii=False, indent=2)
        + "\n"
    )


if __name__ == "__main__":
    JSON_SCHEMA.write_text(json_schema(), encoding="utf-8")
