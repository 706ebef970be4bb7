"""What all pages of the console share: who asks, which city it is about, what a role may see, how a page is made."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import date, datetime
from typing import Any, Optional

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from console.accounts import User, user_of
from console.texts import TEXT
from services_catalog.vocabulary import CITIES
from storage.clock import ROME, Clock
from storage.database import SessionFactory

COOKIE = "orienta_console"
Translate = Callable[[str], str]
View = Callable[[Request, User], Awaitable[Response]]

PAGES_OF_ROLE = {
    "staff": ("appointments", "waiting"),
    "operator": ("catalogue",),
    "network": (),
    "admin": ("appointments", "waiting", "catalogue"),
}
"""The pages in the navigation of each role; a page asks for the same roles."""
YEARS = range(2000, 2100)
"""Years that a list can be asked for; the days before and after the calendar's ends are none."""


class Pages:
    """The pages over one database.

    Args:
        translate: the Italian words of a vocabulary's msgid; the catalogues live in a package beside this one.
    """

    def __init__(self, sessions: SessionFactory, clock: Clock, translate: Translate) -> None:
        self._sessions = sessions
        self._clock = clock
        self._translate = translate
        self._templates = Environment(
            loader=PackageLoader("console"), autoescape=select_autoescape(), undefined=StrictUndefined, trim_blocks=True
        )

    def _user(self, request: Request) -> Optional[User]:
        return user_of(self._sessions, self._clock, request.cookies.get(COOKIE))

    def _only(self, page: str, view: View) -> Callable[[Request], Awaitable[Response]]:
        """For the roles that have `page`; who has another role is told so, anybody else is sent to log in."""

        async def guarded(request: Request) -> Response:
            user = self._user(request)
            if user is None:
                return RedirectResponse("/login", 303)
            if page not in PAGES_OF_ROLE[user.role]:
                return self._page("message.html", user, status=403, text=TEXT["not_yours"][page])
            if self._city(request, user) is None:
                return self._page("message.html", user, status=403, text=TEXT["no_city"])
            return await view(request, user)

        return guarded

    @staticmethod
    def _city(request: Request, user: User) -> Optional[str]:
        """Staff and operators see their own city whatever the address says; an administrator chooses."""
        if user.role != "admin":
            return user.city
        asked = request.query_params.get("city") or user.city
        return asked if asked in CITIES else next(iter(CITIES))

    def _page(self, template: str, user: Optional[User], status: int = 200, **values: Any) -> HTMLResponse:
        pages = [(page, TEXT["pages"][page]) for page in PAGES_OF_ROLE[user.role]] if user else []
        made = self._templates.get_template(template).render(user=user, pages=pages, **values)
        return HTMLResponse(made, status)

    def _of_city(self, request: Request, user: User) -> dict[str, Any]:
        """The values that each page about a city needs."""
        city = str(self._city(request, user))
        return {"city": city, "city_name": CITIES[city].name, "cities": CITIES if user.role == "admin" else {}}

    def _today(self) -> date:
        now: datetime = self._clock()
        return now.astimezone(ROME).date()

    def _chosen_day(self, request: Request) -> date:
        with suppress(ValueError):
            day = date.fromisoformat(request.query_params.get("day", ""))
            if day.year in YEARS:
                return day
        return self._today()
