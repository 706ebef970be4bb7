"""When a service is open: today, now, or next."""

from __future__ import annotations

from actions.action_find_service import answer_about_service
from actions.base import OrientaAction, Turn


class ActionServiceHours(OrientaAction):
    def name(self) -> str:
        return "action_service_hours"

    def respond(self, turn: Turn) -> None:
        answer_about_service(turn, self.name(), found="utter_service__hours", show="hours")
