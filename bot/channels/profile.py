"""What Telegram shows of the bot before anybody writes: its commands, name and descriptions, in every language.

Telegram allows few changes of these, so each is sent only when it differs from what was sent last.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from typing import Any

from sqlalchemy import BigInteger, Column, String
from telegram import BotCommand
from telegram.error import RetryAfter, TelegramError
from telegram.ext import ExtBot

from bot.channels.commands import DESCRIPTIONS
from bot.channels.limits import ONE_TRY, seconds_of
from bot.responses import texts_of_domain
from bot.translations import N_, SOURCE_LANGUAGE, translate, written_languages
from storage.database import Base, SessionFactory, transaction

log = logging.getLogger(__name__)

NAME = N_("Orienta: free help in your city")
SHORT_DESCRIPTION = N_("Free help in your city: a shower, food, a bed, a lawyer, a doctor. In your language.")
DESCRIPTION = "utter_welcome"

MAX_NAME, MAX_SHORT_DESCRIPTION, MAX_DESCRIPTION, MAX_COMMAND = 64, 120, 512, 256
"""Characters: https://core.telegram.org/bots/api#setmyname and the methods after it."""


class TelegramProfile(Base):
    """What was sent last. `item`: such as `name:ar`; `digest`: of the text."""

    __tablename__ = "telegram_profile"

    bot_id = Column(BigInteger, primary_key=True, autoincrement=False)
    item = Column(String(40), primary_key=True)
    digest = Column(String(64), nullable=False)


Send = Callable[[], Awaitable[bool]]


def items(bot: ExtBot) -> Iterator[tuple[str, str, Send]]:
    """Each item's name, its text, and what sends it. The one without a language is for all languages that are not ours."""
    welcome = texts_of_domain()[DESCRIPTION]
    for language in [None, *written_languages()]:
        code = language or SOURCE_LANGUAGE
        commands = [
            BotCommand(name, f"{emoji} {translate(code, msgid)}") for name, (emoji, msgid) in DESCRIPTIONS.items()
        ]
        name, short, long = (translate(code, text) for text in (NAME, SHORT_DESCRIPTION, welcome))
        about: dict[str, Any] = {"language_code": language, "rate_limit_args": ONE_TRY}
        key = language or "all"
        told = "\n".join(f"{one.command} {one.description}" for one in commands)
        yield f"commands:{key}", told, partial(bot.set_my_commands, commands, **about)
        yield f"description:{key}", long, partial(bot.set_my_description, long, **about)
        yield f"short:{key}", short, partial(bot.set_my_short_description, short, **about)
        yield f"name:{key}", name, partial(bot.set_my_name, name, **about)


async def set_up_profile(bot: ExtBot, sessions: SessionFactory) -> int:
    """Send what is new. Returns how many items; what Telegram does not take now comes with the next start."""
    sent = 0
    with sessions() as session:
        known = {row.item: row.digest for row in session.query(TelegramProfile).filter_by(bot_id=bot.id)}
    for item, text, send in items(bot):
        digest = hashlib.sha256(text.encode()).hexdigest()
        if known.get(item) == digest:
            continue
        try:
            await send()
        except RetryAfter as error:
            log.info("commands and descriptions: the rest follows, Telegram wants %.0f s", seconds_of(error))
            break
        except TelegramError as error:
            log.warning("%s was not taken by Telegram: %s", item, type(error).__name__)
            continue
        with transaction(sessions) as session:
            session.merge(TelegramProfile(bot_id=bot.id, item=item, digest=digest))
        sent += 1
    return sent
