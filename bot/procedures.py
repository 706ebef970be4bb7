"""A procedure's statements and where they come from, as lines that a person can follow on a small screen."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bot.cards import IN_ITALIAN, RIGHT_TO_LEFT_MARK, isolated, partial_date
from bot.translations import N_, RIGHT_TO_LEFT, translate
from services_catalog.procedures.guide import letters

PARTS: dict[str, tuple[str, str]] = {
    "what": ("📄", N_("What it is")),
    "who": ("👤", N_("Who it is for")),
    "where": ("📍", N_("Where to go")),
    "bring": ("🎒", N_("What to bring")),
    "cost": ("💶", N_("Cost")),
    "time": ("⏳", N_("How long it takes")),
    "steps": ("👣", N_("Step by step")),
    "mistakes": ("⚠️", N_("Common mistakes")),
    "free_help": ("🤝", N_("Free help")),
}
"""Pictogram and msgid of a procedure's parts."""

LEFT_TO_RIGHT = re.compile(r"\+?[A-Za-zÀ-ÿ0-9]+(?:[ @.,:/'’+-]+[A-Za-zÀ-ÿ0-9]+)+|[A-Za-zÀ-ÿ]+[0-9]*")
"""Runs that would be put in disorder between letters from right to left: "800 290 290", "18-ter", "Sportello Amico"."""

WRITTEN_IN = {"it": IN_ITALIAN, "en": N_("in English")}
NOT_CHECKED = N_("Nobody has checked this yet: ask before you rely on it.")
CHECKED = N_("Checked on {date}.")
CHECKED_LONG_AGO = N_("Checked on {date}, a long time ago: ask if it is still so.")
OFFICIAL, NOT_OFFICIAL = N_("official source"), N_("not an official source")
NO_DATE = N_("date not known")


def statement_lines(statements: Sequence[Mapping[str, Any]], language: str) -> list[str]:
    """The statements, numbered when there are several, and how far they can be relied on."""
    lines = []
    for statement in statements:
        text = statement["text"]
        if statement["language"] != language:
            text = f"{isolated(text, language)} ({translate(language, WRITTEN_IN[statement['language']])})"
        elif language in RIGHT_TO_LEFT:
            text = LEFT_TO_RIGHT.sub(lambda run: isolated(run.group(), language), text)
        lines.append(f"{statement['number']}. {text}" if statement["number"] else text)
    return _directed([*lines, *_checked(statements, language)], language)


def source_lines(statements: Sequence[Mapping[str, Any]], language: str) -> list[str]:
    """For each statement, by its number, the pages that it comes from: letter of the button, publisher, date, kind."""
    names = letters(statements)
    lines = []
    for statement in statements:
        if len(statements) > 1:
            lines.append(f"{statement['number']}.")
        if statement["verified_on"]:
            checked = translate(language, CHECKED).format(date=partial_date(statement["verified_on"], language))
            lines.append(f"{names[statement['verified_source']]} ✅ {checked}")
        for source in statement["sources"]:
            when = partial_date(source["date"], language) if source["date"] else translate(language, NO_DATE)
            kind = translate(language, OFFICIAL if source["official"] else NOT_OFFICIAL)
            lines.append(f"{names[source['url']]} {isolated(source['publisher'], language)}, {when}, {kind}")
    return _directed(lines, language)


def _checked(statements: Sequence[Mapping[str, Any]], language: str) -> Iterator[str]:
    """One line for all: the least that can be said of each of them."""
    days = [statement["verified_on"] for statement in statements]
    old = any(statement["old"] for statement in statements)
    if not all(days):
        yield f"{'⚠️' if old else 'ℹ️'} {translate(language, NOT_CHECKED)}"
        return
    text = translate(language, CHECKED_LONG_AGO if old else CHECKED).format(date=partial_date(min(days), language))
    yield f"{'⚠️' if old else '✅'} {text}"


def _directed(lines: list[str], language: str) -> list[str]:
    """Lines that begin with a figure or sign would run from left to right (UAX #9, P2)."""
    return [f"{RIGHT_TO_LEFT_MARK}{line}" for line in lines] if language in RIGHT_TO_LEFT else lines
