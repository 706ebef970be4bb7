"""One entry: all its fields, what Orienta says of it, its reports, its history. The rules are the catalogue's."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Optional

from babel.dates import format_date, get_day_names
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from console.catalogue_pages import CataloguePages, Preview
from console.catalogue_texts import (
    ELIGIBILITY_NAMES,
    FIELD_NAMES,
    OTHER_REMEDY,
    OUTCOMES,
    REFUSED,
    REMEDIES,
    REVISION_STATES,
)
from console.entry_form import EMPTY_ROWS, ROWS, Form, changed, form_of, typed, values_of
from console.pages import Asked, Translate, View
from console.permissions import Permission
from console.texts import ASPECTS
from services_catalog import revisions
from services_catalog.confidential import NotConfidential, keep_place
from services_catalog.freshness import MAX_NOTE, UnknownEntry, answered, close_reports, reported, verify
from services_catalog.hours import HoursError
from services_catalog.hours_words import PATRON, Meaning, meaning
from services_catalog.hsds.records import slug
from services_catalog.importer import entry_id
from services_catalog.rehearsal import rehearsed
from services_catalog.revisions import InvalidEntry, NotAllowed, NotThere, Outdated
from services_catalog.search import Card, get_entry, special_days_of
from services_catalog.vocabulary import LANGUAGES
from storage.clock import Clock
from storage.database import SessionFactory

MAX_HOURS = 500


class EntryPages(CataloguePages):
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
        read, propose, write = Permission.CATALOGUE_READ, Permission.CATALOGUE_PROPOSE, Permission.CATALOGUE_WRITE
        return [
            Route("/catalogue/new", self._only(propose, self.new)),
            Route("/catalogue/new", self._only(propose, self.add), methods=["POST"]),
            Route("/catalogue/hours", self._only(read, self.hours)),
            Route(entry, self._only(read, self._of_entry(self._entry))),
            Route(entry, self._only(propose, self._of_entry(self.edit)), methods=["POST"]),
            Route(entry + "/remove", self._only(propose, self._of_entry(self.remove)), methods=["POST"]),
            Route(entry + "/verify", self._only(write, self._of_entry(self.still_true)), methods=["POST"]),
            Route(entry + "/reports", self._only(write, self._of_entry(self.reports_done)), methods=["POST"]),
            Route(entry + "/place", self._only(write, self._of_entry(self.secret_place)), methods=["POST"]),
            Route("/catalogue/revisions/{id:uuid}/undo", self._only(write, self.undo), methods=["POST"]),
        ]

    # -- one that is there --

    def _of_entry(self, view: Callable[[Asked, Card], Response]) -> View:
        """A view about the entry of the address, if it is of a city whose pages the user sees; then that city is meant."""

        def of_entry(asked: Asked) -> Response:
            card = get_entry(self._sessions, str(asked.path["id"]), self._clock())
            if card is None or card.city not in self._cities(asked.user):
                return self._gone(asked)
            return view(replace(asked, city=card.city), card)

        return of_entry

    def edit(self, asked: Asked, card: Card) -> Response:
        """Save, propose, or only look at what the assistant would say."""
        now = revisions.current_values(self._sessions, card.city, card.key) or {}
        shown = self._shown(asked, now)
        form = typed(asked)
        values = changed(values_of(form, shown), shown)
        if asked.form.get("do") == "preview":
            return self._rehearse(asked, form, shown, card, card.key, values)
        if not values:
            return self._entry(asked, card, 422, REFUSED["nothing"])
        try:
            self._save(asked, card.key, values, shown)
        except InvalidEntry as error:
            return self._entry(asked, card, 422, REFUSED["wrong"], form=form, shown=shown, wrong=error)
        except Outdated:
            mine = {name: (shown.get(name), value) for name, value in values.items()}
            theirs = {name: (shown.get(name), value) for name, value in changed(now, shown).items()}
            form = {**form_of({**now, **values}), **{name: form[name] for name in form if name in values}}
            return self._entry(asked, card, 409, REFUSED["changed"], form=form, shown=now, mine=mine, theirs=theirs)
        except (NotAllowed, NotThere):
            return self._gone(asked)
        return self._to_entry(asked)

    def remove(self, asked: Asked, card: Card) -> Response:
        try:
            self._save(asked, card.key, None, None)
        except (NotAllowed, NotThere, Outdated):
            return self._gone(asked)
        return RedirectResponse(f"/catalogue?city={card.city}", 303)

    def still_true(self, asked: Asked, card: Card) -> Response:
        try:
            verify(self._sessions, self._clock, card.id, asked.user.name)
        except UnknownEntry:
            return self._gone(asked)
        if asked.query.get("then") == "to-check":
            return RedirectResponse(f"/to-check?city={card.city}", 303)
        return self._to_entry(asked)

    def reports_done(self, asked: Asked, card: Card) -> Response:
        outcome = asked.form.get("outcome", "")
        outcome = outcome if outcome in OUTCOMES else "corrected"
        close_reports(self._sessions, self._clock, card.id, asked.user.name, outcome, asked.text("note", MAX_NOTE))
        return self._to_entry(asked)

    def secret_place(self, asked: Asked, card: Card) -> Response:
        """Written and shown to nobody: where a confidential place is."""
        address = asked.text("secret_address", 300)
        if not address:
            return self._entry(asked, card, 422, REFUSED["no_place"])
        try:
            keep_place(self._sessions, card.id, address)
        except NotConfidential:
            return self._entry(asked, card, 409, REFUSED["not_confidential"])
        except UnknownEntry:
            return self._gone(asked)
        return RedirectResponse(f"/catalogue/{card.id}?city={card.city}&kept=yes", 303)

    def undo(self, asked: Asked) -> Response:
        back = asked.form.get("entry", "")
        try:
            revisions.undo(self._sessions, self._clock, self._editor(asked), str(asked.path["id"]))
        except Outdated:
            return self._message(asked.user, 409, REFUSED["outdated_undo"])
        except InvalidEntry:
            return self._message(asked.user, 422, OTHER_REMEDY)
        except (NotThere, NotAllowed):
            return self._gone(asked)
        return RedirectResponse(
            f"/catalogue/{back}?city={asked.city}" if _is_id(back) else f"/catalogue?city={asked.city}", 303
        )

    # -- a new one --

    def new(self, asked: Asked) -> Response:
        return self._form_page(asked, 200, None, form=form_of({}), shown={})

    def add(self, asked: Asked) -> Response:
        form = typed(asked)
        values = changed(values_of(form, {}), {})
        key = self._free_key(asked.city, form["name"])
        if asked.form.get("do") == "preview":
            return self._rehearse(asked, form, {}, None, key, values)
        try:
            self._save(asked, key, values, {})
        except InvalidEntry as error:
            return self._form_page(asked, 422, REFUSED["wrong"], form=form, shown={}, wrong=error)
        except (NotAllowed, NotThere, Outdated):
            return self._form_page(asked, 409, REFUSED["changed"], form=form, shown={})
        if asked.may(Permission.CATALOGUE_WRITE) and asked.form.get("do") != "propose":
            return RedirectResponse(f"/catalogue/{entry_id(asked.city, key)}?city={asked.city}", 303)
        return RedirectResponse(f"/catalogue?city={asked.city}&sent=yes", 303)

    def _free_key(self, city: str, name: str) -> str:
        plain = slug(name)[:70].strip("-") or "scheda"
        key, number = plain, 1
        while revisions.current_values(self._sessions, city, key) is not None:
            number += 1
            key = f"{plain}-{number}"
        return key

    # -- what hours mean --

    def hours(self, asked: Asked) -> Response:
        """A part of the page: what the text that is being typed means."""
        text = asked.query.get("opening_hours", "").strip()[:MAX_HOURS]
        told = self._meaning(asked, text, asked.query.get("key", "")[:80])
        return HTMLResponse(self._templates.get_template("entry_hours.html").render(hours=told, _=asked.say))

    def _meaning(self, asked: Asked, text: str, key: str) -> dict[str, Any]:
        if not text:
            return {"state": "empty"}
        special = special_days_of(self._sessions, asked.city, key)
        try:
            found = meaning(text, self._today(), special, asked.user.language)
        except HoursError as error:
            remedy = asked.say(REMEDIES["opening_hours"])
            return {"state": "wrong", "remedy": remedy, "problem": error.problem, "perhaps": error.normalised}
        return {"state": "good", "normalised": found.normalised, **self._in_words(asked, found)}

    def _in_words(self, asked: Asked, found: Meaning) -> dict[str, Any]:
        names = get_day_names("wide", locale=asked.user.language)
        closed = asked.say("chiuso")

        def spans(pairs: tuple[tuple[str, str], ...]) -> str:
            return ", ".join(f"{a}-{b}" if b else asked.say("dalle %(time)s", time=a) for a, b in pairs) or closed

        week = [(names[a] if a == b else f"{names[a]}-{names[b]}", spans(pairs)) for a, b, pairs in found.week]
        ahead = [
            (
                format_date(one.day, "EEEE d MMMM", locale=asked.user.language),
                spans(one.spans),
                asked.say("santo patrono") if one.holiday == PATRON else one.holiday,
                one.special,
            )
            for one in found.ahead
        ]
        return {
            "week": week,
            "days_only": [names[day] for day in found.days_only],
            "holidays": found.holidays,
            "ahead": ahead,
        }

    # -- what they share --

    def _save(
        self, asked: Asked, key: str, values: Optional[Mapping[str, Any]], shown: Optional[Mapping[str, Any]]
    ) -> None:
        """At once for who may, unless they wish a colleague to look at it; else as a proposal."""
        editor = self._editor(asked)
        id_ = revisions.draft(self._sessions, self._clock, editor, asked.city, key, values, shown)
        at_once = asked.may(Permission.CATALOGUE_WRITE) and asked.form.get("do") != "propose"
        (revisions.publish if at_once else revisions.propose)(self._sessions, self._clock, editor, id_)

    def _rehearse(
        self, asked: Asked, form: Form, shown: dict[str, Any], card: Optional[Card], key: str, values: Mapping[str, Any]
    ) -> Response:
        page: dict[str, Any] = {"form": form, "shown": shown, "card": card}
        try:
            said = rehearsed(self._sessions, asked.city, key, {**shown, **values}, self._clock())
        except InvalidEntry as error:
            return self._form_page(asked, 422, REFUSED["wrong"], **page, wrong=error)
        return self._form_page(asked, 200, None, **page, said=said, unsaved=bool(values))

    def _entry(
        self, asked: Asked, card: Card, status: int = 200, error: Optional[str] = None, **values: Any
    ) -> Response:
        if "shown" not in values:
            values["shown"] = revisions.current_values(self._sessions, card.city, card.key) or {}
        if "form" not in values:
            values["form"] = form_of(values["shown"])
        return self._form_page(asked, status, error, card=card, **values)

    def _form_page(
        self,
        asked: Asked,
        status: int,
        error: Optional[str],
        *,
        form: Form,
        shown: Mapping[str, Any],
        card: Optional[Card] = None,
        said: Optional[Card] = None,
        unsaved: bool = False,
        wrong: Optional[InvalidEntry] = None,
        mine: Optional[Mapping[str, Any]] = None,
        theirs: Optional[Mapping[str, Any]] = None,
    ) -> Response:
        language = asked.form.get("language") or asked.query.get("language", "it")
        language = language if language in LANGUAGES else "it"
        told = said or card
        history = revisions.history(self._sessions, card.city, card.key) if card else []
        return self._page(
            "entry.html",
            asked.user,
            status,
            **self._of_city(asked),
            card=card,
            key=card.key if card else "",
            card_is_confidential=bool(shown.get("confidential")),
            form=form,
            rows={
                name: [*form[name], *(dict.fromkeys(columns, "") for _ in range(EMPTY_ROWS))]
                for name, columns in ROWS.items()
            },
            shown=json.dumps(shown, ensure_ascii=False, sort_keys=True),
            names=asked.say_all(FIELD_NAMES),
            services=self._services(asked),
            eligibility=asked.say_all(ELIGIBILITY_NAMES),
            problems=asked.say_all(_problems(wrong)),
            hours=self._meaning(asked, form["opening_hours"][:MAX_HOURS], card.key if card else ""),
            preview_language=language,
            languages=LANGUAGES,
            direction="rtl" if language in self._right_to_left else "ltr",
            preview=self._preview(told.as_dict(), language) if told else [],
            unsaved=unsaved,
            kept=asked.query.get("kept") == "yes",
            mine=self._diff(asked, mine or {}),
            theirs=self._diff(asked, theirs or {}),
            writes=asked.may(Permission.CATALOGUE_WRITE),
            reported=reported(self._sessions, card.id) if card else {},
            answered=answered(self._sessions, card.id) if card else [],
            aspects=asked.say_all(ASPECTS),
            outcomes=asked.say_all(OUTCOMES),
            max_note=MAX_NOTE,
            history=[self._change(asked, one) for one in reversed(history)],
            states=asked.say_all(REVISION_STATES),
            error=error,
        )

    @staticmethod
    def _shown(asked: Asked, now: Mapping[str, Any]) -> dict[str, Any]:
        """The entry as the form showed it; as it is now where the form does not say."""
        try:
            found = json.loads(asked.form.get("shown", ""))
        except (ValueError, RecursionError):
            return dict(now)
        if found != now:
            try:
                revisions.parsed_entry(found)
            except (InvalidEntry, TypeError):
                return dict(now)
        return dict(found)

    def _to_entry(self, asked: Asked) -> Response:
        return RedirectResponse(f"/catalogue/{asked.path['id']}?city={asked.city}", 303)


def _problems(wrong: Optional[InvalidEntry]) -> dict[str, str]:
    """What to do about each field that cannot be so, by field; what is about several stands at the first of them."""
    found = {}
    for name, code in (wrong.codes if wrong else {}).items():
        if name == "__root__":
            secret = code == "value_error.confidential"
            name = "confidential" if secret else "latitude"
        found[name] = REMEDIES.get(name, OTHER_REMEDY)
    return found


def _is_id(text: str) -> bool:
    return len(text) == 36 and all(letter in "0123456789abcdef-" for letter in text)
