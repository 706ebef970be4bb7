"""What is kept of the person, and whether to delete it."""

from __future__ import annotations

from actions import choices
from actions.action_my_data import kept_lines
from actions.base import OrientaAction, Turn
from appointments.erasure import kept_of


class ActionDeleteMyData(OrientaAction):
    def name(self) -> str:
        return "action_delete_my_data"

    def respond(self, turn: Turn) -> None:
        kept = kept_lines(kept_of(turn.context.sessions, turn.context.clock, turn.person_key))
        turn.ask_then({"question": "deletion"})
        turn.say("utter_ask_deletion__confirm", kept=kept, buttons=choices.yes_no("confirm_deletion"))
