"""How an Italian procedure works: until there is a guide for a topic, who explains it for free."""

from __future__ import annotations

from actions import choices
from actions.base import OrientaAction, Turn
from services_catalog.search import find

HELPERS = {
    "residence_permit": "legal_support", "asylum": "legal_support", "health_card": "health_care", "tax_code": "documents",
    "residency": "documents", "work_contract": "job_support", "school_enrolment": "social_support",
    "family_reunification": "legal_support", "citizenship": "legal_support", "bank_account": "social_support",
    "digital_identity": "documents", "voluntary_return": "legal_support",
}  # fmt: skip
"""The service whose people explain each topic."""


class ActionAskProcedure(OrientaAction):
    def name(self) -> str:
        return "action_ask_procedure"

    def respond(self, turn: Turn) -> None:
        topic = turn.entity("topic") or turn.pending.get("topic")
        if topic is None:
            turn.say("utter_ask_topic", buttons=choices.topics())
            return
        if turn.city is None:
            turn.ask_city(then=self.name(), topic=topic)
            return
        now = turn.context.clock()
        result = find(turn.context.sessions, turn.city, HELPERS[topic], now)
        cards = [card.as_dict() for card in (result.cards or result.alternatives)]
        turn.say("utter_procedure__who_helps", topic=topic, cards=cards, now=now.isoformat(),
                 buttons=[*choices.maps(cards), choices.label("person", "talk_to_human")])  # fmt: skip
