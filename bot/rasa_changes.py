"""Our changes to Rasa's behaviour: all of them, each with its reason (docs/adr/0005). A test fails when Rasa changes.

1. The schema of an action's result is compiled once. Rasa builds the validator anew at every call: 52 of the 86 ms of a
   turn with a custom action (RASA.md, "Where the time goes"). Bad results are still rejected.
2. An action that cannot be run (server down, too slow, an error in it) ends in the technical-problem response. Rasa logs
   it, drops it and stays silent (RASA.md, T10, T32).
3. The action server has `ACTION_SECONDS` to answer, not five minutes: nobody waits that long in a chat.
"""

from __future__ import annotations

import inspect
import logging
from functools import lru_cache
from typing import Any

import jsonschema
from rasa.core.actions import action as rasa_action
from rasa.core.actions.action import ActionExecutionRejection, RemoteAction, create_bot_utterance
from rasa.shared.core.constants import ACTION_SESSION_START_NAME

log = logging.getLogger(__name__)

ACTION_SECONDS = 10
TECHNICAL_PROBLEM = "utter_technical_problem"


class RasaChanged(RuntimeError):
    """The installed Rasa is not the one that these changes were written for."""


@lru_cache(maxsize=1)
def _validator() -> Any:
    schema = RemoteAction.action_response_format_spec()
    return jsonschema.validators.validator_for(schema)(schema)


def _validate_action_result(self: RemoteAction, result: dict[str, Any]) -> bool:
    for error in _validator().iter_errors(result):
        raise error
    return True


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


def apply() -> None:
    """Put the changes in place; once is enough, more often does no harm.

    Raises:
        RasaChanged: a method that is replaced is gone or has other parameters.
    """
    expected = {
        RemoteAction._validate_action_result: ["self", "result"],
        _run: ["self", "output_channel", "nlg", "tracker", "domain"],
    }
    for method, names in expected.items():
        if list(inspect.signature(method).parameters) != names:
            raise RasaChanged(f"{method.__qualname__} has changed; see docs/adr/0005")
    if not hasattr(rasa_action, "DEFAULT_REQUEST_TIMEOUT"):
        raise RasaChanged("rasa.core.actions.action.DEFAULT_REQUEST_TIMEOUT is gone; see docs/adr/0005")
    RemoteAction._validate_action_result = _validate_action_result
    RemoteAction.run = _run_or_say_so
    rasa_action.DEFAULT_REQUEST_TIMEOUT = ACTION_SECONDS
