"""Yes or no to a time that is kept for the person: offered from the waiting list, or proposed by the staff."""

from __future__ import annotations

from actions import choices
from actions.action_menu import main_menu
from actions.appointment_flow import OWN, said_yes, say_booked
from actions.base import OrientaAction, Turn
from appointments.errors import AlreadyBooked, OfferGone, TooManyAppointments
from appointments.waiting import accept_offer, decline_offer


class ActionAnswerOffer(OrientaAction):
    answers_words = False

    def name(self) -> str:
        return "action_answer_offer"

    def respond(self, turn: Turn) -> None:
        code, agreed = turn.entity("appointment"), said_yes(turn)
        own = [choices.label(*one) for one in OWN]
        if code is None or agreed is None:
            turn.say("utter_stale", buttons=main_menu())
            return
        answer = accept_offer if agreed else decline_offer
        try:
            booking = answer(turn.context.sessions, turn.context.clock, person_key=turn.person_key, code=code)
        except OfferGone:
            turn.say("utter_offer__gone", buttons=own)
        except AlreadyBooked:
            turn.say("utter_booking__already", buttons=own)
        except TooManyAppointments:
            turn.say("utter_booking__too_many", buttons=own)
        else:
            if booking is None:
                turn.say("utter_booking__not_booked", buttons=own)
            else:
                say_booked(turn, "utter_booking__done", booking)
