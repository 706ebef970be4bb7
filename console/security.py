"""Headers and the cross-site check that stand before every page.

Cross-site request forgery is refused by what browsers say of a request themselves: `Sec-Fetch-Site`, or `Origin` where
an old browser does not send it. No token is needed in forms. https://words.filippo.io/csrf/
"""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}
MAX_BODY = 8_000_000
"""Bytes that a request may bring: a whole city's sheet is a tenth of that."""

HEADERS = [
    (b"content-security-policy", b"default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self' data:; "
     b"img-src 'self' data:; media-src 'self' blob:; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; "
     b"base-uri 'none'"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
    (b"permissions-policy", b"geolocation=(), camera=(), microphone=()"),
]  # fmt: skip


def is_cross_site(headers: dict[str, str]) -> bool:
    """Whether a request that changes something comes from another site's page. Header names in lower case."""
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = headers.get("origin")
    if origin is None:
        return False  # no browser: nothing that carries somebody's cookie unasked
    return urlsplit(origin).netloc != headers.get("host", "")


def bounded(receive: Receive) -> Receive:
    """Receives at most `MAX_BODY` bytes. More is read and thrown away, as a browser shows no answer before it has sent all.

    Raises:
        HTTPException: 413, when it is asked for the part that is too much.
    """
    total = 0

    async def receive_bounded() -> Message:
        nonlocal total
        message = await receive()
        total += len(message.get("body", b""))
        if total > MAX_BODY:
            while message.get("more_body"):
                message = await receive()
            raise HTTPException(413)
        return message

    return receive_bounded


class SecurityMiddleware:
    """Adds the headers that a response does not say itself, answers 403 to cross-site requests, bounds what is received."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                said = {name.lower() for name, _ in message.get("headers", [])}
                message["headers"] = [*message.get("headers", []), *(pair for pair in HEADERS if pair[0] not in said)]
            await send(message)

        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        if scope["method"] not in SAFE_METHODS and is_cross_site(headers):
            await send_with_headers(
                {
                    "type": "http.response.start",
                    "status": 403,
                    "headers": [(b"content-type", b"text/plain; charset=utf-8")],
                }
            )
            await send({"type": "http.response.body", "body": b"This form was sent from another site."})
            return
        await self._app(scope, bounded(receive), send_with_headers)
