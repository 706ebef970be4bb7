"""Whether a text gives somebody away: a name, a telephone number, an e-mail address. Nobody needs one here.

A guess by form, to refuse clearly what looks like one, not a promise to find each: a name alone at a note's beginning and a name
in a script without capital letters pass, unless a word such as "my name is" stands before it.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Optional

from services_catalog.vocabulary import CITIES, LANGUAGES

EMAIL = re.compile(r"[^\s@]+@[^\s@]+\.\w{2,}")
PHONE = re.compile(r"(?<![\w-])\+?\d(?:[ ./()-]{0,2}\d){7,}(?!\w)")
DATE = re.compile(r"(?<!\d)\d{1,4}[./-]\d{1,2}[./-]\d{1,4}(?!\d)")
"""Dates have as many digits as telephone numbers."""

INTRODUCTIONS = {
    "it": ("mi chiamo", "si chiama", "il mio nome", "il suo nome", "nome:", "cognome"),
    "en": ("my name is", "my name's", "is called", "name:", "surname"),
    "fr": ("je m'appelle", "je m’appelle", "mon nom est", "s'appelle", "mon nom c'est"),
    "es": ("me llamo", "mi nombre es", "se llama"),
    "pt": ("chamo-me", "me chamo", "meu nome", "chama-se"),
    "ro": ("mă numesc", "ma numesc", "numele meu", "mă cheamă", "ma cheama"),
    "sq": ("quhem", "emri im", "më quajnë", "me quajne"),
    "ar": ("اسمي", "إسمي", "انا اسمي"),
    "fa": ("اسم من", "نام من", "اسمم"),
    "tr": ("adım", "ismim", "benim adim"),
    "uk": ("мене звати", "мене звуть", "моє ім'я", "моє ім’я"),
    "ru": ("меня зовут", "моё имя", "мое имя", "зовут"),
    "bn": ("আমার নাম", "amar nam"),
    "ur": ("میرا نام", "mera naam"),
    "hi": ("मेरा नाम", "mera nam"),
    "pa": ("ਮੇਰਾ ਨਾਮ", "ਮੇਰਾ ਨਾਂ"),
    "zh": ("我叫", "我的名字", "我姓"),
    "so": ("magacaygu", "magacayga", "la i yiraahdaa"),
    "ti": ("ስመይ", "ሽመይ"),
    "am": ("ስሜ", "እባላለሁ"),
}
"""What people say before their name, in the languages that are written here; a test looks for each."""

TITLES = re.compile(
    r"\b(?i:sig|sig\.ra|sig\.na|signor[ae]?|dott|dott\.ssa|dottor(?:e|essa)?|avv|mr|mrs|ms|mme|madame|monsieur)\b\.?\s+[A-ZÀ-Þ]"
)
_INTRODUCED = re.compile(
    "|".join(
        re.escape(words) if code == "zh" else rf"(?<!\w){re.escape(words)}(?<!\w(?=\w))"  # Chinese writes no blanks
        for code, several in INTRODUCTIONS.items()
        for words in several
    ),
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_SENTENCE_ENDS = '.!?:;\n("«-–'


def looks_personal(text: str) -> Optional[str]:
    """`email`, `phone` or `name`, whichever a note seems to hold; None when it holds none."""
    found = says_who(text)
    if found is None and (TITLES.search(text) or _capitals(text)):
        return "name"
    return found


def says_who(text: str) -> Optional[str]:
    """As `looks_personal`, for a message: an address, a number, or a name with its introduction; capitals mean nothing there."""
    if EMAIL.search(text):
        return "email"
    if PHONE.search(DATE.sub(" ", text)):
        return "phone"
    return "name" if _INTRODUCED.search(text) else None


def is_a_name_alone(text: str) -> bool:
    """Whether a message is nothing but two to four capitalised words: "Ahmed Khan". One may be a word that begins a sentence."""
    words = text.split()
    return 2 <= len(words) <= 4 and all(map(_named, words))


def _capitals(text: str) -> bool:
    """A capitalised word where no sentence begins, that offices do not write so."""
    for found in _WORD.finditer(text):
        before = text[: found.start()].rstrip()
        if before and before[-1] not in _SENTENCE_ENDS and _named(found.group()):
            return True
    return False


def _named(word: str) -> bool:
    parts = re.split("['’-]", word)
    return (
        bool(_WORD.fullmatch(word))
        and word[0].isupper()
        and word[0].lower() != word[0]
        and len(word) > 1
        and not word.isupper()
        and not any(part.casefold() in _known_words() for part in parts)
    )


@lru_cache(maxsize=1)
def _known_words() -> frozenset[str]:
    """What the notes of a one-stop shop write with a capital letter and is nobody's name, in small letters."""
    cities = {part.casefold() for city in CITIES.values() for name in (city.name, city.msgid) for part in name.split()}
    office = (Path(__file__).parent / "office_words.txt").read_text(encoding="utf-8").split()
    return frozenset(office) | cities | {language.endonym.casefold() for language in LANGUAGES.values()}
