"""Procedures as files: `<topic>.yml`, written always in the same way (byte-stable)."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Optional

from ruamel.yaml.comments import CommentedMap, CommentedSeq

from services_catalog.procedures.schema import Procedure, Source, Statement
from services_catalog.sheets import flow, new_yaml
from services_catalog.vocabulary import TOPICS

PACKAGED = Path(__file__).parent
"""The sheets of the 12 topics, `<topic>.yml` each."""
FOLDER = "procedures"
"""Beside the cities' sheets, where both are exported."""

HEAD = """\
# yaml-language-server: $schema=../procedure.schema.json
# Procedure: {title}
# Statements in plain Italian, each from the pages named under its sources; a page's date is what it shows, empty when it
# shows none. check: true holds a statement back from people until an operator has confirmed it on a current official
# page (orienta catalog confirm). What no page states stands under not_stated. uncertain is for operators alone.
# Translations: translations/<lang>.yml.
"""


def procedure_files(folder: Path) -> list[Path]:
    """The procedures' sheets of a folder."""
    return sorted(folder.glob("*.yml"))


def folder_in(path: Path) -> Optional[Path]:
    """The folder of procedures that `path` is, or that lies in it; None when there is none."""
    if any(file.stem in TOPICS for file in procedure_files(path)):
        return path
    return path / FOLDER if (path / FOLDER).is_dir() else None


def dump_procedure(procedure: Procedure) -> str:
    """The procedure as its file: equal procedures give equal bytes."""
    document = CommentedMap(topic=procedure.topic, lifetime_days=procedure.lifetime_days)
    document["helpers"] = flow(procedure.helpers)
    if procedure.not_stated:
        document["not_stated"] = flow(procedure.not_stated)
    document["statements"] = _sequence(_statement(one) for one in procedure.statements)
    if procedure.uncertain:
        document["uncertain"] = list(procedure.uncertain)
    document["sources"] = _sequence(_source(one) for one in procedure.sources)
    for name in ("statements", "uncertain", "sources"):
        if name in document:
            document.yaml_set_comment_before_after_key(name, before="\n")
    out = io.StringIO()
    new_yaml().dump(document, out)
    return HEAD.format(title=TOPICS[procedure.topic].msgid) + out.getvalue()


def _sequence(items: Iterator[Mapping[str, Any]]) -> CommentedSeq:
    sequence = CommentedSeq()
    for number, item in enumerate(items):
        sequence.append(CommentedMap(item))
        if number:
            sequence.yaml_set_comment_before_after_key(number, before="\n")
    return sequence


def _statement(statement: Statement) -> dict[str, Any]:
    fields: dict[str, Any] = {"key": statement.key, "text": statement.text, "sources": flow(statement.sources)}
    if statement.check:
        fields["check"] = True
    fields["verified_on"] = statement.verified_on
    if statement.verified_on:
        fields |= {"verified_by": statement.verified_by, "verified_source": statement.verified_source}
    return fields


def _source(source: Source) -> dict[str, Any]:
    return {name: getattr(source, name) for name in ("key", "url", "publisher", "date", "official")}
