"""Cities, languages, times and concepts named in a message: spaCy's PhraseMatcher over the lookup tables of the training data.

City names are also found with endings and postpositions written on (Taranto'dayım, পালেরমোতে, Неаполі) and misspelt
(one slip in names of six letters or more, rapidfuzz), unless the word is one that people use for something else.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any, Optional

from rapidfuzz.distance import DamerauLevenshtein
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.shared.constants import INTENT_MESSAGE_PREFIX
from rasa.shared.nlu.constants import (
    ENTITIES,
    ENTITY_ATTRIBUTE_END,
    ENTITY_ATTRIBUTE_START,
    ENTITY_ATTRIBUTE_TYPE,
    ENTITY_ATTRIBUTE_VALUE,
    TEXT,
)
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from spacy.matcher import PhraseMatcher
from spacy.tokens import Doc, Span

from bot.nlu.component import Component
from bot.nlu.spacy_tokenizer import SHARED_VOCAB, SPACY_DOC, tokenise
from bot.nlu.training_examples import LOOKUP_CITY, LOOKUP_LANGUAGE, LOOKUP_TIME, NOT_A_CITY, examples_of, lookups_of
from services_catalog.vocabulary import CITIES

CONCEPT_SPANS = "concept_spans"
"""Message attribute: `{concept: (start, end)}` of the words that name one. Not part of the parse result."""

SUFFIX_LETTERS = 5
"""Letters that may follow a name of at least `STEM_LETTERS` written in one word with it."""
STEM_LETTERS = 5
FUZZY_LETTERS = 6


class Lookup:
    """Finds the names of the lookup tables in tokenised text.

    Args:
        tables: names by table, `city/<id>`, `language/<code>`, `time/<id>`, `not_a_city` or a concept.
        common_words: words of the training messages (normalised) that no misspelt city name may be taken from.
    """

    def __init__(self, tables: dict[str, list[str]], common_words: frozenset[str]) -> None:
        self._common = common_words
        self._matcher = PhraseMatcher(SHARED_VOCAB, attr="NORM")
        self._city_words: dict[str, str] = {}
        for table, names in tables.items():
            docs = [doc for name in names if (doc := tokenise(name)).text.strip()]
            if table == NOT_A_CITY:
                docs = [doc for doc in docs if doc[0].norm_ not in CITIES]
            self._matcher.add(table, docs)
            if table.startswith(LOOKUP_CITY):
                for doc in docs:
                    if len(doc) == 1:
                        self._city_words[doc[0].norm_] = table
        self._long_names: dict[str, list[str]] = defaultdict(list)
        for name in self._city_words:
            if len(name) >= FUZZY_LETTERS:
                self._long_names[name[0]].append(name)

    def find(self, doc: Doc) -> dict[str, Span]:
        """The first longest span of each table that the text names."""
        found: dict[str, Span] = {}
        spans = sorted(self._matcher(doc, as_spans=True), key=lambda span: (span.start - span.end, span.start))
        no_city = {word.i for span in spans if span.label_ == NOT_A_CITY for word in span}
        for span in spans:
            if span.label_ == NOT_A_CITY or (
                span.label_.startswith(LOOKUP_CITY) and no_city.issuperset(w.i for w in span)
            ):
                continue
            found.setdefault(span.label_, span)
        if not any(table.startswith(LOOKUP_CITY) for table in found):
            for token in doc:
                table = None if token.i in no_city else self._inflected_or_misspelt(token.norm_)
                if table:
                    found[table] = doc[token.i : token.i + 1]
                    break
        return found

    def _inflected_or_misspelt(self, word: str) -> Optional[str]:
        for letters in range(len(word), max(len(word) - SUFFIX_LETTERS, STEM_LETTERS) - 1, -1):
            if word[:letters] in self._city_words:
                return self._city_words[word[:letters]]
        if len(word) < FUZZY_LETTERS or word in self._common:
            return None
        for name in self._long_names.get(word[0], ()):
            if DamerauLevenshtein.distance(name, word, score_cutoff=1) <= 1:
                return self._city_words[name]
        return None


def entity(kind: str, value: str, span: Optional[Span] = None) -> dict[str, Any]:
    """An entity of the parse result; `start` and `end` only where words carry it."""
    place = {ENTITY_ATTRIBUTE_START: span.start_char, ENTITY_ATTRIBUTE_END: span.end_char} if span is not None else {}
    return {ENTITY_ATTRIBUTE_TYPE: kind, ENTITY_ATTRIBUTE_VALUE: value, **place}


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class EntityMatcher(Component):
    """Adds `city`, `language` and `time` entities, and `CONCEPT_SPANS` for the classifier."""

    LEARNS = True

    def train(self, training_data: TrainingData) -> Resource:
        tables = lookups_of(training_data)
        names = {token.norm_ for table, forms in tables.items() if table.startswith(LOOKUP_CITY)
                 for form in forms for token in tokenise(form)}  # fmt: skip
        counts = Counter(word for example in examples_of(training_data) for word in set(example.text.split()))
        common = frozenset(word for word, number in counts.items() if number > 1 and word not in names)
        return self.keep((tables, common))

    def get_ready(self) -> None:
        self._lookup = Lookup(*self.learnt)
        self.learnt = None  # the matcher has it all

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            doc = message.get(SPACY_DOC)
            if doc is None or message.get(TEXT).startswith(INTENT_MESSAGE_PREFIX):
                continue
            spans = self._lookup.find(doc)
            entities = list(message.get(ENTITIES, []))
            for prefix, kind in ((LOOKUP_CITY, "city"), (LOOKUP_LANGUAGE, "language"), (LOOKUP_TIME, "time")):
                named = [(span.start, table, span) for table, span in spans.items() if table.startswith(prefix)]
                if named:
                    _, table, span = min(named, key=lambda one: one[:2])
                    entities.append(entity(kind, table.removeprefix(prefix), span))
            message.set(ENTITIES, entities, add_to_output=True)
            message.set(CONCEPT_SPANS, {t: s for t, s in spans.items() if "/" not in t})
        return messages
