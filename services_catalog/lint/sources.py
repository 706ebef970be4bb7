"""Dates that cannot be yet, checks without a name, a source that is given twice."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from services_catalog.freshness import known_since
from services_catalog.lint.finding import Finding, SheetFile

CODES: dict[str, str] = {}
"""Under SOURCE, of `schema`."""


def check(sheet: SheetFile) -> Iterator[Finding]:
    for number, entry in sheet.entries():
        source = known_since(None, entry.source_date)
        for key, day in (("source_date", source), ("verified_on", entry.verified_on)):
            if day is not None and day > sheet.today:
                yield sheet.error(number, key, "SOURCE", f"{getattr(entry, key)} is yet to come", "Correct the date.")
        if entry.verified_on and not entry.verified_by:
            remedy = "Add who checked it, by role: verified_by: sportello."
            yield sheet.advise(number, "verified_on", "SOURCE", "checked by nobody", remedy)
        if entry.source_url in entry.other_sources:
            others = sheet.data["entries"][number]["other_sources"]
            take_out = partial(others.remove, entry.source_url)
            message = "the main source stands there again"
            yield sheet.advise(number, "other_sources", "SOURCE", message, "Delete it there.", take_out)
