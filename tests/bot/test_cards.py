"""Cards: what is known is said, what is not known is said too, in every language that is written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any

import pytest

from actions.languages import WRITTEN_LANGUAGES
from bot import cards
from bot.cards import card_lines, hours_text, partial_date, source_text
from bot.translations import RIGHT_TO_LEFT, locale_of, translate
from services_catalog.importer import entry_id, load_sheets
from services_catalog.lint import read_sheets
from services_catalog.search import get_entry
from services_catalog.sheets import PACKAGED
from storage.clock import ROME, utc_now
from storage.database import SessionFactory, make_engine, make_session_factory
from storage.migrate import migrate

WEDNESDAY = datetime(2026, 11, 25, 9, 0, tzinfo=ROME)
UNKNOWN = {"state": "unknown", "until": None, "next_opening": None, "today": [], "days": []}
BARE: dict[str, Any] = {
    "name": "Mensa", "address": None, "phones": [], "hours": UNKNOWN, "free": None, "cost": None, "who": None,
    "languages": [], "source_url": "https://www.example.org/mensa", "source_date": None, "verified_on": None,
}  # fmt: skip


def rome(day: int, hour: int, month: int = 11) -> str:
    return datetime(2026, month, day, hour, 0, tzinfo=ROME).isoformat()


@pytest.mark.parametrize(
    ("hours", "text"),
    [
        ({"state": "always"}, "Open day and night"),
        ({}, "The opening hours are not known: ask before you go"),
        ({"state": "unknown"}, "The opening hours are not known: ask before you go"),
        (
            {"state": "unknown", "days": [0, 3]},
            "Days: Mon, Thu. The hours are not known: ask before you go",
        ),
        ({"state": "open", "until": rome(25, 13)}, "Open now, until 13:00"),
        (
            {"state": "open", "until": rome(25, 13), "today": [["08:00", "13:00"], ["15:00", "18:00"]]},
            "Open now, until 13:00. Today: 08:00-13:00, 15:00-18:00",
        ),
        ({"state": "open", "today": [["08:00", ""]]}, "Open now. Today: 08:00"),
        ({"state": "closed"}, "Closed now"),
        ({"state": "closed", "today": [["06:00", "08:00"]]}, "Closed now. Today: 06:00-08:00"),
        ({"state": "closed", "next_opening": rome(25, 15)}, "Closed now. Opens today at 15:00"),
        ({"state": "closed", "next_opening": rome(26, 9)}, "Closed now. Opens tomorrow at 09:00"),
        (
            {"state": "closed", "asked": {"date": "2026-11-29", "spans": [["10:00", "12:00"]]}},
            "Closed now. Sunday 29 November: 10:00-12:00",
        ),
        ({"state": "open", "asked": {"date": "2026-11-29", "spans": []}}, "Open now. Sunday 29 November: closed"),
        ({"state": "closed", "next_opening": rome(27, 9)}, "Closed now. Opens Friday at 09:00"),
        ({"state": "closed", "next_opening": rome(1, 9, 12)}, "Closed now. Opens Tuesday at 09:00"),
        ({"state": "closed", "next_opening": rome(2, 9, 12)}, "Closed now. Opens Wednesday 2 December at 09:00"),
    ],
)
def test_hours(hours: dict[str, Any], text: str) -> None:
    assert hours_text(hours, "en", WEDNESDAY) == text


@pytest.mark.parametrize("language", WRITTEN_LANGUAGES)
def test_hours_in_every_language(language: str) -> None:
    told = {
        hours_text({**UNKNOWN, **hours}, language, WEDNESDAY)
        for hours in (
            {"state": "always"}, {"state": "unknown"}, {"state": "unknown", "days": [6]}, {"state": "open"},
            {"state": "open", "until": rome(25, 13)}, {"state": "closed"}, {"state": "closed", "next_opening": rome(26, 9)},
        )
    }  # fmt: skip
    assert len(told) == 7
    assert not any("{" in text for text in told)


def test_hours_are_of_rome_whatever_the_offset() -> None:
    hours = {"state": "closed", "next_opening": "2026-11-25T23:30:00+00:00"}
    late = datetime(2026, 11, 25, 23, 10, tzinfo=timezone.utc)  # already Thursday in Rome
    assert hours_text(hours, "en", late) == "Closed now. Opens today at 00:30"


def test_without_a_moment_no_opening_is_claimed() -> None:
    for state in ("open", "closed"):
        assert hours_text({**UNKNOWN, "state": state, "until": rome(25, 13)}, "en", None) == translate(
            "en", cards.HOURS["unknown"]
        )
    assert hours_text({"state": "always"}, "en", None) == "Open day and night"


@pytest.mark.parametrize(
    ("date", "english", "ukrainian"),
    [
        ("2024", "2024", "2024"),
        ("2024-12", "December 2024", "грудень 2024\u202fр."),
        ("2024-12-05", "5 December 2024", "5 грудня 2024"),
    ],
)
def test_dates_as_far_as_they_are_known(date: str, english: str, ukrainian: str) -> None:
    assert partial_date(date, "en") == english
    assert partial_date(date, "uk") == ukrainian


@pytest.mark.parametrize(
    ("facts", "text"),
    [
        ({}, "Not yet checked by the city: ask before you go. Source: example.org, date not known."),
        ({"source_date": "2024"}, "Not yet checked by the city: ask before you go. Source: example.org, 2024."),
        (
            {"source_date": "2024-12", "source_url": "https://comune.latina.it:8080/x?y"},
            "Not yet checked by the city: ask before you go. Source: comune.latina.it:8080, December 2024.",
        ),
        (
            {"source_date": "2024", "verified_on": "2026-11-05"},
            "Checked by the city on 5 November 2026. Source: example.org.",
        ),
    ],
)
def test_source_and_whether_the_city_has_checked_it(facts: dict[str, Any], text: str) -> None:
    assert source_text({**BARE, **facts}, "en") == text


def test_of_a_bare_entry_every_gap_is_said() -> None:
    assert card_lines(BARE, "en", WEDNESDAY) == [
        "▪️ Mensa",
        "📍 The address is not known",
        "🕘 The opening hours are not known: ask before you go",
        "💶 Cost: not known, ask there",
        "👤 Who can go: not known, ask there",
        "ℹ️ Not yet checked by the city: ask before you go. Source: example.org, date not known.",
    ]


FULL = {
    **BARE, "address": "Via Roma 1, Latina", "phones": ["0773 123", "0773 456 (mattina)"], "free": True,
    "who": "adulti {senza} tessera", "languages": ["it", "ar"], "hours": {**UNKNOWN, "state": "always"},
}  # fmt: skip


def test_a_full_card() -> None:
    assert card_lines(FULL, "en", WEDNESDAY)[1:-1] == [
        "📍 Via Roma 1, Latina",
        "🕘 Open day and night",
        "💶 Free of charge",
        "👤 For: adulti {senza} tessera (in Italian)",
        "💬 Languages spoken: Italian, Arabic",
        "📞 0773 123",
        "📞 0773 456 (mattina)",
    ]
    assert "👤 Per: adulti {senza} tessera" in card_lines(FULL, "it", WEDNESDAY)  # no "in Italian" for Italians


def test_parts_of_a_card() -> None:
    hours = [line[0] for line in card_lines(FULL, "en", WEDNESDAY, "hours")]
    requirements = [line[0] for line in card_lines(FULL, "en", WEDNESDAY, "requirements")]
    assert hours == ["▪", "🕘", "📞", "📞", "ℹ"]
    assert requirements == ["▪", "💶", "👤", "💬", "📞", "📞", "ℹ"]


def test_a_phone_without_an_address_is_no_gap() -> None:
    lines = card_lines({**BARE, "phones": ["800 905 570"]}, "en", WEDNESDAY)
    assert not any(line.startswith("📍") for line in lines)


def test_a_cost_is_told_in_the_words_of_its_source() -> None:
    assert "💶 Cost: 2 euro a pasto (in Italian)" in card_lines({**BARE, "cost": "2 euro a pasto"}, "en", WEDNESDAY)


@pytest.mark.parametrize("language", sorted(RIGHT_TO_LEFT & set(WRITTEN_LANGUAGES)))
def test_right_to_left_lines_isolate_what_runs_the_other_way(language: str) -> None:
    card = {**FULL, "hours": {**UNKNOWN, "state": "open", "until": rome(25, 13), "today": [["08:00", "13:00"]]}}
    text = "\n".join(card_lines(card, language, WEDNESDAY))
    for piece in ("13:00", "08:00-13:00", "adulti {senza} tessera", "0773 123", "example.org"):
        assert f"\u2068{piece}\u2069" in text
    assert_isolates_match(text)
    assert "\u2068" not in "\n".join(card_lines(card, "en", WEDNESDAY))


def assert_isolates_match(text: str) -> None:
    for line in text.splitlines():
        depth = 0
        for letter in line:
            depth += (letter == "\u2068") - (letter == "\u2069")
            assert 0 <= depth <= 2, line
        assert depth == 0, line


@pytest.fixture(scope="module")
def packaged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SessionFactory]:
    engine = make_engine(f"sqlite:///{tmp_path_factory.mktemp('catalogue') / 'orienta.db'}")
    migrate(engine)
    sessions = make_session_factory(engine)
    load_sheets(sessions, read_sheets(PACKAGED), utc_now)
    yield sessions
    engine.dispose()


@pytest.mark.parametrize(
    "moment", [WEDNESDAY, datetime(2026, 11, 29, 3, 30, tzinfo=ROME), datetime(2026, 8, 15, 18, 0, tzinfo=ROME)]
)
def test_every_entry_of_the_catalogue_can_be_shown_in_every_language(
    packaged: SessionFactory, moment: datetime
) -> None:
    shown = 0
    for sheet in read_sheets(PACKAGED):
        for entry in sheet.entries:
            found = get_entry(packaged, entry_id(sheet.city, entry.key), moment)
            assert found is not None
            card = found.as_dict()
            for language in WRITTEN_LANGUAGES:
                for show in ("all", "hours", "requirements"):
                    text = "\n".join(card_lines(card, language, moment, show))
                    assert not re.search(r"[{}]|\bNone\b", text), (sheet.city, entry.key, language)
                    assert_isolates_match(text)
                assert card["name"] in text
                for code in card["languages"]:
                    assert locale_of(language).languages[code] in text
            shown += 1
    assert shown > 200


NEWS = {
    "distance_m": 350,
    "stale": True,
    "appointment_only": True,
    "alerts": [
        {"first": "2026-12-24", "last": "2026-12-26", "note": "Chiuso."},
        {"first": "2026-11-25", "last": None, "note": "x"},
    ],
}


def test_what_is_special_stands_in_lines_of_its_own() -> None:
    lines = card_lines({**BARE, **NEWS}, "en", WEDNESDAY)
    assert "🚶 350 m" in lines
    assert "📅 Only with an appointment" in lines
    assert "⚠️ 24 Dec – 26 Dec: Chiuso. (in Italian)" in lines
    assert "⚠️ 25 Nov –: x (in Italian)" in lines
    assert lines[-1] == "🟠 Old information: it may have changed."


def test_a_unit_s_stops_and_where_it_is_now() -> None:
    unit = {
        **BARE,
        "stops": [{"place": "Stazione", "hours": {**UNKNOWN, "state": "closed", "next_opening": rome(25, 20)}}],
        "live": {"until": rome(25, 11)},
    }
    lines = card_lines(unit, "en", WEDNESDAY)
    assert "🚐 The unit is here now, until 11:00" in lines
    assert "🚐 Stazione: Closed now. Opens today at 20:00" in lines
    assert not any(line.startswith("🕘") for line in lines)


@pytest.mark.parametrize(("metres", "text"), [(4, "10 m"), (347, "350 m"), (996, "1 km"), (2340, "2.3 km")])
def test_distance(metres: int, text: str) -> None:
    assert cards.distance(metres, "en") == text


def test_each_language_has_its_own_months() -> None:
    """Babel 2.18 hands the stand-alone months of the first language on to the others."""
    months = {language: partial_date("2024-12", language) for language in ("zh", "am", "ur", "it", "bn")}
    assert months["it"] == "dicembre 2024" and months["ur"] == "دسمبر 2024"
    assert len(set(months.values())) == len(months)
