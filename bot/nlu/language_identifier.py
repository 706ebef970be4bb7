"""Which of our languages a message is written in, native, romanised or mixed; learnt from the training messages."""

from __future__ import annotations

from typing import Any

import numpy as np
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.shared.constants import INTENT_MESSAGE_PREFIX
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.sparse import hstack

from bot.nlu.component import Component
from bot.nlu.features import Ngrams, side_by_side
from bot.nlu.linear_head import LinearHead
from bot.nlu.normalizer import NORMALISED
from bot.nlu.training_examples import examples_of

LANGUAGE = "language"
"""Parse result: `{"code": <ISO 639-1>, "confidence": 0..1}`."""
NOT_SAID: dict[str, Any] = {"code": None, "confidence": 0.0}
"""The parse result's language when nothing says it, or so little that a guess would be worse than none."""


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class LanguageIdentifier(Component):
    """Character 1-4-grams, words, and logistic regression over the languages of the training data."""

    LEARNS = True

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"C": 20.0, "max_features": 60_000, "word_weight": 0.7, "abstain_below": 0.2}

    def train(self, training_data: TrainingData) -> Resource:
        examples = examples_of(training_data)
        texts = [example.text for example in examples]
        letters = Ngrams("char_wb", 1, 4, min_df=2, max_features=self.config["max_features"])
        words = Ngrams("word", 1, 1, min_df=2)
        rows = hstack(
            [letters.fit_transform(texts), words.fit_transform(texts) * self.config["word_weight"]], format="csr"
        )
        head = LinearHead.fit(rows, [example.lang for example in examples], self.config["C"])
        return self.keep((letters, words, head))

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            text = message.get(NORMALISED) or ""
            if text and not str(message.get(TEXT)).startswith(INTENT_MESSAGE_PREFIX):
                message.set(LANGUAGE, self._identify(text), add_to_output=True)
            else:
                message.set(LANGUAGE, dict(NOT_SAID), add_to_output=True)
        return messages

    def _identify(self, text: str) -> dict[str, Any]:
        letters, words, head = self.learnt
        word_columns, word_values = words.row(text)
        columns, values = side_by_side(
            (letters.row(text), len(letters)), ((word_columns, word_values * self.config["word_weight"]), len(words))
        )
        if not len(columns):
            return dict(NOT_SAID)
        scores = head.scores((columns, values))
        shares = np.exp(scores - scores.max())
        shares /= shares.sum()
        best = int(shares.argmax())
        if shares[best] < self.config["abstain_below"]:
            return dict(NOT_SAID)
        return {"code": head.labels[best], "confidence": round(float(shares[best]), 4)}
