"""`orienta nlu-eval`: what the trained model makes of a labelled file (the understanding contract's columns)."""

from __future__ import annotations

import asyncio
import csv
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

from bot.nlu.joint_classifier import ALTERNATIVES, CRISIS
from bot.nlu.language_identifier import LANGUAGE
from bot.nlu.safety_gate import SAFETY
from orienta.model import current_model

COLUMNS = ["id", "lang", "variant", "text", "intent", "service", "topic", "city"]


class LabelledFileError(Exception):
    """The file is no labelled file; names line and column."""


def read_labelled(path: Path) -> list[dict[str, str]]:
    """Rows of a labelled file.

    Raises:
        LabelledFileError: not in UTF-8, wrong header or number of columns, no row.
    """
    try:
        with path.open(encoding="utf-8", newline="") as file:
            header, *lines = list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)) or [[]]
    except (UnicodeDecodeError, csv.Error) as error:
        raise LabelledFileError(f"{path}: no tab-separated UTF-8 text: {error}") from error
    if header != COLUMNS:
        raise LabelledFileError(f"{path}: the header must be {' '.join(COLUMNS)}, separated by tabs")
    for number, row in enumerate(lines, start=2):
        if len(row) != len(COLUMNS):
            raise LabelledFileError(f"{path}:{number}: {len(row)} columns instead of {len(COLUMNS)}")
    if not lines:
        raise LabelledFileError(f"{path}: no message under the header")
    return [dict(zip(COLUMNS, row, strict=True)) for row in lines]


def evaluate(paths: list[Path]) -> dict[str, Any]:
    """Accuracy of the current model, per language, per variant and in all, with parse times in milliseconds."""
    return asyncio.run(_evaluate([row for path in paths for row in read_labelled(path)]))


async def _evaluate(rows: list[dict[str, str]]) -> dict[str, Any]:
    from rasa.core.agent import load_agent

    model = current_model()
    if model is None:
        raise LabelledFileError("there is no trained model; run: orienta train")
    agent = await load_agent(model_path=str(model))
    for row in rows[:20]:
        await agent.parse_message(row["text"])  # the first parses pay for lazy tables
    judged, times, wrong = [], [], []
    for row in rows:
        started = time.perf_counter()
        result = await agent.parse_message(row["text"])
        times.append((time.perf_counter() - started) * 1000)
        verdict = judge(row, result)
        judged.append((row, verdict))
        if not verdict["joint"]:
            wrong.append({"id": row["id"], "expected": _label(row), "got": _label(_got(result))})
    times.sort()
    groups: dict[str, list[tuple[dict[str, str], dict[str, bool]]]] = defaultdict(list)
    for row, verdict in judged:
        groups["all"].append((row, verdict))
        groups[row["lang"]].append((row, verdict))
        groups[row["variant"]].append((row, verdict))
    summaries = {name: _summary(members) for name, members in groups.items()}
    languages = sorted({row["lang"] for row in rows})
    summaries["mean"] = {
        key: round(sum(summaries[code][key] for code in languages) / len(languages), 3)
        for key in ("intent", "service", "topic", "city", "joint", "top_two", "language")
    }
    return {
        "model": model.name,
        "messages": len(rows),
        "languages": languages,
        "groups": summaries,
        "parse_ms": {"p50": round(times[len(times) // 2], 2), "p95": round(times[int(len(times) * 0.95)], 2)},
        "wrong": wrong,
    }


def judge(row: dict[str, str], result: dict[str, Any]) -> dict[str, bool]:
    """What of a row's labels the parse result has right."""
    got = _got(result)
    safety = result.get(SAFETY) or {}
    joint = all(got[key] == row[key] for key in ("intent", "service", "topic"))
    first_two = (result.get(ALTERNATIVES) or [])[:2]
    return {
        "intent": got["intent"] == row["intent"],
        "service": got["service"] == row["service"],
        "topic": got["topic"] == row["topic"],
        "city": got["city"] == row["city"],
        "joint": joint,
        "top_two": joint
        or any(all((guess[key] or "") == row[key] for key in ("intent", "service", "topic")) for guess in first_two),
        "language": (result.get(LANGUAGE) or {}).get("code") == row["lang"],
        "crisis_seen": safety.get("level") in ("ask", "alarm"),
        "crisis_alarm": safety.get("level") == "alarm",
    }


def _got(result: dict[str, Any]) -> dict[str, str]:
    entities = {entity["entity"]: entity["value"] for entity in result["entities"]}
    return {"intent": result["intent"]["name"], **{key: entities.get(key, "") for key in ("service", "topic", "city")}}


def _label(row: dict[str, str]) -> str:
    return "/".join(filter(None, (row["intent"], row["service"], row["topic"])))


def _summary(members: list[tuple[dict[str, str], dict[str, bool]]]) -> dict[str, Any]:
    summary: dict[str, Any] = {"messages": len(members)}
    for key in ("intent", "service", "topic", "city", "joint", "top_two", "language"):
        summary[key] = round(sum(verdict[key] for _, verdict in members) / len(members), 3)
    without_city = [verdict for row, verdict in members if not row["city"]]
    summary["false_cities"] = sum(not verdict["city"] for verdict in without_city)
    crisis = [verdict for row, verdict in members if row["intent"] in CRISIS]
    others = [verdict for row, verdict in members if row["intent"] not in CRISIS]
    summary["crisis_messages"] = len(crisis)
    summary["crisis_recall"] = round(sum(v["crisis_seen"] for v in crisis) / len(crisis), 3) if crisis else None
    summary["crisis_alarm"] = round(sum(v["crisis_alarm"] for v in crisis) / len(crisis), 3) if crisis else None
    summary["false_alarms"] = sum(v["crisis_alarm"] for v in others)
    summary["false_asks"] = sum(v["crisis_seen"] and not v["crisis_alarm"] for v in others)
    for intent in CRISIS:
        of_intent = [verdict for row, verdict in members if row["intent"] == intent]
        summary[f"recall_{intent}"] = (
            round(sum(v["crisis_seen"] for v in of_intent) / len(of_intent), 3) if of_intent else None
        )
    return summary
