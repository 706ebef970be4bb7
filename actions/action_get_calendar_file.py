"""An appointment as a file for the calendar of the person's phone, when they ask for it."""

from __future__ import annotations

from actions.appointment_flow import facts, named_appointment, say_stale
from actions.base import OrientaAction, Turn


class ActionGetCalendarFile(OrientaAction):
    answers_words = False

    def name(self) -> str:
        return "action_get_calendar_file"

    def respond(self, turn: Turn) -> None:
        booking = named_appointment(turn)
        if booking is None:
            say_stale(turn)
            return
        turn.say(
            "utter_calendar__file",
            calendar={
                **facts(turn, booking),
                "id": booking.id,
                "ends_at": booking.ends_at.isoformat(),
                "status": booking.status,
                "changes": booking.changes,
                "now": turn.context.clock().isoformat(),
            },
        )
