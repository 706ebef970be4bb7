"""Writing notices: into the outbox, in the transaction of what they tell. Nothing is sent here.

A notice names what happened by its kind and gives codes, ids and ISO times; the words are picked when it is sent.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from typing import Any, Optional

from sqlalchemy import delete, insert, update

from appointments.models import NoticeRow
from appointments.slots import Slot
from storage.clock import ROME
from storage.database import Session

REMINDERS = {"reminder_day": timedelta(days=1), "reminder_hours": timedelta(hours=2)}
"""How long before an appointment each reminder is due."""
WAKING = (time(8), time(21))
"""Between these hours (Europe/Rome) people are offered times; at night an offer waits for the morning."""

_INSERT = insert(NoticeRow.__table__)


def write_notice(
    session: Session,
    row: Any,
    kind: str,
    due_at: datetime,
    *,
    alternatives: Iterable[Slot] = (),
    expires_at: Optional[datetime] = None,
    **params: Any,
) -> None:
    """Tell the person of an appointment something; nothing when nobody can be written to any more.

    Args:
        row: the appointment; the notice carries its service, time and code as they are now.
        alternatives: times that may be booked instead.
        expires_at: when it is not worth sending any more.
    """
    if row.address_encrypted:
        _insert(session, [_values(row, kind, due_at, expires_at, _params(row, alternatives, params))])


def write_reminders(session: Session, row: Any, now: datetime) -> None:
    """The reminders of an appointment that are still to come; those of its earlier time are withdrawn by the caller."""
    if not row.address_encrypted:
        return
    due = {kind: row.starts_at - before for kind, before in REMINDERS.items()}
    rows = [_values(row, kind, at, row.starts_at, _params(row, (), {})) for kind, at in due.items() if at > now]
    if rows:
        _insert(session, rows)


def withdraw(session: Session, appointment_id: str, kinds: Iterable[str] = tuple(REMINDERS)) -> None:
    """Delete notices of an appointment that have not been sent, as what they tell no longer holds."""
    session.execute(
        delete(NoticeRow)
        .where(
            NoticeRow.appointment_id == appointment_id, NoticeRow.kind.in_(tuple(kinds)), NoticeRow.outcome.is_(None)
        )
        .execution_options(synchronize_session=False)
    )


def end_subscription(session: Session, person_key: str, channel: str) -> None:
    """Nothing more is sent to somebody who cannot be reached; what waited for them is closed."""
    session.execute(
        update(NoticeRow)
        .where(NoticeRow.person_key == person_key, NoticeRow.channel == channel, NoticeRow.outcome.is_(None))
        .values(due_at=None, address_encrypted=None, outcome="unreachable")
        .execution_options(synchronize_session=False)
    )


def waking_hour(moment: datetime) -> datetime:
    """The moment itself, or the next morning when it lies in the night."""
    local = moment.astimezone(ROME)
    if WAKING[0] <= local.time() < WAKING[1]:
        return moment
    day = local.date() if local.time() < WAKING[0] else local.date() + timedelta(days=1)
    return datetime.combine(day, WAKING[0], ROME).astimezone(moment.tzinfo)


def _params(row: Any, alternatives: Iterable[Slot], params: dict[str, Any]) -> dict[str, Any]:
    told = {"service": row.service, "city": row.shop_id, "starts_at": row.starts_at.isoformat(), "code": row.code}
    times = [slot.starts_at.isoformat() for slot in alternatives]
    more = {key: value for key, value in {"alternatives": times or None, **params}.items() if value is not None}
    return {**told, **more}


def _values(
    row: Any, kind: str, due_at: datetime, expires_at: Optional[datetime], params: dict[str, Any]
) -> dict[str, Any]:
    return {
        "kind": kind,
        "language": row.language,
        "person_key": row.person_key,
        "channel": row.channel,
        "address_encrypted": row.address_encrypted,
        "params": params,
        "due_at": due_at,
        "attempts": 0,
        "appointment_id": row.id,
        "dedupe_key": f"{kind}:{row.id}:{row.changes}",
        "expires_at": expires_at,
    }


def _insert(session: Session, rows: list[dict[str, Any]]) -> None:
    session.execute(_INSERT, rows)
