"""What is past its lifetime, what people say is wrong, and the queue that both make."""

from __future__ import annotations

import threading
from datetime import date

import pytest
from sqlalchemy import select

from services_catalog.freshness import (
    LIFETIME_DAYS,
    UnknownEntry,
    close_reports,
    is_stale,
    note_feedback,
    queue,
    report_wrong,
    verify,
)
from services_catalog.importer import entry_id, load_sheets
from services_catalog.models import Report
from services_catalog.search import find, get_entry
from services_catalog.vocabulary import SERVICES
from storage.database import SessionFactory
from tests.conftest import FixedClock
from tests.services_catalog.factories import entry, sheet

A = entry_id("latina", "a")


def test_each_service_has_a_lifetime_and_the_network_s_own_stand() -> None:
    assert set(LIFETIME_DAYS) == set(SERVICES)
    named = {"mobile_unit": 14, "food": 45, "shower": 45, "night_shelter": 60, "housing": 90, "health_care": 180}
    assert {service: LIFETIME_DAYS[service] for service in named} == named


@pytest.mark.parametrize(
    ("services", "verified_on", "source_date", "stale"),
    [
        (["food"], date(2026, 10, 11), None, False),  # 45 days
        (["food"], date(2026, 10, 10), None, True),
        (["food"], date(2026, 10, 11), "2019", False),  # what the city says counts more than the source
        (["food"], date(2026, 1, 1), "2026-11", True),
        (["housing"], None, "2026-09", False),
        (["housing"], None, "2026", True),  # known no better than from 1 January
        (["housing", "mobile_unit"], None, "2026-11-01", True),  # the shortest life decides
        (["housing"], None, None, True),
    ],
)
def test_is_stale(services: list[str], verified_on: date | None, source_date: str | None, stale: bool) -> None:
    assert is_stale(services, verified_on, source_date, date(2026, 11, 25)) is stale


def fill(sessions: SessionFactory, clock: FixedClock) -> None:
    load_sheets(
        sessions,
        [
            sheet(
                entry("fresh", source_date="2026-11-20"),
                entry("old", source_date="2026-01", phones=["0773 6553204"]),
                entry("undated"),
                entry("a", source_date="2026-11-20"),
            ),
            sheet(entry("elsewhere"), city="roma"),
        ],
        clock,
    )


def test_the_queue_has_what_people_report_first_then_the_oldest(sessions: SessionFactory, clock: FixedClock) -> None:
    fill(sessions, clock)
    report_wrong(sessions, clock, A, "hours")
    report_wrong(sessions, clock, A, "hours")
    report_wrong(sessions, clock, A, "closed")
    note_feedback(sessions, clock, "latina")
    found = queue(sessions, clock(), "latina")
    assert [(one.key, one.days_over) for one in found.entries] == [("a", 0), ("undated", None), ("old", 283)]
    assert found.entries[0].reported == {"closed": 1, "hours": 2}
    assert (found.entries[2].phones, found.entries[2].source_url) == (("0773 6553204",), "https://example.org/a")
    assert found.feedback == {"latina": 1}
    assert [one.key for one in queue(sessions, clock()).entries] == ["a", "undated", "elsewhere", "old"]


def test_a_report_keeps_nothing_of_the_person(sessions: SessionFactory, clock: FixedClock) -> None:
    fill(sessions, clock)
    report_wrong(sessions, clock, A, "other")
    with sessions() as session:
        (row,) = session.execute(select(Report.__table__)).mappings()
    kept = {name for name, value in row.items() if value is not None}
    assert kept == {"id", "city", "service_id", "aspect", "times", "first_at", "last_at", "open_key"}
    assert row["open_key"] == f"{A}:other"


def test_verified_means_fresh_and_done_and_a_later_report_is_a_new_one(
    sessions: SessionFactory, clock: FixedClock
) -> None:
    fill(sessions, clock)
    undated = entry_id("latina", "undated")
    report_wrong(sessions, clock, undated, "place")
    clock.advance(minutes=1)
    verify(sessions, clock, undated, "desk")
    card = get_entry(sessions, undated, clock())
    assert card is not None
    assert (card.stale, card.verified_on) == (False, "2026-11-25")
    assert "undated" not in [one.key for one in queue(sessions, clock()).entries]
    report_wrong(sessions, clock, undated, "place")
    assert next(one for one in queue(sessions, clock()).entries if one.key == "undated").reported == {"place": 1}
    assert close_reports(sessions, clock, undated, "desk") == 1
    # the sheet says nothing new: the check stands
    assert "latina/undated" in load_sheets(sessions, [sheet(entry("undated"))], clock).unchanged


def test_of_what_is_not(sessions: SessionFactory, clock: FixedClock) -> None:
    for work in (lambda: report_wrong(sessions, clock, A, "hours"), lambda: verify(sessions, clock, A, "desk")):
        with pytest.raises(UnknownEntry):
            work()
    with pytest.raises(ValueError, match="one of hours"):
        report_wrong(sessions, clock, A, "colour")


def test_many_who_say_it_at_once_make_one_item(sessions: SessionFactory, clock: FixedClock) -> None:
    fill(sessions, clock)
    errors = []

    def say() -> None:
        try:
            report_wrong(sessions, clock, A, "hours")
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=say) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    with sessions() as session:
        assert session.execute(select(Report.times)).scalars().all() == [8]


def test_what_is_past_its_lifetime_stands_lower(sessions: SessionFactory, clock: FixedClock) -> None:
    load_sheets(
        sessions,
        [
            sheet(
                entry("a-old", verified_on=date(2026, 1, 1)),
                entry("b-source", source_date="2026-11"),
                entry("c-checked", verified_on=date(2026, 11, 1)),
                entry("d-undated"),
            )
        ],
        clock,
    )
    found = find(sessions, "latina", "food", clock(), limit=9)
    assert [card.key for card in found.cards] == ["c-checked", "b-source", "a-old", "d-undated"]
