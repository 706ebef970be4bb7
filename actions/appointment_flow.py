"""What the booking actions share: the day, the time, and going back when a step no longer holds."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timezone
from typing import Any, Optional

from actions import choices
from actions.action_talk_to_human import say_who_to_ask
from actions.base import Turn
from appointments.booking import (
    AppointmentError,
    Booking,
    NoShop,
    appointments_of,
    bookable_types,
    free_slots_for,
    held_for,
    hold,
    shop_address,
    slots_ahead,
)
from appointments.slots import DAY_PARTS, Slot, part_of_day
from storage.clock import ROME

MAX_DAYS = 6
"""Buttons for days that one message shows at most."""
MAX_TIMES = 24
"""Buttons for times that one message shows at most."""


OWN = (("my_appointments", "view_appointment"), ("move", "reschedule_appointment"), ("cancel", "cancel_appointment"))
"""Buttons for what can be done with one's own appointments."""


def ask_day(
    turn: Turn, city: str, service: str, moving: Optional[str] = None, part: Optional[str] = None, page: int = 1
) -> None:
    """Offer the days that have a free time, `MAX_DAYS` a page.

    Args:
        moving: the code of the appointment that gets another time.
        part: morning or afternoon, when only those are wanted.
        page: from 1; one that is not there is the first.
    """
    sessions, clock = turn.context.sessions, turn.context.clock
    try:
        slots = slots_ahead(sessions, clock, city, service, except_=_id_of(turn, moving))
    except NoShop:
        say_who_to_ask(turn, "action_book_appointment", "utter_booking__elsewhere", service=service)
        return
    if not slots:
        waiting = [] if moving else choices.wait(service)
        say_who_to_ask(turn, "action_book_appointment", "utter_booking__no_slots", waiting, service=service)
        return
    parts = {part_of_day(slot) for slot in slots}
    part = part if part in parts else None
    wanted = [slot for slot in slots if part in (None, part_of_day(slot))]
    days, page, last = _page(sorted({slot.starts_at.astimezone(ROME).date() for slot in wanted}), MAX_DAYS, page)
    turn.ask_then({"step": "day", "city": city, "service": service, "moving": moving, "part": part})
    turn.say(
        "utter_ask_booking__day",
        service=service,
        buttons=[
            *([choices.earliest(service, wanted[0])] if page == 1 else []),
            *choices.days(service, days),
            *(choices.day_parts(service) if part is None and page == 1 and len(parts) > 1 else []),
            *([choices.more("choose_day", service, page + 1)] if not last else []),
            *(choices.another_day(service) if part or page > 1 else []),
        ],
    )


def ask_time(
    turn: Turn,
    city: str,
    service: str,
    day: date,
    moving: Optional[str] = None,
    part: Optional[str] = None,
    page: int = 1,
) -> None:
    """Offer a day's free times, `MAX_TIMES` a page; a day that has none any more leads back to the days."""
    try:
        slots = [slot for slot in free_slots(turn, city, service, day, moving) if part in (None, part_of_day(slot))]
    except NoShop:
        slots = []
    if not slots:
        turn.say("utter_stale")
        ask_day(turn, city, service, moving, part)
        return
    shown, page, last = _page(slots, MAX_TIMES, page)
    turn.ask_then(
        {"step": "time", "city": city, "service": service, "moving": moving, "part": part, "day": day.isoformat()}
    )
    turn.say(
        "utter_ask_booking__slot", service=service, day=day.isoformat(),
        buttons=[
            *choices.slots(service, shown),
            *([choices.more("choose_slot", service, page + 1)] if not last else []),
            *choices.another_day(service),
        ],
    )  # fmt: skip


def _page(all_: list[Any], size: int, page: int) -> tuple[list[Any], int, bool]:
    """What stands on a page, its number, and whether it is the last."""
    if not 0 < page <= -(-len(all_) // size):
        page = 1
    return all_[(page - 1) * size : page * size], page, page * size >= len(all_)


def page_of(turn: Turn) -> int:
    """The page that a button asks for; 1 when it is none."""
    text = turn.entity("page") or ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 1


def part_for(turn: Turn, service: str) -> Optional[str]:
    """The part of the day that is asked for, or was when the question that is open was asked."""
    asked = turn.entity("part") or (turn.pending.get("part") if turn.pending.get("service") == service else None)
    return asked if asked in DAY_PARTS else None


def free_slots(turn: Turn, city: str, service: str, day: date, moving: Optional[str] = None) -> list[Slot]:
    """A day's free times; that of the appointment that is being moved counts as free. Raises NoShop."""
    sessions, clock = turn.context.sessions, turn.context.clock
    return free_slots_for(sessions, clock, city, service, day, except_=_id_of(turn, moving))


def ask_confirmation(turn: Turn, city: str, service: str, starts_at: datetime, moving: Optional[str] = None) -> None:
    """Say what, when and where, and ask for a yes, while the time is held for them.

    Of an example agenda it is said before anybody relies on it.

    Raises:
        AppointmentError: the time cannot be held, as `appointments.booking.hold` says.
    """
    hold(
        turn.context.sessions, turn.context.clock, city=city, service=service, starts_at=starts_at,
        person_key=turn.person_key, moving=moving,
    )  # fmt: skip
    if any(one.example for one in bookable_types(turn.context.sessions, city)):
        turn.say("utter_booking__example")
    turn.ask_then(
        {"question": "booking", "city": city, "service": service, "starts_at": starts_at.isoformat(), "moving": moving}
    )
    turn.say(
        "utter_ask_booking__confirm", service=service, starts_at=starts_at.isoformat(),
        address=shop_address(turn.context.sessions, city, turn.context.clock(), service),
        buttons=[*choices.yes_no("confirm_appointment"), *choices.another_day(service)],
    )  # fmt: skip


def ask_again(turn: Turn) -> bool:
    """Go on with a booking that was left at its last question, while its time is held. False: there is none."""
    draft = held_for(turn.context.sessions, turn.context.clock, turn.person_key)
    if draft is None:
        return False
    try:
        ask_confirmation(turn, draft.city, draft.service, draft.starts_at, draft.moving)
    except AppointmentError:  # the plan has changed meanwhile
        return False
    return True


def offer_slots(turn: Turn, response: str, city: str, service: str, slots: list[Slot], moving: Optional[str]) -> None:
    """Other free times after the chosen one was gone; they may lie on different days, so the buttons say the day."""
    turn.ask_then({"step": "time", "city": city, "service": service, "moving": moving})
    turn.say(response, buttons=[*choices.slots(service, slots, with_day=True), *choices.another_day(service)])


def say_booked(turn: Turn, response: str, booking: Booking) -> None:
    """The appointment and its code, that the agenda is an example, and whether an interpreter is wanted where that matters."""
    own = [choices.label(*one) for one in OWN]
    turn.say(response, buttons=[*own, choices.calendar_file(booking.code)], **facts(turn, booking))
    if booking.example:
        turn.say("utter_booking__example")
    if needs_interpreter(turn, booking) and booking.interpreter_language is None:
        ask_interpreter(turn, booking)


def needs_interpreter(turn: Turn, booking: Booking) -> bool:
    """Whether the type of this appointment is one for which the shop plans interpreters."""
    types = bookable_types(turn.context.sessions, booking.city)
    return any(one.interpreter for one in types if one.service == booking.type)


def ask_interpreter(turn: Turn, booking: Booking) -> None:
    """Ask for the language; that of the conversation stands first."""
    turn.say(
        "utter_ask_interpreter__language",
        buttons=[
            *choices.interpreter_languages(booking.code, [turn.language]),
            *choices.interpreter_answers(booking.code),
        ],
    )


def said_yes(turn: Turn) -> Optional[bool]:
    """The answer to a yes-no question, by button or in words; None when it was neither."""
    answer = turn.entity("answer") or {"affirm": "yes", "deny": "no"}.get(turn.intent)
    return {"yes": True, "no": False}.get(answer or "")


def facts(turn: Turn, booking: Booking) -> dict[str, Any]:
    """The parameters of the responses that show an appointment."""
    address = shop_address(turn.context.sessions, booking.city, turn.context.clock(), booking.type)
    return {
        "service": booking.type,
        "starts_at": booking.starts_at.isoformat(),
        "address": address,
        "code": booking.code,
    }


def own_appointments(turn: Turn) -> list[Booking]:
    return appointments_of(turn.context.sessions, turn.context.clock, turn.person_key)


def named_appointment(turn: Turn) -> Optional[Booking]:
    """The person's appointment that a button names; None when it is none of theirs any more."""
    code = turn.entity("appointment")
    return next((one for one in own_appointments(turn) if one.code == code), None)


def with_own_appointment(turn: Turn, which: str, intent: str, then: Callable[[Booking], None]) -> None:
    """Go on with the appointment that is meant: the one named by a button, else the only one, else ask which."""
    own = own_appointments(turn)
    code = turn.entity("appointment")
    meant = [one for one in own if one.code == code] if code else own
    if not own:
        say_none(turn)
    elif len(meant) == 1:
        then(meant[0])
    else:
        if code:
            turn.say("utter_stale")
        turn.say(which, buttons=[choices.appointment(one, intent) for one in own])


def say_stale(turn: Turn) -> None:
    """A button names an appointment that is none of theirs any more: show what they have."""
    turn.say("utter_stale")
    if own_appointments(turn):
        turn.go_on_with("action_view_appointment")
    else:
        say_none(turn)


def say_none(turn: Turn) -> None:
    turn.ask_then({"offer": "booking"})
    turn.say("utter_appointment__none", buttons=[choices.label("book", "book_appointment")])


def bookable(turn: Turn, city: str) -> list[str]:
    return [one.service for one in bookable_types(turn.context.sessions, city)]


def moment_of(text: Optional[str]) -> Optional[datetime]:
    """A button's Unix time as an aware datetime, None when it is none."""
    if not text or not text.isascii() or not text.isdigit() or len(text) > 11:
        return None
    return datetime.fromtimestamp(int(text), timezone.utc)


def day_of(text: Optional[str]) -> Optional[date]:
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None


def _id_of(turn: Turn, code: Optional[str]) -> Optional[str]:
    return next((one.id for one in own_appointments(turn) if one.code == code), None) if code else None
