"""The console: log in and out, one's own account, what is said when something goes wrong, and the pages under one roof."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Mount, Route

from appointments.calendar_files import feed
from appointments.errors import NotFound
from console.account_pages import AccountPages
from console.accounts import MAX_NAME, MAX_PASSWORD, SESSION_HOURS, log_in, log_out
from console.assets import Files, mounts
from console.catalogue import catalogue_groups
from console.catalogue_pages import Preview
from console.pages import COOKIE, NAVIGATION, Pages, Translate, received
from console.permissions import PERMISSIONS_OF_ROLE
from console.plan_pages import PlanPages
from console.staff import StaffPages
from services_catalog.vocabulary import SERVICES
from storage.clock import Clock
from storage.database import SessionFactory, SQLAlchemyError

STATIC = Path(__file__).parent / "static"
MACHINES = ("/hsds", "/chat/", "/calendar/")
"""Addresses that programs read: they get an error as JSON, people get a page."""
REFUSALS = {
    404: "Questa pagina non esiste.",
    405: "Questa pagina non esiste.",
    413: "È troppo in una volta: al massimo 8 MB. Niente è stato cambiato.",
}
WORDS_FOR_MACHINES = {
    404: "not found",
    405: "method not allowed",
    413: "too long",
    500: "internal error",
    503: "unavailable",
}
BAD_REQUEST = "Non si capisce che cosa è stato inviato. Niente è stato cambiato: torna indietro e riprova."
OUT_OF_ORDER = "In questo momento i dati non si possono leggere. Niente è stato cambiato: riprova tra qualche minuto."
BROKEN = "Qualcosa non ha funzionato, e non è colpa tua. Torna indietro e riprova; se succede ancora, dillo a chi cura Orienta."

log = logging.getLogger(__name__)


class Console(Pages):
    """Args:
    translate, preview, right_to_left, feed_address: as for `Pages`, `EntryPages` and `PlanPages`.
    secure_cookies: whether the pages are served over HTTPS.
    """

    def __init__(
        self,
        sessions: SessionFactory,
        clock: Clock,
        translate: Translate,
        preview: Preview,
        right_to_left: frozenset[str],
        feed_address: Callable[[str], str],
        secure_cookies: bool = False,
    ) -> None:
        super().__init__(sessions, clock, translate)
        self._secure = secure_cookies
        self._groups: tuple[Any, ...] = (
            AccountPages(sessions, clock, translate),
            StaffPages(sessions, clock, translate),
            PlanPages(sessions, clock, translate, feed_address),
            *catalogue_groups(sessions, clock, translate, preview, right_to_left),
        )

    def routes(self) -> list[Any]:
        return [
            Route("/", self.home),
            Route("/login", self.login, methods=["GET", "POST"]),
            Route("/logout", self.logout, methods=["POST"]),
            *(route for group in self._groups for route in group.routes()),
            Route("/calendar/{token}.ics", self.calendar),
            Route("/health", lambda _: PlainTextResponse("ok")),
            Route("/favicon.ico", lambda _: FileResponse(STATIC / "icon.svg")),
            Mount("/static", Files(STATIC, "no-cache")),
            *mounts(),
        ]

    def exception_handlers(self) -> Mapping[Any, Callable[[Request, Exception], Any]]:
        """What a person gets instead of a bare error: a page in their language, without what went wrong inside."""
        return {HTTPException: self.refused, SQLAlchemyError: self.out_of_order, Exception: self.broken}

    def home(self, request: Request) -> Response:
        user = self._user(request)
        if user is None:
            return RedirectResponse("/login", 303)
        may = PERMISSIONS_OF_ROLE[user.role]
        first = next((address for address, _, needed in NAVIGATION if needed in may), "account")
        return RedirectResponse(f"/{first}", 303)

    async def login(self, request: Request) -> Response:
        if request.method == "GET":
            return self._page("login.html", None, request=request, name="", next="", kept=[])
        fields, _ = await received(request)
        return await run_in_threadpool(self._log_in, request, fields)

    def _log_in(self, request: Request, fields: list[tuple[str, str]]) -> Response:
        form = dict(fields)
        name, password = form.get("name", "")[:MAX_NAME], form.get("password", "")[:MAX_PASSWORD]
        next_ = form.get("next", "")
        next_ = next_ if next_.startswith("/") and not next_.startswith(("//", "/\\")) else ""
        kept = (
            [(field.partition(":")[2], value) for field, value in fields if field.startswith("kept:")] if next_ else []
        )
        token = log_in(self._sessions, self._clock, name, password)
        if token is None:
            return self._page(
                "login.html",
                None,
                401,
                request=request,
                name=name,
                next=next_,
                kept=kept,
                error="Nome o password sbagliati, oppure troppi tentativi: riprova tra 15 minuti.",
            )
        response: Response = RedirectResponse("/", 303)
        if kept:
            response = self._page("resume.html", None, request=request, next=next_, kept=kept)
        response.set_cookie(
            COOKIE, token, max_age=SESSION_HOURS * 3600, httponly=True, samesite="lax", secure=self._secure, path="/"
        )
        return response

    def logout(self, request: Request) -> Response:
        log_out(self._sessions, request.cookies.get(COOKIE))
        response = RedirectResponse("/login", 303)
        response.delete_cookie(COOKIE)
        return response

    def calendar(self, request: Request) -> Response:
        """The feed of a shop or a desk for the staff's own calendars, which log in nowhere: the address is the secret."""
        try:
            made = feed(
                self._sessions,
                self._clock,
                request.path_params["token"],
                lambda service: self._translate("it", SERVICES[service].msgid),
            )
        except NotFound:
            return PlainTextResponse("Questo calendario non esiste.", 404)
        return Response(made, media_type="text/calendar")

    # -- when something goes wrong --

    def refused(self, request: Request, error: Exception) -> Response:
        status = getattr(error, "status_code", 400)
        headers = getattr(error, "headers", None)
        return self._wrong(request, status, REFUSALS.get(status, BAD_REQUEST), headers)

    def out_of_order(self, request: Request, error: Exception) -> Response:
        log.error("database: %s", type(error).__name__)
        return self._wrong(request, 503, OUT_OF_ORDER)

    def broken(self, request: Request, error: Exception) -> Response:
        return self._wrong(request, 500, BROKEN)

    def _wrong(self, request: Request, status: int, text: str, headers: Mapping[str, str] | None = None) -> Response:
        if request.url.path.startswith(MACHINES):
            response: Response = JSONResponse({"error": WORDS_FOR_MACHINES.get(status, "bad request")}, status)
        else:
            response = self._message(self._known(request), status, text, request)
        response.headers.update(headers or {})
        return response

    def _known(self, request: Request) -> Any:
        try:
            return self._user(request)
        except SQLAlchemyError:
            return None
