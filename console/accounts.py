"""Console accounts and their sessions: argon2 passwords, session rows that can be revoked, lock-out after bad tries."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Optional

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from sqlalchemy import Boolean, Column, ForeignKey, Integer, String, delete, func, select
from sqlalchemy.exc import IntegrityError

from console.permissions import ROLES, ROLES_WITH_CITY
from services_catalog.vocabulary import CITIES
from storage.audit import audit
from storage.clock import Clock
from storage.database import Base, Session, SessionFactory, UTCDateTime, transaction
from storage.staff_links import cities_changed, unlink

LANGUAGES = ("it", "en")
"""Of the console's pages."""
PASSWORD_LENGTH = 10
MAX_PASSWORD = 200
MAX_NAME = 64
SESSION_HOURS = 12
TRIES = 5
LOCK_MINUTES = 15
COMMAND_LINE = "command line"
"""Who did it, in the audit, when it was no account."""

_NAME = re.compile(rf"[\w.@ -]{{2,{MAX_NAME}}}")

_hasher = PasswordHasher()
_NOBODY = _hasher.hash(secrets.token_hex(8))
"""Verified against when the name is unknown, so that a wrong name takes as long as a wrong password."""


class AccountError(Exception):
    """What cannot be done with an account; the text names the remedy, `problem` is a word for whoever says it otherwise."""

    def __init__(self, problem: str, text: str) -> None:
        super().__init__(text)
        self.problem = problem


class Account(Base):
    """`must_change`: the password was given by an administrator, and serves once. `disabled_at`: shut out since then."""

    __tablename__ = "account"

    name = Column(String(MAX_NAME), primary_key=True)
    password_hash = Column(String(200), nullable=False)
    role = Column(String(16), nullable=False)
    language = Column(String(2), nullable=False, default="it")
    must_change = Column(Boolean, nullable=False, default=False)
    disabled_at = Column(UTCDateTime)
    failed_tries = Column(Integer, nullable=False, default=0)
    locked_until = Column(UTCDateTime)
    created_at = Column(UTCDateTime, nullable=False)


class AccountCity(Base):
    """The cities that an account works for."""

    __tablename__ = "account_city"

    account_name = Column(String(MAX_NAME), ForeignKey("account.name", ondelete="CASCADE"), primary_key=True)
    city = Column(String(32), primary_key=True)


class ConsoleSession(Base):
    """`token_hash`: SHA-256 of the cookie's value, which is kept nowhere."""

    __tablename__ = "console_session"

    token_hash = Column(String(64), primary_key=True)
    account_name = Column(String(MAX_NAME), ForeignKey("account.name", ondelete="CASCADE"), nullable=False, index=True)
    started_at = Column(UTCDateTime)
    expires_at = Column(UTCDateTime, nullable=False)


@dataclass(frozen=True)
class User:
    """Who is logged in. `cities`: ids in the order of the network; `language`: of the pages."""

    name: str
    role: str
    cities: tuple[str, ...]
    language: str = "it"
    must_change: bool = False


@dataclass(frozen=True)
class AccountView:
    """An account as administrators see it. `sessions`: how many are open."""

    name: str
    role: str
    cities: tuple[str, ...]
    disabled: bool
    locked: bool
    must_change: bool
    sessions: int


@dataclass(frozen=True)
class SessionView:
    """An open session. `id`: what it is ended by, not the cookie. Times are aware, UTC."""

    id: str
    started_at: Optional[datetime]
    expires_at: datetime
    this: bool


# -- accounts --


def add_account(
    sessions: SessionFactory,
    clock: Clock,
    *,
    name: str,
    password: str,
    role: str,
    cities: Collection[str] = (),
    must_change: bool = False,
    by: str = COMMAND_LINE,
) -> None:
    """Raises AccountError for a name that is taken or too long, an unknown role or city, or a short password."""
    _check_name(name)
    if role not in ROLES:
        raise AccountError("role", f"{role}: no such role; one of {', '.join(ROLES)}.")
    _check_cities(role, cities)
    _check_password(password)
    now = clock()
    account = Account(
        name=name,
        password_hash=_hasher.hash(password),
        role=role,
        must_change=must_change,
        failed_tries=0,
        created_at=now,
    )
    try:
        with transaction(sessions) as session:
            session.add(account)
            session.flush()
            session.add_all(AccountCity(account_name=name, city=city) for city in set(cities))
            audit(session, now, by, "account_added", f"{name}: {role} {' '.join(sorted(cities))}".strip())
    except IntegrityError as error:
        raise AccountError("taken", f"There is an account {name} already; choose another name.") from error


def accounts(sessions: SessionFactory, clock: Clock) -> list[AccountView]:
    """All accounts by name."""
    now = clock()
    with sessions() as session:
        cities: dict[str, set[str]] = defaultdict(set)
        for row in session.execute(select(AccountCity.account_name, AccountCity.city)):
            cities[row.account_name].add(row.city)
        query = select(ConsoleSession.account_name, func.count()).where(ConsoleSession.expires_at > now)
        counts = dict(session.execute(query.group_by(ConsoleSession.account_name)).all())
        return [
            AccountView(
                one.name,
                one.role,
                _in_order(cities[one.name]),
                one.disabled_at is not None,
                bool(one.locked_until and one.locked_until > now),
                one.must_change,
                counts.get(one.name, 0),
            )
            for one in session.execute(select(Account).order_by(Account.name)).scalars()
        ]


def set_cities(
    sessions: SessionFactory, clock: Clock, *, name: str, cities: Collection[str], by: str = COMMAND_LINE
) -> None:
    """Raises AccountError: no such account or city, or none left where the role needs one."""
    with transaction(sessions) as session:
        account = _account(session, name)
        _check_cities(account.role, cities)
        session.execute(delete(AccountCity).where(AccountCity.account_name == name))
        session.add_all(AccountCity(account_name=name, city=city) for city in set(cities))
        cities_changed(session, name, cities)
        audit(session, clock(), by, "account_cities", f"{name}: {' '.join(sorted(cities))}")


def disable(sessions: SessionFactory, clock: Clock, *, name: str, by: str = COMMAND_LINE) -> None:
    """Shut an account out at once. Raises AccountError: no such account, or the last administrator."""
    with transaction(sessions) as session:
        account = _account(session, name)
        others = select(func.count()).where(
            Account.role == "admin", Account.disabled_at.is_(None), Account.name != name
        )
        if account.role == "admin" and not session.execute(others).scalar():
            raise AccountError("last_admin", f"{name} is the last administrator; make another one first.")
        account.disabled_at = account.disabled_at or clock()
        _end(session, name)
        unlink(session, name)
        audit(session, clock(), by, "account_disabled", name)


def enable(sessions: SessionFactory, clock: Clock, *, name: str, by: str = COMMAND_LINE) -> None:
    """Let a disabled or locked account in again. Raises AccountError: no such account."""
    with transaction(sessions) as session:
        account = _account(session, name)
        account.disabled_at, account.locked_until, account.failed_tries = None, None, 0
        audit(session, clock(), by, "account_enabled", name)


def new_password() -> str:
    """Nobody's yet, and hard to guess."""
    return secrets.token_urlsafe(12)


def give_password(sessions: SessionFactory, clock: Clock, *, name: str, by: str = COMMAND_LINE) -> str:
    """A new password that serves once; the sessions end. Raises AccountError: no such account."""
    password = new_password()
    with transaction(sessions) as session:
        account = _account(session, name)
        account.password_hash, account.must_change = _hasher.hash(password), True
        account.failed_tries, account.locked_until = 0, None
        _end(session, name)
        audit(session, clock(), by, "password_given", name)
    return password


def change_password(
    sessions: SessionFactory, clock: Clock, *, name: str, old: str, new: str, token: Optional[str]
) -> None:
    """One's own; the other sessions end. `token`: the cookie of the session that stays.

    Raises:
        AccountError: the old one is wrong (which counts as a bad try), or the new one is too short or the same.
    """
    now = clock()
    _check_password(new)
    with transaction(sessions) as session:
        account = _account(session, name)
        right = _verified(account, old, now)
        if right:
            if old == new:
                raise AccountError("same", "The new password is the old one; choose another.")
            account.password_hash, account.must_change = _hasher.hash(new), False
            _end(session, name, keep=token)
            audit(session, now, name, "password_changed", name)
    if not right:
        raise AccountError("wrong", "The old password is wrong.")


def set_language(sessions: SessionFactory, *, name: str, language: str) -> None:
    """In which of `LANGUAGES` an account reads the pages; another one changes nothing."""
    if language in LANGUAGES:
        with transaction(sessions) as session:
            _account(session, name).language = language


# -- sessions --


def log_in(sessions: SessionFactory, clock: Clock, name: str, password: str) -> Optional[str]:
    """The value for the session cookie, or None for a wrong name or password or an account that is locked or disabled."""
    now = clock()
    with transaction(sessions) as session:
        account = session.get(Account, name)
        if not _verified(account, password, now) or account is None or account.disabled_at:
            return None
        session.execute(delete(ConsoleSession).where(ConsoleSession.expires_at < now))
        token = secrets.token_urlsafe(32)
        expires_at = now + timedelta(hours=SESSION_HOURS)
        session.add(ConsoleSession(token_hash=_digest(token), account_name=name, started_at=now, expires_at=expires_at))
        return token


def user_of(sessions: SessionFactory, clock: Clock, token: Optional[str]) -> Optional[User]:
    """Who a session cookie belongs to, as long as it is valid."""
    if not token:
        return None
    query = (
        select(Account.name, Account.role, Account.language, Account.must_change, AccountCity.city)
        .join(ConsoleSession, ConsoleSession.account_name == Account.name)
        .outerjoin(AccountCity, AccountCity.account_name == Account.name)
        .where(
            ConsoleSession.token_hash == _digest(token),
            ConsoleSession.expires_at > clock(),
            Account.disabled_at.is_(None),
        )
    )
    with sessions() as session:
        rows = session.execute(query).all()
    if not rows:
        return None
    one = rows[0]
    return User(one.name, one.role, _in_order({row.city for row in rows}), one.language, one.must_change)


def sessions_of(sessions: SessionFactory, clock: Clock, name: str, token: Optional[str] = None) -> list[SessionView]:
    """The open sessions of an account, the newest first. `token`: the cookie of the session that asks."""
    query = select(ConsoleSession).where(ConsoleSession.account_name == name, ConsoleSession.expires_at > clock())
    with sessions() as session:
        rows = session.execute(query.order_by(ConsoleSession.expires_at.desc())).scalars()
        return [
            SessionView(_id(row), row.started_at, row.expires_at, bool(token) and row.token_hash == _digest(str(token)))
            for row in rows
        ]


def end_sessions(
    sessions: SessionFactory, clock: Clock, *, name: str, by: str = COMMAND_LINE, id_: Optional[str] = None
) -> None:
    """End one session of an account (`id_` of `SessionView`), or all."""
    with transaction(sessions) as session:
        rows = session.execute(select(ConsoleSession).where(ConsoleSession.account_name == name)).scalars()
        for row in [row for row in rows if id_ is None or _id(row) == id_]:
            session.delete(row)
        audit(session, clock(), by, "sessions_ended", name)


def log_out(sessions: SessionFactory, token: Optional[str]) -> None:
    """Revoke a session."""
    if token:
        with transaction(sessions) as session:
            session.execute(delete(ConsoleSession).where(ConsoleSession.token_hash == _digest(token)))


# -- inside --


def _verified(account: Any, password: str, now: datetime) -> bool:
    """Whether the password is right, counting what was wrong; a locked account has no right one."""
    try:
        right = bool(_hasher.verify(account.password_hash if account else _NOBODY, password))
    except VerificationError:
        right = False
    if account is None or (account.locked_until and account.locked_until > now):
        return False
    if not right:
        account.failed_tries += 1
        if account.failed_tries >= TRIES:
            account.failed_tries, account.locked_until = 0, now + timedelta(minutes=LOCK_MINUTES)
        return False
    account.failed_tries, account.locked_until = 0, None
    return True


def _account(session: Session, name: str) -> Any:
    account = session.get(Account, name)
    if account is None:
        raise AccountError("unknown", f"There is no account {name}.")
    return account


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise AccountError("name", f"The name must have 2 to {MAX_NAME} letters, digits, dots, dashes or blanks.")


def _check_password(password: str) -> None:
    if len(password) < PASSWORD_LENGTH:
        raise AccountError("short", f"The password must have at least {PASSWORD_LENGTH} characters.")
    if len(password) > MAX_PASSWORD:
        raise AccountError("long", f"The password must have at most {MAX_PASSWORD} characters.")


def _check_cities(role: str, cities: Collection[str]) -> None:
    if role in ROLES_WITH_CITY and not cities:
        raise AccountError("needs_city", f"An account with the role {role} belongs to a city: add --city ID.")
    for city in cities:
        if city not in CITIES:
            raise AccountError("city", f"{city}: no such city; one of {', '.join(CITIES)}.")


def _end(session: Session, name: str, keep: Optional[str] = None) -> None:
    ended = delete(ConsoleSession).where(ConsoleSession.account_name == name)
    session.execute(ended.where(ConsoleSession.token_hash != _digest(keep)) if keep else ended)


def _in_order(cities: Collection[Optional[str]]) -> tuple[str, ...]:
    return tuple(city for city in CITIES if city in cities)


def _id(row: Any) -> str:
    return str(_digest(row.token_hash)[:16])


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
