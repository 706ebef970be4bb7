"""Telegram's updates, each taken once, kept until it is answered: a killed process loses none and doubles none."""

from __future__ import annotations

import logging

from sqlalchemy import BigInteger, Column, Text, select
from sqlalchemy.exc import IntegrityError

from storage.clock import Clock
from storage.database import Base, SessionFactory, UTCDateTime, transaction
from storage.keys import Keyring

log = logging.getLogger(__name__)


class TelegramUpdate(Base):
    """`payload`: the encrypted update while it waits for its answer, then NULL; the row stays as the mark against doubles."""

    __tablename__ = "telegram_update"

    update_id = Column(BigInteger, primary_key=True, autoincrement=False)
    payload = Column(Text)
    received_at = Column(UTCDateTime, nullable=False, index=True)


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

    def done(self, update_id: int) -> None:
        """The update was answered: its content is dropped."""
        with transaction(self._sessions) as session:
            row = session.get(TelegramUpdate, update_id)
            if row is not None:
                row.payload = None

    def waiting(self) -> list[str]:
        """The payloads of updates that were taken and not answered, oldest first.

        Those that no key of this installation opens any more are dropped.
        """
        with self._sessions() as session:
            rows = session.execute(
                select(TelegramUpdate.update_id, TelegramUpdate.payload)
                .where(TelegramUpdate.payload.is_not(None))
                .order_by(TelegramUpdate.update_id)
            ).all()
        payloads = []
        for update_id, payload in rows:
            try:
                payloads.append(self._keyring.decrypt(payload))
            except ValueError:
                log.error("update %s was encrypted with a key that is gone: dropped", update_id)
                self.done(update_id)
        return payloads
