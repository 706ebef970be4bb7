"""/start: greet, and ask for what is not known yet: the language, then the city."""

from __future__ import annotations

from actions import choices
from actions.base import OrientaAction, Turn
from actions.languages import WRITTEN_LANGUAGES


class ActionStart(OrientaAction):
    def name(self) -> str:
        return "action_start"

    def respond(self, turn: Turn) -> None:
        if not turn.profile.language:
            turn.say("utter_ask_language", buttons=choices.languages(WRITTEN_LANGUAGES))
            return
        turn.say("utter_welcome")
        if not turn.profile.city:
            turn.ask_city(then="action_menu")
            return
        turn.go_on_with("action_menu")
