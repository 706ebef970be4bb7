"""Telegram from outside: the npm package telegram-test-api behind a proxy that repairs it and is strict where it is not.

What is repaired (RASA.md, T34; the package is 4.2.1): getMe says is_bot, times are in seconds, callbacks carry
chat_instance, answers that should be true are, getUpdates polls long and honours the offset, webhooks carry the secret
token, sendChatAction exists. What is refused as Telegram refuses it: empty or too long texts, callback data over 64
bytes, methods that nobody knows.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Optional

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from tests.conftest import free_port, unavailable

FOLDER = Path(__file__).parent / "emulator"
TOKEN = "123456:TEST-token-for-the-emulator-0123456789"
WEBHOOK_URL = "https://orienta.test"
LONG_POLL_SECONDS = 1.0
DONE = {
    "sendChatAction",
    "answerCallbackQuery",
    "answerInlineQuery",
    "setMyCommands",
    "setMyName",
    "setMyDescription",
    "setMyShortDescription",
}


class Refused(Exception):
    """What Telegram would answer with 400."""


class Emulator:
    """A running emulator. `url` is what ORIENTA_TELEGRAM_API_URL is set to."""

    def __init__(self, npm_url: str) -> None:
        self._npm = httpx.AsyncClient(base_url=npm_url, timeout=30)
        self._npm_url = npm_url
        self.url = ""
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.documents: dict[int, tuple[str, bytes]] = {}
        """Name and content of the last file that each chat got."""
        self.fail_next: dict[str, list[dict[str, Any]]] = {}
        self.polls = True
        self._waiting: list[dict[str, Any]] = []
        self.deliveries = 1
        """How often each update reaches the webhook; Telegram repeats what it is not sure of."""
        self.behind_tls = ""
        """What the reverse proxy at `WEBHOOK_URL` stands before: the assistant's own address."""
        self._webhook: Optional[dict[str, str]] = None
        self._update_ids = itertools.count(100)
        self._message_ids = itertools.count(10_000)
        self.app = Starlette(
            routes=[Route("/bot{token}/{method}", self._method, methods=["GET", "POST"]),
                    Route("/hook", self._hook, methods=["POST"])]
        )  # fmt: skip

    # -- what the assistant sees --

    async def _method(self, request: Request) -> JSONResponse:
        method, token = request.path_params["method"], request.path_params["token"]
        params = dict(request.query_params) | dict(await request.form())
        self.calls.append((method, params))
        if token != TOKEN:
            return JSONResponse({"ok": False, "error_code": 401, "description": "Unauthorized"}, 401)
        if self.fail_next.get(method):
            failure = self.fail_next[method].pop(0)
            return JSONResponse({"ok": False, **failure}, failure["error_code"])
        try:
            return JSONResponse({"ok": True, "result": await self._result(method, token, params)})
        except Refused as error:
            return JSONResponse({"ok": False, "error_code": 400, "description": f"Bad Request: {error}"}, 400)

    async def _result(self, method: str, token: str, params: dict[str, Any]) -> Any:
        if method == "getUpdates":
            return await self._updates(token, params)
        if method in DONE:
            return True
        if method == "setWebhook":
            self._webhook = {"url": params["url"], "secret": params.get("secret_token", "")}
            await self._npm.post(f"/bot{token}/setWebhook", json={"url": f"{self.url}/hook"})
            return True
        if method == "deleteWebhook":
            self._webhook = None
            await self._npm.post(f"/bot{token}/deleteWebhook", json={})
            return True
        if method == "getMe":
            answer = (await self._npm.post(f"/bot{token}/getMe")).json()["result"]
            return {**answer, "is_bot": True}
        if method == "sendDocument":
            upload = params.pop("document")
            params["text"] = params.pop("caption", "")
            if len(params["text"]) > 1024:
                raise Refused("message caption is too long")
            self.documents[int(params["chat_id"])] = (upload.filename, await upload.read())
            method = "sendMessage"  # the package knows no files: what it keeps is the caption with its buttons
        if method == "sendMessage":
            self._check_message(params)
            answer = (await self._npm.post(f"/bot{token}/sendMessage", json=params)).json()["result"]
            return {
                "message_id": answer["message_id"],
                "date": int(answer["date"] / 1000),
                "chat": {"id": int(params["chat_id"]), "type": "private", "first_name": "Person"},
                "text": answer["text"],
            }
        raise Refused(f"method {method} not found")

    @staticmethod
    def _check_message(params: dict[str, Any]) -> None:
        text = params.get("text", "")
        if not text.strip():
            raise Refused("message text is empty")
        if len(text) > 4096:
            raise Refused("message is too long")
        markup = json.loads(params.get("reply_markup") or "{}")
        for button in (button for row in markup.get("inline_keyboard", []) for button in row):
            if not button.get("text", "").strip():
                raise Refused("inline keyboard button without a text")
            if not {"callback_data", "url"} & button.keys():
                raise Refused("inline keyboard button with nothing to do")
            if not 1 <= len(button.get("callback_data", "x").encode()) <= 64:
                raise Refused("BUTTON_DATA_INVALID")

    async def _updates(self, token: str, params: dict[str, Any]) -> list[dict[str, Any]]:
        offset = int(params.get("offset") or 0)
        deadline = time.monotonic() + min(float(params.get("timeout") or 0), LONG_POLL_SECONDS)
        while True:
            if self.polls:
                news = (await self._npm.post(f"/bot{token}/getUpdates")).json()["result"]
                self._waiting += [self._repaired(update) for update in news]
                self._waiting = [update for update in self._waiting if update["update_id"] >= offset]
                if self._waiting:
                    return list(self._waiting)
            if time.monotonic() >= deadline:
                return []
            await asyncio.sleep(0.02)

    async def _hook(self, request: Request) -> JSONResponse:
        assert self._webhook
        headers = {"X-Telegram-Bot-Api-Secret-Token": self._webhook["secret"]}
        update = self._repaired(await request.json())
        async with httpx.AsyncClient() as client:
            for _ in range(self.deliveries):
                url = self._webhook["url"].replace(WEBHOOK_URL, self.behind_tls)
                await client.post(url, json=update, headers=headers)
        return JSONResponse({})

    def _repaired(self, update: dict[str, Any]) -> dict[str, Any]:
        update = {**update, "update_id": next(self._update_ids)}
        message = update.get("message") or update["callback_query"]["message"]
        message["date"] = int(time.time())
        message.pop("botToken", None)
        if "callback_query" in update:
            update["callback_query"]["chat_instance"] = "1"
        else:
            message["message_id"] = next(self._message_ids)
        return update

    def wait_for_webhook(self, seconds: float = 60) -> None:
        """Until the assistant has said where updates go: what was written before would wait for a poll."""
        deadline = time.monotonic() + seconds
        while self._webhook is None:
            assert time.monotonic() < deadline, "no setWebhook"
            time.sleep(0.05)

    def back_to_polling(self) -> None:
        """Forget the webhook of an assistant that has ended; the others poll again."""
        self._webhook, self.polls, self.deliveries = None, True, 1
        httpx.post(f"{self._npm_url}/bot{TOKEN}/deleteWebhook", json={}).raise_for_status()

    # -- what a person does --

    def person(self, chat_id: int, language_code: str = "en") -> TelegramPerson:
        return TelegramPerson(self._npm_url, chat_id, language_code)


class TelegramPerson:
    """Somebody in a private chat with the bot: writes, presses, reads."""

    def __init__(self, npm_url: str, chat_id: int, language_code: str) -> None:
        self._npm = httpx.Client(base_url=npm_url, timeout=30)
        self.chat_id = chat_id
        self._sender = {"id": chat_id, "is_bot": False, "first_name": "Person", "language_code": language_code}
        self.chat = {"id": chat_id, "type": "private", "first_name": "Person"}
        self.keyboard: list[dict[str, Any]] = []

    def write(self, text: str) -> None:
        message: dict[str, Any] = {"botToken": TOKEN, "from": self._sender, "chat": self.chat, "date": 0, "text": text}
        if text.startswith("/"):
            message["entities"] = [{"type": "bot_command", "offset": 0, "length": len(text.split()[0])}]
        self._npm.post("/sendMessage", json=message).raise_for_status()

    def send(self, content: dict[str, Any]) -> None:
        """A message that is no text, such as `{"voice": {…}}`."""
        message = {"botToken": TOKEN, "from": self._sender, "chat": self.chat, "date": 0, **content}
        self._npm.post("/sendMessage", json=message).raise_for_status()

    def press_data(self, data: str) -> None:
        message = {
            "message_id": 1,
            "date": 0,
            "chat": self.chat,
            "text": "…",
            "from": {"id": 666, "is_bot": True, "first_name": "B"},
        }
        body = {"botToken": TOKEN, "from": self._sender, "message": message, "data": data}
        self._npm.post("/sendCallback", json=body).raise_for_status()

    def press(self, part: str) -> None:
        """Press the first button of the last answers whose title or callback data has `part` in it."""
        for button in self.keyboard:
            if part in button["text"] or button.get("callback_data", "").startswith(part):
                self.press_data(button["callback_data"])
                return
        raise AssertionError(f"no button {part!r} among {[(b['text'], b.get('callback_data')) for b in self.keyboard]}")

    def read(self, seconds: float = 20, quiet: float = 1.4) -> list[str]:
        """The texts of the answers: waits for the first, then until nothing has come for `quiet` seconds.

        A chat gets at most one message a second after its first five (bot/channels/limits.py).
        """
        texts: list[str] = []
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            answer = self._npm.post("/getUpdates", json={"token": TOKEN, "chatId": self.chat_id}).json()["result"]
            if answer:
                if not texts:
                    self.keyboard = []
                for update in answer:
                    texts.append(update["message"]["text"])
                    markup = update["message"].get("reply_markup") or {}
                    self.keyboard += [button for row in markup.get("inline_keyboard", []) for button in row]
                deadline = time.monotonic() + quiet
            time.sleep(0.05)
        return texts


@contextmanager
def running_emulator() -> Iterator[Emulator]:
    """Both parts, started and stopped."""
    if shutil.which("node") is None or not (FOLDER / "node_modules").exists():
        unavailable("the Telegram emulator needs Node.js and `npm ci` in tests/emulator (make test does it)")
    port = free_port()
    node = subprocess.Popen(["node", "server.js", str(port)], cwd=FOLDER, stdout=subprocess.PIPE, text=True)
    assert node.stdout is not None
    assert node.stdout.readline().strip() == "ready"
    emulator = Emulator(f"http://127.0.0.1:{port}")
    own_port = free_port()
    emulator.url = f"http://127.0.0.1:{own_port}"
    server = uvicorn.Server(uvicorn.Config(emulator.app, host="127.0.0.1", port=own_port, log_level="error", ws="none"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    try:
        yield emulator
    finally:
        server.should_exit = True
        thread.join(timeout=10)
        node.terminate()
        node.wait(timeout=10)
