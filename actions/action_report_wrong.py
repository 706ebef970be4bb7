"""The button "something is wrong" under cards: which place, what of it, and an item in the operators' queue."""

from __future__ import annotations

from actions import choices
from actions.base import OrientaAction, Turn
from services_catalog.freshness import ASPECTS, UnknownEntry, report_wrong
from services_catalog.models import long_id
from services_catalog.search import Card, find, get_entry

OFFERED = 6
"""Places to choose from: the three that were shown are among them, even when the order has changed meanwhile."""


class ActionReportWrong(OrientaAction):
    def name(self) -> str:
        return "action_report_wrong"

    def respond(self, turn: Turn) -> None:
        short, aspect = turn.entity("entry"), turn.entity("aspect")
        if short is None:
            self._ask_which(turn)
            return
        try:
            entry = long_id(short)
            if aspect is None:
                self._ask_what(turn, get_entry(turn.context.sessions, entry))
                return
            report_wrong(turn.context.sessions, turn.context.clock, entry, aspect)
        except (UnknownEntry, ValueError):
            self._ask_what(turn, None)
            return
        turn.say("utter_wrong__noted")

    def _ask_which(self, turn: Turn) -> None:
        if turn.service is None or turn.city is None:
            turn.go_on_with("action_give_feedback")
            return
        result = find(turn.context.sessions, turn.city, turn.service, turn.context.clock(), limit=OFFERED)
        cards = [*result.cards, *result.alternatives]
        if len(cards) == 1:
            self._ask_what(turn, cards[0])
        else:
            turn.say("utter_ask_wrong__entry", buttons=[choices.entry(card.id, card.name) for card in cards])

    @staticmethod
    def _ask_what(turn: Turn, card: Card | None) -> None:
        if card is None:
            turn.say("utter_stale", buttons=choices.services())
        else:
            turn.say("utter_ask_wrong__aspect", buttons=choices.wrong_aspects(card.id, ASPECTS), name=card.name)
