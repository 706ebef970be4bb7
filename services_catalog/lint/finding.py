"""What the lint's plugins are given and what they give."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, Optional

from pydantic import ValidationError
from ruamel.yaml.comments import CommentedMap, CommentedSeq

from services_catalog.schema import Entry, Sheet
from services_catalog.sheets import line_of


@dataclass(frozen=True, order=True)
class Finding:
    """One error, or advice.

    Attributes:
        line: counted from 1.
        code: without brackets.
        remedy: what to do about it.
        advice: whether the sheet may be used as it is.
        fix: carries out the remedy in the sheet that was read, where it cannot be wrong.
    """

    file: Path
    line: int
    code: str
    message: str
    remedy: str
    advice: bool = False
    fix: Optional[Callable[[], None]] = field(default=None, compare=False, repr=False)

    @property
    def is_error(self) -> bool:
        return not self.advice

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: [{self.code}] {'advice: ' * self.advice}{self.message}. {self.remedy}"


class CatalogueError(Exception):
    """Root of what the catalogue raises."""


class InvalidSheets(CatalogueError):
    """Sheets with errors; nothing of them may be used. `findings`: all of them."""

    def __init__(self, findings: list[Finding]) -> None:
        super().__init__(f"{len(findings)} errors in the sheets; the first one: {findings[0]}")
        self.findings = findings


@dataclass(frozen=True)
class SheetFile:
    """A sheet as it was read. `data`: ruamel's commented collections; `today`: what ages count from."""

    path: Path
    data: Any
    today: date

    @cached_property
    def model(self) -> Optional[Sheet]:
        """The sheet, when its schema lets it be one."""
        return None if isinstance(self._parsed, ValidationError) else self._parsed

    @property
    def errors(self) -> list[Any]:
        """Pydantic's errors."""
        return self._parsed.errors() if isinstance(self._parsed, ValidationError) else []

    @cached_property
    def _parsed(self) -> Any:
        try:
            return Sheet.parse_obj(self.data)
        except ValidationError as error:
            return error

    def raw_entries(self) -> Iterator[tuple[int, CommentedMap]]:
        """What stands under `entries` and is a mapping, whether it is right or not."""
        entries = self.data.get("entries") if isinstance(self.data, CommentedMap) else None
        for number, entry in enumerate(entries if isinstance(entries, CommentedSeq) else ()):
            if isinstance(entry, CommentedMap):
                yield number, entry

    def entries(self) -> Iterator[tuple[int, Entry]]:
        """The entries with their numbers; none while the schema has errors."""
        yield from enumerate(self.model.entries if self.model else ())

    def advise(
        self, number: int, key: str, code: str, message: str, remedy: str, fix: Optional[Callable[[], None]] = None
    ) -> Finding:
        """Advice about a key of an entry."""
        return self._finding(number, key, code, message, remedy, True, fix)

    def error(self, number: int, key: str, code: str, message: str, remedy: str) -> Finding:
        return self._finding(number, key, code, message, remedy, False, None)

    def _finding(
        self,
        number: int,
        key: str,
        code: str,
        message: str,
        remedy: str,
        advice: bool,
        fix: Optional[Callable[[], None]],
    ) -> Finding:
        name = self.data["entries"][number].get("key") or f"entry {number + 1}"
        line = line_of(self.data, ["entries", number, key])
        return Finding(self.path, line, code, f"{name}.{key}: {message}", remedy, advice, fix)
