"""Opening hours as HSDS's schedule rows, and back. Nothing is guessed: what does not fit is a description, or is left out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from typing import Any, Optional

from services_catalog.hours import HoursError, check, clock_times

DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
OSM_DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")

ORDINARY_MONDAY = date(2026, 3, 2)
"""Of a week without a holiday."""

NEXT_DAY = "closes next day"

_WEEKDAYS = r"(?:(?:Mo|Tu|We|Th|Fr|Sa|Su|PH)[-,]?)+ "
_SPANS = r"\d{2}:\d{2}(?:-\d{2}:\d{2}\+?|\+)(?:,\d{2}:\d{2}(?:-\d{2}:\d{2}\+?|\+))*"
_WEEKLY = re.compile(rf"(?:24/7|(?:{_WEEKDAYS})?{_SPANS})(?:; {_WEEKDAYS}(?:off|{_SPANS}))*")
"""A week that repeats, holidays apart: no months, no dates, no first or second of a month."""
_MONTHLY = re.compile(r"(Mo|Tu|We|Th|Fr|Sa|Su)\[(-?[1-5](?:,-?[1-5])*)\] (\d{2}:\d{2})-(\d{2}:\d{2})")
_CLOCK = re.compile(r"(\d{2}:\d{2})(?::\d{2})?(?:Z|[+-]\d{2}:?\d{2})?")

Row = dict[str, Any]


def rows(text: Optional[str], new_id: Callable[[str], str]) -> list[Row]:
    """The rows of an `opening_hours` text. `new_id`: the id of the row of that name."""
    if not text:
        return []
    monthly = _MONTHLY.fullmatch(text)
    if monthly:
        byday = ",".join(f"{n}{DAYS[OSM_DAYS.index(monthly[1])]}" for n in monthly[2].split(","))
        return [_row(new_id("0"), "MONTHLY", byday, monthly[3], monthly[4])]
    if not _WEEKLY.fullmatch(text):
        return [{"id": new_id("0"), "description": text}]
    spans: dict[tuple[str, str], list[str]] = {}
    for number, name in enumerate(DAYS):
        for span in clock_times(text, ORDINARY_MONDAY + timedelta(days=number)):
            spans.setdefault(span, []).append(name)
    found = [_row(new_id(str(n)), "WEEKLY", ",".join(days), *span) for n, (span, days) in enumerate(spans.items())]
    if "PH" in text:
        found = [{**row, "description": text} for row in found]
    return found


def _row(id_: str, freq: str, byday: str, opens: str, closes: str) -> Row:
    row = {"id": id_, "freq": freq, "byday": byday, "opens_at": opens}
    if closes == "24:00":
        closes = "23:59" if opens == "00:00" else "00:00"
    if closes:
        row["closes_at"] = closes
        if closes <= opens:
            row["notes"] = NEXT_DAY
    return row


def text_of(found: Iterable[Mapping[str, Any]]) -> tuple[Optional[str], list[str]]:
    """The `opening_hours` text of somebody else's rows, and what of them could not be said (in English).

    A row of an unknown kind makes all hours unknown: closed is never made open.
    """
    rules: dict[str, list[str]] = {}
    for row in found:
        days = _days(str(row.get("freq") or ""), str(row.get("byday") or ""))
        times = _times(row.get("opens_at"), row.get("closes_at"))
        limited = [
            name for name in ("until", "count", "bymonthday", "byyearday", "byweekno", "valid_to") if row.get(name)
        ]
        if row.get("interval") not in (None, "", 1, "1", 1.0):
            limited.append("interval")
        if days is None or times is None or limited:
            return None, [f"schedule {row.get('id')}: {', '.join(limited) or 'not weekly or monthly with clock times'}"]
        rules.setdefault(days, []).append(times)
    text = "; ".join(f"{days} {','.join(times)}" for days, times in rules.items())
    try:
        if text:
            check(text)
    except HoursError as error:
        return None, [f"hours “{text}” {error.problem}"]
    return text or None, []


def _days(freq: str, byday: str) -> Optional[str]:
    names = []
    for one in filter(None, byday.upper().replace(" ", "").split(",")):
        match = re.fullmatch(r"(-?[1-5])?([A-Z]{2})", one)
        if match is None or match[2] not in DAYS or bool(match[1]) != (freq == "MONTHLY"):
            return None
        names.append(OSM_DAYS[DAYS.index(match[2])] + (f"[{match[1]}]" if match[1] else ""))
    return ",".join(names) if names and freq in ("WEEKLY", "MONTHLY") else None


def _times(opens: Any, closes: Any) -> Optional[str]:
    first, last = _CLOCK.fullmatch(str(opens or "")), _CLOCK.fullmatch(str(closes or ""))
    if first is None or last is None:
        return None
    return f"{first[1]}-{'24:00' if last[1] in ('23:59', '00:00') else last[1]}"
