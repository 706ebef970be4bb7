"""What is read aloud, and by whose voice."""

from __future__ import annotations

import pytest

from bot.cards import NO_ADDRESS
from bot.responses import safety_numbers
from bot.spoken import VOICES, Piece, digit_by_digit, pieces
from bot.translations import translate
from services_catalog.vocabulary import LANGUAGES


def in_one(text: str, language: str = "en") -> str:
    """All of it, whoever reads it."""
    return "\n".join(piece.text for piece in pieces(text, language))


@pytest.mark.parametrize(
    ("shown", "read"),
    [
        ("🕘 Open now, until 18:00", "Open now, until 18:00"),
        ("ℹ️ Free", "Free"),
        ("👩🏽‍⚕️ Doctor 🇮🇹 1️⃣", "Doctor 1"),
        ("See https://www.a.it/b?c=1 there", "See there"),
        ("Source: comune.latina.it, 5 December 2024.", "Source: , 5 December 2024."),
        ("\u200f\u2068Mensa\u2069", "Mensa"),
        ("نمی‌توانم", "نمی‌توانم"),
        ("क्‍ष", "क्‍ष"),
        ("[[h@'loU]]", "[h@'loU]"),
        ("16,50 € · 20 °C", "16,50 € · 20 °C"),
        ("a\n\n😀\nb", "a\nb"),
    ],
)
def test_only_words_are_read(shown: str, read: str) -> None:
    assert in_one(shown) == read


@pytest.mark.parametrize(
    ("shown", "read"),
    [
        ("Call 112 now.", "Call 1 1 2 now."),
        ("Call 1522: free", "Call 1 5 2 2: free"),
        ("Call 800 290 290.", "Call 8 0 0, 2 9 0, 2 9 0."),
        ("Office: 0773 123456", "Office: 0 7 7 3, 1 2 3 4 5 6"),
        ("+39 333 1234567", "+ 3 9, 3 3 3, 1 2 3 4 5 6 7"),
        ("📞 116 117", "1 1 6, 1 1 7"),
        ("📞 0773 1", "0 7 7 3, 1"),
        ("Via Roma 112/A, 04100 Latina, 18:00-19:30", "Via Roma 112/A, 04100 Latina, 18:00-19:30"),
        ("from 5 December 2024 to 2025", "from 5 December 2024 to 2025"),
        ("1120 people, 112.5", "1120 people, 112.5"),
    ],
)
def test_phone_numbers_digit_by_digit(shown: str, read: str) -> None:
    if shown.startswith("Via"):
        shown = f"📍 {shown}"
    assert in_one(shown) == read


def test_all_safety_numbers() -> None:
    for language in LANGUAGES:
        for number in safety_numbers().values():
            assert digit_by_digit(number) in in_one(f"({number})", language)


@pytest.mark.parametrize("language", ["ar", "fa", "ur", "bn", "hi", "pa", "zh", "am", "ru", "uk"])
def test_italian_in_another_script_is_read_in_italian(language: str) -> None:
    word = translate(language, "Menu")
    read = pieces(f"{word} \u2068Corso Matteotti 134, 04100 Latina\u2069 {word} 112", language)
    assert read == [
        Piece(language, word),
        Piece("it", "Corso Matteotti 134, 04100 Latina"),
        Piece(language, f"{word} 1 1 2"),
    ]


def test_names_and_addresses_of_cards_are_read_in_italian() -> None:
    read = pieces("Shower – Latina\n\n▪️ Mensa Caritas\n📍 Corso Matteotti 134\n🕘 Open now", "en")
    assert read == [
        Piece("en", "Shower – Latina"),
        Piece("it", "Mensa Caritas\nCorso Matteotti 134"),
        Piece("en", "Open now"),
    ]


@pytest.mark.parametrize("language", list(LANGUAGES))
def test_an_address_that_is_not_known_is_said_in_the_persons_language(language: str) -> None:
    text = translate(language, NO_ADDRESS)
    assert pieces(f"📍 {text}", language) == [Piece(language, text)]


def test_italian_names_with_a_comma_between_stay_apart() -> None:
    assert pieces("Roma، Latina", "ar") == [Piece("it", "Roma، Latina")]


def test_nothing_to_read() -> None:
    assert pieces("😀 \u2068\u2069 …", "it") == []


def test_every_language_has_a_voice_but_two() -> None:
    assert set(LANGUAGES) - set(VOICES) == {"so", "ti"}
