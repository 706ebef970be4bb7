"""Opening hours: what a text in OpenStreetMap's `opening_hours` syntax says about a moment or a day, in Rome's time.

Only what the text states is told. A rule that names days without hours (`Mo-Sa`, `Th[2,4]`) means "open all day" to
the library; here it means that the hours are unknown. After the start of an open end (`18:00+`) the state is unknown
too, until five in the morning. `PH` follows the library's calendar of Italy's public holidays and the city's own patron
saint. What the text does not say, date exceptions and temporary closures, comes as `Special`.

Syntax: https://wiki.openstreetmap.org/wiki/Key:opening_hours/specification. A later rule for the same day replaces an
earlier one: `Mo-Fr 09:00-17:00; Mo 10:00-12:00` closes Monday's afternoon.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from functools import lru_cache
from itertools import pairwise
from typing import Optional

from dateutil.easter import easter
from holidays.countries import Italy
from opening_hours import OpeningHours, ParserError, State  # type: ignore[attr-defined]  # not in its stub

from storage.clock import ROME

DAYS_ONLY, OPEN_END = "days only", "open end"
"""Comments that `_stated` puts on a rule to say why its hours are unknown."""

PAST_MIDNIGHT = ">"
"""Stands in such a comment before the minutes past midnight until which a rule goes on."""

DAY = 24 * 60
OPEN_END_PAST_MIDNIGHT = 5 * 60

SPILL = timedelta(days=2)
"""How far back an opening may have begun that still lasts (OpenStreetMap's clock goes up to 48:00)."""

HORIZON = timedelta(days=370)
"""How far ahead a change is looked for: a winter shelter's next season is found in summer."""

DAYS_WINDOW = timedelta(days=35)
"""Long enough to meet every weekday of a month-wise rule such as `Th[2,4]`."""

_TIME = re.compile(r"\b\d{1,2}:\d{2}\b|\b(?:sunrise|sunset|dawn|dusk)\b")
_SPAN = re.compile(r"(\d{1,2}:\d{2})(?:-(\d{1,2}:\d{2}))?(\+)?")
_COMMENT = re.compile(r'"[^"]*"')
_MODIFIER = re.compile(r"\b(?:off|closed|unknown)\s*$")
_IMPOSSIBLE_DATE = re.compile(r"\bFeb 3[01]\b|\b(?:Apr|Jun|Sep|Nov) 31\b")
_EMPTY_SPAN = re.compile(r"\b(\d{1,2}:\d{2})-\1\b")
_RULE_SEPARATOR = re.compile(r'(;\s*(?=(?:[^"]*"[^"]*")*[^"]*$)|(?<=[\d+"f]),\s+(?=[A-Z]))')
"""A semicolon outside of a comment; after hours also a comma and a space before a day or month."""
_DAY_COMMA_SPACE = re.compile(r"(?:\b(?:Mo|Tu|We|Th|Fr|Sa|Su|PH)|\]),\s")

_HOLIDAY = re.compile(r'\bPH\b(?!\s*[+-]\s*\d)(?=(?:[^"]*"[^"]*")*[^"]*$)')
NOTHING_KNOWN = "24/7 unknown"

Span = tuple[datetime, Optional[datetime]]
"""Start and end, aware, Europe/Rome; no end when the text leaves it open."""


class HoursError(ValueError):
    """No opening hours.

    `problem`: what is wrong, in English; `remedy`: what to write; `normalised`: the same hours written well, where only the
    writing is wrong.
    """

    def __init__(self, problem: str, remedy: str, normalised: Optional[str] = None) -> None:
        super().__init__(problem)
        self.problem = problem
        self.remedy = remedy
        self.normalised = normalised


@dataclass(frozen=True)
class Special:
    """What holds on single days, whatever the text says.

    Attributes:
        patron: the day of the city's patron saint, MM-DD or `easter+50`; a public holiday there.
        exceptions: first day, last day (None: until further notice) and `off` or clock times. A later one replaces an
            earlier one on days that both name, and any of them the patron saint's.
    """

    patron: Optional[str] = None
    exceptions: tuple[tuple[date, Optional[date], str], ...] = ()

    def covers(self, day: date) -> bool:
        return any(first <= day and (last is None or day <= last) for first, last, _ in self.exceptions)


USUAL = Special()


def patron_day(patron: str, year: int) -> Optional[date]:
    """The patron saint's day of a year; None for 29 February in a year without one."""
    if patron.startswith("easter"):
        return easter(year) + timedelta(days=int(patron.removeprefix("easter")))
    try:
        return date.fromisoformat(f"{year}-{patron}")
    except ValueError:
        return None


@dataclass(frozen=True)
class HoursStatus:
    """What is known at a moment.

    Attributes:
        state: `open`, `closed`, `unknown` or `always` (never closes within a year).
        until: when what is open closes; None when it is not open or no end is known.
        next_opening: the next stated opening; None when there is none within a year.
        today: the openings that begin today, `("HH:MM", "HH:MM")`; midnight as an end is "24:00", an open end is "".
        days: weekdays (0 is Monday) when the text names days without hours.
        days_only: whether the text names days without hours, and nothing else.
    """

    state: str
    until: Optional[datetime] = None
    next_opening: Optional[datetime] = None
    today: tuple[tuple[str, str], ...] = ()
    days: tuple[int, ...] = ()
    days_only: bool = False


UNKNOWN = HoursStatus("unknown")


def check(text: str) -> None:
    """Raises HoursError when `text` is no opening hours, or hours that nobody can have meant."""
    try:
        parsed = OpeningHours(text, timezone=ROME, country="IT")
    except ParserError as error:
        raise HoursError(
            _where(str(error), text), "write it like Mo-Fr 09:00-13:00,15:00-18:00; Sa 09:00-12:00"
        ) from error
    if parsed.warnings:
        plain = str(parsed.normalize())
        raise HoursError("; ".join(parsed.warnings), f"write {plain}", plain)
    if _IMPOSSIBLE_DATE.search(text):
        raise HoursError("a day that the month does not have", "write the month's last day")
    if _EMPTY_SPAN.search(text):
        raise HoursError("an opening that ends when it begins", "write 00:00-24:00 for a whole day, or correct the end")
    if _DAY_COMMA_SPACE.search(text):
        raise HoursError(
            "a space after the comma between days starts a rule of its own", "write Mo,We without the space"
        )


def normalised(text: str) -> str:
    """The text as the library reads it, for somebody to see what it means. Raises HoursError."""
    check(text)
    return str(OpeningHours(text, timezone=ROME, country="IT").normalize())


def hours_on(text: str, day: date, special: Special = USUAL) -> list[Span]:
    """The openings of a day: those that begin on it, in full (the end may lie on the next day).

    What lasts longer than 24 hours is cut at midnight. Days without hours give nothing. Raises HoursError.
    """
    midnight, next_midnight = _midnight(day), _midnight(day + timedelta(days=1))
    spans: list[Span] = []
    window = midnight - timedelta(days=2), next_midnight + timedelta(days=2)
    for start, end, state, comment in _intervals(text, *window, special):
        if state == "unknown" and comment == OPEN_END and midnight <= start < next_midnight:
            if spans and spans[-1][1] == start:  # 10:00-12:00+
                spans[-1] = (spans[-1][0], None)
            else:
                spans.append((start, None))
        elif state == "open" and _elapsed(start, end) <= timedelta(hours=24):
            if midnight <= start < next_midnight:
                spans.append((start, end))
        elif state == "open" and start < next_midnight and end > midnight:
            spans.append((max(start, midnight), min(end, next_midnight)))
    return spans


def status(text: Optional[str], at: datetime, special: Special = USUAL) -> HoursStatus:
    """What is known at `at` (aware). No text, or one that cannot be read, is unknown."""
    if not text and not special.exceptions:
        return UNKNOWN
    now = at.astimezone(ROME)
    try:
        return _status(text or NOTHING_KNOWN, now, special)
    except HoursError:
        return UNKNOWN


def _status(text: str, now: datetime, special: Special) -> HoursStatus:
    state, until, next_opening, stated, before = "unknown", None, None, special.covers(now.date()), ""
    for number, (start, end, kind, comment) in enumerate(_intervals(text, now, now + HORIZON, special)):
        stated = stated or kind == "open" or comment == OPEN_END
        if number == 0:
            state = kind
            if kind == "open":
                until = end if _elapsed(now, end) < HORIZON - timedelta(days=1) else None
                state = "open" if until else "always"
        elif kind == "open" or (comment == OPEN_END and before != "open"):
            next_opening = start
            break
        before = kind
    days = weekdays_without_hours(text, now.date())
    if days and not stated:
        return HoursStatus("unknown", days=days, days_only=True)
    if state == "always":
        return HoursStatus("always", today=(("00:00", "24:00"),))
    return HoursStatus(state, until, next_opening, clock_times(text, now.date(), special), () if stated else days)


@lru_cache(maxsize=4096)
def weekdays_without_hours(text: str, day: date) -> tuple[int, ...]:
    """The weekdays (0 is Monday) that `text` names without hours, as they fall in the weeks after `day`."""
    found: set[int] = set()
    start = _midnight(day)
    for begin, end, state, comment in _intervals(text, start, start + DAYS_WINDOW):
        if state == "unknown" and comment == DAYS_ONLY:
            found |= {(begin.weekday() + n) % 7 for n in range(min(7, max(1, (end.date() - begin.date()).days)))}
    return tuple(sorted(found))


@lru_cache(maxsize=4096)
def clock_times(text: str, day: date, special: Special = USUAL) -> tuple[tuple[str, str], ...]:
    """`hours_on` as HH:MM pairs; an open end is ""."""
    spans = []
    for start, end in hours_on(text, day, special):
        midnight = end is not None and end.time() == time(0) and end.date() > day
        spans.append((f"{start:%H:%M}", "" if end is None else "24:00" if midnight else f"{end:%H:%M}"))
    return tuple(spans)


Week = Optional[tuple[tuple[tuple[str, str], ...], ...]]
"""The openings of each day from Monday on, as `clock_times` gives them; None where no hours are known."""


def usual_week(text: Optional[str], day: date) -> Week:
    """The openings of the first whole week after `day` without a public holiday."""
    monday = day + timedelta(days=7 - day.weekday())
    holidays = Italy(years=(monday.year, monday.year + 1))
    while any(monday + timedelta(days=n) in holidays for n in range(7)):
        monday += timedelta(days=7)
    try:
        week = tuple(clock_times(text, monday + timedelta(days=n)) for n in range(7)) if text else ()
    except HoursError:
        return None
    return week if any(week) else None


def _intervals(
    text: str, start: datetime, end: datetime, special: Special = USUAL
) -> Iterator[tuple[datetime, datetime, str, str]]:
    """Intervals of constant state from `start` to `end`: start, end, open|closed|unknown, why it is unknown."""
    cursor = start
    for begin, finish, state, why in _joined(_pieces(text, _existing(start - SPILL), _existing(end), special)):
        begin, finish = max(begin, cursor), min(finish, end)
        # an opening that falls into the hour that spring skips has no length
        if _elapsed(begin, finish) <= timedelta(0):
            continue
        if begin > cursor:
            yield cursor, begin, "closed", ""
        yield begin, finish, state, why
        cursor = finish
    if cursor < end:
        yield cursor, end, "closed", ""


def _pieces(
    text: str, start: datetime, end: datetime, special: Special
) -> Iterator[tuple[datetime, datetime, str, str]]:
    """As `_stretches`, with what begins on special days in the place of what would begin there.

    An opening of the evening before goes on into a special day; one that lasts for days is cut at its midnight.
    """
    cursor = start
    for first, after, instead in _special_days(text, start.date(), end.date(), special):
        begin, finish = max(_midnight(first), start), min(_midnight(after), end)
        if begin > cursor:
            yield from _stretches(text, cursor, begin)
        if instead is not None and finish > begin:
            yield from _stretches(instead, begin, finish)
        cursor = finish
    if cursor < end:
        yield from _stretches(text, cursor, end)


def _special_days(text: str, start: date, end: date, special: Special) -> list[tuple[date, date, Optional[str]]]:
    """Days with other hours, in order and apart: the first, the one after the last, and the text (None: closed)."""
    rules: list[tuple[date, date, Optional[str]]] = []
    if special.patron and _HOLIDAY.search(text):
        for year in range(start.year, end.year + 1):
            day = patron_day(special.patron, year)
            if day is not None:
                rules.append((day, day + timedelta(days=1), _HOLIDAY.sub("Mo-Su", text)))
    for first, last, times in special.exceptions:
        after = min(last, end) if last else end
        rules.append((first, after + timedelta(days=1), None if times == "off" else f"Mo-Su {times}"))
    rules = [rule for rule in rules if rule[0] <= end and rule[1] > start]
    edges = sorted({edge for first, after, _ in rules for edge in (first, after)})
    found = []
    for first, after in pairwise(edges):
        holding = [instead for a, b, instead in rules if a <= first < b]
        if holding:
            found.append((first, after, holding[-1]))
    return found


def _stretches(text: str, start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime, str, str]]:
    """What is open or unknown, in the order of its beginning, with what lies past midnight put back."""
    for begin, finish, state, comment in _parsed(text).intervals(start, end):
        if state == State.CLOSED or finish is None:
            continue
        why, _, past = comment.partition(PAST_MIDNIGHT)
        if past and finish.time() == time(0):
            finish = _wall(finish.date(), int(past))
        yield begin, finish, "open" if state == State.OPEN else "unknown", why if state == State.UNKNOWN else ""


def _joined(
    stretches: Iterator[tuple[datetime, datetime, str, str]],
) -> Iterator[tuple[datetime, datetime, str, str]]:
    """Touching stretches of one kind as one; where an open one and an unknown one overlap it is open."""
    last: Optional[tuple[datetime, datetime, str, str]] = None
    for now in stretches:
        if last is None or now[0] > last[1]:
            if last is not None:
                yield last
            last = now
        elif now[2:] == last[2:]:
            last = (last[0], max(last[1], now[1]), *last[2:])
        elif now[2] == "open":
            yield last[0], now[0], *last[2:]
            last = now
        else:
            yield last
            last = (last[1], max(last[1], now[1]), *now[2:])
    if last is not None:
        yield last


@lru_cache(maxsize=2048)
def _parsed(text: str) -> OpeningHours:
    try:
        return OpeningHours(_stated(text), timezone=ROME, country="IT")
    except ParserError as error:
        raise HoursError(_where(str(error), text), "run `orienta catalog lint`") from error


def _stated(text: str) -> str:
    """`text` with what it leaves unsaid marked as unknown, and with the hours past midnight kept in comments.

    The library ends an opening at midnight when a later rule speaks of the next day: `Fr 20:00-08:00; Sa 20:00-09:00`
    would be closed in the night to Saturday.

    Mo-Sa                   Mo-Sa unknown "days only"
    Mo 10:00-12:00,18:00+   Mo 10:00-12:00, Mo 18:00-24:00 unknown "open end>300"
    Fr 20:00-08:00          Fr 20:00-24:00 open ">480"
    """
    parts = _RULE_SEPARATOR.split(text)
    return "".join(part if number % 2 else _stated_rule(part.strip()) for number, part in enumerate(parts))


def _stated_rule(rule: str) -> str:
    plain = _COMMENT.sub("", rule).strip()
    if "24/7" in plain or _MODIFIER.search(plain):
        return rule
    plain = plain.removesuffix("open").strip()
    first = _TIME.search(plain)
    if first is None:
        return f'{plain} unknown "{DAYS_ONLY}"'
    selector, usual, special = plain[: first.start()].strip(), [], []
    for span in plain[first.start() :].split(","):
        match = _SPAN.fullmatch(span.strip())
        if match is None:
            usual.append(span.strip())
            continue
        start, end = _minutes(match[1]), _minutes(match[2]) if match[2] else None
        if end is not None and end <= start:
            end += DAY
        if end is not None and end <= DAY:
            usual.append(span.strip().removesuffix("+"))
        elif end is not None:
            special.append(f'{match[1]}-24:00 open "{PAST_MIDNIGHT}{end - DAY}"')
        if match[3] and (end or start) < DAY:
            special.append(f'{match[2] or match[1]}-24:00 unknown "{OPEN_END}{PAST_MIDNIGHT}{OPEN_END_PAST_MIDNIGHT}"')
    parts = [",".join(usual)] if usual else []
    return ", ".join(f"{selector} {part}".strip() for part in [*parts, *special])


def _minutes(clock: str) -> int:
    hour, minute = clock.split(":")
    return int(hour) * 60 + int(minute)


def _where(error: str, text: str) -> str:
    """The library's complaint in one line: where in the text it stopped."""
    column = re.search(r"--> \d+:(\d+)", error)
    rest = text[int(column[1]) - 1 :].strip() if column else ""
    return f"cannot be read from “{rest}” on" if rest else "cannot be read: something is missing at the end"


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(0), tzinfo=ROME)


def _wall(day: date, minutes: int) -> datetime:
    """The moment when Rome's clocks show so many minutes after the day's midnight."""
    moment = datetime.combine(day, time(0)) + timedelta(minutes=minutes)
    return moment.replace(tzinfo=ROME)


def _existing(moment: datetime) -> datetime:
    """The moment, moved on when it falls into the hour that spring skips: the library takes no such one."""
    return moment.astimezone(timezone.utc).astimezone(ROME)


def _elapsed(start: datetime, end: datetime) -> timedelta:
    """Real time between two moments: Python subtracts wall clocks within one zone."""
    return end.astimezone(timezone.utc) - start.astimezone(timezone.utc)
