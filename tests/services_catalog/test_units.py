"""A mobile unit's position: shown while it lasts, moved by the next one, gone by itself."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services_catalog.freshness import UnknownEntry
from services_catalog.importer import entry_id, load_sheets
from services_catalog.search import get_entry, nearest
from services_catalog.units import LONGEST, forget_old_positions, share_position, stop_sharing, units_of
from storage.database import SessionFactory
from tests.conftest import FixedClock
from tests.services_catalog.factories import entry, sheet

UNIT = entry_id("latina", "unit")


def test_shared_moved_and_gone(sessions: SessionFactory, clock: FixedClock) -> None:
    load_sheets(sessions, [sheet(entry("unit", services=["mobile_unit"]), entry("a"))], clock)
    assert units_of(sessions, "latina") == {UNIT: "Unit"}
    hour = timedelta(hours=1)
    share_position(sessions, clock, UNIT, 41.4, 12.8, hour)
    share_position(sessions, clock, UNIT, 41.47, 12.9, hour)
    card = get_entry(sessions, UNIT, clock())
    assert card is not None and card.live is not None
    assert (card.live["latitude"], card.contactable) == (41.47, True)
    (found,) = nearest(sessions, 41.47, 12.9, "mobile_unit", clock()).cards
    assert (found.key, found.distance_m) == ("unit", 0)
    clock.advance(hours=1)
    assert get_entry(sessions, UNIT, clock()).live is None
    assert nearest(sessions, 41.47, 12.9, "mobile_unit", clock()).cards[0].distance_m is None
    assert (forget_old_positions(sessions, clock), forget_old_positions(sessions, clock)) == (1, 0)
    share_position(sessions, clock, UNIT, 41.47, 12.9, timedelta(days=9))
    clock.advance(seconds=LONGEST.total_seconds() - 1)
    assert get_entry(sessions, UNIT, clock()).live is not None
    stop_sharing(sessions, UNIT)
    assert get_entry(sessions, UNIT, clock()).live is None


def test_only_a_unit_and_only_on_earth(sessions: SessionFactory, clock: FixedClock) -> None:
    load_sheets(sessions, [sheet(entry("a"))], clock)
    with pytest.raises(UnknownEntry):
        share_position(sessions, clock, entry_id("latina", "a"), 41, 12, LONGEST)
    with pytest.raises(ValueError, match="earth"):
        share_position(sessions, clock, entry_id("latina", "a"), 91, 12, LONGEST)
