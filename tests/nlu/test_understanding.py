"""How well the trained model understands the held-out messages. The floors lie below what was measured
(docs/understanding.md), so that they fail when something breaks, not when one message of 135 changes sides."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest

from actions.languages import WRITTEN_LANGUAGES
from orienta.model import train
from orienta.nlu_eval import evaluate

HELDOUT = Path(__file__).parent / "heldout"
FLOORS = {"joint": 0.72, "top_two": 0.84, "intent": 0.75, "city": 0.88, "language": 0.87, "crisis_recall": 0.83}
MEAN_FLOORS = {"joint": 0.85, "top_two": 0.92, "intent": 0.88, "service": 0.91, "city": 0.97, "language": 0.96}
"""Of the mean over languages."""
FALSE_ALARMS, FALSE_ASKS = 0.03, 0.10


@cache
def report() -> dict[str, Any]:
    train()
    return evaluate(sorted(HELDOUT.glob("*.tsv")))


@pytest.mark.parametrize("language", WRITTEN_LANGUAGES)
def test_accuracy(language: str) -> None:
    figures = report()["groups"][language]
    below = {name: figures[name] for name, floor in FLOORS.items() if figures[name] < floor}
    assert below == {}


def test_accuracy_over_all_languages() -> None:
    figures = report()["groups"]["mean"]
    assert {name: figures[name] for name, floor in MEAN_FLOORS.items() if figures[name] < floor} == {}
    assert report()["groups"]["all"]["crisis_recall"] >= 0.94


@pytest.mark.parametrize("language", WRITTEN_LANGUAGES)
def test_danger_is_not_seen_everywhere(language: str) -> None:
    figures = report()["groups"][language]
    others = figures["messages"] - figures["crisis_messages"]
    assert figures["false_alarms"] / others <= FALSE_ALARMS
    assert figures["false_asks"] / others <= FALSE_ASKS


def test_written_in_latin_letters_it_is_understood_as_well() -> None:
    assert report()["groups"]["romanised"]["joint"] >= 0.85
