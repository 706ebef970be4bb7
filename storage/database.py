"""Engine, sessions and column types. No engine is made at import time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Optional, TypeAlias

from sqlalchemy import DateTime, MetaData, create_engine, event
from sqlalchemy.engine import Engine, make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, declarative_base, sessionmaker
from sqlalchemy.pool import QueuePool
from sqlalchemy.types import TypeDecorator

SQLITE_BUSY_SECONDS = 2.0
"""A locked SQLite would otherwise hold the whole server for 10 to 15 s."""

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)
Base: Any = declarative_base(metadata=metadata)

SessionFactory: TypeAlias = Callable[[], Any]
"""Makes a `Session` over one engine; use it as a context manager."""


class UTCDateTime(TypeDecorator):
    """Aware datetimes: stored in UTC, read back aware in UTC. A naive value raises ValueError."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: Optional[datetime], dialect: Any) -> Optional[datetime]:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a datetime without a time zone; pass an aware one")
        value = value.astimezone(timezone.utc)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: Optional[datetime], dialect: Any) -> Optional[datetime]:
        if value is None:
            return None
        return value.replace(tzinfo=timezone.utc) if value.tzinfo is None else value.astimezone(timezone.utc)


def make_engine(url: str) -> Engine:
    """An engine for SQLite (WAL, foreign keys, short busy wait) or PostgreSQL. Connects to nothing yet."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        pool = {}
        if parsed.database and parsed.database != ":memory:":
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
            # SQLAlchemy 1.4 opens a file anew for each session; the last one to close copies the WAL back: a read and
            # a write took 4.7 ms, with connections that stay open 0.9 ms. SQLAlchemy 2 does as here.
            pool = {"poolclass": QueuePool}
        engine = create_engine(
            url,
            future=True,
            **pool,
            hide_parameters=True,  # an error's text must not carry what a statement was given
            connect_args={"timeout": SQLITE_BUSY_SECONDS, "check_same_thread": False},
        )

        @event.listens_for(engine, "connect")
        def _pragmas(connection: Any, _record: Any) -> None:
            # pysqlite's own BEGIN handling is off: it starts no transaction before SELECT, so two readers could both
            # go on to write. https://docs.sqlalchemy.org/en/14/dialects/sqlite.html#pysqlite-serializable
            connection.isolation_level = None
            # secure_delete: what is erased must not stay in the file's free pages
            for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "secure_delete=ON"):
                connection.execute(f"PRAGMA {pragma}")

        @event.listens_for(engine, "begin")
        def _begin(connection: Any) -> None:
            connection.exec_driver_sql(
                "BEGIN IMMEDIATE" if connection.get_execution_options().get("writes") else "BEGIN"
            )

        return engine
    return create_engine(
        url,
        future=True,
        hide_parameters=True,
        pool_pre_ping=True,
        connect_args={"connect_timeout": 3, "options": "-c timezone=utc"},
    )


def make_session_factory(engine: Engine) -> SessionFactory:
    factory: SessionFactory = sessionmaker(engine, class_=Session, future=True, expire_on_commit=False)
    return factory


@contextmanager
def transaction(sessions: SessionFactory) -> Iterator[Session]:
    """One writing transaction: committed at the end, rolled back on any exception.

    On SQLite the write lock is taken at once (BEGIN IMMEDIATE), so that what was read inside cannot change before the
    write; elsewhere the database's own isolation and the constraints decide.
    """
    session: Session = sessions()
    try:
        session.connection(execution_options={"writes": True})
        yield session
        session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        session.close()


def empty_log(sessions: SessionFactory) -> None:
    """Copy SQLite's write-ahead log into the database file and cut it to nothing, after an erasure.

    While another process reads, SQLite does it only in part; the worker asks again with each retention. PostgreSQL
    rewrites its log and removes deleted rows by itself (autovacuum).
    """
    with sessions() as session:
        engine = session.get_bind()
    if engine.dialect.name == "sqlite":
        connection = engine.raw_connection()
        try:
            connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            connection.close()


__all__ = [
    "Base", "Engine", "SQLAlchemyError", "Session", "SessionFactory", "UTCDateTime", "empty_log",
    "make_engine", "make_session_factory", "metadata", "transaction",
]  # fmt: skip
