"""Conversations as Rasa keeps them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from orienta.model import ROOT

MakeTracker = Callable[..., DialogueStateTracker]


@pytest.fixture(scope="session")
def domain() -> Domain:
    return Domain.load(str(ROOT / "domain.yml"))


@pytest.fixture
def tracker(domain: Domain) -> MakeTracker:
    """Makes a conversation: `tracker(language="it", said=utterance("ciao"))` has a slot and a last message."""

    def make(sender: str = "tg-1", said: UserUttered | None = None, **slots: Any) -> DialogueStateTracker:
        events = [SlotSet(name, value) for name, value in slots.items()]
        events += [ActionExecuted("action_listen"), said] if said else []
        return DialogueStateTracker.from_events(sender, events, domain.slots, domain=domain)

    return make


def utterance(
    text: str, detected: str | None = None, confidence: float = 0.9, telegram: str | None = None, intent: str = "greet"
) -> UserUttered:
    """A message as our pipeline leaves it."""
    parse_data = {
        "text": text,
        "intent": {"name": intent, "confidence": 0.9},
        "intent_ranking": [{"name": intent, "confidence": 0.9}],
        "entities": [{"entity": "city", "value": "latina", "start": 0, "end": len(text), "extractor": "EntityMatcher"}],
        "language": {"code": detected, "confidence": confidence},
        "safety": {"level": "none", "kind": None},
        "alternatives": [{"intent": intent, "service": None, "topic": None, "confidence": 0.9}],
    }
    metadata = {"channel": "telegram", "address": "encrypted", "language_code": telegram}
    return UserUttered(
        text, parse_data["intent"], parse_data["entities"], parse_data, input_channel="telegram", metadata=metadata
    )
