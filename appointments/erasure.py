"""What is kept of a person: shown, erased when they ask (GDPR, art. 15 and 17), and erased when they have long been gone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Optional

from sqlalchemy import delete, func, select

from appointments.booking import Booking, appointments_of
from appointments.models import (
    LIVE,
    Appointment,
    AppointmentEvent,
    InterpreterClaim,
    NoticeRow,
    SlotClaim,
    WaitingEntry,
)
from appointments.waiting import waiting_of
from storage.clock import Clock
from storage.conversations import Conversation
from storage.database import SessionFactory, empty_log, transaction
from storage.people import Person, get_profile
from storage.staff_links import StaffLink


@dataclass(frozen=True)
class Kept:
    """All that is kept of a person. `past`: how many appointments were, or were given back; `waiting`: services."""

    language: Optional[str]
    city: Optional[str]
    appointments: tuple[Booking, ...]
    past: int
    waiting: tuple[str, ...]


def kept_of(sessions: SessionFactory, clock: Clock, person_key: str) -> Kept:
    profile = get_profile(sessions, person_key)
    coming = tuple(appointments_of(sessions, clock, person_key))
    with sessions() as session:
        past = session.execute(
            select(func.count())
            .select_from(Appointment)
            .where(Appointment.person_key == person_key, Appointment.id.not_in([one.id for one in coming]))
        ).scalar_one()
    waiting = tuple(one.service for one in waiting_of(sessions, person_key))
    return Kept(profile.language, profile.city, coming, past, waiting)


def erase_person_everywhere(sessions: SessionFactory, person_key: str) -> bool:
    """Profile, conversation, waiting lists, appointments with what hangs on them, notices. Returns whether there was anything.

    What waits for an answer on Telegram is the channel's (`bot.channels.update_queue`).
    """
    own = select(Appointment.id).where(Appointment.person_key == person_key)
    with transaction(sessions) as session:
        deleted = [
            session.execute(statement, execution_options={"synchronize_session": False}).rowcount
            for statement in (
                delete(SlotClaim).where(SlotClaim.appointment_id.in_(own)),
                delete(InterpreterClaim).where(InterpreterClaim.appointment_id.in_(own)),
                delete(WaitingEntry).where(WaitingEntry.person_key == person_key),
                delete(AppointmentEvent).where(AppointmentEvent.appointment_id.in_(own)),
                delete(Appointment).where(Appointment.person_key == person_key),
                delete(NoticeRow).where(NoticeRow.person_key == person_key),
                delete(Conversation).where(Conversation.sender_id == person_key),
                delete(StaffLink).where(StaffLink.person_key == person_key),
                delete(Person).where(Person.person_key == person_key),
            )
        ]
    empty_log(sessions)
    return any(deleted)


def erase_the_long_gone(sessions: SessionFactory, clock: Clock, days: int) -> int:
    """Erase whoever has not written for `days` and has no appointment to come. Returns how many people.

    Called after `storage.conversations.drop_unused`: a conversation that is kept means that its person was here lately.
    """
    now = clock()
    with sessions() as session:
        gone = session.scalars(
            select(Person.person_key).where(
                Person.updated_at < now - timedelta(days=days),
                Person.person_key.not_in(select(Conversation.sender_id)),
                Person.person_key.not_in(
                    select(Appointment.person_key).where(Appointment.status.in_(LIVE), Appointment.ends_at > now)
                ),
            )
        ).all()
    for person_key in gone:
        erase_person_everywhere(sessions, person_key)
    return len(gone)
