"""Booking, first steps: which service, which day. A day that was pressed leads to its times."""

from __future__ import annotations

from actions import choices
from actions.action_talk_to_human import say_who_to_ask
from actions.appointment_flow import ask_again, ask_day, ask_time, bookable, day_of, page_of, part_for
from actions.base import OrientaAction, Turn


class ActionBookAppointment(OrientaAction):
    def name(self) -> str:
        return "action_book_appointment"

    def respond(self, turn: Turn) -> None:
        city = turn.city
        if city is None:
            turn.ask_city(then=self.name(), service=turn.entity("service"))
            return
        if turn.profile.city is None:
            turn.keep(city=city)
        offered = bookable(turn, city)
        if not offered:
            say_who_to_ask(turn, self.name(), "utter_booking__no_shop", city=city)
            return
        # What they asked about before is not what they want to book, unless it waited for the city only.
        service = turn.entity("service") or (turn.service if turn.intent == "set_city" else None)
        if service is None and ask_again(turn):
            return
        if service is None:
            turn.ask_then({"step": "service"})
            turn.say("utter_ask_booking__service", buttons=choices.services("book_appointment", offered))
            return
        turn.set("service", service)
        moving = turn.pending.get("moving") if turn.pending.get("service") == service else None
        day = day_of(turn.entity("day"))
        if day is not None:
            ask_time(turn, city, service, day, moving, part_for(turn, service))
        else:  # "another day" begins with all of them again, "more" goes on with the mornings or afternoons
            part = part_for(turn, service) if turn.intent == "choose_day" else None
            ask_day(turn, city, service, moving, part, page_of(turn))
