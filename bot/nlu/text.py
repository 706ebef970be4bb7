"""The one way in which words are made comparable: training, gate, matchers and checks all call `normalise`.

What is folded and what is not was measured (docs/understanding.md): case, compatibility forms, Latin diacritics, Arabic
letter forms, punctuation and digits are; Bengali vowels and the Arabic article are not. Turkish dotless i and the Ethiopic
letters that sound alike are folded because people write whichever is nearer.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from anyascii import anyascii

MAX_CHARACTERS = 1000
"""Longer messages are cut before anything else looks at them: NLU runs in the server's event loop (RASA.md, T31)."""

_ETHIOPIC_ROWS = {"ሐ": "ሀ", "ኀ": "ሀ", "ሠ": "ሰ", "ዐ": "አ", "ፀ": "ጸ"}
"""Letters that sound alike (in Amharic all of them): people write whichever comes first. Each stands for its seven orders."""

_LETTERS_ALIKE = str.maketrans(
    {
        **{chr(ord(row) + order): chr(ord(as_) + order) for row, as_ in _ETHIOPIC_ROWS.items() for order in range(7)},
        **dict.fromkeys("أإآٱ", "ا"),
        "ى": "ي", "ی": "ي", "ئ": "ي", "ؤ": "و", "ة": "ه", "ک": "ك", "گ": "ك", "ۀ": "ه", "ہ": "ه", "ە": "ه",
        "ı": "i",  # Turkish; half of its speakers type i on a phone
        "ـ": None, "‌": None, "‍": None,  # tatweel, ZWNJ, ZWJ
    }
)  # fmt: skip
_TASHKEEL = re.compile("[\u0610-\u061a\u064b-\u065f\u0670]")
_LATIN_MARKS = re.compile("([a-zA-ZæøœßıŁłđĐ])[\u0300-\u036f]+")
_NOT_WORD = re.compile(r"[^\w\s\U0001f000-\U0001faff\u2600-\u27bf\u0900-\u0963\u0966-\u0dff]|_")
_APOSTROPHES = re.compile("(?<=[^\\W\\d_])['’`ʼ](?=[^\\W\\d_])")
_CYRILLIC_APOSTROPHE = re.compile("(?<=[\u0400-\u04ff])['’`ʼ](?=[\u0400-\u04ff])")
_REPEATED = re.compile(r"(.)\1{2,}")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufe0f]")
_HALF_OF_A_PAIR = re.compile("[\ud800-\udfff]")


def cut(text: str) -> str:
    """The part of a message that is read: `MAX_CHARACTERS`, without control and direction characters.

    Half of a surrogate pair, which no encoding takes, becomes U+FFFD as Unicode advises: a message of nothing else is one.
    """
    return _CONTROL.sub(" ", _HALF_OF_A_PAIR.sub("\ufffd", text[: 4 * MAX_CHARACTERS]))[:MAX_CHARACTERS]


def normalise(text: str) -> str:
    """Words separated by single spaces, comparable between spellings. Indic marks and emoji are kept."""
    text = unicodedata.normalize("NFKC", cut(text)).casefold()[:MAX_CHARACTERS]  # one sign may stand for 18 letters
    text = _TASHKEEL.sub("", text).translate(_LETTERS_ALIKE)
    text = unicodedata.normalize("NFC", _LATIN_MARKS.sub(r"\1", unicodedata.normalize("NFD", text)))
    text = _CYRILLIC_APOSTROPHE.sub("", text)
    text = _APOSTROPHES.sub(" ", text)
    text = _NOT_WORD.sub(" ", text)
    text = _REPEATED.sub(r"\1\1", text)
    text = "".join(str(unicodedata.digit(c)) if c.isdigit() and not c.isascii() else c for c in text)
    return " ".join(text.split())


_DIGIT_LETTERS = str.maketrans({"2": "", "3": "", "4": "", "5": "k", "6": "t", "7": "h", "8": "g", "9": "s"})
_CLASSES = (
    ("sch", "s"), ("sh", "s"), ("ch", "s"), ("ph", "f"), ("kh", "k"), ("gh", "g"), ("th", "t"), ("dh", "d"),
    ("bh", "b"), ("jh", "z"), ("zh", "z"), ("ts", "s"), ("ck", "k"), ("qu", "k"),
)  # fmt: skip
_LETTERS = str.maketrans({"c": "k", "q": "k", "x": "k", "j": "z", "v": "b", "w": "b", "p": "b", "f": "b", "y": ""})
_VOWELS = re.compile("[aeiou]+")


@lru_cache(maxsize=50_000)
def _skeleton_word(word: str) -> str:
    latin = anyascii(word).casefold()
    if not word.isascii():
        latin = latin.replace("c", "ch").replace("chh", "ch")  # Indic c is the sound of ch
    if any(c.isalpha() for c in latin):
        latin = latin.translate(_DIGIT_LETTERS)
    for long, short in _CLASSES:
        latin = latin.replace(long, short)
    vowel_first = latin[:1] if latin[:1] in "aeiou" else ""
    bones = re.sub(r"(.)\1+", r"\1", latin.translate(_LETTERS))
    bones = "".join(c for c in _VOWELS.sub("", bones) if c.isalnum())
    return ("a" if vowel_first else "") + bones


def skeleton(normalised: str) -> str:
    """Consonants only, in Latin letters whatever the script: গোসল, gosol and gusul all give the same bones."""
    return " ".join(filter(None, (_skeleton_word(word) for word in normalised.split())))
