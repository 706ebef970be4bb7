"""Alembic's environment. The connection comes from `storage.migrate`, or from the settings for the `alembic` command."""

from __future__ import annotations

from alembic import context

from storage.database import make_engine, metadata
from storage.settings import load_settings

config = context.config


def run(connection: object) -> None:
    context.configure(connection=connection, target_metadata=metadata, render_as_batch=True, compare_type=True)
    with context.begin_transaction():
        context.run_migrations()


given = config.attributes.get("connection")
if given is not None:
    run(given)
else:
    engine = make_engine(load_settings().database_url)
    with engine.connect() as opened:
        run(opened)
        opened.commit()
