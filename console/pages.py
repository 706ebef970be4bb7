"""What all pages of the console share: who asks, about which city, what was typed, what a role may see, how a page is made."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, cached_property, partial
from typing import Any, Optional

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from console.accounts import User, user_of
from console.assets import HTMX, address
from console.permissions import PERMISSIONS_OF_ROLE, ROLES_WITH_CITY, WITHOUT_CITY, Permission
from console.texts import say
from services_catalog.vocabulary import CITIES
from storage.clock import ROME, Clock
from storage.database import SessionFactory

COOKIE = "orienta_console"
Translate = Callable[[str, str], str]
"""The words of a vocabulary's msgid, by language; the catalogues live in a package beside this one."""

NAVIGATION: tuple[tuple[str, str, Permission], ...] = (
    ("appointments", "Appuntamenti", Permission.APPOINTMENTS_READ),
    ("week", "Settimana", Permission.APPOINTMENTS_READ),
    ("waiting", "Lista d'attesa", Permission.APPOINTMENTS_READ),
    ("plan", "Orari dello sportello", Permission.PLAN_WRITE),
    ("to-check", "Da controllare", Permission.CATALOGUE_WRITE),
    ("catalogue", "Catalogo", Permission.CATALOGUE_READ),
    ("statements", "Procedure", Permission.CATALOGUE_WRITE),
    ("network", "Rete", Permission.NETWORK_READ),
    ("accounts", "Utenti", Permission.ACCOUNTS_WRITE),
    ("audit", "Registro", Permission.AUDIT_READ),
)
"""Address, name and what is needed for it; the first that a role may see is its home."""

NOT_YOURS: dict[Permission, str] = {
    Permission.APPOINTMENTS_READ: "Questa pagina è per il personale degli sportelli.",
    Permission.APPOINTMENTS_WRITE: "Questa pagina è per il personale degli sportelli.",
    Permission.PLAN_WRITE: "Questa pagina è per il personale degli sportelli.",
    Permission.CATALOGUE_READ: "Questa pagina è per gli operatori del catalogo.",
    Permission.CATALOGUE_PROPOSE: "Questa pagina è per gli operatori del catalogo.",
    Permission.CATALOGUE_WRITE: "Questa pagina è per gli operatori del catalogo.",
    Permission.NETWORK_READ: "Questa pagina è per chi segue la rete delle città.",
    Permission.TELEGRAM_LINK: "Questa pagina è per il personale degli sportelli.",
    Permission.ACCOUNTS_WRITE: "Questa pagina è per gli amministratori.",
    Permission.AUDIT_READ: "Questa pagina è per gli amministratori.",
}
NO_CITY = "Questo utente non ha una città: chiedi a un amministratore."

YEARS = range(2000, 2100)
"""Years that a list can be asked for; the days before and after the calendar's ends are none."""
MAX_NUMBER = 2**31 - 1
"""The largest id of a row."""


@dataclass(frozen=True)
class Asked:
    """A request as a view gets it. `city`: "" where the view is about none. `many`: all texts of each field, without NUL.

    `files`: name of the field to name and content of what was uploaded.
    """

    user: User
    city: str
    path: Mapping[str, Any]
    query: Mapping[str, str]
    files: Mapping[str, tuple[str, bytes]]
    token: Optional[str]
    many: Mapping[str, tuple[str, ...]]

    @cached_property
    def form(self) -> Mapping[str, str]:
        """Each field's last text."""
        return {name: texts[-1] for name, texts in self.many.items()}

    def say(self, text: str, **values: Any) -> str:
        """A text of the console in the user's language."""
        return say(self.user.language, text, **values)

    def say_all(self, texts: Mapping[str, str]) -> dict[str, str]:
        """Texts by a word of the code, in the user's language."""
        return {word: self.say(text) for word, text in texts.items()}

    def may(self, permission: Permission) -> bool:
        return permission in PERMISSIONS_OF_ROLE[self.user.role]

    def text(self, name: str, most: int) -> str:
        """What was typed in a field, without the spaces around, cut at `most` characters."""
        return self.form.get(name, "").strip()[:most]

    def number(self, name: str) -> Optional[int]:
        """What was typed in a field as a number that can be a row's, or None."""
        return as_number(self.form.get(name, ""))


View = Callable[[Asked], Response]


def as_number(text: str) -> Optional[int]:
    """A number that can be a row's, or None."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 11 and int(text) <= MAX_NUMBER else None


def clean(text: str) -> str:
    """Without NUL, which no database keeps as text and nobody types."""
    return text.replace("\x00", "")


@cache
def _templates() -> Environment:
    """One for all groups of pages: each template is read once."""
    return Environment(
        loader=PackageLoader("console"), autoescape=select_autoescape(), undefined=StrictUndefined, trim_blocks=True
    )


class Pages:
    """The pages over one database."""

    def __init__(self, sessions: SessionFactory, clock: Clock, translate: Translate) -> None:
        self._sessions = sessions
        self._clock = clock
        self._translate = translate
        self._templates = _templates()

    def _user(self, request: Request) -> Optional[User]:
        return user_of(self._sessions, self._clock, request.cookies.get(COOKIE))

    def _only(self, permission: Optional[Permission], view: View) -> Callable[[Request], Awaitable[Response]]:
        """For the roles that have `permission` (None: whoever is logged in); others are told so, or sent to log in.

        What was typed by somebody whose session is over is kept for after the log-in. Views run in a thread: they wait for
        the database, and others must not wait with them.
        """

        async def guarded(request: Request) -> Response:
            fields, files = await received(request)
            return await run_in_threadpool(answered, request, fields, files)

        def answered(request: Request, fields: list[tuple[str, str]], files: dict[str, tuple[str, bytes]]) -> Response:
            user = self._user(request)
            if user is None:
                return self._to_login(request, fields)
            if user.must_change and permission is not None:
                return RedirectResponse("/account", 303)
            if permission is not None and permission not in PERMISSIONS_OF_ROLE[user.role]:
                return self._message(user, 403, NOT_YOURS[permission])
            city = "" if permission is None or permission in WITHOUT_CITY else self._city(request, user)
            if city is None:
                return self._message(user, 403, NO_CITY)
            many: dict[str, tuple[str, ...]] = {}
            for name, value in fields:
                many[name] = (*many.get(name, ()), value)
            query = {name: clean(value) for name, value in request.query_params.items()}
            return view(Asked(user, city, request.path_params, query, files, request.cookies.get(COOKIE), many))

        return guarded

    def _to_login(self, request: Request, fields: list[tuple[str, str]]) -> Response:
        kept = [(name, value) for name, value in fields if "password" not in name]
        if not kept:
            return RedirectResponse("/login", 303)
        next_ = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return self._page(
            "login.html",
            None,
            request=request,
            status=401,
            name="",
            next=next_,
            kept=kept,
            error="La sessione è finita. Entra di nuovo: quello che hai scritto non si perde.",
        )

    @staticmethod
    def _cities(user: User) -> tuple[str, ...]:
        """The cities whose pages a user sees."""
        return user.cities if user.role in ROLES_WITH_CITY else tuple(CITIES)

    def _city(self, request: Request, user: User) -> Optional[str]:
        """The city of the address where it is one of the user's, else the first of theirs."""
        own = self._cities(user)
        asked = request.query_params.get("city")
        return asked if asked in own else next(iter(user.cities or own), None)

    def _message(self, user: Optional[User], status: int, text: str, request: Optional[Request] = None) -> HTMLResponse:
        return self._page("message.html", user, status, request=request, text=text)

    def _page(
        self,
        template: str,
        user: Optional[User],
        status: int = 200,
        *,
        request: Optional[Request] = None,
        error: Optional[str] = None,
        **values: Any,
    ) -> HTMLResponse:
        """`error`: a text of the console, said in the user's language. `request`: says the language of who is not logged in."""
        language = user.language if user else _browser_language(request)
        may = PERMISSIONS_OF_ROLE[user.role] if user and not user.must_change else frozenset()
        made = self._templates.get_template(template).render(
            user=user,
            htmx=address(HTMX),
            language=language,
            _=partial(say, language),
            may=may,
            pages=[(page, say(language, name)) for page, name, needed in NAVIGATION if needed in may],
            error=say(language, error) if error else None,
            **values,
        )
        return HTMLResponse(made, status)

    def _of_city(self, asked: Asked) -> dict[str, Any]:
        """The values that each page about a city needs."""
        own = self._cities(asked.user)
        cities = {id_: CITIES[id_] for id_ in own} if len(own) > 1 else {}
        return {"city": asked.city, "city_name": CITIES[asked.city].name, "cities": cities}

    def _today(self) -> date:
        now: datetime = self._clock()
        return now.astimezone(ROME).date()

    def _chosen_day(self, asked: Asked) -> date:
        return as_day(asked.query.get("day", "")) or self._today()


def as_day(text: str) -> Optional[date]:
    """An ISO date of `YEARS`, or None."""
    with suppress(ValueError):
        day = date.fromisoformat(text)
        return day if day.year in YEARS else None
    return None


async def received(request: Request) -> tuple[list[tuple[str, str]], dict[str, tuple[str, bytes]]]:
    """The fields and files of a form. Raises HTTPException 400 for what is none, 413 for too much."""
    fields: list[tuple[str, str]] = []
    files: dict[str, tuple[str, bytes]] = {}
    if request.method == "POST":
        async with request.form(max_files=4, max_fields=500) as form:
            for name, value in form.multi_items():
                if isinstance(value, UploadFile):
                    files[clean(name)] = (clean(value.filename or ""), await value.read())
                else:
                    fields.append((clean(name), clean(value)))
    return fields, files


def _browser_language(request: Optional[Request]) -> str:
    """English where the browser asks for it first, else Italian."""
    wish = request.headers.get("accept-language", "") if request else ""
    return "en" if wish.casefold().startswith("en") else "it"
