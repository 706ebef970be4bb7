"""Telegram's updates, each taken once, kept until it is answered: a killed process loses none and doubles none."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Optional

from sqlalchemy import BigInteger, Column, Text, bindparam, delete, select, update
from sqlalchemy.exc import IntegrityError

from storage.clock import Clock
from storage.database import Base, SessionFactory, UTCDateTime, transaction
from storage.keys import Keyring

log = logging.getLogger(__name__)

MARK_KEPT = timedelta(days=2)
"""How long an answered update is remembered. Telegram repeats none after 24 hours
(https://core.telegram.org/bots/api#getting-updates)."""


class TelegramUpdate(Base):
    """`payload`: the encrypted update while it waits for its answer, then NULL; the row stays as the mark against doubles."""

    __tablename__ = "telegram_update"

    update_id = Column(BigInteger, primary_key=True, autoincrement=False)
    payload = Column(Text)
    received_at = Column(UTCDateTime, nullable=False, index=True)


_WRITE = (
    update(TelegramUpdate.__table__)
    .where(TelegramUpdate.__table__.c.update_id == bindparam("id"))
    .values(payload=bindparam("content"))
)
"""Built once: it is written at each answer."""


class UpdateQueue:
    """The table of updates.

    Args:
        sessions: where it is kept.
        keyring: encrypts the waiting updates; they hold what people wrote.
        clock: for `received_at`.
    """

    def __init__(self, sessions: SessionFactory, keyring: Keyring, clock: Clock) -> None:
        self._sessions = sessions
        self._keyring = keyring
        self._clock = clock

    def accept(self, update_id: int, payload: str) -> bool:
        """Take an update. False when it was taken before."""
        try:
            with transaction(self._sessions) as session:
                session.add(
                    TelegramUpdate(
                        update_id=update_id, payload=self._keyring.encrypt(payload), received_at=self._clock()
                    )
                )
        except IntegrityError:
            return False
        return True

    def keep(self, update_id: int, payload: str) -> None:
        """Put what is still to be done about the update in the place of its content."""
        self._write(update_id, self._keyring.encrypt(payload))

    def done(self, update_id: int) -> None:
        """The update was answered: its content is dropped."""
        self._write(update_id, None)

    def _write(self, update_id: int, payload: Optional[str]) -> None:
        with transaction(self._sessions) as session:
            session.execute(_WRITE, {"id": update_id, "content": payload})

    def forget(self, is_theirs: Callable[[str], bool]) -> int:
        """Drop what waits and is somebody's, as their payload tells. Returns how many updates."""
        theirs = [id_ for id_, payload in self._waiting() if is_theirs(payload)]
        for update_id in theirs:
            self.done(update_id)
        return len(theirs)

    def drop_answered(self) -> int:
        """Forget that updates of long ago were answered. Returns how many."""
        with transaction(self._sessions) as session:
            old = delete(TelegramUpdate).where(
                TelegramUpdate.payload.is_(None), TelegramUpdate.received_at < self._clock() - MARK_KEPT
            )
            return int(session.execute(old, execution_options={"synchronize_session": False}).rowcount)

    def waiting(self) -> list[str]:
        """The payloads of updates that were taken and not answered, oldest first.

        Those that no key of this installation opens any more are dropped.
        """
        return [payload for _, payload in self._waiting()]

    def _waiting(self) -> list[tuple[int, str]]:
        with self._sessions() as session:
            rows = session.execute(
                select(TelegramUpdate.update_id, TelegramUpdate.payload)
                .where(TelegramUpdate.payload.is_not(None))
                .order_by(TelegramUpdate.update_id)
            ).all()
        payloads = []
        for update_id, payload in rows:
            try:
                payloads.append((update_id, self._keyring.decrypt(payload)))
            except ValueError:
                log.error("update %s was encrypted with a key that is gone: dropped", update_id)
                self.done(update_id)
        return payloads
