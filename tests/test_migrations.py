from __future__ import annotations

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect

import appointments.models
import bot.channels.profile
import bot.channels.update_queue
import bot.channels.voice_notes
import console.accounts
import services_catalog.models
import services_catalog.procedures.models
import storage.audit
import storage.conversations
import storage.people
import storage.staff_links
from storage.database import Engine, make_engine, metadata
from storage.migrate import downgrade, is_current, migrate

TABLES = (
    appointments.models,
    bot.channels.profile,
    bot.channels.update_queue,
    bot.channels.voice_notes,
    console.accounts,
    services_catalog.models,
    services_catalog.procedures.models,
    storage.audit,
    storage.conversations,
    storage.people,
    storage.staff_links,
)
"""The modules that define tables."""


def test_migrations_make_what_the_models_say(engine: Engine) -> None:
    assert is_current(engine)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_down_to_nothing_and_up_again(database_url: str) -> None:
    engine = make_engine(database_url)
    migrate(engine)
    migrate(engine)
    downgrade(engine)
    assert set(inspect(engine).get_table_names()) <= {"alembic_version"}
    assert not is_current(engine)
    migrate(engine)
    assert is_current(engine)
    engine.dispose()
