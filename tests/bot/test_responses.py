"""From names, ids and times to words and buttons."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

import pytest
import yaml

from actions.languages import WRITTEN_LANGUAGES
from appointments import booking
from bot.cards import directed
from bot.payloads import parse_hear
from bot.responses import (
    INTENT_LABELS,
    LABELS,
    REASONS,
    STATUS,
    Responses,
    UnknownResponse,
    load_responses,
    name_of,
    placeholders,
    safety_numbers,
    texts_of_domain,
)
from bot.translations import RIGHT_TO_LEFT, translate
from orienta.model import ROOT
from services_catalog.vocabulary import CITIES, LANGUAGES, SERVICES, TOPICS

STATEMENT = {
    "key": "cost",
    "number": None,
    "text": "Costa 40 euro.",
    "language": "it",
    "verified_on": None,
    "verified_source": None,
    "old": False,
    "sources": [{"url": "https://q.example.it", "publisher": "Questura", "date": None, "official": True}],
}
PARAMS: dict[str, Any] = {
    "service": "shower", "topic": "asylum", "city": "latina", "language": "uk", "status": "pending",
    "starts_at": "2026-11-26T08:30:00+00:00", "address": "Sportello unico, Via Roma 1", "code": "sole-ponte-47",
    "phone": "0773 652 200", "until": "09:30", "name": "Mensa «Bragazzi»", "part": "cost", "statements": [STATEMENT],
    "sources": [STATEMENT],
}  # fmt: skip
"""Every parameter that an action or a notice gives."""


@pytest.fixture(scope="module")
def responses() -> Responses:
    return load_responses()


@pytest.mark.parametrize("language", WRITTEN_LANGUAGES)
def test_every_response_can_be_said_in_every_language(responses: Responses, language: str) -> None:
    for name, source in texts_of_domain().items():
        needed = {key: value for key, value in PARAMS.items() if key in placeholders(source) or key == "starts_at"}
        text = responses.render(name, language, needed)["text"]
        assert text.strip() and "{" not in text, name
        for placeholder in placeholders(source) & set(PARAMS):
            shown = (
                name_of(placeholder, PARAMS[placeholder], language)
                if placeholder in ("service", "topic", "part", "city", "status")
                else {"statements": "Costa 40 euro.", "sources": "Questura"}.get(placeholder) or PARAMS[placeholder]
            )
            assert shown in text, (name, placeholder)
        for number in placeholders(source) & set(safety_numbers()):
            assert safety_numbers()[number] in text
        if "day" in placeholders(source):
            assert "26" in text, name
        if "time" in placeholders(source):
            assert "09:30" in text, "08:30 UTC is 09:30 in Rome"


def test_days_and_times_are_written_out(responses: Responses) -> None:
    text = responses.render("utter_notice__declined", "en", PARAMS)["text"]
    assert text.splitlines()[1:3] == ["Shower", "Thursday 26 November, 09:30"]
    summer = {**PARAMS, "starts_at": "2026-07-01T22:30:00+00:00"}
    assert "Thursday 2 July, 00:30" in responses.render("utter_notice__declined", "en", summer)["text"]
    assert "Wednesday 2 December" in responses.render(
        "utter_ask_booking__slot", "en", {"service": "food", "day": "2026-12-02"}
    )["text"]  # fmt: skip


@pytest.mark.parametrize("reason", booking.REASONS)
def test_a_reason_stands_under_the_notice(responses: Responses, reason: str) -> None:
    text = responses.render("utter_notice__declined", "it", {**PARAMS, "reason": reason})["text"]
    assert text.endswith("\n\n" + translate("it", REASONS[reason])) and "Motivo: " in text


def test_what_is_not_there_is_not_said(responses: Responses) -> None:
    with pytest.raises(UnknownResponse):
        responses.render("utter_nothing", "en", {})
    with pytest.raises(KeyError, match="city"):
        responses.render("utter_city__set", "en", {})
    with pytest.raises(KeyError, match="atlantis"):
        responses.render("utter_city__set", "en", {"city": "atlantis"})


def test_facts_with_braces_stay_as_they_are(responses: Responses) -> None:
    params = {**PARAMS, "address": "{service} {0} {"}
    assert "{service} {0} {" in responses.render("utter_booking__done", "en", params)["text"]


def test_an_unknown_language_is_answered_in_english(responses: Responses) -> None:
    silent = {"listen": False}
    assert responses.render("utter_menu", "wo", silent) == responses.render("utter_menu", "en", silent)


CARD: dict[str, Any] = {
    "name": "Docce", "address": "Via Roma 1", "phones": [], "free": True, "cost": None, "who": None, "languages": [],
    "hours": {"state": "open", "until": "2026-11-25T13:00:00+01:00"}, "source_url": "https://example.org/",
    "source_date": None, "verified_on": None,
}  # fmt: skip


def test_cards_stand_under_the_text(responses: Responses) -> None:
    params = {**PARAMS, "cards": [CARD, {**CARD, "name": "Altre docce"}], "now": "2026-11-25T08:00:00+00:00"}
    blocks = responses.render("utter_service__found", "en", params)["text"].split("\n\n")
    assert blocks[0] == "Shower – Latina"
    assert [block.splitlines()[0] for block in blocks[1:]] == ["▪️ Docce", "▪️ Altre docce"]
    assert "🕘 Open now, until 13:00" in blocks[1]
    hours = responses.render("utter_service__hours", "en", {**params, "show": "hours"})["text"]
    assert "🕘" in hours and "💶" not in hours


def buttons(*choices: dict[str, Any], language: str = "en", **params: Any) -> list[dict[str, Any]]:
    params = {"listen": False, **params}
    return list(load_responses().render("utter_menu", language, {"choices": choices, **params})["buttons"])


@pytest.mark.parametrize(
    ("choice", "title", "payload"),
    [
        ({"kind": "service", "id": "shower", "intent": "find_service"}, "🚿 Shower", '/find_service{"service":"shower"}'),
        ({"kind": "topic", "id": "asylum", "intent": "ask_procedure"}, "🛡 Asylum", '/ask_procedure{"topic":"asylum"}'),
        ({"kind": "city", "id": "firenze", "intent": "set_city"}, "Florence", '/set_city{"city":"firenze"}'),
        ({"kind": "language", "id": "ar", "intent": "set_language"}, "العربية", '/set_language{"language":"ar"}'),
        ({"kind": "day", "id": "2026-12-01", "intent": "choose_day"}, "Tue 1 Dec", '/choose_day{"day":"2026-12-01"}'),
        (
            {"kind": "slot", "id": "2026-11-26T08:30:00+00:00", "intent": "choose_slot", "entities": {"slot": "1"}},
            "09:30",
            '/choose_slot{"slot":"1"}',
        ),
        (
            {"kind": "slot_and_day", "id": "2026-11-26T08:30:00+00:00", "intent": "choose_slot", "entities": {"slot": "1"}},
            "Thu 26 Nov, 09:30",
            '/choose_slot{"slot":"1"}',
        ),
        (
            {
                "kind": "appointment", "id": "sole-mare-12", "intent": "cancel_appointment", "service": "food",
                "starts_at": "2026-11-26T08:30:00+00:00", "entities": {"appointment": "sole-mare-12"},
            },
            "Food, 26 Nov 09:30",
            '/cancel_appointment{"appointment":"sole-mare-12"}',
        ),
        ({"kind": "label", "id": "yes", "intent": "affirm"}, "✅ Yes", "/affirm"),
        ({"kind": "intent", "id": "emergency", "intent": "emergency"}, "🆘 Emergency", "/emergency"),
    ],
)  # fmt: skip
def test_buttons(choice: dict[str, Any], title: str, payload: str) -> None:
    assert buttons(choice) == [{"title": title, "payload": payload}]


def test_a_map_is_a_link_and_says_which_card() -> None:
    assert buttons({"kind": "map", "id": "2", "url": "https://example.org/map", "row": "maps"}) == [
        {"title": "🗺 2", "url": "https://example.org/map", "row": "maps"}
    ]


def test_navigation_comes_last_in_one_row() -> None:
    made = buttons(
        {"kind": "label", "id": "book", "intent": "book_appointment", "row": None}, navigation=True, listen=True
    )
    assert [(button["payload"], button.get("row")) for button in made] == [
        ("/book_appointment", None),
        ("/menu", "navigation"),
        ("/set_language", "navigation"),
        ("/set_city", "navigation"),
        ('/hear{"language":"en","keep":"yes"}', "navigation"),
    ]


def test_an_answer_without_navigation_can_be_heard_too() -> None:
    (only,) = buttons(listen=True)
    assert only == {"title": "🔊 Listen", "row": "listen", "payload": '/hear{"language":"en","keep":"yes"}'}


@pytest.mark.parametrize(
    ("params", "keep"),
    [
        ({}, True),
        ({"service": "food", "city": "latina"}, True),
        ({"code": "sole-mare-12"}, False),
        ({"starts_at": "2026-11-26T09:00:00+01:00"}, False),
        ({"kept": [{"label": "past", "count": 1}]}, False),
        ({"reason": "not_here"}, False),
        ({"what_a_maker_will_add": "x"}, False),
    ],
)
def test_only_what_is_of_nobody_may_be_kept_as_sound(params: dict[str, Any], keep: bool) -> None:
    (only,) = buttons(listen=True, **params)
    assert parse_hear(only["payload"]) == ("en", keep)


@pytest.mark.parametrize("language", WRITTEN_LANGUAGES)
def test_every_label_in_every_language(language: str) -> None:
    choices = [
        *({"kind": "label", "id": one, "intent": "menu"} for one in LABELS),
        *({"kind": "intent", "id": one, "intent": one} for one in INTENT_LABELS),
        *({"kind": "service", "id": one, "intent": "find_service"} for one in SERVICES),
        *({"kind": "topic", "id": one, "intent": "ask_procedure"} for one in TOPICS),
    ]
    for button in buttons(*choices, language=language):
        emoji, _, words = button["title"].partition(" ")
        assert emoji and words.strip() and "{" not in words
    if language != "en":
        assert buttons(choices[0], language=language)[0]["title"] == f"☰ {translate(language, 'Menu')}"


def test_every_meaning_that_can_be_guessed_has_a_name() -> None:
    intents = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))["intents"]
    by_button_only = {
        "start", "menu", "choose_day", "choose_slot", "confirm_appointment", "confirm_cancellation", "confirm_deletion",
        "answer_offer", "join_waiting_list", "leave_waiting_list", "report_wrong", "my_data", "share_location", "not_text",
        "choose_interpreter", "get_calendar_file",
    }  # fmt: skip
    assert set(INTENT_LABELS) == set(intents) - by_button_only


def test_names() -> None:
    assert name_of("city", "firenze", "it") == "Firenze"
    assert name_of("language", "bn", "it") == LANGUAGES["bn"].endonym
    assert {name_of("status", status, "en") for status in STATUS} == set(STATUS.values())
    assert len({name_of("city", city, "uk") for city in CITIES}) == len(CITIES)


def test_what_is_kept_stands_under_the_text_by_name() -> None:
    kept = [
        {"label": "language", "values": [{"kind": "language", "id": "ar"}]},
        {"label": "wait", "values": [{"kind": "service", "id": "shower"}, {"kind": "service", "id": "food"}]},
        {"label": "past", "count": 3},
    ]
    lines = load_responses().render("utter_my_data", "en", {"kept": kept})["text"].split("\n\n")[1].splitlines()
    assert lines == [
        "🌐 Language: العربية",
        "🔔 Tell me when a place is free: 🚿 Shower; 🍲 Food",
        "🗂 Past appointments: 3",
    ]
    arabic = load_responses().render("utter_my_data", "ar", {"kept": kept})["text"].split("\n\n")[1].splitlines()
    assert len(arabic) == 3 and all(directed(line, "ar") == line for line in arabic)


def test_the_first_place_with_coordinates_is_a_venue() -> None:
    card = {
        "name": "Mensa",
        "address": "Via Roma 1",
        "hours": {},
        "source_url": "https://example.org",
        "latitude": 41.4,
        "longitude": 12.9,
    }
    about = {"service": "food", "city": "latina"}
    found = load_responses().render("utter_service__found", "it", {**about, "cards": [card]})
    assert found["venue"] == {"latitude": 41.4, "longitude": 12.9, "title": "Mensa", "address": "Via Roma 1"}
    for without in ({**card, "latitude": None}, {**card, "address": None}):
        assert "venue" not in load_responses().render("utter_service__found", "it", {**about, "cards": [without]})


@pytest.mark.parametrize("language", sorted(RIGHT_TO_LEFT))
@pytest.mark.parametrize("name", sorted(texts_of_domain()))
def test_from_right_to_left(name: str, language: str) -> None:
    """Every line runs from right to left, and no number of several groups, time or Italian name stands there bare."""
    text = load_responses().render(name, language, {**PARAMS, "language": "ar"})["text"]
    for line in text.splitlines():
        bare = re.sub("\u2068[^\u2069]*\u2069", "", line)
        if line.strip():
            strong = [
                unicodedata.bidirectional(one) for one in bare if unicodedata.bidirectional(one) in ("L", "R", "AL")
            ]
            assert strong and strong[0] != "L", line
        assert not re.search(r"\d[\d ./:+-]*\d|[A-Za-z]+[ ,.-]+[A-Za-z0-9]", bare.replace("26", "")), bare
