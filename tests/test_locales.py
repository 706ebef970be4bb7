"""The catalogues: complete, with the same placeholders, marked, in the language's own script, and in no other."""

from __future__ import annotations

import re

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from actions.languages import SOURCE_LANGUAGE, WRITTEN_LANGUAGES
from bot import translations
from bot.payloads import TELEGRAM_BYTES
from bot.responses import LABELS, load_responses, placeholders, safety_numbers, texts_of_domain
from bot.translations import LOCALES, po_path, translate, written_languages
from orienta.i18n import template
from services_catalog.vocabulary import CITIES, LANGUAGES, SERVICES, TOPICS

TRANSLATED = [code for code in WRITTEN_LANGUAGES if code != SOURCE_LANGUAGE]
ARABIC, CYRILLIC, ETHIOPIC = "\u0600-\u06ff", "\u0400-\u04ff", "\u1200-\u137f"
SCRIPTS = {
    "ar": ARABIC, "fa": ARABIC, "ur": ARABIC, "bn": "\u0980-\u09ff", "hi": "\u0900-\u097f", "pa": "\u0a00-\u0a7f",
    "ru": CYRILLIC, "uk": CYRILLIC, "ti": ETHIOPIC, "am": ETHIOPIC, "zh": "\u4e00-\u9fff",
}  # fmt: skip
LATIN_NAMES = re.compile(r"Orienta|Wi-?Fi|SPID|CIE|\{\w+\}|\d+")


def catalogue(language: str) -> Catalog:
    with po_path(language).open("rb") as file:
        return read_po(file, locale=language)


def test_the_actions_know_the_languages_that_are_written() -> None:
    assert sorted(WRITTEN_LANGUAGES) == written_languages()
    assert set(WRITTEN_LANGUAGES) <= set(LANGUAGES)


@pytest.mark.parametrize("language", TRANSLATED)
def test_complete_with_the_same_placeholders_and_lines(language: str) -> None:
    wanted = {message.id for message in template() if message.id}
    found = {message.id: message.string for message in catalogue(language) if message.id}
    assert set(found) == wanted, "run: make locales"
    for source, text in found.items():
        assert text, source
        assert placeholders(text) == placeholders(source), source
        assert text.count("\n") == source.count("\n"), source


@pytest.mark.parametrize("language", TRANSLATED)
def test_nothing_is_left_in_english_or_in_another_script(language: str) -> None:
    for message in catalogue(language):
        if not message.id:
            continue
        rest = LATIN_NAMES.sub("", message.string)
        if language in SCRIPTS:
            assert not re.search("[A-Za-z]", rest), message.string
            assert re.search(f"[{SCRIPTS[language]}]", rest) or not re.search(r"\w", rest), message.string
        elif len(message.id) > 20 and re.search("[a-z]{4}", LATIN_NAMES.sub("", message.id)):
            assert message.string != message.id, message.id


@pytest.mark.parametrize("language", WRITTEN_LANGUAGES)
def test_buttons_are_short_and_differ(language: str) -> None:
    for terms in (SERVICES.values(), TOPICS.values(), CITIES.values()):
        names = [translate(language, term.msgid) for term in terms]
        assert len(set(names)) == len(names)
        assert max(map(len, names)) <= 36, max(names, key=len)
    assert max(len(translate(language, msgid)) for _emoji, msgid in LABELS.values()) <= 32


@pytest.mark.parametrize("language", WRITTEN_LANGUAGES)
def test_the_safety_answers_carry_the_numbers(language: str) -> None:
    numbers = safety_numbers()
    responses = load_responses()
    for name, needed in (
        ("utter_emergency", ["emergency"]),
        ("utter_report_violence", ["emergency", "violence"]),
        ("utter_report_exploitation", ["emergency", "trafficking", "work_exploitation"]),
    ):
        text = responses.render(name, language, {})["text"]
        assert all(numbers[one] in text for one in needed)


def test_every_response_that_code_names_exists_and_every_response_is_named() -> None:
    root = LOCALES.parents[1]
    named: set[str] = set()
    for folder in ("actions", "bot", "orienta", "data/stories"):
        for path in [*(root / folder).rglob("*.py"), *(root / folder).rglob("*.yml")]:
            named |= set(re.findall(r"\butter_[a-z_]*[a-z]", path.read_text(encoding="utf-8")))
    others = {
        "utter_safety__ask",
        "utter_notice",
        "utter",
        "utter_message",
        "utter_action",
        "utter_ask",
    }  # families, Rasa's own names
    wanted = set(texts_of_domain())
    assert named - others <= wanted, named - others - wanted
    unnamed = {name for name in wanted - named if not name.startswith(("utter_safety__ask_", "utter_notice__"))}
    small_talk = {f"utter_{intent}" for intent in ("greet", "goodbye", "thank", "help", "out_of_scope")}
    assert unnamed - small_talk == {"utter_technical_problem__phone"}


def test_right_to_left_text_isolates_what_runs_the_other_way() -> None:
    text = load_responses().render("utter_technical_problem__phone", "ar", {"phone": "0773 1234567"})["text"]
    assert "\u20680773 1234567\u2069" in text


def test_a_language_without_a_catalogue_is_answered_in_english() -> None:
    assert translations.translate("xx", "Menu") == "Menu"
    assert TELEGRAM_BYTES == 64
