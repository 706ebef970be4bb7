"""The data that understanding is made of, and that what measures it is not among them."""

from __future__ import annotations

from collections import Counter, defaultdict
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import yaml
from rapidfuzz import fuzz, process
from rasa.shared.nlu.training_data.training_data import TrainingData

from actions.languages import WRITTEN_LANGUAGES
from bot.nlu.importer import read_training_files
from bot.nlu.joint_classifier import CRISIS, label_of
from bot.nlu.safety_gate import KINDS, LEVELS, Gate, load_rules, parse_rule
from bot.nlu.text import normalise
from bot.nlu.training_examples import (
    LOOKUP_CITY,
    LOOKUP_LANGUAGE,
    LOOKUP_TIME,
    NOT_A_CITY,
    Example,
    examples_of,
    lookups_of,
)
from orienta.nlu_eval import read_labelled
from services_catalog.vocabulary import CITIES, LANGUAGES, SERVICES, TIMES, TOPICS

ROOT = Path(__file__).resolve().parents[2]
DATA, SAFETY, HELDOUT = ROOT / "data/nlu", ROOT / "data/safety", ROOT / "tests/nlu/heldout"
VARIANTS = {"native", "romanised", "typo", "mixed"}
MANY = {"it", "en", "fr", "ar", "es", "bn", "ur", "pa", "uk", "ro"}
MESSAGES_OF_MANY, MESSAGES = 1_800, 1_200
HARD = {"service_hours", "service_requirements", "book_appointment", "out_of_scope", "emergency", "help",
        "find_service/connectivity", "find_service/family_support", "ask_procedure/work_contract"}  # fmt: skip
MESSAGES_OF_HARD, MESSAGES_A_LABEL = 40, 20
ROMANISED = {"ar", "fa", "bn", "ur", "hi", "pa", "ti", "am", "ru", "uk"}
"""Languages that people also write in Latin letters."""
LONG_WORDS, LONG_CHARACTERS_ZH = 8, 14
FALSE_ALARMS = 0.005
"""Share of the messages without danger that the rules of all languages together may meet with an alarm."""
NEARLY_THE_SAME = 92
"""Per cent of letters that two messages of one label may share; shorter ones than four words are all alike."""


@cache
def training_data(language: str) -> TrainingData:
    data = read_training_files([str(DATA / f"{language}.yml")])
    assert data is not None
    return data


@cache
def examples(language: str) -> list[Example]:
    return examples_of(training_data(language))


@cache
def whole_gate() -> Gate:
    return Gate(load_rules())


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
    assert len(found) >= (MESSAGES_OF_MANY if language in MANY else MESSAGES)
    for one in found:
        assert one.lang == language and one.variant in VARIANTS and one.intent in intents(), one
        assert one.service is None or one.service in SERVICES, one
        assert one.topic is None or one.topic in TOPICS, one
        assert (one.topic is not None) == (one.intent == "ask_procedure"), one
    counts = Counter(label_of(one) for one in found)
    wanted = {f"find_service/{id_}" for id_ in SERVICES} | {f"ask_procedure/{id_}" for id_ in TOPICS}
    assert wanted <= set(counts)
    few = {label: number for label, number in counts.items()
           if number < (MESSAGES_OF_HARD if label in HARD else MESSAGES_A_LABEL)}  # fmt: skip
    assert few == {}


@pytest.mark.parametrize("language", WRITTEN_LANGUAGES)
def test_messages_are_as_long_and_as_mixed_as_peoples(language: str) -> None:
    found = examples(language)
    long = sum(len(one.text) >= LONG_CHARACTERS_ZH if language == "zh" else len(one.text.split()) >= LONG_WORDS
               for one in found)  # fmt: skip
    shares = {variant: sum(one.variant == variant for one in found) / len(found) for variant in VARIANTS}
    assert long / len(found) >= 0.48
    assert shares["mixed"] >= 0.1 and shares["typo"] >= 0.1
    assert language not in ROMANISED or shares["romanised"] >= 0.17


@pytest.mark.parametrize("language", WRITTEN_LANGUAGES)
def test_no_message_stands_twice(language: str) -> None:
    twice = [text for text, number in Counter(one.text for one in examples(language)).items() if number > 1]
    assert twice == []


@pytest.mark.parametrize("language", WRITTEN_LANGUAGES)
def test_no_message_is_nearly_another_one_of_its_label(language: str) -> None:
    labels: dict[str, list[str]] = defaultdict(list)
    for one in examples(language):
        if len(one.text.split()) > 3 or len(one.text) > 12:
            labels[label_of(one)].append(one.text)
    near = []
    for texts in labels.values():
        shared = np.triu(process.cdist(texts, texts, scorer=fuzz.ratio, score_cutoff=NEARLY_THE_SAME), k=1)
        near += [(texts[a], texts[b]) for a, b in zip(*shared.nonzero(), strict=True)]
    assert near == []


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
    tables = lookups_of(training_data(language))
    assert all(isinstance(name, str) for name in tables), "quote yes and no: YAML reads them as true and false"
    assert {name.removeprefix(LOOKUP_CITY) for name in tables if name.startswith(LOOKUP_CITY)} == set(CITIES)
    assert {name.removeprefix(LOOKUP_LANGUAGE) for name in tables if name.startswith(LOOKUP_LANGUAGE)} == set(LANGUAGES)
    assert {name.removeprefix(LOOKUP_TIME) for name in tables if name.startswith(LOOKUP_TIME)} == set(TIMES)
    concepts = {name for name in tables if "/" not in name}
    assert NOT_A_CITY in concepts
    italian = {name for name in lookups_of(training_data("it")) if "/" not in name}
    assert concepts == italian


@pytest.mark.parametrize("language", WRITTEN_LANGUAGES)
def test_the_gate_has_rules_of_every_kind_and_raises_few_false_alarms_on_the_training_messages(language: str) -> None:
    sheet = yaml.safe_load((SAFETY / f"{language}.yml").read_text(encoding="utf-8"))
    assert set(sheet) == set(KINDS)
    for kind, levels in sheet.items():
        assert set(levels) == set(LEVELS)
        for level, lines in levels.items():
            assert lines
            for line in lines:
                parse_rule(line, kind, level, language)
    gate = whole_gate()
    alarms = [
        one.text for one in examples(language) if one.intent not in CRISIS and gate.judge(one.text)["level"] == "alarm"
    ]
    assert len(alarms) <= FALSE_ALARMS * len(examples(language)), alarms


def _a_message_for(line: str, language: str, kind: str, level: str) -> tuple[Gate, list[set[str]], set[str], list[str]]:
    """A rule alone in a gate, its groups, what it forbids, and one word of each group."""
    rule = parse_rule(line, kind, level, language)
    forbidden = {word.strip("*") for word in rule.forbidden}
    words = []
    for group in rule.groups:
        plain = sorted(word.strip("*") for word in group)
        words.append(next((word for word in plain if not any(part in word for part in forbidden)), plain[0]))
    return Gate([rule]), [set(group) for group in rule.groups], forbidden, words


@pytest.mark.parametrize("language", WRITTEN_LANGUAGES)
def test_every_rule_fires_on_its_own_words_and_not_when_some_are_missing_or_forbidden(language: str) -> None:
    sheet = yaml.safe_load((SAFETY / f"{language}.yml").read_text(encoding="utf-8"))
    wrong = []
    for kind, levels in sheet.items():
        for level, lines in levels.items():
            for line in lines:
                gate, groups, forbidden, words = _a_message_for(line, language, kind, level)
                if gate.judge(" ".join(words)) != {"level": level, "kind": kind}:
                    wrong.append(("does not fire", line))
                if any(gate.judge(" ".join([*words, word]))["kind"] for word in forbidden):
                    wrong.append(("fires in spite of a forbidden word", line))
                without = [words[:n] + words[n + 1 :] for n in range(len(words))]
                if len(groups) > 1 and all(gate.judge(" ".join(rest))["kind"] for rest in without):
                    wrong.append(("fires without any one of its groups", line))
                if gate.judge("orienta 1234")["kind"]:
                    wrong.append(("fires on anything", line))
    assert wrong == []
