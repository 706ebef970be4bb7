"""Times come back as they went in, on both databases; a transaction is all or nothing."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError, OperationalError, StatementError

from storage import clock
from storage.clock import ROME
from storage.database import Engine, SessionFactory, UTCDateTime, make_engine, make_session_factory, transaction
from storage.people import Person
from tests.conftest import FixedClock


def keep(sessions: SessionFactory, moment: datetime) -> datetime:
    """Write a moment, read it back with another session."""
    with transaction(sessions) as session:
        session.merge(Person(person_key="tg-1", updated_at=moment))
    with sessions() as session:
        return session.execute(select(Person.updated_at)).scalar_one()


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2026, 11, 25, 8, 0, tzinfo=timezone.utc),
        datetime(2026, 11, 25, 9, 0, 0, 123456, tzinfo=ROME),
        datetime(2026, 10, 25, 2, 30, tzinfo=ROME),
        datetime(2026, 10, 25, 2, 30, tzinfo=ROME, fold=1),
        datetime(2026, 7, 1, 0, 0, tzinfo=timezone(timedelta(hours=-11))),
        datetime(1970, 1, 1, tzinfo=timezone.utc),
        datetime(9999, 12, 31, 23, 59, tzinfo=timezone.utc),
    ],
)
def test_a_moment_comes_back_aware_and_in_utc(sessions: SessionFactory, moment: datetime) -> None:
    back = keep(sessions, moment)
    assert back == moment.astimezone(timezone.utc)
    assert back.utcoffset() == timedelta(0)


def test_a_naive_time_is_refused(sessions: SessionFactory) -> None:
    with pytest.raises(StatementError, match="without a time zone"):
        keep(sessions, datetime(2026, 11, 25, 8, 0))  # noqa: DTZ001 - the error that is meant
    with sessions() as session:
        assert session.execute(select(Person)).all() == []


def test_moments_are_compared_whatever_their_offset(sessions: SessionFactory) -> None:
    keep(sessions, datetime(2026, 11, 25, 9, 0, tzinfo=ROME))
    with sessions() as session:
        for moment, later in (
            (datetime(2026, 11, 25, 8, 30, tzinfo=timezone.utc), True),
            (datetime(2026, 11, 25, 8, 30, tzinfo=ROME), False),
        ):
            found = session.execute(select(Person).where(Person.updated_at < moment)).all()
            assert bool(found) is later


def test_nothing_is_nothing() -> None:
    column = UTCDateTime()
    assert column.process_bind_param(None, None) is None
    assert column.process_result_value(None, None) is None


def test_the_clock_is_aware() -> None:
    assert clock.utc_now().utcoffset() == timedelta(0)


def test_a_transaction_is_all_or_nothing(sessions: SessionFactory, clock: FixedClock) -> None:
    with pytest.raises(ZeroDivisionError), transaction(sessions) as session:
        session.add(Person(person_key="tg-1", updated_at=clock()))
        session.flush()
        raise ZeroDivisionError
    with pytest.raises(IntegrityError), transaction(sessions) as session:
        session.add(Person(person_key="tg-2", updated_at=clock()))
        session.flush()
        session.add(Person(person_key="tg-3", updated_at=None))
    with sessions() as session:
        assert session.execute(select(Person)).all() == []


def test_an_errors_text_does_not_carry_what_was_written(sessions: SessionFactory, clock: FixedClock) -> None:
    with pytest.raises(IntegrityError) as error, transaction(sessions) as session:
        session.add(Person(person_key="tg-secret", language="xylo", updated_at=None))
    statement = str(error.value).partition("DETAIL")[0]  # PostgreSQL's own message names the row
    assert "tg-secret" not in statement and "xylo" not in statement


def test_sqlite_is_set_up_for_several_processes(tmp_path: Path) -> None:
    engine = make_engine(f"sqlite:///{tmp_path / 'new' / 'folder' / 'orienta.db'}")
    with engine.connect() as connection:
        pragmas = {name: connection.execute(text(f"PRAGMA {name}")).scalar() for name in
                   ("journal_mode", "foreign_keys", "busy_timeout")}  # fmt: skip
    assert pragmas == {"journal_mode": "wal", "foreign_keys": 1, "busy_timeout": 2000}
    engine.dispose()


def test_sqlite_takes_the_write_lock_before_the_first_read(tmp_path: Path) -> None:
    """Else two who both read "free" would both go on to write."""
    url = f"sqlite:///{tmp_path / 'orienta.db'}"
    first, second = make_session_factory(make_engine(url)), make_session_factory(make_engine(f"{url}?timeout=0"))
    with transaction(first):
        with pytest.raises(OperationalError, match=re.escape("database is locked")), transaction(second):
            pass
        with second() as reader:
            assert reader.execute(text("SELECT 1")).scalar() == 1, "readers do not wait"
    with transaction(second):
        pass


def test_nothing_is_connected_to_before_it_is_needed() -> None:
    engine = make_engine("postgresql://nobody@192.0.2.1/nothing")
    assert engine.dialect.name == "postgresql"


def test_postgresql_speaks_utc(engine: Engine) -> None:
    if engine.dialect.name == "postgresql":
        with engine.connect() as connection:
            assert connection.execute(text("SHOW timezone")).scalar() in ("UTC", "utc")


def test_what_hangs_on_what_is_gone_is_refused(sessions: SessionFactory) -> None:
    with pytest.raises(IntegrityError), transaction(sessions) as session:
        session.execute(text("INSERT INTO phone (id, service_id, position, number) VALUES ('1', 'none', 0, '1')"))
