"""Our changes to Rasa's behaviour: all of them, each with its reason (docs/adr/0005). A test fails when Rasa changes.

1. The schemas of an action's result are compiled once, and an event is held against the schema of its own kind. Rasa builds
   the validator anew at every call and tries all 23 kinds on each event: 52 of the 86 ms of a turn with a custom action
   (RASA.md, "Where the time goes"). Bad results are still rejected, by Rasa's own check.
2. An action that cannot be run (server down, too slow, an error in it) ends in the technical-problem response. Rasa logs
   it, drops it and stays silent (RASA.md, T10, T32).
3. The action server has `ACTION_SECONDS` to answer, not five minutes: nobody waits that long in a chat.
4. Connections to the action server stay open. Rasa makes a client and a connection at every call: 1 ms on either side.
5. The components of a graph are called one after the other in the order that the graph gives. Rasa hands them to dask at
   each of the three runs of a turn, which costs 1.3 ms and then calls them one after the other.
6. The class of an event is looked up by name. Rasa walks through all classes of events for each stored one: 0.8 ms a turn.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
from functools import lru_cache
from graphlib import TopologicalSorter
from typing import Any, Optional

import aiohttp
import jsonschema
from rasa.core.actions import action as rasa_action
from rasa.core.actions.action import ActionExecutionRejection, RemoteAction, create_bot_utterance
from rasa.engine.exceptions import GraphRunError
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.shared.core.constants import ACTION_SESSION_START_NAME
from rasa.shared.core.events import Event
from rasa.utils.endpoints import EndpointConfig

log = logging.getLogger(__name__)

ACTION_SECONDS = 10
TECHNICAL_PROBLEM = "utter_technical_problem"


class RasaChanged(RuntimeError):
    """The installed Rasa is not the one that these changes were written for."""


KEPT_OPEN_SECONDS = 2.0
"""An idle connection is given up before the action server does so (Sanic: 5 s), so that no call meets a closed one."""


@lru_cache(maxsize=1)
def _event_validators() -> dict[str, Any]:
    """One compiled schema for each kind of event."""
    one_of = RemoteAction.action_response_format_spec()["properties"]["events"]["items"]["oneOf"]
    return {
        schema["properties"]["event"]["const"]: jsonschema.validators.validator_for(schema)(schema) for schema in one_of
    }


_validate = RemoteAction._validate_action_result


def _validate_action_result(self: RemoteAction, result: Any) -> bool:
    if isinstance(result, dict):
        events, responses = result.get("events", []), result.get("responses", [])
        if isinstance(events, list) and isinstance(responses, list):
            kinds = _event_validators()
            good = all(isinstance(event, dict) and event.get("event") in kinds
                       and kinds[event["event"]].is_valid(event) for event in events)  # fmt: skip
            if good and all(isinstance(response, dict) for response in responses):
                return True
    return bool(_validate(self, result))  # Rasa's own says what is wrong


_run = RemoteAction.run


async def _run_or_say_so(self: RemoteAction, output_channel: Any, nlg: Any, tracker: Any, domain: Any) -> list[Any]:
    try:
        return list(await _run(self, output_channel, nlg, tracker, domain))
    except ActionExecutionRejection:
        raise
    except Exception as error:
        log.error("action %s failed: %s", self.name(), type(error).__name__)
        if self.name() == ACTION_SESSION_START_NAME:
            return list(await rasa_action.ActionSessionStart().run(output_channel, nlg, tracker, domain))
        draft = await nlg.generate(TECHNICAL_PROBLEM, tracker, output_channel.name())
        return [create_bot_utterance({**draft, "utter_action": TECHNICAL_PROBLEM})]


_new_session = EndpointConfig.session


class _KeptOpen:
    """`async with` around a session that stays open for the endpoint's next call."""

    def __init__(self, endpoint: EndpointConfig) -> None:
        self._endpoint = endpoint

    async def __aenter__(self) -> aiohttp.ClientSession:
        loop = asyncio.get_running_loop()
        of_loop, session = self._endpoint.__dict__.get("_kept_open", (None, None))
        if of_loop is not loop or session.closed:
            session = _new_session(self._endpoint)
            session.connector._keepalive_timeout = KEPT_OPEN_SECONDS
            self._endpoint._kept_open = (loop, session)
        return session

    async def __aexit__(self, *_: object) -> None:
        """Nothing is closed: the connections go with the process."""


_run_graph = DaskGraphRunner.run


def _run_in_order(
    self: DaskGraphRunner, inputs: Optional[dict[str, Any]] = None, targets: Optional[list[str]] = None
) -> dict[str, Any]:
    wanted = tuple(targets or self._graph_schema.target_names)
    plans = self.__dict__.setdefault("_plans", {})
    if wanted not in plans:
        plans[wanted] = _in_order(self._graph_schema.minimal_graph_schema(list(wanted)))
    outputs = {name: (name, value) for name, value in (inputs or {}).items()}
    try:
        for name, needs in plans[wanted]:
            outputs[name] = self._instantiated_nodes[name](*(outputs.get(need, need) for need in needs))
    except RuntimeError as error:
        raise GraphRunError("Error running runner.") from error
    return dict(outputs[name] for name in wanted)


def _in_order(schema: Any) -> list[tuple[str, tuple[str, ...]]]:
    """Names of the components and of what each needs, each after all that it needs."""
    sorter = TopologicalSorter(
        {name: set(node.needs.values()) & set(schema.nodes) for name, node in schema.nodes.items()}
    )
    return [(name, tuple(schema.nodes[name].needs.values())) for name in sorter.static_order()]


_resolve = Event.resolve_by_type


@lru_cache(maxsize=256)
def _event_class(type_name: str, default: Optional[type] = None) -> Optional[type]:
    found: Optional[type] = _resolve(type_name, default)
    return found


def apply() -> None:
    """Put the changes in place; once is enough, more often does no harm.

    Raises:
        RasaChanged: a method that is replaced is gone or has other parameters.
    """
    expected = {
        RemoteAction._validate_action_result: ["self", "result"],
        _run: ["self", "output_channel", "nlg", "tracker", "domain"],
        _new_session: ["self"],
        _run_graph: ["self", "inputs", "targets"],
        _resolve: ["type_name", "default"],
    }
    for method, names in expected.items():
        if list(inspect.signature(method).parameters) != names:
            raise RasaChanged(f"{method.__qualname__} has changed; see docs/adr/0005")
    if not hasattr(rasa_action, "DEFAULT_REQUEST_TIMEOUT"):
        raise RasaChanged("rasa.core.actions.action.DEFAULT_REQUEST_TIMEOUT is gone; see docs/adr/0005")
    RemoteAction._validate_action_result = _validate_action_result
    RemoteAction.run = _run_or_say_so
    rasa_action.DEFAULT_REQUEST_TIMEOUT = ACTION_SECONDS
    EndpointConfig.session = lambda self: _KeptOpen(self)
    DaskGraphRunner.run = _run_in_order
    Event.resolve_by_type = staticmethod(_event_class)
