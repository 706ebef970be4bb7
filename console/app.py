"""The console's pages: log in, the day's appointments of one's city, confirm, seen, no-show."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Optional

from babel.dates import format_date
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Mount, Route

from appointments.booking import AppointmentError, NotFound, WrongStatus, day_list, set_status
from appointments.calendar_files import feed
from console.accounts import SESSION_HOURS, User, log_in, log_out, user_of
from console.assets import Files, mounts
from services_catalog.vocabulary import CITIES, LANGUAGES, SERVICES
from storage.clock import ROME, Clock
from storage.database import SessionFactory

COOKIE = "orienta_console"
STATIC = Path(__file__).parent / "static"
Translate = Callable[[str], str]

TEXTS = {
    "it": {
        "status": {
            "pending": "da confermare", "confirmed": "confermato", "declined": "rifiutato", "cancelled": "annullato",
            "seen": "venuto", "no_show": "non venuto",
        },
        "gender": {"woman": "una donna", "man": "un uomo"},
        "actions": {"confirmed": "Conferma", "seen": "Venuto", "no_show": "Non venuto"},
        "wrong_login": "Nome o password sbagliati, oppure troppi tentativi: riprova tra 15 minuti.",
        "no_city": "Questo utente non ha una città: chiedi a un amministratore.",
        "wrong_status": "Questo appuntamento è già cambiato: ecco com'è adesso.",
        "not_found": "Questo appuntamento non c'è più.",
    }
}  # fmt: skip
TEXT: dict[str, Any] = TEXTS["it"]
MARKS = ("confirmed", "seen", "no_show")
"""What staff mark with one press."""
YEARS = range(2000, 2100)
"""Years that the list can be asked for; the days before and after the calendar's ends are none."""


class Console:
    """The pages over one database.

    Args:
        translate: the Italian words of a vocabulary's msgid; the catalogues live in a package beside this one.
        secure_cookies: whether the pages are served over HTTPS.
    """

    def __init__(
        self, sessions: SessionFactory, clock: Clock, translate: Translate, secure_cookies: bool = False
    ) -> None:
        self._sessions = sessions
        self._clock = clock
        self._translate = translate
        self._secure = secure_cookies
        self._templates = Environment(
            loader=PackageLoader("console"), autoescape=select_autoescape(), undefined=StrictUndefined, trim_blocks=True
        )

    def routes(self) -> list[Any]:
        return [
            Route("/", self.home),
            Route("/login", self.login, methods=["GET", "POST"]),
            Route("/logout", self.logout, methods=["POST"]),
            Route("/appointments", self._staff(self.appointments)),
            Route("/appointments/{id:uuid}/{status}", self._staff(self.mark), methods=["POST"]),
            Route("/calendar/{token}.ics", self.calendar),
            Route("/health", lambda _: PlainTextResponse("ok")),
            Route("/favicon.ico", lambda _: FileResponse(STATIC / "icon.svg")),
            Mount("/static", Files(STATIC, "no-cache")),
            *mounts(),
        ]

    # -- log in and out --

    async def home(self, request: Request) -> Response:
        return RedirectResponse("/appointments" if self._user(request) else "/login", 303)

    async def login(self, request: Request) -> Response:
        if request.method == "GET":
            return self._page("login.html", error=None, name="")
        form = await request.form()
        name, password = str(form.get("name", ""))[:64], str(form.get("password", ""))[:200]
        token = log_in(self._sessions, self._clock, name, password)
        if token is None:
            return self._page("login.html", status=401, error=TEXT["wrong_login"], name=name)
        response = RedirectResponse("/appointments", 303)
        response.set_cookie(
            COOKIE, token, max_age=SESSION_HOURS * 3600, httponly=True, samesite="lax", secure=self._secure, path="/"
        )
        return response

    async def logout(self, request: Request) -> Response:
        log_out(self._sessions, request.cookies.get(COOKIE))
        response = RedirectResponse("/login", 303)
        response.delete_cookie(COOKIE)
        return response

    # -- appointments --

    async def appointments(self, request: Request, user: User) -> Response:
        return self._day(request, user)

    async def mark(self, request: Request, user: User) -> Response:
        status = request.path_params["status"]
        city = self._city(request, user)
        if status not in MARKS or city is None:
            return self._day(request, user, status=404, error=TEXT["not_found"])
        try:
            set_status(
                self._sessions,
                self._clock,
                appointment_id=str(request.path_params["id"]),
                city=city,
                status=status,
                staff=user.name,
            )
        except NotFound:
            return self._day(request, user, status=404, error=TEXT["not_found"])
        except (WrongStatus, AppointmentError):
            return self._day(request, user, status=409, error=TEXT["wrong_status"])
        day = self._chosen_day(request)
        return RedirectResponse(f"/appointments?day={day.isoformat()}&city={city}", 303)

    def _day(self, request: Request, user: User, status: int = 200, error: Optional[str] = None) -> Response:
        city = self._city(request, user)
        if city is None and user.role != "admin":
            return self._page("message.html", status=403, user=user, text=TEXT["no_city"])
        city = city or next(iter(CITIES))
        day = self._chosen_day(request)
        rows = [self._row(booking) for booking in day_list(self._sessions, city, day)]
        return self._page(
            "appointments.html",
            status=status,
            user=user,
            city=city,
            city_name=CITIES[city].name,
            cities=CITIES if user.role == "admin" else {},
            day=day.isoformat(),
            day_name=format_date(day, "EEEE d MMMM y", locale="it"),
            before=(day - timedelta(days=1)).isoformat(),
            after=(day + timedelta(days=1)).isoformat(),
            rows=rows,
            error=error,
        )

    def _row(self, booking: Any) -> dict[str, Any]:
        return {
            "id": booking.id,
            "time": booking.starts_at.astimezone(ROME).strftime("%H:%M"),
            "until": booking.ends_at.astimezone(ROME).strftime("%H:%M"),
            "code": booking.code,
            "service": self._translate(SERVICES[booking.type].msgid),
            "status": booking.status,
            "status_name": TEXT["status"][booking.status],
            "language": booking.language,
            "interpreter": self._interpreter(booking),
            "marks": [(mark, TEXT["actions"][mark]) for mark in MARKS if mark in booking.next_statuses],
        }

    def _interpreter(self, booking: Any) -> str:
        """What the person wishes for, and who has been assigned."""
        wish = booking.interpreter_language
        if wish is None and booking.interpreter is None:
            return ""
        gender = TEXT["gender"].get(booking.interpreter_gender, "")
        asked = ", ".join(filter(None, (LANGUAGES[wish].endonym if wish in LANGUAGES else wish, gender)))
        return " → ".join(filter(None, (asked, booking.interpreter)))

    def _chosen_day(self, request: Request) -> date:
        with suppress(ValueError):
            day = date.fromisoformat(request.query_params.get("day", ""))
            if day.year in YEARS:
                return day
        now: datetime = self._clock()
        return now.astimezone(ROME).date()

    @staticmethod
    def _city(request: Request, user: User) -> Optional[str]:
        """Staff see their own city whatever the address says; an administrator chooses."""
        if user.role == "admin":
            asked = request.query_params.get("city") or user.city
            return asked if asked in CITIES else None
        return user.city

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

    # -- common --

    def _user(self, request: Request) -> Optional[User]:
        return user_of(self._sessions, self._clock, request.cookies.get(COOKIE))

    def _staff(self, view: Callable[[Request, User], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
        """Only for staff and administrators; everybody else is sent to log in, or told that it is not theirs."""

        async def guarded(request: Request) -> Response:
            user = self._user(request)
            if user is None:
                return RedirectResponse("/login", 303)
            if user.role not in ("staff", "admin"):
                return self._page(
                    "message.html", status=403, user=user, text="Questa pagina è per il personale degli sportelli."
                )
            return await view(request, user)

        return guarded

    def _page(self, template: str, status: int = 200, **values: Any) -> HTMLResponse:
        return HTMLResponse(self._templates.get_template(template).render(**values), status)
