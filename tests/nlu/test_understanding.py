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
FLOORS = {"joint": 0.78, "intent": 0.82, "city": 0.95, "language": 0.93, "crisis_recall": 0.93}
FALSE_ALARMS, FALSE_ASKS = 0.03, 0.15


@cache
def report() -> dict[str, Any]:
    train()
    return evaluate(sorted(HELDOUT.glob("*.tsv")))


@pytest.mark.parametrize("language", WRITTEN_LANGUAGES)
def test_accuracy(language: str) -> None:
    figures = report()["groups"][language]
    below = {name: figures[name] for name, floor in FLOORS.items() if figures[name] < floor}
    assert below == {}


@pytest.mark.parametrize("language", WRITTEN_LANGUAGES)
def test_danger_is_not_seen_everywhere(language: str) -> None:
    figures = report()["groups"][language]
    others = figures["messages"] - figures["crisis_messages"]
    assert figures["false_alarms"] / others <= FALSE_ALARMS
    assert figures["false_asks"] / others <= FALSE_ASKS


def test_written_in_latin_letters_it_is_understood_as_well() -> None:
    assert report()["groups"]["romanised"]["joint"] >= 0.85
