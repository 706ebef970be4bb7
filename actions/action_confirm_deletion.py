"""Yes or no to being forgotten."""

from __future__ import annotations

from actions import choices
from actions.action_menu import main_menu
from actions.appointment_flow import said_yes
from actions.base import OrientaAction, Turn
from appointments.erasure import erase_person_everywhere


class ActionConfirmDeletion(OrientaAction):
    answers_words = False

    def name(self) -> str:
        return "action_confirm_deletion"

    def respond(self, turn: Turn) -> None:
        asked = turn.pending
        if asked.get("question") != "deletion":
            turn.say("utter_stale", buttons=main_menu())
            return
        agreed = said_yes(turn)
        if agreed is None:
            turn.ask_then(asked)
            turn.say("utter_stale", buttons=choices.yes_no("confirm_deletion"))
        elif agreed:
            erase_person_everywhere(turn.context.sessions, turn.person_key)
            turn.forget()
            turn.say("utter_deletion__done")
        else:
            turn.say("utter_deletion__kept", buttons=main_menu())
