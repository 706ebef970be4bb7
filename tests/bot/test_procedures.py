"""Statements and sources as lines: numbered, with their dates, marked when they are in another language."""

from __future__ import annotations

import re
from typing import Any

import pytest

from actions.languages import WRITTEN_LANGUAGES
from bot.procedures import PARTS, source_lines, statement_lines
from bot.translations import translate
from services_catalog.procedures import schema

SOURCE = {"url": "https://q.example.it", "publisher": "Questura di Asti", "date": "2017-06", "official": True}
PRESS = {"url": "https://g.example.it", "publisher": "Giornale", "date": None, "official": False}
PAGE = "https://interno.example.it"


def told(text: str = "Bring it.", language: str = "en", *sources: dict[str, Any], **fields: Any) -> dict[str, Any]:
    bare = {"verified_on": None, "verified_source": None, "old": False}
    return {
        "key": "bring.1",
        "number": None,
        "text": text,
        "language": language,
        "sources": sources or (SOURCE,),
        **bare,
        **fields,
    }


CHECKED = {"verified_on": "2026-11-25", "verified_source": PAGE}


@pytest.mark.parametrize(
    ("statements", "language", "lines"),
    [
        ([told()], "en", ["Bring it.", "ℹ️ Nobody has checked this yet: ask before you rely on it."]),
        ([told(old=True)], "en", ["Bring it.", "⚠️ Nobody has checked this yet: ask before you rely on it."]),
        ([told(**CHECKED)], "en", ["Bring it.", "✅ Checked on 25 November 2026."]),
        (
            [told(**CHECKED, old=True)],
            "en",
            ["Bring it.", "⚠️ Checked on 25 November 2026, a long time ago: ask if it is still so."],
        ),
        (
            [told(number=3, **CHECKED), told("Two.", number=4)],
            "en",
            ["3. Bring it.", "4. Two.", "ℹ️ Nobody has checked this yet: ask before you rely on it."],
        ),
        ([told("Portalo.", "it", **CHECKED)], "en", ["Portalo. (in Italian)", "✅ Checked on 25 November 2026."]),
        ([told("Portalo.", "it", **CHECKED)], "it", ["Portalo.", "✅ Controllato: 25 novembre 2026."]),
        ([told(**CHECKED)], "fr", ["Bring it. (en anglais)", "✅ Vérifié le 25 novembre 2026."]),
    ],
)
def test_statements(statements: list[dict[str, Any]], language: str, lines: list[str]) -> None:
    assert statement_lines(statements, language) == lines


def test_from_right_to_left_another_language_is_isolated_and_lines_begin_at_the_right() -> None:
    line = statement_lines([told("Portalo alla Questura.", "it")], "ar")[0]
    assert line == f"\u200f\u2068Portalo alla Questura.\u2069 ({translate('ar', 'in Italian')})"
    assert "\u2068Questura di Asti\u2069" in source_lines([told()], "ur")[0]


@pytest.mark.parametrize(
    ("text", "isolated"),
    [
        ("رقم 800 905 570 (من الخارج: +39 351 137 6335)، 35 لغة.", ["800 905 570", "+39 351 137 6335"]),
        ("المادة 18-ter في (Sportello Amico): ritorno@iom.int.", ["18-ter", "Sportello Amico", "ritorno@iom.int"]),
        ("30,46 يورو، C3، من 9:30-18.", ["30,46", "C3", "9:30-18"]),
    ],
)
def test_numbers_and_names_keep_their_order_from_right_to_left(text: str, isolated: list[str]) -> None:
    line = statement_lines([told(text, "ar")], "ar")[0]
    assert re.findall("\u2068(.*?)\u2069", line) == isolated
    assert re.sub("[\u2068\u2069\u200f]", "", line) == text


def test_each_source_has_the_letter_of_its_button_and_its_date() -> None:
    statements = [told("One.", "en", SOURCE, PRESS, number=1), told("Two.", "en", PRESS, number=2, **CHECKED)]
    assert source_lines(statements, "en") == [
        "1.",
        "A Questura di Asti, June 2017, official source",
        "B Giornale, date not known, not an official source",
        "2.",
        "C ✅ Checked on 25 November 2026.",
        "B Giornale, date not known, not an official source",
    ]
    assert source_lines([told()], "it") == ["A Questura di Asti, giugno 2017, fonte ufficiale"]


def test_every_part_has_a_short_name_of_its_own_in_every_language() -> None:
    assert tuple(PARTS) == schema.PARTS
    for language in WRITTEN_LANGUAGES:
        names = [translate(language, msgid) for _emoji, msgid in PARTS.values()]
        assert len(set(names)) == len(names)
        assert max(map(len, names)) <= 32, language
