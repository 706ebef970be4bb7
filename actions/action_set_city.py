"""The person's city, first said or changed; what they had asked before goes on."""

from __future__ import annotations

from actions.base import OrientaAction, Turn


class ActionSetCity(OrientaAction):
    def name(self) -> str:
        return "action_set_city"

    def respond(self, turn: Turn) -> None:
        city = turn.entity("city")
        then = turn.pending.get("then")
        if city is None:
            turn.ask_city(then=then or "action_menu", service=turn.pending.get("service"))
            return
        turn.keep(city=city)
        turn.set("city", city)
        if then:
            turn.set("service", turn.pending.get("service"))
        turn.say("utter_city__set", city=city)
        turn.go_on_with(then or "action_menu")
