"""How easy the Italian and English texts are, by formulas made for it, and the rules for texts that tired people read.

Gulpease (Lucisano and Piemontese, 1988): 89 + (300 sentences - 10 letters) / words; from 60 on it is read with eight years of
school, from 80 on with five. Flesch reading ease (1948): 206.835 - 1.015 words / sentences - 84.6 syllables / words; from 70 on a
text is fairly easy.
"""

from __future__ import annotations

import re
from statistics import mean

import pytest

from actions.languages import WRITTEN_LANGUAGES
from bot.responses import LABELS, texts_of_domain
from bot.translations import translate

FLOORS = {"it": (60, 80), "en": (55, 85)}
"""Of each text and of the mean, by language."""
LONG_ENOUGH = 8
"""Words from which on a text can be judged."""
MOST_SENTENCES = 3
LONG = ("utter_report_", "utter_ask_deletion__confirm", "utter_welcome")
"""Beginnings of names that may have more: numbers to call in danger, what is lost by deleting, who is talking here."""
SENTENCE_ENDS = re.compile(r"[.!?…։۔؟।॥።፧。！？]+(?=\s|$)")
WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")


def sentences(text: str) -> int:
    """How many; a greeting or a line with a fact alone is none."""
    return max(1, len([part for part in SENTENCE_ENDS.split(text) if len(WORD.findall(part)) > 2]))


def gulpease(text: str) -> float:
    words = WORD.findall(text)
    return 89 + (300 * sentences(text) - 10 * sum(map(len, words))) / len(words)


def flesch(text: str) -> float:
    words = WORD.findall(text)
    syllables = sum(max(1, len(re.findall(r"[aeiouy]+", re.sub(r"e$", "", word.lower())))) for word in words)
    return 206.835 - 1.015 * len(words) / sentences(text) - 84.6 * syllables / len(words)


def judged(language: str) -> dict[str, float]:
    """The readability of each text that is long enough."""
    measure = {"it": gulpease, "en": flesch}[language]
    texts = {name: re.sub(r"\{\w+\}", "", translate(language, text)) for name, text in texts_of_domain().items()}
    return {name: measure(text) for name, text in texts.items() if len(WORD.findall(text)) >= LONG_ENOUGH}


@pytest.mark.parametrize("language", FLOORS)
def test_texts_are_easy_to_read(language: str) -> None:
    least, wanted = FLOORS[language]
    found = judged(language)
    assert len(found) > 50
    assert {name: round(value) for name, value in found.items() if value < least} == {}
    assert mean(found.values()) >= wanted


def test_a_hard_text_would_be_seen() -> None:
    hard = (
        "La presentazione dell'istanza è subordinata all'acquisizione della documentazione amministrativa prescritta."
    )
    easy = "Porta un documento. Se non lo hai, vieni lo stesso: ti aiutiamo noi."
    assert gulpease(hard) < 50 < 80 < gulpease(easy)
    assert (
        flesch("Submission presupposes administrative documentation acquisition.")
        < 0
        < 90
        < flesch("Come in. We help you.")
    )


@pytest.mark.parametrize("language", WRITTEN_LANGUAGES)
def test_short_texts_and_one_question(language: str) -> None:
    """At most three sentences and one question a text, in every language; the numbers of an emergency are lines of their own."""
    for name, text in texts_of_domain().items():
        said = translate(language, text)
        assert len(re.findall(r"[?؟？፧]", said)) <= 1, (name, said)
        assert sentences(said) <= MOST_SENTENCES + 2 * name.startswith(LONG), (name, said)


def test_labels_begin_with_a_pictogram() -> None:
    assert all(emoji.strip() for emoji, _ in LABELS.values())
