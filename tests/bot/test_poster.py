"""The printed card: each language in its direction, a code that opens the bot there, hours as a week."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest
import segno

from bot.channels.commands import command
from bot.poster import poster_html, week_lines
from services_catalog.hours import usual_week
from services_catalog.vocabulary import LANGUAGES

CARD: dict[str, Any] = {
    "name": "Mensa <Centro>",
    "address": "Via Roma 1",
    "phones": ["0773 1"],
    "source_url": "https://www.example.org/x",
    "source_date": "2024-12",
    "verified_on": None,
}


def html(*languages: str, size: str = "a4") -> str:
    week = usual_week("Mo-Fr 09:00-13:00", date(2026, 11, 25))
    return poster_html(CARD, week, city="latina", service="food", languages=languages, bot="OrientaBot", size=size)


def test_three_languages_stand_below_each_other() -> None:
    page = html("ar", "bn", "it")
    assert re.findall(r'<section lang="(..)" dir="(...)">', page) == [("ar", "rtl"), ("bn", "ltr"), ("it", "ltr")]
    assert "Mensa &lt;Centro&gt;" in page and "<Centro>" not in page
    assert "size: 210mm 297mm" in page and "size: 105mm 148mm" in html("it", size="a6")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_code_opens_the_bot_at_the_service(language: str) -> None:
    parameter = f"latina_food_{language}"
    code = segno.make(f"https://t.me/OrientaBot?start={parameter}", error="m").svg_inline(omitsize=True, border=1)
    assert code in html(language)
    assert command(f"/start {parameter}") == f'/start{{"city":"latina","language":"{language}","service":"food"}}'


@pytest.mark.parametrize(
    ("hours", "lines"),
    [
        ("Mo-Fr 09:00-13:00,15:00-18:00; Sa 09:00-12:00", ["lun–ven: 09:00-13:00, 15:00-18:00", "sab: 09:00-12:00"]),
        ("Mo,We 15:00-18:00", ["lun: 15:00-18:00", "mer: 15:00-18:00"]),
        ("24/7", ["Aperto giorno e notte"]),
        ("Mo-Sa", ["Non si sanno gli orari di apertura: chieda prima di andare"]),
        (None, ["Non si sanno gli orari di apertura: chieda prima di andare"]),
    ],
)
def test_a_week(hours: str | None, lines: list[str]) -> None:
    assert week_lines(usual_week(hours, date(2026, 11, 25)), "it") == lines


def test_a_week_with_a_holiday_is_not_the_usual_one() -> None:
    """8 December and the weeks of Christmas and Epiphany are passed over."""
    hours = "Mo-Su 09:00-13:00; PH off"
    assert usual_week(hours, date(2026, 12, 1)) == ((("09:00", "13:00"),),) * 7
    assert usual_week(hours, date(2026, 12, 20)) == ((("09:00", "13:00"),),) * 7
