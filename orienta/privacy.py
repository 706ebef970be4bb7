"""Erasing a person, and what time erases: the same for the command line and for the worker, which does it once a day."""

from __future__ import annotations

from dataclasses import dataclass

from appointments.erasure import erase_person_everywhere, erase_the_long_gone
from bot.channels.update_queue import UpdateQueue
from bot.channels.updates import concerns
from bot.channels.voice_notes import drop_unused_notes
from services_catalog.units import forget_old_positions
from storage.clock import Clock
from storage.conversations import drop_unused
from storage.database import SessionFactory, empty_log
from storage.keys import Keyring
from storage.settings import Settings


@dataclass(frozen=True)
class Dropped:
    conversations: int
    people: int
    updates: int


def erase_telegram_user(sessions: SessionFactory, keyring: Keyring, clock: Clock, telegram_id: int) -> bool:
    """Everything of a Telegram account, what waits for an answer too. Returns whether there was anything."""
    waiting = UpdateQueue(sessions, keyring, clock).forget(lambda payload: concerns(payload, telegram_id))
    return erase_person_everywhere(sessions, keyring.person_key("tg", str(telegram_id))) or bool(waiting)


def drop_what_is_old(sessions: SessionFactory, keyring: Keyring, clock: Clock, settings: Settings) -> Dropped:
    """Conversations nobody went on with, people long gone, marks of answered updates, past positions of mobile units,
    voice notes nobody asks for."""
    dropped = Dropped(
        drop_unused(sessions, clock, settings.conversation_days),
        erase_the_long_gone(sessions, clock, settings.person_days),
        UpdateQueue(sessions, keyring, clock).drop_answered(),
    )
    forget_old_positions(sessions, clock)
    drop_unused_notes(sessions, clock)
    empty_log(sessions)
    return dropped
