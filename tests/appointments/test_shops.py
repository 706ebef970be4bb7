from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path

import pytest
from sqlalchemy import select

from appointments.agenda import new_code
from appointments.booking import bookable_types, days_with_slots, desk_words, shop_address
from appointments.desk import walk_in
from appointments.errors import NoShop
from appointments.models import Shop
from appointments.shops import FOLDER, ShopSheetError, load_shops, read_sheets
from services_catalog.importer import load_sheets
from services_catalog.lint import read_sheets as sheets_of_cities
from services_catalog.search import one_stop_shop
from services_catalog.sheets import PACKAGED
from services_catalog.vocabulary import CITIES
from storage.database import SessionFactory, transaction
from tests.appointments.conftest import SHEET
from tests.conftest import FixedClock


def test_every_city_has_an_agenda_that_is_marked_as_an_example() -> None:
    sheets = read_sheets()
    assert {sheet.shop for sheet in sheets} == set(CITIES)
    assert all(sheet.example for sheet in sheets)
    assert [path.name for path in FOLDER.glob("*.yml")] == ["example.yml"]


def test_a_citys_own_sheet_counts_instead_of_the_example(sessions: SessionFactory, tmp_path: Path) -> None:
    (tmp_path / "example.yml").write_text(SHEET.replace("shop: latina\n", ""))
    (tmp_path / "latina.yml").write_text(SHEET.replace("example: true", "example: false"))
    assert sorted(load_shops(sessions, tmp_path)) == sorted(CITIES)
    assert load_shops(sessions, tmp_path) == []
    assert [one.example for one in bookable_types(sessions, "latina")] == [False] * 4
    assert bookable_types(sessions, "roma") == [], "an example at no known address"


def test_an_example_is_bookable_only_for_what_the_catalogue_knows_and_where(
    sessions: SessionFactory, clock: FixedClock
) -> None:
    load_sheets(sessions, sheets_of_cities(PACKAGED), clock)
    load_shops(sessions)
    now = datetime(2026, 11, 25, 8, 0, tzinfo=timezone.utc)
    open_for = {}
    for city in CITIES:
        for one in bookable_types(sessions, city):
            place = one_stop_shop(sessions, city, now, one.service)
            assert one.example and place and place.address and one.service in place.services
            assert shop_address(sessions, city, now, one.service) == f"{place.name}, {place.address}"
            open_for.setdefault(city, []).append(one.service)
    assert set(open_for) == {"genova", "latina", "milano", "taranto"}
    assert "Corso Matteotti 134" in shop_address(sessions, "latina", now, "shower")
    assert "Via Bortolo Terzariol 7" in shop_address(sessions, "latina", now, "legal_support")


def test_of_an_example_the_staff_may_give_everything(sessions: SessionFactory, clock: FixedClock) -> None:
    load_shops(sessions)
    with pytest.raises(NoShop):
        days_with_slots(sessions, clock, "roma", "documents")
    given = walk_in(sessions, clock, city="roma", service="documents", language="it", staff="anna")
    assert (given.city, given.example, given.walk_in) == ("roma", True, True)


def test_loading_again_never_touches_what_is_there(shop: SessionFactory) -> None:
    with transaction(shop) as session:
        session.get(Shop, "latina").example = False
    assert "latina" not in load_shops(shop)
    assert load_shops(shop) == []
    assert not bookable_types(shop, "latina")[0].example


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("shop: latina", "shop: atlantis", "atlantis"),
        ("service: shower", "service: sauna", "sauna"),
        ("service: shower", "service: documents", "documents"),
        ("legal_support, minutes: 60", "legal_support, minutes: 50", "50 minutes"),
        ("09:00-10:30", "10:30-09:00", "10:30-09:00"),
        ("09:00-10:30", "09:00-25:00", "09:00-25:00"),
        ("09:00-13:00, 14:00-15:00", "09:00-13:00, 12:00-15:00", "12:00-15:00"),
        ("legal_support, minutes: 60", "legal_support, minutes: 60, also_at: [Cellar]", "Cellar"),
        ("legal_support, minutes: 60", "legal_support, minutes: 60, booked_by: cat", "booked_by"),
        ("    seats: 2", "    pauses: {xx: [10:00-11:00]}\n    seats: 2", "xx"),
        ("    seats: 2", "    exceptions: [{day: 2026-12-01, hours: [9-11]}]\n    seats: 2", "9-11"),
        ("seats: 2", "seats: 0", "seats"),
        ("example: true", "exampel: true", "exampel"),
        ("resources:", "resources: [", "not YAML"),
    ],
)
def test_a_wrong_sheet_is_named(tmp_path: Path, old: str, new: str, named: str) -> None:
    assert old in SHEET
    (tmp_path / "latina.yml").write_text(SHEET.replace(old, new, 1))
    with pytest.raises(ShopSheetError, match=named) as error:
        read_sheets(tmp_path)
    assert "latina.yml" in str(error.value)


def test_beside_a_wrong_sheet_nothing_is_loaded(sessions: SessionFactory, tmp_path: Path) -> None:
    (tmp_path / "latina.yml").write_text(SHEET)
    (tmp_path / "roma.yml").write_text(SHEET.replace("shop: latina", "shop: atlantis"))
    with pytest.raises(ShopSheetError, match=r"roma\.yml"):
        load_shops(sessions, tmp_path)
    with sessions() as session:
        assert session.execute(select(Shop.id)).all() == []


def test_desk_words_are_plain_and_many() -> None:
    words = desk_words()
    assert len(words) == len(set(words)) >= 150
    assert all(word.isascii() and word.isalpha() and 3 <= len(word) <= 9 for word in words)


def test_a_code_is_two_different_words_and_a_number_and_no_insult() -> None:
    insults = {
        "asino",
        "capra",
        "oca",
        "pecora",
        "mucca",
        "vacca",
        "cane",
        "cagna",
        "maiale",
        "patata",
        "palla",
        "fica",
    }
    assert insults.isdisjoint(desk_words())
    for _ in range(200):
        first, second, number = new_code().split("-")
        assert first != second and {first, second} <= set(desk_words()) and 10 <= int(number) <= 99
