"""A conversation begins, or begins again after its state was dropped: the person's choices are read from our table."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import ActionExecuted, EventType, SessionStarted, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.base import OrientaAction, Turn
from actions.context import get_context


class ActionSessionStart(OrientaAction):
    """Replaces Rasa's own, which copies every SlotSet that there ever was (RASA.md, "Cost grows with the conversation")."""

    def name(self) -> str:
        return "action_session_start"

    def respond(self, turn: Turn) -> None:
        """Says nothing: whoever writes first is answered to what they wrote."""

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        profile = Turn(dispatcher, tracker, get_context()).profile
        chosen = {"language": profile.language, "city": profile.city}
        return [
            SessionStarted(),
            *(SlotSet(name, value) for name, value in chosen.items() if value),
            ActionExecuted("action_listen"),
        ]
