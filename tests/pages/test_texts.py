"""The console's words: each is there in English too, none is left over, and none loses a placeholder."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jinja2 import Environment

import console
from console import catalogue_texts, texts
from console.account_pages import PROBLEMS
from console.app import REFUSALS
from console.catalogue_work import STATEMENTS
from console.network import SERIES
from console.pages import NAVIGATION, NOT_YOURS
from console.staff import REMEDIES
from console.texts import english, say

FOLDER = Path(console.__file__).parent
NAMED = (
    texts.ROLE_NAMES,
    texts.STATUS_NAMES,
    texts.STATUS_PRESSES,
    texts.DEEDS,
    texts.GENDERS,
    texts.REASON_NAMES,
    texts.NOTICES,
    texts.OUTCOMES,
    texts.DAY_PARTS,
    texts.ASPECTS,
    texts.DEEDS_OF_AUDIT,
    PROBLEMS,
    REFUSALS,
    NOT_YOURS,
    STATEMENTS,
    *(value for name, value in vars(catalogue_texts).items() if name.isupper() and isinstance(value, dict)),
)
"""Texts by a word of the code."""
SAYS = {"say": 0, "_message": 2}
"""Functions that say a text, and where among their arguments it stands."""
ERRORS = re.compile(r"_(day|plan|own|all|appointment|waiting|queue|entry|interpreters|done|page|to_login|wrong)$")
"""Functions that take the text of an error: any literal sentence among their arguments."""


def in_templates() -> Iterator[str]:
    environment = Environment(extensions=["jinja2.ext.i18n"])
    for path in FOLDER.glob("templates/*.html"):
        for _, _, message in environment.extract_translations(path.read_text(encoding="utf-8")):
            yield message[0] if isinstance(message, tuple) else message


def in_code() -> Iterator[str]:
    for path in FOLDER.glob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                name = getattr(node.func, "attr", getattr(node.func, "id", ""))
                literals = [*node.args, *(word.value for word in node.keywords if word.arg in ("error", "text"))]
                if name in SAYS or ERRORS.search(name):
                    yield from (one.value for one in literals if is_sentence(one, name in SAYS))
            if isinstance(node, ast.Assign) and is_sentence(node.value):
                yield str(node.value.value)  # type: ignore[attr-defined]  # is_sentence has looked


def is_sentence(node: Any, short: bool = False) -> bool:
    """A literal text for people: with a blank, or said outright."""
    return (
        isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and (short or bool(re.match(r"[A-ZÈ]\S* .*[.:?]$", node.value)))
    )


def all_texts() -> set[str]:
    tables = {text for table in NAMED for text in table.values()}  # type: ignore[attr-defined]  # dicts of several key types
    remedies = {text for _, text in REMEDIES.values()}
    series = {text for _, text in SERIES}
    return {
        *in_templates(),
        *in_code(),
        *tables,
        *remedies,
        *series,
        *texts.WEEKDAYS,
        *(name for _, name, _ in NAVIGATION),
    }


def test_every_text_is_there_in_english_and_nothing_is_left_over() -> None:
    wanted = all_texts()
    assert {"Appuntamenti", "Sei sicuro?", "Salva", "lunedì"} <= wanted and len(wanted) > 200
    assert sorted(wanted - set(english())) == []
    assert sorted(set(english()) - wanted) == []


@pytest.mark.parametrize("italian", sorted(english()))
def test_english_keeps_the_placeholders(italian: str) -> None:
    places = re.compile(r"%\((\w+)\)s")
    assert sorted(places.findall(italian)) == sorted(places.findall(english()[italian]))
    assert english()[italian].strip() == english()[italian] != ""


def test_a_text_is_said_in_the_language_that_was_chosen() -> None:
    assert say("it", "Schede: %(number)s", number=3) == "Schede: 3"
    assert say("en", "Schede: %(number)s", number=3) == "Entries: 3"
