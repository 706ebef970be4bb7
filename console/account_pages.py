"""One's own account, and for administrators all accounts and the audit. The rules are `console.accounts`'s."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Optional

from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from console import accounts
from console.accounts import LANGUAGES, MAX_NAME, MAX_PASSWORD, PASSWORD_LENGTH, AccountError
from console.pages import Asked, Pages, as_number
from console.permissions import ROLES, Permission
from console.texts import DEEDS_OF_AUDIT, ROLE_NAMES, moment
from services_catalog.units import units_of
from services_catalog.vocabulary import CITIES
from storage.audit import PAGE, audit_entries
from storage.database import transaction
from storage.staff_links import link_of, new_code, unlink

PROBLEMS = {
    "name": "Il nome deve avere da 2 a 64 lettere, cifre, punti, trattini o spazi.",
    "taken": "C'è già un utente con questo nome: scegline un altro.",
    "role": "Scegli un ruolo.",
    "city": "Scegli una città dell'elenco.",
    "needs_city": "Per questo ruolo serve almeno una città.",
    "short": "La password deve avere almeno 10 caratteri.",
    "long": "La password è troppo lunga: al massimo 200 caratteri.",
    "wrong": "La password di adesso è sbagliata.",
    "same": "La nuova password è uguale a quella di adesso: scegline un'altra.",
    "last_admin": "È l'ultimo amministratore: prima creane un altro.",
    "unknown": "Questo utente non c'è più.",
}
"""What is said to each problem of an `AccountError`."""


class AccountPages(Pages):
    def routes(self) -> list[Any]:
        one = "/accounts/{name}"
        admin = Permission.ACCOUNTS_WRITE
        return [
            Route("/account", self._only(None, self.own)),
            Route("/account/password", self._only(None, self.password), methods=["POST"]),
            Route("/account/language", self._only(None, self.language), methods=["POST"]),
            Route("/account/sessions", self._only(None, self.end_own), methods=["POST"]),
            Route("/account/telegram", self._only(Permission.TELEGRAM_LINK, self.telegram), methods=["POST"]),
            Route("/accounts", self._only(admin, self.all)),
            Route("/accounts", self._only(admin, self.add), methods=["POST"]),
            Route(one + "/cities", self._only(admin, self.cities), methods=["POST"]),
            Route(one + "/password", self._only(admin, self.give_password), methods=["POST"]),
            Route(one + "/disable", self._only(admin, self.disable), methods=["POST"]),
            Route(one + "/enable", self._only(admin, self.enable), methods=["POST"]),
            Route(one + "/sessions", self._only(admin, self.end), methods=["POST"]),
            Route("/audit", self._only(Permission.AUDIT_READ, self.audit)),
        ]

    # -- one's own --

    def own(self, asked: Asked) -> Response:
        return self._own(asked)

    def password(self, asked: Asked) -> Response:
        old, new = (asked.form.get(name, "")[: MAX_PASSWORD + 1] for name in ("old_password", "new_password"))
        if new != asked.form.get("again_password", "")[: MAX_PASSWORD + 1]:
            return self._own(asked, 422, "Le due password nuove non sono uguali.")
        try:
            accounts.change_password(
                self._sessions, self._clock, name=asked.user.name, old=old, new=new, token=asked.token
            )
        except AccountError as error:
            return self._own(asked, 422, PROBLEMS[error.problem])
        return RedirectResponse("/account?done=password", 303)

    def language(self, asked: Asked) -> Response:
        accounts.set_language(self._sessions, name=asked.user.name, language=asked.form.get("language", ""))
        return RedirectResponse("/account", 303)

    def end_own(self, asked: Asked) -> Response:
        id_ = asked.form.get("id") or None
        accounts.end_sessions(self._sessions, self._clock, name=asked.user.name, by=asked.user.name, id_=id_)
        return RedirectResponse("/account", 303)

    def telegram(self, asked: Asked) -> Response:
        """A code that links the user's Telegram, shown once; or the link is taken away."""
        if asked.form.get("unlink"):
            with transaction(self._sessions) as session:
                unlink(session, asked.user.name)
            return RedirectResponse("/account", 303)
        unit = asked.form.get("unit") or None
        if unit is not None and unit not in units_of(self._sessions, *asked.user.cities):
            return self._own(asked, 422, "Questa unità di strada non c'è più.")
        code = new_code(
            self._sessions,
            self._clock,
            account_name=asked.user.name,
            cities=asked.user.cities,
            language=asked.user.language,
            unit_id=unit,
            tells=bool(asked.form.get("tells")),
        )
        return self._own(asked, code=f"/start staff_{code}")

    def _own(
        self, asked: Asked, status: int = 200, error: Optional[str] = None, code: Optional[str] = None
    ) -> Response:
        user = asked.user
        may_link = asked.may(Permission.TELEGRAM_LINK) and bool(user.cities)
        open_ = accounts.sessions_of(self._sessions, self._clock, user.name, asked.token)
        return self._page(
            "account.html",
            user,
            status,
            role=asked.say(ROLE_NAMES[user.role]),
            city_names=[CITIES[city].name for city in user.cities],
            languages=LANGUAGES,
            shortest=PASSWORD_LENGTH,
            open_sessions=[(one, moment(one.started_at, user.language) if one.started_at else "") for one in open_],
            may_link=may_link,
            units=units_of(self._sessions, *user.cities) if may_link else {},
            linked=link_of(self._sessions, user.name),
            code=code,
            done=asked.query.get("done") == "password",
            error=error,
        )

    # -- of all, for administrators --

    def all(self, asked: Asked) -> Response:
        return self._all(asked)

    def add(self, asked: Asked) -> Response:
        """A new account, with a password for once that this page shows and nobody keeps."""
        name, role = asked.text("name", MAX_NAME + 1), asked.form.get("role", "")
        cities, password = asked.many.get("city", ()), accounts.new_password()

        def make() -> str:
            accounts.add_account(
                self._sessions,
                self._clock,
                name=name,
                password=password,
                role=role,
                cities=cities,
                must_change=True,
                by=asked.user.name,
            )
            return password

        return self._given(asked, name, make, typed={"name": name, "role": role, "cities": cities})

    def give_password(self, asked: Asked) -> Response:
        name = asked.path["name"]
        return self._given(
            asked, name, lambda: accounts.give_password(self._sessions, self._clock, name=name, by=asked.user.name)
        )

    def cities(self, asked: Asked) -> Response:
        return self._changed(
            asked,
            lambda name, by: accounts.set_cities(
                self._sessions, self._clock, name=name, cities=asked.many.get("city", ()), by=by
            ),
        )

    def disable(self, asked: Asked) -> Response:
        return self._changed(asked, lambda name, by: accounts.disable(self._sessions, self._clock, name=name, by=by))

    def enable(self, asked: Asked) -> Response:
        return self._changed(asked, lambda name, by: accounts.enable(self._sessions, self._clock, name=name, by=by))

    def end(self, asked: Asked) -> Response:
        return self._changed(
            asked, lambda name, by: accounts.end_sessions(self._sessions, self._clock, name=name, by=by)
        )

    def _changed(self, asked: Asked, change: Callable[[str, str], None]) -> Response:
        try:
            change(asked.path["name"], asked.user.name)
        except AccountError as error:
            return self._all(asked, 409, PROBLEMS[error.problem])
        return RedirectResponse("/accounts", 303)

    def _given(
        self, asked: Asked, name: str, give: Callable[[], str], typed: Optional[dict[str, Any]] = None
    ) -> Response:
        try:
            password = give()
        except AccountError as error:
            return self._all(asked, 422, PROBLEMS[error.problem], typed=typed)
        return self._all(asked, given=(name, password))

    def _all(
        self,
        asked: Asked,
        status: int = 200,
        error: Optional[str] = None,
        given: Optional[tuple[str, str]] = None,
        typed: Optional[dict[str, Any]] = None,
    ) -> Response:
        return self._page(
            "accounts.html",
            asked.user,
            status,
            accounts=accounts.accounts(self._sessions, self._clock),
            roles=[(role, asked.say(ROLE_NAMES[role])) for role in ROLES],
            role_names={role: asked.say(ROLE_NAMES[role]) for role in ROLES},
            cities=CITIES,
            given=given,
            typed=typed or {"name": "", "role": "staff", "cities": ()},
            error=error,
        )

    def audit(self, asked: Asked) -> Response:
        entries = audit_entries(self._sessions, before=as_number(asked.query.get("before", "")))
        return self._page(
            "audit.html",
            asked.user,
            entries=[
                (
                    moment(one.at, asked.user.language),
                    one.by,
                    asked.say(DEEDS_OF_AUDIT[one.deed]) if one.deed in DEEDS_OF_AUDIT else one.deed,
                    CITIES[one.city].name if one.city in CITIES else "",
                    one.subject,
                )
                for one in entries
            ],
            older=entries[-1].id if len(entries) == PAGE else None,
        )
