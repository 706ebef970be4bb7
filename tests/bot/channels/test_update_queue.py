"""Each update is taken once and lost never; what people wrote lies encrypted while it waits, and not at all afterwards."""

from __future__ import annotations

import json
import logging
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select, text

from bot.channels.update_queue import TelegramUpdate, UpdateQueue
from storage.database import SessionFactory
from storage.keys import Keyring
from tests.conftest import FixedClock

KEYRING = Keyring(["k" * 32])
UPDATE = json.dumps({"update_id": 7, "message": {"text": "dove posso lavarmi", "chat": {"id": 123456789}}})


@pytest.fixture
def queue(sessions: SessionFactory, clock: FixedClock) -> UpdateQueue:
    return UpdateQueue(sessions, KEYRING, clock)


def test_once(queue: UpdateQueue) -> None:
    assert queue.accept(7, UPDATE)
    assert not queue.accept(7, UPDATE)
    assert queue.accept(8, UPDATE)
    assert queue.waiting() == [UPDATE, UPDATE]


def test_once_also_after_it_was_answered(queue: UpdateQueue) -> None:
    queue.accept(7, UPDATE)
    queue.done(7)
    assert not queue.accept(7, UPDATE)
    assert queue.waiting() == []


def test_once_also_when_it_comes_twice_at_the_same_time(queue: UpdateQueue) -> None:
    with ThreadPoolExecutor(4) as pool:
        taken = list(pool.map(lambda _: queue.accept(7, UPDATE), range(8)))
    assert sorted(taken) == [False] * 7 + [True]


def test_a_number_beyond_four_bytes(queue: UpdateQueue) -> None:
    assert queue.accept(2**52, UPDATE) and queue.waiting() == [UPDATE]


def test_encrypted_while_it_waits_and_gone_when_it_is_done(
    queue: UpdateQueue, sessions: SessionFactory, clock: FixedClock
) -> None:
    queue.accept(7, UPDATE)
    with sessions() as session:
        (row,) = session.execute(text("SELECT * FROM telegram_update")).all()
        for words in ("lavarmi", "123456789", "chat"):
            assert words not in str(row)
    queue.done(7)
    queue.done(99)  # never taken: nothing to do
    with sessions() as session:
        kept = session.execute(
            select(TelegramUpdate.update_id, TelegramUpdate.payload, TelegramUpdate.received_at)
        ).all()
        assert kept == [(7, None, clock())]


def test_a_killed_process_leaves_what_it_had_not_answered(
    queue: UpdateQueue, sessions: SessionFactory, clock: FixedClock
) -> None:
    for number in (12, 9, 10, 11):
        queue.accept(number, str(number))
    queue.done(10)
    next_process = UpdateQueue(sessions, Keyring(["n" * 32, "k" * 32]), clock)
    assert next_process.waiting() == ["9", "11", "12"]


def test_what_no_key_opens_any_more_keeps_nobody_from_starting(
    queue: UpdateQueue, sessions: SessionFactory, clock: FixedClock, caplog: pytest.LogCaptureFixture
) -> None:
    queue.accept(7, UPDATE)
    other = UpdateQueue(sessions, Keyring(["o" * 32]), clock)
    other.accept(8, "readable")
    with caplog.at_level(logging.ERROR):
        assert other.waiting() == ["readable"]
    assert "update 7" in caplog.text
    caplog.clear()
    assert other.waiting() == ["readable"]
    assert caplog.text == "", "dropped for good"


def test_what_is_answered_together_is_written_together(queue: UpdateQueue) -> None:
    for number in (1, 2, 3):
        queue.accept(number, str(number))
    queue.keep(1, "answers", [2, 3])
    assert queue.waiting() == ["answers"]
    queue.done(1, 2)
    assert queue.waiting() == []
