"""What waits for an operator: proposals, what people said is wrong, what is past its lifetime, and statements of procedures."""

from __future__ import annotations

from typing import Any, Optional

from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from console.catalogue_pages import CataloguePages
from console.catalogue_texts import OUTCOMES, REFUSED
from console.pages import Asked, as_number
from console.permissions import Permission
from console.texts import ASPECTS
from services_catalog import revisions
from services_catalog.freshness import MAX_NOTE, close_feedback, queue
from services_catalog.listing import PAGE, page_of
from services_catalog.procedures import confirmation
from services_catalog.procedures.confirmation import NoPage, StatementChanged, UnknownStatement
from services_catalog.revisions import InvalidEntry, NotAllowed, NotThere, Outdated, OwnProposal
from services_catalog.vocabulary import TOPICS

STATEMENTS = {"held": "non ancora dette alle persone", "old": "vecchie", "all": "tutte"}
"""Which statements a page shows."""


class WorkPages(CataloguePages):
    def routes(self) -> list[Any]:
        write = Permission.CATALOGUE_WRITE
        return [
            Route("/to-check", self._only(write, self.to_check)),
            Route("/to-check/feedback", self._only(write, self.feedback_done), methods=["POST"]),
            Route("/catalogue/proposals/{id:uuid}", self._only(write, self.decide), methods=["POST"]),
            Route("/statements", self._only(write, self.statements)),
            Route("/statements", self._only(write, self.confirm), methods=["POST"]),
        ]

    # -- of a city's catalogue --

    def to_check(self, asked: Asked) -> Response:
        return self._queue(asked)

    def decide(self, asked: Asked) -> Response:
        decide = revisions.approve if asked.form.get("decision") == "approve" else revisions.reject
        try:
            decide(self._sessions, self._clock, self._editor(asked), str(asked.path["id"]))
        except NotThere:
            return self._queue(asked, 404, REFUSED["no_proposal"])
        except OwnProposal:
            return self._queue(asked, 403, REFUSED["own_proposal"])
        except NotAllowed:
            return self._queue(asked, 403, REFUSED["other_city"])
        except (Outdated, InvalidEntry):
            return self._queue(asked, 409, REFUSED["outdated_proposal"])
        return RedirectResponse(f"/to-check?city={asked.city}", 303)

    def feedback_done(self, asked: Asked) -> Response:
        outcome = asked.form.get("outcome", "")
        outcome = outcome if outcome in OUTCOMES else "not_clear"
        note = asked.text("note", MAX_NOTE)
        close_feedback(self._sessions, self._clock, asked.city, asked.user.name, outcome, note)
        return RedirectResponse(f"/to-check?city={asked.city}", 303)

    def _queue(self, asked: Asked, status: int = 200, error: Optional[str] = None) -> Response:
        waiting = queue(self._sessions, self._clock(), asked.city)
        number, pages, shown = _page_of(waiting.entries, asked)
        proposals = revisions.proposals(self._sessions, asked.city)
        return self._page(
            "to_check.html",
            asked.user,
            status,
            **self._of_city(asked),
            entries=shown,
            total=len(waiting.entries),
            number=number,
            last=pages,
            feedback=waiting.feedback.get(asked.city, 0),
            aspects=asked.say_all(ASPECTS),
            outcomes=asked.say_all(OUTCOMES),
            max_note=MAX_NOTE,
            proposals=[self._change(asked, one) for one in proposals],
            error=error,
        )

    # -- statements of the procedures, which are the same in all cities --

    def statements(self, asked: Asked) -> Response:
        return self._statements(asked)

    def confirm(self, asked: Asked) -> Response:
        name = asked.text("name", 200)
        try:
            if asked.form.get("deed") == "withdraw":
                confirmation.withdraw(self._sessions, name, by=asked.user.name, clock=self._clock)
            else:
                confirmation.confirm(
                    self._sessions,
                    name,
                    asked.form.get("text", "").replace("\r\n", "\n"),
                    by=asked.user.name,
                    source=asked.text("source", 500),
                    clock=self._clock,
                )
        except UnknownStatement:
            return self._statements(asked, 404, REFUSED["statement_gone"])
        except StatementChanged:
            return self._statements(asked, 409, REFUSED["statement_changed"])
        except NoPage:
            return self._statements(asked, 422, REFUSED["no_page"])
        return RedirectResponse(f"/statements?city={asked.city}&which={_which(asked)}", 303)

    def _statements(self, asked: Asked, status: int = 200, error: Optional[str] = None) -> Response:
        which = _which(asked)
        found = [
            one
            for one in confirmation.statements(self._sessions, self._clock())
            if which == "all" or (one.held if which == "held" else one.old)
        ]
        number, pages, shown = _page_of(tuple(found), asked)
        return self._page(
            "statements.html",
            asked.user,
            status,
            **self._of_city(asked),
            which=which,
            choices=asked.say_all(STATEMENTS),
            statements=[(one, self._topic(asked, one.name)) for one in shown],
            total=len(found),
            number=number,
            last=pages,
            error=error,
        )

    def _topic(self, asked: Asked, name: str) -> str:
        topic = name.partition(".")[0]
        return self._translate(asked.user.language, TOPICS[topic].msgid) if topic in TOPICS else topic


def _which(asked: Asked) -> str:
    which = asked.query.get("which", "held")
    return which if which in STATEMENTS else "held"


def _page_of(found: tuple[Any, ...], asked: Asked) -> tuple[int, int, tuple[Any, ...]]:
    """The number of the page that is asked for, or of the last one; how many there are; what stands on it."""
    number, pages = page_of(len(found), as_number(asked.query.get("page", "")) or 1)
    return number, pages, found[(number - 1) * PAGE : number * PAGE]
