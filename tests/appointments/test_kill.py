"""SIGKILL at every step: of a booking, a move, a cancellation, the staff's deeds, the outbox. Whole or not at all."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from appointments import booking, desk, plan
from appointments.models import Appointment, AppointmentEvent, NoticeRow, SlotClaim
from appointments.outbox import LEASE, Notice, deliver_due
from appointments.slots import Slot, cells_of
from appointments.waiting import accept_offer, join_waiting_list, open_offers
from storage.database import SessionFactory
from tests.appointments.processes import in_process
from tests.appointments.test_booking import book, rome
from tests.conftest import FixedClock

Work = Callable[[SessionFactory], Any]


def whole(sessions: SessionFactory) -> None:
    """Each live appointment has exactly its claims, its audit and its reminders; nothing hangs on what is not there."""
    with sessions() as session:
        rows = {row.id: row for row in session.execute(select(Appointment)).scalars()}
        claims = session.execute(
            select(SlotClaim.appointment_id, SlotClaim.resource_id, SlotClaim.seat, SlotClaim.cell)
        ).all()
        events = set(session.execute(select(AppointmentEvent.appointment_id)).scalars())
        waiting = session.execute(
            select(NoticeRow.appointment_id, NoticeRow.kind).where(NoticeRow.outcome.is_(None))
        ).all()
    wanted = {
        (row.id, row.resource_id, row.seat, cell)
        for row in rows.values()
        if row.status in ("pending", "confirmed", "held", "offered", "seen", "no_show")
        for cell in cells_of(Slot(row.starts_at, row.ends_at))
    }
    assert set(map(tuple, claims)) == wanted and len(claims) == len(wanted)
    for row in rows.values():
        assert row.status == "held" or row.moves or row.id in events
        reminded = {kind for id_, kind in waiting if id_ == row.id and kind.startswith("reminder")}
        assert row.status in ("pending", "confirmed") or not reminded, "orphan reminder"
    assert {id_ for id_, _ in waiting if id_} <= set(rows)


def killed_everywhere(sessions: SessionFactory, url: str, work: Work, out: Path) -> int:
    """Kill the work before its first statement, its second … until it comes to its end. Returns how often it was killed."""
    for kill_at in range(1, 80):
        code = in_process(url, work, kill_at, out)
        whole(sessions)
        if code != -9:
            assert code == 0, out.read_text()
            return kill_at - 1
    raise AssertionError("it never ends")


def test_booking(shop: SessionFactory, database_url: str, clock: FixedClock, tmp_path: Path) -> None:
    """After the restart Telegram's update is worked on again: the booking that is there is told, or made now."""
    assert killed_everywhere(shop, database_url, lambda sessions: book(sessions, clock).code, tmp_path / "out") >= 8
    (made,) = booking.appointments_of(shop, clock, "tg-1")
    assert (tmp_path / "out").read_text() == made.code
    with shop() as session:
        kinds = session.execute(select(NoticeRow.kind)).scalars().all()
    assert kinds == ["reminder_hours"], "nine tomorrow is no day ahead any more"
    assert in_process(database_url, lambda sessions: book(sessions, clock).code, out=tmp_path / "again") == 0
    assert (tmp_path / "again").read_text() == made.code, "killed after the commit: told all the same"


def test_holding_moving_cancelling(shop: SessionFactory, database_url: str, clock: FixedClock, tmp_path: Path) -> None:
    asked = {"city": "latina", "service": "documents", "person_key": "tg-1"}
    hold: Work = lambda s: booking.hold(s, clock, starts_at=rome(26, 9), **asked)  # noqa: E731 - named for the reader
    assert killed_everywhere(shop, database_url, hold, tmp_path / "out") >= 5
    code = book(shop, clock).code
    move: Work = lambda s: booking.reschedule(s, clock, person_key="tg-1", code=code, starts_at=rome(26, 10))  # noqa: E731
    assert killed_everywhere(shop, database_url, move, tmp_path / "out") >= 8
    assert [one.starts_at for one in booking.appointments_of(shop, clock, "tg-1")] == [rome(26, 10)]
    cancel: Work = lambda s: booking.cancel(s, clock, person_key="tg-1", code=code)  # noqa: E731
    assert killed_everywhere(shop, database_url, cancel, tmp_path / "out") >= 5
    assert booking.appointments_of(shop, clock, "tg-1") == []


def test_the_staffs_deeds_are_told_exactly_when_they_are_done(
    shop: SessionFactory, database_url: str, clock: FixedClock, tmp_path: Path
) -> None:
    made = book(shop, clock)
    about: dict[str, Any] = {"appointment_id": made.id, "city": "latina", "staff": "anna"}
    works: list[tuple[str, Work]] = [
        ("moved", lambda s: desk.move_by_staff(s, clock, starts_at=rome(26, 10), **about)),
        ("closed", lambda s: plan.close_day(s, clock, city="latina", day=made.starts_at.date(), staff="anna")),
    ]
    for kind, work in works:
        assert killed_everywhere(shop, database_url, work, tmp_path / "out") >= 8
        with shop() as session:
            assert session.execute(select(NoticeRow.kind).where(NoticeRow.kind == kind)).all() == [(kind,)]


def test_a_place_that_frees_is_offered_and_taken(
    shop: SessionFactory, database_url: str, clock: FixedClock, tmp_path: Path
) -> None:
    codes = [
        book(shop, clock, person=f"tg-{hour}", service="legal_support", starts_at=rome(26, hour)).code
        for hour in (9, 10, 11, 12)
    ]
    join_waiting_list(
        shop, clock, city="latina", service="legal_support", person_key="tg-1", language="fr", channel="telegram",
        address_encrypted="secret",
    )  # fmt: skip
    cancel: Work = lambda s: booking.cancel(s, clock, person_key="tg-9", code=codes[0])  # noqa: E731
    assert killed_everywhere(shop, database_url, cancel, tmp_path / "out") >= 12
    (offer,) = open_offers(shop, clock, "tg-1")
    take: Work = lambda s: accept_offer(s, clock, person_key="tg-1", code=offer.code)  # noqa: E731
    assert killed_everywhere(shop, database_url, take, tmp_path / "out") >= 5
    assert booking.appointments_of(shop, clock, "tg-1")[0].code == offer.code


# -- the outbox --


class FileSender:
    """Telegram, as a file with a line a message."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def send(self, address: str, notice: Notice) -> None:
        with self.path.open("a") as file:
            file.write(f"{address} {notice.kind} {notice.params['code']}\n")


def test_a_worker_killed_anywhere_loses_nothing_and_repeats_only_what_telegram_cannot_tell(
    shop: SessionFactory, database_url: str, clock: FixedClock, tmp_path: Path
) -> None:
    """At each statement of the delivery in turn. What was taken by Telegram but not written down comes once more."""
    made = book(shop, clock)
    booking.set_status(shop, clock, appointment_id=made.id, city="latina", status="confirmed", staff="anna")
    repeated = 0
    for kill_at in range(1, 40):
        sent = tmp_path / f"sent-{kill_at}"
        with shop() as session:
            row = session.execute(select(NoticeRow).where(NoticeRow.kind == "confirmed")).scalar_one()
            row.due_at, row.address_encrypted, row.outcome, row.attempts = clock(), "<42>", None, 0
            session.commit()

        def work(sessions: SessionFactory, sent: Path = sent) -> int:
            return deliver_due(sessions, clock, {"telegram": FileSender(sent)}, lambda token: token.strip("<>"))

        code = in_process(database_url, work, kill_at)
        taken_before = len(sent.read_text().splitlines()) if sent.exists() else 0
        clock.now += LEASE + timedelta(seconds=1)
        in_process(database_url, work)
        in_process(database_url, work)
        lines = sent.read_text().splitlines()
        assert set(lines) == {f"42 confirmed {made.code}"}
        with shop() as session:
            row = session.execute(select(NoticeRow).where(NoticeRow.kind == "confirmed")).scalar_one()
            assert (row.outcome, row.address_encrypted) == ("sent", None)
        if len(lines) > 1:
            repeated += 1
            assert (code, taken_before, len(lines)) == (-9, 1, 2), "only between Telegram's yes and our writing it down"
        if code == 0:
            break
    else:
        pytest.fail("it never ends")
    assert kill_at > 5 and repeated >= 1
