"""Procedures into the database and out again, by the catalogue's rules: what an operator did there is not overwritten."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Optional

from sqlalchemy import delete, insert, select, text

from services_catalog.importer import ImportReport
from services_catalog.procedures.models import ProcedureRow, StatementRow, TranslationRow
from services_catalog.procedures.schema import Procedure, Source, Statement, source_hash
from services_catalog.procedures.sheets import dump_procedure
from services_catalog.procedures.translations import Translations
from storage.clock import Clock
from storage.database import Session, SessionFactory, transaction

_OF_THE_TOPIC = ("lifetime_days", "helpers", "not_stated", "uncertain", "sources")
_NO_SYNC = {"synchronize_session": False}


def load_procedures(
    sessions: SessionFactory,
    procedures: Iterable[Procedure],
    translations: Iterable[Translations],
    clock: Clock,
    dry_run: bool = False,
    packaged_hash: Optional[str] = None,
) -> ImportReport:
    """Make the topics what their sheets say, and the languages what their files say; others stay as they are.

    A statement that was confirmed in the database and has another text in its sheet is a conflict: left as it is.

    Args:
        dry_run: only say what would happen.
        packaged_hash: to keep with each topic, when the files came with the program.

    Returns:
        The report, with `topic/key` for a statement, `topic/field` for what belongs to the whole topic, and
        `translations/language`.
    """
    if dry_run:
        with sessions() as session:
            return _load(session, procedures, translations, clock(), None)
    with transaction(sessions) as session:
        if session.get_bind().dialect.name == "postgresql":  # SQLite's write lock does it there
            session.execute(text('LOCK TABLE "procedure" IN SHARE ROW EXCLUSIVE MODE'))
        report = _load(session, procedures, translations, clock(), packaged_hash)
        session.flush()
        return report


def export_procedures(sessions: SessionFactory, folder: Path) -> list[Path]:
    """Write every topic's sheet as the database has it. Returns the files. Translations are not edited there."""
    with sessions() as session:
        procedures = [_procedure(session, row) for row in session.execute(select(ProcedureRow)).scalars()]
    files = []
    for procedure in procedures:
        folder.mkdir(parents=True, exist_ok=True)
        files.append(folder / f"{procedure.topic}.yml")
        files[-1].write_text(dump_procedure(procedure), encoding="utf-8")
    return files


def packaged_hashes(sessions: SessionFactory) -> dict[str, Optional[str]]:
    """The hash of the files that came with the program and were loaded, by topic."""
    with sessions() as session:
        return dict(session.execute(select(ProcedureRow.topic, ProcedureRow.packaged_hash)).all())


def content_hash(statement: Statement) -> str:
    return hashlib.sha256(json.dumps(json.loads(statement.json()), sort_keys=True).encode()).hexdigest()


def _load(
    session: Session,
    procedures: Iterable[Procedure],
    translations: Iterable[Translations],
    now: datetime,
    packaged_hash: Optional[str],
) -> ImportReport:
    """A dry run never commits, so it goes the same way."""
    added, removed, unchanged, conflicts = [], [], [], []
    changed: dict[str, tuple[str, ...]] = {}
    italian: dict[str, str] = {}
    for procedure in procedures:
        row = _topic(session, procedure, now, packaged_hash, changed)
        rows = {one.key: one for one in session.execute(_of_topic(procedure.topic)).scalars()}
        for position, statement in enumerate(procedure.statements):
            name, known = f"{procedure.topic}/{statement.key}", rows.pop(statement.key, None)
            italian[f"{procedure.topic}.{statement.key}"] = statement.text
            if known is None:
                session.add(StatementRow(topic=row.topic, key=statement.key, **_values(statement, position, now)))
                added.append(name)
            elif _statement(known) == statement:
                known.position, known.content_hash = position, content_hash(statement)
                unchanged.append(name)
            elif not _edited(known):
                changed[name] = _differences(_statement(known), statement)
                for field, value in _values(statement, position, now).items():
                    setattr(known, field, value)
            elif known.content_hash == content_hash(statement):
                unchanged.append(name)  # the sheet is as it was: what the operator did stands
            else:
                conflicts.append(name)
        for key, known in rows.items():
            if _edited(known):
                conflicts.append(f"{procedure.topic}/{key}")
            else:
                session.delete(known)
                removed.append(f"{procedure.topic}/{key}")
        session.flush()
    for texts in translations:
        number = _translate(session, texts, italian)
        if number:
            changed[f"translations/{texts.language}"] = (f"{number} texts",)
    return ImportReport(tuple(added), changed, tuple(unchanged), tuple(removed), tuple(conflicts))


def _topic(
    session: Session,
    procedure: Procedure,
    now: datetime,
    packaged_hash: Optional[str],
    changed: dict[str, tuple[str, ...]],
) -> ProcedureRow:
    values = {name: json.loads(procedure.json(include={name}))[name] for name in _OF_THE_TOPIC}
    row = session.get(ProcedureRow, procedure.topic)
    if row is None:
        row = ProcedureRow(topic=procedure.topic, imported_at=now, packaged_hash=packaged_hash, **values)
        session.add(row)
        session.flush()
        return row
    for name, value in values.items():
        if getattr(row, name) != value:
            changed[f"{procedure.topic}/{name}"] = (name,)
            setattr(row, name, value)
            row.imported_at = now
    row.packaged_hash = packaged_hash or row.packaged_hash
    return row


def _translate(session: Session, texts: Translations, italian: Mapping[str, str]) -> int:
    """Replace a language's texts of the statements that were loaded. Returns how many are new or different."""
    rows = [
        {"topic": topic, "key": key, "language": texts.language, "text": translation, "made_from": made_from}
        for name, translation in texts.texts.items()
        if name in italian
        for topic, _, key in [name.partition(".")]
        for made_from in [texts.made_from.get(name) or source_hash(italian[name])]
    ]
    topics = {name.partition(".")[0] for name in italian}
    of_language = (TranslationRow.language == texts.language, TranslationRow.topic.in_(topics))
    known = {
        (row.topic, row.key): (row.text, row.made_from)
        for row in session.execute(select(TranslationRow).where(*of_language)).scalars()
    }
    different = [row for row in rows if known.get((row["topic"], row["key"])) != (row["text"], row["made_from"])]
    gone = set(known) - {(row["topic"], row["key"]) for row in rows}
    if different or gone:
        session.execute(delete(TranslationRow).where(*of_language), execution_options=_NO_SYNC)
        present = set(
            session.execute(select(StatementRow.topic, StatementRow.key).where(StatementRow.topic.in_(topics))).all()
        )
        rows = [row for row in rows if (row["topic"], row["key"]) in present]
        if rows:
            session.execute(insert(TranslationRow), rows)
    return len(different) + len(gone)


def _of_topic(topic: str) -> Any:
    statement = select(StatementRow).where(StatementRow.topic == topic)
    return statement.order_by(StatementRow.position, StatementRow.key).with_for_update()


def _edited(row: StatementRow) -> bool:
    return row.edited_at is not None and row.edited_at > row.imported_at


def _differences(before: Statement, after: Statement) -> tuple[str, ...]:
    return tuple(name for name in Statement.__fields__ if getattr(before, name) != getattr(after, name))


def _values(statement: Statement, position: int, now: datetime) -> dict[str, Any]:
    return {
        "position": position,
        "text": statement.text,
        "sources": list(statement.sources),
        "needs_check": statement.check,
        "verified_on": statement.verified_on,
        "verified_by": statement.verified_by,
        "verified_source": statement.verified_source,
        "content_hash": content_hash(statement),
        "imported_at": now,
        "edited_at": None,
    }


def _statement(row: StatementRow) -> Statement:
    return Statement.construct(
        key=row.key,
        text=row.text,
        sources=tuple(row.sources),
        check=row.needs_check,
        verified_on=row.verified_on,
        verified_by=row.verified_by,
        verified_source=row.verified_source,
    )


def _procedure(session: Session, row: ProcedureRow) -> Procedure:
    return Procedure.construct(
        topic=row.topic,
        lifetime_days=row.lifetime_days,
        helpers=tuple(row.helpers),
        not_stated=tuple(row.not_stated),
        statements=tuple(_statement(one) for one in session.execute(_of_topic(row.topic)).scalars()),
        uncertain=tuple(row.uncertain),
        sources=tuple(Source.construct(**source) for source in row.sources),
    )
