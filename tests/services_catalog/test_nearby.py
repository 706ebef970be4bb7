"""Distances, what is nearest, wishes, words with misspellings, the order explained; mobile units."""

from __future__ import annotations

from datetime import date, datetime, timezone

import pytest

from services_catalog.importer import load_sheets
from services_catalog.places import metres
from services_catalog.schema import Entry
from services_catalog.search import RULES, Wishes, by_words, city_at, explain, find, nearest
from services_catalog.vocabulary import CITIES
from storage.database import SessionFactory
from tests.conftest import FixedClock
from tests.services_catalog.factories import entry, sheet

AT = datetime(2026, 11, 25, 8, 0, tzinfo=timezone.utc)
"""Wednesday, 09:00 in Rome."""
LATINA = (41.4676, 12.9037)


@pytest.fixture
def sessions(sqlite_sessions: SessionFactory) -> SessionFactory:
    return sqlite_sessions


def at(key: str, north_m: float, **fields: object) -> Entry:
    """A place so many metres to the north of Latina's centre."""
    return entry(key, address="Via", latitude=LATINA[0] + north_m / 111_195, longitude=LATINA[1], **fields)


def keys(cards: object) -> list[str]:
    return [card.key for card in cards]


@pytest.mark.parametrize(
    ("one", "other", "kilometres"),
    [
        ((45.4642, 9.19), (41.9028, 12.4964), 477),  # Milano to Roma
        ((0, 179.9), (0, -179.9), 22.2),
        (LATINA, LATINA, 0),
        ((90, 0), (-90, 0), 20_015),
    ],
)
def test_metres(one: tuple[float, float], other: tuple[float, float], kilometres: float) -> None:
    assert metres(one, other) / 1000 == pytest.approx(kilometres, rel=0.005)


def test_the_city_of_a_position() -> None:
    assert all(city_at(city.latitude, city.longitude) == city.id for city in CITIES.values())
    assert city_at(41.6, 13.08) == "latina"  # 20 km away
    assert city_at(48.85, 2.35) is None


def test_nearest_first_but_closed_for_long_last(sessions: SessionFactory, clock: FixedClock) -> None:
    load_sheets(
        sessions,
        [
            sheet(
                at("far", 6000),
                at("winter", 10, opening_hours="Feb 09:00-12:00"),
                at("near", 300),
                entry("nowhere"),
                at("other", 5, services=["shower"]),
            ),
            sheet(at("next-town", 20_000), city="roma"),
        ],
        clock,
    )
    found = nearest(sessions, *LATINA, "food", AT)
    assert [(card.key, card.distance_m) for card in found.cards] == [("near", 300), ("far", 6000), ("winter", 10)]
    assert keys(nearest(sessions, *LATINA, "food", AT, limit=9).cards) == ["near", "far", "next-town", "winter"]


def test_without_coordinates_the_city_of_the_position_answers(sessions: SessionFactory, clock: FixedClock) -> None:
    load_sheets(sessions, [sheet(entry("a", address="Via Roma 1"))], clock)
    (card,) = nearest(sessions, *LATINA, "food", AT).cards
    assert (card.key, card.distance_m) == ("a", None)
    assert nearest(sessions, 48.85, 2.35, "food", AT).cards == ()


def test_wishes_move_cards_up_and_hide_none(sessions: SessionFactory, clock: FixedClock) -> None:
    load_sheets(
        sessions,
        [
            sheet(
                at("a-all", 500),
                at("b-women", 900, eligibility=["women"]),
                at("c-arabic", 100, languages=["ar"]),
                at("d-open", 9000, opening_hours="24/7"),
                at("e-fresh", 2000, verified_on=date(2026, 11, 1)),
            )
        ],
        clock,
    )

    def order(**wishes: object) -> list[str]:
        return [key[0] for key in keys(find(sessions, "latina", "food", AT, 9, wishes=Wishes(**wishes)).cards)]

    assert order() == ["d", "e", "a", "c", "b"]
    assert order(near=LATINA) == ["d", "e", "c", "a", "b"]
    assert order(language="ar") == ["d", "c", "e", "a", "b"]
    assert order(recipients=["women"]) == ["d", "b", "e", "a", "c"]
    assert order(open_only=True) == ["d"]


def test_the_order_explains_itself(sessions: SessionFactory, clock: FixedClock) -> None:
    load_sheets(sessions, [sheet(at("a", 500), at("b", 100, services=["shower", "food"]))], clock)
    (first, why), (second, why_later) = explain(sessions, "latina", "food", AT, Wishes(near=LATINA))
    assert (first.key, second.key) == ("a", "b")
    assert list(why) == list(RULES)
    assert next(name for name in why if why[name] != why_later[name]) == "main service"
    assert (why["near"], why_later["near"]) == (500, 100)


@pytest.mark.parametrize(
    ("words", "key"),
    [
        ("mensa don adriano", "mensa"),
        ("Mensa Don Adrano", "mensa"),
        ("caritas", "mensa"),
        ("CIRCERONE", "mensa"),
        ("via cicerone", "mensa"),
        ("ciceròne 114", "mensa"),
        ("questura", "questura"),
        ("kuestura", "questura"),
        ("pizzeria", None),
        ("!", None),
        ("", None),
    ],
)
def test_words_with_misspellings(sessions: SessionFactory, clock: FixedClock, words: str, key: str | None) -> None:
    load_sheets(
        sessions,
        [
            sheet(
                entry("mensa", name='Mensa "Don Adriano"', organisation="Càritas", address="Via Cicerone 114, Latina"),
                entry("questura", name="Questura di Latina", address="Palazzo M"),
            )
        ],
        clock,
    )
    assert keys(by_words(sessions, "latina", words, AT)) == ([key] if key else [])


def test_a_mobile_unit_says_where_it_stands_and_when(sessions: SessionFactory, clock: FixedClock) -> None:
    unit = entry(
        "unit",
        services=["mobile_unit"],
        stops=[
            {"place": "Stazione", "hours": "We 20:00-23:00"},
            {"place": "Porto", "hours": "2026 Nov 26 19:00-21:00"},
            {"place": "Parco", "hours": "Mo 18:00-19:00"},
        ],
    )
    load_sheets(sessions, [sheet(unit)], clock)
    (card,) = find(sessions, "latina", "mobile_unit", AT).cards
    assert card.contactable
    assert [stop["place"] for stop in card.stops] == ["Stazione", "Porto", "Parco"]
    assert card.hours["next_opening"] == "2026-11-25T20:00:00+01:00"
    (card,) = find(sessions, "latina", "mobile_unit", AT, on=date(2026, 11, 26)).cards
    assert card.stops[0]["place"] == "Porto"
    assert card.stops[0]["hours"]["asked"] == {"date": "2026-11-26", "spans": [["19:00", "21:00"]]}
