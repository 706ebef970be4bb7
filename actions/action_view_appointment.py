"""The person's own appointments, each with what can be done about it."""

from __future__ import annotations

from actions import choices
from actions.appointment_flow import facts, needs_interpreter, own_appointments, say_none
from actions.base import OrientaAction, Turn


class ActionViewAppointment(OrientaAction):
    def name(self) -> str:
        return "action_view_appointment"

    def respond(self, turn: Turn) -> None:
        own = own_appointments(turn)
        if not own:
            say_none(turn)
        for booking in own:
            this = {"appointment": booking.code}
            turn.say(
                "utter_appointment__one", status=booking.status, **facts(turn, booking),
                buttons=[
                    choices.label("move", "reschedule_appointment", this, row="own"),
                    choices.label("cancel", "cancel_appointment", this, row="own"),
                    choices.calendar_file(booking.code),
                    *([choices.interpreter(booking.code)] if needs_interpreter(turn, booking) else []),
                ],
            )  # fmt: skip
        if any(booking.example for booking in own):
            turn.say("utter_booking__example")
