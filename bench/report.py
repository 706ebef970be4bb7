"""The results as a Markdown table, and what they are against our expectations."""

from __future__ import annotations

from typing import Any

ROWS = (
    ("training, whole command (s)", "train_seconds", 1),
    ("training, rasa.train alone (s)", "rasa_train_seconds", 1),
    ("training messages", "training_messages", 0),
    ("model (MB)", "model_mb", 1),
    ("start until /status (s)", "start_seconds", 1),
    ("resident memory after warm-up (MB)", "memory_mb", 0),
    ("parse p50 (ms)", "parse_p50_ms", 1),
    ("parse p95 (ms)", "parse_p95_ms", 1),
    ("whole message with a look-up p50 (ms)", "message_p50_ms", 1),
    ("whole message with a look-up p95 (ms)", "message_p95_ms", 1),
    ("messages per second, 1 conversation", "messages_per_second_1", 1),
    ("messages per second, 8 conversations", "messages_per_second_8", 1),
    ("messages per second, 32 conversations", "messages_per_second_32", 1),
    ("accuracy, joint label", "accuracy_joint", 3),
    ("accuracy, intent alone", "accuracy_intent", 3),
    ("look-up messages that it understands", "look_up_messages", 0),
    ("messages that it answered with nothing", "silent", 0),
    ("last turn measured in one conversation", "last_turn", 0),
    ("cost of the last turn against turn 10", "turn_ratio", 2),
)

EXPECTATIONS = (
    ("whole message p50, of stock's", "message_p50_ms", "at most", 0.25),
    ("whole message p95, of stock's", "message_p95_ms", "at most", 0.25),
    ("messages per second with 8 conversations, of stock's", "messages_per_second_8", "at least", 4.0),
    ("memory, of stock's", "memory_mb", "at most", 0.7),
    ("training time, of stock's", "train_seconds", "at most", 0.1),
    ("last turn, of its own turn 10", "turn_ratio", "at most", 1.5),
)

NOTES = """\
Stock is what `rasa init` gives, its default pipeline and policies, with one rule an intent. It has no stories, so TED and
UnexpecTED have nothing to learn and cost nothing: with stories stock would be slower. It does not get our lookup tables:
they are no messages. Its intents are the joint labels; its fallback is passed over when accuracy is counted. Both keep
conversations in SQLite and look up the same catalogue in the same database. Conversations have ten turns and two untimed
ones before them (ours: language and city by button); the load generator runs on the same machine. Stock answers in plain
text; ours in the person's language, with cards and buttons.
"""


def expectations(columns: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each expectation with the ratio of each of our columns to the first one, stock's, and whether it is met."""
    stock, *ours = columns
    found = []
    for name, key, kind, bound in EXPECTATIONS:
        ratios = [one[key] / (1 if key == "turn_ratio" else stock[key]) for one in ours]
        met = [ratio <= bound if kind == "at most" else ratio >= bound for ratio in ratios]
        found.append({"name": name, "expected": f"{kind} {bound}", "ratios": ratios, "met": met})
    return found


def markdown(machine: dict[str, Any], columns: list[dict[str, Any]], quick: bool) -> str:
    names = [one["name"] for one in columns]
    lines = ["# Orienta beside a stock Rasa assistant", ""]
    if quick:
        lines += ["**QUICK: a smoke test of the benchmark itself. No number below is a measurement.**", ""]
    lines += [f"- {key}: {value}" for key, value in machine.items()]
    lines += ["", *_head(["", *names])]
    lines += [_row([name, *(_cell(one[key], digits) for one in columns)]) for name, key, digits in ROWS]
    costs = ["cost of a turn (ms)", *(_costs(one) for one in columns)]
    lines += [_row(costs), "", NOTES, "## Against the expectations", "", *_head(["", "expected", *names[1:]])]
    for one in expectations(columns):
        cells = [f"{ratio:.2f}, {'met' if met else '**not met**'}"
                 for ratio, met in zip(one["ratios"], one["met"], strict=True)]  # fmt: skip
        lines.append(_row([one["name"], one["expected"], *cells]))
    limits = [f"{one['name']}: stopped early, {one['turn_limit']}." for one in columns if "turn_limit" in one]
    return "\n".join([*lines, "", *limits]).rstrip() + "\n"


def _costs(column: dict[str, Any]) -> str:
    return ", ".join(f"turn {mark}: {cost:.0f}" for mark, cost in column["turn_ms"].items())


def _head(cells: list[str]) -> list[str]:
    return [_row(cells), _row(["---", *["---:"] * (len(cells) - 1)])]


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(value: Any, digits: int) -> str:
    return value if isinstance(value, str) else f"{value:,.{digits}f}"
