"""Intent, service and topic of a message by one joint label (docs/understanding.md has what was tried).

`find_service/shower` and `ask_procedure/asylum` are labels of their own; the other intents are plain. A second head names
the service that opening hours, requirements and bookings are about. The three crisis labels are added up: together they
raise the parse result's `safety`, whatever label comes first.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from typing import Any, Optional

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.shared.constants import INTENT_MESSAGE_PREFIX
from rasa.shared.nlu.constants import (
    ENTITIES,
    INTENT,
    INTENT_NAME_KEY,
    INTENT_RANKING_KEY,
    PREDICTED_CONFIDENCE_KEY,
    TEXT,
)
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.augmentation import romanised, with_typing_errors
from bot.nlu.component import Component
from bot.nlu.entity_matcher import CONCEPT_SPANS, Lookup, entity
from bot.nlu.features import Features
from bot.nlu.linear_head import LinearHead
from bot.nlu.normalizer import NORMALISED
from bot.nlu.safety_gate import SAFETY
from bot.nlu.spacy_tokenizer import tokenise_normalised
from bot.nlu.training_examples import Example, concepts_of, examples_of

ALTERNATIVES = "alternatives"
"""Parse result: the likeliest meanings, best first, `[{"intent", "service", "topic", "confidence"}]`."""
ALTERNATIVES_SHOWN = 5

CRISIS = {"emergency": "emergency", "report_violence": "violence", "report_exploitation": "exploitation"}
"""Intents that are answered with the safety answer, and the kind of danger that each stands for."""
INTENT_OF_DANGER = {kind: intent for intent, kind in CRISIS.items()}

SERVICE_HEAD_INTENTS = ("service_hours", "service_requirements", "book_appointment")
NO_SERVICE = ""


def label_of(example: Example) -> str:
    if example.intent == "find_service":
        return f"find_service/{example.service}"
    if example.intent == "ask_procedure":
        return f"ask_procedure/{example.topic}"
    return example.intent


def meaning_of(label: str) -> dict[str, Optional[str]]:
    """`{"intent", "service", "topic"}` of a joint label."""
    intent, _, value = label.partition("/")
    return {
        "intent": intent,
        "service": value if intent == "find_service" else None,
        "topic": value if intent == "ask_procedure" else None,
    }


class JointModel:
    """Features and heads; what is stored with the Rasa model."""

    def __init__(self, features: Features, joint: LinearHead, service: LinearHead) -> None:
        self.features = features
        self.joint = joint
        self.service = service

    @classmethod
    def fit(
        cls, examples: Sequence[Example], concepts: dict[str, list[str]], config: dict[str, Any], seed: int = 1
    ) -> JointModel:
        chance = random.Random(seed)  # noqa: S311 - slips in training copies, no secret
        texts, sources = _with_copies(examples, config["copies"], chance)
        lookup = Lookup(concepts, frozenset())
        named = [
            [
                concept
                for concept in lookup.find(tokenise_normalised(text))
                if chance.random() > config["concept_dropout"]
            ]
            for text in texts
        ]
        features = Features(sorted(concepts), min_df=config["min_df"])
        rows = features.fit_transform(texts, named)
        joint = LinearHead.fit(rows, [label_of(example) for example in sources], config["C"])
        about = [number for number, one in enumerate(sources) if one.service or one.intent in SERVICE_HEAD_INTENTS]
        labels = [sources[number].service or NO_SERVICE for number in about]
        service = LinearHead.fit(rows[about], labels, config["C"])
        return cls(features, joint, service)

    def parse(self, text: str, concepts: Iterable[str]) -> tuple[dict[str, float], dict[str, float]]:
        """Probabilities by joint label, and by service ("" for none), of a normalised message."""
        row = self.features.row(text, concepts)
        return self.joint.probabilities(row), self.service.probabilities(row)


def _with_copies(examples: Sequence[Example], copies: bool, chance: random.Random) -> tuple[list[str], list[Example]]:
    """The messages and a copy of each: in Latin letters, for half of those outside Latin scripts, or with typing errors."""
    texts, sources = [], []
    for example in examples:
        variants = [example.text]
        if copies:
            latin = romanised(example.text, example.lang, chance)
            slips = latin == example.text or chance.random() < 0.5
            variants.append(with_typing_errors(example.text, chance) if slips else latin)
        for text in dict.fromkeys(variants):
            texts.append(text)
            sources.append(example)
    return texts, sources


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class JointClassifier(Component):
    """Sets `intent`, `intent_ranking`, the entities `service` and `topic`, `alternatives`, and raises `safety`."""

    LEARNS = True

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {
            "C": 10.0,
            "min_df": 4,
            "concept_dropout": 0.3,
            "copies": True,
            # Sum of the three crisis probabilities from which help is offered, and from which it is given at once.
            "ask_from": 0.20,
            "alarm_from": 0.60,
        }

    def train(self, training_data: TrainingData) -> Resource:
        return self.keep(JointModel.fit(examples_of(training_data), concepts_of(training_data), self.config))

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            if not str(message.get(TEXT) or "").startswith(INTENT_MESSAGE_PREFIX):
                self._classify(message)
        return messages

    def _classify(self, message: Message) -> None:
        spans = message.get(CONCEPT_SPANS) or {}
        joint, services = self.learnt.parse(message.get(NORMALISED) or "", spans)
        ranked = sorted(joint.items(), key=lambda item: -item[1])
        best = self._meaning(ranked[0][0], services)
        intent, confidence = str(best["intent"]), ranked[0][1]

        safety = self._safety(message.get(SAFETY) or {"level": "none", "kind": None}, joint)
        if safety["level"] == "alarm":
            intent, confidence = INTENT_OF_DANGER[safety["kind"]], 1.0
            best = {"intent": intent, "service": None, "topic": None}
        message.set(SAFETY, safety, add_to_output=True)

        entities = list(message.get(ENTITIES, []))
        entities += [entity(kind, str(best[kind])) for kind in ("service", "topic") if best[kind]]
        message.set(ENTITIES, entities, add_to_output=True)

        by_intent: dict[str, float] = {}
        for label, probability in joint.items():
            name = label.partition("/")[0]
            by_intent[name] = by_intent.get(name, 0.0) + probability
        ranking = sorted(by_intent.items(), key=lambda item: -item[1])
        message.set(
            INTENT, {INTENT_NAME_KEY: intent, PREDICTED_CONFIDENCE_KEY: round(confidence, 4)}, add_to_output=True
        )
        message.set(
            INTENT_RANKING_KEY,
            [{INTENT_NAME_KEY: name, PREDICTED_CONFIDENCE_KEY: round(share, 4)} for name, share in ranking[:10]],
            add_to_output=True,
        )
        message.set(
            ALTERNATIVES,
            [
                {**self._meaning(label, services), "confidence": round(share, 4)}
                for label, share in ranked[:ALTERNATIVES_SHOWN]
            ],
            add_to_output=True,
        )

    @staticmethod
    def _meaning(label: str, services: dict[str, float]) -> dict[str, Optional[str]]:
        """`meaning_of` with the service that hours, requirements or a booking are about."""
        meaning = meaning_of(label)
        if meaning["intent"] in SERVICE_HEAD_INTENTS:
            meaning["service"] = max(services, key=lambda name: services[name]) or None
        return meaning

    def _safety(self, by_rule: dict[str, Any], joint: dict[str, float]) -> dict[str, Any]:
        """What the gate said, raised by what the classifier sees; never lowered."""
        danger = {kind: joint.get(intent, 0.0) for intent, kind in CRISIS.items()}
        total, likeliest = sum(danger.values()), max(danger, key=lambda kind: danger[kind])
        if by_rule["level"] == "alarm" or total < self.config["ask_from"]:
            return by_rule
        if total >= self.config["alarm_from"]:
            return {"level": "alarm", "kind": likeliest}
        return by_rule if by_rule["level"] == "ask" else {"level": "ask", "kind": likeliest}
