"""The channel in this process, with an assistant that a test writes itself, against the strict emulator."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any, Optional

import pytest
import pytest_asyncio
from rasa.core.channels.channel import UserMessage

from bot.channels.telegram import TelegramInput, end
from storage.settings import Settings
from tests.strict_telegram import TOKEN, StrictTelegram, running_telegram

Answer = dict[str, Any]


@pytest.fixture(scope="session")
def _telegram() -> Iterator[StrictTelegram]:
    with running_telegram() as telegram:
        yield telegram


@pytest.fixture
def telegram(_telegram: StrictTelegram) -> StrictTelegram:
    _telegram.reset()
    return _telegram


class Running:
    """A channel that polls. `told`: each text that reached the assistant; `answer`: what the assistant says to it."""

    def __init__(self, telegram: StrictTelegram, folder: Path) -> None:
        self.telegram = telegram
        self.settings = Settings(
            data_dir=folder, secret_key="s" * 32, telegram_token=TOKEN, telegram_api_url=telegram.url
        )
        self.told: list[str] = []
        self.metadata: list[dict[str, Any]] = []
        self.answer: Callable[[str], list[Answer]] = lambda text: [{"text": f"re: {text}"}]
        self.seconds = 0.0
        self.channel: TelegramInput

    async def start(self) -> None:
        self.channel = TelegramInput(self.settings)
        self.channel.blueprint(self._assistant)
        await self.channel._start(None, None)

    async def _assistant(self, message: UserMessage) -> None:
        text = str(message.text)
        self.told.append(text)
        self.metadata.append(dict(message.metadata or {}))
        if self.seconds:
            await asyncio.sleep(self.seconds)
        for answer in self.answer(text):
            await message.output_channel.send_response(message.sender_id, answer)

    async def kill(self) -> None:
        """As SIGKILL does: nothing is finished, nothing is written down."""
        for task in [*self.channel._tasks, self.channel._polling]:
            if task:
                await end(task)
        await self.channel._bot.shutdown()

    async def until(self, what: Callable[[], Any], seconds: float = 10) -> None:
        deadline = asyncio.get_running_loop().time() + seconds
        while not what():
            assert asyncio.get_running_loop().time() < deadline, self.telegram.history[-10:]
            await asyncio.sleep(0.01)

    async def answers(self, chat_id: int, count: int, seconds: float = 10) -> list[str]:
        """A chat's first `count` answers, once they are there."""
        await self.until(lambda: len(self.telegram.texts(chat_id)) >= count, seconds)
        return self.telegram.texts(chat_id)

    async def silence(self, seconds: float = 0.3) -> None:
        """Long enough for an answer that must not come."""
        await asyncio.sleep(seconds)

    def waiting(self) -> list[str]:
        return self.channel._queue.waiting()


@pytest_asyncio.fixture
async def running(
    telegram: StrictTelegram, sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Running]:
    """Started, on an SQLite of its own; its profile is not sent unless a test asks for it."""

    async def nothing(*_: Any) -> Optional[int]:
        return 0

    monkeypatch.setattr("bot.channels.telegram.set_up_profile", nothing)
    running = Running(telegram, tmp_path)
    shutil.copyfile(sqlite_template, tmp_path / "orienta.db")
    await running.start()
    yield running
    await running.channel._stop(None, None)
