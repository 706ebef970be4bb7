"""The catalogue's tables, after HSDS 3.1 (Open Referral), with the standard's names where it has any.

An entry of a sheet is a `service`, its `organization`, at most one `location`, their `service_at_location`, and rows of
`phone`, `language` and `attribute` (the links to taxonomy terms: `category` and `eligibility`). Cost is HSDS's
`fees_description`; opening hours stay one text in OpenStreetMap's syntax, from which schedules can be derived.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from uuid import UUID, uuid5

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
)

from storage.database import Base, UTCDateTime

NAMESPACE = UUID("6c1f7b1e-3a1c-5c0e-9a86-0f1e27a10002")
"""Of all ids of the catalogue. Changing it changes every id."""


def stable_id(kind: str, *names: str) -> str:
    """The UUIDv5 of a record: the same names give the same id on every installation."""
    return str(uuid5(NAMESPACE, "\n".join((kind, *names))))


def short_id(id_: str) -> str:
    """A UUID in 22 letters, for what must be short (Telegram's callback data)."""
    return urlsafe_b64encode(UUID(id_).bytes).decode().rstrip("=")


def long_id(short: str) -> str:
    """The UUID that `short_id` wrote. Raises ValueError."""
    return str(UUID(bytes=urlsafe_b64decode(short + "==")))


class Organization(Base):
    """Who offers services; one row a name, shared by the cities."""

    __tablename__ = "organization"

    id = Column(String(36), primary_key=True)
    name = Column(Text, nullable=False)


class Service(Base):
    """One entry of a city's sheet.

    `city`: a city's id or `national`. `position`: its place in the sheet. `content_hash`: of the entry as it was last
    imported. `edited_at`: when somebody last changed it in the database; later than `imported_at` means that an import
    must not overwrite it. `exceptions` and `stops`: lists of what `schema.HoursException` and `schema.Stop` hold.
    `confidential`: its location is never told to anybody (`LOCATIONS` in `search` leaves it out).
    """

    __tablename__ = "service"
    __table_args__ = (UniqueConstraint("city", "key"),)

    id = Column(String(36), primary_key=True)
    city = Column(String(32), nullable=False)
    key = Column(String(80), nullable=False)
    position = Column(Integer, nullable=False)
    organization_id = Column(String(36), ForeignKey("organization.id"), index=True)
    name = Column(Text, nullable=False)
    email = Column(Text)
    url = Column(Text)
    opening_hours = Column(Text)
    appointment_only = Column(Boolean, nullable=False, default=False)
    exceptions = Column(JSON, nullable=False, default=list)
    stops = Column(JSON, nullable=False, default=list)
    required_documents = Column(JSON, nullable=False, default=list)
    accessibility = Column(Text)
    confidential = Column(Boolean, nullable=False, default=False)
    eligibility_description = Column(Text)
    fees_description = Column(Text)
    free = Column(Boolean)
    interpretation_services = Column(Text)
    one_stop_shop = Column(Boolean, nullable=False)
    notes = Column(Text)
    source_url = Column(Text, nullable=False)
    source_date = Column(String(10))
    other_sources = Column(JSON, nullable=False)
    verified_on = Column(Date)
    verified_by = Column(Text)
    content_hash = Column(String(64))
    imported_at = Column(UTCDateTime)
    edited_at = Column(UTCDateTime)


class Location(Base):
    """Where people go. `address`: as the source writes it; `latitude`, `longitude`: WGS 84, both or none."""

    __tablename__ = "location"
    __table_args__ = (Index(None, "latitude", "longitude"),)

    id = Column(String(36), primary_key=True)
    address = Column(Text)
    latitude = Column(Float)
    longitude = Column(Float)


class ServiceAtLocation(Base):
    __tablename__ = "service_at_location"
    __table_args__ = (UniqueConstraint("service_id", "location_id"),)

    id = Column(String(36), primary_key=True)
    service_id = Column(String(36), ForeignKey("service.id", ondelete="CASCADE"), nullable=False)
    location_id = Column(String(36), ForeignKey("location.id", ondelete="CASCADE"), nullable=False, index=True)


class Phone(Base):
    __tablename__ = "phone"
    __table_args__ = (UniqueConstraint("service_id", "position"),)

    id = Column(String(36), primary_key=True)
    service_id = Column(String(36), ForeignKey("service.id", ondelete="CASCADE"), nullable=False)
    position = Column(Integer, nullable=False)
    number = Column(Text, nullable=False)
    description = Column(Text)


class Language(Base):
    """A language in which a service is given. `code`: ISO 639."""

    __tablename__ = "language"
    __table_args__ = (UniqueConstraint("service_id", "code"),)

    id = Column(String(36), primary_key=True)
    service_id = Column(String(36), ForeignKey("service.id", ondelete="CASCADE"), nullable=False)
    position = Column(Integer, nullable=False)
    code = Column(String(3), nullable=False)


class Attribute(Base):
    """A link to a term of our vocabulary. `link_type`: category or eligibility; `term`: the id."""

    __tablename__ = "attribute"
    __table_args__ = (UniqueConstraint("service_id", "link_type", "term"), Index(None, "link_type", "term"))

    id = Column(String(36), primary_key=True)
    service_id = Column(String(36), ForeignKey("service.id", ondelete="CASCADE"), nullable=False)
    link_type = Column(String(16), nullable=False)
    position = Column(Integer, nullable=False)
    term = Column(String(32), nullable=False)


class CatalogueSheet(Base):
    """A sheet that was imported. `packaged_hash`: of the file that came with the program and was loaded at a start.

    `patron_saint`: MM-DD, where the city keeps another day than the one in `vocabulary`.
    """

    __tablename__ = "catalogue_sheet"

    city = Column(String(32), primary_key=True)
    desk_phone = Column(Text)
    patron_saint = Column(String(9))
    imported_at = Column(UTCDateTime, nullable=False)
    packaged_hash = Column(String(64))


class Report(Base):
    """What somebody says is wrong: one row while it is open for each entry and aspect, however many say it.

    Nothing about the person is kept. `service_id` None: of the city's catalogue as a whole. `open_key`: entry and aspect
    while it is open, None once it is closed; unique, so that two who say it at once make one row. `outcome`, one of
    `freshness.OUTCOMES`, and `note`: what the operator answered.
    """

    __tablename__ = "catalogue_report"
    __table_args__ = (Index(None, "city", "closed_at"),)

    id = Column(String(36), primary_key=True)
    city = Column(String(32), nullable=False)
    service_id = Column(String(36), ForeignKey("service.id", ondelete="CASCADE"), index=True)
    aspect = Column(String(16), nullable=False)
    times = Column(Integer, nullable=False)
    first_at = Column(UTCDateTime, nullable=False)
    last_at = Column(UTCDateTime, nullable=False)
    closed_at = Column(UTCDateTime)
    closed_by = Column(String(64))
    outcome = Column(String(16))
    note = Column(String(200))
    open_key = Column(String(64), unique=True)


class Revision(Base):
    """One state of an entry in its life: draft, proposed, current, archived or rejected.

    `before` and `after`: the entry as its sheet's keys and values, None where there is none. `base_hash`: `content_hash` of
    what it was made from, so that a proposal about an older entry is noticed. At most one is current for each entry.
    """

    __tablename__ = "catalogue_revision"
    __table_args__ = (Index(None, "city", "key", "made_at"), Index(None, "state", "city"))

    id = Column(String(36), primary_key=True)
    city = Column(String(32), nullable=False)
    key = Column(String(80), nullable=False)
    state = Column(String(16), nullable=False)
    before = Column(JSON(none_as_null=True))
    after = Column(JSON(none_as_null=True))
    base_hash = Column(String(64))
    made_by = Column(String(64), nullable=False)
    made_at = Column(UTCDateTime, nullable=False)
    decided_by = Column(String(64))
    decided_at = Column(UTCDateTime)


class UnitPosition(Base):
    """Where a mobile unit is now, as its staff have shared it; after `expires_at` it counts for nothing."""

    __tablename__ = "unit_position"

    service_id = Column(String(36), ForeignKey("service.id", ondelete="CASCADE"), primary_key=True)
    latitude = Column(Float, nullable=False)
    longitude = Column(Float, nullable=False)
    shared_at = Column(UTCDateTime, nullable=False)
    expires_at = Column(UTCDateTime, nullable=False)
