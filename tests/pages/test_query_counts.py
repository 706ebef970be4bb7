"""How many statements the lists of the console take: as many for much as for little. Wednesday 2026-11-25, 09:00 in Rome."""

from __future__ import annotations

from datetime import timedelta

import pytest

from appointments.waiting import join_waiting_list
from console import accounts
from storage.database import SessionFactory
from tests.conftest import FixedClock
from tests.pages.conftest import PASSWORD, Staff, book, counted, rome

PINNED = {"/appointments": 6, "/week": 4, "/waiting": 2, "/plan": 8, "/interpreters": 3, "/accounts": 4, "/audit": 2}
"""Statements of a page at most, the one that finds out who asks among them; PostgreSQL's settings do not count."""


@pytest.mark.parametrize("page", PINNED)
def test_a_list_takes_as_many_statements_for_much_as_for_little(
    staff: Staff, shop: SessionFactory, clock: FixedClock, page: str
) -> None:
    staff.log_in("ada")
    counts = []
    for filled in (False, True):
        if filled:
            for number in range(8):
                book(shop, clock, f"tg-{number}", starts_at=rome(25, 10) + timedelta(minutes=30 * (number // 2)))
                accounts.add_account(shop, clock, name=f"more{number}", password=PASSWORD, role="admin")
            for number in range(8):  # whoever waits is offered what is free
                join_waiting_list(
                    shop,
                    clock,
                    city="latina",
                    service=("shower", "documents")[number % 2],
                    person_key=f"w-{number}",
                    language="bn",
                    channel="telegram",
                    address_encrypted="x",
                )
        staff.client.get(page, params={"city": "latina"})  # a plan is read once after it changed
        with counted() as seen:
            assert staff.client.get(page, params={"city": "latina"}).status_code == 200
        counts.append(len(seen))
    assert counts[0] == counts[1] <= PINNED[page], (page, counts)
