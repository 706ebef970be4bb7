"""Give an appointment back: first which one, then whether really."""

from __future__ import annotations

from actions import choices
from actions.appointment_flow import facts, with_own_appointment
from actions.base import OrientaAction, Turn
from appointments.booking import Booking


class ActionCancelAppointment(OrientaAction):
    def name(self) -> str:
        return "action_cancel_appointment"

    def respond(self, turn: Turn) -> None:
        def ask_whether_really(booking: Booking) -> None:
            turn.ask_then({"question": "cancellation", "appointment": booking.code})
            turn.say(
                "utter_ask_cancellation__confirm",
                buttons=choices.yes_no("confirm_cancellation"),
                **facts(turn, booking),
            )

        with_own_appointment(turn, "utter_cancellation__which", "cancel_appointment", ask_whether_really)
