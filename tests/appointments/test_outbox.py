from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from appointments.models import NoticeRow
from appointments.outbox import LEASE, MAX_ATTEMPTS, Notice, RetryLater, Unreachable, claim_for, deliver_due
from storage.database import SessionFactory, transaction
from tests.conftest import FixedClock


class RecordingSender:
    def __init__(self, *answers: Exception | None) -> None:
        self.answers = list(answers)
        self.sent: list[tuple[str, str]] = []

    def send(self, address: str, notice: Notice) -> None:
        answer = self.answers.pop(0) if self.answers else None
        if answer:
            raise answer
        self.sent.append((address, notice.kind))


@pytest.fixture
def notice(sessions: SessionFactory, clock: FixedClock) -> int:
    with transaction(sessions) as session:
        row = NoticeRow(
            kind="confirmed", language="pa", person_key="tg-1", channel="telegram", address_encrypted="<42>",
            params={"code": "sole-mare-12"}, due_at=clock(), attempts=0,
        )  # fmt: skip
        session.add(row)
        session.flush()
        return int(row.id)


def decrypt(token: str) -> str:
    return token.strip("<>")


def row_of(sessions: SessionFactory, id_: int) -> NoticeRow:
    with sessions() as session:
        return session.execute(select(NoticeRow).where(NoticeRow.id == id_)).scalar_one()


def test_sent_once_and_the_address_forgotten(sessions: SessionFactory, clock: FixedClock, notice: int) -> None:
    sender = RecordingSender()
    assert deliver_due(sessions, clock, {"telegram": sender}, decrypt) == 1
    assert deliver_due(sessions, clock, {"telegram": sender}, decrypt) == 0
    assert sender.sent == [("42", "confirmed")]
    row = row_of(sessions, notice)
    assert (row.address_encrypted, row.outcome) == (None, "sent")


def test_no_sender_for_the_channel_leaves_it_waiting(sessions: SessionFactory, clock: FixedClock, notice: int) -> None:
    assert deliver_due(sessions, clock, {}, decrypt) == 0
    assert deliver_due(sessions, clock, {"web": RecordingSender()}, decrypt) == 0
    assert row_of(sessions, notice).attempts == 0


def test_retried_with_growing_pauses_then_given_up(sessions: SessionFactory, clock: FixedClock, notice: int) -> None:
    sender = RecordingSender(*[RetryLater(1)] * MAX_ATTEMPTS)
    pauses = []
    for _ in range(MAX_ATTEMPTS):
        deliver_due(sessions, clock, {"telegram": sender}, decrypt)
        due = row_of(sessions, notice).due_at
        if due:
            pauses.append((due - clock()).total_seconds())
            clock.now = due
    assert pauses == [15 * 2**n for n in range(MAX_ATTEMPTS - 1)]
    row = row_of(sessions, notice)
    assert (row.outcome, row.address_encrypted, row.due_at) == ("given_up", None, None)


def test_telegrams_own_waiting_time_is_kept(sessions: SessionFactory, clock: FixedClock, notice: int) -> None:
    deliver_due(sessions, clock, {"telegram": RecordingSender(RetryLater(600))}, decrypt)
    assert row_of(sessions, notice).due_at == clock() + timedelta(seconds=600)


def test_who_blocked_the_bot_is_not_written_to_again(sessions: SessionFactory, clock: FixedClock, notice: int) -> None:
    assert deliver_due(sessions, clock, {"telegram": RecordingSender(Unreachable())}, decrypt) == 0
    assert row_of(sessions, notice).outcome == "unreachable"


def test_a_worker_that_died_loses_nothing(sessions: SessionFactory, clock: FixedClock, notice: int) -> None:
    with pytest.raises(KeyboardInterrupt):
        deliver_due(sessions, clock, {"telegram": RecordingSender(KeyboardInterrupt())}, decrypt)  # type: ignore[arg-type]
    sender = RecordingSender()
    assert deliver_due(sessions, clock, {"telegram": sender}, decrypt) == 0  # still leased
    clock.now += LEASE
    assert deliver_due(sessions, clock, {"telegram": sender}, decrypt) == 1


def test_the_web_page_takes_only_its_own(sessions: SessionFactory, clock: FixedClock, notice: int) -> None:
    assert claim_for(sessions, clock, "web", "tg-1") == []
    assert claim_for(sessions, clock, "telegram", "tg-2") == []
    assert [one.kind for one in claim_for(sessions, clock, "telegram", "tg-1")] == ["confirmed"]
    assert claim_for(sessions, clock, "telegram", "tg-1") == []
