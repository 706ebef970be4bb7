"""What of an answer is read aloud, and in whose voice: no pictograms, no addresses of the web, phone numbers digit by digit.

What is Italian within another language's text (a street, the name of an office) is read by the Italian voice.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

from phonenumbers import PhoneNumberMatcher

from bot.cards import NO_ADDRESS
from bot.responses import safety_numbers
from bot.translations import translate

VOICES = {
    "it": "it",
    "en": "en-gb",
    "fr": "fr-fr",
    "es": "es",
    "pt": "pt",
    "ro": "ro",
    "sq": "sq",
    "ar": "ar",
    "fa": "fa",
    "tr": "tr",
    "uk": "uk",
    "ru": "ru",
    "bn": "bn",
    "ur": "ur",
    "hi": "hi",
    "pa": "pa",
    "zh": "cmn-latn-pinyin",
    "am": "am",
}
"""espeak-ng's voice by language (1.51, `espeak-ng --voices`). It has none for Somali and Tigrinya. Its plain `cmn` turns Chinese
characters into pinyin and then reads that as English; `cmn-latn-pinyin` reads it as Chinese."""

IN_LATIN_LETTERS = {"it", "en", "fr", "es", "pt", "ro", "sq", "tr", "so"}
ITALIAN_LINES = ("▪", "📍")
"""What a line of a card begins with when all of it is Italian: a name, an address."""
PHONE_LINE = "📞"

_WEB = re.compile(r"(?:https?://|www\.)\S+|(?<![\w@.])(?:[a-z0-9-]+\.)+[a-z]{2,}(?![\w@])(?:/\S*)?")
_LATIN_RUN = re.compile(r"[A-Za-zÀ-ÿ](?:[A-Za-zÀ-ÿ0-9]|[ .,'’/-]+(?=[A-Za-zÀ-ÿ0-9]))*")
_NUMBER = re.compile(r"\+?\d[\d /-]*\d|\d")
_JOINER = "\u200d"
_KEPT_SIGNS = {"°", "№", "\u200c", _JOINER}
_OF_SIGNS = {"\ufe0e", "\ufe0f", "\u20e3"}
"""Variation selectors, and the frame around a figure."""
_INFORMATION_SIGN = "ℹ"
"""A letter to Unicode."""


class Piece(NamedTuple):
    """Something to read in one go. `language`: whose voice reads it."""

    language: str
    text: str


def pieces(text: str, language: str) -> list[Piece]:
    """An answer as it is read aloud; neighbours have different languages. Empty when there is nothing to read."""
    joined: list[Piece] = []
    for line in text.split("\n"):
        for piece in _of_line(line, language):
            says_something = any(letter.isalnum() for letter in piece.text)
            if joined and (not says_something or joined[-1].language == piece.language):
                joined[-1] = Piece(joined[-1].language, f"{joined[-1].text}{piece.text}")
            elif says_something:
                joined.append(piece)
        if joined and not joined[-1].text.endswith("\n"):
            joined[-1] = Piece(joined[-1].language, f"{joined[-1].text}\n")  # a pause
    return [Piece(piece.language, piece.text.strip()) for piece in joined]


def _of_line(line: str, language: str) -> Iterator[Piece]:
    marks = _without_directions(line)
    words = _readable(marks)
    if marks.startswith(PHONE_LINE):
        yield Piece(language, _NUMBER.sub(lambda number: digit_by_digit(number.group()), words))
        return
    if marks.startswith(ITALIAN_LINES) and words != translate(language, NO_ADDRESS):
        yield Piece("it", words)
        return
    end = 0
    for start, stop in _phones(words):
        yield from _by_script(words[end:start], language)
        yield Piece(language, digit_by_digit(words[start:stop]))
        end = stop
    yield from _by_script(words[end:], language)


def _by_script(text: str, language: str) -> Iterator[Piece]:
    """Latin letters within another script are Italian."""
    end = 0
    if language not in IN_LATIN_LETTERS:
        for run in _LATIN_RUN.finditer(text):
            yield Piece(language, text[end : run.start()])
            yield Piece("it", run.group())
            end = run.end()
    yield Piece(language, text[end:])


def _phones(text: str) -> list[tuple[int, int]]:
    """Where phone numbers stand in a text, in order, none over another."""
    found = [(match.start, match.end) for match in PhoneNumberMatcher(text, "IT")]
    for number in safety_numbers().values():
        for short in re.finditer(rf"(?<![\d.,:]){re.escape(number)}(?!\d|[.,:]\d)", text):
            if not any(start < short.end() and short.start() < end for start, end in found):
                found.append(short.span())
    return sorted(found)


def digit_by_digit(number: str) -> str:
    """ "800 290 290" as "8 0 0, 2 9 0, 2 9 0"."""
    groups = re.findall(r"\+?\d+", number)
    return ", ".join(" ".join(group) for group in groups)


def _without_directions(line: str) -> str:
    """Without isolates and direction marks; the joiners that Persian and Indian scripts are written with stay."""
    return "".join(one for one in line if unicodedata.category(one) != "Cf" or one in _KEPT_SIGNS).strip()


def _readable(line: str) -> str:
    """Without pictograms and addresses of the web, and without what would tell espeak-ng to read phonemes (`[[`)."""
    kept: list[str] = []
    after_sign = False
    for one in _WEB.sub("", line).replace("[[", "[").replace("]]", "]"):
        sign = one == _INFORMATION_SIGN or (unicodedata.category(one) in ("So", "Sk") and one not in _KEPT_SIGNS)
        joins = one in _OF_SIGNS or (after_sign and one == _JOINER)
        if not sign and not joins:
            kept.append(one)
        after_sign = sign or joins
    return re.sub(r"[ \t]{2,}", " ", "".join(kept)).strip()
