"""What our training data say about each message beyond Rasa's own fields.

`data/nlu/<lang>.yml` is Rasa's format; a block's `metadata` names the language, the variant (native, romanised, typo,
mixed) and, where there is one, the service or topic:

    - intent: find_service
      metadata: {lang: en, service: shower}
      examples: |
        - i smell bad, is there a place to wash here
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional

from rasa.shared.nlu.constants import INTENT, METADATA, METADATA_INTENT, TEXT
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.text import normalise

LOOKUP_CITY, LOOKUP_LANGUAGE, LOOKUP_TIME = "city/", "language/", "time/"
"""Lookup tables `city/<id>`, `language/<code>` and `time/<id>` hold those names; any other but `not_a_city` is a concept."""
NOT_A_CITY = "not_a_city"
"""Lookup table of words that look like a city, misspelt or with an ending, and are none (triste, caserma, latinas).

A word that one language lists here is no city in any, the Italian names excepted: "broma", Latin-letter Arabic for "in
Rome", is a joke in Spanish.
"""


@dataclass(frozen=True)
class Example:
    """One training message: `text` is normalised, `service` and `topic` are ids or None."""

    text: str
    intent: str
    lang: str
    variant: str = "native"
    service: Optional[str] = None
    topic: Optional[str] = None


def examples_of(training_data: TrainingData) -> list[Example]:
    """The labelled messages. Messages without a language (Rasa's own, from stories) are left out."""
    found = []
    for message in training_data.intent_examples:
        data = (message.get(METADATA) or {}).get(METADATA_INTENT) or {}
        if "lang" not in data:
            continue
        found.append(
            Example(
                text=normalise(message.get(TEXT)),
                intent=message.get(INTENT),
                lang=data["lang"],
                variant=data.get("variant", "native"),
                service=data.get("service"),
                topic=data.get("topic"),
            )
        )
    return found


def concepts_of(training_data: TrainingData) -> dict[str, list[str]]:
    """The lookup tables that are concepts."""
    return {name: forms for name, forms in lookups_of(training_data).items() if "/" not in name and name != NOT_A_CITY}


def lookups_of(training_data: TrainingData) -> dict[str, list[str]]:
    """Lookup tables by name, the same name's tables of several languages joined."""
    tables: dict[str, list[str]] = {}
    for table in training_data.lookup_tables:
        tables.setdefault(table["name"], []).extend(table["elements"])
    return tables
