"""Another language: taken when one of ours is named, else offered as buttons."""

from __future__ import annotations

from actions import choices
from actions.base import OrientaAction, Turn
from actions.languages import WRITTEN_LANGUAGES


class ActionSetLanguage(OrientaAction):
    answers_words = False  # a wish for another language is never met with a question in the wrong one

    def name(self) -> str:
        return "action_set_language"

    def respond(self, turn: Turn) -> None:
        wanted = turn.entity("language")
        if wanted is None:
            turn.say("utter_ask_language", buttons=choices.languages(WRITTEN_LANGUAGES))
            return
        first = turn.profile.language is None
        turn.keep(language=wanted)
        turn.set("language", wanted)
        if first:
            turn.say("utter_welcome", language=wanted)
        else:
            turn.say("utter_language__set", language=wanted)
        if turn.profile.city is None:
            turn.ask_city(then="action_menu")
        elif first:
            turn.go_on_with("action_menu")
