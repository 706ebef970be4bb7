"""Telegram, on python-telegram-bot, inside Rasa's server: by polling (the default) or by webhook.

An update is taken into the database first (once, whatever Telegram repeats), 200 goes back at once, and each chat's
updates are answered in order, chats beside each other. Rasa's own channel does none of this (RASA.md, T2, T21, T29).
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import json
import logging
import re
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, Optional

from rasa.core.channels.channel import InputChannel, OutputChannel, UserMessage
from sanic import Blueprint, Sanic, response
from sanic.request import Request
from sanic.response import HTTPResponse
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, InputFile, LinkPreviewOptions, Update
from telegram.constants import ChatAction, ChatType, MessageLimit
from telegram.error import BadRequest, Forbidden, InvalidToken, RetryAfter, TelegramError
from telegram.ext import AIORateLimiter, ExtBot
from telegram.request import HTTPXRequest

from bot import payloads
from bot.channels.update_queue import UpdateQueue
from bot.nlu.text import cut
from bot.responses import Responses, load_responses
from bot.translations import SOURCE_LANGUAGE, written_languages
from storage.clock import utc_now
from storage.database import SQLAlchemyError, make_engine, make_session_factory
from storage.keys import Keyring, load_keyring
from storage.people import get_profile
from storage.settings import Settings, load_settings

log = logging.getLogger(__name__)

COMMANDS = {
    "start": "/start",
    "menu": "/menu",
    "language": "/set_language",
    "city": "/set_city",
    "appointment": "/view_appointment",
    "help": "/help",
    "mydata": "/delete_my_data",
    "forget": "/delete_my_data",
}
"""What each command sends to the assistant. Anything else with a leading slash is text (RASA.md, T1)."""

_SLASHES = re.compile(r"[\s/]*")

ALLOWED_UPDATES = ["message", "callback_query"]
LONG_POLL_SECONDS = 25
STOP_SECONDS = 8
"""Time that updates under way get to be answered when the server stops."""


def make_bot(settings: Settings) -> ExtBot:
    """The Bot API's client. Flood waits are honoured and a refused request is tried again at most three times."""
    assert settings.telegram_token, "make_bot is called with a token only"
    return ExtBot(
        settings.telegram_token,
        base_url=f"{settings.telegram_api_url}/bot",
        base_file_url=f"{settings.telegram_api_url}/file/bot",
        request=HTTPXRequest(connection_pool_size=32),
        get_updates_request=HTTPXRequest(connection_pool_size=1, read_timeout=LONG_POLL_SECONDS + 10),
        rate_limiter=AIORateLimiter(max_retries=3),
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
    """Parts of at most `limit` characters, cut after a blank line, a line, a sentence or a word, the first that there is."""
    parts = []
    while len(text) > limit:
        ends = (text.rfind(mark, 1, limit) + len(mark) for mark in ("\n\n", "\n", ". ", " ") if mark in text[1:limit])
        end = next(ends, limit)
        parts.append(text[:end].rstrip())
        text = text[end:].lstrip()
    return [part for part in (*parts, text) if part]


async def send(bot: ExtBot, keyring: Keyring, chat_id: int, person_key: str, message: dict[str, Any]) -> None:
    """Send a rendered response; its buttons stand under the last part, or under the file that comes with it.

    Raises:
        telegram.error.Forbidden: the person blocked the bot.
        telegram.error.TelegramError: anything else that Telegram refused.
    """
    keyboard = inline_keyboard(message.get("buttons") or [], person_key, keyring)
    attachment = message.get("attachment")
    if attachment:
        file = InputFile(attachment["content"].encode(), filename=attachment["name"])
        await bot.send_document(chat_id, file, caption=message.get("text"), reply_markup=keyboard)
        return
    parts = split_text(message.get("text") or "")
    for number, part in enumerate(parts, start=1):
        await bot.send_message(
            chat_id,
            part,
            reply_markup=keyboard if number == len(parts) else None,
            link_preview_options=LinkPreviewOptions(is_disabled=True),
        )


class TelegramOutput(OutputChannel):
    """Sends one turn's answers to the chat that it came from."""

    @classmethod
    def name(cls) -> str:
        return "telegram"

    def __init__(self, bot: ExtBot, keyring: Keyring, chat_id: int) -> None:
        self._bot = bot
        self._keyring = keyring
        self._chat_id = chat_id
        self.sent = 0

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        await send(self._bot, self._keyring, self._chat_id, recipient_id, message)
        self.sent += 1


class TelegramInput(InputChannel):
    """Named in credentials.yml. Without TELEGRAM_TOKEN it answers its health route and does nothing else."""

    @classmethod
    def name(cls) -> str:
        return "telegram"

    @classmethod
    def from_credentials(cls, credentials: Optional[dict[str, Any]]) -> TelegramInput:
        return cls(load_settings())

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._enabled = bool(settings.telegram_token)
        if not self._enabled:
            return
        self._keyring = load_keyring(settings)
        self._sessions = make_session_factory(make_engine(settings.database_url))
        self._queue = UpdateQueue(self._sessions, self._keyring, utc_now)
        self._responses: Responses = load_responses()
        self._written = set(written_languages())
        self._secret = self._keyring.sign("telegram-webhook", settings.telegram_token or "", 40)
        self._chats: dict[int, deque[dict[str, Any]]] = {}
        self._unstored: deque[int] = deque(maxlen=1000)
        self._tasks: set[asyncio.Task[None]] = set()
        self._polling: Optional[asyncio.Task[None]] = None
        self._bot: ExtBot
        self._on_new_message: Callable[[UserMessage], Awaitable[Any]]

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        self._on_new_message = on_new_message
        blueprint = Blueprint("telegram_webhook", __name__)

        @blueprint.route("/", methods=["GET"])
        async def health(request: Request) -> HTTPResponse:
            return response.json({"status": "ok", "telegram": self._settings.telegram_mode if self._enabled else "off"})

        if not self._enabled:
            return blueprint

        @blueprint.route("/webhook", methods=["POST"])
        async def receive(request: Request) -> HTTPResponse:
            given = request.headers.get("X-Telegram-Bot-Api-Secret-Token", "")
            if not hmac.compare_digest(given.encode(), self._secret.encode()):
                return response.text("wrong secret token", status=403)
            update = request.json
            if not isinstance(update, dict) or not isinstance(update.get("update_id"), int):
                return response.text("no update", status=400)
            self._take(update)
            return response.text("ok")

        blueprint.listener("after_server_start")(self._start)
        blueprint.listener("before_server_stop")(self._stop)
        return blueprint

    # -- start and stop --

    async def _start(self, app: Sanic, loop: Any) -> None:
        self._bot = make_bot(self._settings)
        try:
            for payload in self._queue.waiting():  # what a killed process had taken and not answered
                self._hand_over(json.loads(payload))
        except SQLAlchemyError as error:
            log.error("waiting updates not read, database: %s", type(error).__name__)
        self._polling = asyncio.ensure_future(
            self._poll() if self._settings.telegram_mode == "polling" else self._hook()
        )

    async def _stop(self, app: Sanic, loop: Any) -> None:
        if self._polling:
            self._polling.cancel()
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await self._polling
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=STOP_SECONDS)
        with contextlib.suppress(TelegramError, RuntimeError):
            await self._bot.shutdown()

    async def _until_connected(self) -> None:
        pause = 1.0
        while True:
            try:
                await self._bot.initialize()
                return
            except InvalidToken:
                log.error(
                    "TELEGRAM_TOKEN was refused by Telegram; ask @BotFather for the bot's token. Telegram is off."
                )
                raise
            except TelegramError as error:
                log.warning("Telegram cannot be reached (%s); trying again in %.0f s", type(error).__name__, pause)
                await asyncio.sleep(pause)
                pause = min(pause * 2, 60)

    async def _hook(self) -> None:
        await self._until_connected()
        await self._bot.set_webhook(
            f"{self._settings.webhook_url}/webhooks/telegram/webhook",
            secret_token=self._secret,
            allowed_updates=ALLOWED_UPDATES,
        )
        log.info("Telegram: webhook set for @%s", self._bot.username)

    async def _poll(self) -> None:
        await self._until_connected()
        with contextlib.suppress(TelegramError):
            await self._bot.delete_webhook()
        log.info("Telegram: polling as @%s", self._bot.username)
        offset: Optional[int] = None  # all that Telegram still holds; what was taken before is recognised
        pause = 1.0
        while True:
            try:
                updates = await self._bot.get_updates(
                    offset=offset, timeout=LONG_POLL_SECONDS, allowed_updates=ALLOWED_UPDATES
                )
                for update in updates:
                    self._take(update.to_dict())
                    offset = update.update_id + 1  # confirmed to Telegram only once it was taken
                pause = 1.0
            except RetryAfter as error:
                wait = error.retry_after
                await asyncio.sleep(wait if isinstance(wait, (int, float)) else wait.total_seconds())
            except TelegramError as error:
                log.warning("no updates (%s); trying again in %.0f s", type(error).__name__, pause)
                await asyncio.sleep(pause)
                pause = min(pause * 2, 60)

    # -- one update --

    def _take(self, update: dict[str, Any]) -> None:
        try:
            new = self._queue.accept(update["update_id"], json.dumps(update))
        except SQLAlchemyError as error:  # the safety answers must go out without the database, too
            log.error("update %s not stored, database: %s", update["update_id"], type(error).__name__)
            new = update["update_id"] not in self._unstored
            self._unstored.append(update["update_id"])
        if new:
            self._hand_over(update)

    def _hand_over(self, update: dict[str, Any]) -> None:
        """Behind the others of its chat; a task for the chat is started when none is under way."""
        chat_id = _chat_id(update)
        if chat_id is None:
            with contextlib.suppress(SQLAlchemyError):
                self._queue.done(update["update_id"])
            return
        if chat_id in self._chats:
            self._chats[chat_id].append(update)
            return
        self._chats[chat_id] = deque([update])
        task = asyncio.ensure_future(self._answer_chat(chat_id))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answer_chat(self, chat_id: int) -> None:
        waiting = self._chats[chat_id]
        while waiting:
            data = waiting.popleft()
            try:
                update = Update.de_json(data, self._bot)
                await self._answer(update, chat_id)
            except Forbidden:
                log.info("update %s: the person has blocked the bot", data["update_id"])
            except Exception as error:
                log.error("update %s not answered: %s", data["update_id"], type(error).__name__)
            with contextlib.suppress(SQLAlchemyError):
                self._queue.done(data["update_id"])
        del self._chats[chat_id]

    async def _answer(self, update: Update, chat_id: int) -> None:
        chat, user = update.effective_chat, update.effective_user
        if chat is None or chat.type != ChatType.PRIVATE:
            return
        person_key = self._keyring.person_key("tg", str(chat_id))
        text: Optional[str] = None
        if update.callback_query is not None:
            with contextlib.suppress(BadRequest):  # too old to be acknowledged; the press still counts
                await update.callback_query.answer()
            try:
                text = payloads.unsign(update.callback_query.data or "", person_key, self._keyring)
            except payloads.BadSignature:
                await self._say(chat_id, person_key, user, "utter_stale")
                text = "/menu"
        elif update.message is not None:
            text = as_assistant_text(update.message.text or update.message.caption)
        if text is None:
            await self._say(chat_id, person_key, user, "utter_not_text")
            return
        output = TelegramOutput(self._bot, self._keyring, chat_id)
        with contextlib.suppress(TelegramError):
            await self._bot.send_chat_action(chat_id, ChatAction.TYPING)
        metadata = {
            "channel": "telegram",
            "address": self._keyring.encrypt(str(chat_id)),
            "language_code": user.language_code if user else None,
        }
        await self._on_new_message(UserMessage(text, output, person_key, input_channel=self.name(), metadata=metadata))
        if not output.sent:  # whatever went wrong, the person hears something (RASA.md, T32)
            await self._say(chat_id, person_key, user, "utter_technical_problem")

    async def _say(self, chat_id: int, person_key: str, user: Any, name: str) -> None:
        """A response outside the dialogue, in the person's language as far as the profile or their Telegram tells."""
        code: Optional[str] = None
        with contextlib.suppress(SQLAlchemyError):
            code = get_profile(self._sessions, person_key).language
        code = code or ((user.language_code or "").split("-")[0] if user else None)
        language = code if code in self._written else SOURCE_LANGUAGE
        await send(
            self._bot, self._keyring, chat_id, person_key, self._responses.render(name, language, {"navigation": True})
        )


def as_assistant_text(text: Optional[str]) -> Optional[str]:
    """What the assistant gets for what was typed: our commands as intents, any other leading slash taken away.

    Control and direction characters count as blanks, as they do for the assistant: it would see an intent behind one.
    """
    seen = cut(text or "").strip()
    if text is None or not seen:
        return None
    if not seen.startswith("/"):
        return text
    command = seen[1:].partition(" ")[0].partition("@")[0]
    known = COMMANDS.get(command.casefold())
    if known:
        return known
    while (lead := _SLASHES.match(cut(text))) and lead.end():
        text = text[lead.end() :]
    return text.rstrip() or None


def _chat_id(update: dict[str, Any]) -> Optional[int]:
    message = update.get("message") or (update.get("callback_query") or {}).get("message")
    chat = (message or {}).get("chat") or {}
    return chat.get("id")
