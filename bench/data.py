"""The messages that both are trained on and asked, and their one joint label: intent, service and topic."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from orienta.model import ROOT
from orienta.nlu_eval import read_labelled


class Message(NamedTuple):
    text: str
    intent: str
    metadata: tuple[tuple[str, str], ...]

    @property
    def label(self) -> str:
        return label({**dict(self.metadata), "intent": self.intent})


def label(row: dict[str, str]) -> str:
    """`find_service__shower`, `ask_procedure__asylum`, `greet`: an intent's name as stock Rasa takes it."""
    return "__".join(filter(None, (row.get(key, "") for key in ("intent", "service", "topic"))))


def training_messages() -> tuple[list[Message], list[dict[str, Any]]]:
    """All labelled training messages, and the lookup tables as they stand in the files."""
    messages, tables = [], []
    for path in sorted((ROOT / "data" / "nlu").glob("*.yml")):
        for block in yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]:
            if "intent" not in block:
                tables.append(block)
                continue
            metadata = tuple(sorted(block["metadata"].items()))
            lines = (line.removeprefix("- ") for line in block["examples"].splitlines())
            messages += [Message(line, block["intent"], metadata) for line in lines]
    return messages, tables


def heldout_messages() -> list[dict[str, str]]:
    """Rows of all held-out files, by the names of their columns."""
    return [row for path in sorted((ROOT / "tests/nlu/heldout").glob("*.tsv")) for row in read_labelled(path)]


def our_nlu(messages: list[Message], tables: list[dict[str, Any]]) -> dict[str, Any]:
    """Training data in our format: services and topics in the metadata, with the lookup tables."""
    blocks: dict[Any, list[str]] = defaultdict(list)
    for message in messages:
        blocks[message.intent, message.metadata].append(message.text)
    intents = [{"intent": intent, "metadata": dict(metadata), "examples": _lines(texts)}
               for (intent, metadata), texts in blocks.items()]  # fmt: skip
    return {"version": "3.1", "nlu": [*intents, *tables]}


def stock_nlu(messages: list[Message]) -> dict[str, Any]:
    """Training data as stock Rasa takes them: each joint label is an intent."""
    blocks: dict[str, list[str]] = defaultdict(list)
    for message in messages:
        blocks[message.label].append(message.text)
    return {"version": "3.1", "nlu": [{"intent": name, "examples": _lines(texts)} for name, texts in blocks.items()]}


def write_yaml(path: Path, content: dict[str, Any]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=10_000), encoding="utf-8")
    return path


def _lines(texts: list[str]) -> str:
    return "".join(f"- {text}\n" for text in texts)
