"""A Bot API of our own, strict where Telegram is strict and broken on purpose where networks break.

It refuses what Telegram refuses (https://core.telegram.org/bots/api): texts that are empty, too long or with entities outside
them, keyboards with too much data, edits that change nothing or meet no message, callbacks that nobody pressed or that were
answered before, more messages than the limits allow. `fail` makes the next calls of a method fail: 429 with retry_after,
5xx, no answer, a reset connection; before the call was carried out, or after it.

Beside it stands `tests/telegram_emulator.py`, the npm package, which the conversation tests write through.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import re
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any, Optional

from aiohttp import web

from tests.conftest import free_port

TOKEN = "123456:STRICT-token-for-the-emulator-0123456789"
BOT = {"id": 123456, "is_bot": True, "first_name": "Orienta", "username": "OrientaBot"}
OVERALL_A_SECOND = 30
CHAT_AT_ONCE, CHAT_A_SECOND = 6, 1.0
"""Telegram allows "short bursts" and gives no number; this is what the tests hold the channel to."""
CHAT_ACTIONS = {"typing", "upload_photo", "record_voice", "upload_voice", "upload_document", "find_location"}
LONGEST = {
    "setMyName": ("name", 64),
    "setMyDescription": ("description", 512),
    "setMyShortDescription": ("short_description", 120),
}


class Refused(Exception):
    """An answer that is no result: error code, description, and parameters such as retry_after."""

    def __init__(self, description: str, code: int = 400, **parameters: Any) -> None:
        super().__init__(description)
        titles = {400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 409: "Conflict"}
        self.code = code
        self.body = {"ok": False, "error_code": code, "description": f"{titles.get(code, 'Error')}: {description}"}
        if parameters:
            self.body["parameters"] = parameters


@dataclass
class Failure:
    """`kind`: `429`, `500`, `502`, `timeout` or `reset`. `after`: the call is carried out first, its answer lost."""

    kind: str
    after: bool = False
    retry_after: int = 1


@dataclass
class Sent:
    """A message of the bot as it stands now."""

    id: int
    chat_id: int
    text: str
    markup: dict[str, Any]
    texts: list[str] = field(default_factory=list)

    @property
    def buttons(self) -> list[dict[str, Any]]:
        return [button for row in self.markup.get("inline_keyboard", []) for button in row]


class StrictTelegram:
    """The server and what it knows. Everything about people goes through `person`."""

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.reset()

    def reset(self) -> None:
        """As on the first day, for the next test."""
        self.calls: list[tuple[float, str, dict[str, Any]]] = []
        self.sent: dict[tuple[int, int], Sent] = {}
        self.history: list[tuple[int, str, int]] = []
        """(chat, text, message id) of each message, an edit being one more."""
        self.failures: dict[str, deque[Failure]] = defaultdict(deque)
        self.fail_randomly: Callable[[str], Optional[Failure]] = lambda method: None
        self.floods = 0
        self.told_at: list[tuple[float, int, str]] = []
        self.written_at: list[tuple[float, int, str]] = []
        """When each text was sent by the bot, and by people: (monotonic seconds, chat, text)."""
        self.profile: dict[tuple[str, str], Any] = {}
        self.blocked: set[int] = set()
        self.started: set[int] = set()
        self.inline: dict[str, Any] = {}
        self.files: dict[str, bytes] = {}
        """Voice notes by file id."""
        self.silent: set[int] = set()
        """People who take no voice messages."""
        self.duplicates = 1
        self.backwards = False
        self.webhook: Optional[dict[str, str]] = None
        self._callbacks: dict[str, bool] = {}
        self._pending: list[dict[str, Any]] = []
        self._polls = 0
        self._overall: deque[float] = deque()
        self._per_chat: dict[int, tuple[float, float]] = {}
        self._updates, self._messages, self._callback_ids = (
            itertools.count(1000),
            itertools.count(1),
            itertools.count(1),
        )

    # -- for tests --

    def person(self, chat_id: int, language_code: str = "en") -> Person:
        return Person(self, chat_id, language_code)

    def fail(self, method: str, *failures: Failure) -> None:
        self.failures[method].extend(failures)

    def deliver(self, kind: str, content: dict[str, Any]) -> dict[str, Any]:
        """An update for whoever polls."""
        update = {"update_id": next(self._updates), kind: content}
        self._pending += [update] * self.duplicates
        return update

    def texts(self, chat_id: int) -> list[str]:
        """What a chat was told, in order, edits being told once more."""
        return [text for chat, text, _ in list(self.history) if chat == chat_id]

    def messages(self, chat_id: int) -> list[Sent]:
        """The bot's messages as they stand in a chat."""
        return [sent for (chat, _), sent in list(self.sent.items()) if chat == chat_id]

    def called(self, method: str) -> list[dict[str, Any]]:
        return [params for _, name, params in list(self.calls) if name == method]

    # -- the server --

    async def handle(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        try:
            params = {**request.query, **(await request.post())}
        except ConnectionResetError:  # whoever called was killed
            return web.Response(status=499)
        self.calls.append((time.monotonic(), method, params))
        failure = self.failures[method].popleft() if self.failures[method] else self.fail_randomly(method)
        try:
            if request.match_info["token"] != TOKEN:
                raise Refused("invalid token specified", 401)
            if failure and not failure.after:
                return await self._fail(failure, request)
            result = await self._result(method, params)
            if failure:
                return await self._fail(failure, request)
        except Refused as refused:
            return web.json_response(refused.body, status=refused.code)
        return web.json_response({"ok": True, "result": result})

    async def _fail(self, failure: Failure, request: web.Request) -> web.StreamResponse:
        if failure.kind == "429":
            raise Refused("Too Many Requests", 429, retry_after=failure.retry_after)
        if failure.kind == "timeout":
            await asyncio.sleep(6)
        if failure.kind in ("reset", "timeout"):
            if request.transport:
                request.transport.abort()
            return web.Response()
        return web.Response(status=int(failure.kind), text="<html>bad gateway</html>")

    async def _result(self, method: str, params: dict[str, Any]) -> Any:
        handler = getattr(self, f"_{re.sub('(?<!^)(?=[A-Z])', '_', method).lower()}", None)
        if handler is None:
            raise Refused("method not found", 404)
        result = handler(params)
        return await result if asyncio.iscoroutine(result) else result

    def _get_me(self, params: dict[str, Any]) -> dict[str, Any]:
        return {**BOT, "can_join_groups": True, "can_read_all_group_messages": False, "supports_inline_queries": True}

    async def _get_updates(self, params: dict[str, Any]) -> list[dict[str, Any]]:
        if self.webhook:
            raise Refused("can't use getUpdates method while webhook is active", 409)
        self._polls += 1
        mine = self._polls
        offset, deadline = (
            int(params.get("offset") or 0),
            time.monotonic() + min(float(params.get("timeout") or 0), 1.0),
        )
        self._pending = [update for update in self._pending if update["update_id"] >= offset]
        while not self._pending and time.monotonic() < deadline:
            await asyncio.sleep(0.005)
            if mine != self._polls:
                raise Refused("terminated by other getUpdates request; make sure that only one bot instance runs", 409)
        batch = self._pending[:100]
        return batch[::-1] if self.backwards else batch

    def _set_webhook(self, params: dict[str, Any]) -> bool:
        if not params["url"].startswith("https://") or not re.fullmatch(
            r"[\w-]{1,256}", params.get("secret_token", "")
        ):
            raise Refused("bad webhook")
        self.webhook = {"url": params["url"], "secret": params["secret_token"]}
        return True

    def _delete_webhook(self, params: dict[str, Any]) -> bool:
        self.webhook = None
        return True

    def _send_message(self, params: dict[str, Any]) -> dict[str, Any]:
        chat_id = self._writable(params)
        self._check_text(params)
        self._check_reply(chat_id, params)
        markup = self._markup(params)
        self._limit(chat_id)
        message = Sent(next(self._messages), chat_id, params["text"], markup, [params["text"]])
        self.sent[chat_id, message.id] = message
        self.history.append((chat_id, message.text, message.id))
        self.told_at.append((time.monotonic(), chat_id, message.text))
        return self._as_message(message)

    def _edit_message_text(self, params: dict[str, Any]) -> dict[str, Any]:
        chat_id = self._writable(params)
        message = self.sent.get((chat_id, int(params["message_id"])))
        if message is None:
            raise Refused("message to edit not found")
        self._check_text(params)
        markup = self._markup(params)
        if (message.text, message.markup) == (params["text"], markup):
            raise Refused(
                "message is not modified: specified new message content and reply markup are exactly the same"
            )
        self._limit(chat_id)
        message.text, message.markup = params["text"], markup
        message.texts.append(message.text)
        self.history.append((chat_id, message.text, message.id))
        return self._as_message(message)

    def _send_venue(self, params: dict[str, Any]) -> dict[str, Any]:
        chat_id = self._writable(params)
        if not (abs(float(params["latitude"])) <= 90 and abs(float(params["longitude"])) <= 180):
            raise Refused("wrong coordinates")
        if not params["title"] or not params["address"]:
            raise Refused("venue without title or address")
        self._limit(chat_id)
        message = Sent(next(self._messages), chat_id, params["title"], self._markup(params), [])
        self.sent[chat_id, message.id] = message
        return self._as_message(message)

    def _send_voice(self, params: dict[str, Any]) -> dict[str, Any]:
        chat_id = self._writable(params)
        given = params["voice"]
        if isinstance(given, web.FileField):
            content = given.file.read()
            if not content.startswith(b"OggS") or content[28:36] != b"OpusHead":
                raise Refused("voice is no Ogg file encoded with Opus")  # Telegram would make it a music file
            file_id = f"voice-{len(self.files) + 1}"
        else:
            file_id, content = given, self.files.get(given, b"")
            if not content:
                raise Refused("wrong file identifier/HTTP URL specified")
        if chat_id in self.silent:
            raise Refused("VOICE_MESSAGES_FORBIDDEN")
        message = self._with_caption(chat_id, params)
        self.files[file_id] = content
        voice = {"file_id": file_id, "file_unique_id": file_id, "duration": 1, "mime_type": "audio/ogg"}
        return {**self._as_message(message), "voice": voice}

    def _send_document(self, params: dict[str, Any]) -> dict[str, Any]:
        chat_id = self._writable(params)
        if not isinstance(params["document"], web.FileField) or not params["document"].file.read():
            raise Refused("file must be non-empty")
        document = {"file_id": "document", "file_unique_id": "document"}
        return {**self._as_message(self._with_caption(chat_id, params)), "document": document}

    def _with_caption(self, chat_id: int, params: dict[str, Any]) -> Sent:
        caption = params.get("caption", "")
        if _units(caption) > 1024:
            raise Refused("message caption is too long")
        self._check_reply(chat_id, params)
        markup = self._markup(params)
        self._limit(chat_id)
        message = Sent(next(self._messages), chat_id, caption, markup, [])
        self.sent[chat_id, message.id] = message
        return message

    def _check_reply(self, chat_id: int, params: dict[str, Any]) -> None:
        reply = json.loads(params.get("reply_parameters") or "{}")
        known = not reply or (chat_id, reply["message_id"]) in self.sent
        if not known and not reply.get("allow_sending_without_reply"):
            raise Refused("message to be replied not found")

    def _send_chat_action(self, params: dict[str, Any]) -> bool:
        self._writable(params)
        if params["action"] not in CHAT_ACTIONS:
            raise Refused("wrong parameter action in request")
        return True

    def _answer_callback_query(self, params: dict[str, Any]) -> bool:
        if self._callbacks.get(params["callback_query_id"], True):
            raise Refused("query is too old and response timeout expired or query ID is invalid")
        self._callbacks[params["callback_query_id"]] = True
        return True

    def _answer_inline_query(self, params: dict[str, Any]) -> bool:
        results = json.loads(params["results"])
        ids = [one["id"] for one in results]
        if params["inline_query_id"] not in self.inline or self.inline[params["inline_query_id"]] is not None:
            raise Refused("query is too old and response timeout expired or query ID is invalid")
        if len(results) > 50 or len(set(ids)) != len(ids) or not all(1 <= len(one.encode()) <= 64 for one in ids):
            raise Refused("RESULT_ID_INVALID")
        self.inline[params["inline_query_id"]] = results
        return True

    def _set_my_commands(self, params: dict[str, Any]) -> bool:
        commands = json.loads(params["commands"])
        for one in commands:
            if not re.fullmatch("[a-z0-9_]{1,32}", one["command"]) or not 1 <= len(one["description"]) <= 256:
                raise Refused("BOT_COMMAND_INVALID")
        return self._set_profile("setMyCommands", params, commands)

    def _set_my_name(self, params: dict[str, Any]) -> bool:
        return self._set_about("setMyName", params)

    def _set_my_description(self, params: dict[str, Any]) -> bool:
        return self._set_about("setMyDescription", params)

    def _set_my_short_description(self, params: dict[str, Any]) -> bool:
        return self._set_about("setMyShortDescription", params)

    def _set_about(self, method: str, params: dict[str, Any]) -> bool:
        name, longest = LONGEST[method]
        if _units(params.get(name, "")) > longest:
            raise Refused("text is too long")
        return self._set_profile(method, params, params.get(name, ""))

    def _set_profile(self, method: str, params: dict[str, Any], value: Any) -> bool:
        language = params.get("language_code", "")
        if not re.fullmatch("([a-z]{2})?", language):
            raise Refused("language code is invalid")
        self.profile[method, language] = value
        return True

    # -- what is checked --

    def _writable(self, params: dict[str, Any]) -> int:
        chat_id = int(params["chat_id"])
        if chat_id in self.blocked:
            raise Refused("bot was blocked by the user", 403)
        if chat_id not in self.started:
            raise Refused("chat not found")
        return chat_id

    @staticmethod
    def _check_text(params: dict[str, Any]) -> None:
        text = params.get("text", "")
        if not text.strip():
            raise Refused("message text is empty")
        if _units(text) > 4096:
            raise Refused("message is too long")
        for entity in json.loads(params.get("entities") or "[]"):
            if entity["offset"] < 0 or entity["length"] <= 0 or entity["offset"] + entity["length"] > _units(text):
                raise Refused("ENTITY_BOUNDS_INVALID")
        if params.get("parse_mode") == "HTML":
            _Tags().check(text)
        elif params.get("parse_mode"):
            raise Refused("can't parse entities: unsupported parse_mode")

    @staticmethod
    def _markup(params: dict[str, Any]) -> dict[str, Any]:
        markup = json.loads(params.get("reply_markup") or "{}")
        rows = markup.get("inline_keyboard", [])
        if any(not 1 <= len(row) <= 8 for row in rows) or sum(map(len, rows)) > 100:
            raise Refused("reply markup is too big")
        for button in (button for row in rows for button in row):
            if not button.get("text", "").strip():
                raise Refused("text buttons are unallowed in the inline keyboard")
            if len({"callback_data", "url"} & button.keys()) != 1:
                raise Refused("inline keyboard button must have exactly one action")
            if not 1 <= len(button.get("callback_data", "x").encode()) <= 64:
                raise Refused("BUTTON_DATA_INVALID")
            if not re.match(r"(https?|tg)://\S+$", button.get("url", "https://x")):
                raise Refused("BUTTON_URL_INVALID")
        return dict(markup)

    def _limit(self, chat_id: int) -> None:
        now = time.monotonic()
        while self._overall and self._overall[0] <= now - 1:
            self._overall.popleft()
        level, at = self._per_chat.get(chat_id, (0.0, now))
        level = max(0.0, level - (now - at) * CHAT_A_SECOND)
        if len(self._overall) >= OVERALL_A_SECOND or level + 1 > CHAT_AT_ONCE:
            self.floods += 1
            raise Refused("Too Many Requests", 429, retry_after=1)
        self._overall.append(now)
        self._per_chat[chat_id] = (level + 1, now)

    @staticmethod
    def _as_message(message: Sent) -> dict[str, Any]:
        return {
            "message_id": message.id,
            "date": int(time.time()),
            "text": message.text,
            "chat": {"id": message.chat_id, "type": "private", "first_name": "P"},
            "from": BOT,
        }

    def new_callback(self) -> str:
        id_ = str(next(self._callback_ids))
        self._callbacks[id_] = False
        return id_

    def new_message_id(self) -> int:
        return next(self._messages)


class Person:
    """Somebody in a private chat with the bot, or in a group with it."""

    def __init__(self, telegram: StrictTelegram, chat_id: int, language_code: str) -> None:
        self.telegram = telegram
        self.chat_id = chat_id
        self.user = {"id": chat_id, "is_bot": False, "first_name": "P", "language_code": language_code}
        self.chat = {"id": chat_id, "type": "private", "first_name": "P"}
        telegram.started.add(chat_id)

    def message(self, **content: Any) -> dict[str, Any]:
        id_ = self.telegram.new_message_id()
        return {"message_id": id_, "date": int(time.time()), "chat": self.chat, "from": self.user, **content}

    def write(self, text: str, **more: Any) -> dict[str, Any]:
        if text.startswith("/"):
            more["entities"] = [{"type": "bot_command", "offset": 0, "length": len(text.split()[0])}]
        return self.send(text=text, **more)

    def send(self, **content: Any) -> dict[str, Any]:
        message = self.message(**content)
        self.telegram.written_at.append((time.monotonic(), self.chat_id, str(content.get("text", ""))))
        self.telegram.deliver("message", message)
        return message

    def edit(self, message: dict[str, Any], text: str, later: int = 30) -> None:
        self.telegram.deliver("edited_message", {**message, "text": text, "edit_date": message["date"] + later})

    def press(self, part: str, message: Optional[Sent] = None) -> str:
        """Press the button of a message (the newest with buttons unless given) whose text or data has `part`."""
        of = message or next(one for one in reversed(self.telegram.messages(self.chat_id)) if one.buttons)
        data = next(b["callback_data"] for b in of.buttons if part in b["text"] or part in b.get("callback_data", ""))
        return self.press_data(data, of.id)

    def press_data(self, data: str, message_id: int = 1) -> str:
        id_ = self.telegram.new_callback()
        of = self.telegram.sent.get((self.chat_id, message_id))
        message = {
            "message_id": message_id,
            "date": int(time.time()),
            "chat": self.chat,
            "from": BOT,
            "text": of.text if of else "…",
        }
        self.telegram.deliver(
            "callback_query",
            {"id": id_, "from": self.user, "message": message, "chat_instance": "1", "data": data},
        )
        return id_

    def ask_inline(self, query: str) -> str:
        id_ = self.telegram.new_callback()
        self.telegram.inline[id_] = None
        self.telegram.deliver("inline_query", {"id": id_, "from": self.user, "query": query, "offset": ""})
        return id_

    def block(self) -> None:
        self.telegram.blocked.add(self.chat_id)
        was, now = ({"user": BOT, "status": status} for status in ("member", "kicked"))
        change = {"chat": self.chat, "from": self.user, "date": int(time.time()), "old_chat_member": was}
        self.telegram.deliver("my_chat_member", {**change, "new_chat_member": {**now, "until_date": 0}})


class _Tags(HTMLParser):
    """Telegram's HTML: few tags, all of them closed."""

    def check(self, text: str) -> None:
        self.open: list[str] = []
        self.feed(text)
        if self.open:
            raise Refused("can't parse entities: can't find end tag")

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        if tag not in ("b", "i", "u", "s", "a", "code", "pre", "blockquote"):
            raise Refused(f"can't parse entities: unsupported start tag {tag}")
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            raise Refused("can't parse entities: unexpected end tag")


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


@contextmanager
def running_telegram() -> Iterator[StrictTelegram]:
    """The server in a thread of its own."""
    telegram = StrictTelegram()
    loop = asyncio.new_event_loop()
    app = web.Application(client_max_size=2**24)
    app.router.add_route("*", "/bot{token}/{method}", telegram.handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
    loop.run_until_complete(runner.setup())
    loop.run_until_complete(web.TCPSite(runner, "127.0.0.1", telegram.port).start())
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield telegram
    finally:
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(timeout=10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(timeout=10)
        loop.close()
