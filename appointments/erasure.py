"""Erase everything that is kept of a person (GDPR, art. 17), in one transaction."""

from __future__ import annotations

from sqlalchemy import delete, select

from appointments.models import Appointment, AppointmentEvent, InterpreterClaim, NoticeRow, SlotClaim, WaitingEntry
from storage.conversations import Conversation
from storage.database import SessionFactory, transaction
from storage.people import Person


def erase_person_everywhere(sessions: SessionFactory, person_key: str) -> bool:
    """Profile, conversation, waiting lists, appointments with what hangs on them, notices. Returns whether there was anything."""
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
                delete(Person).where(Person.person_key == person_key),
            )
        ]
    return any(deleted)
