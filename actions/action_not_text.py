"""A voice message, a picture, a contact, a sticker: what cannot be read is said, with what can be done instead."""

from __future__ import annotations

from actions import choices
from actions.action_menu import main_menu
from actions.base import OrientaAction, Turn

RESPONSES = {"voice": "utter_not_text__voice", "contact": "utter_not_text__contact", "sticker": "utter_menu"}


class ActionNotText(OrientaAction):
    answers_words = False

    def name(self) -> str:
        return "action_not_text"

    def respond(self, turn: Turn) -> None:
        content = turn.entity("content")
        if content == "file":
            person, book = choices.label("person", "talk_to_human"), choices.label("book", "book_appointment")
            turn.say("utter_not_text__file", buttons=[person, book])
        else:
            turn.say(RESPONSES.get(str(content), "utter_not_text"), buttons=main_menu())
