"""Who may go, what it costs."""

from __future__ import annotations

from actions.action_find_service import answer_about_service
from actions.base import OrientaAction, Turn


class ActionServiceRequirements(OrientaAction):
    def name(self) -> str:
        return "action_service_requirements"

    def respond(self, turn: Turn) -> None:
        answer_about_service(turn, self.name(), found="utter_service__requirements", show="requirements")
