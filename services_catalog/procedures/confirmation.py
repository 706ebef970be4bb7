"""An operator stands for a statement: it has been read on a current official page. Who did it, and when, is kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Optional

from sqlalchemy import select

from services_catalog.lint.finding import CatalogueError
from services_catalog.procedures.models import ProcedureRow, StatementEvent, StatementRow
from services_catalog.procedures.schema import is_old
from services_catalog.schema import is_web_address, nearest
from storage.clock import ROME, Clock
from storage.database import Session, SessionFactory, transaction


class ConfirmationError(CatalogueError):
    """Nothing was confirmed; the message says what to do."""


class UnknownStatement(ConfirmationError):
    """No such statement. `nearest`: the most similar name, None when there are no statements at all."""

    def __init__(self, name: str, nearest: Optional[str]) -> None:
        super().__init__(f"there is no statement {name}" + (f"; nearest: {nearest}" if nearest else ""))
        self.nearest = nearest


class StatementChanged(ConfirmationError):
    """The text is not the one that was read."""

    def __init__(self, name: str) -> None:
        super().__init__(f"the text of {name} has changed meanwhile: read it again")


class NoPage(ConfirmationError):
    """What should prove the statement is no page's address."""

    def __init__(self, source: str) -> None:
        super().__init__(f"“{source}” is no page; give its address, starting with https:// or http://")


@dataclass(frozen=True)
class ToCheck:
    """A statement as an operator needs it.

    Attributes:
        name: `topic.key`; text: Italian.
        sources: addresses of the pages that it comes from.
        uncertain: what is known to be doubtful about the topic.
        held: people do not see it; old: past the topic's lifetime (`schema.is_old`).
    """

    name: str
    text: str
    sources: tuple[str, ...]
    uncertain: tuple[str, ...]
    held: bool
    old: bool
    verified_on: Optional[date]
    verified_by: Optional[str]


def statements(sessions: SessionFactory, at: datetime) -> list[ToCheck]:
    """Every statement, in the order of the sheets."""
    with sessions() as session:
        query = select(StatementRow, ProcedureRow).join(ProcedureRow, ProcedureRow.topic == StatementRow.topic)
        rows = session.execute(query.order_by(StatementRow.topic, StatementRow.position)).all()
    today = at.astimezone(ROME).date()
    return [_to_check(statement, procedure, today) for statement, procedure in rows]


def confirm(sessions: SessionFactory, name: str, text: str, *, by: str, source: str, clock: Clock) -> None:
    """From now on people are told this statement.

    Args:
        name: `topic.key`.
        text: the Italian text that the operator has read.
        by: who says so.
        source: address of the page that it was read on.

    Raises:
        UnknownStatement, StatementChanged, NoPage
    """
    if not is_web_address(source):
        raise NoPage(source)
    with transaction(sessions) as session:
        row = _locked(session, name)
        if row.text != text:
            raise StatementChanged(name)
        now = clock()
        row.verified_on, row.verified_by, row.verified_source = now.astimezone(ROME).date(), by, source
        _record(session, row, now, "confirmed", by, source)


def withdraw(sessions: SessionFactory, name: str, *, by: str, clock: Clock) -> None:
    """Take a confirmation back; a statement that needs one is held back again. Raises UnknownStatement."""
    with transaction(sessions) as session:
        row = _locked(session, name)
        row.verified_on = row.verified_by = row.verified_source = None
        _record(session, row, clock(), "withdrawn", by, None)


def _record(session: Session, row: StatementRow, now: datetime, deed: str, by: str, source: Optional[str]) -> None:
    row.edited_at = now
    session.add(StatementEvent(topic=row.topic, key=row.key, at=now, deed=deed, by=by, text=row.text, source=source))


def _locked(session: Session, name: str) -> StatementRow:
    topic, _, key = name.partition(".")
    row = session.get(StatementRow, (topic, key), with_for_update=True)
    if row is None:
        names = tuple(f"{topic}.{key}" for topic, key in session.execute(select(StatementRow.topic, StatementRow.key)))
        raise UnknownStatement(name, nearest(name, names) if names else None)
    return row


def _to_check(row: StatementRow, procedure: ProcedureRow, today: date) -> ToCheck:
    urls = {source["key"]: source["url"] for source in procedure.sources}
    dates = [source["date"] for source in procedure.sources if source["key"] in row.sources]
    return ToCheck(
        name=f"{row.topic}.{row.key}",
        text=row.text,
        sources=tuple(urls[key] for key in row.sources),
        uncertain=tuple(procedure.uncertain),
        held=row.needs_check and row.verified_on is None,
        old=is_old(row.verified_on, dates, procedure.lifetime_days, today),
        verified_on=row.verified_on,
        verified_by=row.verified_by,
    )
