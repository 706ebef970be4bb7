"""The rule language of data/safety. What the real rules see is tested in tests/nlu."""

from __future__ import annotations

from pathlib import Path

import pytest
from rasa.shared.nlu.training_data.message import Message

from bot.nlu.safety_gate import (
    KINDS,
    NO_DANGER,
    WINDOW,
    Gate,
    SafetyGate,
    SafetyRuleError,
    load_rules,
    parse_rule,
)
from bot.nlu.text import normalise


def gate(*lines: str, kind: str = "emergency", level: str = "alarm") -> Gate:
    return Gate(parse_rule(line, kind, level, "test.yml") for line in lines)


def fires(rule: str, message: str) -> bool:
    verdict = gate(rule).judge(normalise(message))
    assert verdict in (NO_DANGER, {"level": "alarm", "kind": "emergency"})
    return bool(verdict["kind"])


@pytest.mark.parametrize(
    ("rule", "message", "found"),
    [
        pytest.param("blood", "there is blood", True, id="one word"),
        pytest.param("blood", "my bloodtest", False, id="whole words only"),
        pytest.param("help bleeding", "he is bleeding, help", True, id="all groups, in any order"),
        pytest.param("help bleeding", "he is bleeding", False, id="a group is missing"),
        pytest.param("help|aiuto blood|sangue", "aiuto, blood", True, id="one of each group"),
        pytest.param("not not|no", "not", True, id="one word may serve two groups"),
        pytest.param("bleed*", "he bleeds", True, id="any ending"),
        pytest.param("bleed*", "bleed", True, id="no ending"),
        pytest.param("bleed*", "nosebleed", False, id="no beginning was allowed"),
        pytest.param("*bleed", "nosebleed", True, id="any beginning"),
        pytest.param("*bleed", "bleeding", False, id="no ending was allowed"),
        pytest.param("*bleed*", "nosebleeding", True, id="both"),
        pytest.param("blood !test", "blood", True, id="forbidden word is not there"),
        pytest.param("blood !test|tests", "where are blood tests", False, id="forbidden word is there"),
        pytest.param("blood !test*", "blood testing", False, id="forbidden with any ending"),
        pytest.param("!test blood", "blood test", False, id="forbidden stands first"),
        pytest.param("blood !test !film", "film with blood", False, id="several forbidden groups"),
        pytest.param("Perché|SANGUE", "sangue", True, id="rules are normalised as messages are"),
        pytest.param("perché", "PERCHE", True, id="and messages as rules"),
        pytest.param("مستشفى", "المستشفى مستشفي", True, id="Arabic"),
        pytest.param("শ্বাস নিচ্ছে না", "ভাই শ্বাস নিচ্ছে না", True, id="Bengali"),
        pytest.param("ਸਾਹ*", "ਸਾਹਾਂ", True, id="Punjabi, any ending"),
        pytest.param("дихає", "не дихає", True, id="Ukrainian"),
        pytest.param("🆘", "🆘🆘 🆘", True, id="emoji"),
        pytest.param("blood", "", False, id="empty message"),
        pytest.param("blood", "?!", False, id="message without words"),
    ],
)
def test_rules(rule: str, message: str, found: bool) -> None:
    assert fires(rule, message) is found


def test_all_groups_within_the_window() -> None:
    def apart(words: int) -> str:
        return " ".join(["knife", *["word"] * (words - 2), "blood"])

    assert fires("knife blood", apart(WINDOW))
    assert not fires("knife blood", apart(WINDOW + 1))
    assert fires("knife blood", f"before before before {apart(WINDOW)} after after")


def test_forbidden_words_count_anywhere() -> None:
    assert not fires("knife !film", "knife " + "word " * 50 + "film")


def test_the_gravest_rule_decides() -> None:
    rules = [
        parse_rule("hit", "violence", "ask", "test.yml"),
        parse_rule("boss hit", "exploitation", "alarm", "test.yml"),
        parse_rule("hit blood", "emergency", "alarm", "test.yml"),
    ]
    judge = Gate(rules).judge
    assert judge("hit") == {"level": "ask", "kind": "violence"}
    assert judge("boss hit me") == {"level": "alarm", "kind": "exploitation"}
    assert judge("boss hit me blood") == {"level": "alarm", "kind": "emergency"}
    assert judge("nothing") == NO_DANGER


def test_verdicts_are_not_shared() -> None:
    judge = gate("blood").judge
    judge("nothing")["level"] = "alarm"
    assert judge("nothing") == {"level": "none", "kind": None}


@pytest.mark.parametrize(
    "line",
    [
        "", "   ", "!film", "!film !photo",
        "blood |", "| blood", "blood ?!", "blood *", "... blood",
    ],
)  # fmt: skip
def test_a_rule_without_words_is_an_error_that_names_file_and_rule(line: str) -> None:
    with pytest.raises(SafetyRuleError) as error:
        parse_rule(line, "emergency", "alarm", "bn.yml")
    assert "bn.yml" in str(error.value) and repr(line) in str(error.value)


def write(folder: Path, text: str, name: str = "en.yml") -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder


RULES = "emergency: {alarm: [blood, 'fire now'], ask: [pain]}\nviolence: {alarm: [beats me]}\n"


def test_rules_of_all_files(tmp_path: Path) -> None:
    write(write(tmp_path, RULES), "exploitation: {ask: ['no|senza pay']}\n", "it.yml")
    rules = load_rules(tmp_path)
    assert len(rules) == 5
    assert {(rule.kind, rule.level) for rule in rules} == {
        ("emergency", "alarm"), ("emergency", "ask"), ("violence", "alarm"), ("exploitation", "ask")
    }  # fmt: skip


def test_the_rules_that_come_with_the_program_are_read() -> None:
    assert {rule.kind for rule in load_rules()} == set(KINDS)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("fire: {alarm: [fire]}", "fire/alarm"),
        ("emergency: {panic: [fire]}", "emergency/panic"),
        ("emergency: {alarm: ['!film']}", "!film"),
        ("emergency: {alarm: ['a', 'b | c']}", "b | c"),
    ],
)
def test_a_sheet_with_an_error_is_named_with_its_place(tmp_path: Path, text: str, named: str) -> None:
    with pytest.raises(SafetyRuleError) as error:
        load_rules(write(tmp_path, text))
    assert "en.yml" in str(error.value) and named in str(error.value)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("emergency: {alarm: [", id="no YAML"),
        pytest.param("", id="empty"),
        pytest.param("- blood", id="a list"),
        pytest.param("emergency: [blood]", id="no levels"),
        pytest.param("emergency: {alarm: }", id="no rules under a level"),
        pytest.param("emergency: {alarm: blood}", id="a word where a list should be"),
        pytest.param("emergency: {alarm: [no]}", id="a no that YAML reads as false"),
    ],
)
def test_an_unreadable_sheet_is_named(tmp_path: Path, text: str) -> None:
    with pytest.raises(SafetyRuleError, match=r"en\.yml"):
        load_rules(write(tmp_path, text))


def test_without_rules_nothing_starts(tmp_path: Path) -> None:
    with pytest.raises(SafetyRuleError, match="does not start without them"):
        load_rules(tmp_path)
    with pytest.raises(SafetyRuleError, match="does not start without them"):
        load_rules(write(tmp_path, "{}"))


def test_buttons_are_not_judged(tmp_path: Path) -> None:
    component = SafetyGate({"rules": str(write(tmp_path, RULES))}, None, None)
    typed, pressed, empty = component.process(
        [
            Message({"text": "blood", "normalised": "blood"}),
            Message({"text": '/x{"a":"blood"}', "normalised": "x a blood"}),
            Message({"text": ""}),
        ]
    )
    assert typed.get("safety") == {"level": "alarm", "kind": "emergency"}
    assert pressed.get("safety") == empty.get("safety") == NO_DANGER
