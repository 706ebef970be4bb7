"""A time was pressed: say what would be booked, and ask for a yes."""

from __future__ import annotations

from actions import choices
from actions.action_menu import main_menu
from actions.appointment_flow import (
    OWN,
    ask_confirmation,
    ask_day,
    ask_time,
    bookable,
    day_of,
    moment_of,
    offer_slots,
    page_of,
)
from actions.base import OrientaAction, Turn
from appointments.errors import AlreadyBooked, NotFound, SlotTaken, SlotUnavailable, TooManyAppointments


class ActionChooseSlot(OrientaAction):
    def name(self) -> str:
        return "action_choose_slot"

    def respond(self, turn: Turn) -> None:
        city, service = turn.pending.get("city") or turn.city, turn.service
        starts_at = moment_of(turn.entity("slot"))
        if turn.entity("page") and self._turn_page(turn):
            return
        if city is None or service is None or starts_at is None or service not in bookable(turn, city):
            turn.say("utter_stale", buttons=main_menu())
            return
        moving = turn.pending.get("moving") if turn.pending.get("service") == service else None
        try:
            ask_confirmation(turn, city, service, starts_at, moving)
        except SlotTaken as taken:
            if taken.alternatives:
                offer_slots(turn, "utter_booking__slot_taken", city, service, taken.alternatives, moving)
            else:
                ask_day(turn, city, service, moving)
        except AlreadyBooked:
            turn.say("utter_booking__already", buttons=[choices.label(*one) for one in OWN])
        except TooManyAppointments:
            turn.say("utter_booking__too_many", buttons=[choices.label(*one) for one in OWN])
        except SlotUnavailable:
            turn.say("utter_stale")
            ask_day(turn, city, service, moving)
        except NotFound:  # the one to be moved is gone
            turn.say("utter_stale", buttons=[choices.label("book", "book_appointment")])

    @staticmethod
    def _turn_page(turn: Turn) -> bool:
        """Show a further page of a day's times; False when no day's times were asked about."""
        asked = turn.pending
        day = day_of(asked.get("day"))
        if asked.get("step") != "time" or day is None or asked.get("service") != turn.service:
            return False
        ask_time(turn, asked["city"], asked["service"], day, asked.get("moving"), asked.get("part"), page_of(turn))
        return True
