from __future__ import annotations

from babel import Locale

from services_catalog.vocabulary import CITIES, LANGUAGES, SERVICES, TOPICS


def test_the_contract_s_ids() -> None:
    assert (len(SERVICES), len(TOPICS), len(CITIES), len(LANGUAGES)) == (22, 12, 16, 20)
    assert {"night_shelter", "mobile_unit", "civic_engagement", "connectivity"} <= set(SERVICES)
    assert {"health_card", "digital_identity", "voluntary_return"} <= set(TOPICS)
    assert {"latina", "bolzano", "sassari"} <= set(CITIES)
    assert list(LANGUAGES) == [
        "it",
        "en",
        "fr",
        "es",
        "pt",
        "ro",
        "sq",
        "ar",
        "fa",
        "tr",
        "uk",
        "ru",
        "bn",
        "ur",
        "hi",
        "pa",
        "zh",
        "so",
        "ti",
        "am",
    ]


def test_no_two_things_look_alike() -> None:
    for vocabulary in (SERVICES, TOPICS):
        assert len({item.msgid for item in vocabulary.values()}) == len(vocabulary)
        assert len({item.emoji for item in vocabulary.values()}) == len(vocabulary)
    assert len({city.province for city in CITIES.values()}) == len(CITIES)


def test_endonyms_are_those_of_cldr() -> None:
    for code, language in LANGUAGES.items():
        assert language.endonym.casefold() == str(Locale.parse(code).get_language_name(code)).casefold()
