"""One conversation's messages one after the other, in order; conversations beside each other."""

from __future__ import annotations

import asyncio

import pytest
from rasa.core.lock_store import LockStore
from rasa.utils.endpoints import EndpointConfig

from bot.lock_store import ConversationLockStore


@pytest.fixture
def store() -> ConversationLockStore:
    return ConversationLockStore()


def test_rasa_makes_it_from_endpoints() -> None:
    made = LockStore.create(EndpointConfig(type="bot.lock_store.ConversationLockStore"))
    assert isinstance(made, ConversationLockStore)


async def test_fifty_messages_are_answered_in_order_and_alone(store: ConversationLockStore) -> None:
    log: list[str] = []

    async def answer(number: int) -> None:
        async with store.lock("tg-1"):
            log.append(f"begin {number}")
            for _ in range(3):
                await asyncio.sleep(0)
            log.append(f"end {number}")

    await asyncio.wait_for(asyncio.gather(*(answer(number) for number in range(50))), timeout=5)
    assert log == [f"{what} {number}" for number in range(50) for what in ("begin", "end")]


async def test_conversations_do_not_wait_for_each_other(store: ConversationLockStore) -> None:
    inside: set[str] = set()
    both = asyncio.Event()

    async def answer(sender: str) -> None:
        async with store.lock(sender):
            inside.add(sender)
            if len(inside) == 2:
                both.set()
            await both.wait()

    await asyncio.wait_for(asyncio.gather(answer("tg-1"), answer("tg-2")), timeout=5)


async def test_an_error_lets_the_next_one_in(store: ConversationLockStore) -> None:
    with pytest.raises(ZeroDivisionError):
        async with store.lock("tg-1"):
            raise ZeroDivisionError
    async with store.lock("tg-1"):
        pass


async def test_who_gives_up_waiting_stands_in_nobodys_way(store: ConversationLockStore) -> None:
    order: list[str] = []

    async def answer(name: str) -> None:
        async with store.lock("tg-1"):
            order.append(name)

    async with store.lock("tg-1"):
        first, second = asyncio.ensure_future(answer("first")), asyncio.ensure_future(answer("second"))
        await asyncio.sleep(0)
        first.cancel()
    await asyncio.wait_for(second, timeout=5)
    assert order == ["second"]


async def test_nothing_is_kept_of_a_conversation_that_rests(store: ConversationLockStore) -> None:
    async def answer(sender: str) -> None:
        async with store.lock(sender):
            await asyncio.sleep(0)

    await asyncio.gather(*(answer(f"tg-{number % 7}") for number in range(70)))
    assert store._locks == {} and store._waiting == {}
