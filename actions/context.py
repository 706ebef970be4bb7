"""What the actions need of the world, made once in the action server's process."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from storage.clock import Clock, utc_now
from storage.database import SessionFactory, make_engine, make_session_factory
from storage.keys import Keyring, load_keyring
from storage.settings import load_settings


@dataclass(frozen=True)
class Context:
    sessions: SessionFactory
    keyring: Keyring
    clock: Clock


@lru_cache(maxsize=1)
def get_context() -> Context:
    settings = load_settings()
    return Context(make_session_factory(make_engine(settings.database_url)), load_keyring(settings), utc_now)
