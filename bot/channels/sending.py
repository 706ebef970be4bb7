"""From a rendered response to what Telegram takes: parts of bounded length, signed buttons, an edit where it reads better."""

from __future__ import annotations

import re
from collections import OrderedDict
from typing import Any, Optional

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, InputFile, LinkPreviewOptions
from telegram.constants import MessageLimit
from telegram.error import BadRequest, ChatMigrated
from telegram.ext import ExtBot
from telegram.request import HTTPXRequest

from bot import payloads
from bot.channels.limits import Limits
from storage.keys import Keyring
from storage.settings import Settings

LONG_POLL_SECONDS = 25
OVERALL_RATE = 20.0
"""Messages a second of the assistant, which may send a fifth of them at once; of Telegram's 30 a second the rest is for the
notices, which another process sends."""
NOTICE_RATE = 4.0
KEPT_CHATS = 10_000

PASSING = {"utter_menu", "utter_meanings", "utter_stale", "utter_language__offer", "utter_reschedule__choose"}
"""Responses that only ask what to do, beside all `utter_ask_…`: the answer to one of their buttons takes their place."""

_SENTENCE_END = re.compile(r"[.!?…։۔؟।॥።፧]+[\"'»”)\]]*\s+|[。！？]+")
"""In the scripts that we write: Latin and Cyrillic, Arabic and Urdu, Devanagari, Bengali and Gurmukhi, Ethiopic, Chinese."""


def make_bot(settings: Settings, per_second: float = OVERALL_RATE, patient: bool = True) -> ExtBot:
    """The Bot API's client, which keeps to Telegram's limits; the arguments are those of `bot.channels.limits.Limits`."""
    assert settings.telegram_token, "make_bot is called with a token only"
    return ExtBot(
        settings.telegram_token,
        base_url=f"{settings.telegram_api_url}/bot",
        base_file_url=f"{settings.telegram_api_url}/file/bot",
        request=HTTPXRequest(connection_pool_size=32),
        get_updates_request=HTTPXRequest(connection_pool_size=1, read_timeout=LONG_POLL_SECONDS + 10),
        rate_limiter=Limits(per_second, patient),
    )


def inline_keyboard(buttons: list[dict[str, Any]], person_key: str, keyring: Keyring) -> Optional[InlineKeyboardMarkup]:
    """Rasa's buttons as an inline keyboard: those with the same `row` beside each other, the rest one below the other."""
    rows: list[list[InlineKeyboardButton]] = []
    last: Optional[str] = None
    for button in buttons:
        if "url" in button:
            made = InlineKeyboardButton(button["title"], url=button["url"])
        else:
            data = payloads.sign(button["payload"], person_key, keyring)
            made = InlineKeyboardButton(button["title"], callback_data=data)
        if rows and button.get("row") and button["row"] == last:
            rows[-1].append(made)
        else:
            rows.append([made])
        last = button.get("row")
    return InlineKeyboardMarkup(rows) if rows else None


def split_text(text: str, limit: int = MessageLimit.MAX_TEXT_LENGTH) -> list[str]:
    """Parts of at most `limit` UTF-16 units, cut after a blank line, a line, a sentence or a word, the first that there is."""
    parts = []
    while _units(text) > limit:
        most = len(text.encode("utf-16-le")[: 2 * limit].decode("utf-16-le", "ignore"))
        end = _pause(text, most) or most
        parts.append(text[:end].rstrip())
        text = text[end:].lstrip()
    return [part for part in (*parts, text) if part]


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _pause(text: str, limit: int) -> int:
    """Where to cut; 0 when there is no pause in the first `limit` characters."""
    head = text[:limit]
    for mark in ("\n\n", "\n"):
        if (found := head.rfind(mark, 1)) > 0:
            return found + len(mark)
    ends = [match.end() for match in _SENTENCE_END.finditer(head) if match.start() > 0]
    return ends[-1] if ends else max(head.rfind(" ", 1), 0)


def is_passing(message: dict[str, Any]) -> bool:
    """Whether a response only asks, so that nobody needs it once the answer is there."""
    name = str(message.get("utter_action") or "")
    return name.startswith("utter_ask_") or name in PASSING


class Sender:
    """Sends rendered responses to chats; remembers of each chat the newest message when it may be replaced."""

    def __init__(self, bot: ExtBot, keyring: Keyring) -> None:
        self._bot = bot
        self._keyring = keyring
        self._replaceable: OrderedDict[int, int] = OrderedDict()

    def written_to(self, chat_id: int) -> None:
        """The person wrote: what stands above their message is not the newest any more."""
        self._replaceable.pop(chat_id, None)

    async def send(self, chat_id: int, person_key: str, message: dict[str, Any], pressed: Optional[int] = None) -> None:
        """Send a rendered response; its buttons stand under the last part, or under the file that comes with it; a place
        with coordinates on a map below.

        Args:
            pressed: the message whose button is answered. When it is the chat's newest and only asked, it is edited.

        Raises:
            telegram.error.Forbidden: the person blocked the bot.
            telegram.error.TelegramError: anything else that Telegram refused.
        """
        keyboard = inline_keyboard(message.get("buttons") or [], person_key, self._keyring)
        newest = self._replaceable.pop(chat_id, None)
        if attachment := message.get("attachment"):
            file = InputFile(attachment["content"].encode(), filename=attachment["name"])
            await self._bot.send_document(chat_id, file, caption=message.get("text"), reply_markup=keyboard)
            return
        parts = split_text(message.get("text") or "")
        in_place = pressed if pressed is not None and pressed == newest and len(parts) == 1 else None
        for number, part in enumerate(parts, start=1):
            id_ = await self._write(chat_id, part, keyboard if number == len(parts) else None, in_place)
        if venue := message.get("venue"):
            await self._bot.send_venue(chat_id, **venue)
        if parts and is_passing(message):
            self._replaceable[chat_id] = id_
            if len(self._replaceable) > KEPT_CHATS:
                self._replaceable.popitem(last=False)

    async def _write(
        self, chat_id: int, text: str, keyboard: Optional[InlineKeyboardMarkup], in_place: Optional[int]
    ) -> int:
        """Returns the message's id."""
        options: dict[str, Any] = {
            "reply_markup": keyboard,
            "link_preview_options": LinkPreviewOptions(is_disabled=True),
        }
        if in_place is not None:
            try:
                await self._bot.edit_message_text(text, chat_id, in_place, **options)
                return in_place
            except BadRequest as error:
                if "not modified" in error.message.casefold():  # it says already what it should
                    return in_place
        try:
            return (await self._bot.send_message(chat_id, text, **options)).message_id
        except ChatMigrated as moved:
            return (await self._bot.send_message(moved.new_chat_id, text, **options)).message_id
