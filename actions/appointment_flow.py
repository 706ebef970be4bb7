"""What the booking actions share: the day, the time, and going back when a step no longer holds."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timezone
from typing import Any, Optional

from actions import choices
from actions.action_talk_to_human import say_who_to_ask
from actions.base import Turn
from appointments.booking import (
    Booking,
    NoShop,
    appointments_of,
    bookable_types,
    free_slots_for,
    hold,
    shop_address,
    slots_ahead,
)
from appointments.slots import Slot
from storage.clock import ROME

MAX_DAYS = 6
"""Buttons for days that one message shows at most."""
MAX_TIMES = 24
"""Buttons for times that one message shows at most."""


OWN = (("my_appointments", "view_appointment"), ("move", "reschedule_appointment"), ("cancel", "cancel_appointment"))
"""Buttons for what can be done with one's own appointments."""


def ask_day(turn: Turn, city: str, service: str, moving: Optional[str] = None) -> None:
    """Offer the days that have a free time. `moving`: the code of the appointment that gets another time."""
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
    days = sorted({slot.starts_at.astimezone(ROME).date() for slot in slots})[:MAX_DAYS]
    turn.ask_then({"step": "day", "city": city, "service": service, "moving": moving})
    turn.say(
        "utter_ask_booking__day",
        service=service,
        buttons=[choices.earliest(service, slots[0]), *choices.days(service, days)],
    )


def ask_time(turn: Turn, city: str, service: str, day: date, moving: Optional[str] = None) -> None:
    """Offer a day's free times; a day that has none any more leads back to the days."""
    try:
        slots = free_slots(turn, city, service, day, moving)
    except NoShop:
        slots = []
    if not slots:
        turn.say("utter_stale")
        ask_day(turn, city, service, moving)
        return
    turn.ask_then({"step": "time", "city": city, "service": service, "moving": moving})
    turn.say(
        "utter_ask_booking__slot", service=service, day=day.isoformat(),
        buttons=[*choices.slots(service, slots[:MAX_TIMES]), *another_day(service)],
    )  # fmt: skip


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
        buttons=[*yes_no("confirm_appointment"), *another_day(service)],
    )  # fmt: skip


def offer_slots(turn: Turn, response: str, city: str, service: str, slots: list[Slot], moving: Optional[str]) -> None:
    """Other free times after the chosen one was gone; they may lie on different days, so the buttons say the day."""
    turn.ask_then({"step": "time", "city": city, "service": service, "moving": moving})
    turn.say(response, buttons=[*choices.slots(service, slots, with_day=True), *another_day(service)])


def another_day(service: str) -> list[choices.Choice]:
    return [choices.label("other_day", "book_appointment", {"service": service})]


def yes_no(intent: str) -> list[choices.Choice]:
    return [choices.label(answer, intent, {"answer": answer}, row="answer") for answer in ("yes", "no")]


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
