"""A city's entries: as a list with search and filters, and on a map. The rules are the catalogue's."""

from __future__ import annotations

import math
from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response
from starlette.routing import Route

from console.catalogue_pages import CataloguePages
from console.catalogue_texts import AGE_FILTERS, LACK_FILTERS, REVISION_STATES, STATE_FILTERS
from console.pages import Asked, as_number
from console.permissions import Permission
from services_catalog import revisions
from services_catalog.listing import Filters, Point, entries, points
from services_catalog.search import by_words

WIDTH, HEIGHT, MARGIN = 760, 560, 30
"""Of the map's drawing."""
EARTH_KM_PER_DEGREE = 111.2
SCALES_KM = (0.2, 0.5, 1, 2, 5, 10, 20, 50)


class ListPages(CataloguePages):
    def routes(self) -> list[Any]:
        read = Permission.CATALOGUE_READ
        return [Route("/catalogue", self._only(read, self.list)), Route("/catalogue/map", self._only(read, self.map))]

    def list(self, asked: Asked) -> Response:
        asked_for = {
            name: asked.query.get(name, "")[:100].strip() for name in ("words", "service", "state", "age", "lacks")
        }
        page = entries(
            self._sessions,
            asked.city,
            Filters(**asked_for),
            self._clock(),
            as_number(asked.query.get("page", "")) or 1,
        )
        alike = []
        if asked_for["words"] and not page.total:
            alike = by_words(self._sessions, asked.city, asked_for["words"], self._clock(), limit=5)
        kept = urlencode({"city": asked.city, **{name: value for name, value in asked_for.items() if value}})
        writes = asked.may(Permission.CATALOGUE_WRITE)
        removed = revisions.removed(self._sessions, asked.city) if writes else []
        proposals = [] if writes else revisions.made_by(self._sessions, asked.city, asked.user.name)
        return self._page(
            "catalogue.html",
            asked.user,
            **self._of_city(asked),
            page=page,
            chosen=asked_for,
            address=f"/catalogue?{kept}",
            filtered=any(asked_for.values()),
            alike=alike,
            services=self._services(asked),
            choices={
                name: asked.say_all(texts)
                for name, texts in (("state", STATE_FILTERS), ("age", AGE_FILTERS), ("lacks", LACK_FILTERS))
            },
            writes=writes,
            removed=[self._change(asked, one) for one in removed],
            sent=asked.query.get("sent") == "yes",
            proposals=[self._change(asked, one) for one in proposals],
            states=asked.say_all(REVISION_STATES),
        )

    def map(self, asked: Asked) -> Response:
        found, without = points(self._sessions, asked.city)
        return self._page(
            "map.html",
            asked.user,
            **self._of_city(asked),
            without=without,
            shown=len(found),
            drawing=drawing(found),
            services=self._services(asked),
        )


def drawing(found: tuple[Point, ...]) -> dict[str, Any]:
    """Where the points stand on a drawing of `WIDTH` × `HEIGHT`, true to scale, north above; and a length to measure with."""
    if not found:
        return {"width": WIDTH, "height": HEIGHT, "points": [], "bar": 0.0, "km": 0}
    south, north = min(one.latitude for one in found), max(one.latitude for one in found)
    west, east = min(one.longitude for one in found), max(one.longitude for one in found)
    shrink = max(0.01, math.cos(math.radians((south + north) / 2)))
    wide, high = max((east - west) * shrink, 0.01), max(north - south, 0.01)
    scale = min((WIDTH - 2 * MARGIN) / wide, (HEIGHT - 2 * MARGIN) / high)
    left = WIDTH / 2 - (west + east) / 2 * shrink * scale
    top = HEIGHT / 2 + (south + north) / 2 * scale
    km = max((one for one in SCALES_KM if one / EARTH_KM_PER_DEGREE * scale < WIDTH / 3), default=SCALES_KM[0])
    return {
        "width": WIDTH,
        "height": HEIGHT,
        "points": [
            (one, round(left + one.longitude * shrink * scale, 1), round(top - one.latitude * scale, 1))
            for one in found
        ],
        "bar": round(km / EARTH_KM_PER_DEGREE * scale, 1),
        "km": km,
    }
