"""What is typed with a leading slash, and what a link brings with it.

Deep links are `https://t.me/<bot>?start=<city>_<service>_<language>`, each part may be left out: Telegram sends them as
`/start latina_night_shelter_ar` (https://core.telegram.org/bots/features#deep-linking).
"""

from __future__ import annotations

import re
from typing import Optional

from bot.nlu.text import cut
from bot.payloads import rasa_payload
from bot.translations import N_
from services_catalog.vocabulary import CITIES, LANGUAGES, SERVICES

COMMANDS = {
    "start": "/start",
    "menu": "/menu",
    "language": "/set_language",
    "city": "/set_city",
    "appointment": "/view_appointment",
    "help": "/help",
    "mydata": "/my_data",
    "forget": "/delete_my_data",
}
"""What each command sends to the assistant. Anything else with a leading slash is text (RASA.md, T1)."""

DESCRIPTIONS: dict[str, tuple[str, str]] = {
    "start": ("👋", N_("Start")),
    "menu": ("☰", N_("Menu")),
    "language": ("🌐", N_("Language")),
    "city": ("🏙", N_("City")),
    "appointment": ("🗓", N_("My appointments")),
    "help": ("❔", N_("How this works")),
    "mydata": ("👁", N_("What I keep about you")),
    "forget": ("🔒", N_("Delete my data")),
}
"""What Telegram's list of commands says of each: pictogram and msgid."""

_SLASHES = re.compile(r"[\s/]*")


def as_assistant_text(text: Optional[str]) -> Optional[str]:
    """What the assistant gets for what was typed: our commands as intents, everything else as words."""
    return command(text) or as_words(text)


def command(text: Optional[str]) -> Optional[str]:
    """The assistant's text for one of our commands with what stands behind it; None for everything else."""
    seen = cut(text or "").strip()
    if not seen.startswith("/"):
        return None
    name, _, rest = seen[1:].partition(" ")
    name = name.partition("@")[0].casefold()
    if name not in COMMANDS:
        return None
    return rasa_payload(COMMANDS[name].removeprefix("/"), _entities(name, rest.strip().casefold()))


def as_words(text: Optional[str]) -> Optional[str]:
    """A text without leading slashes, which would be read as an intent; None when nothing is left of it.

    Control and direction characters count as blanks, as they do for the assistant: it would see an intent behind one.
    """
    seen = cut(text or "").strip()
    if text is None or not seen:
        return None
    if not seen.startswith("/"):
        return text
    while (lead := _SLASHES.match(cut(text))) and lead.end():
        text = text[lead.end() :]
    return text.rstrip() or None


def start_parameter(city: Optional[str] = None, service: Optional[str] = None, language: Optional[str] = None) -> str:
    """What stands behind `?start=` of a link: at most 64 letters, digits and underscores."""
    return "_".join(part for part in (city, service, language) if part)


def _entities(name: str, rest: str) -> dict[str, str]:
    if name == "start":
        return _of_link(rest)
    if name == "city":
        return {"city": rest} if rest in CITIES else {}
    if name == "language":
        codes = {language.endonym.casefold(): code for code, language in LANGUAGES.items()}
        code = codes.get(rest, rest)
        return {"language": code} if code in LANGUAGES else {}
    return {}


def _of_link(parameter: str) -> dict[str, str]:
    """City, service and language of a link; what is none of ours is as if it were not there."""
    parts = parameter.split("_")
    found: dict[str, str] = {}
    if parts and parts[0] in CITIES:
        found["city"] = parts.pop(0)
    if parts and parts[-1] in LANGUAGES:
        found["language"] = parts.pop()
    if (service := "_".join(parts)) in SERVICES:
        found["service"] = service
    return found
