"""What the catalogue's pages share: who edits, and a change as lines that a person reads."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from starlette.responses import Response

from console.catalogue_texts import ELIGIBILITY_NAMES, FIELD_NAMES, REFUSED
from console.entry_form import readable
from console.pages import Asked, Pages
from services_catalog.importer import entry_id
from services_catalog.revisions import Change, Editor
from services_catalog.vocabulary import LANGUAGES, SERVICES

Preview = Callable[[dict[str, Any], str], list[str]]
"""The lines that the assistant writes about an entry, in a language."""


class CataloguePages(Pages):
    @staticmethod
    def _editor(asked: Asked) -> Editor:
        return Editor(asked.user.name, asked.user.role, None if asked.user.role == "admin" else asked.city)

    def _services(self, asked: Asked) -> dict[str, str]:
        return {id_: self._translate(asked.user.language, one.msgid) for id_, one in SERVICES.items()}

    def _diff(self, asked: Asked, fields: Mapping[str, tuple[Any, Any]]) -> list[tuple[str, str, str]]:
        """Of each field its name, the old and the new value."""

        def named(field: str, id_: str) -> str:
            if field == "services" and id_ in SERVICES:
                return self._translate(asked.user.language, SERVICES[id_].msgid)
            if field == "eligibility" and id_ in ELIGIBILITY_NAMES:
                return asked.say(ELIGIBILITY_NAMES[id_])
            return LANGUAGES[id_].endonym if field == "languages" and id_ in LANGUAGES else id_

        return [
            (
                asked.say(FIELD_NAMES[name]) if name in FIELD_NAMES else name,
                readable(name, old, asked.say, named),
                readable(name, new, asked.say, named),
            )
            for name, (old, new) in fields.items()
        ]

    def _change(self, asked: Asked, change: Change) -> dict[str, Any]:
        """A revision for the templates. `entry`: the id of what it changes, "" of a new one."""
        return {
            "id": change.id,
            "key": change.key,
            "entry": "" if change.fields.get("name", ("",))[0] is None else entry_id(change.city, change.key),
            "state": change.state,
            "by": change.made_by,
            "day": change.made_at.strftime("%d/%m/%Y"),
            "decided_by": change.decided_by,
            "own": change.made_by == asked.user.name,
            "diff": self._diff(asked, change.fields),
        }

    def _gone(self, asked: Asked) -> Response:
        return self._message(asked.user, 404, REFUSED["gone"])
