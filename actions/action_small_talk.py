"""Greetings, thanks, "who are you", and what is not ours to answer: kind, short, and with a next step."""

from __future__ import annotations

from actions import choices
from actions.action_menu import main_menu
from actions.base import OrientaAction, Turn


class ActionSmallTalk(OrientaAction):
    def name(self) -> str:
        return "action_small_talk"

    def respond(self, turn: Turn) -> None:
        if turn.intent in ("goodbye", "thank"):
            turn.say(f"utter_{turn.intent}")
        elif turn.intent == "bot_challenge":
            turn.say("utter_bot_challenge", buttons=[choices.label("person", "talk_to_human")])
        elif turn.intent in ("greet", "help", "out_of_scope"):
            if turn.intent == "greet" and turn.profile.city is None:
                turn.say("utter_welcome")
                turn.ask_city(then="action_menu")
                return
            turn.say(f"utter_{turn.intent}", buttons=main_menu())
        else:
            turn.say("utter_menu", buttons=main_menu())
