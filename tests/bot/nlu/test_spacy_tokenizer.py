"""Words of every language, each in its place."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rasa.shared.nlu.training_data.message import Message
from spacy.matcher import PhraseMatcher

from bot.nlu.spacy_tokenizer import SHARED_VOCAB, MultilingualTokenizer, tokenise
from services_catalog.vocabulary import LANGUAGES


def words(text: str, language: str | None = None) -> list[str]:
    return [token.norm_ for token in tokenise(text, language) if token.norm_.strip()]


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("it", "Dov'è l'ufficio?", ["dov", "e", "l", "ufficio"]),
        ("fr", "à l'hôpital", ["a", "l", "hopital"]),
        ("ar", "أين المستشفى؟", ["اين", "المستشفي"]),
        ("bn", "গোসল করব কোথায়?", ["গোসল", "করব", "কোথায়"]),
        ("pa", "ਮੈਂ ਕਿੱਥੇ ਨਹਾਵਾਂ?", ["ਮੈਂ", "ਕਿੱਥੇ", "ਨਹਾਵਾਂ"]),
        ("uk", "Де поїсти, п'ять?", ["де", "поїсти", "пять"]),
        ("am", "ሻወር የት ነው፧", ["ሻወር", "የት", "ነው"]),
        ("zh", "哪里洗澡？ok la", ["哪", "里", "洗", "澡", "ok", "la"]),
        (None, "where can I eat", ["where", "can", "i", "eat"]),
    ],
)
def test_words(language: str | None, text: str, expected: list[str]) -> None:
    assert words(text, language) == expected


@pytest.mark.parametrize("language", [*LANGUAGES, None])
def test_every_language_has_a_tokenizer_that_loses_nothing(language: str | None) -> None:
    @settings(deadline=None, max_examples=30)
    @given(st.text(st.characters(codec="utf-8"), max_size=40))
    def check(text: str) -> None:
        doc = tokenise(text, language)
        assert doc.text == text
        assert all(token.norm_ for token in doc), "an empty norm matches everything"

    check()


def test_one_matcher_fits_the_words_of_all_languages() -> None:
    matcher = PhraseMatcher(SHARED_VOCAB, attr="NORM")
    matcher.add("shower", [tokenise("doccia")])
    for language in LANGUAGES:
        assert matcher(tokenise("una DOCCIA qui", language)), language


def test_a_message_is_cut_by_the_tokenizer_of_its_language() -> None:
    component = MultilingualTokenizer({}, None, None)
    messages = [
        Message({"text": "l'aiuto", "language": {"code": "it", "confidence": 0.9}}),
        Message({"text": "aiuto", "language": {"code": None, "confidence": 0.0}}),
        Message({"text": ""}),
    ]
    docs = [message.get("spacy_doc") for message in component.process(messages)]
    assert [token.text for token in docs[0]] == ["l'", "aiuto"]
    assert [token.text for token in docs[1]] == ["aiuto"]
    assert docs[2] is None
