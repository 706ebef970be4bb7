""" "Yes" and "no" answer the question asked last; without one they open the menu."""

from __future__ import annotations

from actions.action_menu import main_menu
from actions.base import OrientaAction, Turn

CONFIRMATIONS = {"booking": "action_confirm_appointment", "cancellation": "action_confirm_cancellation",
                 "deletion": "action_confirm_deletion"}  # fmt: skip
"""The action that a yes or no to each kind of question leads to; it reads the slot `pending` itself."""


class ActionAnswerPending(OrientaAction):
    def name(self) -> str:
        return "action_answer_pending"

    def respond(self, turn: Turn) -> None:
        action = CONFIRMATIONS.get(str(turn.pending.get("question")))
        if action:
            turn.ask_then(turn.pending)
            turn.go_on_with(action)
        elif turn.intent == "affirm" and turn.pending.get("offer") == "booking":
            turn.go_on_with("action_book_appointment")
        else:
            turn.say("utter_deny" if turn.intent == "deny" else "utter_affirm", buttons=main_menu())
