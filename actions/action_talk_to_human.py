"""Where a person answers: the city's one-stop shop, else whoever is nearest to it."""

from __future__ import annotations

from collections.abc import Sequence

from actions import choices
from actions.base import OrientaAction, Turn
from services_catalog.search import find, one_stop_shop


class ActionTalkToHuman(OrientaAction):
    answers_words = False  # who asks for a person is not asked back

    def name(self) -> str:
        return "action_talk_to_human"

    def respond(self, turn: Turn) -> None:
        say_who_to_ask(turn, self.name(), "utter_human")


def say_who_to_ask(
    turn: Turn, action: str, response: str, buttons: Sequence[choices.Choice] = (), **params: str
) -> None:
    """A response with the card of the one-stop shop, or of the social services where it has no address."""
    if turn.city is None:
        turn.ask_city(then=action)
        return
    now = turn.context.clock()
    shop = one_stop_shop(turn.context.sessions, turn.city)
    if shop is not None:
        cards = [shop.as_dict()]
    else:
        result = find(turn.context.sessions, turn.city, "social_support", now)
        cards = [card.as_dict() for card in (result.cards or result.alternatives)]
        response = "utter_human__none" if response == "utter_human" else response
    turn.say(response, cards=cards, now=now.isoformat(), buttons=[*choices.maps(cards), *buttons], **params)
