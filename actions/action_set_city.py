"""The person's city, first said or changed; what they had asked before goes on."""

from __future__ import annotations

from actions.base import OrientaAction, Turn


class ActionSetCity(OrientaAction):
    def name(self) -> str:
        return "action_set_city"

    def respond(self, turn: Turn) -> None:
        city = turn.entity("city")
        waiting = turn.pending if turn.pending.get("then") else {"then": "action_menu"}
        if city is None:
            turn.ask_city(**waiting)
            return
        turn.keep(city=city)
        turn.set("city", city)
        if "service" in waiting:
            turn.set("service", waiting["service"])
        turn.ask_then(waiting)  # what was asked about; the action that goes on answers and drops it
        turn.say("utter_city__set", city=city)
        turn.go_on_with(waiting["then"])
