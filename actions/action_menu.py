"""/menu: the services that people ask for most, and everything else by one more press."""

from __future__ import annotations

from actions import choices
from actions.base import OrientaAction, Turn


def main_menu() -> list[choices.Choice]:
    return [
        *choices.services(),
        choices.label("book", "book_appointment", row="appointments"),
        choices.label("my_appointments", "view_appointment", row="appointments"),
        choices.label("procedures", "ask_procedure", row="more"),
        choices.label("person", "talk_to_human", row="more"),
    ]


class ActionMenu(OrientaAction):
    def name(self) -> str:
        return "action_menu"

    def respond(self, turn: Turn) -> None:
        turn.say("utter_menu", buttons=main_menu())
