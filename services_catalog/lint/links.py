"""Web addresses: to nowhere public, through a shortener that hides where they lead, or with a tracker's parameters."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from services_catalog.lint.finding import Finding, SheetFile

CODES = {"LINK": "a web address that leads nowhere public, hides where it leads, or carries a tracker"}

SHORTENERS = {"bit.ly", "tinyurl.com", "goo.gl", "t.co", "ow.ly", "is.gd"}
TRACKERS = re.compile(r"utm_\w+|fbclid|gclid|mc_[ce]id")


def check(sheet: SheetFile) -> Iterator[Finding]:
    for number, entry in sheet.entries():
        raw = sheet.data["entries"][number]
        for key in ("website", "source_url"):
            if getattr(entry, key):
                yield from _check(sheet, number, key, raw, key, str(getattr(entry, key)))
        for place, url in enumerate(entry.other_sources):
            yield from _check(sheet, number, "other_sources", raw["other_sources"], place, url)


def _check(sheet: SheetFile, number: int, key: str, holder: Any, place: Any, url: str) -> Iterator[Finding]:
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.username or host in ("localhost",) or host.endswith((".local", ".internal")) or _is_address(host):
        yield sheet.error(number, key, "LINK", f"“{host}” is no public web address", "Give the page's public address.")
    if host.removeprefix("www.") in SHORTENERS:
        remedy = "Open it and write the address of the page that it leads to."
        yield sheet.advise(number, key, "LINK", f"“{host}” hides where the link leads", remedy)
    query = parse_qsl(parts.query, keep_blank_values=True)
    kept = [pair for pair in query if not TRACKERS.fullmatch(pair[0])]
    if len(kept) < len(query):
        plain = parts._replace(query=urlencode(kept)).geturl()
        write = partial(holder.__setitem__, place, plain)
        yield sheet.advise(number, key, "LINK", "the address carries a tracker", f"Write {plain}", write)


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
