"""The operators' pages: what must be checked, one entry with its preview in every language, and proposals.

The rules are the catalogue's.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Optional

from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from console.pages import Asked, Pages, Translate
from console.permissions import Permission
from console.texts import ASPECTS, FIELDS
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
OUTDATED = "La scheda è cambiata nel frattempo: guarda com'è adesso e riprova."


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
        entry, read, write = "/catalogue/{id:uuid}", Permission.CATALOGUE_READ, Permission.CATALOGUE_WRITE
        return [
            Route("/catalogue", self._only(read, self.to_check)),
            Route("/catalogue/proposals/{id:uuid}", self._only(write, self.decide), methods=["POST"]),
            Route(entry, self._only(read, self.entry)),
            Route(entry, self._only(write, self.edit), methods=["POST"]),
            Route(entry + "/verify", self._only(write, self.still_true), methods=["POST"]),
            Route(entry + "/reports", self._only(write, self.reports_done), methods=["POST"]),
        ]

    # -- what must be checked --

    def to_check(self, asked: Asked) -> Response:
        return self._queue(asked)

    def decide(self, asked: Asked) -> Response:
        approves = asked.form.get("decision") == "approve"
        decide = revisions.approve if approves else revisions.reject
        try:
            decide(self._sessions, self._clock, self._editor(asked, asked.city), str(asked.path["id"]))
        except NotThere:
            return self._queue(asked, 404, "Questa proposta non c'è più, oppure è già stata decisa.")
        except NotAllowed:
            return self._queue(asked, 403, "Questa proposta è di un'altra città.")
        except Outdated:
            return self._queue(asked, 409, OUTDATED)
        return RedirectResponse(f"/catalogue?city={asked.city}", 303)

    def _queue(self, asked: Asked, status: int = 200, error: Optional[str] = None) -> Response:
        here = self._of_city(asked)
        words = asked.query.get("words", "")[:100].strip()
        found = by_words(self._sessions, here["city"], words, self._clock(), limit=30) if words else []
        waiting = queue(self._sessions, self._clock(), here["city"])
        return self._page(
            "catalogue.html",
            asked.user,
            status,
            **here,
            words=words,
            found=found,
            entries=waiting.entries,
            feedback=waiting.feedback.get(here["city"], 0),
            aspects={id_: asked.say(text) for id_, text in ASPECTS.items()},
            proposals=revisions.proposals(self._sessions, here["city"]),
            error=error,
        )

    # -- one entry --

    def entry(self, asked: Asked) -> Response:
        return self._entry(asked)

    def edit(self, asked: Asked) -> Response:
        """An operator's change is current at once; what was before stays in the history."""
        card = self._card(asked)
        if card is None:
            return self._gone(asked)
        typed = {name: str(asked.form.get(name, "")).strip()[:2000] for name in EDITED}
        values: dict[str, Any] = {name: text or None for name, text in typed.items()}
        before = self._values(card)
        known = {phone["number"]: phone for phone in before["phones"] or []}
        numbers = [one.strip() for one in typed["phones"].split(",") if one.strip()]
        values["phones"] = [known.get(number, {"number": number}) for number in numbers]
        changed = {name: value for name, value in values.items() if (value or None) != (before[name] or None)}
        editor = self._editor(asked, card.city)
        try:
            if changed:
                id_ = revisions.draft(self._sessions, self._clock, editor, card.city, card.key, changed)
                revisions.propose(self._sessions, self._clock, editor, id_)
                revisions.approve(self._sessions, self._clock, editor, id_)
        except InvalidEntry as error:
            return self._entry(asked, 422, problems=error.problems, typed=typed)
        except (NotAllowed, Outdated, NotThere):
            return self._entry(asked, 409, OUTDATED, typed=typed)
        return self._to_entry(asked)

    def still_true(self, asked: Asked) -> Response:
        card = self._card(asked)
        if card is None:
            return self._gone(asked)
        try:
            verify(self._sessions, self._clock, card.id, asked.user.name)
        except UnknownEntry:
            return self._gone(asked)
        return self._to_entry(asked)

    def reports_done(self, asked: Asked) -> Response:
        card = self._card(asked)
        if card is None:
            return self._gone(asked)
        close_reports(self._sessions, self._clock, card.id, asked.user.name)
        return self._to_entry(asked)

    def _entry(
        self,
        asked: Asked,
        status: int = 200,
        error: Optional[str] = None,
        problems: Optional[dict[str, str]] = None,
        typed: Optional[dict[str, str]] = None,
    ) -> Response:
        card = self._card(asked)
        if card is None:
            return self._gone(asked)
        language = asked.query.get("language", "it")
        language = language if language in LANGUAGES else "it"
        current = self._values(card)
        current["phones"] = ", ".join(phone["number"] for phone in current["phones"] or [])
        reported = next((one.reported for one in queue(self._sessions, self._clock(), card.city).entries
                         if one.id == card.id), {})  # fmt: skip
        return self._page(
            "entry.html",
            asked.user,
            status,
            **self._of_city(asked),
            card=card,
            services=[self._translate(asked.user.language, SERVICES[one].msgid) for one in card.services],
            preview_language=language,
            languages=LANGUAGES,
            direction="rtl" if language in self._right_to_left else "ltr",
            preview=self._preview(card.as_dict(), language),
            fields=[(name, asked.say(FIELDS[name]), (typed or current)[name] or "", (problems or {}).get(name))
                    for name in EDITED],
            other_problems=[text for name, text in (problems or {}).items() if name not in EDITED],
            reported=reported,
            aspects={id_: asked.say(text) for id_, text in ASPECTS.items()},
            history=revisions.history(self._sessions, card.city, card.key),
            error=error,
        )  # fmt: skip

    def _values(self, card: Card) -> dict[str, Any]:
        """The edited values as the data sheet has them."""
        entry = revisions.current_values(self._sessions, card.city, card.key) or {}
        return {name: entry.get(name) for name in EDITED}

    def _card(self, asked: Asked) -> Optional[Card]:
        """The entry of the address, if it is of the city whose pages the user sees."""
        card = get_entry(self._sessions, str(asked.path["id"]), self._clock())
        return card if card is not None and card.city in self._cities(asked.user) else None

    def _gone(self, asked: Asked) -> Response:
        return self._message(asked.user, 404, "Questa scheda non c'è più.")

    def _to_entry(self, asked: Asked) -> Response:
        return RedirectResponse(f"/catalogue/{asked.path['id']}?city={asked.city}", 303)

    @staticmethod
    def _editor(asked: Asked, city: str) -> Editor:
        return Editor(asked.user.name, asked.user.role, None if asked.user.role == "admin" else city)
