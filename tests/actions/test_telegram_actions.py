"""The actions behind a link, a shared location, what is no text, and what is kept: which responses, which events."""

from __future__ import annotations

from typing import Any

import pytest
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.action_delete_my_data import ActionDeleteMyData
from actions.action_my_data import ActionMyData
from actions.action_not_text import ActionNotText
from actions.action_share_location import ActionShareLocation
from actions.action_start import ActionStart
from actions.base import OrientaAction
from actions.context import Context
from services_catalog.places import metres, nearest_city
from services_catalog.vocabulary import CITIES
from storage.database import SessionFactory
from storage.keys import Keyring
from storage.people import Profile, get_profile, update_profile
from tests.conftest import FixedClock

PERSON = "tg-1"


@pytest.fixture
def context(sessions: SessionFactory, clock: FixedClock, monkeypatch: pytest.MonkeyPatch) -> Context:
    context = Context(sessions, Keyring(["k" * 32]), clock)
    monkeypatch.setattr("actions.base.get_context", lambda: context)
    return context


def run(action: OrientaAction, text: str = "/x", position: Any = None, pending: Any = None, **entities: str) -> Any:
    """The names of the responses, the messages themselves, and the action that follows."""
    message = {
        "text": text,
        "intent": {"name": "x", "confidence": 1.0},
        "metadata": {"channel": "telegram", "position": position},
        "entities": [{"entity": name, "value": value} for name, value in entities.items()],
    }
    tracker = Tracker(PERSON, {"pending": pending}, message, [], False, None, {}, "action_listen")
    dispatcher = CollectingDispatcher()
    events = action.run(dispatcher, tracker, {})
    following = next((event["name"] for event in events if event["event"] == "followup"), None)
    return [one["response"] for one in dispatcher.messages], dispatcher.messages, following


# -- where somebody is --


@pytest.mark.parametrize(
    ("position", "city", "response"),
    [
        ((41.46, 12.91), "latina", "utter_city__set"),
        ((45.60, 9.30), "milano", "utter_city__set"),
        ((40.12, 9.01), "sassari", "utter_location__far"),
        ((48.85, 2.35), "torino", "utter_location__far"),
    ],
)
def test_a_position_is_the_nearest_city(context: Context, position: Any, city: str, response: str) -> None:
    responses, _, following = run(ActionShareLocation(), position=position)
    assert responses == [response] and following == "action_menu"
    assert get_profile(context.sessions, PERSON) == Profile(None, city)


def test_a_position_answers_what_waited_for_the_city(context: Context) -> None:
    waiting = {"then": "action_find_service", "service": "food"}
    _, _, following = run(ActionShareLocation(), position=(41.9, 12.5), pending=waiting)
    assert following == "action_find_service"
    assert run(ActionShareLocation())[0] == ["utter_ask_city"], "a typed intent brings no position"


def test_every_city_has_its_place_and_distances_are_right() -> None:
    centres = {city.id: (city.latitude, city.longitude) for city in CITIES.values()}
    assert set(centres) == set(CITIES)
    assert all(nearest_city(place) == (city, 0.0) for city, place in centres.items())
    assert metres(centres["roma"], centres["milano"]) / 1000 == pytest.approx(477, abs=3)


# -- links --


def test_a_link_brings_everything(context: Context) -> None:
    responses, messages, following = run(ActionStart(), city="latina", service="shower", language="ar")
    assert (responses, following) == (["utter_welcome"], "action_find_service")
    assert messages[0]["in_language"] == "ar"
    assert get_profile(context.sessions, PERSON) == Profile("ar", "latina")


def test_a_link_does_not_change_a_chosen_language(context: Context) -> None:
    update_profile(context.sessions, context.clock, PERSON, language="so", city="roma")
    run(ActionStart(), city="latina", language="ar")
    assert get_profile(context.sessions, PERSON) == Profile("so", "latina")


def test_a_link_with_the_city_alone_asks_for_the_language(context: Context) -> None:
    assert run(ActionStart(), city="latina")[0] == ["utter_ask_language"]


# -- what is no text --


@pytest.mark.parametrize(
    ("content", "response"),
    [
        ("voice", "utter_not_text__voice"),
        ("file", "utter_not_text__file"),
        ("contact", "utter_not_text__contact"),
        ("sticker", "utter_menu"),
        ("other", "utter_not_text"),
        ("nonsense", "utter_not_text"),
    ],
)
def test_what_is_no_text_leads_on(context: Context, content: str, response: str) -> None:
    responses, messages, _ = run(ActionNotText(), content=content)
    assert responses == [response]
    assert len(messages[0]["choices"]) >= 2 and messages[0]["navigation"]


# -- what is kept --


def test_what_is_kept_is_said_and_can_be_deleted(context: Context) -> None:
    assert run(ActionMyData())[0] == ["utter_my_data__none"]
    update_profile(context.sessions, context.clock, PERSON, language="so", city="roma")
    for action, response in ((ActionMyData(), "utter_my_data"), (ActionDeleteMyData(), "utter_ask_deletion__confirm")):
        responses, messages, _ = run(action)
        assert responses == [response]
        assert [line["label"] for line in messages[0]["kept"]] == ["language", "city"]
