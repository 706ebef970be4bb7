"""Numbers that can be dialled but are hard to read; the same number twice."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

import phonenumbers
from ruamel.yaml.comments import CommentedMap

from services_catalog.lint.finding import Finding, SheetFile

CODES: dict[str, str] = {}
"""Under PHONE, of `schema`."""

_SIGNS = re.compile(r"[./()-]")


def check(sheet: SheetFile) -> Iterator[Finding]:
    for number, entry in sheet.entries():
        seen: set[str] = set()
        for place, phone in enumerate(entry.phones):
            digits = re.sub(r"\D", "", phone.number)
            if digits in seen:
                yield sheet.advise(number, "phones", "PHONE", f"“{phone.number}” stands there twice", "Delete one.")
            seen.add(digits)
            if _SIGNS.search(phone.number):
                plain = phonenumbers.format_number(
                    phonenumbers.parse(phone.number, "IT"),
                    phonenumbers.PhoneNumberFormat.INTERNATIONAL
                    if phone.number.startswith("+")
                    else phonenumbers.PhoneNumberFormat.NATIONAL,
                )
                write = partial(_write, sheet.data["entries"][number]["phones"], place, plain)
                message = f"“{phone.number}” has signs that nobody dials"
                yield sheet.advise(number, "phones", "PHONE", message, f"Write '{plain}'.", write)


def _write(phones: list, place: int, number: str) -> None:
    if isinstance(phones[place], CommentedMap):
        phones[place]["number"] = number
    else:
        phones[place] = number
