from __future__ import annotations

from sqlalchemy import select

from storage.conversations import Conversation, drop_unused, erase_conversation, get_events, save_events
from storage.database import SessionFactory
from tests.conftest import FixedClock


def test_one_row_each_written_over(sessions: SessionFactory, clock: FixedClock) -> None:
    assert get_events(sessions, "tg-1") is None
    save_events(sessions, clock, "tg-1", "[1]")
    clock.advance(hours=1)
    save_events(sessions, clock, "tg-1", "[2]")
    save_events(sessions, clock, "tg-2", "[3]")
    assert (get_events(sessions, "tg-1"), get_events(sessions, "tg-2")) == ("[2]", "[3]")
    with sessions() as session:
        times = session.execute(select(Conversation.updated_at)).scalars().all()
    assert times == [clock(), clock()]


def test_erasing(sessions: SessionFactory, clock: FixedClock) -> None:
    save_events(sessions, clock, "tg-1", "[]")
    save_events(sessions, clock, "tg-2", "[]")
    erase_conversation(sessions, "tg-1")
    erase_conversation(sessions, "tg-1")
    assert get_events(sessions, "tg-1") is None and get_events(sessions, "tg-2") == "[]"


def test_those_that_nobody_went_on_with_are_dropped_after_the_days_to_the_second(
    sessions: SessionFactory, clock: FixedClock
) -> None:
    save_events(sessions, clock, "tg-old", "[]")
    clock.advance(seconds=1)
    save_events(sessions, clock, "tg-last", "[]")
    clock.advance(days=30)
    save_events(sessions, clock, "tg-new", "[]")
    assert drop_unused(sessions, clock, days=30) == 1
    assert get_events(sessions, "tg-old") is None
    assert get_events(sessions, "tg-last") == get_events(sessions, "tg-new") == "[]"
    assert drop_unused(sessions, clock, days=30) == 0


def test_a_turn_starts_the_days_anew(sessions: SessionFactory, clock: FixedClock) -> None:
    save_events(sessions, clock, "tg-1", "[]")
    clock.advance(days=29)
    save_events(sessions, clock, "tg-1", "[]")
    clock.advance(days=29)
    assert drop_unused(sessions, clock, days=30) == 0
