"""Many entries at once: a file in, its differences first, and files out. The rules are `services_catalog.exchange`'s."""

from __future__ import annotations

import base64
import binascii
import zlib
from typing import Any, Optional

from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from console.catalogue_pages import CataloguePages
from console.catalogue_texts import FIELD_NAMES, FINDINGS, KINDS, OTHER_FINDING, REFUSED
from console.pages import Asked
from console.permissions import Permission
from services_catalog.exchange import FORMS, BulkEdit, carry_out, file_of, read_upload
from services_catalog.lint import InvalidSheets
from services_catalog.revisions import InvalidEntry, NotAllowed, Outdated
from services_catalog.sheets import MAX_BYTES

MAX_SHOWN = 200
"""Errors and differences that a page shows; how many there are is always said."""


class ExchangePages(CataloguePages):
    def routes(self) -> list[Any]:
        read, write = Permission.CATALOGUE_READ, Permission.CATALOGUE_WRITE
        return [
            Route("/catalogue/exchange", self._only(read, self.exchange)),
            Route("/catalogue/import", self._only(write, self.look), methods=["POST"]),
            Route("/catalogue/import/apply", self._only(write, self.apply), methods=["POST"]),
            *(Route(f"/catalogue/export.{form}", self._only(read, self._export(form))) for form in FORMS),
        ]

    def exchange(self, asked: Asked) -> Response:
        return self._exchange(asked)

    def look(self, asked: Asked) -> Response:
        """What a file would change; nothing is written."""
        name, content = asked.files.get("file", ("", b""))
        if not name and not content:
            return self._exchange(asked, 422, REFUSED["no_file"])
        return self._differences(asked, name, content)

    def apply(self, asked: Asked) -> Response:
        name, content = asked.text("name", 200), unpacked(asked.form.get("content", ""))
        if content is None:
            return self._exchange(asked, 422, REFUSED["no_file"])
        try:
            edit = read_upload(self._sessions, asked.city, name, content)
            done = carry_out(self._sessions, self._clock, self._editor(asked), edit, asked.form.get("base", ""))
        except InvalidSheets as error:
            return self._wrong_file(asked, error)
        except (Outdated, InvalidEntry):
            return self._differences(asked, name, content, 409, REFUSED["import_outdated"])
        except NotAllowed:
            return self._gone(asked)
        return RedirectResponse(f"/catalogue/exchange?city={asked.city}&done={done}", 303)

    def _export(self, form: str) -> Any:
        def export(asked: Asked) -> Response:
            headers = {"content-disposition": f'attachment; filename="{asked.city}.{form}"'}
            return Response(file_of(self._sessions, asked.city, form), media_type=FORMS[form], headers=headers)

        return export

    def _differences(
        self, asked: Asked, name: str, content: bytes, status: int = 200, error: Optional[str] = None
    ) -> Response:
        try:
            edit = read_upload(self._sessions, asked.city, name, content)
        except InvalidSheets as wrong:
            return self._wrong_file(asked, wrong)
        return self._page(
            "import.html",
            asked.user,
            status,
            **self._of_city(asked),
            file=name,
            content=packed(content),
            base=edit.base,
            counts={kind: sum(one.kind == kind for one in edit.differences) for kind in KINDS},
            kinds=asked.say_all(KINDS),
            differences=[(one, self._diff(asked, one.fields)) for one in edit.differences[:MAX_SHOWN]],
            more=max(0, len(edit.differences) - MAX_SHOWN),
            desk=self._desk(asked, edit),
            error=error,
        )

    @staticmethod
    def _desk(asked: Asked, edit: BulkEdit) -> list[tuple[str, str, str]]:
        return [(asked.say(FIELD_NAMES[name]), old or "—", new or "—") for name, (old, new) in edit.desk.items()]

    def _wrong_file(self, asked: Asked, wrong: InvalidSheets) -> Response:
        return self._exchange(asked, 422, REFUSED["import_wrong"], wrong)

    def _exchange(
        self, asked: Asked, status: int = 200, error: Optional[str] = None, wrong: Optional[InvalidSheets] = None
    ) -> Response:
        found = wrong.findings if wrong else []
        return self._page(
            "exchange.html",
            asked.user,
            status,
            **self._of_city(asked),
            writes=asked.may(Permission.CATALOGUE_WRITE),
            findings=[(one, asked.say(FINDINGS.get(one.code, OTHER_FINDING))) for one in found[:MAX_SHOWN]],
            total=len(found),
            done=asked.query.get("done", "")[:6] if asked.query.get("done", "").isdigit() else "",
            error=error,
        )


def packed(content: bytes) -> str:
    """A file as a form's field, small enough for one: the page keeps it until it is applied, the server keeps nothing."""
    return base64.b64encode(zlib.compress(content, 9)).decode()


def unpacked(text: str) -> Optional[bytes]:
    """What `packed` made; None where it is none, or more than a sheet may be."""
    try:
        stream = zlib.decompressobj()
        content = stream.decompress(base64.b64decode(text, validate=True), MAX_BYTES)
    except (binascii.Error, ValueError, zlib.error):
        return None
    return content if stream.eof else None
