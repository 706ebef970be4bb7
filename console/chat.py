"""The web chat: one page that drives the same assistant as Telegram does.

The assistant's REST channel believes whatever sender it is told (RASA.md, T25), so it listens on loopback only and this
page stands before it: the conversation belongs to a random cookie, and what is typed can never be an intent (T1).
"""

from __future__ import annotations

import json
import logging
import secrets
from collections.abc import Callable
from typing import Any, Optional

import httpx
from jinja2 import Environment, PackageLoader, select_autoescape
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from storage.clock import Clock
from storage.database import SessionFactory, SQLAlchemyError
from storage.keys import Keyring

log = logging.getLogger(__name__)

COOKIE = "orienta_chat"
COOKIE_DAYS = 30
MAX_BODY_BYTES = 200_000
CHANNEL = "web"


def N_(message: str) -> str:
    return message


LABELS = {"write": N_("Write here"), "send": N_("Send"), "title": N_("Chat with Orienta")}
OFFLINE = N_(
    "Something is not working on my side. Please try again in a few minutes. In an emergency, call {emergency}."
)


class WebChat:
    """The page and what it calls.

    Args:
        assistant_url: root of the Rasa server.
        clean: what the assistant gets for what was typed (commands, no other leading slash); None: nothing.
        pull_notices: the rendered notices that wait for a person's page.
        translate: the text of a msgid in a language; languages that are not written fall back to English.
        emergency: the number that the page gives when the assistant is down.
    """

    def __init__(
        self,
        *,
        assistant_url: str,
        sessions: SessionFactory,
        clock: Clock,
        keyring: Keyring,
        clean: Callable[[Optional[str]], Optional[str]],
        pull_notices: Callable[[str], list[dict[str, Any]]],
        translate: Callable[[str, str], str],
        written: set[str],
        right_to_left: set[str],
        emergency: str,
        secure_cookies: bool = False,
    ) -> None:
        self._sessions = sessions
        self._clock = clock
        self._keyring = keyring
        self._clean = clean
        self._pull_notices = pull_notices
        self._translate = translate
        self._written = written
        self._right_to_left = right_to_left
        self._emergency = emergency
        self._secure = secure_cookies
        self._assistant = httpx.AsyncClient(base_url=assistant_url, timeout=30)
        self._templates = Environment(loader=PackageLoader("console"), autoescape=select_autoescape())

    def routes(self) -> list[Any]:
        return [
            Route("/chat", self.page),
            Route("/chat/send", self.send, methods=["POST"]),
            Route("/chat/notices", self.notices),
        ]

    async def page(self, request: Request) -> Response:
        language = self._browser_language(request)
        response = HTMLResponse(
            self._templates.get_template("chat.html").render(
                language=language,
                direction="rtl" if language in self._right_to_left else "ltr",
                labels={key: self._translate(language, msgid) for key, msgid in LABELS.items()},
                offline=self._offline(language),
            )
        )
        if not request.cookies.get(COOKIE):
            response.set_cookie(
                COOKIE,
                secrets.token_urlsafe(24),
                max_age=COOKIE_DAYS * 86400,
                httponly=True,
                samesite="strict",
                secure=self._secure,
                path="/chat",
            )
        return response

    async def send(self, request: Request) -> Response:
        """`{"text": …}` or `{"payload": …}` in; `{"messages": [{"text", "buttons"}]}` out, also when something is
        down. A message with a file has it as `"file": {"name", "type", "content"}`.
        """
        sender = self._sender(request)
        if sender is None:
            return JSONResponse({"error": "open /chat first"}, 400)
        received = bytearray()
        async for chunk in request.stream():
            received += chunk
            if len(received) > MAX_BODY_BYTES:
                return JSONResponse({"error": "too long"}, 413)
        try:
            body = json.loads(received)
            typed, payload = body.get("text"), body.get("payload")
        except (ValueError, AttributeError, RecursionError):
            return JSONResponse({"error": "send JSON with text or payload"}, 400)
        if isinstance(payload, str) and payload.startswith("/"):
            message: Optional[str] = payload
        else:
            words = typed if isinstance(typed, str) else ""
            message = self._clean(words) or ("/menu" if words.strip() == "/" else None)
        if message is None:
            return JSONResponse({"messages": []})
        metadata = {
            "channel": CHANNEL,
            "address": self._keyring.encrypt(sender),
            "language_code": self._browser_language(request),
        }
        try:
            answer = await self._assistant.post(
                "/webhooks/rest/webhook", json={"sender": sender, "message": message, "metadata": metadata}
            )
            answer.raise_for_status()
            messages = [
                {"text": one.get("text", ""), "buttons": one.get("buttons", [])}
                | ({"file": one["attachment"]} if one.get("attachment") else {})
                for one in answer.json()
            ]
        except (httpx.HTTPError, ValueError) as error:
            log.error("assistant not reached: %s", type(error).__name__)
            messages = []
        if not messages:
            messages = [{"text": self._offline(self._browser_language(request)), "buttons": []}]
        return JSONResponse({"messages": messages})

    async def notices(self, request: Request) -> Response:
        """What the one-stop shop has to say meanwhile; the page asks now and then."""
        sender = self._sender(request)
        try:
            return JSONResponse({"messages": self._pull_notices(sender) if sender else []})
        except SQLAlchemyError as error:
            log.error("notices not read, database: %s", type(error).__name__)
            return JSONResponse({"messages": []})

    def _offline(self, language: str) -> str:
        return self._translate(language, OFFLINE).format(emergency=self._emergency)

    def _sender(self, request: Request) -> Optional[str]:
        cookie = request.cookies.get(COOKIE)
        return self._keyring.person_key(CHANNEL, cookie) if cookie else None

    def _browser_language(self, request: Request) -> str:
        for wish in request.headers.get("accept-language", "").split(","):
            code = wish.split(";")[0].strip().split("-")[0].casefold()
            if code in self._written:
                return code
        return "en"
