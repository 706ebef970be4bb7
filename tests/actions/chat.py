"""One person at the actions, without Rasa and without a model: buttons lead where the rules say, words where the test says."""

from __future__ import annotations

import importlib
import pkgutil
from functools import lru_cache
from typing import Any, Optional

import yaml
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

import actions
from actions.base import OrientaAction
from bot.payloads import parse_rasa_payload
from bot.responses import load_responses
from orienta.model import ROOT


@lru_cache(maxsize=1)
def actions_by_name() -> dict[str, OrientaAction]:
    for module in pkgutil.iter_modules(actions.__path__):
        importlib.import_module(f"actions.{module.name}")
    made = [one() for one in OrientaAction.__subclasses__()]
    return {one.name(): one for one in made}


@lru_cache(maxsize=1)
def action_of_intent() -> dict[str, str]:
    rules = yaml.safe_load((ROOT / "data" / "stories" / "rules.yml").read_text(encoding="utf-8"))["rules"]
    return {rule["steps"][0]["intent"]: rule["steps"][1]["action"] for rule in rules}


class Chat:
    """A conversation. `said`: the names of the last turn's responses; `answers`: them in words, with buttons."""

    def __init__(self, person: str = "tg-1") -> None:
        self.person = person
        self.slots: dict[str, Any] = {}
        self.said: list[str] = []
        self.answers: list[dict[str, Any]] = []

    @property
    def buttons(self) -> list[dict[str, Any]]:
        return [button for answer in self.answers for button in answer["buttons"]]

    @property
    def payloads(self) -> list[str]:
        return [button["payload"] for button in self.buttons if "payload" in button]

    def press(self, part: str) -> list[str]:
        """Press the first button whose payload or title has `part` in it. Returns the names of the responses."""
        for button in self.buttons:
            if part in button.get("payload", "") or part in button["title"]:
                return self.send(button["payload"])
        raise AssertionError(f"no button {part!r} among {self.payloads}")

    def send(self, payload: str) -> list[str]:
        intent, entities = parse_rasa_payload(payload)
        return self.turn(payload, intent, entities)

    def write(self, text: str, intent: str, confidence: float = 0.9, **entities: str) -> list[str]:
        return self.turn(text, intent, entities, confidence)

    def turn(self, text: str, intent: str, entities: dict[str, str], confidence: float = 1.0) -> list[str]:
        return self.hear(
            {
                "text": text,
                "intent": {"name": intent, "confidence": confidence},
                "entities": [{"entity": key, "value": value} for key, value in entities.items()],
            }
        )

    def hear(self, parsed: dict[str, Any]) -> list[str]:
        """A message as the model has read it. Returns the names of the responses."""
        message = {**parsed, "metadata": {"channel": "telegram", "address": "secret", "language_code": "en"}}
        dispatcher = CollectingDispatcher()
        name: Optional[str] = action_of_intent()[message["intent"]["name"]]
        while name and name.startswith("utter_"):  # a rule that answers without an action: in danger
            dispatcher.utter_message(response=name)
            name = None
        while name:
            tracker = Tracker(self.person, self.slots, message, [], False, None, {}, name)
            events = actions_by_name()[name].run(dispatcher, tracker, {})
            self.slots |= {event["name"]: event["value"] for event in events if event["event"] == "slot"}
            name = next((event["name"] for event in events if event["event"] == "followup"), None)
        self.said = [one["response"] for one in dispatcher.messages]
        self.answers = [self._words(dict(one)) for one in dispatcher.messages]
        return self.said

    @staticmethod
    def _words(message: dict[str, Any]) -> dict[str, Any]:
        language = message.pop("in_language", "en")
        given = {key: value for key, value in message.items() if value or value == ""}
        return load_responses().render(given.pop("response"), language, given)
