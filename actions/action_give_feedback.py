"""Praise, complaints, "this is wrong": counted without the words, thanked for, and sent to people who can act on it."""

from __future__ import annotations

from actions import choices
from actions.action_talk_to_human import say_who_to_ask
from actions.base import OrientaAction, Turn
from services_catalog.freshness import note_feedback


class ActionGiveFeedback(OrientaAction):
    def name(self) -> str:
        return "action_give_feedback"

    def respond(self, turn: Turn) -> None:
        buttons = []
        if turn.city is not None:
            note_feedback(turn.context.sessions, turn.context.clock, turn.city)
            if turn.service is not None:
                buttons = [choices.wrong(turn.service)]
        say_who_to_ask(turn, self.name(), "utter_feedback", buttons)
