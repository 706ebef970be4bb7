"""The operators' pages: what must be checked, one entry with its preview in every language, and proposals.

The rules are the catalogue's.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Optional

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from console.accounts import User
from console.pages import Pages, Translate
from console.texts import TEXT
from services_catalog import revisions
from services_catalog.freshness import UnknownEntry, close_reports, queue, verify
from services_catalog.revisions import Editor, InvalidEntry, NotAllowed, NotThere, Outdated
from services_catalog.search import Card, by_words, get_entry
from services_catalog.vocabulary import LANGUAGES, SERVICES
from storage.clock import Clock
from storage.database import SessionFactory

Preview = Callable[[dict[str, Any], str], list[str]]
"""The lines that the assistant writes about an entry, in a language."""
EDITED = ("opening_hours", "address", "phones", "cost", "who", "notes")
"""What of an entry the page edits; the rest is edited in the city's data sheet."""


class OperatorPages(Pages):
    """Args:
    preview: how the assistant says an entry; the words live in a package beside this one.
    right_to_left: languages written so.
    """

    def __init__(
        self,
        sessions: SessionFactory,
        clock: Clock,
        translate: Translate,
        preview: Preview,
        right_to_left: frozenset[str],
    ) -> None:
        super().__init__(sessions, clock, translate)
        self._preview = preview
        self._right_to_left = right_to_left

    def routes(self) -> list[Any]:
        entry = "/catalogue/{id:uuid}"
        return [
            Route("/catalogue", self._only("catalogue", self.to_check)),
            Route("/catalogue/proposals/{id:uuid}", self._only("catalogue", self.decide), methods=["POST"]),
            Route(entry, self._only("catalogue", self.entry)),
            Route(entry, self._only("catalogue", self.edit), methods=["POST"]),
            Route(entry + "/verify", self._only("catalogue", self.still_true), methods=["POST"]),
            Route(entry + "/reports", self._only("catalogue", self.reports_done), methods=["POST"]),
        ]

    # -- what must be checked --

    async def to_check(self, request: Request, user: User) -> Response:
        return self._queue(request, user)

    async def decide(self, request: Request, user: User) -> Response:
        approves = (await request.form()).get("decision") == "approve"
        decide = revisions.approve if approves else revisions.reject
        try:
            decide(self._sessions, self._clock, self._editor(user), str(request.path_params["id"]))
        except NotThere:
            return self._queue(request, user, 404, TEXT["no_proposal"])
        except NotAllowed:
            return self._queue(request, user, 403, TEXT["not_your_city"])
        except Outdated:
            return self._queue(request, user, 409, TEXT["outdated"])
        return RedirectResponse(f"/catalogue?city={self._city(request, user)}", 303)

    def _queue(self, request: Request, user: User, status: int = 200, error: Optional[str] = None) -> Response:
        here = self._of_city(request, user)
        words = request.query_params.get("words", "")[:100].strip()
        found = by_words(self._sessions, here["city"], words, self._clock(), limit=30) if words else []
        waiting = queue(self._sessions, self._clock(), here["city"])
        return self._page(
            "catalogue.html",
            user,
            status,
            **here,
            words=words,
            found=found,
            entries=waiting.entries,
            feedback=waiting.feedback.get(here["city"], 0),
            aspects=TEXT["aspects"],
            proposals=revisions.proposals(self._sessions, here["city"]),
            error=error,
        )

    # -- one entry --

    async def entry(self, request: Request, user: User) -> Response:
        return self._entry(request, user)

    async def edit(self, request: Request, user: User) -> Response:
        """An operator's change is current at once; what was before stays in the history."""
        card = self._card(request, user)
        if card is None:
            return self._gone(user)
        form = await request.form()
        typed = {name: str(form.get(name, "")).strip()[:2000] for name in EDITED}
        values: dict[str, Any] = {name: text or None for name, text in typed.items()}
        before = self._values(card)
        known = {phone["number"]: phone for phone in before["phones"] or []}
        numbers = [one.strip() for one in typed["phones"].split(",") if one.strip()]
        values["phones"] = [known.get(number, {"number": number}) for number in numbers]
        changed = {name: value for name, value in values.items() if (value or None) != (before[name] or None)}
        editor = self._editor(user)
        try:
            if changed:
                id_ = revisions.draft(self._sessions, self._clock, editor, card.city, card.key, changed)
                revisions.propose(self._sessions, self._clock, editor, id_)
                revisions.approve(self._sessions, self._clock, editor, id_)
        except InvalidEntry as error:
            return self._entry(request, user, 422, problems=error.problems, typed=typed)
        except (NotAllowed, Outdated, NotThere):
            return self._entry(request, user, 409, TEXT["outdated"], typed=typed)
        return self._to_entry(request, user)

    async def still_true(self, request: Request, user: User) -> Response:
        card = self._card(request, user)
        if card is None:
            return self._gone(user)
        try:
            verify(self._sessions, self._clock, card.id, user.name)
        except UnknownEntry:
            return self._gone(user)
        return self._to_entry(request, user)

    async def reports_done(self, request: Request, user: User) -> Response:
        card = self._card(request, user)
        if card is None:
            return self._gone(user)
        close_reports(self._sessions, self._clock, card.id, user.name)
        return self._to_entry(request, user)

    def _entry(
        self,
        request: Request,
        user: User,
        status: int = 200,
        error: Optional[str] = None,
        problems: Optional[dict[str, str]] = None,
        typed: Optional[dict[str, str]] = None,
    ) -> Response:
        card = self._card(request, user)
        if card is None:
            return self._gone(user)
        language = request.query_params.get("language", "it")
        language = language if language in LANGUAGES else "it"
        current = self._values(card)
        current["phones"] = ", ".join(phone["number"] for phone in current["phones"] or [])
        reported = next((one.reported for one in queue(self._sessions, self._clock(), card.city).entries
                         if one.id == card.id), {})  # fmt: skip
        return self._page(
            "entry.html",
            user,
            status,
            **self._of_city(request, user),
            card=card,
            services=[self._translate(SERVICES[one].msgid) for one in card.services],
            language=language,
            languages=LANGUAGES,
            direction="rtl" if language in self._right_to_left else "ltr",
            preview=self._preview(card.as_dict(), language),
            fields=[(name, TEXT["fields"][name], (typed or current)[name] or "", (problems or {}).get(name))
                    for name in EDITED],
            other_problems=[text for name, text in (problems or {}).items() if name not in EDITED],
            reported=reported,
            aspects=TEXT["aspects"],
            history=revisions.history(self._sessions, card.city, card.key),
            error=error,
        )  # fmt: skip

    def _values(self, card: Card) -> dict[str, Any]:
        """The edited values as the data sheet has them."""
        entry = revisions.current_values(self._sessions, card.city, card.key) or {}
        return {name: entry.get(name) for name in EDITED}

    def _card(self, request: Request, user: User) -> Optional[Card]:
        """The entry of the address, if it is of the city whose pages the user sees."""
        card = get_entry(self._sessions, str(request.path_params["id"]), self._clock())
        return card if card is not None and (user.role == "admin" or card.city == user.city) else None

    def _gone(self, user: User) -> Response:
        return self._page("message.html", user, status=404, text=TEXT["unknown_entry"])

    def _to_entry(self, request: Request, user: User) -> Response:
        return RedirectResponse(f"/catalogue/{request.path_params['id']}?city={self._city(request, user)}", 303)

    @staticmethod
    def _editor(user: User) -> Editor:
        return Editor(user.name, user.role, None if user.role == "admin" else user.city)
