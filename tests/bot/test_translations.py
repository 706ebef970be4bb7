"""The catalogues are read as they lie on the disk; what they lack is said in English."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot import translations
from bot.translations import locale_of, translate, written_languages

PO = """
msgid ""
msgstr "Content-Type: text/plain; charset=utf-8\\n"

msgid "Menu"
msgstr "Меню"

msgid "City"
msgstr ""

#, fuzzy
msgid "Language"
msgstr "Мова?"

#~ msgid "Yes"
#~ msgstr "Так"
"""


@pytest.fixture
def locales(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with one catalogue, of Ukrainian."""
    monkeypatch.setattr(translations, "LOCALES", tmp_path)
    path = tmp_path / "uk" / "LC_MESSAGES" / "orienta.po"
    path.parent.mkdir(parents=True)
    path.write_text(PO, encoding="utf-8")
    translations._translations.cache_clear()
    yield tmp_path
    translations._translations.cache_clear()


@pytest.mark.parametrize(
    ("language", "message", "text"),
    [
        ("uk", "Menu", "Меню"),
        ("uk", "City", "City"),
        ("uk", "Language", "Language"),
        ("uk", "Yes", "Yes"),
        ("uk", "Nobody has asked for this", "Nobody has asked for this"),
        ("ti", "Menu", "Menu"),
        ("en", "Menu", "Menu"),
        ("uk", "", ""),
    ],
)
def test_what_a_catalogue_lacks_is_said_in_english(locales: Path, language: str, message: str, text: str) -> None:
    assert translate(language, message) == text


def test_a_language_is_written_once_it_has_a_catalogue(locales: Path) -> None:
    assert written_languages() == ["en", "uk"]
    (locales / "so" / "LC_MESSAGES").mkdir(parents=True)
    assert written_languages() == ["en", "uk"]


@pytest.mark.parametrize("language", written_languages())
def test_every_language_that_is_written_has_dates(language: str) -> None:
    assert len(locale_of(language).days["format"]["wide"]) == 7
