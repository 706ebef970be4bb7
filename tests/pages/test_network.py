"""Quality of a city and the network's page over HTTP. Wednesday 2026-11-25, 09:00 in Rome."""

from __future__ import annotations

import re

import pytest

from appointments.indicators import Month
from console.catalogue_texts import QUALITY_RULES
from console.network import HEIGHT, WIDTH, chart
from services_catalog.freshness import report_wrong
from services_catalog.importer import entry_id, load_sheets
from services_catalog.lint import read_sheets
from services_catalog.quality import RULES
from services_catalog.sheets import PACKAGED
from services_catalog.vocabulary import CITIES
from storage.clock import ROME
from storage.database import SessionFactory
from tests.conftest import FixedClock
from tests.pages.conftest import SAME_SITE, Staff, book, forget_the_shops, rome
from tests.services_catalog.factories import entry, sheet


@pytest.fixture
def cities(staff: Staff, shop: SessionFactory, clock: FixedClock) -> Staff:
    forget_the_shops(shop)
    latina = [entry("a", phones=["112"], opening_hours="Mo 09:00-10:00", verified_on="2026-11-20"), entry("b")]
    load_sheets(shop, [sheet(*latina), sheet(entry("r"), city="roma")], clock)
    report_wrong(shop, clock, entry_id("latina", "a"), "hours")
    return staff


def test_every_rule_of_quality_has_its_words() -> None:
    assert set(QUALITY_RULES) == {what for _, what, _ in RULES}


def test_the_quality_of_a_city(cities: Staff) -> None:
    cities.log_in("olga")
    page = re.sub(r"<[^>]*>", "", cities.client.get("/quality").text)
    assert "Livello: nessuno" in page and "Con indirizzo o telefono50 %" in page and "Scadute1" in page
    assert "Servizi essenziali senza un luogo né un telefono: Doccia" in page and "Segnalazioni aperte1" in page
    assert "Cibo" not in page.split("Servizi essenziali")[1].split("\n")[0]


def test_all_cities_side_by_side(cities: Staff) -> None:
    cities.log_in("nora")
    page = cities.client.get("/network").text
    rows = dict(re.findall(r'<tr><th scope="row">(.*?)</th>(.*?)</tr>', page))
    assert set(rows) >= {city.name for city in CITIES.values()}
    assert re.findall(r"<td>(.*?)</td>", rows["Latina"])[1:] == ["2", "50 % (1)", "1", "1", "0"]
    assert re.findall(r"<td>(.*?)</td>", rows["Milano"])[1:] == ["0", "—", "0", "0", "0"]
    assert "<form" not in page.split("<main")[1]  # read only


def test_small_numbers_are_on_no_page(staff: Staff, shop: SessionFactory, clock: FixedClock) -> None:
    for number in range(4):
        book(shop, clock, f"tg-{number}", service="documents", starts_at=rome(25, 10 + number // 2, 30 * (number % 2)))
    staff.log_in("nora")
    page = staff.client.get("/network").text
    assert "<h3>Latina</h3>" in page and "&lt; 5" in page
    assert re.findall(r"<tr><th scope=\"row\">novembre 2026</th>(.*?)</tr>", page) == ["<td>&lt; 5</td>" * 3]
    assert page.count("<rect") == 0 and page.count('class="few"') == 3


def test_the_chart() -> None:
    months = (
        Month(rome(1, 9).astimezone(ROME).date(), 20, 10, None),
        Month(rome(2, 9).astimezone(ROME).date(), 0, 0, 0),
    )
    drawn = chart(months, "it")
    heights = {name: high for name, _, _, high, count in drawn["bars"][:3] if count}
    assert heights["booked"] == pytest.approx(2 * heights["seen"], abs=0.2) and drawn["top"] == 20
    assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for _, x, y, _, _ in drawn["bars"])


def test_the_network_sees_numbers_and_nothing_else(cities: Staff) -> None:
    cities.log_in("nora")
    assert cities.client.get("/").headers["location"] == "/network"
    for path in (
        "/catalogue",
        "/catalogue/map",
        "/to-check",
        "/quality",
        "/catalogue/export.csv",
        "/appointments",
        "/accounts",
    ):
        assert cities.client.get(path).status_code == 403, path
    assert cities.client.post("/network", headers=SAME_SITE).status_code == 405


def test_real_sheets(cities: Staff, shop: SessionFactory, clock: FixedClock) -> None:
    load_sheets(shop, read_sheets(PACKAGED), clock)
    cities.log_in("ada")
    assert cities.client.get("/network").status_code == 200
    for city in CITIES:
        for path in ("/catalogue", "/catalogue/map", "/quality", "/to-check"):
            answer = cities.client.get(path, params={"city": city})
            assert answer.status_code == 200 and CITIES[city].name in answer.text
