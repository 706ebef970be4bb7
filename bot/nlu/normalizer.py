"""First in the pipeline: the comparable form of the message, made once for all components behind it."""

from __future__ import annotations

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.component import Component
from bot.nlu.text import MAX_CHARACTERS, cut, normalise

NORMALISED = "normalised"
"""Message attribute: what `bot.nlu.text.normalise` makes of the text. Not part of the parse result."""

CUT = "cut"
"""Parse result: True when the message was so long that only its beginning was read."""


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=False)
class Normalizer(Component):
    """Cuts the text to what is read and sets `NORMALISED`."""

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        self.process(training_data.training_examples)
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            text = message.get(TEXT)
            if text is None:
                continue
            short = cut(text)
            if len(text) > MAX_CHARACTERS:
                message.set(CUT, True, add_to_output=True)
            if short != text:
                message.set(TEXT, short, add_to_output=True)
            message.set(NORMALISED, normalise(short))
        return messages
