"""The outbox: notices that were written with what they tell, and are sent afterwards, with bounded retries.

How often a notice arrives: once, with one exception that no sender can close. Telegram's sendMessage takes no key by which
it could tell a repetition (https://core.telegram.org/bots/api#sendmessage), so when a worker is killed after Telegram took a
message and before that was written down, the message is sent once more after the lease. It then says the same with the same
code; nothing else is ever sent twice, and nothing is lost.

The encrypted address goes from the row with the last attempt (DESIGN.md, decision 9).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Optional, Protocol

from sqlalchemy import or_, select, update

from appointments.agenda import shop_address
from appointments.models import Appointment, NoticeRow, WaitingEntry
from appointments.notices import end_subscription
from storage.clock import Clock
from storage.database import SessionFactory, transaction

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=2)
"""How long a worker has for a notice before another one may take it."""
MAX_ATTEMPTS = 8
FIRST_PAUSE = timedelta(seconds=15)
"""Pause after the first failure; it doubles with each further one."""


@dataclass(frozen=True)
class Notice:
    """`kind`: names the response `utter_notice__<kind>`; `params`: ids and ISO times, no words, and the shop's address."""

    id: int
    kind: str
    language: str
    person_key: str
    params: dict[str, Any]


class RetryLater(Exception):
    """The notice could not be sent now; try again in `seconds`. `everybody`: the channel takes nothing until then."""

    def __init__(self, seconds: float, everybody: bool = False) -> None:
        super().__init__(f"try again in {seconds} s")
        self.seconds = seconds
        self.everybody = everybody


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
    One that a sender stumbles over is tried again later like any other; it does not keep the others waiting.
    """
    sent = 0
    for _ in range(limit):
        leased = _lease(sessions, clock, list(senders))
        if leased is None:
            break
        notice, channel, address_encrypted = leased
        try:
            senders[channel].send(decrypt(address_encrypted), _with_address(sessions, notice, clock()))
        except RetryLater as later:
            pause = timedelta(seconds=later.seconds)
            _postpone(sessions, clock, notice.id, pause)
            if later.everybody:
                _hold_channel(sessions, clock, channel, pause)
        except Unreachable:
            stop_writing_to(sessions, notice.person_key, channel)
        except ValueError:  # the address cannot be read with any secret of this installation
            _close(sessions, notice.id, "unreachable")
        except Exception as error:
            log.error("notice %s not sent: %s", notice.kind, type(error).__name__)
            _postpone(sessions, clock, notice.id, timedelta(0))
        else:
            _close(sessions, notice.id, "sent")
            sent += 1
    return sent


def claim_for(sessions: SessionFactory, clock: Clock, channel: str, person_key: str) -> list[Notice]:
    """Take a person's due notices of a channel that asks for them itself (the web chat); they count as sent."""
    now = clock()
    with transaction(sessions) as session:
        rows = session.execute(
            select(NoticeRow)
            .where(NoticeRow.person_key == person_key, NoticeRow.channel == channel, NoticeRow.due_at <= now)
            .order_by(NoticeRow.due_at, NoticeRow.id)
            .with_for_update()
        ).scalars()
        found = []
        for row in rows:
            late = row.expires_at is not None and row.expires_at <= now
            row.due_at, row.address_encrypted, row.outcome = None, None, "expired" if late else "sent"
            if not late:
                found.append(_notice(row))
    return [_with_address(sessions, notice, now) for notice in found]


def _lease(sessions: SessionFactory, clock: Clock, channels: list[str]) -> Optional[tuple[Notice, str, str]]:
    now = clock()
    _drop_late(sessions, now)
    with transaction(sessions) as session:
        row = session.execute(
            select(NoticeRow)
            .where(
                NoticeRow.due_at <= now,
                NoticeRow.channel.in_(channels),
                NoticeRow.address_encrypted.is_not(None),
                or_(NoticeRow.expires_at.is_(None), NoticeRow.expires_at > now),
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


def _drop_late(sessions: SessionFactory, now: datetime) -> None:
    """A reminder of what is past, an offer that is over: nobody is helped by them."""
    late = (NoticeRow.due_at.is_not(None), NoticeRow.expires_at <= now)
    with sessions() as session:
        if session.execute(select(NoticeRow.id).where(*late).limit(1)).first() is None:
            return
    with transaction(sessions) as session:
        session.execute(
            update(NoticeRow)
            .where(*late)
            .values(due_at=None, address_encrypted=None, outcome="expired")
            .execution_options(synchronize_session=False)
        )


def _postpone(sessions: SessionFactory, clock: Clock, id_: int, at_least: timedelta) -> None:
    with transaction(sessions) as session:
        row = session.get(NoticeRow, id_)
        if row is None:  # erased or withdrawn meanwhile
            return
        if row.attempts >= MAX_ATTEMPTS:
            row.due_at, row.address_encrypted, row.outcome = None, None, "given_up"
        else:
            row.due_at = clock() + max(at_least, FIRST_PAUSE * 2 ** (row.attempts - 1))


def _hold_channel(sessions: SessionFactory, clock: Clock, channel: str, pause: timedelta) -> None:
    """Telegram's RetryAfter is about the bot, not the chat: whoever goes on sending waits longer."""
    until = clock() + pause
    with transaction(sessions) as session:
        session.execute(
            update(NoticeRow)
            .where(NoticeRow.channel == channel, NoticeRow.due_at < until)
            .values(due_at=until)
            .execution_options(synchronize_session=False)
        )


def stop_writing_to(sessions: SessionFactory, person_key: str, channel: str) -> None:
    """They have blocked us: nothing is sent any more, and no address is kept. Appointments stay; waiting makes no sense."""
    with transaction(sessions) as session:
        end_subscription(session, person_key, channel)
        for table, values in ((Appointment, {}), (WaitingEntry, {"status": "ended"})):
            session.execute(
                update(table)
                .where(table.person_key == person_key, table.channel == channel)
                .values(address_encrypted=None, **values)
                .execution_options(synchronize_session=False)
            )


def _close(sessions: SessionFactory, id_: int, outcome: str) -> None:
    with transaction(sessions) as session:
        row = session.get(NoticeRow, id_)
        if row is not None:
            row.due_at, row.address_encrypted, row.outcome = None, None, outcome


def _notice(row: Any) -> Notice:
    return Notice(row.id, row.kind, row.language, row.person_key, dict(row.params))


def _with_address(sessions: SessionFactory, notice: Notice, now: datetime) -> Notice:
    """Where to go as the catalogue knows it when the notice is sent, not when it was written."""
    city = notice.params.get("city")
    if city is None:
        return notice
    address = shop_address(sessions, city, now, notice.params.get("service"))
    return replace(notice, params={**notice.params, "address": address})
