from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from appointments import booking
from appointments.agenda import shop_address
from appointments.models import Appointment, NoticeRow, WaitingEntry
from appointments.outbox import LEASE, MAX_ATTEMPTS, Notice, RetryLater, Unreachable, claim_for, deliver_due
from appointments.waiting import join_waiting_list
from storage.database import SessionFactory, transaction
from tests.appointments.test_booking import book, rome
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


def test_retry_after_stops_the_whole_channel(sessions: SessionFactory, clock: FixedClock, notice: int) -> None:
    with transaction(sessions) as session:
        for key, channel in (("2", "telegram"), ("3", "web")):
            session.add(
                NoticeRow(
                    kind="confirmed", language="it", person_key=f"tg-{key}", channel=channel, address_encrypted="<43>",
                    params={}, due_at=clock(), attempts=0,
                )
            )  # fmt: skip
    telegram, web = RecordingSender(RetryLater(40, everybody=True)), RecordingSender()
    assert deliver_due(sessions, clock, {"telegram": telegram, "web": web}, decrypt) == 1
    assert (telegram.sent, len(web.sent)) == ([], 1)
    clock.advance(seconds=39)
    assert deliver_due(sessions, clock, {"telegram": telegram}, decrypt) == 0
    clock.advance(seconds=1)
    assert deliver_due(sessions, clock, {"telegram": telegram}, decrypt) == 2


def test_one_that_cannot_be_sent_keeps_nobody_waiting(sessions: SessionFactory, clock: FixedClock, notice: int) -> None:
    sender = RecordingSender(KeyError("x"))
    assert deliver_due(sessions, clock, {"telegram": sender}, decrypt) == 0
    assert row_of(sessions, notice).due_at == clock() + timedelta(seconds=15)


def test_who_blocked_the_bot_has_no_subscription_any_more(shop: SessionFactory, clock: FixedClock) -> None:
    made = book(shop, clock)
    other = book(shop, clock, person="tg-2", starts_at=rome(26, 10))
    join_waiting_list(
        shop, clock, city="latina", service="legal_support", person_key="tg-1", language="bn", channel="telegram",
        address_encrypted="secret", part="afternoon",
    )  # fmt: skip
    for one in (made, other):
        booking.set_status(shop, clock, appointment_id=one.id, city="latina", status="confirmed", staff="anna")
    sender = RecordingSender(Unreachable())
    assert deliver_due(shop, clock, {"telegram": sender}, decrypt) == 1
    clock.now = rome(26, 8)
    deliver_due(shop, clock, {"telegram": sender}, decrypt)
    assert set(sender.sent) == {("secret", "confirmed"), ("secret", "reminder_day"), ("secret", "reminder_hours")}
    with shop() as session:
        left = select(NoticeRow.address_encrypted, NoticeRow.due_at).where(NoticeRow.person_key == "tg-1")
        assert set(session.execute(left).all()) == {(None, None)}
        assert session.get(Appointment, made.id).address_encrypted is None
        assert session.get(Appointment, other.id).address_encrypted == "secret"
        waiting = session.execute(select(WaitingEntry)).scalar_one()
        assert (waiting.status, waiting.address_encrypted) == ("ended", None)
    assert booking.day_list(shop, "latina", made.starts_at.date())[0].status == "confirmed", "the appointment stays"


def test_what_came_too_late_is_not_sent(shop: SessionFactory, clock: FixedClock) -> None:
    book(shop, clock)
    clock.now = rome(26, 9)
    sender = RecordingSender()
    assert deliver_due(shop, clock, {"telegram": sender}, decrypt) == 0
    assert claim_for(shop, clock, "telegram", "tg-1") == []
    with shop() as session:
        assert set(session.execute(select(NoticeRow.outcome, NoticeRow.address_encrypted))) == {("expired", None)}


def test_an_event_is_told_once_even_when_it_is_written_twice(shop: SessionFactory, clock: FixedClock) -> None:
    def write() -> None:
        with transaction(shop) as session:
            session.add(
                NoticeRow(
                    kind="moved", language="it", person_key="tg-1", channel="telegram", address_encrypted="<42>",
                    params={}, due_at=clock(), attempts=0, dedupe_key="moved:1:1",
                )
            )  # fmt: skip

    write()
    with pytest.raises(IntegrityError):
        write()


def test_the_address_is_the_one_known_when_it_is_sent(shop: SessionFactory, clock: FixedClock) -> None:
    made = book(shop, clock)
    booking.set_status(shop, clock, appointment_id=made.id, city="latina", status="confirmed", staff="anna")
    (notice,) = claim_for(shop, clock, "telegram", "tg-1")
    assert notice.params["address"] == shop_address(shop, "latina", clock(), "documents") != ""
