"""POST /model/parse, as the understanding contract says it."""

from __future__ import annotations

import pytest

from services_catalog.vocabulary import CITIES, SERVICES, TOPICS
from tests.conversation.stack import Stack

BUTTON_INTENTS = {
    "start", "menu", "choose_day", "choose_slot", "confirm_appointment", "confirm_cancellation", "confirm_deletion",
}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "intent", "entities"),
    [
        ("i smell bad where can i take a shower in Napoli", "find_service", {"service": "shower", "city": "napoli"}),
        ("what do i need to renew my permesso di soggiorno", "ask_procedure", {"topic": "residence_permit"}),
        ("gosol korbo kothay", "find_service", {"service": "shower"}),
        ("ਮੈਂ ਲਾਤੀਨਾ ਵਿੱਚ ਹਾਂ", "set_city", {"city": "latina"}),
        ("ciao", "greet", {}),
    ],
)
def test_shape(stack: Stack, text: str, intent: str, entities: dict[str, str]) -> None:
    result = stack.parse(text)
    assert result["text"] == text
    assert result["intent"]["name"] == intent
    assert 0 < result["intent"]["confidence"] <= 1
    assert {one["entity"]: one["value"] for one in result["entities"]} == entities
    for one in result["entities"]:
        assert "start" not in one or 0 <= one["start"] < one["end"] <= len(text)
    assert set(result["language"]) == {"code", "confidence"}
    assert result["safety"] == {"level": "none", "kind": None}
    assert next(guess["intent"] for guess in result["alternatives"]) == intent


@pytest.mark.parametrize("text", ["", " ", "😀", "1234", "\u0000", "qwxz", "/", "/start", "a" * 100_000])
def test_whatever_is_sent_has_an_intent_of_the_contract_and_known_ids(stack: Stack, text: str) -> None:
    result = stack.parse(text)
    assert result["intent"]["name"] is None or result["intent"]["name"] not in BUTTON_INTENTS or text == "/start"
    vocabulary = {"service": SERVICES, "topic": TOPICS, "city": CITIES}
    for one in result["entities"]:
        assert one["value"] in vocabulary[one["entity"]]


def test_a_city_is_found_with_its_place_in_the_text(stack: Stack) -> None:
    result = stack.parse("dormire a Palermo stanotte")
    city = next(one for one in result["entities"] if one["entity"] == "city")
    assert "dormire a Palermo stanotte"[city["start"] : city["end"]] == "Palermo"
