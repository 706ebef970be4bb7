"""Two entries that seem to be one."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from rapidfuzz import fuzz, utils

from services_catalog.lint.finding import Finding, SheetFile

CODES = {"DUPLICATE": "two entries that seem to be one"}

ALIKE = 92
"""Likeness of two names, of 100, from which they seem to mean one place (rapidfuzz, words in any order)."""


def check(sheet: SheetFile) -> Iterator[Finding]:
    for (_, one), (number, other) in combinations(sheet.entries(), 2):
        if (one.address or other.address) and one.address != other.address:
            continue
        if not set(one.services) & set(other.services):
            continue
        if fuzz.token_sort_ratio(one.name, other.name, processor=utils.default_process) >= ALIKE:
            remedy = "Make one entry of both, or let their names say what sets them apart."
            yield sheet.advise(number, "name", "DUPLICATE", f"much like “{one.key}”, at the same address", remedy)
