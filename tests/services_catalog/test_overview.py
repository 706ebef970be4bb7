"""Cities counted in SQL: the same as the quality of their sheets; what is past its lifetime as `is_stale` says it."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from services_catalog.freshness import LIFETIME_DAYS, is_stale, past_lifetime, report_wrong
from services_catalog.importer import entry_id, load_sheets
from services_catalog.lint import read_sheets
from services_catalog.models import Service
from services_catalog.overview import overview
from services_catalog.quality import quality
from services_catalog.sheets import PACKAGED
from services_catalog.vocabulary import CITIES
from storage.database import SessionFactory
from tests.conftest import FixedClock
from tests.services_catalog.factories import entry, sheet

TODAY = date(2026, 11, 25)
DATES = (
    None,
    "2024",
    "2026",
    "2026-05",
    "2026-05-28",
    "2026-05-29",
    "2026-08-27",
    "2026-10-11",
    "2026-10-12",
    "2026-11-11",
    "2026-11-10",
)


def test_a_citys_quality_is_that_of_its_sheet(sessions: SessionFactory, clock: FixedClock) -> None:
    sheets = read_sheets(PACKAGED)
    load_sheets(sessions, sheets, clock)
    found = {one.city: one for one in overview(sessions, TODAY)}
    assert set(found) == set(CITIES)
    for one in sheets:
        if one.city in CITIES:
            assert found[one.city].quality == quality(one, TODAY)
            assert found[one.city].stale == sum(
                is_stale(e.services, e.verified_on, e.source_date, TODAY) for e in one.entries
            )


def test_stops_a_shop_and_confidential_places_count_as_in_the_sheet(
    sessions: SessionFactory, clock: FixedClock
) -> None:
    entries = [
        entry("a", stops=[{"place": "Stazione", "hours": "Tu 20:00-22:00"}]),
        entry("b", services=["anti_violence"], confidential=True),
        entry("c", one_stop_shop=True, phones=["112"], verified_on="2026-11-20"),
        entry("d", one_stop_shop=True, verified_on="2025-11-20"),
    ]
    load_sheets(sessions, [sheet(*entries)], clock)
    (found,) = overview(sessions, TODAY, "latina")
    assert found.quality == quality(sheet(*entries), TODAY) and found.quality.facts.shop
    assert (found.entries, found.verified, found.stale) == (4, 2, 3)
    report_wrong(sessions, clock, entry_id("latina", "a"), "hours")
    assert overview(sessions, TODAY, "latina")[0].reports == 1


@pytest.mark.parametrize("verified", [True, False], ids=["verified", "source"])
def test_past_lifetime_in_sql_is_is_stale(sessions: SessionFactory, clock: FixedClock, verified: bool) -> None:
    kinds = [*([service] for service in LIFETIME_DAYS), ["health_care", "mobile_unit"], ["food", "legal_support"]]
    entries = [
        entry(
            f"e{number}-{at}",
            services=services,
            **({"verified_on": day} if verified and day and len(day) == 10 else {"source_date": day} if day else {}),
        )
        for number, services in enumerate(kinds)
        for at, day in enumerate(DATES)
    ]
    load_sheets(sessions, [sheet(*entries)], clock)
    with sessions() as session:
        found = set(session.execute(select(Service.key).where(past_lifetime(TODAY))).scalars())
    wanted = {one.key for one in entries if is_stale(one.services, one.verified_on, one.source_date, TODAY)}
    assert found == wanted and 0 < len(wanted) < len(entries)
