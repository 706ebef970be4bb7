"""The list and the map of a city's entries over HTTP. Wednesday 2026-11-25, 09:00 in Rome."""

from __future__ import annotations

import html
import re

import pytest

from console.catalogue_list import HEIGHT, WIDTH, drawing
from services_catalog.freshness import report_wrong
from services_catalog.importer import entry_id, load_sheets
from services_catalog.listing import PAGE, Point
from services_catalog.revisions import Editor, draft, propose, publish
from storage.database import SessionFactory
from tests.conftest import FixedClock
from tests.pages.conftest import Staff, counted, forget_the_shops
from tests.services_catalog.factories import entry, sheet


def names(page: str) -> list[str]:
    """The entries of the table."""
    table = re.search(r"<tbody>.*?</tbody>", page, re.DOTALL)
    return re.findall(r'<th scope="row"><a [^>]*>(.*?)</a>', table[0]) if table else []


@pytest.fixture
def operator(staff: Staff, shop: SessionFactory, clock: FixedClock) -> Staff:
    latina = [
        entry(
            "mensa",
            name="Mensa Caritas",
            address="Via Cicerone 114",
            latitude=41.46,
            longitude=12.9,
            phones=["112"],
            opening_hours="Mo-Fr 12:00-14:00",
            who="tutti",
            cost="1 euro",
            verified_on="2026-11-20",
        ),
        entry(
            "docce",
            name="Docce",
            services=["shower", "laundry"],
            organisation="Caritas",
            phones=["112"],
            source_date="2026-11",
            free=True,
        ),
        entry(
            "rifugio",
            name="Rifugio",
            services=["anti_violence"],
            confidential=True,
            phones=["1522"],
            source_date="2026-11",
        ),
        entry(
            "unita",
            name="Unità di strada",
            services=["mobile_unit"],
            source_date="2026-11-20",
            stops=[{"place": "Stazione", "hours": "Tu 20:00-22:00"}],
        ),
        entry("percento", name="100% aperto_"),
    ]
    forget_the_shops(shop)
    load_sheets(shop, [sheet(*latina), sheet(entry("altra", name="Altra"), city="roma")], clock)
    clock.advance(minutes=1)
    staff.log_in("olga")
    return staff


FILTERS: dict[str, tuple[dict[str, str], list[str]]] = {
    "all": ({}, ["Mensa Caritas", "Docce", "Rifugio", "Unità di strada", "100% aperto_"]),
    "name": ({"words": "mensa"}, ["Mensa Caritas"]),
    "organisation": ({"words": "caritas"}, ["Mensa Caritas", "Docce"]),
    "address and name": ({"words": "cicerone mensa"}, ["Mensa Caritas"]),
    "a percent sign is none": ({"words": "100%"}, ["100% aperto_"]),
    "an underscore is none": ({"words": "_"}, ["100% aperto_"]),
    "service": ({"service": "laundry"}, ["Docce"]),
    "confidential": ({"state": "confidential"}, ["Rifugio"]),
    "reported": ({"state": "reported"}, ["Mensa Caritas"]),
    "proposed": ({"state": "proposed"}, ["Docce"]),
    "edited": ({"state": "edited"}, ["Unità di strada"]),
    "stale": ({"age": "stale"}, ["100% aperto_"]),
    "fresh": ({"age": "fresh", "words": "caritas"}, ["Mensa Caritas", "Docce"]),
    "never checked": ({"age": "never", "service": "food"}, ["100% aperto_"]),
    "no hours": ({"lacks": "hours"}, ["Docce", "Rifugio", "100% aperto_"]),
    "no contact": ({"lacks": "contact"}, ["100% aperto_"]),
    "no position": ({"lacks": "position", "service": "shower"}, ["Docce"]),
    "no cost": ({"lacks": "cost"}, ["Rifugio", "Unità di strada", "100% aperto_"]),
    "nobody said for whom": ({"lacks": "who", "service": "food"}, ["100% aperto_"]),
    "two at once": ({"service": "food", "age": "fresh"}, ["Mensa Caritas"]),
    "what is no filter": (
        {"state": "x", "age": "'", "lacks": "--", "service": "food"},
        ["Mensa Caritas", "100% aperto_"],
    ),
    "no service": ({"service": "x"}, []),
}


@pytest.mark.parametrize("name", FILTERS)
def test_filters(operator: Staff, shop: SessionFactory, clock: FixedClock, name: str) -> None:
    report_wrong(shop, clock, entry_id("latina", "mensa"), "hours")
    paolo, olga = Editor("paolo", "provider", "latina"), Editor("olga", "operator", "latina")
    propose(shop, clock, paolo, draft(shop, clock, paolo, "latina", "docce", {"cost": "1 euro"}))
    publish(shop, clock, olga, draft(shop, clock, olga, "latina", "unita", {"notes": "nuova"}))
    query, wanted = FILTERS[name]
    page = html.unescape(operator.client.get("/catalogue", params=query).text)
    assert names(page) == wanted and f"Schede: {len(wanted)}" in page


def test_a_misspelt_name_is_offered(operator: Staff) -> None:
    page = operator.client.get("/catalogue", params={"words": "mensa carittas"}).text
    assert names(page) == [] and "Forse cercavi" in page and f"/catalogue/{entry_id('latina', 'mensa')}" in page


def test_another_citys_entries_are_on_no_page(operator: Staff) -> None:
    for path in (
        "/catalogue",
        "/catalogue/map",
        "/to-check",
        "/quality",
        "/catalogue/exchange",
        "/catalogue/export.csv",
    ):
        page = operator.client.get(path, params={"city": "roma", "words": "altra"}).text
        assert "Altra" not in page.replace("Altra fonte", "") and "Roma" not in page, path


# -- pages --


@pytest.mark.parametrize("number", ["0", "-1", "x", "999999999", "9" * 30, "", "²"])
def test_a_page_that_is_none(operator: Staff, number: str) -> None:
    answer = operator.client.get("/catalogue", params={"page": number})
    assert answer.status_code == 200 and len(names(answer.text)) == 5
    assert operator.client.get("/to-check", params={"page": number}).status_code == 200
    assert operator.client.get("/statements", params={"page": number}).status_code == 200


def test_pages_follow_each_other(operator: Staff, shop: SessionFactory, clock: FixedClock) -> None:
    many = [entry(f"e{number}", name=f"Scheda {number}") for number in range(2 * PAGE + 1)]
    load_sheets(shop, [sheet(*many)], clock)
    seen, address = [], "/catalogue?city=latina&age=stale"
    while address:
        page = html.unescape(operator.client.get(address).text)
        seen += names(page)
        following = re.search(r'<a href="([^"]*)">Successiva', page)
        address = following[1] if following else ""
    assert seen == [one.name for one in many]


# -- how many questions a page asks --


QUERIES = {
    "/catalogue": 5,
    "/catalogue/map": 3,
    "/to-check": 6,
    "/statements": 2,
    "/quality": 5,
    "/network": 6,
    "/catalogue/exchange": 1,
}
"""One for who asks, the others for what the page shows."""


@pytest.mark.parametrize("path", QUERIES)
def test_a_list_asks_as_often_however_long_it_is(
    operator: Staff, shop: SessionFactory, clock: FixedClock, path: str
) -> None:
    operator.log_in("ada")
    counts = []
    for number in (1, 40):
        many = [entry(f"e{number}", phones=["112"], address="Via Roma 1") for number in range(number)]
        load_sheets(shop, [sheet(*many), sheet(*many, city="roma")], clock)
        for one in many:
            report_wrong(shop, clock, entry_id("latina", one.key), "hours")
        with counted() as told:
            assert operator.client.get(path, params={"city": "latina"}).status_code == 200
        counts.append(len(told))
    assert counts == [QUERIES[path]] * 2


# -- the map --


def test_the_map_shows_what_has_coordinates_and_says_how_many_have_none(operator: Staff) -> None:
    page = operator.client.get("/catalogue/map").text
    assert page.count("<circle") == 1 and f"/catalogue/{entry_id('latina', 'mensa')}" in page
    assert "Sulla mappa: 1 schede." in page and "Senza coordinate, e quindi non qui: 4." in page
    assert len(names(operator.client.get("/catalogue?lacks=position").text)) == 4


def test_the_drawing_is_true_to_scale() -> None:
    """A degree of longitude is shorter than one of latitude; north is above, east to the right; all lies inside."""
    found = (
        Point("a", "A", "food", 41.40, 12.80),
        Point("b", "B", "food", 41.50, 12.80),
        Point("c", "C", "food", 41.40, 12.90),
    )
    drawn = drawing(found)
    (_, ax, ay), (_, bx, by), (_, cx, cy) = drawn["points"]
    assert ax == bx and by < ay and cy == ay and cx > ax
    assert (cx - ax) / (ay - by) == pytest.approx(0.75, abs=0.01)  # the cosine of 41.45 degrees
    assert all(0 < x < WIDTH and 0 < y < HEIGHT for _, x, y in drawn["points"])
    assert drawn["bar"] == pytest.approx(drawn["km"] / 11.12 * (ay - by), abs=0.2)


def test_one_point_and_none() -> None:
    assert drawing(())["points"] == []
    ((_, x, y),) = drawing((Point("a", "A", "food", 41.4, 12.8),))["points"]
    assert (x, y) == (WIDTH / 2, HEIGHT / 2)
