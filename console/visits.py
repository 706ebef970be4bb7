"""What was said in a visit to the web chat, in this process's memory only: a page without JavaScript shows it again.

Half an hour after the last word, when the person has everything deleted, or when the process ends, it is gone.
"""

from __future__ import annotations

import secrets
from collections import OrderedDict, deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Optional

from storage.clock import Clock

STAYS = timedelta(minutes=30)
MAX_VISITS = 1000
MAX_SAID = 40
MAX_CHARACTERS = 4000


@dataclass(frozen=True)
class Said:
    """One message. `who`: `me` (the person) or `bot`; `language` None when it is not known; `rows`: buttons beside each other,
    each with `title` and `payload`, `url` or `voice`; `file`: `{"name", "address"}`.
    """

    who: str
    text: str
    language: Optional[str] = None
    rows: tuple[tuple[dict[str, Any], ...], ...] = ()
    file: Optional[dict[str, str]] = None


@dataclass(frozen=True)
class Heard:
    """What a button reads aloud. `keep`: it holds nothing of a person."""

    text: str
    language: str
    keep: bool


@dataclass
class Visit:
    """`sounds`, `files`: by the unguessable last part of their address."""

    ends_at: datetime
    said: deque[Said] = field(default_factory=lambda: deque(maxlen=MAX_SAID))
    sounds: OrderedDict[str, Heard] = field(default_factory=OrderedDict)
    files: OrderedDict[str, dict[str, str]] = field(default_factory=OrderedDict)

    @property
    def language(self) -> Optional[str]:
        """In which the assistant answered last."""
        return next((one.language for one in reversed(self.said) if one.language), None)

    def add(self, who: str, text: str) -> None:
        self.said.append(Said(who, text[:MAX_CHARACTERS]))

    def keep_sound(self, heard: Heard) -> str:
        return _keep(self.sounds, heard)

    def keep_file(self, file: dict[str, str]) -> str:
        return _keep(self.files, file)

    def title_of(self, payload: str) -> Optional[str]:
        """What stands on the newest button with this payload."""
        for said in reversed(self.said):
            for row in said.rows:
                for button in row:
                    if button.get("payload") == payload:
                        return str(button["title"])
        return None


class Visits:
    """By the person's pseudonym."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._visits: OrderedDict[str, Visit] = OrderedDict()

    def of(self, sender: str) -> Visit:
        """The visit that goes on, or a new one."""
        now = self._clock()
        for other in [key for key, visit in self._visits.items() if visit.ends_at <= now]:
            del self._visits[other]
        visit = self._visits.pop(sender, None) or Visit(now)
        visit.ends_at = now + STAYS
        self._visits[sender] = visit  # the newest last
        if len(self._visits) > MAX_VISITS:
            self._visits.popitem(last=False)
        return visit

    def forget(self, sender: str) -> None:
        self._visits.pop(sender, None)


def _keep(things: OrderedDict[str, Any], thing: Any) -> str:
    id_ = secrets.token_urlsafe(16)
    things[id_] = thing
    if len(things) > MAX_SAID:
        things.popitem(last=False)
    return id_
