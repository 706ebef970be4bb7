"""200 attempts from 16 processes for 3 seats: three succeed. The control: without the constraint more do."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, func, select, text
from sqlalchemy.schema import AddConstraint, DropConstraint

from appointments import booking
from appointments.booking import SlotTaken
from appointments.models import Appointment, SlotClaim
from appointments.shops import load_shops
from storage.database import Engine, SessionFactory
from tests.appointments.conftest import SHEET, know_the_shop
from tests.appointments.processes import together
from tests.appointments.test_booking import rome
from tests.conftest import FixedClock

PROCESSES, ATTEMPTS, SEATS = 16, 200, 3
CONSTRAINT = "uq_slot_claim_shop_id_resource_id_cell_seat"


@pytest.fixture
def three_seats(sessions: SessionFactory, tmp_path: Path) -> Iterator[SessionFactory]:
    folder = tmp_path / "shops"
    folder.mkdir()
    (folder / "latina.yml").write_text(SHEET.replace("seats: 2", f"seats: {SEATS}"))
    load_shops(sessions, folder)
    know_the_shop(sessions, "latina")
    yield sessions


def attempts(url: str, clock: FixedClock, pause: float = 0) -> list[str]:
    """What became of each: the id of the booking, or how many alternatives were offered.

    `pause`: seconds between looking for a free seat and taking it.
    """

    def work(sessions: SessionFactory, which: int) -> list[str]:
        found = []
        if pause:
            event.listen(sessions.kw["bind"], "before_cursor_execute", pause_before_taking)

        for number in range(which, ATTEMPTS, PROCESSES):
            try:
                made = booking.book(
                    sessions, clock, city="latina", service="shower", starts_at=rome(26, 9), person_key=f"tg-{number}",
                    language="bn", channel="telegram", address_encrypted="secret",
                )  # fmt: skip
                found.append(f"booked {made.id}")
            except SlotTaken as taken:
                found.append(f"taken, {len(taken.alternatives)} others")
        return found

    def pause_before_taking(_: Any, __: Any, statement: str, *___: Any) -> None:
        if statement.startswith("INSERT INTO slot_claim"):
            time.sleep(pause)

    return together(url, PROCESSES, work)


def test_three_seats_for_two_hundred(three_seats: SessionFactory, database_url: str, clock: FixedClock) -> None:
    results = attempts(database_url, clock)
    assert len(results) == ATTEMPTS
    assert sum(one.startswith("booked") for one in results) == SEATS
    assert results.count("taken, 3 others") == ATTEMPTS - SEATS
    with three_seats() as session:
        assert session.execute(select(func.count()).select_from(Appointment)).scalar() == SEATS
        claims = session.execute(select(SlotClaim.cell, SlotClaim.seat)).all()
    cells = {cell for cell, _ in claims}
    assert sorted(map(tuple, claims)) == sorted(itertools.product(cells, range(SEATS)))


def test_without_the_constraint_the_race_exists(
    three_seats: SessionFactory, database_url: str, engine: Engine, clock: FixedClock
) -> None:
    """The control test. SQLite's write lock hides the race where check and insert share a transaction, so there the check
    is done blindly as well: without the constraint nothing else keeps two from one seat."""
    constraint = next(one for one in SlotClaim.__table__.constraints if one.name == CONSTRAINT)
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(DropConstraint(constraint))
        else:
            rows = connection.execute(text("SELECT sql FROM sqlite_master WHERE name = 'slot_claim'")).scalar_one()
            bare = rows.replace(f"CONSTRAINT {CONSTRAINT} UNIQUE", "CHECK (1) --")
            assert bare != rows
            connection.execute(text("DROP TABLE slot_claim"))
            connection.execute(text(bare))
    try:
        with pytest.MonkeyPatch.context() as patch:
            if engine.dialect.name == "sqlite":
                patch.setattr("appointments.agenda.taken_cells", lambda *_: {})
            results = attempts(database_url, clock, pause=0.02)
        assert sum(one.startswith("booked") for one in results) > SEATS
    finally:
        if engine.dialect.name == "postgresql":  # the next test has the same database
            with engine.begin() as connection:
                connection.execute(text("DELETE FROM slot_claim"))
                connection.execute(AddConstraint(constraint))
