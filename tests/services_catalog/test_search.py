from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timezone
from typing import Any

import pytest
from sqlalchemy import event

from services_catalog.importer import entry_id, load_sheets
from services_catalog.lint import read_sheets
from services_catalog.schema import Entry
from services_catalog.search import counts, find, get_entry, one_stop_shop
from services_catalog.sheets import PACKAGED
from services_catalog.vocabulary import CITIES, SERVICES
from storage.database import Engine, SessionFactory
from tests.conftest import FixedClock
from tests.services_catalog.factories import entry, sheet

AT = datetime(2026, 11, 25, 8, 0, tzinfo=timezone.utc)
"""Wednesday, 09:00 in Rome."""


@pytest.fixture
def packaged(sessions: SessionFactory, clock: FixedClock) -> SessionFactory:
    load_sheets(sessions, read_sheets(PACKAGED), clock)
    return sessions


def load(sessions: SessionFactory, clock: FixedClock, *entries: Entry, national: tuple[Entry, ...] = ()) -> None:
    load_sheets(sessions, [sheet(*entries), sheet(*national, city="national")], clock)


def keys(
    sessions: SessionFactory, service: str = "food", city: str = "latina", **more: Any
) -> tuple[list[str], list[str]]:
    result = find(sessions, city, service, AT, **more)
    return [card.key for card in result.cards], [card.key for card in result.alternatives]


def place(key: str, **fields: Any) -> Entry:
    return entry(key, **{"address": "Via Roma 1, Latina", **fields})


@contextmanager
def queries(engine: Engine) -> Iterator[list[str]]:
    seen: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield seen
    event.remove(engine, "before_cursor_execute", note)


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        ({}, {"address": None, "opening_hours": "24/7", "verified_on": date(2026, 1, 1)}),
        ({"address": None, "phones": ["112"]}, {"address": None, "opening_hours": "24/7"}),
        ({"one_stop_shop": True}, {"opening_hours": "24/7", "verified_on": date(2026, 1, 1)}),
        ({"opening_hours": "24/7"}, {"verified_on": date(2026, 1, 1), "source_date": "2026"}),
        ({"opening_hours": "Th 10:00-12:00"}, {"services": ["shower", "food"], "opening_hours": "24/7"}),
        ({"services": ["shower", "food"]}, {"opening_hours": "Mar 09:00-12:00"}),
        ({"opening_hours": "We 08:00-10:00"}, {"opening_hours": "We 10:00-12:00"}),
        ({}, {"opening_hours": "Mar 09:00-12:00", "verified_on": date(2026, 1, 1)}),
        ({"verified_on": date(2026, 1, 1)}, {"source_date": "2026", "who": "tutti", "cost": "gratuito"}),
        ({}, {"eligibility": ["women"], "source_date": "2026"}),
        ({}, {"services": ["shower", "food"], "source_date": "2026"}),
        ({"source_date": "2024"}, {"source_date": "2023-12-31", "who": "tutti"}),
        ({"source_date": "2019-01"}, {"who": "tutti"}),
        ({"source_date": "2024-01", "who": "tutti"}, {"source_date": "2024-12"}),
    ],
)
def test_order(sessions: SessionFactory, clock: FixedClock, better: dict[str, Any], worse: dict[str, Any]) -> None:
    load(sessions, clock, place("a-worse", **worse), place("b-better", **better))
    assert keys(sessions)[0][0] == "b-better"


def test_who_hands_out_the_beds_comes_before_the_dormitories(sessions: SessionFactory, clock: FixedClock) -> None:
    load(
        sessions, clock,
        place("dormitory", services=["night_shelter"], opening_hours="24/7", verified_on=date(2026, 1, 1)),
        place("help-center", services=["social_support", "night_shelter"]),
    )  # fmt: skip
    assert keys(sessions, "night_shelter")[0] == ["help-center", "dormitory"]


def test_limit(sessions: SessionFactory, clock: FixedClock) -> None:
    load(sessions, clock, *(place(f"e{n}") for n in range(5)))
    assert len(keys(sessions)[0]) == 3
    assert len(keys(sessions, limit=5)[0]) == 5


LINES = (
    entry("general", services=["anti_violence", "food"], phones=["1522"]),
    entry("food-line", services=["food"], phones=["800 290 290"]),
    entry("for-minors", services=["food"], phones=["114"], eligibility=["minors"]),
    entry("food-page", services=["food"], website="https://example.org"),
    entry("other-line", services=["housing"], phones=["800 905 570"]),
)


def test_nothing_in_the_city(sessions: SessionFactory, clock: FixedClock) -> None:
    load(
        sessions, clock,
        place("social", services=["social_support"]), place("centre", services=["day_centre"]),
        place("shop", services=["documents"], one_stop_shop=True), entry("nowhere", services=["day_centre"]),
        place("school", services=["language_course"]),
        national=LINES,
    )  # fmt: skip
    assert keys(sessions) == ([], ["food-line", "general", "shop"])
    assert keys(sessions, "laundry") == ([], ["shop", "centre", "social"])
    assert keys(sessions, limit=10)[1] == ["food-line", "general", "for-minors", "shop", "centre", "social"]
    assert keys(sessions, limit=1)[1] == ["food-line"]


def test_nobody_in_the_city_at_all(sessions: SessionFactory, clock: FixedClock) -> None:
    load(sessions, clock, national=LINES)
    assert keys(sessions) == ([], ["food-line", "general", "for-minors"])
    assert keys(sessions, "laundry") == ([], [])
    assert keys(sessions, "laundry", city="roma") == ([], [])


def test_only_entries_without_address_and_phone(sessions: SessionFactory, clock: FixedClock) -> None:
    load(sessions, clock, entry("van"), place("social", services=["social_support"]), national=LINES)
    assert keys(sessions) == (["van"], ["food-line", "general", "social"])


def test_where_somebody_can_be_reached_nobody_else_is_shown_and_no_alternatives(
    sessions: SessionFactory, clock: FixedClock
) -> None:
    load(sessions, clock, place("a"), entry("van"), national=LINES)
    assert keys(sessions) == (["a"], [])


def test_a_card_says_everything(sessions: SessionFactory, clock: FixedClock) -> None:
    full = place(
        "mensa", name="Mensa", organisation="Caritas", services=["food", "shower"], address="Via Sanità 93/95",
        phones=["112", {"number": "0471 402338", "description": "tasto 3"}], email="a@example.org",
        website="https://example.org", opening_hours="Mo-Fr 08:30-12:30,18:00+",
        who="tutti", cost="gratuito", free=True,
        languages=["it", "pl"], languages_note="sì", eligibility=["women", "minors"], notes="Note.",
        source_date="2024-12", other_sources=["https://example.org/b"], verified_on=date(2026, 11, 1),
        latitude=41.4676, longitude=12.9037, appointment_only=True, required_documents=["passaporto"], accessibility="rampa",
        exceptions=[{"first": "2026-11-28", "note": "Chiusa per lavori."}, {"first": "2026-01-01", "last": "2026-01-06"}],
        stops=[{"place": "Stazione", "hours": "We 20:00-22:00"}],
    )  # fmt: skip
    load(sessions, clock, full)
    card = find(sessions, "latina", "shower", AT).cards[0].as_dict()
    assert card == json.loads(json.dumps(card)) == {
        "id": entry_id("latina", "mensa"), "key": "mensa", "city": "latina", "name": "Mensa", "organization": "Caritas",
        "services": ["food", "shower"], "address": "Via Sanità 93/95", "phones": ["112", "0471 402338 (tasto 3)"],
        "email": "a@example.org", "website": "https://example.org",
        "hours": {"state": "open", "until": "2026-11-25T12:30:00+01:00", "next_opening": "2026-11-25T18:00:00+01:00",
                  "today": [["08:30", "12:30"], ["18:00", ""]], "days": [], "asked": None},
        "free": True, "cost": "gratuito", "who": "tutti", "eligibility": ["women", "minors"],
        "languages": ["it", "pl"],
        "languages_note": "sì", "notes": "Note.", "source_url": "https://example.org/a", "source_date": "2024-12",
        "other_sources": ["https://example.org/b"], "verified_on": "2026-11-01",
        "map_url": "https://www.openstreetmap.org/?mlat=41.46760&mlon=12.90370#map=17/41.46760/12.90370",
        "one_stop_shop": False, "contactable": True, "stale": False, "appointment_only": True,
        "required_documents": ["passaporto"], "accessibility": "rampa", "latitude": 41.4676, "longitude": 12.9037,
        "distance_m": None, "live": None,
        "alerts": [{"first": "2026-11-28", "last": None, "note": "Chiusa per lavori."}],
        "stops": [{"place": "Stazione", "map_url": "https://www.openstreetmap.org/search?query=Stazione", "hours": {
            "state": "closed", "until": None, "next_opening": "2026-11-25T20:00:00+01:00", "today": [["20:00", "22:00"]],
            "days": [], "asked": None}}],
    }  # fmt: skip
    assert get_entry(sessions, entry_id("latina", "mensa"), AT) == find(sessions, "latina", "food", AT).cards[0]
    assert get_entry(sessions, "none") is None


def test_a_card_of_nearly_nothing(sessions: SessionFactory, clock: FixedClock) -> None:
    load(sessions, clock, entry("a", opening_hours="Th[2,4]"))
    card = find(sessions, "latina", "food", AT).cards[0]
    assert card.hours == {
        "state": "unknown", "until": None, "next_opening": None, "today": [], "days": [3], "asked": None,
    }  # fmt: skip
    assert (card.map_url, card.free, card.organization, card.contactable, card.phones) == (None, None, None, False, ())


@pytest.mark.parametrize(
    ("opening_hours", "on", "asked"),
    [
        ("Mo-Fr 09:00-12:00", date(2026, 11, 26), {"date": "2026-11-26", "spans": [["09:00", "12:00"]]}),
        ("Mo-Fr 09:00-12:00", date(2026, 11, 29), {"date": "2026-11-29", "spans": []}),
        ("Mo-Fr 09:00-12:00; PH off", date(2026, 12, 8), {"date": "2026-12-08", "spans": []}),
        ("Th", date(2026, 11, 26), None),
        (None, date(2026, 11, 26), None),
        ("24/7", date(2026, 11, 26), None),
    ],
)
def test_the_hours_of_a_day_that_is_asked_about(
    sessions: SessionFactory, clock: FixedClock, opening_hours: str | None, on: date, asked: dict[str, Any] | None
) -> None:
    load(sessions, clock, place("a", opening_hours=opening_hours))
    assert find(sessions, "latina", "food", AT, on=on).cards[0].hours["asked"] == asked


def test_one_stop_shop(sessions: SessionFactory, clock: FixedClock) -> None:
    load(
        sessions,
        clock,
        entry("a", one_stop_shop=True),
        place("b", one_stop_shop=True),
        place("c", services=["day_centre"]),
    )
    found = one_stop_shop(sessions, "latina", AT)
    assert found is not None
    assert found.key == "b"
    assert one_stop_shop(sessions, "roma", AT) is None


def test_counts(packaged: SessionFactory) -> None:
    assert set(counts(packaged)) == set(CITIES)
    assert counts(packaged)["latina"] == len(read_sheets(PACKAGED / "latina.yml")[0].entries)


@pytest.mark.parametrize(("service", "expected"), [("shower", 2), ("civic_engagement", 4)])
def test_two_queries_when_something_is_found_and_two_more_for_who_else_can_help(
    packaged: SessionFactory, engine: Engine, service: str, expected: int
) -> None:
    with queries(engine) as seen:
        find(packaged, "latina", service, AT)
    assert len([statement for statement in seen if statement.startswith("SELECT")]) == expected


@pytest.mark.parametrize("at", ["2026-11-25T08:00+00:00", "2026-12-25T01:00+00:00", "2026-07-05T22:00+00:00"])
def test_a_shower_in_latina_is_at_the_one_stop_shop(packaged: SessionFactory, at: str) -> None:
    first = find(packaged, "latina", "shower", datetime.fromisoformat(at)).cards[0]
    assert first.name == "One Stop Shop LgNet - sede corso Matteotti"
    assert first.address == "Corso Matteotti 134, Latina"
    assert first.one_stop_shop


def test_every_city_has_somebody_for_every_service(packaged: SessionFactory) -> None:
    for city in CITIES:
        for service in SERVICES:
            result = find(packaged, city, service, AT)
            assert any(card.contactable for card in (*result.cards, *result.alternatives)), (city, service)
            assert all(service in card.services for card in result.cards)
            assert not any(card.verified_on for card in result.cards)


def test_a_search_takes_a_few_milliseconds(packaged: SessionFactory) -> None:
    taken = []
    for city in CITIES:
        begin = time.perf_counter()
        find(packaged, city, "food", AT)
        taken.append(time.perf_counter() - begin)
    assert sorted(taken)[len(taken) // 2] < 0.05
