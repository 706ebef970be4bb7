"""Console accounts and their sessions: argon2 passwords, session rows that can be revoked, lock-out after bad tries."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Optional

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from sqlalchemy import Column, ForeignKey, Integer, String, delete, select
from sqlalchemy.exc import IntegrityError

from services_catalog.vocabulary import CITIES
from storage.clock import Clock
from storage.database import Base, SessionFactory, UTCDateTime, transaction

ROLES = ("staff", "operator", "network", "admin")
ROLES_WITH_CITY = ("staff", "operator")
PASSWORD_LENGTH = 10
SESSION_HOURS = 12
TRIES = 5
LOCK_MINUTES = 15

_hasher = PasswordHasher()
_NOBODY = _hasher.hash(secrets.token_hex(8))
"""Verified against when the name is unknown, so that a wrong name takes as long as a wrong password."""


class AccountError(Exception):
    """An account that cannot be made; the text names the remedy."""


class Account(Base):
    __tablename__ = "account"

    name = Column(String(64), primary_key=True)
    password_hash = Column(String(200), nullable=False)
    role = Column(String(16), nullable=False)
    city = Column(String(32))
    failed_tries = Column(Integer, nullable=False, default=0)
    locked_until = Column(UTCDateTime)
    created_at = Column(UTCDateTime, nullable=False)


class ConsoleSession(Base):
    """`token_hash`: SHA-256 of the cookie's value, which is kept nowhere."""

    __tablename__ = "console_session"

    token_hash = Column(String(64), primary_key=True)
    account_name = Column(String(64), ForeignKey("account.name", ondelete="CASCADE"), nullable=False, index=True)
    expires_at = Column(UTCDateTime, nullable=False)


@dataclass(frozen=True)
class User:
    """Who is logged in."""

    name: str
    role: str
    city: Optional[str]


def add_account(
    sessions: SessionFactory, clock: Clock, *, name: str, password: str, role: str, city: Optional[str]
) -> None:
    """Raises AccountError for a name that is taken, an unknown role or city, or a short password."""
    if not 2 <= len(name) <= 64:
        raise AccountError("The name must have 2 to 64 characters.")
    if role not in ROLES:
        raise AccountError(f"{role}: no such role; one of {', '.join(ROLES)}.")
    if role in ROLES_WITH_CITY and city is None:
        raise AccountError(f"An account with the role {role} belongs to a city: add --city ID.")
    if city is not None and city not in CITIES:
        raise AccountError(f"{city}: no such city; one of {', '.join(CITIES)}.")
    if len(password) < PASSWORD_LENGTH:
        raise AccountError(f"The password must have at least {PASSWORD_LENGTH} characters.")
    try:
        with transaction(sessions) as session:
            session.add(
                Account(
                    name=name,
                    password_hash=_hasher.hash(password),
                    role=role,
                    city=city,
                    failed_tries=0,
                    created_at=clock(),
                )
            )
    except IntegrityError as error:
        raise AccountError(f"There is an account {name} already; choose another name.") from error


def log_in(sessions: SessionFactory, clock: Clock, name: str, password: str) -> Optional[str]:
    """The value for the session cookie, or None for a wrong name or password or a locked account."""
    now = clock()
    with transaction(sessions) as session:
        account = session.get(Account, name) if "\x00" not in name else None  # no text for PostgreSQL
        try:
            right = _hasher.verify(account.password_hash if account else _NOBODY, password) and account is not None
        except VerifyMismatchError:
            right = False
        if account is None or (account.locked_until and account.locked_until > now):
            return None
        if not right:
            account.failed_tries += 1
            if account.failed_tries >= TRIES:
                account.failed_tries, account.locked_until = 0, now + timedelta(minutes=LOCK_MINUTES)
            return None
        account.failed_tries, account.locked_until = 0, None
        session.execute(delete(ConsoleSession).where(ConsoleSession.expires_at < now))
        token = secrets.token_urlsafe(32)
        session.add(
            ConsoleSession(
                token_hash=_digest(token), account_name=name, expires_at=now + timedelta(hours=SESSION_HOURS)
            )
        )
        return token


def user_of(sessions: SessionFactory, clock: Clock, token: Optional[str]) -> Optional[User]:
    """Who a session cookie belongs to, as long as it is valid."""
    if not token:
        return None
    with sessions() as session:
        row = session.execute(
            select(Account.name, Account.role, Account.city, ConsoleSession.expires_at)
            .join(ConsoleSession, ConsoleSession.account_name == Account.name)
            .where(ConsoleSession.token_hash == _digest(token))
        ).first()
    return User(row.name, row.role, row.city) if row and row.expires_at > clock() else None


def log_out(sessions: SessionFactory, token: Optional[str]) -> None:
    """Revoke a session."""
    if token:
        with transaction(sessions) as session:
            session.execute(delete(ConsoleSession).where(ConsoleSession.token_hash == _digest(token)))


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
