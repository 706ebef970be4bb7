"""The console: log in and out, and the pages of each group under one roof."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Mount, Route

from appointments.calendar_files import feed
from appointments.errors import NotFound
from console.accounts import SESSION_HOURS, log_in, log_out
from console.assets import Files, mounts
from console.operators import OperatorPages, Preview
from console.pages import COOKIE, PAGES_OF_ROLE, Pages, Translate
from console.staff import StaffPages
from console.texts import TEXT
from services_catalog.vocabulary import SERVICES
from storage.clock import Clock
from storage.database import SessionFactory

STATIC = Path(__file__).parent / "static"


class Console(Pages):
    """Args:
    translate, preview, right_to_left: as for `Pages` and `OperatorPages`.
    secure_cookies: whether the pages are served over HTTPS.
    """

    def __init__(
        self,
        sessions: SessionFactory,
        clock: Clock,
        translate: Translate,
        preview: Preview,
        right_to_left: frozenset[str],
        secure_cookies: bool = False,
    ) -> None:
        super().__init__(sessions, clock, translate)
        self._secure = secure_cookies
        self._of_staff = StaffPages(sessions, clock, translate)
        self._of_operators = OperatorPages(sessions, clock, translate, preview, right_to_left)

    def routes(self) -> list[Any]:
        return [
            Route("/", self.home),
            Route("/login", self.login, methods=["GET", "POST"]),
            Route("/logout", self.logout, methods=["POST"]),
            *self._of_staff.routes(),
            *self._of_operators.routes(),
            Route("/calendar/{token}.ics", self.calendar),
            Route("/health", lambda _: PlainTextResponse("ok")),
            Route("/favicon.ico", lambda _: FileResponse(STATIC / "icon.svg")),
            Mount("/static", Files(STATIC, "no-cache")),
            *mounts(),
        ]

    async def home(self, request: Request) -> Response:
        user = self._user(request)
        if user is None:
            return RedirectResponse("/login", 303)
        pages = PAGES_OF_ROLE[user.role]
        if not pages:
            return self._page("message.html", user, text=TEXT["no_pages"])
        return RedirectResponse(f"/{pages[0]}", 303)

    async def login(self, request: Request) -> Response:
        if request.method == "GET":
            return self._page("login.html", None, error=None, name="")
        form = await request.form()
        name, password = str(form.get("name", ""))[:64], str(form.get("password", ""))[:200]
        token = log_in(self._sessions, self._clock, name, password)
        if token is None:
            return self._page("login.html", None, status=401, error=TEXT["wrong_login"], name=name)
        response = RedirectResponse("/", 303)
        response.set_cookie(
            COOKIE, token, max_age=SESSION_HOURS * 3600, httponly=True, samesite="lax", secure=self._secure, path="/"
        )
        return response

    async def logout(self, request: Request) -> Response:
        log_out(self._sessions, request.cookies.get(COOKIE))
        response = RedirectResponse("/login", 303)
        response.delete_cookie(COOKIE)
        return response

    async def calendar(self, request: Request) -> Response:
        """The feed of a shop or a desk for the staff's own calendars, which log in nowhere: the address is the secret."""
        try:
            made = feed(
                self._sessions,
                self._clock,
                request.path_params["token"],
                lambda service: self._translate(SERVICES[service].msgid),
            )
        except NotFound:
            return PlainTextResponse("Questo calendario non esiste.", 404)
        return Response(made, media_type="text/calendar")
