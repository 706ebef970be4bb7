"""A position that was shared: the nearest city becomes the person's, and what they had asked goes on. It is not kept."""

from __future__ import annotations

from actions.action_set_city import go_on_in
from actions.base import OrientaAction, Turn
from services_catalog.places import nearest_city

FAR_KM = 40.0
"""Further than this from a city's middle, somebody is not in it."""


class ActionShareLocation(OrientaAction):
    answers_words = False

    def name(self) -> str:
        return "action_share_location"

    def respond(self, turn: Turn) -> None:
        if turn.position is None:
            turn.ask_city(then="action_menu")
            return
        city, away = nearest_city(turn.position)
        go_on_in(turn, city, "utter_city__set" if away <= FAR_KM else "utter_location__far")
