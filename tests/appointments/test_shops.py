from __future__ import annotations

from pathlib import Path

import pytest

from appointments.booking import bookable_types, desk_words
from appointments.models import Shop
from appointments.shops import FOLDER, ShopSheetError, load_shops, read_sheet
from storage.database import SessionFactory, transaction
from tests.appointments.conftest import SHEET


def test_the_sheets_that_come_along_can_be_read_and_are_marked() -> None:
    sheets = [read_sheet(path) for path in FOLDER.glob("*.yml")]
    assert [sheet.shop for sheet in sheets] == ["latina"]
    assert all(sheet.example for sheet in sheets)


def test_loading_again_never_touches_what_is_there(shop: SessionFactory) -> None:
    with transaction(shop) as session:
        session.get(Shop, "latina").example = False
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
        ("seats: 2", "seats: 0", "seats"),
        ("example: true", "exampel: true", "exampel"),
        ("resources:", "resources: [", "not YAML"),
    ],
)
def test_a_wrong_sheet_is_named_and_nothing_loaded(
    sessions: SessionFactory, tmp_path: Path, old: str, new: str, named: str
) -> None:
    assert old in SHEET
    (tmp_path / "latina.yml").write_text(SHEET.replace(old, new, 1))
    with pytest.raises(ShopSheetError, match=named) as error:
        load_shops(sessions, tmp_path)
    assert "latina.yml" in str(error.value)
    assert bookable_types(sessions, "latina") == []


def test_desk_words_are_plain_and_many() -> None:
    words = desk_words()
    assert len(words) == len(set(words)) >= 150
    assert all(word.isascii() and word.isalpha() and 3 <= len(word) <= 9 for word in words)
