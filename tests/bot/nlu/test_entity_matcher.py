"""Names of cities as people write them, on a small table; the real ones are tested in tests/nlu."""

from __future__ import annotations

import pytest
from rasa.shared.nlu.training_data.message import Message

from bot.nlu.entity_matcher import EntityMatcher, Lookup, entity
from bot.nlu.spacy_tokenizer import tokenise

TABLES = {
    "city/latina": ["Latina", "لاتينا", "Латина", "লাতিনা", "ਲਾਤੀਨਾ"],
    "city/taranto": ["Taranto", "তারান্তো", "Таранто"],
    "city/palermo": ["Palermo", "পালেরমো", "Палермо", "باليرمو"],
    "city/napoli": ["Napoli", "Naples", "Неаполь", "نابولي"],
    "city/roma": ["Roma", "Rome", "روما", "Рим", "broma", "罗马"],
    "not_a_city": ["latinas", "broma", "罗马尼亚", "latină"],
    "city/trieste": ["Trieste"],
    "language/uk": ["Ukrainian", "українська"],
    "time/su": ["Sunday", "domenica", "星期天"],
    "shower": ["doccia", "take a shower", "গোসল"],
}
COMMON = frozenset({"triste", "latino"})
LOOKUP = Lookup(TABLES, COMMON)


def found(text: str, language: str | None = None) -> dict[str, str]:
    return {table: span.text for table, span in LOOKUP.find(tokenise(text, language)).items()}


def city(text: str, language: str | None = None) -> str | None:
    cities = [table for table in found(text, language) if table.startswith("city/")]
    assert len(cities) <= 1
    return cities[0].removeprefix("city/") if cities else None


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        pytest.param("I am in Latina", "en", "latina", id="as it is written"),
        pytest.param("LATINA!!!", "it", "latina", id="in capitals"),
        pytest.param("我在罗马", "zh", "roma", id="Chinese"),
        pytest.param("a Nàpoli", "it", "napoli", id="with an accent"),
        pytest.param("Taranto'dayım", "it", "taranto", id="Turkish, suffixed, taken for Italian"),
        pytest.param("Taranto'da", "tr", "taranto", id="Turkish, suffixed"),
        pytest.param("Taranto'dayım", "en", "taranto", id="Turkish, suffixed, taken for English"),
        pytest.param("পালেরমোতে আছি", "bn", "palermo", id="Bengali, suffixed"),
        pytest.param("তারান্তোতে", "bn", "taranto", id="Bengali, suffixed, another"),
        pytest.param("я в Палермоу", "uk", "palermo", id="Cyrillic, inflected"),
        pytest.param("ਮੈਂ ਲਾਤੀਨਾ ਵਿੱਚ ਹਾਂ", "pa", "latina", id="Punjabi"),
        pytest.param("أنا في لاتينا", "ar", "latina", id="Arabic"),
        pytest.param("انا فى نابولى", "ar", "napoli", id="Arabic, other letters for the same"),
        pytest.param("palermoda", None, "palermo", id="unknown language, suffixed"),
        pytest.param("Palemro", "it", "palermo", id="two letters swapped"),
        pytest.param("Palerno", "it", "palermo", id="one letter wrong"),
        pytest.param("Pallermo", "it", "palermo", id="one letter too many"),
        pytest.param("Tarnto", "it", "taranto", id="one letter missing"),
        pytest.param("Неапль", "uk", "napoli", id="Cyrillic, one letter missing"),
    ],
)
def test_a_city_is_recognised(text: str, language: str | None, expected: str) -> None:
    assert city(text, language) == expected


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("sono triste", id="a word of the language"),
        pytest.param("sangue latino", id="another one"),
        pytest.param("mujeres latinas", id="a word with an ending that is listed"),
        pytest.param("es broma", id="a city's form that another language lists as a word"),
        pytest.param("我是罗马尼亚人", id="a name inside another one"),
        pytest.param("romanzo", id="a short name is no stem"),
        pytest.param("rima", id="a short name is not searched for slips"),
        pytest.param("palermitanissimo", id="too much behind the name"),
        pytest.param("Balermi", id="two slips"),
        pytest.param("salermo", id="the first letter is never the slip"),
        pytest.param("", id="nothing"),
        pytest.param("🏙 !!", id="no word"),
    ],
)
def test_a_word_that_is_no_city(text: str) -> None:
    assert city(text) is None


def test_a_name_that_is_written_right_comes_before_one_that_is_not() -> None:
    assert found("palerno roma") == {"city/roma": "roma"}


def test_several_tables_at_once_and_the_longest_span_of_each() -> None:
    assert found("can I take a shower or doccia in Ukrainian") == {
        "shower": "take a shower",
        "language/uk": "Ukrainian",
    }


def test_a_phrase_needs_all_its_words() -> None:
    assert found("take a long shower") == {}


def test_the_place_in_the_text() -> None:
    text = "  dormire   a Palermo, stanotte"
    (span,) = LOOKUP.find(tokenise(text, "it")).values()
    made = entity("city", "palermo", span)
    assert text[made["start"] : made["end"]] == "Palermo"
    assert entity("service", "shower") == {"entity": "service", "value": "shower"}


def matched(*messages: Message) -> list[list[tuple[str, str]]]:
    component = EntityMatcher({}, None, None)
    component.learnt = (TABLES, COMMON)
    component.get_ready()
    return [
        [(one["entity"], one["value"]) for one in message.get("entities")] for message in component.process([*messages])
    ]


def message(text: str) -> Message:
    return Message({"text": text, "spacy_doc": tokenise(text)})


def test_a_time_is_an_entity_too() -> None:
    assert matched(message("aperto domenica?"), message("星期天开门吗")) == [[("time", "su")], [("time", "su")]]


def test_entities_are_at_most_one_city_and_one_language_with_their_ids() -> None:
    typed = message("da Roma a Napoli, parlo Ukrainian, doccia")
    assert matched(typed) == [[("city", "roma"), ("language", "uk")]]
    assert set(typed.get("concept_spans")) == {"shower"}


def test_a_city_with_an_ending_or_misspelt_is_an_entity_with_its_id() -> None:
    assert matched(message("Taranto'dayım"), message("пишу з Неаполю"), message("sono a Palerno")) == [
        [("city", "taranto")],
        [("city", "napoli")],
        [("city", "palermo")],
    ]


def test_what_a_button_says_is_not_searched() -> None:
    pressed = message('/set_city{"city":"latina"}')
    pressed.set("entities", [{"entity": "city", "value": "roma"}])
    assert matched(pressed) == [[("city", "roma")]]
