"""Coordinates that lie outside of the city."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from services_catalog.lint.finding import Finding, SheetFile
from services_catalog.places import metres
from services_catalog.vocabulary import CITIES, CITY_RADIUS_KM

CODES = {"COORDINATES": "not within the city"}


def check(sheet: SheetFile) -> Iterator[Finding]:
    city = CITIES.get(sheet.model.city) if sheet.model else None
    for number, entry in sheet.entries():
        raw = sheet.data["entries"][number]
        places: list[tuple[str, Any, Any]] = [("latitude", entry, raw)]
        places += [("stops", stop, raw["stops"][n]) for n, stop in enumerate(entry.stops)]
        for key, place, where in places:
            if place.latitude is None:
                continue
            if city is None:
                message = "coordinates of a service that is everywhere"
                yield sheet.error(number, key, "COORDINATES", message, "Leave them out of the national sheet.")
                continue
            centre = (city.latitude, city.longitude)
            away = metres(centre, (place.latitude, place.longitude)) / 1000
            if away <= CITY_RADIUS_KM:
                continue
            message = f"{away:.0f} km from the centre of {city.name}"
            if metres(centre, (place.longitude, place.latitude)) / 1000 <= CITY_RADIUS_KM:
                swap = partial(_swap, where)
                remedy = "Latitude and longitude are in each other's place: exchange them."
                yield sheet.advise(number, key, "COORDINATES", message, remedy, swap)
            else:
                yield sheet.error(number, key, "COORDINATES", message, "Correct them, or leave them out.")


def _swap(where: Any) -> None:
    where["latitude"], where["longitude"] = where["longitude"], where["latitude"]
