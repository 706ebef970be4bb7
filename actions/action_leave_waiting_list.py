"""Wait no more."""

from __future__ import annotations

from contextlib import suppress

from actions import choices
from actions.action_menu import main_menu
from actions.base import OrientaAction, Turn
from appointments.errors import NotFound
from appointments.waiting import leave_waiting_list, waiting_of


class ActionLeaveWaitingList(OrientaAction):
    answers_words = False

    def name(self) -> str:
        return "action_leave_waiting_list"

    def respond(self, turn: Turn) -> None:
        service = turn.entity("service")
        if service is None:
            turn.say("utter_stale", buttons=main_menu())
            return
        for one in waiting_of(turn.context.sessions, turn.person_key):
            if one.service == service:
                with suppress(NotFound):  # the offer was taken, or the list left, at the same moment
                    leave_waiting_list(
                        turn.context.sessions, turn.context.clock, person_key=turn.person_key, city=one.city,
                        service=service,
                    )  # fmt: skip
        turn.say("utter_waiting__left", buttons=[choices.label("book", "book_appointment")])
