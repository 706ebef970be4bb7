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
)

from storage.database import Base, UTCDateTime

LIVE = ("pending", "confirmed")
"""Statuses of an appointment that still holds its time."""

NEXT_STATUSES: dict[str, tuple[str, ...]] = {
    "pending": ("confirmed", "declined"),
    "confirmed": ("seen", "no_show", "cancelled"),
    "seen": ("no_show",),
    "no_show": ("seen",),
    "declined": (),
    "cancelled": (),
}
"""What staff may set next; seen and no-show can be put right, what was given back to others cannot."""


class Shop(Base):
    """A one-stop shop that takes bookings, one a city."""

    __tablename__ = "shop"

    id = Column(String(32), primary_key=True)  # the city's id
    example = Column(Boolean, nullable=False)  # the agenda is an example that the staff have not replaced yet
    notice_minutes = Column(Integer, nullable=False)  # how long before it starts a slot can still be booked
    horizon_days = Column(Integer, nullable=False)  # how far ahead


class Resource(Base):
    """A desk or a room of a shop (iCalendar's RESOURCES), with places for `seats` people at a time."""

    __tablename__ = "resource"
    __table_args__ = (UniqueConstraint("shop_id", "name"),)

    id = Column(Integer, primary_key=True)
    shop_id = Column(String(32), ForeignKey("shop.id"), nullable=False)
    name = Column(String(80), nullable=False)
    seats = Column(Integer, nullable=False)


class AppointmentType(Base):
    """What can be booked: a service of the vocabulary, how long it takes, and at which resource."""

    __tablename__ = "appointment_type"
    __table_args__ = (UniqueConstraint("shop_id", "service"),)

    id = Column(Integer, primary_key=True)
    shop_id = Column(String(32), ForeignKey("shop.id"), nullable=False)
    service = Column(String(32), nullable=False)
    minutes = Column(Integer, nullable=False)
    resource_id = Column(Integer, ForeignKey("resource.id"), nullable=False)


class Availability(Base):
    """A weekly window of a resource, in Europe/Rome wall-clock time."""

    __tablename__ = "availability"

    id = Column(Integer, primary_key=True)
    resource_id = Column(Integer, ForeignKey("resource.id"), nullable=False, index=True)
    weekday = Column(Integer, nullable=False)  # 0 is Monday
    opens = Column(String(5), nullable=False)  # "09:00"
    closes = Column(String(5), nullable=False)


class Closure(Base):
    """A day on which a shop is closed beside the national holidays."""

    __tablename__ = "closure"

    shop_id = Column(String(32), ForeignKey("shop.id"), primary_key=True)
    day = Column(Date, primary_key=True)


class Appointment(Base):
    """A booking of a pseudonym. No name, no reason; the encrypted address goes when no notice can follow any more."""

    __tablename__ = "appointment"
    __table_args__ = (
        UniqueConstraint("code"),
        Index("ix_appointment_shop_id_starts_at", "shop_id", "starts_at"),
        Index("ix_appointment_person_key", "person_key"),
    )

    id = Column(String(36), primary_key=True)
    shop_id = Column(String(32), ForeignKey("shop.id"), nullable=False)
    resource_id = Column(Integer, ForeignKey("resource.id"), nullable=False)
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


class SlotClaim(Base):
    """One quarter of an hour at one seat. The unique constraint decides who gets it (DESIGN.md, decision 7)."""

    __tablename__ = "slot_claim"
    __table_args__ = (
        UniqueConstraint("shop_id", "resource_id", "starts_at", "seat"),
        Index("ix_slot_claim_appointment_id", "appointment_id"),
    )

    id = Column(Integer, primary_key=True)
    shop_id = Column(String(32), ForeignKey("shop.id"), nullable=False)
    resource_id = Column(Integer, ForeignKey("resource.id"), nullable=False)
    starts_at = Column(UTCDateTime, nullable=False)
    seat = Column(Integer, nullable=False)
    appointment_id = Column(String(36), ForeignKey("appointment.id"), nullable=False)


class AppointmentEvent(Base):
    """Who set which status when: `by` is a console account's name, or "person"."""

    __tablename__ = "appointment_event"
    __table_args__ = (Index("ix_appointment_event_appointment_id", "appointment_id"),)

    id = Column(Integer, primary_key=True)
    appointment_id = Column(String(36), ForeignKey("appointment.id"), nullable=False)
    at = Column(UTCDateTime, nullable=False)
    status = Column(String(16), nullable=False)
    by = Column(String(64), nullable=False)


class NoticeRow(Base):
    """A message that waits to be sent: the outbox, written in the transaction of what it tells."""

    __tablename__ = "notice"
    __table_args__ = (Index("ix_notice_due_at", "due_at"), Index("ix_notice_person_key", "person_key"))

    id = Column(Integer, primary_key=True)
    kind = Column(String(32), nullable=False)
    language = Column(String(8), nullable=False)
    person_key = Column(String(64), nullable=False)
    channel = Column(String(16), nullable=False)
    address_encrypted = Column(Text)
    params = Column(JSON, nullable=False)
    due_at = Column(UTCDateTime)  # None: sent, or given up
    attempts = Column(Integer, nullable=False, default=0)
    outcome = Column(String(16))  # sent | unreachable | given_up
