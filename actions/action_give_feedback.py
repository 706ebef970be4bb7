"""Praise, complaints, "this is wrong": thanked for, and sent to the people who can act on it."""

from __future__ import annotations

from actions.action_talk_to_human import say_who_to_ask
from actions.base import OrientaAction, Turn


class ActionGiveFeedback(OrientaAction):
    def name(self) -> str:
        return "action_give_feedback"

    def respond(self, turn: Turn) -> None:
        say_who_to_ask(turn, self.name(), "utter_feedback")
