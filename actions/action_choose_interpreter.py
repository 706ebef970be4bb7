"""Which interpreter somebody wishes for at an appointment: first the language, then a woman or a man.

Each button names the appointment, so that the question can be answered, left and answered again at any time.
"""

from __future__ import annotations

from actions import choices
from actions.appointment_flow import ask_interpreter, named_appointment, needs_interpreter, say_stale
from actions.base import OrientaAction, Turn
from actions.languages import WRITTEN_LANGUAGES
from appointments.booking import Booking
from appointments.errors import NotFound
from appointments.interpreters import GENDERS, prefer


class ActionChooseInterpreter(OrientaAction):
    answers_words = False

    def name(self) -> str:
        return "action_choose_interpreter"

    def respond(self, turn: Turn) -> None:
        booking = named_appointment(turn)
        if booking is None or not needs_interpreter(turn, booking):
            say_stale(turn)
            return
        try:
            self._answer(turn, booking)
        except NotFound:  # given back, or over, at the same moment
            say_stale(turn)

    @staticmethod
    def _answer(turn: Turn, booking: Booking) -> None:
        sessions, clock = turn.context.sessions, turn.context.clock
        language, gender, answer = turn.entity("language"), turn.entity("gender"), turn.entity("answer")
        about = {"person_key": turn.person_key, "code": booking.code}
        if language:
            prefer(sessions, clock, language=language, gender=booking.interpreter_gender, **about)
            turn.say("utter_ask_interpreter__gender", buttons=choices.interpreter_genders(booking.code))
        elif gender and booking.interpreter_language:
            wished = gender if gender in GENDERS else None
            prefer(sessions, clock, language=booking.interpreter_language, gender=wished, **about)
            turn.say("utter_interpreter__noted", buttons=[choices.label("my_appointments", "view_appointment")])
        elif answer == "no":
            prefer(sessions, clock, language=None, gender=None, **about)
            turn.say("utter_interpreter__none", buttons=[choices.label("my_appointments", "view_appointment")])
        elif answer == "other":
            turn.say(
                "utter_ask_interpreter__language",
                buttons=[
                    *choices.interpreter_languages(booking.code, WRITTEN_LANGUAGES),
                    choices.interpreter_answers(booking.code)[-1],
                ],
            )
        else:
            ask_interpreter(turn, booking)
