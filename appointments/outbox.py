"""The outbox: notices that were written with what they tell, and are sent afterwards, at least once, with bounded retries.

The encrypted address goes from the row with the last attempt (DESIGN.md, decision 9).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Optional, Protocol

from sqlalchemy import select

from appointments.models import NoticeRow
from storage.clock import Clock
from storage.database import SessionFactory, transaction

LEASE = timedelta(minutes=2)
"""How long a worker has for a notice before another one may take it."""
MAX_ATTEMPTS = 8
FIRST_PAUSE = timedelta(seconds=15)
"""Pause after the first failure; it doubles with each further one."""


@dataclass(frozen=True)
class Notice:
    """`kind`: confirmed, declined or cancelled_by_staff; `params`: ids and ISO times, no words."""

    id: int
    kind: str
    language: str
    person_key: str
    params: dict[str, Any]


class RetryLater(Exception):
    """The notice could not be sent now; try again in `seconds`."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"try again in {seconds} s")
        self.seconds = seconds


class Unreachable(Exception):
    """The person cannot be written to any more (has blocked the bot, deleted the chat)."""


class Sender(Protocol):
    """Writes to people on one channel."""

    def send(self, address: str, notice: Notice) -> None:
        """Raises RetryLater or Unreachable."""


def deliver_due(
    sessions: SessionFactory,
    clock: Clock,
    senders: Mapping[str, Sender],
    decrypt: Callable[[str], str],
    limit: int = 50,
) -> int:
    """Send what is due on the channels that have a sender. Returns how many were sent.

    Each notice is leased in one transaction and closed in another, so that no transaction is open while it is sent.
    A worker that dies between the two sends it again after the lease: at least once, never lost.
    """
    sent = 0
    for _ in range(limit):
        leased = _lease(sessions, clock, list(senders))
        if leased is None:
            break
        notice, channel, address_encrypted = leased
        try:
            senders[channel].send(decrypt(address_encrypted), notice)
        except RetryLater as later:
            _postpone(sessions, clock, notice.id, timedelta(seconds=later.seconds))
        except (Unreachable, ValueError):
            _close(sessions, notice.id, "unreachable")
        except Exception:
            _postpone(sessions, clock, notice.id, timedelta(0))
            raise
        else:
            _close(sessions, notice.id, "sent")
            sent += 1
    return sent


def claim_for(sessions: SessionFactory, clock: Clock, channel: str, person_key: str) -> list[Notice]:
    """Take a person's due notices of a channel that asks for them itself (the web chat); they count as sent."""
    with transaction(sessions) as session:
        rows = session.execute(
            select(NoticeRow)
            .where(NoticeRow.person_key == person_key, NoticeRow.channel == channel, NoticeRow.due_at <= clock())
            .order_by(NoticeRow.id)
            .with_for_update()
        ).scalars()
        found = []
        for row in rows:
            row.due_at, row.address_encrypted, row.outcome = None, None, "sent"
            found.append(_notice(row))
        return found


def _lease(sessions: SessionFactory, clock: Clock, channels: list[str]) -> Optional[tuple[Notice, str, str]]:
    now = clock()
    with transaction(sessions) as session:
        row = session.execute(
            select(NoticeRow)
            .where(
                NoticeRow.due_at <= now,
                NoticeRow.channel.in_(channels),
                NoticeRow.address_encrypted.is_not(None),
            )
            .order_by(NoticeRow.due_at, NoticeRow.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        ).scalar()
        if row is None:
            return None
        row.due_at = now + LEASE
        row.attempts += 1
        return _notice(row), row.channel, row.address_encrypted


def _postpone(sessions: SessionFactory, clock: Clock, id_: int, at_least: timedelta) -> None:
    with transaction(sessions) as session:
        row = session.get(NoticeRow, id_)
        if row is None:  # erased meanwhile
            return
        if row.attempts >= MAX_ATTEMPTS:
            row.due_at, row.address_encrypted, row.outcome = None, None, "given_up"
        else:
            row.due_at = clock() + max(at_least, FIRST_PAUSE * 2 ** (row.attempts - 1))


def _close(sessions: SessionFactory, id_: int, outcome: str) -> None:
    with transaction(sessions) as session:
        row = session.get(NoticeRow, id_)
        if row is not None:
            row.due_at, row.address_encrypted, row.outcome = None, None, outcome


def _notice(row: Any) -> Notice:
    return Notice(row.id, row.kind, row.language, row.person_key, dict(row.params))
