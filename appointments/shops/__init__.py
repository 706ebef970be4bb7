"""First agendas of the one-stop shops, loaded once; from then on the database is the truth.

One YAML file a city; a city without one starts with `example.yml`.
"""

from __future__ import annotations

from datetime import date, time
from pathlib import Path
from typing import Any, Literal, Optional

import yaml
from pydantic import BaseModel, Extra, Field, ValidationError, validator

from appointments.models import AppointmentType, Availability, Closure, PlanException, Resource, Shop, TypeResource
from appointments.slots import GRID
from services_catalog.vocabulary import CITIES, SERVICES
from storage.database import Session, SessionFactory, transaction

FOLDER = Path(__file__).parent
EXAMPLE = "example.yml"
WEEKDAYS = ("mo", "tu", "we", "th", "fr", "sa", "su")
GRID_MINUTES = int(GRID.total_seconds() // 60)


class ShopSheetError(ValueError):
    """A sheet that cannot be loaded; names file, place and remedy."""


class TypeSheet(BaseModel):
    """A type of appointment and its rules."""

    service: str
    minutes: int = Field(gt=0, le=240)
    notice_minutes: Optional[int] = Field(None, ge=0, le=60 * 24 * 14)
    horizon_days: Optional[int] = Field(None, ge=1, le=120)
    languages: list[str] = []
    booked_by: Literal["person", "staff"] = "person"
    interpreter: bool = False
    also_at: list[str] = []

    class Config:
        extra = Extra.forbid

    @validator("service")
    def _known(cls, value: str) -> str:
        if value not in SERVICES:
            raise ValueError(f"{value!r} is no service; one of {', '.join(SERVICES)}")
        return value

    @validator("minutes")
    def _on_grid(cls, value: int) -> int:
        if value % GRID_MINUTES:
            raise ValueError(f"{value} minutes; write a multiple of {GRID_MINUTES}")
        return value


class _Exception(BaseModel):
    """Hours of one day instead of the week's; none: not there that day."""

    day: date
    hours: list[str] = []

    class Config:
        extra = Extra.forbid

    @validator("hours")
    def _in_order(cls, hours: list[str], values: dict[str, Any]) -> list[str]:
        return checked_hours(str(values.get("day")), hours)


class ResourceSheet(BaseModel):
    """A desk or room with its week, its pauses, its other days and its types."""

    name: str = Field(min_length=1, max_length=80)
    seats: int = Field(ge=1, le=50)
    week: dict[str, list[str]]
    pauses: dict[str, list[str]] = {}
    exceptions: list[_Exception] = []
    types: list[TypeSheet]

    class Config:
        extra = Extra.forbid

    @validator("week", "pauses")
    def _hours(cls, week: dict[str, list[str]]) -> dict[str, list[str]]:
        for day, windows in week.items():
            if day not in WEEKDAYS:
                raise ValueError(f"{day!r} is no weekday; one of {', '.join(WEEKDAYS)}")
            checked_hours(day, windows)
        return week


def checked_hours(day: str, windows: list[str]) -> list[str]:
    """Hours as 09:00-13:00, in order. Raises ValueError."""
    ends = ""
    for window in windows:
        opens, _, closes = window.partition("-")
        for hour in (opens, closes):
            try:
                minute = time.fromisoformat(hour).minute
            except ValueError:
                raise ValueError(f"{day} {window!r}: write hours like 09:00-13:00") from None
            if len(hour) != 5 or minute % GRID_MINUTES:
                raise ValueError(f"{day} {window!r}: write HH:MM on a quarter of an hour")
        if opens >= closes or opens < ends:
            raise ValueError(f"{day} {window!r}: hours must be in order and not overlap")
        ends = closes
    return windows


class ShopSheet(BaseModel):
    """What a file of this folder holds."""

    shop: str
    example: bool = False
    notice_minutes: int = Field(ge=0, le=60 * 24 * 14)
    horizon_days: int = Field(ge=1, le=120)
    closed: list[date] = []
    resources: list[ResourceSheet]

    class Config:
        extra = Extra.forbid

    @validator("shop")
    def _city(cls, value: str) -> str:
        if value not in CITIES:
            raise ValueError(f"{value!r} is no city of the network")
        return value

    @validator("resources")
    def _once(cls, resources: list[ResourceSheet]) -> list[ResourceSheet]:
        for what in ([r.name for r in resources], [t.service for r in resources for t in r.types]):
            twice = sorted({one for one in what if what.count(one) > 1})
            if twice:
                raise ValueError(f"{', '.join(twice)}: only once in a shop")
        names = {resource.name for resource in resources}
        unknown = sorted({name for one in resources for type_ in one.types for name in type_.also_at} - names)
        if unknown:
            raise ValueError(f"also_at {', '.join(unknown)}: no desk of this name")
        return resources


def read_sheet(path: Path, **fields: Any) -> ShopSheet:
    """A sheet with what the file says, and `fields` beside. Raises ShopSheetError with every mistake of the file."""
    try:
        # YAML 1.1 would read 09:00 as a number in base 60; hours stay text in flow lists because of their dash.
        data: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
        return ShopSheet(**(data if isinstance(data, dict) else {}), **fields)
    except yaml.YAMLError as error:
        raise ShopSheetError(f"{path}: not YAML: {error}") from error
    except ValidationError as error:
        lines = [f"{path}: {'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors()]
        raise ShopSheetError("\n".join(lines)) from error


def read_sheets(folder: Path = FOLDER) -> list[ShopSheet]:
    """The sheets of a folder: each city's own, and the example for the others where there is one. Raises ShopSheetError."""
    sheets = {path.stem: read_sheet(path) for path in sorted(folder.glob("*.yml")) if path.name != EXAMPLE}
    example = folder / EXAMPLE
    if example.exists():
        own = {sheet.shop for sheet in sheets.values()}
        sheets |= {city: read_sheet(example, shop=city) for city in CITIES if city not in own}
    return list(sheets.values())


def load_shops(sessions: SessionFactory, folder: Path = FOLDER) -> list[str]:
    """Load each sheet whose shop the database does not know yet; an agenda that is there is never touched.

    Returns:
        The ids of the shops that were loaded.

    Raises:
        ShopSheetError: a sheet is wrong; nothing of any sheet was loaded.
    """
    sheets = read_sheets(folder)
    with transaction(sessions) as session:
        new = [sheet for sheet in sheets if session.get(Shop, sheet.shop) is None]
        for sheet in new:
            _load(session, sheet)
    return [sheet.shop for sheet in new]


def _load(session: Session, sheet: ShopSheet) -> None:
    session.add(
        Shop(
            id=sheet.shop,
            example=sheet.example,
            notice_minutes=sheet.notice_minutes,
            horizon_days=sheet.horizon_days,
            revision=0,
        )
    )
    session.flush()
    session.add_all(Closure(shop_id=sheet.shop, day=day) for day in sheet.closed)
    ids = {}
    for entry in sheet.resources:
        resource = Resource(shop_id=sheet.shop, name=entry.name, seats=entry.seats)
        session.add(resource)
        session.flush()
        ids[entry.name] = resource.id
        for pause, week in ((False, entry.week), (True, entry.pauses)):
            session.add_all(
                Availability(
                    resource_id=resource.id, weekday=WEEKDAYS.index(day), opens=opens, closes=closes, pause=pause
                )
                for day, windows in week.items()
                for opens, closes in map(_span, windows)
            )
        session.add_all(
            PlanException(resource_id=resource.id, day=one.day, opens=opens, closes=closes)
            for one in entry.exceptions
            for opens, closes in (map(_span, one.hours) if one.hours else [(None, None)])
        )
    for entry in sheet.resources:
        for one in entry.types:
            fields = one.dict(exclude={"also_at"})
            type_ = AppointmentType(shop_id=sheet.shop, **fields)
            session.add(type_)
            session.flush()
            session.add_all(
                TypeResource(type_id=type_.id, resource_id=ids[name]) for name in {entry.name, *one.also_at}
            )


def _span(window: str) -> tuple[str, str]:
    opens, _, closes = window.partition("-")
    return opens, closes
