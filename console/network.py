"""How good a city's catalogue is, for its operators; and all cities side by side, for who follows the network. Read only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Optional

from babel.dates import format_date
from starlette.responses import Response
from starlette.routing import Route

from appointments.indicators import SMALL, Month, monthly
from console.catalogue_pages import CataloguePages
from console.catalogue_texts import LEVELS, QUALITY_RULES
from console.pages import Asked
from console.permissions import Permission
from services_catalog.overview import overview
from services_catalog.quality import RULES
from services_catalog.vocabulary import CITIES

WIDTH, HEIGHT, FOOT = 480, 160, 22
"""Of a chart; `FOOT`: the room for the months' names."""
SERIES = (("booked", "prenotati"), ("seen", "venuti"), ("no_show", "non venuti"))


class NetworkPages(CataloguePages):
    def routes(self) -> list[Any]:
        return [
            Route("/quality", self._only(Permission.CATALOGUE_READ, self.quality)),
            Route("/network", self._only(Permission.NETWORK_READ, self.network)),
        ]

    def quality(self, asked: Asked) -> Response:
        (state,) = overview(self._sessions, self._today(), asked.city)
        facts = state.quality.facts
        services = self._services(asked)
        return self._page(
            "quality.html",
            asked.user,
            **self._of_city(asked),
            state=state,
            level=asked.say(LEVELS[state.quality.level]),
            rules=[
                (asked.say(LEVELS[level]), asked.say(QUALITY_RULES[what]), holds(facts)) for level, what, holds in RULES
            ],
            missing=[services[one] for one in facts.missing],
        )

    def network(self, asked: Asked) -> Response:
        months = monthly(self._sessions, self._today())
        states = overview(self._sessions, self._today())
        return self._page(
            "network.html",
            asked.user,
            states=[(one, CITIES[one.city].name, asked.say(LEVELS[one.quality.level])) for one in states],
            charts=[
                (CITIES[city].name, chart(months[city], asked.user.language), self._table(asked, months[city]))
                for city in sorted((id_ for id_ in months if id_ in CITIES), key=lambda id_: CITIES[id_].name)
            ],
            series=[(name, asked.say(text)) for name, text in SERIES],
            small=SMALL,
        )

    @staticmethod
    def _table(asked: Asked, months: Sequence[Month]) -> list[tuple[str, list[str]]]:
        """Of each month its name and its numbers."""
        return [
            (
                format_date(one.month, "LLLL y", locale=asked.user.language),
                [f"< {SMALL}" if count is None else str(count) for count in (one.booked, one.seen, one.no_show)],
            )
            for one in months
        ]


def chart(months: Sequence[Month], language: str) -> dict[str, Any]:
    """Bars side by side for each month. What is too small to be told has a mark in the place of a bar."""
    top = max((count for one in months for count in (one.booked, one.seen, one.no_show) if count), default=SMALL)
    group = WIDTH / max(1, len(months))
    bar = group / (len(SERIES) + 1)
    bars = []
    for position, one in enumerate(months):
        for number, (name, _) in enumerate(SERIES):
            count: Optional[int] = getattr(one, name)
            high = 0.0 if not count else (HEIGHT - FOOT - 14) * count / top
            left = round(position * group + (number + 0.5) * bar, 1)
            bars.append((name, left, round(HEIGHT - FOOT - high, 1), round(high, 1), count))
    names = [
        (round((number + 0.5) * group, 1), format_date(one.month, "LLL", locale=language))
        for number, one in enumerate(months)
    ]
    return {
        "width": WIDTH,
        "height": HEIGHT,
        "foot": HEIGHT - FOOT,
        "bar": round(bar, 1),
        "bars": bars,
        "names": names,
        "top": top,
    }
