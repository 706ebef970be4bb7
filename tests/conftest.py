"""What every test shares: a migrated database on SQLite and on PostgreSQL, and a clock that stands still."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import inspect, text

from storage.database import Engine, SessionFactory, make_engine, make_session_factory
from storage.migrate import migrate
from storage.settings import Settings

CI = os.environ.get("CI") == "true"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--operations", type=int, default=400, help="random operations of tests/appointments/test_model.py"
    )


def unavailable(reason: str) -> None:
    """Skip with the reason; in CI, where everything must be there, fail."""
    if CI:
        pytest.fail(reason)
    pytest.skip(reason)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class FixedClock:
    """A `Clock` that shows what it was set to (aware, UTC)."""

    def __init__(self, now: datetime) -> None:
        self.now = now.astimezone(timezone.utc)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **kwargs: float) -> None:
        self.now += timedelta(**kwargs)


@pytest.fixture
def clock() -> FixedClock:
    """Wednesday 2026-11-25, 09:00 in Rome."""
    return FixedClock(datetime(2026, 11, 25, 8, 0, tzinfo=timezone.utc))


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Those that commands find; an SQLite database that is not there yet."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ORIENTA_DATABASE_URL", raising=False)
    monkeypatch.setenv("ORIENTA_DATA_DIR", str(tmp_path / "var"))
    return Settings(data_dir=tmp_path / "var")


def _postgres_binaries() -> Path | None:
    found = shutil.which("pg_ctl")
    if found:
        return Path(found).parent
    return next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)), None)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A private PostgreSQL cluster on a Unix socket and 127.0.0.1, stopped at the end.

    Not in pytest's own folder: that is closed to other users again whenever another run of pytest starts.
    """
    binaries = _postgres_binaries()
    if binaries is None:
        unavailable("PostgreSQL's server binaries are not installed (Debian: postgresql)")
        return
    folder = Path(tempfile.mkdtemp(prefix="orienta-postgres-"))
    port = free_port()
    as_user: list[str] = []
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root
        user = next((name for name in ("postgres", "nobody") if _user_exists(name)), None)
        if user is None:
            unavailable("no unprivileged user to run PostgreSQL as")
            return
        as_user = ["runuser", "-u", user, "--"]
        shutil.chown(folder, user)
    data = folder / "data"
    run = {"check": True, "capture_output": True, "cwd": "/"}
    subprocess.run([*as_user, binaries / "initdb", "-D", data, "-U", "orienta", "-A", "trust", "--no-sync"], **run)
    options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off -c max_connections=60"
    subprocess.run(
        [*as_user, binaries / "pg_ctl", "-D", data, "-w", "-l", folder / "log", "-o", options, "start"], **run
    )
    try:
        yield f"postgresql://orienta@127.0.0.1:{port}"
    finally:
        subprocess.run([*as_user, binaries / "pg_ctl", "-D", data, "-m", "immediate", "stop"], **run)
        shutil.rmtree(folder, ignore_errors=True)


def _user_exists(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated database to copy: migrating each test's own takes a second."""
    path = tmp_path_factory.mktemp("template") / "orienta.db"
    _migrated(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgres_database(postgres_url: str) -> str:
    """A migrated database that tests use one after the other, each leaving it empty: making one takes a second, too."""
    with _administration(postgres_url) as connection:
        connection.execute(text("CREATE DATABASE orienta"))
    url = f"{postgres_url}/orienta"
    _migrated(url)
    return url


def _migrated(url: str) -> None:
    engine = make_engine(url)
    migrate(engine)
    engine.dispose()


@contextmanager
def _administration(postgres_url: str) -> Iterator[Any]:
    admin = make_engine(f"{postgres_url}/postgres")
    with admin.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        yield connection
    admin.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database on each of the two: migrated when the test asks for `engine` too, otherwise without tables."""
    migrated = "engine" in request.fixturenames
    if request.param == "sqlite":
        path = tmp_path / "orienta.db"
        if migrated:
            shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    if migrated:
        url = request.getfixturevalue("postgres_database")
        yield url
        _empty(url)
        return
    server = request.getfixturevalue("postgres_url")
    name = f"test_{os.getpid()}_{free_port()}"
    with _administration(server) as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
        yield f"{server}/{name}"
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))


def _empty(url: str) -> None:
    """Delete all rows and start all numbers again; who is still connected is thrown out first."""
    engine = make_engine(url)
    with engine.begin() as connection:
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
                " AND pid <> pg_backend_pid()"
            )
        )
        tables = ", ".join(
            f'"{table}"' for table in inspect(connection).get_table_names() if table != "alembic_version"
        )
        connection.execute(text(f"TRUNCATE {tables} RESTART IDENTITY CASCADE"))
    engine.dispose()


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = make_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def sessions(engine: Engine) -> SessionFactory:
    """A session factory over a migrated, empty database."""
    return make_session_factory(engine)


@pytest.fixture
def sqlite_sessions(sqlite_template: Path, tmp_path: Path) -> Iterator[SessionFactory]:
    """As `sessions`, on SQLite alone: for what asks the database nothing that is not asked on both elsewhere."""
    engine = make_engine(f"sqlite:///{shutil.copyfile(sqlite_template, tmp_path / 'orienta.db')}")
    yield make_session_factory(engine)
    engine.dispose()
