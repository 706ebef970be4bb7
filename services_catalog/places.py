"""Where the cities are, and which of them is near."""

from __future__ import annotations

from math import asin, cos, radians, sin, sqrt

Position = tuple[float, float]
"""Latitude and longitude in degrees, WGS 84."""

CENTRES: dict[str, Position] = {
    "bologna": (44.494, 11.343),
    "bolzano": (46.498, 11.354),
    "caserta": (41.073, 14.333),
    "firenze": (43.770, 11.256),
    "genova": (44.406, 8.934),
    "latina": (41.467, 12.904),
    "milano": (45.464, 9.190),
    "napoli": (40.852, 14.268),
    "palermo": (38.116, 13.361),
    "perugia": (43.111, 12.389),
    "potenza": (40.640, 15.806),
    "roma": (41.893, 12.483),
    "sassari": (40.727, 8.560),
    "taranto": (40.464, 17.247),
    "torino": (45.070, 7.687),
    "trieste": (45.650, 13.777),
}
"""The middle of each city of the network, to a hundred metres."""

EARTH_KM = 6371.0


def distance_km(one: Position, other: Position) -> float:
    """As the crow flies, by the haversine formula."""
    (lat1, lon1), (lat2, lon2) = ((radians(lat), radians(lon)) for lat, lon in (one, other))
    half = sin((lat2 - lat1) / 2) ** 2 + cos(lat1) * cos(lat2) * sin((lon2 - lon1) / 2) ** 2
    return 2 * EARTH_KM * asin(sqrt(half))


def nearest_city(position: Position) -> tuple[str, float]:
    """The city of the network whose middle is nearest, and how many kilometres away that is."""
    city = min(CENTRES, key=lambda id_: distance_km(position, CENTRES[id_]))
    return city, distance_km(position, CENTRES[city])
