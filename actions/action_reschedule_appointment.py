"""Another time for an appointment; the old one stays until the new one is certain."""

from __future__ import annotations

from actions.appointment_flow import ask_day, with_own_appointment
from actions.base import OrientaAction, Turn
from appointments.booking import Booking


class ActionRescheduleAppointment(OrientaAction):
    def name(self) -> str:
        return "action_reschedule_appointment"

    def respond(self, turn: Turn) -> None:
        def choose_new_time(booking: Booking) -> None:
            turn.set("service", booking.type)
            turn.say("utter_reschedule__choose")
            ask_day(turn, booking.city, booking.type, moving=booking.code)

        with_own_appointment(turn, "utter_reschedule__which", "reschedule_appointment", choose_new_time)
