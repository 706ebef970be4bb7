"""Appointments a month: counted in Rome's months, and nothing small is told."""

from __future__ import annotations

from datetime import date, datetime, timezone

import pytest

from appointments.indicators import Month, monthly
from appointments.models import Appointment, Resource
from storage.clock import ROME
from storage.database import SessionFactory, transaction

TODAY = date(2026, 11, 25)
NOVEMBER, OCTOBER = date(2026, 11, 1), date(2026, 10, 1)


def add(sessions: SessionFactory, starts_at: datetime, status: str, times: int) -> None:
    with transaction(sessions) as session:
        desk = session.query(Resource).filter_by(shop_id="latina").first()
        for number in range(times):
            id_ = f"{status}-{starts_at:%y%m%d%H%M}-{number}"
            session.add(
                Appointment(
                    id=id_,
                    shop_id="latina",
                    resource_id=desk.id,
                    service="documents",
                    person_key=id_,
                    language="bn",
                    code=id_,
                    starts_at=starts_at,
                    ends_at=starts_at,
                    status=status,
                    channel="web",
                    booked_at=starts_at,
                    changes=0,
                )
            )


@pytest.mark.parametrize(
    ("statuses", "wanted"),
    [
        ({}, (0, 0, 0)),
        ({"pending": 1}, (None, None, None)),
        ({"seen": 4}, (None, None, None)),
        ({"seen": 5}, (5, 5, None)),
        ({"seen": 5, "no_show": 4, "cancelled": 3}, (12, 5, None)),
        ({"seen": 6, "no_show": 5, "declined": 1}, (12, 6, 5)),
        ({"held": 9, "offered": 9}, (0, 0, 0)),
    ],
)
def test_small_numbers_are_left_out(
    shop: SessionFactory, statuses: dict[str, int], wanted: tuple[int | None, ...]
) -> None:
    for status, times in statuses.items():
        add(shop, datetime(2026, 11, 3, 9, tzinfo=timezone.utc), status, times)
    add(shop, datetime(2026, 10, 3, 9, tzinfo=timezone.utc), "seen", 7)
    assert monthly(shop, TODAY)["latina"][-2:] == (Month(OCTOBER, 7, 7, None), Month(NOVEMBER, *wanted))


def test_months_are_romes(shop: SessionFactory) -> None:
    add(shop, datetime(2026, 10, 31, 23, 59, tzinfo=ROME), "seen", 5)
    add(shop, datetime(2026, 11, 1, 0, 0, tzinfo=ROME), "seen", 6)
    add(shop, datetime(2026, 12, 1, 0, 0, tzinfo=ROME), "seen", 8)
    add(shop, datetime(2025, 11, 30, 23, 59, tzinfo=ROME), "seen", 9)
    found = monthly(shop, TODAY)["latina"]
    assert len(found) == 12 and found[0].month == date(2025, 12, 1)
    assert [one.seen for one in found] == [0] * 10 + [5, 6]


def test_a_city_without_appointments_is_left_out(shop: SessionFactory) -> None:
    assert monthly(shop, TODAY) == {}
