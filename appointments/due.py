"""What time alone brings about: holds and offers that are over, addresses that nobody needs any more."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select, update

from appointments.models import Appointment
from appointments.waiting import offer_to_all_who_wait, pass_on_expired
from storage.clock import Clock
from storage.database import SessionFactory, transaction

ADDRESS_KEPT = timedelta(days=1)
"""After its end an appointment needs no address: no notice can follow but one of a correction the same day."""


def do_what_is_due(sessions: SessionFactory, clock: Clock) -> int:
    """Called by the outbox worker, again and again. Returns how many holds and offers ended."""
    now = clock()
    over = (Appointment.expires_at <= now,)
    needless = (Appointment.ends_at < now - ADDRESS_KEPT, Appointment.address_encrypted.is_not(None))
    with sessions() as session:  # a look first: to write for nothing every few seconds would make others wait
        is_over, is_needless = (
            session.execute(select(Appointment.id).where(*which).limit(1)).first() for which in (over, needless)
        )
    ended = pass_on_expired(sessions, clock) if is_over else 0
    offer_to_all_who_wait(sessions, clock)
    if is_needless is None:
        return ended
    with transaction(sessions) as session:
        session.execute(
            update(Appointment)
            .where(*needless)
            .values(address_encrypted=None)
            .execution_options(synchronize_session=False)
        )
    return ended
