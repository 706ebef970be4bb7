"""The one base of all actions: it reads the turn, catches what goes wrong, and sees that the person hears something."""

from __future__ import annotations

import logging
import re
import traceback
from abc import ABC, abstractmethod
from collections.abc import Collection
from typing import Any, Optional

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions import choices
from actions.choices import Choice
from actions.context import Context, get_context
from actions.languages import SOURCE_LANGUAGE, WRITTEN_LANGUAGES
from appointments.personal import is_a_name_alone, says_who
from services_catalog.freshness import ASPECTS
from services_catalog.places import Position
from services_catalog.vocabulary import CITIES, LANGUAGES, SERVICES, TIMES, TOPICS
from storage.people import Profile, get_profile, update_profile

log = logging.getLogger(__name__)

UNSURE_BELOW = 0.30
"""Confidence below which likely meanings are offered instead of an answer (feature 93)."""
SECOND_GUESS_BELOW = 0.70
"""Confidence below which the answer comes with the second guess as a button."""
SECOND_GUESS_AT_LEAST = 0.12

DETECTED_ENOUGH = 0.6
"""Confidence from which the language somebody writes in first is taken as theirs until they choose one."""
CHANGES_FROM, WORDS_TO_CHANGE = 0.9, 3
"""Confidence and words that it takes to change the language of a conversation in which none was chosen."""

FEW_WORDS = 4
"""A message of so many words may lean on what was said before."""
_LITTLE_WORDS = re.compile(r"(?:\b[A-Za-zÀ-ɏЀ-ӿ]{1,3}\b|[\W\d])*")
"""Latin and Cyrillic words of at most three letters: and, on, в, et, y, el."""
QUESTION_MARKS = "?؟？፧"
LEANING = ("affirm", "deny", "goodbye", "greet", "thank", "help", "out_of_scope")
"""What a few words about a day are easily taken for."""

CONFIRMED_BY = {"booking": "confirm_appointment", "cancellation": "confirm_cancellation"}
"""The intent of the buttons that answer each yes-no question about an appointment."""

VALUES: dict[str, Collection[str]] = {
    "city": CITIES, "service": SERVICES, "topic": TOPICS, "language": LANGUAGES, "time": TIMES, "aspect": ASPECTS,
}  # fmt: skip


class Turn:
    """One message and what it is answered with.

    Attributes:
        person_key: the pseudonym under which profile and appointments are kept.
        city, language, service: ids or None; what the message names comes before what is kept.
        events: what the tracker shall record.
    """

    def __init__(self, dispatcher: CollectingDispatcher, tracker: Tracker, context: Context) -> None:
        self.context = context
        self.message: dict[str, Any] = tracker.latest_message or {}
        self.person_key = _person_key(tracker.sender_id, context)
        self.pending: dict[str, Any] = tracker.get_slot("pending") or {}
        self.events: list[EventType] = []
        self._dispatcher = dispatcher
        self._tracker = tracker
        self._profile: Optional[Profile] = None
        self._remembered: Optional[dict[str, Any]] = None
        self._forgotten = False

    # -- what was said --

    @property
    def intent(self) -> str:
        return str((self.message.get("intent") or {}).get("name") or "")

    @property
    def text(self) -> str:
        """What was written; a button's payload."""
        return str(self.message.get("text") or "")

    @property
    def by_button(self) -> bool:
        """Whether a button or command was pressed, not words written."""
        return self.text.startswith("/")

    def entity(self, name: str) -> Optional[str]:
        """The value of an entity of this message; an id that is none of ours counts as not said."""
        for entity in self.message.get("entities") or ():
            if entity.get("entity") == name:
                value = str(entity.get("value"))
                return value if name not in VALUES or value in VALUES[name] else None
        return None

    @property
    def guesses(self) -> list[dict[str, Any]]:
        return list(self.message.get("alternatives") or ())

    @property
    def safety(self) -> dict[str, Any]:
        return self.message.get("safety") or {"level": "none", "kind": None}

    # -- who says it --

    @property
    def profile(self) -> Profile:
        if self._profile is None:
            self._profile = get_profile(self.context.sessions, self.person_key)
        return self._profile

    @property
    def city(self) -> Optional[str]:
        return self.entity("city") or self.profile.city

    @property
    def service(self) -> Optional[str]:
        if self.service_before and self._is_only_a_time_or_place:
            return self.service_before  # "and on Sunday?" names none, whatever the classifier would guess
        return self.entity("service") or self.service_before

    @property
    def service_before(self) -> Optional[str]:
        """The service that the conversation was about last."""
        slot = self._tracker.get_slot("service")
        return slot if slot in SERVICES else None

    @property
    def asks_about_a_day(self) -> bool:
        """Whether a few words ask about a day or an hour of what they were told of last: "tomorrow?"."""
        asks = any(mark in self.text for mark in QUESTION_MARKS)
        return bool(self._is_short and asks and self.entity("time") and self.service_before and not self.pending)

    @property
    def _is_short(self) -> bool:
        return not self.by_button and len(self.text.split()) <= FEW_WORDS

    @property
    def _is_only_a_time_or_place(self) -> bool:
        """Whether nothing but little words stands around a day, an hour or a city: "and on Sunday?"."""
        if not self._is_short:
            return False
        text, spans = self.text, []
        for entity in self.message.get("entities") or ():
            if entity.get("entity") in ("time", "city") and entity.get("start") is not None:
                spans.append((entity["start"], entity["end"]))
        for start, end in sorted(spans, reverse=True):
            text = text[:start] + " " + text[end:]
        return bool(spans) and _LITTLE_WORDS.fullmatch(text) is not None and "wc" not in text.casefold()

    @property
    def language(self) -> str:
        """The code to answer in: chosen, else that of a message that leaves no doubt, else as before, else as their
        Telegram is set, else English.
        """
        detected = self.message.get("language") or {}
        so_far = self._tracker.get_slot("guessed_language")
        certain = detected.get("code") if (detected.get("confidence") or 0) >= self._certainty_needed(so_far) else None
        telegram = str(self._metadata.get("language_code") or "").split("-")[0]
        for code in (self.profile.language, certain, so_far, telegram):
            if code in WRITTEN_LANGUAGES:
                return str(code)
        return SOURCE_LANGUAGE

    def _certainty_needed(self, so_far: Optional[str]) -> float:
        if not so_far:
            return DETECTED_ENOUGH
        words = len(self.text.split())
        return CHANGES_FROM if words >= WORDS_TO_CHANGE else 2.0  # "Latina" is written alike in many languages

    @property
    def channel(self) -> str:
        """Where notices go: `telegram`, `web`, or another input channel's name."""
        return str(self._metadata.get("channel") or self._tracker.get_latest_input_channel() or "")

    @property
    def address(self) -> Optional[str]:
        """The encrypted address that notices need; the channel gives it with each message, nothing keeps it but notices."""
        return self._metadata.get("address")

    @property
    def position(self) -> Optional[Position]:
        """Where they say they are, with a shared location. Only the channel's metadata hold it, which nothing keeps."""
        shared = self._metadata.get("position")
        return (float(shared[0]), float(shared[1])) if shared else None

    @property
    def _metadata(self) -> dict[str, Any]:
        return self.message.get("metadata") or {}

    def keep(self, *, language: Optional[str] = None, city: Optional[str] = None) -> None:
        """Remember the person's own choice."""
        self._profile = update_profile(
            self.context.sessions, self.context.clock, self.person_key, language=language, city=city
        )

    # -- what is answered --

    def say(self, response: str, buttons: Optional[list[Choice]] = None, **params: Any) -> None:
        """Answer with a response of the domain."""
        self._dispatcher.utter_message(response=response, choices=buttons or [], in_language=self.language, **params)

    def set(self, slot: str, value: Any) -> None:
        self.events.append(SlotSet(slot, value))

    def ask_then(self, question: dict[str, Any]) -> None:
        """Keep the question that was just asked, so that a plain "yes" or a chosen city goes on from there."""
        self._remembered = question

    def go_on_with(self, action: str) -> None:
        self.events.append(FollowupAction(action))

    def forget(self) -> None:
        """Everything was erased: the tracker store shall delete the conversation too."""
        self._forgotten = True

    def ask_city(self, then: str, **about: Optional[str]) -> None:
        """Ask for the city; once it is said, the action `then` runs and finds `about` (service, topic) in `pending`."""
        self.ask_then({"then": then, **about})
        self.say("utter_ask_city", buttons=choices.cities())

    def offer_meanings(self) -> None:
        """The likely meanings as buttons, and a person: never "please rephrase"."""
        offered: list[Choice] = []
        seen: set[tuple[str, str]] = set()
        for guess in self.guesses[:4]:
            choice = choices.meaning(guess)
            key = (choice["intent"], choice["id"])
            if guess["intent"] not in ("out_of_scope", "affirm", "deny") and key not in seen and len(offered) < 3:
                seen.add(key)
                offered.append(choice)
        self.say("utter_meanings", buttons=[*offered, choices.label("person", "talk_to_human")])

    @property
    def says_who(self) -> bool:
        """Whether they wrote a name, a telephone number or an e-mail address in the middle of a booking."""
        if self.by_button or not ("step" in self.pending or self.pending.get("question") in CONFIRMED_BY):
            return False
        unsure = float((self.message.get("intent") or {}).get("confidence") or 0) < SECOND_GUESS_BELOW
        return says_who(self.text) is not None or (unsure and is_a_name_alone(self.text))

    def refuse_name(self) -> None:
        """Nothing of it is kept; the question that is open stays, with its buttons where they are few."""
        asked = self.pending
        self.ask_then(asked)
        if asked.get("question") in CONFIRMED_BY:
            buttons = choices.yes_no(CONFIRMED_BY[asked["question"]])
        else:
            buttons = choices.another_day(asked["service"]) if asked.get("service") else []
        self.say("utter_booking__no_name", buttons=buttons)

    def finish(self) -> list[EventType]:
        """The last touches on the answer, and the events."""
        if self.safety.get("level") == "ask" and self.safety.get("kind"):
            kind = self.safety["kind"]
            intent = {"emergency": "emergency", "violence": "report_violence", "exploitation": "report_exploitation"}[
                kind
            ]
            self.say(f"utter_safety__ask_{kind}", buttons=[choices.label("danger", intent)])
        if self._forgotten:
            return [SlotSet("forgotten", True)]
        self._offer_language()
        following = any(event["event"] == "followup" for event in self.events)
        if self._dispatcher.messages and not following:
            self._dispatcher.messages[-1]["navigation"] = True
        if self._remembered != (self.pending or None):
            self.set("pending", self._remembered)
        for slot, known in (("language", self.profile.language), ("guessed_language", self.language)):
            if known != self._tracker.get_slot(slot):
                self.set(slot, known)
        if self.profile.city != self._tracker.get_slot("city"):
            self.set("city", self.profile.city)
        return self.events

    def _offer_language(self) -> None:
        """A button, in the language of a message that leaves no doubt, to somebody who had chosen another one; once."""
        detected = self.message.get("language") or {}
        code = detected.get("code")
        chosen, offered = self.profile.language, self._tracker.get_slot("offered_language")
        words = len(self.text.split())
        if (
            chosen and code in WRITTEN_LANGUAGES and code not in (chosen, offered) and not self.by_button
            and (detected.get("confidence") or 0) >= CHANGES_FROM and words >= WORDS_TO_CHANGE
        ):  # fmt: skip
            self.set("offered_language", code)
            self._dispatcher.utter_message(
                response="utter_language__offer", choices=choices.languages([str(code)]), in_language=code
            )


class OrientaAction(Action, ABC):
    """Base of all custom actions. Subclasses say their name and implement `respond`."""

    answers_words = True
    """Whether a written message may lead here unsurely: then meanings are offered instead."""

    @abstractmethod
    def name(self) -> str:
        """The action's name in domain.yml."""

    @abstractmethod
    def respond(self, turn: Turn) -> None:
        """Answer the turn: call a use case, `say` responses."""

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        try:
            turn = Turn(dispatcher, tracker, get_context())
            self._respond(turn)
            return turn.finish()
        except Exception as error:
            # No traceback with the error's text: PostgreSQL puts the failing row into it.
            where = traceback.extract_tb(error.__traceback__)[-1]
            log.error("%s failed: %s in %s:%s", self.name(), type(error).__name__, where.filename, where.lineno)
            dispatcher.messages.clear()
            dispatcher.utter_message(response="utter_technical_problem", navigation=True)
            return []

    def _respond(self, turn: Turn) -> None:
        confidence = float((turn.message.get("intent") or {}).get("confidence") or 0)
        guessing = self.answers_words and not turn.by_button and bool(turn.guesses)
        if turn.says_who:
            turn.refuse_name()
            return
        if turn.asks_about_a_day and (turn.intent in LEANING or confidence < UNSURE_BELOW):
            turn.go_on_with("action_service_hours")
            return
        if turn.message.get("cut"):
            turn.say("utter_cut")
        if guessing and confidence < UNSURE_BELOW:
            turn.offer_meanings()
            return
        self.respond(turn)
        if guessing and confidence < SECOND_GUESS_BELOW and len(turn.guesses) > 1:
            second = turn.guesses[1]
            if second["confidence"] >= SECOND_GUESS_AT_LEAST and second["intent"] in ("find_service", "ask_procedure"):
                turn.say("utter_second_guess", buttons=[choices.meaning(second)])


def _person_key(sender_id: str, context: Context) -> str:
    """Our channels' sender ids are pseudonyms already; a longer one, from the REST channel, becomes one."""
    return sender_id if len(sender_id) <= 64 else context.keyring.person_key("rest", sender_id)
