"""Normalising: whatever is typed, quickly, once and for all, and alike for spellings that mean the same."""

from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.nlu.text import MAX_CHARACTERS, cut, normalise, skeleton


def letters(*blocks: tuple[int, int]) -> str:
    return "".join(
        chr(code) for first, last in blocks for code in range(first, last + 1) if unicodedata.name(chr(code), "")
    )


SCRIPTS = {
    "Latin": letters((0x41, 0x5A), (0x61, 0x7A), (0xC0, 0x17F), (0x300, 0x327)),
    "Cyrillic": letters((0x400, 0x45F), (0x490, 0x491)),
    "Arabic": letters((0x610, 0x61A), (0x620, 0x669), (0x670, 0x6D3), (0x6F0, 0x6F9), (0xFEFB, 0xFEFC))
    + "\u200c\u200d",
    "Bengali": letters((0x980, 0x9FE)),
    "Devanagari": letters((0x900, 0x97F)),
    "Gurmukhi": letters((0xA01, 0xA76)),
    "Ethiopic": letters((0x1200, 0x137C)),
    "Han": letters((0x4E00, 0x4E80), (0x3001, 0x3011), (0xFF01, 0xFF5E)),
    "emoji": "😀🙏🏽👨\u200d👩🇮🇹❤\ufe0f☕",
}
BESIDE = " \n\t.,!?'’`-_/()0123456789\x00\u200e"


@pytest.mark.parametrize("script", SCRIPTS)
def test_normalising_twice_is_normalising_once(script: str) -> None:
    @settings(deadline=None, derandomize=True)
    @given(st.text(SCRIPTS[script] + BESIDE, max_size=40))
    def check(text: str) -> None:
        once = normalise(text)
        assert normalise(once) == once
        assert len(once) <= MAX_CHARACTERS
        assert once == " ".join(once.split())
        assert not any(letter.isupper() for letter in once)

    check()


@settings(deadline=None)
@given(st.text(max_size=60))
@example("\x00")
@example("\ud800")
@example("\U0010ffff")
@example("\u0670" * 50)
@example("'" * 50)
def test_nothing_raises(text: str) -> None:
    bones = skeleton(normalise(text))
    assert bones.isascii()
    assert bones == " ".join(bones.split())


@pytest.mark.parametrize("text", ["a" * 100_000, "\x00" * 100_000, "😀" * 100_000, "গোসল " * 20_000, "' " * 50_000])
def test_long_texts_are_cut_and_cost_nothing(text: str) -> None:
    assert len(cut(text)) == MAX_CHARACTERS
    started = time.perf_counter()
    assert len(normalise(text)) <= MAX_CHARACTERS
    assert time.perf_counter() - started < 0.5


def test_signs_that_stand_for_many_letters_are_cut_too() -> None:
    assert len(normalise("\ufdfa" * MAX_CHARACTERS)) <= MAX_CHARACTERS


@pytest.mark.parametrize(
    ("typed", "alike"),
    [
        pytest.param("Perché NON c'è più?", "perche non c e piu", id="Italian"),
        pytest.param("Où çà, l’hôpital…", "ou ca l hopital", id="French"),
        pytest.param("Straße", "strasse", id="German"),
        pytest.param("п'ять П’ЯТЬ", "пять пять", id="Ukrainian apostrophes"),
        pytest.param("їжа й ґанок", "їжа й ґанок", id="Ukrainian letters stay"),
        pytest.param("إلى المُستشفى", "الي المستشفي", id="Arabic"),
        pytest.param("شـــكرا", "شكرا", id="Arabic, stretched"),
        pytest.param("می\u200cخواهم یک", "ميخواهم يك", id="Persian"),
        pytest.param("ڈاکٹر ہے", "ڈاكٹر هے", id="Urdu"),
        pytest.param("গোসল করবো কোথায়?", "গোসল করবো কোথায়", id="Bengali vowels stay"),
        pytest.param("मुझे १२३ चाहिए।", "मुझे 123 चाहिए", id="Hindi, digits"),
        pytest.param("ਮੈਨੂੰ ਖਾਣਾ!!", "ਮੈਨੂੰ ਖਾਣਾ", id="Punjabi"),
        pytest.param("ሻወር የት ነው፧", "ሻወር የት ነው", id="Amharic"),
        pytest.param("ሠላም ጠዋት ዐርብ ፀጉር", "ሰላም ጠዋት አርብ ጸጉር", id="Amharic letters of one sound"),
        pytest.param("AÇIK mı?", "acik mi", id="Turkish"),
        pytest.param("哪里可以洗澡？", "哪里可以洗澡", id="Chinese"),
        pytest.param("ＨＥＬＰ①", "help1", id="full width"),
        pytest.param("heeeelp meee", "heelp mee", id="drawn out"),
        pytest.param("a_b/c-d", "a b c d", id="punctuation"),
        pytest.param("🆘 aiuto ❤\ufe0f", "🆘 aiuto ❤", id="emoji stay"),
        pytest.param("\u202eciao\u0000", "ciao", id="control characters"),
        pytest.param(" \n ", "", id="nothing"),
    ],
)
def test_what_people_write_differently_becomes_alike(typed: str, alike: str) -> None:
    assert normalise(typed) == unicodedata.normalize("NFC", alike)


@pytest.mark.parametrize(
    ("spellings", "other"),
    [
        (("গোসল", "gosol", "gusul", "GOSOOL"), "khabar"),
        (("habibi", "7abibi"), "sadiqi"),
        (("khana", "kana"), "pani"),
        (("вода", "voda", "wada"), "хлеб"),
        (("shukria", "šukria"), "salam"),
        (("philippe", "filippe"), "marco"),
        (("", "!?"), "a"),
    ],
)
def test_the_bones_of_a_word_are_the_same_in_every_script(spellings: tuple[str, ...], other: str) -> None:
    bones = {skeleton(normalise(one)) for one in spellings}
    assert len(bones) == 1
    assert skeleton(normalise(other)) not in bones
