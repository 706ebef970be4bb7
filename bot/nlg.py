"""Rasa's natural language generator: picks the language, lets `bot.responses` pick the words."""

from __future__ import annotations

import logging
import os
from typing import Any, Optional

from rasa.core.nlg.generator import NaturalLanguageGenerator
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig

from bot import rasa_changes
from bot.rasa_changes import TECHNICAL_PROBLEM
from bot.responses import Responses, UnknownResponse, load_responses
from bot.translations import SOURCE_LANGUAGE, written_languages
from services_catalog.sheets import contact_phones

log = logging.getLogger(__name__)

DETECTED_ENOUGH = 0.6
"""Confidence from which the language of a first message is answered in."""

rasa_changes.apply()  # endpoints.yml names this class, so every way to start Rasa comes through here


class GettextResponseGenerator(NaturalLanguageGenerator):
    """Named in endpoints.yml as `nlg: {type: bot.nlg.GettextResponseGenerator}`."""

    def __init__(
        self,
        endpoint_config: Optional[EndpointConfig] = None,
        domain: Optional[Domain] = None,
        responses: Optional[Responses] = None,
    ) -> None:
        self._responses = responses or load_responses()
        self._written = set(written_languages())
        self._phones = contact_phones()

    async def generate(
        self, utter_action: str, tracker: DialogueStateTracker, output_channel: str, **kwargs: Any
    ) -> dict[str, Any]:
        """The words and buttons of a response in the person's language; an action that knows it says it (`in_language`).

        A response that cannot be filled is logged and becomes the technical-problem text; under pytest it raises.
        """
        language = kwargs.pop("in_language", None) or self.language_of(tracker)
        # Rasa gives every kind of content of a message, mostly as None or empty lists.
        kwargs = {key: value for key, value in kwargs.items() if (value or value == "") and key != "domain_responses"}
        if not kwargs:
            kwargs = {"navigation": True}  # uttered by a rule itself: the safety answers
        phone = self._phones.get(str(tracker.get_slot("city")))
        if utter_action == TECHNICAL_PROBLEM and phone:
            utter_action, kwargs = f"{TECHNICAL_PROBLEM}__phone", {**kwargs, "phone": phone}
        try:
            return self._responses.render(utter_action, language, kwargs)
        except (UnknownResponse, KeyError, ValueError) as error:
            if "PYTEST_CURRENT_TEST" in os.environ:
                raise
            log.error("response %s not rendered: %s %s", utter_action, type(error).__name__, error)
            return self._responses.render(TECHNICAL_PROBLEM, language, {})

    def language_of(self, tracker: DialogueStateTracker) -> str:
        """The person's own choice, else what they write in, else what their Telegram is set to, else English."""
        message = tracker.latest_message
        metadata = (message.metadata or {}) if message else {}
        detected = (message.parse_data.get("language") or {}) if message else {}
        certain = detected.get("code") if detected.get("confidence", 0) >= DETECTED_ENOUGH else None
        guessed = tracker.get_slot("guessed_language")
        for code in (tracker.get_slot("language"), certain, guessed, metadata.get("language_code")):
            short = str(code or "").split("-")[0]
            if short in self._written:
                return short
        return SOURCE_LANGUAGE
