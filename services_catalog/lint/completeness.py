"""What is missing for a person to go there."""

from __future__ import annotations

from collections.abc import Iterator

from services_catalog.lint.finding import Finding, SheetFile

CODES = {"MISSING": "what a person needs and the entry does not have"}


def check(sheet: SheetFile) -> Iterator[Finding]:
    for number, entry in sheet.entries():
        if not entry.contactable:
            remedy = "Add one, or people are only told that it exists."
            yield sheet.advise(number, "name", "MISSING", "no address and no phone", remedy)
        elif entry.opening_hours is None and not entry.stops:
            yield sheet.advise(number, "name", "MISSING", "no opening hours", "Ask for them: opening_hours: …")
