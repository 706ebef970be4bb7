"""How good a city's sheet is: none, bronze, silver, gold. Each level asks for all of the ones below it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from services_catalog.freshness import is_stale
from services_catalog.schema import Entry, Sheet

ESSENTIAL = ("food", "shower", "night_shelter", "health_care", "legal_support", "documents", "social_support")
"""What everybody who arrives needs."""

LEVELS = ("none", "bronze", "silver", "gold")


@dataclass(frozen=True)
class Facts:
    """Of a city's entries, in percent: with address or phone, with hours, checked by the city and not past their lifetime."""

    entries: int
    reachable: int
    hours: int
    checked: int
    missing: tuple[str, ...]
    shop: bool


@dataclass(frozen=True)
class Quality:
    """`level`: one of `LEVELS`; `next_step`: what the next level asks for, "" at gold."""

    level: str
    facts: Facts
    next_step: str


RULES: tuple[tuple[str, str, Callable[[Facts], bool]], ...] = (
    ("bronze", "address or phone for 60 % of the entries", lambda facts: facts.reachable >= 60),
    ("bronze", "a place or phone for each essential service", lambda facts: not facts.missing),
    ("silver", "address or phone of the one-stop shop", lambda facts: facts.shop),
    ("silver", "opening hours for 60 % of the entries", lambda facts: facts.hours >= 60),
    ("silver", "half of the entries checked by the city and not too old", lambda facts: facts.checked >= 50),
    ("gold", "address or phone for 90 % of the entries", lambda facts: facts.reachable >= 90),
    ("gold", "opening hours for 90 % of the entries", lambda facts: facts.hours >= 90),
    ("gold", "nine in ten entries checked by the city and not too old", lambda facts: facts.checked >= 90),
)
"""What each level asks for; a sheet with an error has none."""


def quality(sheet: Sheet, today: date) -> Quality:
    """The level of a sheet without errors, on a day."""
    return judged(facts_of(sheet, today))


def judged(facts: Facts) -> Quality:
    """The level that facts about a city's entries give."""
    wanting = [(level, what) for level, what, holds in RULES if not holds(facts)]
    below = min((LEVELS.index(level) for level, _ in wanting), default=len(LEVELS))
    step = "; ".join(what for level, what in wanting if LEVELS.index(level) == below)
    return Quality(LEVELS[below - 1], facts, step)


def facts_of(sheet: Sheet, today: date) -> Facts:
    entries = sheet.entries
    return Facts(
        len(entries),
        _percent([entry.contactable for entry in entries]),
        _percent([bool(entry.opening_hours or entry.stops) for entry in entries]),
        _percent([_checked(entry, today) for entry in entries]),
        tuple(one for one in ESSENTIAL if not any(entry.contactable and one in entry.services for entry in entries)),
        any(entry.one_stop_shop and entry.contactable for entry in entries),
    )


def _checked(entry: Entry, today: date) -> bool:
    return entry.verified_on is not None and not is_stale(entry.services, entry.verified_on, entry.source_date, today)


def _percent(answers: list[bool]) -> int:
    return 100 * sum(answers) // len(answers) if answers else 0


def table(sheets: list[Sheet], today: date) -> str:
    """The levels of cities as a Markdown table."""
    lines = [
        "| city | level | entries | reachable | hours | checked | for the next level |",
        "|---|---|---:|---:|---:|---:|---|",
    ]
    for sheet in sheets:
        found = quality(sheet, today)
        facts = found.facts
        step = found.next_step.replace("each essential service", f"{', '.join(facts.missing)}" if facts.missing else "")
        lines.append(
            f"| {sheet.city} | {found.level} | {facts.entries} | {facts.reachable} % | {facts.hours} % | {facts.checked} % "
            f"| {step} |"
        )
    return "\n".join(lines)
