"""Every error of the procedures' sheets and of their translations, with file, line and remedy.

Sheets: [YAML] [SCHEMA] [SOURCE] as for the cities · [TOPIC] the file is named after no topic · [KEY] a key twice, or
numbers of a part that are not 1, 2, 3 …

Translations: [LANGUAGE] the file is named after no language · [KEY] no such statement · [TEXT] empty, or with markup,
spaces too many or line breaks · [FIGURES] other figures than the Italian text · [SCRIPT] not in the language's letters ·
[MISSING] a statement without a text · [OUTDATED] the Italian text has changed. The last two do not stand in the way of an
import: English or Italian is shown instead.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Optional

from pydantic import ValidationError
from ruamel.yaml.comments import CommentedMap

from services_catalog.lint import Finding, InvalidSheets
from services_catalog.procedures.schema import PARTS, Procedure, Source, Statement, statement_names
from services_catalog.procedures.sheets import procedure_files
from services_catalog.procedures.translations import (
    TRANSLATED_FROM,
    NoTranslations,
    Translations,
    read_translations,
    translation_files,
)
from services_catalog.schema import Strict, nearest
from services_catalog.sheets import UnreadableSheet, line_of, read_yaml
from services_catalog.vocabulary import LANGUAGES, TOPICS

TRANSLATED = tuple(code for code in LANGUAGES if code != "it")
"""The statements are written in Italian."""

HARMLESS = ("MISSING", "OUTDATED")

MARKUP = re.compile(r"[<>*_`{}|\\#\u202a-\u202e\u2066-\u2069]|\s\s|^\s|\s$|[\n\r\t]")
FIGURE = re.compile(r"\d+(?:[.,]\d+)*")
WORD = re.compile(r"[^\W\d_]+")

SCRIPTS = {
    "ar": "ARABIC",
    "fa": "ARABIC",
    "ur": "ARABIC",
    "bn": "BENGALI",
    "hi": "DEVANAGARI",
    "pa": "GURMUKHI",
    "ru": "CYRILLIC",
    "uk": "CYRILLIC",
    "ti": "ETHIOPIC",
    "am": "ETHIOPIC",
    "zh": "CJK",
}
"""How Unicode names the letters of each language; LATIN where a language does not stand here."""

OFFICE_WORDS = frozenset(
    [
        "a",
        "agenzia",
        "al",
        "alla",
        "amico",
        "anagrafe",
        "app",
        "asl",
        "asp",
        "au",
        "base",
        "bollo",
        "caf",
        "carta",
        "casi",
        "cie",
        "cns",
        "codice",
        "comune",
        "conto",
        "d",
        "dell",
        "della",
        "di",
        "e",
        "eidas",
        "email",
        "eni",
        "entrate",
        "fiscale",
        "identità",
        "immigrazione",
        "inps",
        "isee",
        "kit",
        "lavoro",
        "marca",
        "nulla",
        "online",
        "orienta",
        "osta",
        "pair",
        "patronati",
        "patronato",
        "permesso",
        "pin",
        "prefettura",
        "puk",
        "questura",
        "residenza",
        "sanitaria",
        "soggiorno",
        "speciali",
        "spid",
        "sportello",
        "ssn",
        "stp",
        "tessera",
        "ticket",
        "unico",
        "urp",
        "whatsapp",
    ]
)
"""Italian words that a person meets at a desk: they may stand in brackets in a text of any script."""


def lint_procedures(folder: Path) -> list[Finding]:
    """All errors of the procedures of a folder and of their translations."""
    return sorted(_check(folder)[2])


def read_procedures(folder: Path) -> tuple[list[Procedure], list[Translations]]:
    """The procedures of a folder and what there is of translations.

    Raises:
        InvalidSheets: one of the files has an error that is not harmless; nothing of them may be used.
    """
    procedures, translations, findings = _check(folder)
    bad = sorted(finding for finding in findings if finding.code not in HARMLESS)
    if bad:
        raise InvalidSheets(bad)
    return procedures, translations


def _check(folder: Path) -> tuple[list[Procedure], list[Translations], list[Finding]]:
    files = procedure_files(folder)
    findings = [] if files else [Finding(folder, 1, "TOPIC", "no procedure here", "Give a folder of <topic>.yml.")]
    procedures, translations = [], []
    for file in files:
        procedure, wrong = _check_procedure(file)
        findings += wrong
        if procedure is not None:
            procedures.append(procedure)
    if len(procedures) < len(files):
        return procedures, [], findings  # what a text belongs to is not known
    italian = dict(pair for procedure in procedures for pair in statement_names(procedure))
    for file in translation_files(folder):
        texts, wrong = _check_translations(file, italian)
        findings += wrong
        if texts is not None:
            translations.append(texts)
    return procedures, translations, findings


def _check_procedure(file: Path) -> tuple[Optional[Procedure], list[Finding]]:
    if file.stem not in TOPICS:
        remedy = f"Nearest: {nearest(file.stem, tuple(TOPICS))}.yml; the topics are {', '.join(TOPICS)}."
        return None, [Finding(file, 1, "TOPIC", f"“{file.stem}” is no topic", remedy)]
    try:
        data = read_yaml(file.read_bytes())
    except UnreadableSheet as error:
        remedy = "Correct this line; a text with “: ” or “#” in it stands in quotes, indents are spaces."
        return None, [Finding(file, error.line, "YAML", f"not readable: {error.problem}", remedy)]
    except OSError as error:
        return None, [Finding(file, 1, "YAML", f"not readable: {error.strerror}", "Check the file's permissions.")]
    if not isinstance(data, CommentedMap):
        remedy = "See procedure.schema.json, or any other topic's sheet."
        return None, [Finding(file, 1, "SCHEMA", "the sheet holds no topic, statements and sources", remedy)]
    try:
        procedure = Procedure.parse_obj(data)
    except ValidationError as error:
        return None, [_finding(file, data, item) for item in error.errors()]
    findings = list(_check_keys(file, data, procedure))
    if procedure.topic != file.stem:
        message = f"the sheet of {procedure.topic} in a file named {file.name}"
        findings.append(Finding(file, line_of(data, ["topic"]), "TOPIC", message, "Correct one of the two."))
    return (None if findings else procedure), findings


def _check_keys(file: Path, data: CommentedMap, procedure: Procedure) -> Iterator[Finding]:
    for kind in ("statements", "sources"):
        seen: set[str] = set()
        for number, item in enumerate(getattr(procedure, kind)):
            if item.key in seen:
                line = line_of(data, [kind, number, "key"])
                yield Finding(file, line, "KEY", f"the key “{item.key}” stands there twice", "Give it one of its own.")
            seen.add(item.key)
    sources = {source.key for source in procedure.sources}
    for number, statement in enumerate(procedure.statements):
        for key in statement.sources:
            if key not in sources:
                line = line_of(data, ["statements", number, "sources"])
                remedy = f"Nearest: {nearest(key, tuple(sources) or ('-',))}; or add the page under sources."
                yield Finding(file, line, "SOURCE", f"{statement.key}: “{key}” is none of the sources below", remedy)
    for part in PARTS:
        keys = [statement.key for statement in procedure.statements if statement.part == part]
        if keys != [part] and keys != [f"{part}.{number}" for number in range(1, len(keys) + 1)]:
            first = next(n for n, statement in enumerate(procedure.statements) if statement.part == part)
            message = f"{part}: the keys are {', '.join(keys)}"
            remedy = f"One statement is named {part}; several are {part}.1, {part}.2, … in this order."
            yield Finding(file, line_of(data, ["statements", first, "key"]), "KEY", message, remedy)


def _finding(file: Path, data: CommentedMap, error: Mapping[str, Any]) -> Finding:
    """A finding from one of pydantic's errors, whose `loc` is the path within the sheet."""
    place = [step for step in error["loc"] if step != "__root__"]
    code, message, remedy = "SCHEMA", error["msg"], "See procedure.schema.json for what may stand here."
    kind, name = error["type"], str(place[-1]) if place else ""
    if kind == "value_error.missing":
        message, remedy = f"{name} is missing", f"Add it: {name}: …"
    elif kind == "value_error.extra":
        models: dict[str, type[Strict]] = {"statements": Statement, "sources": Source}
        keys = tuple((models.get(str(place[0]), Procedure) if len(place) > 1 else Procedure).__fields__)
        message, remedy = f"“{name}” is no key of a sheet", f"Nearest: {nearest(name, keys)}."
    elif kind == "value_error.source":
        code = "SOURCE"
        remedy = f"{error['ctx']['remedy'][0].upper()}{error['ctx']['remedy'][1:]}."
    elif name == "sources" or (place and place[0] == "sources"):
        code = "SOURCE"
    elif kind == "value_error.str.regex" and name == "key":
        remedy = f"A part ({', '.join(PARTS)}), and a number where it has several: bring.2."
    return Finding(file, line_of(data, place), code, f"{_named(data, place)}{message}", remedy)


def _named(data: CommentedMap, place: Sequence[Any]) -> str:
    """The statement or source that an error is in, so that a message is understood without opening the file."""
    if len(place) < 2 or not isinstance(place[1], int):
        return ""
    item = data[place[0]][place[1]]
    key = item.get("key") if isinstance(item, CommentedMap) else None
    return f"{key or f'{place[0]} {place[1] + 1}'}{f'.{place[2]}' if len(place) > 2 else ''}: "


def _check_translations(file: Path, italian: Mapping[str, str]) -> tuple[Optional[Translations], list[Finding]]:
    if file.stem not in TRANSLATED:
        remedy = f"One of {', '.join(f'{code}.yml' for code in TRANSLATED)}."
        return None, [Finding(file, 1, "LANGUAGE", f"“{file.stem}” is no language to translate into", remedy)]
    try:
        texts = read_translations(file)
    except NoTranslations as error:
        remedy = 'One line a statement: residence_permit.what: "…"'
        return None, [Finding(file, error.line, "YAML", f"not readable: {error.problem}", remedy)]
    findings = []
    for name, text in texts.texts.items():
        line = texts.lines[name]
        if name not in italian:
            remedy = f"Nearest: {nearest(name, tuple(italian))}; or delete the line."
            findings.append(Finding(file, line, "KEY", f"there is no statement “{name}”", remedy))
            continue
        if not texts.is_current(name, italian[name]):
            remedy = f"Translate it anew, delete its line under {TRANSLATED_FROM}, then: make locales."
            findings.append(Finding(file, line, "OUTDATED", f"{name}: the Italian text has changed", remedy))
            continue
        for code, message, remedy in problems(text, italian[name], file.stem):
            findings.append(Finding(file, line, code, f"{name}: {message}", remedy))
    for name in italian:
        if name not in texts.texts:
            findings.append(Finding(file, 1, "MISSING", f"{name} has no text", "Translate it from the topic's sheet."))
    return texts, findings


def problems(text: str, italian: str, language: str) -> Iterator[tuple[str, str, str]]:
    """What is wrong with one translation: code, message, remedy."""
    if not text:
        yield "TEXT", "the text is empty", "Write it, or delete the line."
        return
    markup = MARKUP.search(text)
    if markup:
        yield "TEXT", f"{markup.group()!r} may not stand in it", "Plain text on one line, single spaces."
    wanted, found = figures(italian), figures(text)
    if wanted != found or any(char.isdigit() and not char.isascii() for char in text):
        lost, new = ", ".join(sorted(wanted - found)) or "none", ", ".join(sorted(found - wanted)) or "none"
        message = f"other figures than the Italian text: lost {lost}, new {new}"
        yield "FIGURES", message, "Write the same figures with the digits 0 to 9; a number in words stays in words."
    script = SCRIPTS.get(language, "LATIN")
    letters = [unicodedata.name(char, "").startswith(script) for char in text if unicodedata.category(char)[0] in "LM"]
    if script == "LATIN":
        if not all(letters) or text == italian:
            yield (
                "SCRIPT",
                "letters of another script, or the Italian text itself",
                "Write it in the language's letters.",
            )
        return
    known = OFFICE_WORDS | {word.lower() for word in WORD.findall(italian)}
    foreign = [word for word in WORD.findall(text) if word.isascii() and word.lower() not in known]
    if foreign or sum(letters) * 3 < len(letters):
        message = f"not in the language's letters: {', '.join(foreign) or 'most of it'}"
        yield (
            "SCRIPT",
            message,
            "Only words that the Italian text has, or that stand on desks' signs, stay in Latin letters.",
        )


def figures(text: str) -> set[str]:
    """The numbers of a text; 2.000, 2,000 and 30,46, 30.46 are the same."""
    return {re.sub("[.,]", "", figure) for figure in FIGURE.findall(text)}


if __name__ == "__main__":
    import sys

    wanted = sys.argv[2:]
    for one in lint_procedures(Path(sys.argv[1])):
        if not wanted or one.file.stem in wanted:
            sys.stdout.write(f"{one}\n")
