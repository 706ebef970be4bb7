"""Custom actions of the stock assistant, for `python -m rasa_sdk --actions bench.stock_actions`."""

from __future__ import annotations

import os
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from bench import CITY
from services_catalog.search import find
from storage.clock import utc_now
from storage.database import make_engine, make_session_factory

LOOK_UP, *OTHERS = os.environ["BENCH_ACTIONS"].split()
sessions = make_session_factory(make_engine(os.environ["BENCH_DATABASE_URL"]))


class FindService(Action):
    def name(self) -> str:
        return LOOK_UP

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[Any]:
        service = tracker.latest_message["intent"]["name"].partition("__")[2]
        result = find(sessions, CITY, service, utc_now())
        cards = result.cards or result.alternatives
        lines = ["\n".join(filter(None, (card.name, card.address, ", ".join(card.phones)))) for card in cards]
        dispatcher.utter_message(text="\n\n".join(lines) or "Nothing found.")
        return []


def _answer(action: str) -> type[Action]:
    def run(self: Action, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[Any]:
        dispatcher.utter_message(text=f"This is the answer of {action}.")
        return []

    return type(action, (Action,), {"name": lambda self: action, "run": run, "__module__": __name__})


ANSWERS = [_answer(action) for action in OTHERS]
