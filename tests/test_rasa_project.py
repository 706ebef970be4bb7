"""The commands that people who know Rasa try first work in this project."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent


def rasa(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [BIN / "rasa", *arguments], cwd=ROOT, capture_output=True, text=True, timeout=280, check=False
    )


def test_the_training_data_are_valid() -> None:
    done = rasa("data", "validate", "--fail-on-warnings")
    assert done.returncode == 0, done.stderr[-2000:]


def test_the_stories_are_predicted(tmp_path: Path) -> None:
    from orienta.model import train

    done = rasa(
        "test", "core", "--model", str(train()), "--stories", "tests/test_stories.yml", "--out", str(tmp_path),
        "--fail-on-prediction-errors",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]


def test_every_intent_has_one_rule_and_every_action_of_the_domain_a_class() -> None:
    domain = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))
    rules = yaml.safe_load((ROOT / "data/stories/rules.yml").read_text(encoding="utf-8"))["rules"]
    intents = [rule["steps"][0]["intent"] for rule in rules]
    assert sorted(intents) == sorted(domain["intents"])
    files = {path.stem for path in (ROOT / "actions").glob("action_*.py")}
    assert files == set(domain["actions"])
    assert {rule["steps"][1]["action"] for rule in rules} <= files | set(domain["responses"])
