"""The stock assistant: what `rasa init` gives, with our messages, one rule an intent and as many custom actions as ours."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from bench.data import write_yaml
from orienta.model import ROOT

CONFIG = """\
# rasa/engine/recipes/config_files/default_config.yml of Rasa 3.6.21: what the empty keys of `rasa init`'s config.yml mean
recipe: default.v1
assistant_id: stock
language: en
pipeline:
  - name: WhitespaceTokenizer
  - name: RegexFeaturizer
  - name: LexicalSyntacticFeaturizer
  - name: CountVectorsFeaturizer
  - name: CountVectorsFeaturizer
    analyzer: char_wb
    min_ngram: 1
    max_ngram: 4
  - name: DIETClassifier
    epochs: 100
    constrain_similarities: true
  - name: EntitySynonymMapper
  - name: ResponseSelector
    epochs: 100
    constrain_similarities: true
  - name: FallbackClassifier
    threshold: 0.3
    ambiguity_threshold: 0.1
policies:
  - name: MemoizationPolicy
  - name: RulePolicy
  - name: UnexpecTEDIntentPolicy
    max_history: 5
    epochs: 100
  - name: TEDPolicy
    max_history: 5
    epochs: 100
    constrain_similarities: true
"""

LOOK_UP = "action_find_service"


def actions() -> list[str]:
    """As many as our domain has; one looks up the catalogue, the others answer with a sentence."""
    ours = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))["actions"]
    return [LOOK_UP, *(f"action_answer_{number}" for number in range(1, len(ours)))]


def write_project(folder: Path, labels: list[str], nlu: dict[str, Any], actions_url: str, epochs: int) -> None:
    """`config.yml`, `domain.yml`, `data/`, `endpoints.yml` and `credentials.yml` in a folder of its own."""
    config = yaml.safe_load(CONFIG)
    for component in config["pipeline"] + config["policies"]:
        if "epochs" in component:
            component["epochs"] = epochs
    names = actions()
    rules = [{"rule": name, "steps": [{"intent": name}, {"action": _action(name, number, names)}]}
             for number, name in enumerate(labels)]  # fmt: skip
    session = {"session_expiration_time": 60, "carry_over_slots_to_new_session": True}
    domain = {"version": "3.1", "intents": labels, "actions": names, "session_config": session}
    write_yaml(folder / "config.yml", config)
    write_yaml(folder / "domain.yml", domain)
    write_yaml(folder / "data" / "nlu.yml", nlu)
    write_yaml(folder / "data" / "rules.yml", {"version": "3.1", "rules": rules})
    write_yaml(folder / "credentials.yml", {"rest": {}})
    endpoints = {
        "action_endpoint": {"url": f"{actions_url}/webhook"},
        "tracker_store": {"type": "SQL", "dialect": "sqlite", "db": str(folder / "tracker.db")},
        "lock_store": {"type": "in_memory"},
    }
    write_yaml(folder / "endpoints.yml", endpoints)


def _action(label: str, number: int, names: list[str]) -> str:
    return LOOK_UP if label.startswith("find_service") else names[1 + number % (len(names) - 1)]
