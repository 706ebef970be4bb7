"""The web chat: one page that drives the same assistant as Telegram does.

The assistant's REST channel believes whatever sender it is told (RASA.md, T25), so it listens on loopback only and this
page stands before it: the conversation belongs to a random cookie, and what is typed can never be an intent (T1).

Without JavaScript the page is a form that is posted and shown again with what was said in this visit; with it the page fetches
the same pieces of HTML. Right after the style of our own comes Bootstrap Italia's, once the page can be used.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
import secrets
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import Any, NamedTuple, Optional
from urllib.parse import parse_qsl, quote

import httpx
from jinja2 import Environment, PackageLoader, select_autoescape
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from console.assets import STYLE, address
from console.visits import Heard, Said, Visit, Visits
from storage.clock import Clock
from storage.database import SessionFactory, SQLAlchemyError
from storage.keys import Keyring

log = logging.getLogger(__name__)

COOKIE = "orienta_chat"
COOKIE_DAYS = 30
MAX_BODY_BYTES = 200_000
CHANNEL = "web"
SOUNDS_AT_ONCE = 2
"""Sounds that are made at a time: each takes a core for up to two seconds."""
LONGEST_WAIT_SECONDS = 30
CAPTION = "x-caption"
"""Percent-encoded UTF-8."""

ADDRESS = re.compile(r"(https?://[^\s\u2066-\u2069<>\"]*[^\s\u2066-\u2069<>\"'.,;:!?()\[\]،؛؟।…])")
"""Not part of an address: isolates (right-to-left texts), and the punctuation of a sentence that ends with it."""

ReadAloud = Callable[[str, str, bool], tuple[Optional[bytes], str]]
"""From a text, its language and whether the sound may be kept to Ogg/Opus with what has to be said of it ("a computer's
voice"), or None and why there is none. Takes its time."""


def N_(message: str) -> str:
    return message


LABELS = {
    "write": N_("Write here"),
    "send": N_("Send"),
    "title": N_("Chat with Orienta"),
    "skip": N_("Go to the field for writing"),
    "you": N_("You wrote:"),
    "wait": N_("One moment, please."),
    "start": N_("Start"),
    "news": N_("See new messages"),
    "too_old": N_("This is too old for me to read aloud. Please ask again."),
}
OFFLINE = N_(
    "Something is not working on my side. Please try again in a few minutes. In an emergency, call {emergency}."
)


class Part(NamedTuple):
    text: str
    link: bool


def parts(text: str) -> Iterator[Part]:
    """A text cut at the addresses of the web in it."""
    for number, part in enumerate(ADDRESS.split(text)):
        yield Part(part, link=bool(number % 2))


class WebChat:
    """The page and what it calls.

    Args:
        assistant_url: root of the Rasa server.
        clean: what the assistant gets for what was typed (commands, no other leading slash); None: nothing.
        pull_notices: the rendered notices that wait for a person's page.
        translate: the text of a msgid in a language; languages that are not written fall back to English.
        emergency: the number that the page gives when the assistant is down.
        to_hear: language and `keep` of a button that reads aloud; None for every other payload.
        read_aloud: makes the sound.
        farewells: what the assistant says, in every language, once everything of a person was deleted.
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
        to_hear: Callable[[str], Optional[tuple[str, bool]]],
        read_aloud: ReadAloud,
        farewells: set[str],
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
        self._to_hear = to_hear
        self._read_aloud = read_aloud
        self._farewells = farewells
        self._sounds = asyncio.Semaphore(SOUNDS_AT_ONCE)
        self._visits = Visits(clock)
        self._assistant = httpx.AsyncClient(base_url=assistant_url, timeout=LONGEST_WAIT_SECONDS)
        self._templates = Environment(loader=PackageLoader("console"), autoescape=select_autoescape())
        self._templates.filters["parts"] = parts

    def routes(self) -> list[Any]:
        return [
            Route("/chat", self.page),
            Route("/chat", self.form, methods=["POST"]),
            Route("/chat/send", self.send, methods=["POST"]),
            Route("/chat/notices", self.notices),
            Route("/chat/voice/{id}", self.voice),
            Route("/chat/file/{id}", self.file),
        ]

    async def page(self, request: Request) -> Response:
        """The page with what was said so far."""
        sender = self._sender(request)
        visit = self._visits.of(sender) if sender else None
        if sender and visit:
            visit.said.extend(self._said(visit, self._pull(sender)))
        language = (visit and visit.language) or self._browser_language(request)
        response = HTMLResponse(
            self._templates.get_template("chat.html").render(
                language=language,
                direction="rtl" if language in self._right_to_left else "ltr",
                labels=self._labels(language),
                offline=self._offline(language),
                style=address(STYLE),
                said=visit.said if visit else (),
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

    async def form(self, request: Request) -> Response:
        """A round trip without JavaScript: `text` or `payload` of a form in, then the page again."""
        back = RedirectResponse("/chat#text", 303)
        sender = self._sender(request)
        received = await _body(request)
        if sender is None or received is None:
            return back
        fields = dict(parse_qsl(received.decode("utf-8", "replace")))
        if (message := self._message(fields.get("text"), fields.get("payload"))) is not None:
            await self._answer(request, sender, message, fields.get("text") or "")
        return back

    async def send(self, request: Request) -> Response:
        """`{"text": …}` or `{"payload": …}` in; `{"messages": [{"text", "buttons"}], "html", "language"}` out, also when
        something is down. A message with a file has it as `"file": {"name", "type", "content"}`; a button that reads aloud
        has `"voice"`, the address of the sound, in the place of its payload. `html`: the same as the page shows it.
        """
        sender = self._sender(request)
        if sender is None:
            return JSONResponse({"error": "open /chat first"}, 400)
        received = await _body(request)
        if received is None:
            return JSONResponse({"error": "too long"}, 413)
        try:
            body = json.loads(received)
            typed, payload = body.get("text"), body.get("payload")
        except (ValueError, AttributeError, RecursionError):
            return JSONResponse({"error": "send JSON with text or payload"}, 400)
        message = self._message(typed, payload)
        if message is None:
            return JSONResponse({"messages": []})
        shown = typed if isinstance(typed, str) else ""
        return self._as_json(*await self._answer(request, sender, message, shown), request)

    def _message(self, typed: Any, payload: Any) -> Optional[str]:
        """What the assistant is told; None: nothing."""
        if isinstance(payload, str) and payload.startswith("/"):
            return payload
        words = typed if isinstance(typed, str) else ""
        return self._clean(words) or ("/menu" if words.strip() == "/" else None)

    async def _answer(
        self, request: Request, sender: str, message: str, typed: str
    ) -> tuple[list[dict[str, Any]], list[Said]]:
        """The assistant's messages, as they came and as they are shown; the visit keeps them."""
        visit = self._visits.of(sender)
        if shown := (visit.title_of(message) if message.startswith("/") else None) or typed.strip():
            visit.add("me", shown)
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
            language = visit.language or self._browser_language(request)
            messages = [{"text": self._offline(language), "buttons": []}]
        if any(one["text"] in self._farewells for one in messages):
            self._visits.forget(sender)
            visit = self._visits.of(sender)
        said = self._said(visit, messages)
        visit.said.extend(said)
        return messages, said

    def _said(self, visit: Visit, messages: list[dict[str, Any]]) -> list[Said]:
        """The messages as the page shows them. A button that reads aloud gets the sound's address for its payload."""
        said = []
        for message in messages:
            language = None
            for button in message["buttons"]:
                if found := self._to_hear(button.get("payload", "")):
                    language, keep = found
                    del button["payload"]
                    button["voice"] = f"/chat/voice/{visit.keep_sound(Heard(message['text'], language, keep))}"
            file = message.get("file")
            said.append(
                Said(
                    "bot",
                    message["text"],
                    language,
                    tuple(_rows(message["buttons"])),
                    {"name": file["name"], "address": f"/chat/file/{visit.keep_file(file)}"} if file else None,
                )
            )
        return said

    def _as_json(self, messages: list[dict[str, Any]], said: Sequence[Said], request: Request) -> JSONResponse:
        language = next((one.language for one in reversed(said) if one.language), None)
        shown = self._templates.get_template("chat_said.html").render(
            said=said, labels=self._labels(language or self._browser_language(request))
        )
        return JSONResponse({"messages": messages, "html": shown, "language": language})

    async def voice(self, request: Request) -> Response:
        """The sound of a message of this visit, what it is in the header `CAPTION`. 404 with the reason where there is none."""
        sender = self._sender(request)
        visit = self._visits.of(sender) if sender else None
        heard = visit.sounds.get(request.path_params["id"]) if visit else None
        if heard is None:
            language = self._browser_language(request)
            sound, words = None, self._translate(language, LABELS["too_old"])
        else:
            language = heard.language
            async with self._sounds:
                sound, words = await asyncio.to_thread(self._read_aloud, heard.text, language, heard.keep)
        if sound is not None:
            return Response(sound, media_type="audio/ogg", headers={CAPTION: quote(words)})
        if visit and "text/html" in request.headers.get(
            "accept", ""
        ):  # a link that was followed, not the page's player
            visit.said.append(Said("bot", words, language))
            return RedirectResponse("/chat#text", 303)
        return PlainTextResponse(words, 404)

    async def file(self, request: Request) -> Response:
        """A file that came with a message of this visit."""
        sender = self._sender(request)
        file = self._visits.of(sender).files.get(request.path_params["id"]) if sender else None
        if file is None:
            return PlainTextResponse("This file is not there any more.", 404)
        name = re.sub(r"[^\w.-]", "_", file["name"], flags=re.ASCII)
        headers = {"content-disposition": f'attachment; filename="{name}"'}
        return Response(file["content"], media_type=file["type"], headers=headers)

    async def notices(self, request: Request) -> Response:
        """What the one-stop shop has to say meanwhile; the page asks now and then. As `send`."""
        sender = self._sender(request)
        messages = self._pull(sender) if sender else []
        if sender is None or not messages:
            return JSONResponse({"messages": []})
        visit = self._visits.of(sender)
        said = self._said(visit, messages)
        visit.said.extend(said)
        return self._as_json(messages, said, request)

    def _pull(self, sender: str) -> list[dict[str, Any]]:
        try:
            return self._pull_notices(sender)
        except SQLAlchemyError as error:
            log.error("notices not read, database: %s", type(error).__name__)
            return []

    def _labels(self, language: str) -> dict[str, str]:
        return {key: self._translate(language, msgid) for key, msgid in LABELS.items()}

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


async def _body(request: Request) -> Optional[bytes]:
    """None when it is longer than any message."""
    received = bytearray()
    async for chunk in request.stream():
        received += chunk
        if len(received) > MAX_BODY_BYTES:
            return None
    return bytes(received)


def _rows(buttons: list[dict[str, Any]]) -> Iterator[tuple[dict[str, Any], ...]]:
    """Those with the same `row` beside each other, the rest one below the other."""
    for row, together in groupby(buttons, key=lambda button: button.get("row")):
        if row:
            yield tuple(together)
        else:
            yield from ((button,) for button in together)
