"""spaCy's tokenizers, one blank pipeline per language; Rasa's own matching fails outside Latin scripts (RASA.md, T19)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Optional

import spacy
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from spacy.language import Language
from spacy.tokens import Doc
from spacy.vocab import Vocab

from bot.nlu.component import Component
from bot.nlu.language_identifier import LANGUAGE
from bot.nlu.text import normalise
from bot.translations import written_languages

SPACY_DOC = "spacy_doc"
"""Message attribute: the spaCy Doc of the text; each token's `norm_` is its normalised form. Not in the parse result."""

SHARED_VOCAB = Vocab()
"""One vocabulary for all tokenizers: one matcher's patterns fit all their Docs, and each word is in memory once."""

WITHOUT_OWN_TOKENIZER = {"pa", "so", "zh"}
"""No blank pipeline in spaCy (pa, so), or one that cuts Latin words into letters too (zh): the multi-language one serves."""

_HAN = re.compile("([\u3400-\u4dbf\u4e00-\u9fff])")


@cache
def _pipeline(code: str) -> Language:
    return spacy.blank("xx" if code in WITHOUT_OWN_TOKENIZER else code, vocab=SHARED_VOCAB)


def _words(cut: Doc) -> Iterator[tuple[str, bool]]:
    """Each word and whether a space follows; Chinese is written without spaces: each of its characters is a word."""
    for token in cut:
        parts = [part for part in _HAN.split(token.text) if part]
        for number, part in enumerate(parts, start=1):
            yield part, number == len(parts) and bool(token.whitespace_)


def tokenise(text: str, language: Optional[str] = None) -> Doc:
    """The words of `text` with their places in it; `norm_` holds what `normalise` makes of each."""
    cut = _pipeline(language or "xx").tokenizer(text)
    words, spaces = zip(*_words(cut), strict=True) if len(cut) else ((), ())
    doc = Doc(SHARED_VOCAB, words=list(words), spaces=list(spaces))
    for token in doc:
        token.norm_ = _norm(token.text)
    return doc


def tokenise_normalised(text: str) -> Doc:
    """As `tokenise`, of a text that `normalise` has made: its words stand between spaces already."""
    words = [part for word in text.split() for part in _HAN.split(word) if part]
    doc = Doc(SHARED_VOCAB, words=words)
    for token in doc:
        token.norm_ = token.text
    return doc


@lru_cache(maxsize=5_000)
def _norm(word: str) -> str:
    return normalise(word).replace(" ", "") or " "


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=False)
class MultilingualTokenizer(Component):
    """Sets `SPACY_DOC`, cut by the tokenizer of the language that was identified.

    Not called SpacyTokenizer: Rasa registers components by class name alone and would take its own for ours.
    """

    @staticmethod
    def required_packages() -> list[str]:
        return ["spacy"]

    def get_ready(self) -> None:
        for code in written_languages():  # making the French one takes seconds, which the first message would wait
            _pipeline(code)

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        return training_data  # only messages are matched; the classifier learns from whole texts

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            text = message.get(TEXT)
            if text:
                message.set(SPACY_DOC, tokenise(text, (message.get(LANGUAGE) or {}).get("code")))
        return messages
