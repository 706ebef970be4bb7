"""The person's city, first said or changed; what they had asked before goes on."""

from __future__ import annotations

from typing import Any

from actions.base import OrientaAction, Turn


class ActionSetCity(OrientaAction):
    def name(self) -> str:
        return "action_set_city"

    def respond(self, turn: Turn) -> None:
        city = turn.entity("city")
        if city is None:
            turn.ask_city(**_waiting(turn))
            return
        go_on_in(turn, city, "utter_city__set")


def go_on_in(turn: Turn, city: str, response: str) -> None:
    """Keep the city, say so with `response`, and go on with what waited for it."""
    waiting = _waiting(turn)
    turn.keep(city=city)
    turn.set("city", city)
    if "service" in waiting:
        turn.set("service", waiting["service"])
    turn.ask_then(waiting)  # what was asked about; the action that goes on answers and drops it
    turn.say(response, city=city)
    turn.go_on_with(waiting["then"])


def _waiting(turn: Turn) -> dict[str, Any]:
    """What goes on: what asked for the city, else the service that they were told of last ("and in Rome?"), else the menu."""
    if turn.pending.get("then"):
        return turn.pending
    if turn.service_before and not turn.by_button and turn.entity("city"):
        return {"then": "action_find_service", "service": turn.service_before}
    return {"then": "action_menu"}
