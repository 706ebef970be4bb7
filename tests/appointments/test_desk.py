"""What the staff do, on SQLite and PostgreSQL. The clock stands at Wednesday 2026-11-25, 09:00 in Rome."""

from __future__ import annotations

import threading
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from appointments import agenda, booking, desk, plan
from appointments.desk import PROPOSAL, history
from appointments.due import do_what_is_due
from appointments.errors import (
    NoShop,
    NotePersonal,
    NoteTooLong,
    NotFound,
    OfferGone,
    SlotTaken,
    SlotUnavailable,
    WrongStatus,
)
from appointments.models import MAX_NOTE, AppointmentEvent, NoticeRow
from appointments.personal import looks_personal
from appointments.waiting import accept_offer, decline_offer, join_waiting_list, open_offers, waiting_of
from storage.database import SessionFactory
from tests.appointments.test_booking import TOMORROW, book, rome, times
from tests.appointments.test_holding import NINE, free, notices
from tests.conftest import FixedClock


def told(sessions: SessionFactory, kind: str) -> list[dict[str, Any]]:
    with sessions() as session:
        return list(session.execute(select(NoticeRow.params).where(NoticeRow.kind == kind)).scalars())


def by(staff: str, made: Any, **more: Any) -> dict[str, Any]:
    return {"appointment_id": made.id, "city": "latina", "staff": staff, **more}


def deeds(sessions: SessionFactory, made: Any) -> list[tuple[str, str]]:
    return [(what, who) for _, what, who in history(sessions, made.id, "latina")]


def test_declined_with_alternatives(shop: SessionFactory, clock: FixedClock) -> None:
    made = book(shop, clock)
    booking.set_status(shop, clock, **by("anna", made, status="declined"))
    (notice,) = told(shop, "declined")
    assert notice["alternatives"] == [rome(26, 9).isoformat(), rome(26, 9, 30).isoformat(), rome(26, 10).isoformat()]
    assert [kind for kind, _ in notices(shop)] == ["declined"], "the reminders are withdrawn"
    assert free(shop, clock) == ["09:00", "09:30", "10:00"]


def test_the_reason_goes_with_the_notice(shop: SessionFactory, clock: FixedClock) -> None:
    made = book(shop, clock)
    with pytest.raises(ValueError, match="none of"):
        booking.set_status(shop, clock, **by("anna", made, status="declined", reason="no wish to"))
    booking.set_status(shop, clock, **by("anna", made, status="declined", reason="papers_first"))
    assert [one["reason"] for one in told(shop, "declined")] == ["papers_first"]


def test_moved_by_staff_is_told_and_counts_as_confirmed(shop: SessionFactory, clock: FixedClock) -> None:
    made, other = book(shop, clock), book(shop, clock, person="tg-2", starts_at=rome(26, 9, 30))
    with pytest.raises(SlotTaken):
        desk.move_by_staff(shop, clock, **by("anna", made, starts_at=other.starts_at))
    with pytest.raises(SlotUnavailable):
        desk.move_by_staff(shop, clock, **by("anna", made, starts_at=rome(26, 9, 10)))
    with pytest.raises(NotFound):
        desk.move_by_staff(shop, clock, appointment_id=made.id, city="roma", staff="anna", starts_at=rome(26, 10))
    for _ in range(2):
        moved = desk.move_by_staff(shop, clock, **by("anna", made, starts_at=rome(26, 10)))
        assert (moved.status, moved.code, moved.starts_at) == ("confirmed", made.code, rome(26, 10))
    (notice,) = told(shop, "moved")
    assert notice["starts_at"] == rome(26, 10).isoformat()
    assert deeds(shop, made) == [("pending", "person"), ("confirmed", "anna")]


def test_the_staff_may_move_beyond_notice_and_horizon(shop: SessionFactory, clock: FixedClock) -> None:
    made = book(shop, clock)
    for starts_at in (rome(25, 9, 30), rome(26, 9) + timedelta(days=14)):
        assert desk.move_by_staff(shop, clock, **by("anna", made, starts_at=starts_at)).starts_at == starts_at
    with pytest.raises(SlotUnavailable):
        desk.move_by_staff(shop, clock, **by("anna", made, starts_at=rome(19, 9)))


@pytest.mark.parametrize("answer", ["yes", "no", "silence"])
def test_another_time_is_proposed_and_both_are_kept_until_the_answer(
    shop: SessionFactory, clock: FixedClock, answer: str
) -> None:
    made = book(shop, clock)
    offer = desk.propose(shop, clock, **by("anna", made, starts_at=rome(26, 10)))
    assert free(shop, clock) == ["09:30"]
    assert [one.code for one in open_offers(shop, clock, "tg-1")] == [offer.code]
    (notice,) = told(shop, "proposed")
    assert (notice["code"], notice["starts_at"]) == (offer.code, rome(26, 10).isoformat())
    with pytest.raises(OfferGone):
        accept_offer(shop, clock, person_key="tg-2", code=offer.code)
    if answer == "yes":
        moved = accept_offer(shop, clock, person_key="tg-1", code=offer.code)
        assert (moved.id, moved.status, moved.starts_at) == (made.id, "confirmed", rome(26, 10))
        assert free(shop, clock) == ["09:00", "09:30"]
    else:
        if answer == "no":
            decline_offer(shop, clock, person_key="tg-1", code=offer.code)
        else:
            clock.advance(**{"seconds": min(PROPOSAL, rome(26, 10) - clock()).total_seconds()})
            do_what_is_due(shop, clock)
        with pytest.raises(OfferGone):
            accept_offer(shop, clock, person_key="tg-1", code=offer.code)
        assert booking.day_list(shop, "latina", TOMORROW)[0].starts_at == NINE
        assert ("not_moved", "system") in deeds(shop, made)
    assert ("proposed", "anna") in deeds(shop, made)
    assert told(shop, "proposed") == [], "what was not sent yet is withdrawn"


def test_a_proposal_ends_with_its_appointment(shop: SessionFactory, clock: FixedClock) -> None:
    made = book(shop, clock)
    offer = desk.propose(shop, clock, **by("anna", made, starts_at=rome(26, 10)))
    booking.cancel(shop, clock, person_key="tg-1", code=made.code)
    assert free(shop, clock) == ["09:00", "09:30", "10:00"]
    with pytest.raises(OfferGone):
        accept_offer(shop, clock, person_key="tg-1", code=offer.code)
    with pytest.raises(WrongStatus):
        desk.propose(shop, clock, **by("anna", made, starts_at=rome(26, 10)))


def test_walk_ins_take_the_next_time_of_today(shop: SessionFactory, clock: FixedClock) -> None:
    clock.advance(minutes=10)
    first, second = (
        desk.walk_in(shop, clock, city="latina", service="documents", language="ar", staff="anna") for _ in range(2)
    )
    assert times([first, second]) == ["09:00", "09:30"], "the time that has begun counts"
    assert (first.status, first.walk_in, first.checked_in_at) == ("confirmed", True, clock())
    assert deeds(shop, first) == [("confirmed", "anna"), ("checked_in", "anna")]
    assert notices(shop) == []
    clock.now = rome(25, 15)
    with pytest.raises(SlotUnavailable):
        desk.walk_in(shop, clock, city="latina", service="documents", language="ar", staff="anna")
    with pytest.raises(NoShop):
        desk.walk_in(shop, clock, city="latina", service="food", language="ar", staff="anna")


def test_check_in_by_the_code(shop: SessionFactory, clock: FixedClock) -> None:
    made = book(shop, clock, starts_at=rome(25, 14))
    for city, code in (("latina", "sole-mare-10"), ("roma", made.code)):
        with pytest.raises(NotFound):
            desk.check_in(shop, clock, city=city, code=code, staff="anna")
    for _ in range(2):
        there = desk.check_in(shop, clock, city="latina", code=f" {made.code.upper()} ", staff="anna")
        assert there.checked_in_at == clock()
    assert deeds(shop, made).count(("checked_in", "anna")) == 1
    assert notices(shop) == [], "who is there need not be reminded"
    tomorrow = book(shop, clock, person="tg-2")
    with pytest.raises(NotFound):
        desk.check_in(shop, clock, city="latina", code=tomorrow.code, staff="anna")


def test_no_show_is_never_set_by_itself(shop: SessionFactory, clock: FixedClock) -> None:
    made = book(shop, clock)
    booking.set_status(shop, clock, **by("anna", made, status="confirmed"))
    clock.advance(days=30)
    do_what_is_due(shop, clock)
    assert booking.day_list(shop, "latina", TOMORROW)[0].status == "confirmed"
    for status in ("no_show", "seen"):
        assert booking.set_status(shop, clock, **by("bruno", made, status=status)).status == status
    assert deeds(shop, made)[-2:] == [("no_show", "bruno"), ("seen", "bruno")]


def test_notes_are_short_and_that_they_were_written_is_kept(shop: SessionFactory, clock: FixedClock) -> None:
    made = book(shop, clock)
    assert desk.set_note(shop, clock, **by("anna", made, note="  porta \n il contratto ")).note == "porta il contratto"
    assert desk.set_note(shop, clock, **by("anna", made, note="x" * MAX_NOTE)).note == "x" * MAX_NOTE
    with pytest.raises(NoteTooLong):
        desk.set_note(shop, clock, **by("anna", made, note="x" * (MAX_NOTE + 1)))
    assert booking.day_list(shop, "latina", TOMORROW)[0].note == "x" * MAX_NOTE
    assert desk.set_note(shop, clock, **by("anna", made, note=" ")).note is None
    with shop() as session:
        assert session.execute(select(AppointmentEvent.status, AppointmentEvent.by)).all()[1:] == [("note", "anna")] * 3


@pytest.mark.parametrize(
    ("note", "what"),
    [
        ("chiedere di Zebulon", "name"),
        ("sig.ra Quux", "name"),
        ("Zebulon Quux", "name"),
        ("si chiama zebulon", "name"),
        ("tel 333 1234567", "phone"),
        ("+39 06/1234.5678", "phone"),
        ("scrivere a z@example.org", "email"),
        ("Permesso di Soggiorno scaduto il 12/05/2026, ha la ricevuta della Questura di Latina", None),
        ("Parla Tigrino, capisce l'Italiano. SPID da fare; ISEE 2026", None),
        ("Porta il contratto. Torna alle 10:30 o alle 11:45", None),
    ],
)
def test_what_looks_like_a_name_is_refused_in_a_note(note: str, what: str | None) -> None:
    assert looks_personal(note) == what


def test_a_refused_note_leaves_the_one_before(shop: SessionFactory, clock: FixedClock) -> None:
    made = book(shop, clock)
    desk.set_note(shop, clock, **by("anna", made, note="porta il contratto"))
    with pytest.raises(NotePersonal) as refused:
        desk.set_note(shop, clock, **by("anna", made, note="viene con Zebulon"))
    assert refused.value.what == "name" and "Zebulon" not in str(refused.value)
    assert booking.day_list(shop, "latina", TOMORROW)[0].note == "porta il contratto"


def waits_and_is_offered(sessions: SessionFactory, clock: FixedClock) -> str:
    """tg-5 is offered the lawyer's first time, tomorrow at nine. Gives the code."""
    join_waiting_list(
        sessions,
        clock,
        city="latina",
        service="legal_support",
        person_key="tg-5",
        language="fr",
        channel="telegram",
        address_encrypted="secret",
    )
    (offer,) = open_offers(sessions, clock, "tg-5")
    assert offer.starts_at == rome(26, 9)
    return offer.code


def test_what_is_offered_on_a_day_that_closes_is_taken_back(shop: SessionFactory, clock: FixedClock) -> None:
    code = waits_and_is_offered(shop, clock)
    booking.hold(shop, clock, city="latina", service="shower", starts_at=rome(26, 9), person_key="tg-6")
    assert plan.close_day(shop, clock, city="latina", day=TOMORROW, staff="anna") == []
    with pytest.raises(OfferGone):
        accept_offer(shop, clock, person_key="tg-5", code=code)
    assert [one.status for one in waiting_of(shop, "tg-5")] == ["waiting"] and told(shop, "offer") == []
    plan.open_day(shop, clock, city="latina", day=TOMORROW, staff="anna")
    do_what_is_due(shop, clock)
    assert open_offers(shop, clock, "tg-5")[0].starts_at == rome(26, 9), "they refused nothing"


def test_a_type_that_is_removed_is_offered_to_nobody(shop: SessionFactory, clock: FixedClock) -> None:
    code = waits_and_is_offered(shop, clock)
    kept = book(shop, clock, person="tg-7", service="legal_support", starts_at=rome(26, 10))
    plan.remove_type(shop, clock, city="latina", service="legal_support", staff="anna")
    with pytest.raises(OfferGone):
        accept_offer(shop, clock, person_key="tg-5", code=code)
    assert waiting_of(shop, "tg-5") == [] and booking.appointments_of(shop, clock, "tg-7") == [kept]


@pytest.mark.parametrize("kept", [True, False], ids=["kept", "control"])
def test_a_day_that_closes_while_somebody_books_finds_the_booking(
    shop: SessionFactory, clock: FixedClock, kept: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The plan that a booking has read cannot change before its end. The control: without that lock, on PostgreSQL, somebody
    has an appointment on a closed day. SQLite has one writer at a time anyway."""
    with shop() as session:
        if not kept and session.get_bind().dialect.name == "sqlite":
            return
    if not kept:
        monkeypatch.setattr(agenda, "_SHOP_KEPT", agenda._SHOP)
    planned, closed = threading.Event(), threading.Event()
    take_seat = booking.take_seat

    def slowly(*about: Any) -> Any:
        planned.set()
        closed.wait(0.5)
        return take_seat(*about)

    def close() -> None:
        plan.close_day(shop, clock, city="latina", day=TOMORROW, staff="anna")
        closed.set()

    monkeypatch.setattr(booking, "take_seat", slowly)
    booker, closer = threading.Thread(target=book, args=(shop, clock)), threading.Thread(target=close)
    booker.start()
    planned.wait(10)
    closer.start()
    for thread in (booker, closer):
        thread.join(10)
    assert [one.status for one in booking.day_list(shop, "latina", TOMORROW)] == ["cancelled" if kept else "pending"]
    assert len(told(shop, "closed")) == kept


def test_a_closed_day_is_told_with_other_times(shop: SessionFactory, clock: FixedClock) -> None:
    first, second = book(shop, clock), book(shop, clock, person="tg-2", service="shower")
    offer = desk.propose(shop, clock, **by("anna", second, starts_at=rome(25, 12)))
    gone = plan.close_day(shop, clock, city="latina", day=TOMORROW, staff="anna")
    assert {one.code for one in gone} == {first.code, second.code} and {one.status for one in gone} == {"cancelled"}
    for notice in told(shop, "closed"):
        assert len(notice["alternatives"]) == 3
        assert all(not one.startswith(TOMORROW.isoformat()) for one in notice["alternatives"])
    assert {kind for kind, _ in notices(shop)} == {"closed"}
    assert free(shop, clock) == []
    assert open_offers(shop, clock, "tg-2") == [] and offer.status == "offered"
    assert plan.close_day(shop, clock, city="latina", day=TOMORROW, staff="anna") == []
    with pytest.raises(SlotUnavailable):
        book(shop, clock, person="tg-3")
    plan.open_day(shop, clock, city="latina", day=TOMORROW, staff="anna")
    assert free(shop, clock) == ["09:00", "09:30", "10:00"]
    with pytest.raises(NoShop):
        plan.close_day(shop, clock, city="atlantis", day=date(2026, 12, 1), staff="anna")


def test_a_change_that_was_rolled_back_is_not_remembered(shop: SessionFactory, clock: FixedClock) -> None:
    """A plan that its own transaction read, and that never came to be, counts for nobody."""
    book(shop, clock)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plan, "give_back", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            plan.close_day(shop, clock, city="latina", day=TOMORROW, staff="anna")
    plan.open_day(shop, clock, city="latina", day=date(2026, 11, 27), staff="anna")
    assert free(shop, clock) == ["09:30", "10:00"]
