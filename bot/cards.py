"""One entry of the catalogue as lines that a person can follow on a small screen. Facts only; unknown is said."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Optional
from urllib.parse import urlsplit

from babel.dates import format_date, format_skeleton, get_day_names
from babel.units import format_unit

from bot.translations import N_, RIGHT_TO_LEFT, locale_of, translate
from storage.clock import ROME

FIRST_STRONG_ISOLATE, POP_ISOLATE = "\u2068", "\u2069"
RIGHT_TO_LEFT_MARK = "\u200f"

HOURS = {
    "always": N_("Open day and night"),
    "open_until": N_("Open now, until {time}"),
    "open": N_("Open now"),
    "opens": N_("Closed now. Opens {day} at {time}"),
    "closed": N_("Closed now"),
    "days": N_("Days: {days}. The hours are not known: ask before you go"),
    "unknown": N_("The opening hours are not known: ask before you go"),
    "today": N_("Today: {hours}"),
    "day": N_("{day}: {hours}"),
    "day_closed": N_("{day}: closed"),
}
TODAY, TOMORROW = N_("today"), N_("tomorrow")
FREE = N_("Free of charge")
COST = N_("Cost: {cost}")
COST_UNKNOWN = N_("Cost: not known, ask there")
WHO = N_("For: {who}")
WHO_UNKNOWN = N_("Who can go: not known, ask there")
IN_ITALIAN = N_("in Italian")
LANGUAGES_SPOKEN = N_("Languages spoken: {languages}")
NO_ADDRESS = N_("The address is not known")
NOT_VERIFIED = N_("Not yet checked by the city: ask before you go. Source: {source}, {date}.")
NOT_VERIFIED_NO_DATE = N_("Not yet checked by the city: ask before you go. Source: {source}, date not known.")
STALE = N_("Old information: it may have changed.")
APPOINTMENT_ONLY = N_("Only with an appointment")
LIVE = N_("The unit is here now, until {time}")
VERIFIED = N_("Checked by the city on {date}. Source: {source}.")


def isolated(text: str, language: str) -> str:
    """Text of unknown direction inside a sentence that runs from right to left (Unicode UAX #9, isolates)."""
    if language in RIGHT_TO_LEFT and text and not text.startswith(FIRST_STRONG_ISOLATE):
        return f"{FIRST_STRONG_ISOLATE}{text}{POP_ISOLATE}"
    return text


def directed(text: str, language: str) -> str:
    """The text with a mark before each line that would else not run from right to left in a language that does.

    A line takes its direction from its first letter, and isolates count for nothing in that (UAX #9, P2).
    """
    if language not in RIGHT_TO_LEFT:
        return text
    return "\n".join(
        line if not line.strip() or _runs_right_to_left(line) else f"{RIGHT_TO_LEFT_MARK}{line}"
        for line in text.split("\n")
    )


def _runs_right_to_left(line: str) -> bool:
    depth = 0
    for letter in line:
        kind = unicodedata.bidirectional(letter)
        if kind in ("FSI", "LRI", "RLI"):
            depth += 1
        elif kind == "PDI":
            depth -= 1
        elif not depth and kind in ("L", "R", "AL"):
            return kind != "L"
    return False


def card_lines(card: Mapping[str, Any], language: str, now: Optional[datetime], show: str = "all") -> list[str]:
    """The lines of a card. `show`: "all", "hours" or "requirements". `now` aware; None: no opening state is claimed."""
    lines = [f"▪️ {isolated(card['name'], language)}"]
    if show != "requirements":
        if show == "all":
            if card.get("address"):
                lines.append(f"📍 {isolated(card['address'], language)}")
            elif not card.get("phones"):
                lines.append(f"📍 {translate(language, NO_ADDRESS)}")
            if card.get("distance_m") is not None:
                lines.append(f"🚶 {distance(card['distance_m'], language)}")
        lines += _unit_lines(card, language, now)
        if not card.get("stops"):
            lines.append(f"🕘 {hours_text(card['hours'], language, now)}")
        lines += [f"⚠️ {_alert(alert, language)}" for alert in card.get("alerts", ())]
        if card.get("appointment_only"):
            lines.append(f"📅 {translate(language, APPOINTMENT_ONLY)}")
    if show != "hours":
        if card.get("free"):
            lines.append(f"💶 {translate(language, FREE)}")
        elif card.get("cost"):
            lines.append(f"💶 {_fill(language, COST, cost=_italian(card['cost'], language))}")
        else:
            lines.append(f"💶 {translate(language, COST_UNKNOWN)}")
        if card.get("who"):
            lines.append(f"👤 {_fill(language, WHO, who=_italian(card['who'], language))}")
        else:
            lines.append(f"👤 {translate(language, WHO_UNKNOWN)}")
    if card.get("languages") and show != "hours":
        names = (locale_of(language).languages.get(code, code) for code in card["languages"])
        lines.append(f"💬 {_fill(language, LANGUAGES_SPOKEN, languages=', '.join(names))}")
    for phone in card.get("phones", ()):
        lines.append(f"📞 {isolated(phone, language)}")
    lines.append(f"ℹ️ {source_text(card, language)}")
    if card.get("stale"):
        lines.append(f"🟠 {translate(language, STALE)}")
    # A line takes its direction from its first letter, and ℹ counts as one that runs from left to right (UAX #9, P2).
    return [f"{RIGHT_TO_LEFT_MARK}{line}" for line in lines] if language in RIGHT_TO_LEFT else lines


def _unit_lines(card: Mapping[str, Any], language: str, now: Optional[datetime]) -> list[str]:
    """Where a mobile unit stands, and where it is now when its staff share that."""
    lines = []
    if card.get("live"):
        until = _rome(card["live"]["until"])
        lines.append(f"🚐 {_fill(language, LIVE, time=f'{until:%H:%M}')}")
    for stop in card.get("stops", ()):
        lines.append(f"🚐 {isolated(stop['place'], language)}: {hours_text(stop['hours'], language, now)}")
    return lines


def _alert(alert: Mapping[str, Any], language: str) -> str:
    """The days and the words of a special day: "24 Dec – 6 Jan: …"; no end is written as none."""
    days = [date.fromisoformat(day) for day in dict.fromkeys((alert["first"], alert.get("last"))) if day]
    told = " – ".join(format_date(day, "d MMM", locale=locale_of(language)) for day in days)
    return f"{told}{'' if alert.get('last') else ' –'}: {_italian(alert['note'], language)}"


def distance(metres: int, language: str) -> str:
    """As CLDR writes it, to ten metres below a kilometre and to a tenth above."""
    if metres < 995:
        return str(format_unit(max(10, round(metres, -1)), "length-meter", "short", locale=locale_of(language)))
    return str(format_unit(round(metres / 1000, 1), "length-kilometer", "short", locale=locale_of(language)))


def hours_text(hours: Mapping[str, Any], language: str, now: Optional[datetime]) -> str:
    """One line on whether it is open, until when or from when, today's hours, and those of a day that was asked about."""
    state = hours.get("state", "unknown")
    if state == "always":
        return translate(language, HOURS["always"])
    if state == "unknown" or now is None:
        days = hours.get("days") or ()
        if days:
            names = get_day_names("abbreviated", locale=locale_of(language))
            return _fill(language, HOURS["days"], days=", ".join(names[number] for number in days))
        return translate(language, HOURS["unknown"])
    if state == "open":
        until = _rome(hours.get("until"))
        text = (
            _fill(language, HOURS["open_until"], time=f"{until:%H:%M}") if until else translate(language, HOURS["open"])
        )
    else:
        opening = _rome(hours.get("next_opening"))
        if opening:
            day = _relative_day(opening.date(), now.astimezone(ROME).date(), language)
            text = _fill(language, HOURS["opens"], day=day, time=f"{opening:%H:%M}")
        else:
            text = translate(language, HOURS["closed"])
    if hours.get("today"):
        text = f"{text}. {_fill(language, HOURS['today'], hours=_spans(hours['today']))}"
    if hours.get("asked"):
        day = format_date(date.fromisoformat(hours["asked"]["date"]), "EEEE d MMMM", locale=locale_of(language))
        spans = _spans(hours["asked"]["spans"])
        text = f"{text}. {_fill(language, HOURS['day' if spans else 'day_closed'], day=day, hours=spans)}"
    return text


def _spans(pairs: Iterable[Sequence[str]]) -> str:
    return ", ".join(f"{start}-{end}" if end else start for start, end in pairs)


def source_text(card: Mapping[str, Any], language: str) -> str:
    """Where the facts come from, how old they are, and whether the city has checked them."""
    source = isolated(urlsplit(card["source_url"]).netloc.removeprefix("www."), language)
    if card.get("verified_on"):
        checked = format_date(date.fromisoformat(card["verified_on"]), "d MMMM y", locale=locale_of(language))
        return _fill(language, VERIFIED, date=checked, source=source)
    if not card.get("source_date"):
        return _fill(language, NOT_VERIFIED_NO_DATE, source=source)
    return _fill(language, NOT_VERIFIED, source=source, date=partial_date(card["source_date"], language))


def partial_date(value: str, language: str) -> str:
    """A date known to the year, the month or the day (2024, 2024-12, 2024-12-05) as CLDR writes it."""
    parts = [int(part) for part in value.split("-")]
    year, month, day = (*parts, 1, 1)[:3]
    if len(parts) == 2:
        # Not "LLLL y": Babel 2.18 gives the stand-alone months of the first language asked for to the others, too.
        return str(format_skeleton("yMMMM", date(year, month, day), locale=locale_of(language)))
    return format_date(date(year, month, day), "y" if len(parts) == 1 else "d MMMM y", locale=locale_of(language))


def _relative_day(day: date, today: date, language: str) -> str:
    if day == today:
        return translate(language, TODAY)
    if day == today + timedelta(days=1):
        return translate(language, TOMORROW)
    return format_date(day, "EEEE d MMMM" if day - today > timedelta(days=6) else "EEEE", locale=locale_of(language))


def _italian(text: str, language: str) -> str:
    """A free text that exists in Italian only, marked as such for everybody else."""
    return text if language == "it" else f"{isolated(text, language)} ({translate(language, IN_ITALIAN)})"


def _fill(language: str, msgid: str, **values: str) -> str:
    return translate(language, msgid).format(**{key: isolated(value, language) for key, value in values.items()})


def _rome(iso: Optional[str]) -> Optional[datetime]:
    return datetime.fromisoformat(iso).astimezone(ROME) if iso else None
