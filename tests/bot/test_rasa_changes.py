"""Our changes to Rasa: in place, right, and refusing a Rasa that they were not made for."""

from __future__ import annotations

import asyncio
import importlib.util
import inspect
from types import ModuleType
from typing import Any

import jsonschema
import pytest
from aiohttp import web
from rasa.core.actions import action as rasa_action
from rasa.core.actions.action import ActionExecutionRejection, RemoteAction
from rasa.core.channels.channel import CollectingOutputChannel
from rasa.engine.exceptions import GraphRunError
from rasa.engine.graph import GraphSchema, SchemaNode
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import BotUttered, Event, SessionStarted, SlotSet
from rasa.utils.endpoints import ClientResponseError, EndpointConfig

from bot import rasa_changes
from bot.nlg import GettextResponseGenerator
from bot.rasa_changes import ACTION_SECONDS, RasaChanged
from bot.translations import translate
from services_catalog.sheets import contact_phones
from tests.bot.conftest import MakeTracker

STOCK_RUN, STOCK_GRAPH_RUN = rasa_changes._run, rasa_changes._run_graph
STOCK: list[tuple[Any, str, Any]] = [
    (RemoteAction, "run", STOCK_RUN),
    (RemoteAction, "_validate_action_result", rasa_changes._validate),
    (EndpointConfig, "session", rasa_changes._new_session),
    (DaskGraphRunner, "run", STOCK_GRAPH_RUN),
    (Event, "resolve_by_type", staticmethod(rasa_changes._resolve)),
]
"""Rasa's own."""
APPLIED = {(owner, name): getattr(owner, name) for owner, name, _ in STOCK}


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


def changes_of_this_rasa(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The module as a fresh process would import it, before anything was changed but what the test changes."""
    for owner, name, stock in STOCK:
        if getattr(owner, name) is APPLIED[owner, name]:
            monkeypatch.setattr(owner, name, stock)
    spec = importlib.util.find_spec("bot.rasa_changes")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# -- a Rasa that has changed --


def test_the_installed_rasa_is_the_one_that_they_were_made_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """What `apply` compares is Rasa's own code, not what it put in place before."""
    for method in (STOCK_RUN, RemoteAction.action_response_format_spec):
        assert inspect.getmodule(method) is rasa_action
    changes = changes_of_this_rasa(monkeypatch)
    changes.apply()
    changes.apply()
    assert RemoteAction.run is changes._run_or_say_so
    assert changes._run is STOCK_RUN


async def _run_with_more(
    self: Any, output_channel: Any, nlg: Any, tracker: Any, domain: Any, retries: int = 3
) -> None: ...


def _validate_with_other_names(self: Any, response: Any) -> None: ...


def _session_of_a_url(self: Any, url: str) -> None: ...


def _run_with_hooks(self: Any, inputs: Any, targets: Any, hooks: Any) -> None: ...


def _resolve_by_name(name: str) -> None: ...


@pytest.mark.parametrize(
    ("owner", "name", "other"),
    [
        (RemoteAction, "run", _run_with_more),
        (RemoteAction, "_validate_action_result", _validate_with_other_names),
        (EndpointConfig, "session", _session_of_a_url),
        (DaskGraphRunner, "run", _run_with_hooks),
        (Event, "resolve_by_type", staticmethod(_resolve_by_name)),
    ],
)
def test_other_parameters_stop_the_start(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, other: Any) -> None:
    monkeypatch.setattr(owner, name, other)
    changes = changes_of_this_rasa(monkeypatch)
    with pytest.raises(changes.RasaChanged, match=f"{other.__name__} has changed; see docs/adr/0005"):
        changes.apply()
    assert getattr(owner, name) is getattr(other, "__func__", other)


def test_a_timeout_that_is_gone_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(rasa_action, "DEFAULT_REQUEST_TIMEOUT")
    with pytest.raises(RasaChanged, match="DEFAULT_REQUEST_TIMEOUT is gone"):
        rasa_changes.apply()


# -- the action's result --


def test_the_validators_are_compiled_once(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled = []
    spec = RemoteAction.action_response_format_spec
    monkeypatch.setattr(
        RemoteAction, "action_response_format_spec", staticmethod(lambda: (compiled.append(1), spec())[1])
    )
    rasa_changes._event_validators.cache_clear()
    action = RemoteAction("action_menu", None)
    for _ in range(5):
        assert action._validate_action_result(GOOD)
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
    assert [button["payload"] for button in uttered.data["buttons"]] == [
        "/menu",
        "/set_language",
        "/set_city",
        '/hear{"language":"fr"}',
    ]
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


# -- connections that stay open --


async def test_calls_of_one_endpoint_share_a_connection_and_a_closed_one_is_made_anew() -> None:
    peers: list[Any] = []

    async def answer(request: web.Request) -> web.Response:
        assert request.transport is not None
        peers.append(request.transport.get_extra_info("peername"))
        return web.json_response({"events": [], "responses": []})

    application = web.Application()
    application.router.add_post("/webhook", answer)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    assert site._server is not None
    port = site._server.sockets[0].getsockname()[1]  # type: ignore[attr-defined] # asyncio.Server has them
    endpoint = EndpointConfig(url=f"http://127.0.0.1:{port}/webhook")
    for _ in range(3):
        assert await endpoint.request(json={}) == {"events": [], "responses": []}
    assert len(set(peers)) == 1
    await endpoint._kept_open[1].close()
    assert await endpoint.request(json={}) == {"events": [], "responses": []}
    assert len(set(peers)) == 2
    await endpoint._kept_open[1].close()
    await runner.cleanup()


# -- a graph's components in order --


def a_graph(failing: type[Exception] | None = None) -> DaskGraphRunner:
    """`total` needs `double` and the input `number`; `aside` is not asked for."""

    def node(function: Any) -> Any:
        return lambda *inputs: (function.__name__, function(**dict(inputs)))

    def double(number: int) -> int:
        if failing:
            raise failing("no")
        return 2 * number

    def total(number: int, double: int) -> int:
        return number + double

    def aside(number: int) -> int:
        raise AssertionError("nobody asked for it")

    runner = DaskGraphRunner.__new__(DaskGraphRunner)
    about: dict[str, Any] = {"uses": object, "constructor_name": "", "fn": "", "config": {}}
    needs = {"total": {"number": "number", "double": "double"}, "double": {"number": "number"},
             "aside": {"number": "number"}}  # fmt: skip
    runner._graph_schema = GraphSchema({name: SchemaNode(needs=of_it, **about) for name, of_it in needs.items()})
    runner._instantiated_nodes = {name: node(one) for name, one in
                                  {"total": total, "double": double, "aside": aside}.items()}  # fmt: skip
    runner._execution_context = None
    return runner


@pytest.mark.parametrize("run_graph", [STOCK_GRAPH_RUN, rasa_changes._run_in_order])
def test_components_run_in_order_as_with_dask(run_graph: Any) -> None:
    assert inspect.getmodule(STOCK_GRAPH_RUN) is inspect.getmodule(DaskGraphRunner)
    runner = a_graph()
    for number in (1, 20):
        assert run_graph(runner, {"number": number}, ["total"]) == {"total": 3 * number}
        assert run_graph(runner, {"number": number}, ["double"]) == {"double": 2 * number}
    with pytest.raises(GraphRunError):
        run_graph(a_graph(RuntimeError), {"number": 1}, ["total"])
    with pytest.raises(KeyError):
        run_graph(a_graph(KeyError), {"number": 1}, ["total"])


# -- classes of events --


def test_an_event_is_found_by_its_name_as_rasa_finds_it() -> None:
    for kind in ("user", "bot", "slot", "action", "session_started"):
        assert Event.resolve_by_type(kind) is rasa_changes._resolve(kind)
    assert Event.resolve_by_type("topic") is None
    assert Event.resolve_by_type("unheard of", SlotSet) is SlotSet
    with pytest.raises(ValueError, match="unheard of"):
        Event.resolve_by_type("unheard of")
