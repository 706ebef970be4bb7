"""Every error of every data sheet, with file, line and remedy; advice beside. Nothing stops at the first one.

Each module beside this one is a plugin for one concern: it names its `CODES` and has `check(sheet)`, which gives findings.
An error keeps a sheet out of the database; advice does not. A finding whose remedy cannot be wrong brings its own `fix`.
"""

from __future__ import annotations

from datetime import date
from importlib import import_module
from pathlib import Path
from types import ModuleType

from services_catalog.lint.finding import Finding, InvalidSheets, SheetFile
from services_catalog.schema import Sheet
from services_catalog.sheets import UnreadableSheet, read_yaml, sheet_files, write_yaml
from storage.clock import ROME, utc_now

PLUGINS: tuple[ModuleType, ...] = tuple(
    import_module(f"services_catalog.lint.{name}")
    for name in (
        "schema",
        "hours",
        "phones",
        "links",
        "sources",
        "duplicates",
        "freshness",
        "coordinates",
        "confidential",
        "completeness",
    )
)

YAML_REMEDY = "Correct this line; a text with “: ” or “#” in it stands in quotes, indents are spaces."


def codes() -> dict[str, str]:
    """What each code is about."""
    return {
        "YAML": "no YAML, not UTF-8, too large, or with aliases",
        **{c: t for p in PLUGINS for c, t in p.CODES.items()},
    }


def lint(path: Path) -> list[Finding]:
    """All errors of a sheet, or of a folder of sheets."""
    return [finding for finding in findings(path) if finding.is_error]


def findings(path: Path, today: date | None = None) -> list[Finding]:
    """Errors and advice, by file and line. `today`: what the advice about old entries counts from."""
    files = sheet_files(path)
    if not files:
        return [Finding(path, 1, "CITY", "no data sheet here", "Give a <city>.yml or a folder of them.")]
    today = today or utc_now().astimezone(ROME).date()
    return sorted(finding for file in files for finding in _check(file, today)[1])


def read_sheets(path: Path) -> list[Sheet]:
    """The sheets of a file or folder.

    Raises:
        InvalidSheets: at least one of them has an error.
    """
    sheets = []
    wrong = [] if sheet_files(path) else lint(path)
    today = utc_now().astimezone(ROME).date()
    for file in sheet_files(path):
        sheet, found = _check(file, today)
        wrong += [finding for finding in found if finding.is_error]
        if sheet is not None:
            sheets.append(sheet)
    if wrong:
        raise InvalidSheets(sorted(wrong))
    return sheets


def fix(path: Path) -> list[Finding]:
    """Carry out every safe remedy in the files themselves; comments and order stay. Returns what was put right."""
    done = []
    for file in sheet_files(path):
        sheet, unreadable = _read(file, date.max)
        if unreadable or sheet is None:
            continue
        fixable = [(finding, finding.fix) for finding in _run(sheet) if finding.fix is not None]
        for _finding, carry_out in fixable:
            carry_out()
        if fixable:
            write_yaml(file, sheet.data)
            done += [finding for finding, _ in fixable]
    return sorted(done)


def _check(file: Path, today: date) -> tuple[Sheet | None, list[Finding]]:
    """A sheet and its findings; the sheet only when none of them is an error."""
    sheet, found = _read(file, today)
    if sheet is None:
        return None, found
    found += _run(sheet)
    return (None if any(finding.is_error for finding in found) else sheet.model), found


def _read(file: Path, today: date) -> tuple[SheetFile | None, list[Finding]]:
    found = list(PLUGINS[0].check_name(file))
    try:
        data = read_yaml(file.read_bytes())
    except UnreadableSheet as error:
        return None, [*found, Finding(file, error.line, "YAML", f"not readable: {error.problem}", YAML_REMEDY)]
    except OSError as error:
        remedy = "Check the file's permissions."
        return None, [*found, Finding(file, 1, "YAML", f"not readable: {error.strerror}", remedy)]
    return SheetFile(file, data, today), found


def _run(sheet: SheetFile) -> list[Finding]:
    return [finding for plugin in PLUGINS for finding in plugin.check(sheet)]


__all__ = ["PLUGINS", "Finding", "InvalidSheets", "SheetFile", "codes", "findings", "fix", "lint", "read_sheets"]
