"""How an Italian procedure works, one thing at a time: what it is, then what the person presses.

What is held back until somebody confirms it, and what no source says, is said to be so, with who can answer instead.
"""

from __future__ import annotations

import re
from typing import Any

from actions import choices
from actions.base import OrientaAction, Turn
from services_catalog.procedures.guide import Part, tell, who_explains
from services_catalog.procedures.schema import PARTS
from services_catalog.search import find

PART = re.compile(rf"({'|'.join(PARTS)})(?:\.([1-9]))?(\.s)?")
"""Of a button: the part, the page, whether its sources are asked for."""

IN_THE_CITY = ("where", "free_help")
"""Parts that the city's own people belong to."""


class ActionAskProcedure(OrientaAction):
    def name(self) -> str:
        return "action_ask_procedure"

    def respond(self, turn: Turn) -> None:
        asked = {"topic": turn.entity("topic"), "part": turn.entity("part")}
        if asked["topic"] is None:
            asked = {name: turn.pending.get(name) for name in asked}
        topic = asked["topic"]
        if topic is None:
            turn.say("utter_ask_topic", buttons=choices.topics())
            return
        match = PART.fullmatch(asked["part"] or "what")
        part, page, sources = match.groups() if match else ("what", None, None)
        now = turn.context.clock()
        told = tell(turn.context.sessions, topic, part, turn.language, now)
        if told is None:
            self._without_a_guide(turn, topic)
            return
        number = min(int(page or 1), max(1, len(told.pages)))
        statements = [statement.as_dict() for statement in told.pages[number - 1]] if told.pages else []
        if sources and statements:
            buttons = [*choices.links(statements), *self._back(topic, part, number)]
            turn.say("utter_procedure__sources", topic=topic, part=part, sources=statements, buttons=buttons)
            return
        last = number >= len(told.pages)
        ask_people = last and (told.held > 0 or not statements or part in IN_THE_CITY)
        if ask_people and turn.city is None:
            turn.ask_city(then=self.name(), topic=topic, part=asked["part"])
            return
        people = self._people(turn, told) if ask_people else []
        self._say(turn, topic, part, number, told, statements, people)

    def _say(
        self,
        turn: Turn,
        topic: str,
        part: str,
        number: int,
        told: Part,
        statements: list[dict[str, Any]],
        people: list[dict[str, Any]],
    ) -> None:
        """The statements of a page; under the last page, who can say more. The buttons stand under what is said last."""
        messages: list[tuple[str, dict[str, Any]]] = []
        if statements:
            response = "utter_procedure__card" if part == "what" else "utter_procedure__part"
            messages.append((response, {"topic": topic, "part": part, "statements": statements}))
        if number >= len(told.pages):
            cards = {"cards": people, "now": turn.context.clock().isoformat()}
            if told.held:
                messages.append(("utter_procedure__held", {"topic": topic, "part": part, **cards}))
            elif not statements:
                messages.append(("utter_procedure__not_stated", {"topic": topic, "part": part, **cards}))
            elif people:
                messages.append(("utter_service__alternatives", cards))
        buttons = self._buttons(topic, part, number, told, people)
        for response, params in messages[:-1]:
            turn.say(response, **params)
        response, params = messages[-1]
        turn.say(response, buttons=buttons, **params)

    def _buttons(
        self, topic: str, part: str, number: int, told: Part, people: list[dict[str, Any]]
    ) -> list[choices.Choice]:
        buttons = choices.maps(people)
        if told.held or not told.pages:
            buttons.append(choices.label("person", "talk_to_human"))
        if told.pages:
            source = {"topic": topic, "part": f"{part}.{number}.s"}
            buttons.append(choices.label("source", "ask_procedure", source))
        if part == "what":
            return [*choices.parts(topic), *buttons]
        if number < len(told.pages):
            buttons.append(choices.label("next", "ask_procedure", {"topic": topic, "part": f"{part}.{number + 1}"}))
        elif part != PARTS[-1]:
            buttons.append(choices.part(topic, PARTS[PARTS.index(part) + 1]))
        return [*buttons, *self._back(topic)]

    def _back(self, topic: str, part: str = "what", number: int = 1) -> list[choices.Choice]:
        """To the page whose sources were shown, and to the first card."""
        back: list[choices.Choice] = []
        if part != "what":
            page = choices.part(topic, part)
            back.append({**page, "entities": {"topic": topic, "part": f"{part}.{number}"}})
        return [*back, {"kind": "topic", "id": topic, "intent": "ask_procedure"}]

    def _people(self, turn: Turn, told: Part) -> list[dict[str, Any]]:
        cards = who_explains(turn.context.sessions, str(turn.city), told.helpers, turn.context.clock())
        return [card.as_dict() for card in cards]

    def _without_a_guide(self, turn: Turn, topic: str) -> None:
        """The database has no statements: social services, at least, know whom to ask."""
        if turn.city is None:
            turn.ask_city(then=self.name(), topic=topic)
            return
        now = turn.context.clock()
        result = find(turn.context.sessions, turn.city, "social_support", now)
        cards = [card.as_dict() for card in (result.cards or result.alternatives)]
        turn.say("utter_procedure__who_helps", topic=topic, cards=cards, now=now.isoformat(),
                 buttons=[*choices.maps(cards), choices.label("person", "talk_to_human")])  # fmt: skip
