"""Copies of the training messages as people would also type them: with slips, and in Latin letters.

Measured in docs/understanding.md: one copy with typing errors and one romanised by rule are worth some ten points on
such messages. The romanising is anyascii's, loosened by the habits of people who type fast.
"""

from __future__ import annotations

import random
import re

from anyascii import anyascii

from bot.nlu.text import normalise

_KEYBOARD = {
    "a": "sq", "b": "vn", "c": "xv", "d": "sf", "e": "wr", "f": "dg", "g": "fh", "h": "gj", "i": "uo", "j": "hk", "k": "jl",
    "l": "k", "m": "n", "n": "mb", "o": "ip", "p": "o", "q": "wa", "r": "et", "s": "ad", "t": "ry", "u": "yi", "v": "cb",
    "w": "qe", "x": "zc", "y": "tu", "z": "x",
}  # fmt: skip
SLIP_SHARE = 0.28
"""Share of words of four letters or more that get one slip."""


def with_typing_errors(text: str, chance: random.Random) -> str:
    """A copy in which some words have a letter dropped, doubled, swapped with the next, or hit beside."""
    words = text.split()
    for number, word in enumerate(words):
        if len(word) < 4 or chance.random() > SLIP_SHARE:
            continue
        place = chance.randrange(1, len(word) - 1)
        kind = chance.randrange(4)
        if kind == 0:
            word = word[:place] + word[place + 1 :]
        elif kind == 1:
            word = word[:place] + word[place] + word[place:]
        elif kind == 2:
            word = word[:place] + word[place + 1] + word[place] + word[place + 2 :]
        else:
            beside = _KEYBOARD.get(word[place])
            word = word[:place] + (chance.choice(beside) if beside else "") + word[place + 1 :]
        words[number] = word
    if len(words) > 3 and chance.random() < 0.15:  # two words run together
        place = chance.randrange(len(words) - 1)
        words[place : place + 2] = [words[place] + words[place + 1]]
    return " ".join(words)


_HABITS = (
    (r"aa", "a"), (r"ii", "i"), (r"uu", "u"), (r"ee", "i"), (r"oo", "u"), (r"sh", "s"), (r"ph", "f"), (r"kh", "k"), (r"th", "t"),
    (r"dh", "d"), (r"v", "w"), (r"w", "b"), (r"z", "j"), (r"q", "k"), (r"y", "i"), (r"a\b", ""), (r"c", "ch"), (r"e", "i"),
    (r"o", "a"), (r"h\b", ""), (r"ai", "e"), (r"kj", "g"), (r"shch", "sch"), (r"zh", "j"),
)  # fmt: skip
_ARABIZI = (("h", "7"), ("kh", "5"), ("q", "9"), ("gh", "8"))


def romanised(text: str, lang: str, chance: random.Random) -> str:
    """A copy in Latin letters; the same text when it is in Latin letters already."""
    latin = anyascii(text)
    if lang in ("bn", "pa", "hi", "ur", "fa"):
        latin = latin.replace("c", "ch").replace("chh", "ch")
    latin = latin.casefold()
    if latin == text:
        return text
    for pattern, habit in _HABITS:
        if chance.random() < 0.25:
            latin = re.sub(pattern, habit, latin)
    if lang in ("ar", "fa", "ur"):  # short vowels are not written: people write some of them
        latin = re.sub(r"(?<=[bcdfghjklmnpqrstvwxz])(?=[bcdfghjklmnpqrstvwxz])",
                       lambda _: chance.choice(["", "a", "i", "e", ""]), latin)  # fmt: skip
        if chance.random() < 0.5:
            for sound, digit in _ARABIZI:
                latin = latin.replace(sound, digit)
    return normalise(latin)
