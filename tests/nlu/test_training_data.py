"""The data that understanding is made of, and that what measures it is not among them."""

from __future__ import annotations

from collections import Counter
from functools import cache
from pathlib import Path

import pytest
import yaml
from rasa.shared.nlu.training_data.loading import load_data

from actions.languages import WRITTEN_LANGUAGES
from bot.nlu.entity_matcher import NOT_A_CITY
from bot.nlu.joint_classifier import CRISIS, label_of
from bot.nlu.safety_gate import KINDS, LEVELS, Gate, load_rules, parse_rule
from bot.nlu.text import normalise
from bot.nlu.training_examples import LOOKUP_CITY, LOOKUP_LANGUAGE, Example, examples_of, lookups_of
from orienta.nlu_eval import read_labelled
from services_catalog.vocabulary import CITIES, LANGUAGES, SERVICES, TOPICS

ROOT = Path(__file__).resolve().parents[2]
DATA, SAFETY, HELDOUT = ROOT / "data/nlu", ROOT / "data/safety", ROOT / "tests/nlu/heldout"
VARIANTS = {"native", "romanised", "typo", "mixed"}
MESSAGES, MESSAGES_A_LABEL = 1_000, 10


@cache
def examples(language: str) -> list[Example]:
    return examples_of(load_data(str(DATA / f"{language}.yml")))


@cache
def intents() -> set[str]:
    domain = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))
    return set(domain["intents"])


def test_each_written_language_has_its_files() -> None:
    for folder, ending in ((DATA, "yml"), (SAFETY, "yml"), (HELDOUT, "tsv")):
        assert {path.stem for path in folder.glob(f"*.{ending}")} == set(WRITTEN_LANGUAGES)


@pytest.mark.parametrize("language", WRITTEN_LANGUAGES)
def test_labels_are_of_the_contract_and_each_has_messages(language: str) -> None:
    found = examples(language)
    assert len(found) >= MESSAGES
    for one in found:
        assert one.lang == language and one.variant in VARIANTS and one.intent in intents(), one
        assert one.service is None or one.service in SERVICES, one
        assert one.topic is None or one.topic in TOPICS, one
        assert (one.topic is not None) == (one.intent == "ask_procedure"), one
    counts = Counter(label_of(one) for one in found)
    wanted = {f"find_service/{id_}" for id_ in SERVICES} | {f"ask_procedure/{id_}" for id_ in TOPICS}
    assert wanted <= set(counts)
    assert min(counts.values()) >= MESSAGES_A_LABEL, counts.most_common()[-3:]


@pytest.mark.parametrize("language", WRITTEN_LANGUAGES)
def test_no_message_stands_twice(language: str) -> None:
    twice = [text for text, number in Counter(one.text for one in examples(language)).items() if number > 1]
    assert twice == []


@pytest.mark.parametrize("language", WRITTEN_LANGUAGES)
def test_no_held_out_message_is_a_training_message(language: str) -> None:
    training = {one.text for code in WRITTEN_LANGUAGES for one in examples(code)}
    held_out = {row["id"] for row in read_labelled(HELDOUT / f"{language}.tsv") if normalise(row["text"]) in training}
    short = {
        row["id"] for row in read_labelled(HELDOUT / f"{language}.tsv") if len(normalise(row["text"]).split()) <= 2
    }
    assert held_out - short == set(), "two different people may both write 'ciao'; nothing longer may stand in both"


@pytest.mark.parametrize("language", WRITTEN_LANGUAGES)
def test_the_held_out_file_keeps_the_contract(language: str) -> None:
    rows = read_labelled(HELDOUT / f"{language}.tsv")
    assert len(rows) >= 120
    for row in rows:
        assert row["lang"] == language and row["variant"] in VARIANTS and row["intent"] in intents(), row["id"]
        assert row["service"] in {"", *SERVICES} and row["topic"] in {"", *TOPICS} and row["city"] in {"", *CITIES}, (
            row["id"]
        )
    assert {row["service"] for row in rows if row["intent"] == "find_service"} == set(SERVICES)
    assert {row["topic"] for row in rows if row["intent"] == "ask_procedure"} == set(TOPICS)
    assert {row["intent"] for row in rows} >= set(CRISIS)


@pytest.mark.parametrize("language", WRITTEN_LANGUAGES)
def test_lookups_name_every_city_and_language_and_concepts_of_the_common_list(language: str) -> None:
    tables = lookups_of(load_data(str(DATA / f"{language}.yml")))
    assert all(isinstance(name, str) for name in tables), "quote yes and no: YAML reads them as true and false"
    assert {name.removeprefix(LOOKUP_CITY) for name in tables if name.startswith(LOOKUP_CITY)} == set(CITIES)
    assert {name.removeprefix(LOOKUP_LANGUAGE) for name in tables if name.startswith(LOOKUP_LANGUAGE)} == set(LANGUAGES)
    concepts = {name for name in tables if "/" not in name}
    assert NOT_A_CITY in concepts
    italian = {name for name in lookups_of(load_data(str(DATA / "it.yml"))) if "/" not in name}
    assert concepts == italian


@pytest.mark.parametrize("language", WRITTEN_LANGUAGES)
def test_the_gate_has_rules_of_every_kind_and_raises_no_false_alarm_on_the_training_messages(language: str) -> None:
    sheet = yaml.safe_load((SAFETY / f"{language}.yml").read_text(encoding="utf-8"))
    assert set(sheet) == set(KINDS)
    for kind, levels in sheet.items():
        assert set(levels) == set(LEVELS)
        for level, lines in levels.items():
            assert lines
            for line in lines:
                parse_rule(line, kind, level, language)
    gate = Gate(load_rules())
    alarms = [
        one.text for one in examples(language) if one.intent not in CRISIS and gate.judge(one.text)["level"] == "alarm"
    ]
    assert alarms == []
