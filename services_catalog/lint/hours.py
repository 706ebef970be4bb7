"""Opening hours that mean something else than they seem to: what the program reads is printed."""

from __future__ import annotations

import re
from collections.abc import Iterator

from services_catalog import hours
from services_catalog.lint.finding import Finding, SheetFile

CODES: dict[str, str] = {}
"""Under HOURS, of `schema`."""

_DAY = re.compile(r"\b(?:Mo|Tu|We|Th|Fr|Sa|Su)\b")


def check(sheet: SheetFile) -> Iterator[Finding]:
    for number, entry in sheet.entries():
        text = entry.opening_hours
        if text and _replaces(text):
            yield sheet.advise(
                number,
                "opening_hours",
                "HOURS",
                f"a later rule for a day replaces an earlier one; “{text}” is read as {hours.normalised(text)}",
                "If both hold, write them in one rule: Mo 09:00-12:00,15:00-17:00.",
            )
        if entry.exceptions and not text and any(one.hours != "off" for one in entry.exceptions):
            message = "other hours on single days, but no opening hours"
            yield sheet.advise(number, "exceptions", "HOURS", message, "Add opening_hours, or say it in the note.")


def _replaces(text: str) -> bool:
    """Whether two rules without months name the same weekday, and both give hours."""
    seen: set[int] = set()
    for rule in text.split(";"):
        days = rule.strip().split(" ", 1)
        if len(days) < 2 or not _DAY.match(days[0]) or not days[1][:1].isdigit():
            continue
        named = _weekdays(days[0])
        if seen & named:
            return True
        seen |= named
    return False


def _weekdays(selector: str) -> set[int]:
    names = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
    found: set[int] = set()
    for part in selector.split(","):
        first, _, last = part.partition("-")
        if first in names:
            a, b = names.index(first), names.index(last) if last in names else names.index(first)
            found |= {(a + n) % 7 for n in range((b - a) % 7 + 1)}
    return found
