from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest

from tests.conversation.stack import Stack, running_stack
from tests.telegram_emulator import Emulator, TelegramPerson, running_emulator

_chat_ids = itertools.count(7_000_001)


@pytest.fixture(scope="session")
def emulator() -> Iterator[Emulator]:
    with running_emulator() as emulator:
        yield emulator


@pytest.fixture(scope="session")
def stack(emulator: Emulator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Everything, by polling, on SQLite."""
    with running_stack(emulator, tmp_path_factory.mktemp("orienta")) as stack:
        yield stack


@pytest.fixture
def person(stack: Stack) -> TelegramPerson:
    """Somebody new, whose Telegram is in English."""
    return stack.emulator.person(next(_chat_ids))


@pytest.fixture
def settled(person: TelegramPerson) -> TelegramPerson:
    """Somebody who has chosen English and Latina."""
    person.write("/start")
    person.read()
    person.press("set_language?language=en")
    person.read()
    person.press("set_city?city=latina")
    person.read()
    return person
