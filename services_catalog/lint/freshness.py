"""Entries past their lifetime: each needs somebody to call or to look."""

from __future__ import annotations

from collections.abc import Iterator

from services_catalog.freshness import is_stale, known_since, lifetime
from services_catalog.lint.finding import Finding, SheetFile

CODES = {"STALE": "past the lifetime of its kind of service, or of unknown age"}


def check(sheet: SheetFile) -> Iterator[Finding]:
    for number, entry in sheet.entries():
        if not is_stale(entry.services, entry.verified_on, entry.source_date, sheet.today):
            continue
        since = known_since(entry.verified_on, entry.source_date)
        days = lifetime(entry.services).days
        age = (
            "nothing says how old this is"
            if since is None
            else f"{(sheet.today - since).days} days old, good for {days}"
        )
        ask = f"call {entry.phones[0].number}" if entry.phones else f"see {entry.source_url}"
        key = "verified_on" if entry.verified_on else "source_date" if entry.source_date else "source_url"
        yield sheet.advise(number, key, "STALE", age, f"Check it ({ask}), then fill in verified_on and verified_by.")
