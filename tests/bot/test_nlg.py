"""Which language is answered in, and what happens when a response cannot be said."""

from __future__ import annotations

import logging

import pytest
from rasa.shared.core.domain import Domain
from rasa.utils.endpoints import EndpointConfig

from bot import rasa_changes
from bot.nlg import DETECTED_ENOUGH, TECHNICAL_PROBLEM, GettextResponseGenerator
from bot.responses import UnknownResponse, load_responses
from bot.translations import translate, written_languages
from services_catalog.sheets import contact_phones
from tests.bot.conftest import MakeTracker, utterance

BROKEN = "Something is not working on my side."


@pytest.fixture(scope="module")
def nlg() -> GettextResponseGenerator:
    return GettextResponseGenerator(EndpointConfig(), Domain.empty())


@pytest.mark.parametrize(
    ("slot", "detected", "confidence", "telegram", "language"),
    [
        pytest.param("pa", "it", 0.99, "fr", "pa", id="what they chose"),
        pytest.param(None, "bn", 0.9, "fr", "bn", id="what they write"),
        pytest.param(None, "bn", DETECTED_ENOUGH, "fr", "bn", id="what they write, just certain"),
        pytest.param(None, "bn", DETECTED_ENOUGH - 0.01, "fr", "fr", id="what their Telegram is set to"),
        pytest.param(None, "wo", 0.99, "uk-UA", "uk", id="Telegram's, with a country"),
        pytest.param("wo", None, 0.0, "ar", "ar", id="a language that is not written is none"),
        pytest.param(None, None, 0.0, "tlh", "en", id="English"),
        pytest.param(None, None, 0.0, None, "en", id="English when nothing is known"),
    ],
)
async def test_language(
    nlg: GettextResponseGenerator, tracker: MakeTracker,
    slot: str | None, detected: str | None, confidence: float, telegram: str | None, language: str,
) -> None:  # fmt: skip
    conversation = tracker(language=slot, said=utterance("…", detected, confidence, telegram))
    assert nlg.language_of(conversation) == language
    said = await nlg.generate("utter_menu", conversation, "telegram", choices=[])
    assert said["text"] == load_responses().render("utter_menu", language, {})["text"]


async def test_an_action_that_knows_the_language_says_it(nlg: GettextResponseGenerator, tracker: MakeTracker) -> None:
    said = await nlg.generate("utter_menu", tracker(language="it"), "telegram", in_language="ar")
    assert said["text"] == load_responses().render("utter_menu", "ar", {})["text"]


async def test_before_the_first_message(nlg: GettextResponseGenerator, tracker: MakeTracker) -> None:
    assert nlg.language_of(tracker()) == "en"
    assert (await nlg.generate("utter_menu", tracker(), "telegram"))["text"]


async def test_a_rules_own_answer_has_the_way_on(
    nlg: GettextResponseGenerator, tracker: MakeTracker, domain: Domain
) -> None:
    """As ActionBotResponse asks for it: with the domain's responses and nothing else."""
    said = await nlg.generate("utter_emergency", tracker(), "telegram", domain_responses=domain.responses)
    assert [button["payload"] for button in said["buttons"]] == [
        "/menu",
        "/set_language",
        "/set_city",
        '/hear{"language":"en","keep":"yes"}',
    ]
    assert "112" in said["text"]


async def test_what_rasa_adds_to_an_actions_answer_is_left_out(
    nlg: GettextResponseGenerator, tracker: MakeTracker
) -> None:
    """As RemoteAction asks: every kind of content, mostly empty."""
    empty = {"text": None, "buttons": [], "elements": [], "custom": {}, "template": None, "image": None}
    said = await nlg.generate("utter_city__set", tracker(language="it"), "telegram", city="firenze", **empty)
    assert said["text"] == translate("it", "Good. Your city: {city}.").format(city="Firenze")
    assert [button["row"] for button in said["buttons"]] == ["listen"]


async def test_an_empty_fact_is_a_fact(nlg: GettextResponseGenerator, tracker: MakeTracker) -> None:
    """The one-stop shop has no address yet: the line is empty, the appointment is shown all the same."""
    said = await nlg.generate(
        "utter_ask_booking__confirm", tracker(), "telegram",
        service="food", starts_at="2026-11-26T08:30:00+00:00", address="",
    )  # fmt: skip
    assert said["text"].splitlines()[:3] == ["Food", "Thursday 26 November, 09:30", ""]


@pytest.mark.parametrize("language", written_languages())
async def test_a_technical_problem_has_the_citys_phone(
    nlg: GettextResponseGenerator, tracker: MakeTracker, language: str
) -> None:
    phones = contact_phones()
    city = next(iter(phones))
    with_phone = await nlg.generate(TECHNICAL_PROBLEM, tracker(language=language, city=city), "telegram")
    without = await nlg.generate(TECHNICAL_PROBLEM, tracker(language=language), "telegram")
    assert phones[city] in with_phone["text"] and phones[city] not in without["text"]
    assert "112" in with_phone["text"] and "112" in without["text"]


@pytest.mark.parametrize(
    ("name", "params", "error"),
    [
        ("utter_nothing", {}, UnknownResponse),
        ("utter_city__set", {"phone": "1"}, KeyError),
        ("utter_city__set", {"city": "atlantis"}, KeyError),
        ("utter_ask_booking__slot", {"service": "food", "day": "tomorrow"}, ValueError),
    ],
)
async def test_what_cannot_be_said_raises_in_tests_and_is_a_technical_problem_elsewhere(
    nlg: GettextResponseGenerator, tracker: MakeTracker, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture,
    name: str, params: dict[str, str], error: type[Exception],
) -> None:  # fmt: skip
    with pytest.raises(error):
        await nlg.generate(name, tracker(), "telegram", **params)
    monkeypatch.delenv("PYTEST_CURRENT_TEST")
    with caplog.at_level(logging.ERROR):
        said = await nlg.generate(name, tracker(language="fr"), "telegram", **params)
    assert said["text"] == translate("fr", load_responses()._texts[TECHNICAL_PROBLEM]).format(emergency="112")
    assert name in caplog.text


def test_to_name_it_in_endpoints_is_to_have_our_changes_of_rasa() -> None:
    from rasa.core.actions.action import RemoteAction

    assert RemoteAction.run is rasa_changes._run_or_say_so
