"""Time is passed in, never read deep inside: every use case takes a `Clock`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone
from zoneinfo import ZoneInfo

Clock = Callable[[], datetime]
"""Returns the present moment as an aware datetime in UTC."""

ROME = ZoneInfo("Europe/Rome")
"""What people are shown, and what opening hours and weekly plans are written in."""


def utc_now() -> datetime:
    return datetime.now(timezone.utc)
