"""Yes or no to the booking that was proposed. On yes it is booked, or moved, and the desk code is given."""

from __future__ import annotations

from datetime import datetime

from actions import choices
from actions.action_menu import main_menu
from actions.appointment_flow import OWN, ask_again, ask_day, offer_slots, said_yes, say_booked
from actions.base import OrientaAction, Turn
from appointments.booking import (
    AlreadyBooked,
    Booking,
    NoShop,
    NotFound,
    SlotTaken,
    SlotUnavailable,
    TooManyAppointments,
    book,
    held_for,
    release_hold,
    reschedule,
)


class ActionConfirmAppointment(OrientaAction):
    answers_words = False

    def name(self) -> str:
        return "action_confirm_appointment"

    def respond(self, turn: Turn) -> None:
        asked = turn.pending
        agreed = said_yes(turn)
        if asked.get("question") != "booking":  # something else came between: the time may still be held
            draft = held_for(turn.context.sessions, turn.context.clock, turn.person_key)
            if draft is None or agreed is not False:
                turn.say("utter_stale", buttons=[] if draft else main_menu())
                if draft and not ask_again(turn):
                    ask_day(turn, draft.city, draft.service, draft.moving)
                return
        if agreed is None:
            turn.ask_then(asked)
            turn.say("utter_stale", buttons=choices.yes_no("confirm_appointment"))
            return
        if not agreed:
            release_hold(turn.context.sessions, turn.context.clock, turn.person_key)
            turn.say("utter_booking__not_booked", buttons=[choices.label("book", "book_appointment")])
            return
        city, service, moving = asked["city"], asked["service"], asked.get("moving")
        try:
            booking = self._book(turn, asked)
        except SlotTaken as taken:
            if taken.alternatives:
                offer_slots(turn, "utter_booking__slot_taken", city, service, taken.alternatives, moving)
            else:
                ask_day(turn, city, service, moving)
        except (SlotUnavailable, NoShop):
            turn.say("utter_stale")
            ask_day(turn, city, service, moving)
        except TooManyAppointments:
            turn.say("utter_booking__too_many", buttons=[choices.label(*one) for one in OWN])
        except AlreadyBooked:
            turn.say("utter_booking__already", buttons=[choices.label(*one) for one in OWN])
        except NotFound:  # the one to be moved is gone
            turn.say("utter_stale", buttons=[choices.label("book", "book_appointment")])
        else:
            say_booked(turn, "utter_reschedule__done" if moving else "utter_booking__done", booking)

    @staticmethod
    def _book(turn: Turn, asked: dict[str, str]) -> Booking:
        sessions, clock = turn.context.sessions, turn.context.clock
        starts_at = datetime.fromisoformat(asked["starts_at"])
        if asked.get("moving"):
            return reschedule(sessions, clock, person_key=turn.person_key, code=asked["moving"], starts_at=starts_at)
        return book(
            sessions,
            clock,
            city=asked["city"],
            service=asked["service"],
            starts_at=starts_at,
            person_key=turn.person_key,
            language=turn.language,
            channel=turn.channel,
            address_encrypted=turn.address,
        )
