"""Telegram, on python-telegram-bot, inside Rasa's server: by polling (the default) or by webhook.

An update is taken into the database first (once, whatever Telegram repeats), 200 goes back at once, and each chat's
updates are answered in order, chats beside each other. Rasa's own channel does none of this (RASA.md, T2, T21, T29).

A turn's answers are written down before they are sent, and what was sent is crossed out: a process that is killed between
leaves the rest to the next one, which does not ask the assistant again. Only when it is killed after Telegram took a
message and before that was crossed out, the message comes twice: sendMessage takes no key to tell a repetition by.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import json
import logging
import warnings
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, Optional

from rasa.core.channels.channel import InputChannel, OutputChannel, UserMessage
from sanic import Blueprint, Sanic, response
from sanic.request import Request
from sanic.response import HTTPResponse
from telegram import InlineQuery, InlineQueryResultArticle, InputTextMessageContent, Update, User
from telegram.constants import ChatAction, ChatMemberStatus, ChatType
from telegram.error import Forbidden, InvalidToken, RetryAfter, TelegramError
from telegram.ext import ExtBot
from telegram.warnings import PTBUserWarning

from appointments.outbox import stop_writing_to
from bot import payloads
from bot.channels.commands import start_parameter
from bot.channels.limits import ONE_TRY, seconds_of
from bot.channels.profile import set_up_profile
from bot.channels.sending import LONG_POLL_SECONDS, Sender, make_bot
from bot.channels.staff import StaffDesk
from bot.channels.update_queue import UpdateQueue
from bot.channels.updates import EVENTS, VOICE, Asked, chat_of, next_together, read, unreadable, words_of
from bot.channels.voice_notes import Reader, spoken_menu
from bot.responses import Responses, load_responses, name_of
from bot.translations import SOURCE_LANGUAGE, written_languages
from bot.voice import voices_in
from services_catalog.vocabulary import SERVICES
from storage.clock import utc_now
from storage.database import SQLAlchemyError, make_engine, make_session_factory
from storage.keys import load_keyring
from storage.people import Profile, get_profile
from storage.settings import Settings, load_settings

log = logging.getLogger(__name__)

STOP_SECONDS = 8
"""Time that updates under way get to be answered when the server stops."""
TYPING_AFTER, TYPING_AGAIN = 0.4, 4.5
"""Seconds until "typing" is shown, since most answers are there sooner; Telegram shows it for five."""
INLINE_SECONDS = 60
INLINE_RESULTS = 20


class TelegramOutput(OutputChannel):
    """Collects one turn's answers: they are sent when the turn is over and its lock is free for others."""

    @classmethod
    def name(cls) -> str:
        return "telegram"

    def __init__(self) -> None:
        self.answers: list[dict[str, Any]] = []

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        kept = ("text", "buttons", "utter_action", "venue", "attachment")
        self.answers.append({key: message[key] for key in kept if message.get(key)})


async def end(task: asyncio.Task[None]) -> None:
    """Cancel a task until it has ended: a cancellation that meets an answer or a time-out inside the HTTP client can be lost."""
    while not task.done():
        task.cancel()
        await asyncio.wait({task}, timeout=1)
    if not task.cancelled():
        task.exception()  # looked at, so that asyncio does not complain of it


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
        self._staff = StaffDesk(self._sessions, self._keyring, utc_now)
        self._responses: Responses = load_responses()
        self._written = set(written_languages())
        self._secret = self._keyring.sign("telegram-webhook", settings.telegram_token or "", 40)
        self._chats: dict[int, deque[Asked]] = {}
        self._unstored: deque[int] = deque(maxlen=1000)
        self._ready = False
        self._early: deque[dict[str, Any]] = deque(maxlen=1000)
        self._tasks: set[asyncio.Task[None]] = set()
        self._polling: Optional[asyncio.Task[None]] = None
        self._bot: ExtBot
        self._sender: Sender
        self._reader: Reader
        self._reading: set[tuple[int, Optional[int]]] = set()
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
        self._sender = Sender(self._bot, self._keyring)
        voices = voices_in(self._settings.data_dir, self._responses)
        self._reader = Reader(self._bot, voices, self._sessions, utc_now)
        self._polling = asyncio.ensure_future(self._run())

    async def _stop(self, app: Sanic, loop: Any) -> None:
        if self._polling:
            await end(self._polling)
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=STOP_SECONDS)
        with contextlib.suppress(TelegramError, RuntimeError, asyncio.TimeoutError):
            await asyncio.wait_for(self._bot.shutdown(), STOP_SECONDS)

    async def _run(self) -> None:
        await self._until_it_works(self._bot.initialize)
        try:
            for payload in self._queue.waiting():  # what a killed process had taken and not answered
                self._hand_over(json.loads(payload))
        except SQLAlchemyError as error:
            log.error("waiting updates not read, database: %s", type(error).__name__)
        self._ready = True
        while self._early:
            self._hand_over(self._early.popleft())
        self._in_background(self._set_up_profile())
        await (self._poll() if self._settings.telegram_mode == "polling" else self._hook())

    async def _set_up_profile(self) -> None:
        try:
            if sent := await set_up_profile(self._bot, self._sessions):
                log.info("commands and descriptions: %d sent to Telegram", sent)
        except SQLAlchemyError as error:
            log.error("commands and descriptions not sent, database: %s", type(error).__name__)

    async def _until_it_works(self, call: Callable[[], Awaitable[Any]]) -> None:
        pause = 1.0
        while True:
            try:
                await call()
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
        url = f"{self._settings.webhook_url}/webhooks/telegram/webhook"
        await self._until_it_works(
            lambda: self._bot.set_webhook(url, secret_token=self._secret, allowed_updates=EVENTS)
        )
        log.info("Telegram: webhook set for @%s", self._bot.username)

    async def _poll(self) -> None:
        with contextlib.suppress(TelegramError):
            await self._bot.delete_webhook()
        log.info("Telegram: polling as @%s", self._bot.username)
        # Not Bot.get_updates: one update that the library cannot read would be asked for again and again for ever.
        warnings.filterwarnings("ignore", "Please use 'Bot.getUpdates'", PTBUserWarning)
        offset: Optional[int] = None  # all that Telegram still holds; what was taken before is recognised
        pause = 1.0
        while True:
            try:
                asked = {"offset": offset, "timeout": LONG_POLL_SECONDS, "allowed_updates": EVENTS}
                updates: Any = await self._bot.do_api_request(
                    "getUpdates", api_kwargs=asked, read_timeout=LONG_POLL_SECONDS + 10
                )
                for update in sorted(updates, key=lambda one: one["update_id"]):
                    self._take(update)
                    offset = update["update_id"] + 1  # confirmed to Telegram only once it was taken
                pause = 1.0
            except RetryAfter as error:
                await asyncio.sleep(seconds_of(error))
            except TelegramError as error:
                log.warning("no updates (%s); trying again in %.0f s", type(error).__name__, pause)
                await asyncio.sleep(pause)
                pause = min(pause * 2, 60)

    # -- one update --

    def _take(self, update: dict[str, Any]) -> None:
        stored = True
        try:
            new = self._queue.accept(update["update_id"], json.dumps(update))
        except SQLAlchemyError as error:  # the safety answers must go out without the database, too
            log.error("update %s not stored, database: %s", update["update_id"], type(error).__name__)
            new, stored = update["update_id"] not in self._unstored, False
            self._unstored.append(update["update_id"])
        if new and self._ready:
            self._hand_over(update)
        elif new and not stored:  # what is stored is read with what a killed process has left
            self._early.append(update)

    def _hand_over(self, data: dict[str, Any]) -> None:
        """Behind the others of its chat; a task for the chat is started when none is under way."""
        if "answers" in data:  # of a turn that a killed process had gone through
            self._line_up(data["chat_id"], Asked(data["update_id"], "answers", "", None, answers=data))
            return
        asked: Optional[Asked] = None
        chat = chat_of(data)
        try:
            update = Update.de_json(data, self._bot)
            if update.callback_query is not None:  # the button stops spinning, whatever stands before it in the queue
                self._in_background(self._bot.answer_callback_query(update.callback_query.id))
            if update.inline_query is not None:
                self._in_background(self._answer_inline(update.inline_query))
            if update.my_chat_member is not None:
                self._member(update)
            asked = read(update, self._bot.id, self._bot.username) if chat else None
        except Exception as error:  # polling must go on: nobody would start it again
            log.error("update %s not read: %s", data["update_id"], type(error).__name__)
            asked = unreadable(data)
        if asked is None or chat is None:
            self._done(data["update_id"])
            return
        if asked.kind == "button" and (heard := self._to_hear(asked, chat["id"])):
            self._in_background(self._read_aloud(asked, chat["id"], *heard))
            return
        waiting = self._chats.get(chat["id"], deque())
        for number, one in enumerate(waiting):
            if asked.kind == one.kind == "words" and one.message_id == asked.message_id:  # put right before it was read
                waiting[number] = asked
                self._done(one.update_id)
                return
        self._line_up(chat["id"], asked)

    def _line_up(self, chat_id: int, asked: Asked) -> None:
        if chat_id in self._chats:
            self._chats[chat_id].append(asked)
            return
        self._chats[chat_id] = deque([asked])
        self._in_background(self._answer_chat(chat_id))

    def _in_background(self, work: Any) -> None:
        async def quietly() -> None:
            with contextlib.suppress(TelegramError):
                await work

        task = asyncio.ensure_future(quietly())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _done(self, *update_ids: int) -> None:
        with contextlib.suppress(SQLAlchemyError):
            self._queue.done(*update_ids)

    async def _answer_chat(self, chat_id: int) -> None:
        waiting = self._chats[chat_id]
        while waiting:
            together = next_together(waiting)
            first = together[0]
            try:
                await self._answer(together, chat_id)
            except Forbidden:
                log.info("update %s: the person has blocked the bot", first.update_id)
                self._gone(chat_id)
            except Exception as error:
                log.error("update %s not answered: %s", first.update_id, type(error).__name__)
            self._done(*(one.update_id for one in together))
        del self._chats[chat_id]

    async def _answer(self, together: list[Asked], chat_id: int) -> None:
        asked = together[0]
        if asked.kind == "group":
            await self._invite(chat_id, asked)
            return
        person_key = self._keyring.person_key("tg", str(chat_id))
        if asked.answers is not None:
            await self._send(asked.answers)
            return
        if asked.kind != "button":
            self._sender.written_to(chat_id)
        if (told := self._of_staff(asked, chat_id, person_key)) is not None:
            if told:
                await self._sender.send(chat_id, person_key, {"text": told})
            return
        answers = await self._turn(together, chat_id, person_key)
        done = {
            "update_id": asked.update_id,
            "chat_id": chat_id,
            "person_key": person_key,
            "answers": answers,
            "pressed": asked.message_id if asked.kind == "button" else None,
        }
        self._write_down(done, *(one.update_id for one in together[1:]))
        await self._send(done)
        if asked.text == VOICE and (menu := spoken_menu(answers[0])):
            text, language, keep = menu
            self._in_background(self._reader.read(chat_id, text, language, keep=keep))

    def _of_staff(self, asked: Asked, chat_id: int, person_key: str) -> Optional[str]:
        """What is said to staff who link their account or share a unit's position; None for everything else."""
        told: Optional[str] = None
        try:
            if asked.kind == "staff":
                return self._staff.link(asked.text, chat_id, person_key, self._language(person_key, asked.user))
            if asked.kind == "live" and asked.position is not None:
                told = self._staff.located(person_key, asked.position, asked.lasting, asked.moved)
        except SQLAlchemyError as error:
            log.error("update %s: staff not looked up, database: %s", asked.update_id, type(error).__name__)
            if asked.kind == "staff":
                problem = self._render("utter_technical_problem", self._language(person_key, asked.user))
                return str(problem["text"])
        return "" if told is None and asked.moved else told  # whoever is no staff shares where they are once

    async def _turn(self, together: list[Asked], chat_id: int, person_key: str) -> list[dict[str, Any]]:
        """What the assistant says to it; the person hears something whatever goes wrong (RASA.md, T32)."""
        asked, stale = together[0], []
        text = words_of(together) if asked.kind == "words" else asked.text
        if asked.kind == "button":
            try:
                text = payloads.unsign(asked.text, person_key, self._keyring)
            except payloads.BadSignature:
                stale = [self._render("utter_stale", self._language(person_key, asked.user))]
                text = "/menu"
        metadata = {
            "channel": "telegram",
            "address": self._keyring.encrypt(str(chat_id)),
            "language_code": asked.user.language_code if asked.user else None,
            "position": asked.position,
        }
        output = TelegramOutput()
        message = UserMessage(text, output, person_key, input_channel=self.name(), metadata=metadata)
        typing = asyncio.ensure_future(self._type(chat_id))
        try:
            await self._on_new_message(message)
        except Exception as error:
            log.error("update %s: the turn failed: %s", asked.update_id, type(error).__name__)
        finally:
            typing.cancel()
        if not output.answers:
            return [self._render("utter_technical_problem", self._language(person_key, asked.user), navigation=True)]
        return [*stale, *output.answers]

    async def _send(self, done: dict[str, Any]) -> None:
        """Send what is left of a turn's answers; after each one the rest is written down."""
        answers = list(done["answers"])
        pressed = done["pressed"]
        while answers:
            await self._sender.send(done["chat_id"], done["person_key"], answers.pop(0), pressed)
            pressed = None
            if answers:
                self._write_down({**done, "answers": answers, "pressed": None})

    def _write_down(self, done: dict[str, Any], *answered_with_it: int) -> None:
        with contextlib.suppress(SQLAlchemyError):
            self._queue.keep(done["update_id"], json.dumps(done), answered_with_it)

    async def _type(self, chat_id: int) -> None:
        pause = TYPING_AFTER
        while True:
            await asyncio.sleep(pause)
            with contextlib.suppress(TelegramError):
                await self._bot.send_chat_action(chat_id, ChatAction.TYPING, rate_limit_args=ONE_TRY)
            pause = TYPING_AGAIN

    # -- outside the dialogue --

    def _profile(self, person_key: str) -> Profile:
        try:
            return get_profile(self._sessions, person_key)
        except SQLAlchemyError:
            return Profile()

    def _language(self, person_key: str, user: Optional[User]) -> str:
        """As far as the profile or their Telegram tells."""
        telegram = (user.language_code or "").split("-")[0] if user else None
        code = self._profile(person_key).language or telegram
        return code if code in self._written else SOURCE_LANGUAGE

    def _render(self, name: str, language: str, **params: Any) -> dict[str, Any]:
        return {**self._responses.render(name, language, params), "utter_action": name}

    # -- read aloud --

    def _to_hear(self, asked: Asked, chat_id: int) -> Optional[tuple[str, bool]]:
        """Language and whether the sound may be kept, when that is what the button asks for."""
        try:
            payload = payloads.unsign(asked.text, self._keyring.person_key("tg", str(chat_id)), self._keyring)
        except payloads.BadSignature:
            return None
        return payloads.parse_hear(payload)

    async def _read_aloud(self, asked: Asked, chat_id: int, language: str, keep: bool) -> None:
        """Beside the chat's queue: the next message is answered meanwhile. Pressed twice, it is read once."""
        message = (chat_id, asked.message_id)
        if message not in self._reading:
            self._reading.add(message)
            try:
                self._sender.written_to(chat_id)
                await self._reader.read(chat_id, asked.heard, language, keep=keep, of=asked.message_id)
            except Forbidden:
                self._gone(chat_id)
            except Exception as error:
                log.error("update %s not read aloud: %s", asked.update_id, type(error).__name__)
            finally:
                self._reading.discard(message)
        self._done(asked.update_id)

    async def _invite(self, chat_id: int, asked: Asked) -> None:
        """In a group everybody reads along: what people ask here is private."""
        language = self._language("", asked.user)
        link = {"kind": "label", "id": "write_to_me", "url": f"https://t.me/{self._bot.username}?start="}
        await self._sender.send(chat_id, "", self._render("utter_group", language, choices=[link], listen=False))

    async def _answer_inline(self, query: InlineQuery) -> None:
        """The services that match, each as a link that opens the bot at that service in the person's city."""
        person_key = self._keyring.person_key("tg", str(query.from_user.id))
        language, city = self._language(person_key, query.from_user), self._profile(person_key).city
        wanted = query.query.strip().casefold()
        results = []
        for id_, service in SERVICES.items():
            name = name_of("service", id_, language)
            if wanted not in name.casefold():
                continue
            title = f"{service.emoji} {name}" + (f" – {name_of('city', city, language)}" if city else "")
            link = f"https://t.me/{self._bot.username}?start={start_parameter(city, id_)}"
            results.append(InlineQueryResultArticle(id_, title, InputTextMessageContent(f"{title}\n{link}")))
        await self._bot.answer_inline_query(
            query.id, results[:INLINE_RESULTS], cache_time=INLINE_SECONDS, is_personal=True
        )

    def _member(self, update: Update) -> None:
        """Blocked in a private chat: nothing more is sent there. In groups there is nothing to do."""
        change = update.my_chat_member
        if change and change.chat.type == ChatType.PRIVATE and change.new_chat_member.status == ChatMemberStatus.BANNED:
            self._gone(change.chat.id)

    def _gone(self, chat_id: int) -> None:
        with contextlib.suppress(SQLAlchemyError):
            stop_writing_to(self._sessions, self._keyring.person_key("tg", str(chat_id)), self.name())
