from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from services_catalog.lint import read_sheets
from services_catalog.schema import Sheet
from services_catalog.sheets import PACKAGED, contact_phones, dump_sheet, read_yaml, sheet_files
from services_catalog.vocabulary import CITIES, NATIONAL
from tests.services_catalog.factories import entry, sheet


def test_every_city_has_a_sheet() -> None:
    assert {file.stem for file in sheet_files(PACKAGED)} == {*CITIES, NATIONAL}


def test_writing_what_was_read_gives_the_same_bytes() -> None:
    for one in read_sheets(PACKAGED):
        assert dump_sheet(one) == (PACKAGED / f"{one.city}.yml").read_text(encoding="utf-8")


def test_every_field_survives() -> None:
    full = entry(
        "mensa-x", name="Mensa: «X» # 1", organisation="Caritas", services=["food", "shower"], address="Via Roma 1",
        phones=["112", {"number": "0471 402338", "description": "tasto 3"}], email="a@example.org",
        website="https://example.org", opening_hours="Mo-Fr 09:00-13:00", who="tutti", cost="gratuito", free=False,
        languages=["it", "pl"], languages_note="anche mediatori", eligibility=["no_papers_asked"], one_stop_shop=True,
        notes="riga uno\nriga due", source_date="2024", other_sources=["https://example.org/b"],
        verified_on=date(2026, 11, 1), verified_by="sportello",
    )  # fmt: skip
    whole = sheet(full, entry("b"), desk_phone="0773 6553204")
    text = dump_sheet(whole)
    assert Sheet.parse_obj(read_yaml(text.encode())) == whole
    assert dump_sheet(Sheet.parse_obj(read_yaml(text.encode()))) == text


def test_an_operator_may_write_years_and_days_without_quotes() -> None:
    text = dump_sheet(
        sheet(entry("a", source_date="2024"), entry("b", source_date="2024-12-05"), entry("c", source_date="2024-12"))
    )
    plain = text.replace("'2024'", "2024").replace("'2024-12-05'", "2024-12-05")
    assert plain != text
    assert [e.source_date for e in Sheet.parse_obj(read_yaml(plain.encode())).entries] == [
        "2024",
        "2024-12-05",
        "2024-12",
    ]


def test_nothing_is_verified_that_nobody_has_checked() -> None:
    assert all(e.verified_on is None for one in read_sheets(PACKAGED) for e in one.entries)


@pytest.mark.parametrize("city", ["latina", "genova", "milano", "taranto"])
def test_known_one_stop_shops(city: str) -> None:
    (one,) = read_sheets(PACKAGED / f"{city}.yml")
    assert any(e.one_stop_shop and e.contactable for e in one.entries)


def test_contact_phones(tmp_path: Path) -> None:
    def phones(*entries: str, desk: str = "") -> dict[str, str]:
        (tmp_path / "latina.yml").write_text(f"city: latina\ndesk_phone: {desk}\nentries: [{', '.join(entries)}]\n")
        return contact_phones(tmp_path)

    beside = '{services: [food, social_support], phones: ["112"]}'
    social = '{services: [social_support], phones: ["800 212 999"]}'
    shop = '{services: [documents], one_stop_shop: true, phones: ["0773 6553204"]}'
    assert phones(beside) == {}
    assert phones(beside, social) == {"latina": "800 212 999"}
    assert phones(social, shop) == {"latina": "0773 6553204"}
    assert phones(social, shop, desk="0773 1234567") == {"latina": "0773 1234567"}


def test_contact_phones_of_the_sheets_that_come_along() -> None:
    phones = contact_phones()
    assert set(phones) <= set(CITIES)
    assert len(phones) >= 6
