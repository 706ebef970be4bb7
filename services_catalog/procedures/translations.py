"""Translations of the statements as files, `translations/<lang>.yml`: read with line numbers, written byte-stable.

A file is a mapping of `<topic>.<key>` to the text. At its end, under `translated_from`, a program notes for each text the
hash of the Italian one that it was made from (`make locales`), so that a translation of what has changed since is found.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from services_catalog.procedures.schema import source_hash

FOLDER = "translations"
"""Beside the procedures' sheets."""
TRANSLATED_FROM = "translated_from"


class NoTranslations(Exception):
    """No mapping of texts. `line`: counted from 1; `problem`: what is wrong."""

    def __init__(self, line: int, problem: str) -> None:
        super().__init__(f"line {line}: {problem}")
        self.line = line
        self.problem = problem


@dataclass(frozen=True)
class Translations:
    """One language's texts.

    Attributes:
        texts: text by `<topic>.<key>`, in the order of the file.
        made_from: hash of the Italian text by `<topic>.<key>`.
        lines: where each text stands, counted from 1.
    """

    language: str
    texts: Mapping[str, str]
    made_from: Mapping[str, str] = field(default_factory=dict)
    lines: Mapping[str, int] = field(default_factory=dict)

    def is_current(self, name: str, italian: str) -> bool:
        """Whether the text was made from this Italian one; a text without a hash was."""
        return self.made_from.get(name, source_hash(italian)) == source_hash(italian)


def translation_files(folder: Path) -> list[Path]:
    """The files of translations that belong to a folder of procedures."""
    return sorted((folder / FOLDER).glob("*.yml"))


def read_translations(path: Path) -> Translations:
    """A file's texts.

    Raises:
        NoTranslations: no UTF-8, no YAML, something else than texts in it, or a key twice.
    """
    try:
        # Nodes instead of objects: they know their lines, and nothing is read as a date or a number.
        document = yaml.compose(path.read_text(encoding="utf-8-sig"), Loader=yaml.CSafeLoader)
    except UnicodeDecodeError as error:
        raise NoTranslations(path.read_bytes().count(b"\n", 0, error.start) + 1, "not written in UTF-8") from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise NoTranslations(mark.line + 1 if mark else 1, str(error.problem or error.context)) from error
    except yaml.YAMLError as error:
        raise NoTranslations(1, str(error).splitlines()[0]) from error
    found = {} if document is None else _mapping(document)
    made_from = {}
    if TRANSLATED_FROM in found:
        made_from = {key: _text(node) for key, node in _mapping(found.pop(TRANSLATED_FROM)).items()}
    return Translations(
        path.stem,
        {key: _text(node) for key, node in found.items()},
        made_from,
        {key: node.start_mark.line + 1 for key, node in found.items()},
    )


def _mapping(node: Any) -> dict[str, Any]:
    if not isinstance(node, yaml.MappingNode):
        raise NoTranslations(node.start_mark.line + 1, "no mapping of keys to texts")
    found: dict[str, Any] = {}
    for key, value in node.value:
        if _text(key) in found:
            raise NoTranslations(key.start_mark.line + 1, f"the key “{key.value}” stands there twice")
        found[key.value] = value
    return found


def _text(node: Any) -> str:
    if not isinstance(node, yaml.ScalarNode):
        raise NoTranslations(node.start_mark.line + 1, "no text")
    return str(node.value)


def bring_up_to_date(path: Path, italian: Mapping[str, str]) -> int:
    """Write a file in the order of the statements, noting what each new text was made from.

    A text whose Italian has changed keeps its old hash: who translates it anew deletes the hash.

    Args:
        italian: the Italian text by `<topic>.<key>`.

    Returns:
        How many statements have no text, or that of an Italian one that has changed.
    """
    read = read_translations(path)
    names = [*(name for name in italian if read.texts.get(name)), *(name for name in read.texts if name not in italian)]
    head = [line for line in path.read_text(encoding="utf-8-sig").splitlines() if line.startswith("#")]
    made_from = {name: read.made_from.get(name) or source_hash(italian[name]) for name in names if name in italian}
    lines = [*head, *(f"{name}: {json.dumps(read.texts[name], ensure_ascii=False)}" for name in names)]
    if made_from:
        lines += [f"{TRANSLATED_FROM}:", *(f'  {name}: "{hash_}"' for name, hash_ in made_from.items())]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return sum(made_from.get(name) != source_hash(text) for name, text in italian.items())
