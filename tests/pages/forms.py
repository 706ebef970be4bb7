"""What a browser would send of a form of a page."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any, Optional

Fields = dict[str, Any]
"""By name a text, or a list of texts where several fields have it."""


class _Form(HTMLParser):
    def __init__(self, id_: str) -> None:
        super().__init__()
        self._id = id_
        self._inside = False
        self._area: Optional[str] = None
        self._select: Optional[str] = None
        self._first: Optional[str] = None
        self.fields: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, Optional[str]]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._inside = given.get("id") == self._id
        if not self._inside:
            return
        if tag == "input" and "name" in given and (given.get("type") != "checkbox" or "checked" in given):
            self.fields.append((given["name"], given.get("value", "")))
        elif tag == "textarea":
            self._area = given["name"]
            self.fields.append((self._area, ""))
        elif tag == "select":
            self._select, self._first = given["name"], None
            self.fields.append((self._select, ""))
        elif tag == "option" and self._select and ("selected" in given or self._first is None):
            self._first = given.get("value", "")
            self.fields[-1] = (self._select, self._first)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False
        elif tag == "textarea":
            self._area = None
        elif tag == "select":
            self._select = None

    def handle_data(self, data: str) -> None:
        if self._area and self._inside:
            name, text = self.fields[-1]
            self.fields[-1] = (name, text + (data[1:] if not text and data.startswith("\n") else data))


def fields_of(page: str, id_: str = "entry") -> Fields:
    """The fields of the form with an id, as they are filled in."""
    parser = _Form(id_)
    parser.feed(page)
    assert parser.fields, f"no form {id_}"
    found: Fields = {}
    for name, value in parser.fields:
        found[name] = value if name not in found else [*_listed(found[name]), value]
    return found


def _listed(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]
