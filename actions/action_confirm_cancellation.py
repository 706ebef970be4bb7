"""Yes or no to cancelling."""

from __future__ import annotations

from actions import choices
from actions.action_menu import main_menu
from actions.appointment_flow import said_yes, say_none
from actions.base import OrientaAction, Turn
from appointments.booking import NotFound, cancel


class ActionConfirmCancellation(OrientaAction):
    answers_words = False

    def name(self) -> str:
        return "action_confirm_cancellation"

    def respond(self, turn: Turn) -> None:
        asked = turn.pending
        if asked.get("question") != "cancellation":
            turn.say("utter_stale", buttons=main_menu())
            return
        agreed = said_yes(turn)
        if agreed is None:
            turn.ask_then(asked)
            turn.say("utter_stale", buttons=choices.yes_no("confirm_cancellation"))
        elif agreed:
            try:
                cancel(turn.context.sessions, turn.context.clock, person_key=turn.person_key, code=asked["appointment"])
            except NotFound:
                say_none(turn)
            else:
                turn.say("utter_cancellation__done", buttons=[choices.label("book", "book_appointment")])
        else:
            turn.say("utter_cancellation__kept", buttons=[choices.label("my_appointments", "view_appointment")])
