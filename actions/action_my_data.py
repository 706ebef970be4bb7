"""What is kept of the person, all of it, and how to change or delete it (GDPR, art. 15)."""

from __future__ import annotations

from typing import Any

from actions import choices
from actions.base import OrientaAction, Turn
from appointments.erasure import Kept, kept_of


class ActionMyData(OrientaAction):
    def name(self) -> str:
        return "action_my_data"

    def respond(self, turn: Turn) -> None:
        kept = kept_lines(kept_of(turn.context.sessions, turn.context.clock, turn.person_key))
        if not kept:
            turn.say("utter_my_data__none")
            return
        turn.say("utter_my_data", kept=kept, buttons=[choices.label("privacy", "delete_my_data")])


def kept_lines(kept: Kept) -> list[dict[str, Any]]:
    """The parameter `kept` of a response (`bot.responses`): a label each, and what stands behind it."""
    lines: list[dict[str, Any]] = []
    if kept.language:
        lines.append({"label": "language", "values": [{"kind": "language", "id": kept.language}]})
    if kept.city:
        lines.append({"label": "city", "values": [{"kind": "city", "id": kept.city}]})
    if kept.appointments:
        values = [choices.appointment(one, "view_appointment") for one in kept.appointments]
        lines.append({"label": "my_appointments", "values": values})
    if kept.past:
        lines.append({"label": "past", "count": kept.past})
    if kept.waiting:
        lines.append({"label": "wait", "values": [{"kind": "service", "id": one} for one in kept.waiting]})
    return lines
