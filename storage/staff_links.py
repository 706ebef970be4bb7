"""The Telegram accounts of console accounts: linked by a code for once, to share a unit's position and be told of new bookings.

The console makes the code, the Telegram channel takes it, the worker tells. What of an account they need stands here.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Optional

from sqlalchemy import JSON, Boolean, Column, String, Text, select

from storage.clock import Clock
from storage.database import Base, Session, SessionFactory, UTCDateTime, transaction

CODE_LASTS = timedelta(minutes=15)


class StaffLink(Base):
    """`code_hash`: SHA-256 of the code that waits to be written to the bot. `unit_id`: the mobile unit whose position they share.

    `told_at`: new bookings until then have been told of.
    """

    __tablename__ = "staff_link"

    account_name = Column(String(64), primary_key=True)
    cities = Column(JSON, nullable=False)
    language = Column(String(2), nullable=False)
    unit_id = Column(String(36))
    tells = Column(Boolean, nullable=False, default=False)
    code_hash = Column(String(64), unique=True)
    code_expires_at = Column(UTCDateTime)
    person_key = Column(String(64), unique=True)
    address_encrypted = Column(Text)
    told_at = Column(UTCDateTime)


@dataclass(frozen=True)
class Linked:
    """A linked account. `address_encrypted`: the Telegram chat; `told_at`: aware, UTC."""

    account_name: str
    cities: tuple[str, ...]
    language: str
    unit_id: Optional[str]
    tells: bool
    person_key: str
    address_encrypted: str
    told_at: datetime


def new_code(
    sessions: SessionFactory,
    clock: Clock,
    *,
    account_name: str,
    cities: Collection[str],
    language: str,
    unit_id: Optional[str],
    tells: bool,
) -> str:
    """A code that links the Telegram account which writes it to the bot within `CODE_LASTS`; the one before is void."""
    code = secrets.token_hex(8)
    with transaction(sessions) as session:
        row = session.get(StaffLink, account_name) or StaffLink(account_name=account_name)
        row.cities, row.language, row.unit_id, row.tells = sorted(cities), language, unit_id, tells
        row.code_hash, row.code_expires_at = _digest(code), clock() + CODE_LASTS
        session.add(row)
    return code


def link(
    sessions: SessionFactory, clock: Clock, *, code: str, person_key: str, address_encrypted: str
) -> Optional[Linked]:
    """Link whoever writes a code; it serves once. None: there is no such code, or it is too old."""
    now = clock()
    with transaction(sessions) as session:
        row = session.execute(
            select(StaffLink).where(StaffLink.code_hash == _digest(code), StaffLink.code_expires_at > now)
        ).scalar()
        if row is None:
            return None
        before = session.execute(select(StaffLink).where(StaffLink.person_key == person_key)).scalar()
        if before is not None:
            before.person_key = before.address_encrypted = None
            session.flush()
        row.code_hash = row.code_expires_at = None
        row.person_key, row.address_encrypted, row.told_at = person_key, address_encrypted, now
        return _linked(row)


def linked_person(sessions: SessionFactory, person_key: str) -> Optional[Linked]:
    """Whose account a Telegram account is linked to."""
    with sessions() as session:
        row = session.execute(select(StaffLink).where(StaffLink.person_key == person_key)).scalar()
        return _linked(row) if row is not None else None


def link_of(sessions: SessionFactory, account_name: str) -> Optional[Linked]:
    """The Telegram account of a console account, where one is linked."""
    with sessions() as session:
        row = session.get(StaffLink, account_name)
        return _linked(row) if row is not None and row.person_key else None


def who_is_told(sessions: SessionFactory) -> list[Linked]:
    """The linked accounts that are told of new bookings."""
    with sessions() as session:
        rows = session.execute(select(StaffLink).where(StaffLink.tells, StaffLink.person_key.is_not(None))).scalars()
        return [_linked(row) for row in rows]


def told(sessions: SessionFactory, account_name: str, until: datetime) -> None:
    """Bookings until then have been told of."""
    with transaction(sessions) as session:
        row = session.get(StaffLink, account_name)
        if row is not None:
            row.told_at = until


def cities_changed(session: Session, account_name: str, cities: Collection[str]) -> None:
    """To be called where an account's cities change; a unit that was theirs may not be any more."""
    row = session.get(StaffLink, account_name)
    if row is not None and set(row.cities) != set(cities):
        row.cities, row.unit_id = sorted(cities), None


def unlink(session: Session, account_name: str) -> None:
    """To be called where an account is shut out, or unlinks itself."""
    row = session.get(StaffLink, account_name)
    if row is not None:
        session.delete(row)


def _linked(row: Any) -> Linked:
    return Linked(
        row.account_name,
        tuple(row.cities),
        row.language,
        row.unit_id,
        row.tells,
        row.person_key,
        row.address_encrypted,
        row.told_at,
    )


def _digest(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()
