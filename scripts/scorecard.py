"""`make scorecard`: train, ask all held-out messages, write docs/scorecard.md (feature 99)."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

PAGE = ROOT / "docs" / "scorecard.md"
HELDOUT = ROOT / "tests" / "nlu" / "heldout"
COLUMNS = {
    "messages": "messages", "joint": "joint", "top_two": "in first two", "intent": "intent", "service": "service",
    "topic": "topic", "city": "city", "language": "language", "crisis_messages": "crisis messages", "crisis_recall": "seen",
    "crisis_alarm": "as alarm", "false_alarms": "false alarms", "false_asks": "false asks",
}  # fmt: skip

HEAD = """\
# Scorecard

Made by `make scorecard`; do not edit. What the trained model makes of the held-out messages (`tests/nlu/heldout/`), which were
written apart from the training messages; tests/nlu/test_understanding.py holds floors.
docs/understanding.md says how it works and why real people will be harder to understand than these messages are.

Joint: intent, service and topic all right. Seen: a message about danger (emergency, violence, exploitation) raises `safety` to
*ask* or *alarm*. False alarms and asks: other messages that do so too. City: the right one, or none where none is named.

None of the messages was written by a native speaker or by somebody who needs what Orienta tells.
"""


def page(report: dict[str, Any], train_seconds: float) -> str:
    from services_catalog.vocabulary import LANGUAGES

    groups = report["groups"]
    others = groups["all"]["messages"] - groups["all"]["crisis_messages"]
    names = [*report["languages"], "native", "romanised", "typo", "mixed", "all", "mean"]
    lines = [HEAD, "| | " + " | ".join(COLUMNS.values()) + " |", "|---|" + "---:|" * len(COLUMNS)]
    for name in names:
        title = LANGUAGES[name].endonym if name in LANGUAGES else f"**{name}**"
        title = "**mean of languages**" if name == "mean" else title
        cells = (groups[name].get(key) for key in COLUMNS)
        lines.append(f"| {title} | " + " | ".join("" if cell is None else f"{cell:g}" for cell in cells) + " |")
    lines += [
        "",
        f"- False alarms: {groups['all']['false_alarms'] / others:.1%} of messages that are not about danger; false asks:"
        f" {groups['all']['false_asks'] / others:.1%}.",
        f"- A city in messages that name none: {groups['all']['false_cities']}.",
        f"- Parse: p50 {report['parse_ms']['p50']:g} ms, p95 {report['parse_ms']['p95']:g} ms, on {os.cpu_count()} cores.",
        f"- Training: {train_seconds:.0f} s.",
        f"- Model: {report['model'].removesuffix('.tar.gz')}.",
        "",
    ]
    return "\n".join(lines)


def main() -> None:
    from orienta.nlu_eval import evaluate

    started = time.monotonic()
    subprocess.run([sys.executable, "-m", "orienta", "train", "--force"], cwd=ROOT, check=True)
    seconds = time.monotonic() - started
    PAGE.write_text(page(evaluate(sorted(HELDOUT.glob("*.tsv"))), seconds), encoding="utf-8")


if __name__ == "__main__":
    main()
