"""The life of an entry: draft, proposed, current, archived. Who changed what, from what to what.

A provider may draft and propose; an operator of the city, or an administrator, approves or rejects, but nobody what they
proposed themselves. An operator may also publish a draft of their own at once. What is approved or published is in the
catalogue at once and counts as edited here, so that no import overwrites it. A proposal about an entry that has changed
meanwhile is not approved: it must be looked at again. Imports leave a revision for each entry that they change or remove.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Optional
from uuid import uuid4

from pydantic import ValidationError
from sqlalchemy import select, update

from services_catalog.importer import content_hash, put_entry, stored_entries
from services_catalog.lint.finding import CatalogueError
from services_catalog.models import Revision, Service
from services_catalog.schema import SHEET_CITIES, Entry
from storage.clock import Clock
from storage.database import Session, SessionFactory, transaction

APPROVERS = ("operator", "admin")


@dataclass(frozen=True)
class Editor:
    """Who edits. `name`: of the account; `role`: provider, operator or admin; `city`: theirs, None: an administrator's."""

    name: str
    role: str
    city: Optional[str]


class NotAllowed(CatalogueError):
    """Ask an operator of that city."""


class NotThere(CatalogueError):
    """No such revision, or not in a state in which this can be done; show the list again."""


class Outdated(CatalogueError):
    """The entry has changed since it was proposed; show both and let somebody propose again."""


class OwnProposal(NotAllowed):
    """Somebody else of the city must look at it."""


class InvalidEntry(CatalogueError):
    """By key of the entry: `problems`, in English; `codes`, pydantic's types of error. What is about several: `__root__`."""

    def __init__(self, problems: dict[str, str], codes: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{key}: {text}" for key, text in problems.items()))
        self.problems = problems
        self.codes = codes


@dataclass(frozen=True)
class Change:
    """One revision. `fields`: old and new value by key of the entry; of a new entry all, of one that goes none."""

    id: str
    city: str
    key: str
    state: str
    fields: dict[str, tuple[Any, Any]]
    made_by: str
    made_at: datetime
    decided_by: Optional[str]
    decided_at: Optional[datetime]


def draft(
    sessions: SessionFactory,
    clock: Clock,
    editor: Editor,
    city: str,
    key: str,
    values: Optional[Mapping[str, Any]],
    shown: Optional[Mapping[str, Any]] = None,
) -> str:
    """Note a change of an entry, or a new one; `values` None: the entry shall go. Nobody sees it yet. Returns its id.

    Args:
        values: keys of the sheet with their new values; what is not named stays as it is.
        shown: the entry that the editor saw (`current_values`), {} where there was none; None: whatever is there now.

    Raises:
        NotAllowed: not the editor's city.
        InvalidEntry: what comes out can be no entry.
        NotThere: an entry that is not there shall go.
        Outdated: the entry is not any more as it was shown.
    """
    if city not in SHEET_CITIES or editor.city not in (None, city):
        raise NotAllowed(f"{editor.name} does not edit {city}")
    with transaction(sessions) as session:
        before = _current(session, city, key)
        if values is None and before is None:
            raise NotThere(f"{city}/{key}")
        if shown is not None and shown != (plain(before) or {}):
            raise Outdated(f"{city}/{key}")
        after = None if values is None else parsed_entry({**(plain(before) or {}), **values, "key": key})
        row = _revision(city, key, "draft", before, after, editor.name, clock())
        session.add(row)
        return str(row.id)


def propose(sessions: SessionFactory, clock: Clock, editor: Editor, id_: str) -> None:
    """Ask the city's operators to decide. Raises NotAllowed (somebody else's draft), NotThere."""
    with transaction(sessions) as session:
        row = _get(session, id_, "draft")
        if row.made_by != editor.name:
            raise NotAllowed("another one's draft")
        row.state, row.made_at = "proposed", clock()


def approve(sessions: SessionFactory, clock: Clock, editor: Editor, id_: str) -> None:
    """Make somebody else's proposal current. Raises NotAllowed, OwnProposal, NotThere, Outdated."""
    with transaction(sessions) as session:
        row = _get(session, id_, "proposed")
        _may_decide(editor, row.city)
        if row.made_by == editor.name:
            raise OwnProposal(f"{editor.name} proposed it")
        _make_current(session, row, editor, clock())


def publish(sessions: SessionFactory, clock: Clock, editor: Editor, id_: str) -> None:
    """Make an operator's own draft current at once. Raises NotAllowed, NotThere, Outdated."""
    with transaction(sessions) as session:
        row = _get(session, id_, "draft")
        _may_decide(editor, row.city)
        if row.made_by != editor.name:
            raise NotAllowed("another one's draft")
        _make_current(session, row, editor, clock())


def publish_all(
    session: Session,
    editor: Editor,
    city: str,
    changes: Iterable[tuple[str, Optional[Entry], Optional[Entry]]],
    now: datetime,
) -> None:
    """Make many changes current in one transaction: key, entry as it is, entry as it shall be. Raises NotAllowed, Outdated."""
    _may_decide(editor, city)
    for key, before, after in changes:
        row = _revision(city, key, "draft", before, after, editor.name, now)
        session.add(row)
        _make_current(session, row, editor, now)


def undo(sessions: SessionFactory, clock: Clock, editor: Editor, id_: str) -> None:
    """Make what a change changed what it was before; what was changed elsewhere in the entry since stays.

    Raises:
        NotAllowed: not of the city, or who may only propose.
        NotThere: no such change, or it never was in the catalogue.
        Outdated: the same was changed again since, or is so already.
        InvalidEntry: what comes out can be no entry any more.
    """
    with transaction(sessions) as session:
        done = session.execute(select(Revision).where(Revision.id == id_).with_for_update()).scalar()
        if done is None or done.state not in ("current", "archived"):
            raise NotThere(id_)
        _may_decide(editor, done.city)
        before = _current(session, done.city, done.key)
        now_there = plain(before) or {}
        fields = differing(done.before or {}, done.after or {})
        if not fields or any(now_there.get(name) != new for name, (_, new) in fields.items()):
            raise Outdated(f"{done.city}/{done.key}")
        old = {name: value for name, (value, _) in fields.items()}
        after = None if done.before is None else parsed_entry({**now_there, **old, "key": done.key})
        now = clock()
        row = _revision(done.city, done.key, "draft", before, after, editor.name, now)
        session.add(row)
        _make_current(session, row, editor, now)


def _make_current(session: Session, row: Revision, editor: Editor, now: datetime) -> None:
    current = _current(session, row.city, row.key)
    if (content_hash(current) if current else None) != row.base_hash:
        raise Outdated(f"{row.city}/{row.key}")
    put_entry(session, row.city, row.key, parsed_entry(row.after) if row.after else None, now)
    _archive(session, row.city, row.key)
    row.state = "current" if row.after else "archived"
    row.decided_by, row.decided_at = editor.name, now


def reject(sessions: SessionFactory, clock: Clock, editor: Editor, id_: str) -> None:
    """Let a proposal be. Raises NotAllowed, NotThere."""
    with transaction(sessions) as session:
        row = _get(session, id_, "proposed")
        _may_decide(editor, row.city)
        row.state, row.decided_by, row.decided_at = "rejected", editor.name, clock()


def proposals(sessions: SessionFactory, city: str) -> list[Change]:
    """What waits for a decision, the oldest first."""
    return _changes(sessions, Revision.city == city, Revision.state == "proposed")


def history(sessions: SessionFactory, city: str, key: str) -> list[Change]:
    """All that happened to an entry, the oldest first; drafts are their makers' own."""
    return _changes(sessions, Revision.city == city, Revision.key == key, Revision.state != "draft")


def made_by(sessions: SessionFactory, city: str, name: str, limit: int = 20) -> list[Change]:
    """What somebody proposed in a city, and what came of it, the newest first."""
    return _changes(sessions, Revision.city == city, Revision.made_by == name, Revision.state != "draft", newest=limit)


def removed(sessions: SessionFactory, city: str, limit: int = 20) -> list[Change]:
    """The entries that were taken out of a city's catalogue and are not there again, the last one first."""
    there = select(Service.id).where(Service.city == Revision.city, Service.key == Revision.key).exists()
    return _changes(
        sessions, Revision.city == city, Revision.state == "archived", Revision.after.is_(None), ~there, newest=limit
    )


def current_values(sessions: SessionFactory, city: str, key: str) -> Optional[dict[str, Any]]:
    """What an entry's data sheet says now, by key; None when there is no such entry."""
    with sessions() as session:
        return plain(_current(session, city, key))


def _changes(sessions: SessionFactory, *where: Any, newest: Optional[int] = None) -> list[Change]:
    query = select(Revision).where(*where)
    if newest is None:
        query = query.order_by(Revision.made_at, Revision.id)
    else:
        query = query.order_by(Revision.made_at.desc(), Revision.id).limit(newest)
    with sessions() as session:
        rows = session.execute(query).scalars().all()
    return [
        Change(
            row.id,
            row.city,
            row.key,
            row.state,
            differing(row.before or {}, row.after or {}),
            row.made_by,
            row.made_at,
            row.decided_by,
            row.decided_at,
        )
        for row in rows
    ]


def differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Old and new value by key of the entry, in the order of the sheet, where they differ."""
    names = [name for name in Entry.__fields__ if before.get(name) != after.get(name)]
    return {name: (before.get(name), after.get(name)) for name in names}


def _current(session: Session, city: str, key: str) -> Optional[Entry]:
    this = (Service.city == city, Service.key == key)
    return next((entry for _, entry in stored_entries(session, select(Service).where(*this), *this)), None)


def plain(entry: Optional[Entry]) -> Optional[dict[str, Any]]:
    """An entry as its data sheet has it, by key; what is not known is not there."""
    return None if entry is None else json.loads(entry.json(exclude_none=True))


def parsed_entry(values: Mapping[str, Any]) -> Entry:
    """Raises InvalidEntry."""
    try:
        return Entry.parse_obj(values)
    except ValidationError as error:
        found = {str(one["loc"][0]): one for one in error.errors()}
        problems = {key: one["msg"] for key, one in found.items()}
        raise InvalidEntry(problems, {key: one["type"] for key, one in found.items()}) from error


def _revision(
    city: str, key: str, state: str, before: Optional[Entry], after: Optional[Entry], by: str, now: datetime
) -> Revision:
    return Revision(
        id=str(uuid4()),
        city=city,
        key=key,
        state=state,
        before=plain(before),
        after=plain(after),
        base_hash=content_hash(before) if before else None,
        made_by=by,
        made_at=now,
    )


def _get(session: Session, id_: str, state: str) -> Revision:
    row = session.execute(select(Revision).where(Revision.id == id_).with_for_update()).scalar()
    if row is None or row.state != state:
        raise NotThere(id_)
    return row


def _may_decide(editor: Editor, city: str) -> None:
    if editor.role not in APPROVERS or editor.city not in (None, city):
        raise NotAllowed(f"{editor.name} does not decide about {city}")


def _archive(session: Session, city: str, key: str) -> None:
    query = update(Revision).where(Revision.city == city, Revision.key == key, Revision.state == "current")
    session.execute(query.values(state="archived"), execution_options={"synchronize_session": False})
