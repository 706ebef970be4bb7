"""What staff of the one-stop shops do on Telegram: link their account, and share where a mobile unit is.

`/start staff_<code>` links (the code comes from the console); a live location moves the unit of the account until it ends. All
other messages of theirs are answered like anybody's.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Optional

from services_catalog.freshness import UnknownEntry
from services_catalog.places import Position
from services_catalog.units import LONGEST, share_position, stop_sharing, units_of
from storage.clock import ROME, Clock
from storage.database import SessionFactory
from storage.keys import Keyring
from storage.staff_links import link, linked_person

_CODE = re.compile(r"/start(?:@\w+)?\s+staff_([0-9a-f]{16})\s*", re.IGNORECASE)
WORDS = {
    "it": {
        "linked": "✅ Questo Telegram è collegato all'utente {name}.",
        "wrong": "❌ Questo codice non vale più. Fanne uno nuovo nella pagina del tuo utente.",
        "shared": "📍 {unit}: la posizione si vede fino alle {until}. Per toglierla prima, smetti di condividerla.",
        "stopped": "📍 {unit}: la posizione non si vede più.",
        "no_unit": "Al tuo utente non è collegata un'unità di strada: nessuno vede questa posizione. Sceglila nella tua pagina.",
    },
    "en": {
        "linked": "✅ This Telegram is linked to the account {name}.",
        "wrong": "❌ This code does not count any more. Make a new one on the page of your account.",
        "shared": "📍 {unit}: the position can be seen until {until}. To take it away sooner, stop sharing it.",
        "stopped": "📍 {unit}: the position cannot be seen any more.",
        "no_unit": "No mobile unit is linked to your account: nobody sees this position. Choose one on the page of your account.",
    },
}
"""What staff read, in the languages of the console."""


def staff_code(text: Optional[str]) -> Optional[str]:
    """The code that somebody writes to link their account; None where the text is something else."""
    found = _CODE.fullmatch(text or "")
    return found[1].lower() if found else None


class StaffDesk:
    """The staff's side of the channel over one database."""

    def __init__(self, sessions: SessionFactory, keyring: Keyring, clock: Clock) -> None:
        self._sessions = sessions
        self._keyring = keyring
        self._clock = clock

    def link(self, code: str, chat_id: int, person_key: str, language: str) -> str:
        """What is said to whoever writes a code."""
        address = self._keyring.encrypt(str(chat_id))
        found = link(self._sessions, self._clock, code=code, person_key=person_key, address_encrypted=address)
        if found is None:
            return WORDS[language if language in WORDS else "it"]["wrong"]
        return WORDS[found.language]["linked"].format(name=found.account_name)

    def located(self, person_key: str, position: Position, lasting: timedelta, moved: bool) -> Optional[str]:
        """What is said to somebody who shares a live location; "" when nothing need be, None when they are no staff.

        Args:
            lasting: for how long it is shared; nothing: it is not shared any more.
            moved: an update of a location that is shared already.
        """
        staff = linked_person(self._sessions, person_key)
        if staff is None:
            return None
        words, unit = WORDS[staff.language], units_of(self._sessions, *staff.cities).get(staff.unit_id or "")
        if unit is None or staff.unit_id is None:
            return "" if moved else words["no_unit"]
        if not lasting:
            stop_sharing(self._sessions, staff.unit_id)
            return words["stopped"].format(unit=unit)
        try:
            share_position(self._sessions, self._clock, staff.unit_id, *position, lasting)
        except UnknownEntry:
            return "" if moved else words["no_unit"]
        until = (self._clock() + min(lasting, LONGEST)).astimezone(ROME)
        return "" if moved else words["shared"].format(unit=unit, until=f"{until:%H:%M}")
