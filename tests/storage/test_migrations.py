"""The migrations make what the models say, keep what is there, and can be taken back."""

from __future__ import annotations

from datetime import datetime, timezone
from importlib import import_module
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, text

from storage.database import Engine, make_engine, metadata
from storage.migrate import downgrade, is_current, migrate

for module in (
    "appointments.models", "bot.channels.update_queue", "bot.channels.voice_notes", "console.accounts", "services_catalog.models",
    "services_catalog.procedures.models",
    "storage.audit", "storage.conversations", "storage.people", "storage.staff_links",
):  # fmt: skip
    import_module(module)  # fills the metadata

NINE = datetime(2026, 11, 26, 8, 0, tzinfo=timezone.utc)
CELL = int(NINE.timestamp()) // 900


@pytest.fixture
def empty(database_url: str) -> Any:
    engine = make_engine(database_url)
    yield engine
    engine.dispose()


def test_the_migrations_make_the_tables_of_the_models(engine: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "render_as_batch": True})
        assert compare_metadata(context, metadata) == []


def test_down_and_up_again(empty: Engine) -> None:
    migrate(empty)
    downgrade(empty)
    assert set(inspect(empty).get_table_names()) <= {"alembic_version"}
    migrate(empty)
    assert is_current(empty)


def test_an_agenda_of_before_is_kept(empty: Engine) -> None:
    """0006 and back: desks of types, claims by number, seats."""
    migrate(empty, "0005")
    at = NINE.replace(tzinfo=None) if empty.dialect.name == "sqlite" else NINE
    with empty.begin() as connection:
        for statement in (
            "INSERT INTO shop (id, example, notice_minutes, horizon_days) VALUES ('latina', true, 60, 7)",
            "INSERT INTO resource (id, shop_id, name, seats) VALUES (7, 'latina', 'Docce', 2)",
            "INSERT INTO appointment_type (id, shop_id, service, minutes, resource_id) VALUES (3, 'latina', 'shower', 30, 7)",
            "INSERT INTO availability (id, resource_id, weekday, opens, closes) VALUES (1, 7, 3, '09:00', '13:00')",
            "INSERT INTO appointment (id, shop_id, resource_id, service, person_key, language, code, starts_at, ends_at,"
            " status, channel, booked_at)"
            " VALUES ('a', 'latina', 7, 'shower', 'tg-1', 'it', 'sole-mare-10', :at, :at, 'pending', 'telegram', :at)",
            "INSERT INTO appointment_event (id, appointment_id, at, status, by) VALUES (1, 'a', :at, 'pending', 'person')",
            "INSERT INTO slot_claim (id, shop_id, resource_id, starts_at, seat, appointment_id)"
            " VALUES (1, 'latina', 7, :at, 1, 'a')",
        ):
            statement = statement.replace(", by)", ', "by")')
            connection.execute(text(statement), {"at": at} if ":at" in statement else {})
    migrate(empty)
    with empty.connect() as connection:
        assert connection.execute(text("SELECT type_id, resource_id FROM type_resource")).all() == [(3, 7)]
        assert connection.execute(text("SELECT cell, seat, expires_at FROM slot_claim")).all() == [(CELL, 1, None)]
        assert connection.execute(text("SELECT seat, changes FROM appointment")).all() == [(1, 0)]
    downgrade(empty, "0005")
    with empty.connect() as connection:
        assert connection.execute(text("SELECT resource_id FROM appointment_type")).all() == [(7,)]
        (row,) = connection.execute(text("SELECT starts_at, seat FROM slot_claim")).all()
        assert (str(row.starts_at)[:19], row.seat) == ("2026-11-26 08:00:00", 1)
        if empty.dialect.name == "sqlite":
            assert connection.execute(text("PRAGMA foreign_key_check")).all() == []
            assert connection.execute(text("PRAGMA foreign_keys")).scalar() == 1
    migrate(empty)
    assert is_current(empty)
