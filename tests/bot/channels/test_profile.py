"""Commands, name and descriptions in every language, as Telegram takes them, sent when they changed and only then."""

from __future__ import annotations

import pytest

from bot.channels import profile
from bot.channels.commands import COMMANDS
from bot.channels.profile import set_up_profile
from bot.channels.sending import make_bot
from bot.translations import written_languages
from storage.database import SessionFactory
from storage.settings import Settings
from tests.strict_telegram import TOKEN, Failure, StrictTelegram

METHODS = ("setMyCommands", "setMyDescription", "setMyShortDescription", "setMyName")


async def run(telegram: StrictTelegram, sessions: SessionFactory) -> int:
    bot = make_bot(Settings(telegram_token=TOKEN, telegram_api_url=telegram.url))
    async with bot:
        return await set_up_profile(bot, sessions)


async def test_in_every_language_once(
    telegram: StrictTelegram, sessions: SessionFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    languages = ["", *written_languages()]
    assert await run(telegram, sessions) == len(languages) * len(METHODS)
    for language in languages:
        commands = telegram.profile["setMyCommands", language]
        assert [one["command"] for one in commands] == list(COMMANDS)
        name, about = (telegram.profile[f"setMy{what}", language] for what in ("Name", "Description"))
        assert name.startswith("Orienta") and "Orienta" in about
    assert len({telegram.profile["setMyName", language] for language in languages}) == len(languages) - 1
    calls = len(telegram.calls)
    assert await run(telegram, sessions) == 0
    assert len(telegram.calls) == calls + 1, "getMe alone"
    monkeypatch.setattr(profile, "NAME", "Orienta")
    assert await run(telegram, sessions) == len(languages)


async def test_what_is_not_taken_now_comes_with_the_next_start(
    telegram: StrictTelegram, sessions: SessionFactory
) -> None:
    telegram.fail("setMyName", Failure("500"), Failure("429", retry_after=86400))
    first = await run(telegram, sessions)
    rest = await run(telegram, sessions)
    assert first == 6 and first + rest == 4 * (len(written_languages()) + 1)
    assert telegram.profile["setMyName", ""]
