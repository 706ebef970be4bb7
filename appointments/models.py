"""Tables of the agenda."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
    text,
)

from storage.database import Base, UTCDateTime

LIVE = ("pending", "confirmed")
"""Statuses of an appointment that still holds its time."""

PROVISIONAL = ("held", "offered")
"""Statuses of a time that is kept for somebody until `expires_at`: while they decide, or because it was offered to them."""

NEXT_STATUSES: dict[str, tuple[str, ...]] = {
    "held": (),
    "offered": (),
    "pending": ("confirmed", "declined"),
    "confirmed": ("seen", "no_show", "cancelled"),
    "seen": ("no_show",),
    "no_show": ("seen",),
    "declined": (),
    "cancelled": (),
}
"""What staff may set next; seen and no-show can be put right, what was given back to others cannot."""

MAX_NOTE = 200
"""Characters of the staff's note on an appointment."""


class Shop(Base):
    """A one-stop shop, one a city.

    `revision` is another one after each change of its plan (desks, hours, types, closures): whoever keeps a plan compares.
    """

    __tablename__ = "shop"

    id = Column(String(32), primary_key=True)  # the city's id
    example = Column(Boolean, nullable=False)  # the agenda is an example that the staff have not replaced yet
    notice_minutes = Column(Integer, nullable=False)  # how long before it starts a slot can still be booked
    horizon_days = Column(Integer, nullable=False)  # how far ahead
    revision = Column(Integer, nullable=False, default=0)
    feed_token = Column(String(43), unique=True)  # the secret of the shop's calendar feed


class Resource(Base):
    """A desk or a room of a shop (iCalendar's RESOURCES), with places for `seats` people at a time."""

    __tablename__ = "resource"
    __table_args__ = (UniqueConstraint("shop_id", "name"),)

    id = Column(Integer, primary_key=True)
    shop_id = Column(String(32), ForeignKey("shop.id"), nullable=False)
    name = Column(String(80), nullable=False)
    seats = Column(Integer, nullable=False)
    feed_token = Column(String(43), unique=True)


class AppointmentType(Base):
    """What can be booked: a service of the vocabulary, how long it takes, and the rules for booking it.

    `notice_minutes` and `horizon_days`: instead of the shop's, when set. `languages`: ISO 639 codes spoken there.
    `booked_by`: "person", or "staff" where only the staff give appointments. `interpreter`: ask for language and gender.
    """

    __tablename__ = "appointment_type"
    __table_args__ = (UniqueConstraint("shop_id", "service"),)

    id = Column(Integer, primary_key=True)
    shop_id = Column(String(32), ForeignKey("shop.id"), nullable=False)
    service = Column(String(32), nullable=False)
    minutes = Column(Integer, nullable=False)
    notice_minutes = Column(Integer)
    horizon_days = Column(Integer)
    languages = Column(JSON, nullable=False, default=list)
    booked_by = Column(String(8), nullable=False, default="person")
    interpreter = Column(Boolean, nullable=False, default=False)


class TypeResource(Base):
    """The desks at which a type is given."""

    __tablename__ = "type_resource"

    type_id = Column(Integer, ForeignKey("appointment_type.id"), primary_key=True)
    resource_id = Column(Integer, ForeignKey("resource.id"), primary_key=True)


class Availability(Base):
    """A weekly window of a resource, in Europe/Rome wall-clock time; a `pause` is cut out of the others."""

    __tablename__ = "availability"

    id = Column(Integer, primary_key=True)
    resource_id = Column(Integer, ForeignKey("resource.id"), nullable=False, index=True)
    weekday = Column(Integer, nullable=False)  # 0 is Monday
    opens = Column(String(5), nullable=False)  # "09:00"
    closes = Column(String(5), nullable=False)
    pause = Column(Boolean, nullable=False, default=False)


class PlanException(Base):
    """Hours of a resource on one day instead of its week's, also on a holiday; without hours it is not there that day."""

    __tablename__ = "plan_exception"
    __table_args__ = (Index("ix_plan_exception_resource_id_day", "resource_id", "day"),)

    id = Column(Integer, primary_key=True)
    resource_id = Column(Integer, ForeignKey("resource.id"), nullable=False)
    day = Column(Date, nullable=False)
    opens = Column(String(5))
    closes = Column(String(5))


class Closure(Base):
    """A day on which a shop is closed beside the national holidays."""

    __tablename__ = "closure"

    shop_id = Column(String(32), ForeignKey("shop.id"), primary_key=True)
    day = Column(Date, primary_key=True)


class Appointment(Base):
    """A booking of a pseudonym. No name, no reason; the encrypted address goes when no notice can follow any more.

    `changes` counts what happened to it (iCalendar's SEQUENCE). `moves`: an offered time that would replace this
    appointment. `expires_at`: of a held or offered time.
    """

    __tablename__ = "appointment"
    __table_args__ = (
        UniqueConstraint("code"),
        Index("ix_appointment_shop_id_starts_at", "shop_id", "starts_at"),
        Index("ix_appointment_person_key", "person_key"),
        Index("ix_appointment_expires_at", "expires_at"),
    )

    id = Column(String(36), primary_key=True)
    shop_id = Column(String(32), ForeignKey("shop.id"), nullable=False)
    resource_id = Column(Integer, ForeignKey("resource.id"), nullable=False)
    seat = Column(Integer)
    service = Column(String(32), nullable=False)
    person_key = Column(String(64), nullable=False)
    language = Column(String(8), nullable=False)
    code = Column(String(40), nullable=False)
    starts_at = Column(UTCDateTime, nullable=False)
    ends_at = Column(UTCDateTime, nullable=False)
    status = Column(String(16), nullable=False)
    channel = Column(String(16), nullable=False)
    address_encrypted = Column(Text)
    booked_at = Column(UTCDateTime, nullable=False)
    changes = Column(Integer, nullable=False, default=0)
    expires_at = Column(UTCDateTime)
    moves = Column(String(36))
    walk_in = Column(Boolean, nullable=False, default=False)
    checked_in_at = Column(UTCDateTime)
    note = Column(String(MAX_NOTE))
    interpreter_language = Column(String(3))
    interpreter_gender = Column(String(8))
    interpreter_id = Column(Integer, ForeignKey("interpreter.id", name="fk_appointment_interpreter_id"))


class SlotClaim(Base):
    """One quarter of an hour at one seat. The unique constraint decides who gets it (DESIGN.md, decision 7).

    `cell`: the quarter's number since 1970 (`appointments.slots.cell_of`). `expires_at`: Unix seconds, of a time that is
    held or offered; after them the claim counts for nothing.
    """

    __tablename__ = "slot_claim"
    __table_args__ = (
        UniqueConstraint("shop_id", "resource_id", "cell", "seat"),
        Index("ix_slot_claim_appointment_id", "appointment_id"),
        Index(
            "ix_slot_claim_expires_at",
            "expires_at",
            sqlite_where=text("expires_at IS NOT NULL"),
            postgresql_where=text("expires_at IS NOT NULL"),
        ),
    )

    id = Column(Integer, primary_key=True)
    shop_id = Column(String(32), ForeignKey("shop.id"), nullable=False)
    resource_id = Column(Integer, ForeignKey("resource.id"), nullable=False)
    cell = Column(Integer, nullable=False)
    seat = Column(Integer, nullable=False)
    appointment_id = Column(String(36), ForeignKey("appointment.id"), nullable=False)
    expires_at = Column(Integer)


class AppointmentEvent(Base):
    """Who did what when: `by` is a console account's name, "person" or "system"; `status` the status or the deed."""

    __tablename__ = "appointment_event"
    __table_args__ = (Index("ix_appointment_event_appointment_id", "appointment_id"),)

    id = Column(Integer, primary_key=True)
    appointment_id = Column(String(36), ForeignKey("appointment.id"), nullable=False)
    at = Column(UTCDateTime, nullable=False)
    status = Column(String(16), nullable=False)
    by = Column(String(64), nullable=False)


class NoticeRow(Base):
    """A message that waits to be sent: the outbox, written in the transaction of what it tells.

    `dedupe_key`: the same event of the same appointment is never written twice. `expires_at`: not worth sending after.
    """

    __tablename__ = "notice"
    __table_args__ = (
        Index("ix_notice_due_at", "due_at"),
        Index("ix_notice_person_key", "person_key"),
        Index("ix_notice_appointment_id", "appointment_id"),
        UniqueConstraint("dedupe_key"),
    )

    id = Column(Integer, primary_key=True)
    kind = Column(String(32), nullable=False)
    language = Column(String(8), nullable=False)
    person_key = Column(String(64), nullable=False)
    channel = Column(String(16), nullable=False)
    address_encrypted = Column(Text)
    params = Column(JSON, nullable=False)
    due_at = Column(UTCDateTime)  # None: sent, or given up
    attempts = Column(Integer, nullable=False, default=0)
    outcome = Column(String(16))  # sent | unreachable | given_up | expired
    appointment_id = Column(String(36))
    dedupe_key = Column(String(80))
    expires_at = Column(UTCDateTime)


class WaitingEntry(Base):
    """Somebody who waits for a place.

    `part`: any, morning or afternoon. `last_day`: until when they want it. `refused`: ISO times that they let pass or
    did not want. `status`: waiting, offered (then `appointment_id` is the time kept for them), or ended.
    """

    __tablename__ = "waiting_entry"
    __table_args__ = (
        Index("ix_waiting_entry_shop_id_service_status", "shop_id", "service", "status"),
        Index("ix_waiting_entry_person_key", "person_key"),
    )

    id = Column(Integer, primary_key=True)
    shop_id = Column(String(32), ForeignKey("shop.id"), nullable=False)
    service = Column(String(32), nullable=False)
    person_key = Column(String(64), nullable=False)
    language = Column(String(8), nullable=False)
    channel = Column(String(16), nullable=False)
    address_encrypted = Column(Text)
    part = Column(String(10), nullable=False)
    last_day = Column(Date)
    priority = Column(Integer, nullable=False, default=0)  # set by the staff; higher comes first
    priority_by = Column(String(64))  # a console account's name
    status = Column(String(8), nullable=False)
    appointment_id = Column(String(36))
    refused = Column(JSON, nullable=False, default=list)
    created_at = Column(UTCDateTime, nullable=False)


class Interpreter(Base):
    """A cultural mediator or interpreter of a shop. `name`: what the staff call them; never shown to people who book."""

    __tablename__ = "interpreter"
    __table_args__ = (UniqueConstraint("shop_id", "name"),)

    id = Column(Integer, primary_key=True)
    shop_id = Column(String(32), ForeignKey("shop.id"), nullable=False)
    name = Column(String(80), nullable=False)
    gender = Column(String(8), nullable=False)  # woman | man
    languages = Column(JSON, nullable=False)  # ISO 639 codes


class InterpreterWindow(Base):
    """When an interpreter is there: a weekly window in Europe/Rome wall-clock time."""

    __tablename__ = "interpreter_window"

    id = Column(Integer, primary_key=True)
    interpreter_id = Column(Integer, ForeignKey("interpreter.id"), nullable=False, index=True)
    weekday = Column(Integer, nullable=False)
    opens = Column(String(5), nullable=False)
    closes = Column(String(5), nullable=False)


class InterpreterClaim(Base):
    """One quarter of an hour of an interpreter; the unique constraint keeps them from being in two places."""

    __tablename__ = "interpreter_claim"
    __table_args__ = (
        UniqueConstraint("interpreter_id", "cell"),
        Index("ix_interpreter_claim_appointment_id", "appointment_id"),
    )

    id = Column(Integer, primary_key=True)
    interpreter_id = Column(Integer, ForeignKey("interpreter.id"), nullable=False)
    cell = Column(Integer, nullable=False)
    appointment_id = Column(String(36), ForeignKey("appointment.id"), nullable=False)
