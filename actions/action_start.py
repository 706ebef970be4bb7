"""/start: greet, and ask for what is not known yet: the language, then the city.

A link or a printed card may bring city, service and language (`bot.channels.commands`): then the answer comes at once.
"""

from __future__ import annotations

from actions import choices
from actions.base import OrientaAction, Turn
from actions.languages import WRITTEN_LANGUAGES


class ActionStart(OrientaAction):
    def name(self) -> str:
        return "action_start"

    def respond(self, turn: Turn) -> None:
        first = None if turn.profile.language else turn.entity("language")  # their own choice is not overruled
        city, service = turn.entity("city"), turn.entity("service")
        if first or city:
            turn.keep(language=first, city=city)
        if service:
            turn.say("utter_welcome")
            turn.go_on_with("action_find_service")
            return
        if not turn.profile.language:
            turn.say("utter_ask_language", buttons=choices.languages(WRITTEN_LANGUAGES))
            return
        turn.say("utter_welcome")
        if not turn.profile.city:
            turn.ask_city(then="action_menu")
            return
        turn.go_on_with("action_menu")
