"""What comes from the agenda by itself: moved by the staff, another time proposed, a place from the waiting list."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select, update

from appointments import booking, desk
from appointments.agenda import Booking
from appointments.models import Appointment, NoticeRow
from appointments.slots import Slot
from storage.clock import utc_now
from storage.database import transaction
from tests.conversation.stack import Stack
from tests.conversation.test_whole_path import book_a_shower
from tests.telegram_emulator import TelegramPerson

CITY = "latina"


def deliver_now(stack: Stack) -> None:
    """Offers wait for the morning; the test does not."""
    with transaction(stack.sessions) as session:
        session.execute(
            update(NoticeRow)
            .where(NoticeRow.kind.in_(("offer", "proposed")), NoticeRow.attempts == 0)
            .values(due_at=utc_now())
        )


def appointment_of(stack: Stack, code: str) -> Any:
    with stack.sessions() as session:
        return session.execute(select(Appointment).where(Appointment.code == code)).scalar_one()


def free(stack: Stack, service: str) -> list[Slot]:
    return booking.slots_ahead(stack.sessions, utc_now, CITY, service)


def somebody_books(stack: Stack, number: int, service: str, slot: Slot) -> Booking:
    return booking.book(
        stack.sessions, utc_now, city=CITY, service=service, starts_at=slot.starts_at, person_key=f"tg-{number}",
        language="fr", channel="elsewhere", address_encrypted=None,
    )  # fmt: skip


def button(person: TelegramPerson, part: str) -> str:
    return next(one["callback_data"] for one in person.keyboard if part in one["callback_data"])


def test_the_staff_move_and_propose(stack: Stack, settled: TelegramPerson) -> None:
    settled.press("find_service?service=shower")
    settled.read()
    _, code = book_a_shower(settled)
    about = {"appointment_id": appointment_of(stack, code).id, "city": CITY, "staff": "anna"}
    later = free(stack, "shower")[-1]
    desk.move_by_staff(stack.sessions, utc_now, starts_at=later.starts_at, **about)
    (moved,) = settled.read(seconds=15)
    assert moved.startswith("The one-stop shop has moved your appointment.") and code in moved

    for answer in ("no", "yes"):
        other = free(stack, "shower")[-1]
        desk.propose(stack.sessions, utc_now, starts_at=other.starts_at, **about)
        deliver_now(stack)
        assert settled.read(seconds=15)[0].startswith("The one-stop shop asks: is another time good for you?")
        settled.press_data(button(settled, f"answer={answer}"))
        answered = settled.read()[0]
        assert answered.startswith("Your appointment is booked." if answer == "yes" else "All right, I did not book")
        at = appointment_of(stack, code).starts_at
        assert at == (other if answer == "yes" else later).starts_at
    settled.press("view_appointment")
    assert code in settled.read()[0]


def test_a_place_from_the_waiting_list(stack: Stack, settled: TelegramPerson) -> None:
    service = "psychological_support"
    taken = [
        (f"tg-{number}", somebody_books(stack, number, service, slot).code)
        for number, slot in enumerate(free(stack, service))
    ]
    settled.press("book_appointment")
    settled.read()
    settled.press(f"book_appointment?service={service}")
    assert "there is no free time in the next days" in settled.read()[0]
    settled.press("join_waiting_list")
    assert settled.read() == ["Psychological support: I write to you when a place is free."]
    person, code = taken[-1]
    booking.cancel(stack.sessions, utc_now, person_key=person, code=code)
    deliver_now(stack)
    offer = settled.read(seconds=15)[0]
    assert offer.startswith("A place is free.") and "Do you want it?" in offer
    yes = button(settled, "answer=yes")
    for _ in range(2):
        settled.press_data(yes)
        assert settled.read()[0].startswith("Your appointment is booked.")
    with stack.sessions() as session:
        mine = session.execute(
            select(Appointment.status).where(Appointment.code.in_([yes.split("c=")[1].split("&")[0]]))
        )
        assert mine.scalars().all() == ["pending"]


def test_the_calendar_file_comes_as_a_document(stack: Stack, settled: TelegramPerson) -> None:
    settled.press("find_service?service=shower")
    settled.read()
    _, code = book_a_shower(settled)
    settled.press("get_calendar_file")
    assert settled.read() == ["This file puts the appointment into the calendar of your phone: open it."]
    name, content = stack.emulator.documents[settled.chat_id]
    assert name == f"{code}.ics" and code.encode() in content
