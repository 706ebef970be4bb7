"""`python -m bench.understanding`: the classifier on a fifth of the training messages that it did not learn from.

What is tuned (weights, thresholds, calibration) is tuned on this split, never on the held-out files. Prints joint accuracy, how
often the answers of each confidence are right, and what the sum of the crisis probabilities finds, without the gate.
"""

from __future__ import annotations

import argparse
import random
import time
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from bot.nlu.entity_matcher import Lookup
from bot.nlu.importer import read_training_files
from bot.nlu.joint_classifier import CRISIS, JointClassifier, JointModel, label_of
from bot.nlu.spacy_tokenizer import tokenise
from bot.nlu.training_examples import Example, concepts_of, examples_of
from orienta.model import ROOT

SEED, PARTS = 7, 5
BINS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.01)
SUMS = (0.05, 0.08, 0.1, 0.12, 0.15, 0.2, 0.25, 0.3, 0.5, 0.6, 0.7, 0.8, 0.9)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.understanding", description=__doc__)
    parser.add_argument(
        "--set", nargs=2, action="append", default=[], metavar=("NAME", "VALUE"), help="of the classifier"
    )
    options = parser.parse_args()
    config = {**JointClassifier.get_default_config(), **{name: float(value) for name, value in options.set}}
    data = read_training_files([str(path) for path in sorted((ROOT / "data" / "nlu").glob("*.yml"))])
    assert data is not None
    examples, concepts = examples_of(data), concepts_of(data)
    random.Random(SEED).shuffle(examples)
    judged = [example for number, example in enumerate(examples) if number % PARTS == 0]
    learnt = [example for number, example in enumerate(examples) if number % PARTS]
    started = time.monotonic()
    model = JointModel.fit(learnt, concepts, config)
    print(f"{len(learnt)} messages learnt in {time.monotonic() - started:.0f} s, {len(judged)} judged; {config}")
    report(model, Lookup(concepts, frozenset()), judged)


def report(model: JointModel, lookup: Lookup, judged: Sequence[Example]) -> None:
    right: dict[str, list[bool]] = defaultdict(list)
    two: list[bool] = []
    by_confidence: dict[float, list[bool]] = defaultdict(list)
    sums: list[tuple[float, bool]] = []
    services: list[bool] = []
    for one in judged:
        joint, service = model.parse(one.text, lookup.find(tokenise(one.text)))
        ranked = sorted(joint.items(), key=lambda item: -item[1])
        ok = ranked[0][0] == label_of(one)
        for group in ("all", one.lang, one.variant):
            right[group].append(ok)
        two.append(ok or ranked[1][0] == label_of(one))
        by_confidence[max(start for start in BINS if start <= ranked[0][1])].append(ok)
        sums.append((sum(joint.get(intent, 0.0) for intent in CRISIS), one.intent in CRISIS))
        if one.intent in ("service_hours", "service_requirements", "book_appointment"):
            services.append((max(service, key=lambda name: service[name]) or None) == one.service)
    print("joint   " + "  ".join(f"{name} {_share(found):.3f}" for name, found in sorted(right.items())))
    print(f"in the first two {_share(two):.3f}, service of hours, requirements and bookings {_share(services):.3f}")
    for start in sorted(by_confidence):
        found = by_confidence[start]
        print(f"confidence from {start:.2f}: {len(found):5} messages, {_share(found):.3f} right")
    crisis, others = (
        [value for value, of_crisis in sums if of_crisis],
        [value for value, of_crisis in sums if not of_crisis],
    )
    for limit in SUMS:
        seen, false = _share([v >= limit for v in crisis]), _share([v >= limit for v in others])
        print(f"crisis sum from {limit:.2f}: {seen:.3f} of {len(crisis)} seen, {false:.4f} of {len(others)} others")


def _share(found: Sequence[Any]) -> float:
    return sum(map(bool, found)) / max(1, len(found))


if __name__ == "__main__":
    main()
