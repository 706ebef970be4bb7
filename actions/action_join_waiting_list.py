"""Wait for a place where nothing is free; an offer comes as a notice."""

from __future__ import annotations

from actions import choices
from actions.action_menu import main_menu
from actions.appointment_flow import OWN
from actions.base import OrientaAction, Turn
from appointments.errors import AlreadyBooked, NoShop, TooManyWaiting
from appointments.waiting import join_waiting_list


class ActionJoinWaitingList(OrientaAction):
    answers_words = False

    def name(self) -> str:
        return "action_join_waiting_list"

    def respond(self, turn: Turn) -> None:
        city, service = turn.city, turn.entity("service")
        if city is None or service is None:
            turn.say("utter_stale", buttons=main_menu())
            return
        try:
            join_waiting_list(
                turn.context.sessions, turn.context.clock, city=city, service=service, person_key=turn.person_key,
                language=turn.language, channel=turn.channel, address_encrypted=turn.address,
            )  # fmt: skip
        except NoShop:
            turn.say("utter_stale", buttons=main_menu())
        except AlreadyBooked:
            turn.say("utter_booking__already", buttons=[choices.label(*one) for one in OWN])
        except TooManyWaiting:
            turn.say("utter_waiting__too_many", buttons=[choices.label(*OWN[0])])
        else:
            turn.say("utter_waiting__joined", service=service, buttons=[choices.stop_waiting(service)])
