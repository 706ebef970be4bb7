"""What is kept of the person, and whether to delete it."""

from __future__ import annotations

from actions import choices
from actions.base import OrientaAction, Turn


class ActionDeleteMyData(OrientaAction):
    def name(self) -> str:
        return "action_delete_my_data"

    def respond(self, turn: Turn) -> None:
        turn.ask_then({"question": "deletion"})
        turn.say(
            "utter_ask_deletion__confirm",
            buttons=[
                choices.label("yes", "confirm_deletion", {"answer": "yes"}, row="answer"),
                choices.label("no", "confirm_deletion", {"answer": "no"}, row="answer"),
            ],
        )
