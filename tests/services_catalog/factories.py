"""Sheets and entries for tests: whatever a test does not name is filled in."""

from __future__ import annotations

from typing import Any

from services_catalog.schema import Entry, Sheet


def entry(key: str = "a", **fields: Any) -> Entry:
    return Entry(
        **{"key": key, "name": key.title(), "services": ["food"], "source_url": "https://example.org/a", **fields}
    )


def sheet(*entries: Entry, city: str = "latina", **fields: Any) -> Sheet:
    return Sheet(city=city, entries=entries, **fields)
