"""What is kept of the person, and whether to delete it."""

from __future__ import annotations

from actions.appointment_flow import yes_no
from actions.base import OrientaAction, Turn


class ActionDeleteMyData(OrientaAction):
    def name(self) -> str:
        return "action_delete_my_data"

    def respond(self, turn: Turn) -> None:
        turn.ask_then({"question": "deletion"})
        turn.say("utter_ask_deletion__confirm", buttons=yes_no("confirm_deletion"))
