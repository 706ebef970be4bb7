"""First agendas of the one-stop shops, one YAML file a city, loaded once; from then on the database is the truth."""

from __future__ import annotations

from datetime import date, time
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, Extra, Field, ValidationError, validator

from appointments.models import AppointmentType, Availability, Closure, Resource, Shop
from appointments.slots import GRID
from services_catalog.vocabulary import CITIES, SERVICES
from storage.database import SessionFactory, transaction

FOLDER = Path(__file__).parent
WEEKDAYS = ("mo", "tu", "we", "th", "fr", "sa", "su")
GRID_MINUTES = int(GRID.total_seconds() // 60)


class ShopSheetError(ValueError):
    """A sheet that cannot be loaded; names file, place and remedy."""


class _Type(BaseModel):
    service: str
    minutes: int = Field(gt=0, le=240)

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


class _Resource(BaseModel):
    name: str = Field(min_length=1, max_length=80)
    seats: int = Field(ge=1, le=50)
    week: dict[str, list[str]]
    types: list[_Type]

    class Config:
        extra = Extra.forbid

    @validator("week")
    def _hours(cls, week: dict[str, list[str]]) -> dict[str, list[str]]:
        for day, windows in week.items():
            if day not in WEEKDAYS:
                raise ValueError(f"{day!r} is no weekday; one of {', '.join(WEEKDAYS)}")
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
        return week


class ShopSheet(BaseModel):
    """What a file of this folder holds."""

    shop: str
    example: bool = False
    notice_minutes: int = Field(ge=0, le=60 * 24 * 14)
    horizon_days: int = Field(ge=1, le=120)
    closed: list[date] = []
    resources: list[_Resource]

    class Config:
        extra = Extra.forbid

    @validator("shop")
    def _city(cls, value: str) -> str:
        if value not in CITIES:
            raise ValueError(f"{value!r} is no city of the network")
        return value

    @validator("resources")
    def _once(cls, resources: list[_Resource]) -> list[_Resource]:
        for what in ([r.name for r in resources], [t.service for r in resources for t in r.types]):
            twice = sorted({one for one in what if what.count(one) > 1})
            if twice:
                raise ValueError(f"{', '.join(twice)}: only once in a shop")
        return resources


def read_sheet(path: Path) -> ShopSheet:
    """Raises ShopSheetError with every mistake of the file."""
    try:
        # YAML 1.1 would read 09:00 as a number in base 60; hours stay text in flow lists because of their dash.
        data: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
        return ShopSheet(**(data if isinstance(data, dict) else {}))
    except yaml.YAMLError as error:
        raise ShopSheetError(f"{path}: not YAML: {error}") from error
    except ValidationError as error:
        lines = [f"{path}: {'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors()]
        raise ShopSheetError("\n".join(lines)) from error


def load_shops(sessions: SessionFactory, folder: Path = FOLDER) -> list[str]:
    """Load each sheet whose shop the database does not know yet; an agenda that is there is never touched.

    Returns:
        The ids of the shops that were loaded.

    Raises:
        ShopSheetError: a sheet is wrong; nothing of any sheet was loaded.
    """
    sheets = [read_sheet(path) for path in sorted(folder.glob("*.yml"))]
    loaded = []
    with transaction(sessions) as session:
        for sheet in sheets:
            if session.get(Shop, sheet.shop) is not None:
                continue
            session.add(
                Shop(
                    id=sheet.shop,
                    example=sheet.example,
                    notice_minutes=sheet.notice_minutes,
                    horizon_days=sheet.horizon_days,
                )
            )
            session.flush()
            session.add_all(Closure(shop_id=sheet.shop, day=day) for day in sheet.closed)
            for entry in sheet.resources:
                resource = Resource(shop_id=sheet.shop, name=entry.name, seats=entry.seats)
                session.add(resource)
                session.flush()
                session.add_all(
                    AppointmentType(
                        shop_id=sheet.shop, service=one.service, minutes=one.minutes, resource_id=resource.id
                    )
                    for one in entry.types
                )
                session.add_all(
                    Availability(
                        resource_id=resource.id,
                        weekday=WEEKDAYS.index(day),
                        opens=window.partition("-")[0],
                        closes=window.partition("-")[2],
                    )
                    for day, windows in entry.week.items()
                    for window in windows
                )
            loaded.append(sheet.shop)
    return loaded
