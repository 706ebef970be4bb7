"""A few words that lean on what was said before: "and on Sunday?", "tomorrow?", "and in Rome?". Wednesday 2026-11-25, 09:00."""

from __future__ import annotations

from typing import Any

import pytest
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions import base
from actions.action_service_hours import ActionServiceHours
from actions.action_set_city import ActionSetCity
from actions.action_small_talk import ActionSmallTalk
from actions.base import OrientaAction
from actions.context import Context
from services_catalog.importer import load_sheets
from storage.database import SessionFactory
from storage.keys import Keyring
from storage.people import update_profile
from tests.conftest import FixedClock
from tests.services_catalog.factories import entry, sheet


@pytest.fixture(autouse=True)
def somebody_in_latina(sessions: SessionFactory, clock: FixedClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base, "get_context", lambda: Context(sessions, Keyring(["x" * 32]), clock))
    update_profile(sessions, clock, "tg-1", language="en", city="latina")
    docce = entry("docce", services=["shower"], opening_hours="Mo-Fr 09:00-12:00", address="Via Uno 1")
    load_sheets(
        sessions, [sheet(docce), sheet(entry("bagni", services=["shower"], address="Via Due 2"), city="roma")], clock
    )


def said(action: OrientaAction, text: str, intent: str, before: str | None = "shower", **about: Any) -> list[str]:
    """The responses to words, then the action that follows; `about`: slots, and entities as name=(value, words of the text)."""
    entities = [
        {"entity": name, "value": value}
        | ({"start": text.index(words), "end": text.index(words) + len(words)} if words else {})
        for name, (value, words) in about.pop("entities", {}).items()
    ]
    message = {
        "text": text,
        "intent": {"name": intent, "confidence": about.pop("confidence", 0.8)},
        "entities": entities,
        "alternatives": [{"intent": intent, "confidence": 0.8}],
    }
    tracker = Tracker("tg-1", {"service": before, **about}, message, [], False, None, {}, "action_listen")
    dispatcher = CollectingDispatcher()
    events = action.run(dispatcher, tracker, {})
    names = [message["response"] + "/" + str(message.get("service", "")) for message in dispatcher.messages]
    return [*names, *(event["name"] for event in events if event["event"] == "followup")]


SUNDAY = {"time": ("su", "Sunday"), "service": ("food", "")}


def test_a_day_is_asked_of_what_was_told_last() -> None:
    """The classifier guesses food; nobody has named it."""
    assert said(ActionServiceHours(), "and on Sunday?", "service_hours", entities=SUNDAY) == [
        "utter_service__hours/shower"
    ]
    assert said(ActionServiceHours(), "lunch on Sunday?", "service_hours", entities=SUNDAY) == [
        "utter_service__none/food"
    ]
    assert said(ActionServiceHours(), "and on Sunday?", "service_hours", None, entities=SUNDAY) == [
        "utter_service__none/food"
    ]


@pytest.mark.parametrize(("intent", "confidence"), [("goodbye", 0.9), ("affirm", 0.5), ("out_of_scope", 0.2)])
def test_a_day_alone_is_a_question_about_hours(intent: str, confidence: float) -> None:
    entities = {"time": ("tomorrow", "tomorrow")}
    asked = said(ActionSmallTalk(), "tomorrow?", intent, confidence=confidence, entities=entities)
    assert asked == ["action_service_hours"]


def test_see_you_tomorrow_is_a_goodbye() -> None:
    entities = {"time": ("tomorrow", "tomorrow")}
    assert said(ActionSmallTalk(), "see you tomorrow!", "goodbye", entities=entities) == ["utter_goodbye/"]
    assert said(ActionSmallTalk(), "tomorrow?", "goodbye", None, entities=entities) == ["utter_goodbye/"]
    in_a_booking = said(ActionSmallTalk(), "tomorrow?", "goodbye", entities=entities, pending={"step": "day"})
    assert in_a_booking == ["utter_goodbye/"]


def test_another_city_shows_the_same_service_there() -> None:
    entities = {"city": ("roma", "Rome")}
    assert said(ActionSetCity(), "and in Rome?", "set_city", entities=entities) == [
        "utter_city__set/",
        "action_find_service",
    ]
    assert said(ActionSetCity(), "Rome", "set_city", None, entities=entities) == ["utter_city__set/", "action_menu"]
    assert said(ActionSetCity(), "/set_city", "set_city", entities={"city": ("roma", "")}) == [
        "utter_city__set/",
        "action_menu",
    ]
