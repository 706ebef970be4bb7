"""Our changes to Rasa: in place, right, and refusing a Rasa that they were not made for."""

from __future__ import annotations

import asyncio
import importlib.util
import inspect
from types import ModuleType
from typing import Any

import jsonschema
import pytest
from rasa.core.actions import action as rasa_action
from rasa.core.actions.action import ActionExecutionRejection, RemoteAction
from rasa.core.channels.channel import CollectingOutputChannel
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import BotUttered, Event, SessionStarted, SlotSet
from rasa.utils.endpoints import ClientResponseError, EndpointConfig

from bot import rasa_changes
from bot.nlg import GettextResponseGenerator
from bot.rasa_changes import ACTION_SECONDS, RasaChanged
from bot.translations import translate
from services_catalog.sheets import contact_phones
from tests.bot.conftest import MakeTracker

STOCK_RUN = rasa_changes._run
"""Rasa's own."""


class ActionServer(EndpointConfig):
    """An endpoint that answers with what it was given, or raises it."""

    def __init__(self, answer: Any) -> None:
        super().__init__(url="http://127.0.0.1:5055/webhook", enable_selective_domain=True)
        self.answer = answer
        self.timeouts: list[float] = []

    async def request(self, *_: Any, **kwargs: Any) -> Any:
        self.timeouts.append(kwargs["timeout"])
        if isinstance(self.answer, BaseException):
            raise self.answer
        return self.answer


async def run(answer: Any, conversation: Any, domain: Domain, name: str = "action_menu") -> list[Event]:
    nlg = GettextResponseGenerator(EndpointConfig(), domain)
    action = RemoteAction(name, ActionServer(answer))
    return await action.run(CollectingOutputChannel(), nlg, conversation, domain)


def changes_of_this_rasa() -> ModuleType:
    """The module as a fresh process would import it."""
    spec = importlib.util.find_spec("bot.rasa_changes")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# -- a Rasa that has changed --


def test_the_installed_rasa_is_the_one_that_they_were_made_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """What `apply` compares is Rasa's own code, not what it put in place before."""
    monkeypatch.setattr(RemoteAction, "run", STOCK_RUN)
    for method in (STOCK_RUN, RemoteAction.action_response_format_spec):
        assert inspect.getmodule(method) is rasa_action
    changes = changes_of_this_rasa()
    changes.apply()
    changes.apply()
    assert RemoteAction.run is changes._run_or_say_so
    assert changes._run is STOCK_RUN


async def _run_with_more(
    self: Any, output_channel: Any, nlg: Any, tracker: Any, domain: Any, retries: int = 3
) -> None: ...


def _validate_with_other_names(self: Any, response: Any) -> None: ...


@pytest.mark.parametrize(
    ("name", "other"), [("run", _run_with_more), ("_validate_action_result", _validate_with_other_names)]
)
def test_other_parameters_stop_the_start(monkeypatch: pytest.MonkeyPatch, name: str, other: Any) -> None:
    monkeypatch.setattr(RemoteAction, name, other)
    changes = changes_of_this_rasa()
    with pytest.raises(changes.RasaChanged, match=f"{other.__name__} has changed; see docs/adr/0005"):
        changes.apply()
    assert getattr(RemoteAction, name) is other


def test_a_timeout_that_is_gone_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(rasa_action, "DEFAULT_REQUEST_TIMEOUT")
    with pytest.raises(RasaChanged, match="DEFAULT_REQUEST_TIMEOUT is gone"):
        rasa_changes.apply()


# -- the action's result --


def test_the_validator_is_compiled_once(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled = []
    spec = RemoteAction.action_response_format_spec
    monkeypatch.setattr(
        RemoteAction, "action_response_format_spec", staticmethod(lambda: (compiled.append(1), spec())[1])
    )
    rasa_changes._validator.cache_clear()
    action = RemoteAction("action_menu", None)
    for _ in range(5):
        assert action._validate_action_result({"events": [], "responses": []})
    assert len(compiled) == 1


GOOD = {
    "events": [{"event": "slot", "name": "city", "value": "latina", "timestamp": None}],
    "responses": [{"text": "x"}],
}


@pytest.mark.parametrize(
    ("result", "good"),
    [
        (GOOD, True),
        ({"events": [], "responses": []}, True),
        ([], False),
        ({**GOOD, "responses": {}}, False),
        ({**GOOD, "responses": ["text"]}, False),
        ({**GOOD, "events": {"event": "slot"}}, False),
        ({**GOOD, "events": [{"name": "city"}]}, False),
        ({**GOOD, "events": [{"event": "slot"}]}, False),
        ({**GOOD, "events": [{"event": "unheard of"}]}, False),
    ],
)
def test_the_validator_judges_as_rasas_does(result: Any, good: bool) -> None:
    ours = _accepts(lambda: RemoteAction("action_menu", None)._validate_action_result(result))
    rasas = _accepts(lambda: jsonschema.validate(result, RemoteAction.action_response_format_spec()))
    assert ours == rasas == good


def _accepts(check: Any) -> bool:
    try:
        check()
    except jsonschema.ValidationError:
        return False
    return True


# -- an action that fails --


async def test_an_action_that_works(tracker: MakeTracker, domain: Domain) -> None:
    answer = {**GOOD, "responses": [{"response": "utter_menu", "in_language": "it", "choices": []}]}
    uttered, slot = await run(answer, tracker(), domain)
    assert isinstance(uttered, BotUttered)
    assert uttered.text == translate("it", "What do you need? Press a button, or write it in your own words.")
    assert slot == SlotSet("city", "latina")


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(ConnectionError("refused"), id="unreachable"),
        pytest.param(asyncio.TimeoutError(), id="too slow"),
        pytest.param(ClientResponseError(500, "error", "{}"), id="error in it"),
        pytest.param(ClientResponseError(400, "error", "no JSON"), id="unreadable refusal"),
        pytest.param({"events": "none"}, id="bad result"),
        pytest.param(None, id="no result"),
        pytest.param({"events": [], "responses": [{"response": "utter_nothing"}]}, id="unknown response"),
    ],
)
async def test_a_failed_action_says_so_in_the_persons_language(
    answer: Any, tracker: MakeTracker, domain: Domain, caplog: pytest.LogCaptureFixture
) -> None:
    city, phone = next(iter(contact_phones().items()))
    (uttered,) = await run(answer, tracker(language="fr", city=city), domain)
    assert isinstance(uttered, BotUttered)
    start = translate(
        "fr",
        "Something is not working on my side. Please try again in a few minutes, or call {phone}."
        " In an emergency, call {emergency}.",
    ).format(phone=phone, emergency="112")
    assert uttered.text == start
    assert uttered.metadata["utter_action"] == "utter_technical_problem"
    assert [button["payload"] for button in uttered.data["buttons"]] == ["/menu", "/set_language", "/set_city"]
    assert "action_menu failed" in caplog.text


async def test_no_action_server_at_all(tracker: MakeTracker, domain: Domain) -> None:
    nlg = GettextResponseGenerator(EndpointConfig(), domain)
    (uttered,) = await RemoteAction("action_menu", None).run(CollectingOutputChannel(), nlg, tracker(), domain)
    assert isinstance(uttered, BotUttered) and "112" in uttered.text


async def test_a_refusal_is_rasas_own_business(tracker: MakeTracker, domain: Domain) -> None:
    refusal = ClientResponseError(400, "rejected", '{"action_name": "action_menu", "error": "rejected"}')
    with pytest.raises(ActionExecutionRejection):
        await run(refusal, tracker(), domain)


async def test_a_conversation_begins_without_the_action_server(tracker: MakeTracker, domain: Domain) -> None:
    events = await run(ConnectionError(), tracker(city="latina"), domain, "action_session_start")
    assert isinstance(events[0], SessionStarted)
    assert SlotSet("city", "latina") in events
    assert not any(isinstance(event, BotUttered) for event in events)


async def test_nobody_waits_five_minutes(tracker: MakeTracker, domain: Domain) -> None:
    server = ActionServer(GOOD)
    nlg = GettextResponseGenerator(EndpointConfig(), domain)
    await RemoteAction("action_menu", server).run(CollectingOutputChannel(), nlg, tracker(), domain)
    assert server.timeouts == [ACTION_SECONDS]
