"""Rules that see danger before any classifier does (DESIGN.md, decision 3), in every language and romanised form.

`data/safety/<lang>.yml` lists, for each kind (emergency, violence, exploitation) and level (alarm, ask), rules of one
line: groups of words separated by spaces, alternatives by `|`, `*` for any beginning or ending, `!` for a group that
must not be in the message at all. A rule fires when every group is found, in any order, within `WINDOW` words.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.constants import INTENT_MESSAGE_PREFIX
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.nlu.component import Component
from bot.nlu.normalizer import NORMALISED
from bot.nlu.text import normalise

WINDOW = 8
"""Words within which all groups of a rule must stand."""

SAFETY = "safety"
"""Parse result: `{"level": "none"|"ask"|"alarm", "kind": "emergency"|"violence"|"exploitation"|None}`."""

KINDS = ("emergency", "violence", "exploitation")
LEVELS = ("alarm", "ask")
NO_DANGER: dict[str, Any] = {"level": "none", "kind": None}
RULES_FOLDER = Path(__file__).resolve().parents[2] / "data" / "safety"


class SafetyRuleError(ValueError):
    """A rule that cannot be read; names file and rule."""


@dataclass(frozen=True)
class Rule:
    kind: str
    level: str
    groups: tuple[frozenset[str], ...]
    forbidden: frozenset[str]


def parse_rule(line: str, kind: str, level: str, source: str) -> Rule:
    """Raises SafetyRuleError for a rule without words."""
    groups: list[frozenset[str]] = []
    forbidden: set[str] = set()
    for group in line.split():
        words = frozenset(filter(None, (_pattern(word) for word in group.lstrip("!").split("|"))))
        if group.startswith("!"):
            forbidden |= words
        elif words:
            groups.append(words)
        else:
            raise SafetyRuleError(f"{source}: a group without words in {line!r}; write words separated by |")
    if not groups:
        raise SafetyRuleError(f"{source}: a rule without words: {line!r}")
    return Rule(kind, level, tuple(groups), frozenset(forbidden))


def _pattern(word: str) -> str:
    start = "*" if word.startswith("*") else ""
    end = "*" if len(word) > 1 and word.endswith("*") else ""
    middle = normalise(word.strip("*")).replace(" ", "")
    return f"{start}{middle}{end}" if middle else ""


def load_rules(folder: Path = RULES_FOLDER) -> list[Rule]:
    """All rules of all languages.

    Raises:
        SafetyRuleError: no rules at all, no YAML, another shape, an unknown kind or level, or a rule that cannot be read.
    """
    rules = []
    for path in sorted(folder.glob("*.yml")):
        try:
            sheet = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
        except yaml.YAMLError as error:
            raise SafetyRuleError(f"{path.name}: not YAML: {error}") from error
        for kind, levels in _mapping(sheet, path.name).items():
            for level, lines in _mapping(levels, f"{path.name}: {kind}").items():
                place = f"{path.name}: {kind}/{level}"
                if kind not in KINDS or level not in LEVELS:
                    raise SafetyRuleError(f"{place}; kinds are {KINDS}, levels {LEVELS}")
                if not isinstance(lines, list) or not all(isinstance(line, str) for line in lines):
                    raise SafetyRuleError(f"{place}: write a list of rules; put yes, no and numbers in quotes")
                rules += [parse_rule(line, kind, level, path.name) for line in lines]
    if not rules:
        raise SafetyRuleError(f"no safety rules in {folder}; the assistant does not start without them")
    return rules


def _mapping(value: Any, place: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise SafetyRuleError(f"{place}: write kinds, below them levels, below them a list of rules")
    return value


class Gate:
    """All rules, indexed by the words that they ask for."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._rules = sorted(set(rules), key=lambda rule: (LEVELS.index(rule.level), KINDS.index(rule.kind)))
        self._whole, self._beginnings, self._endings, self._middles = set[str](), set[str](), set[str](), set[str]()
        self._rules_asking_for: dict[str, list[int]] = defaultdict(list)
        for number, rule in enumerate(self._rules):
            for pattern in min(rule.groups, key=len):  # a rule can only fire when a word of its smallest group is there
                self._rules_asking_for[pattern].append(number)
        for pattern in {word for rule in self._rules for group in (*rule.groups, rule.forbidden) for word in group}:
            if pattern.startswith("*") and pattern.endswith("*"):
                self._middles.add(pattern)
            elif pattern.endswith("*"):
                self._beginnings.add(pattern)
            elif pattern.startswith("*"):
                self._endings.add(pattern)
            else:
                self._whole.add(pattern)
        parts = (*self._beginnings, *self._endings, *self._middles)
        self._lengths = sorted({len(part.strip("*")) for part in parts})

    def _patterns_of(self, word: str) -> frozenset[str]:
        found = {word} & self._whole
        for length in self._lengths:
            if length > len(word):
                break
            found |= {f"{word[:length]}*"} & self._beginnings
            found |= {f"*{word[-length:]}"} & self._endings
            found |= {f"*{word[at : at + length]}*" for at in range(len(word) - length + 1)} & self._middles
        return frozenset(found)

    def judge(self, normalised: str) -> dict[str, Any]:
        """The gravest rule that fires on a normalised message, as the parse result's `safety`."""
        words = [self._patterns_of(word) for word in normalised.split()]
        everywhere = frozenset().union(*words) if words else frozenset()
        for number in sorted({number for word in everywhere for number in self._rules_asking_for.get(word, ())}):
            rule = self._rules[number]
            if any(not (group & everywhere) for group in rule.groups) or rule.forbidden & everywhere:
                continue
            if self._within_window(rule, words):
                return {"level": rule.level, "kind": rule.kind}
        return dict(NO_DANGER)

    @staticmethod
    def _within_window(rule: Rule, words: list[frozenset[str]]) -> bool:
        for start in range(max(1, len(words) - WINDOW + 1)):
            window = frozenset().union(*words[start : start + WINDOW])
            if all(group & window for group in rule.groups):
                return True
        return False


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class SafetyGate(Component):
    """Sets the parse result's `safety` by the rules; the classifier behind it may raise it to *ask*, never lower it."""

    def __init__(self, config: dict[str, Any], model_storage: ModelStorage, resource: Resource) -> None:
        super().__init__(config, model_storage, resource)
        self._gate = Gate(load_rules(Path(config.get("rules") or RULES_FOLDER)))

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            ours = str(message.get(TEXT) or "").startswith(INTENT_MESSAGE_PREFIX)
            verdict = dict(NO_DANGER) if ours else self._gate.judge(message.get(NORMALISED) or "")
            message.set(SAFETY, verdict, add_to_output=True)
        return messages
