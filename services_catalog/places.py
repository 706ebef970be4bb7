"""How far positions lie apart, and which city of the network is near."""

from __future__ import annotations

import math

from services_catalog.vocabulary import CITIES

Position = tuple[float, float]
"""Latitude and longitude in degrees, WGS 84."""

EARTH_METRES = 6_371_008.8
"""Mean radius (IUGG)."""


def metres(one: Position, other: Position) -> float:
    """The way between two positions as the crow flies (haversine on a sphere: up to 0.5 % from the ellipsoid)."""
    (lat1, lon1), (lat2, lon2) = (map(math.radians, one), map(math.radians, other))
    a = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return 2 * EARTH_METRES * math.asin(min(1.0, math.sqrt(a)))


def nearest_city(position: Position) -> tuple[str, float]:
    """The city of the network whose centre is nearest, and how many kilometres away that is."""
    away = {city.id: metres(position, (city.latitude, city.longitude)) / 1000 for city in CITIES.values()}
    closest = min(away, key=lambda id_: away[id_])
    return closest, away[closest]
