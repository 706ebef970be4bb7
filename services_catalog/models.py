"""The catalogue's tables, after HSDS 3.1 (Open Referral), with the standard's names where it has any.

An entry of a sheet is a `service`, its `organization`, at most one `location`, their `service_at_location`, and rows of
`phone`, `language` and `attribute` (the links to taxonomy terms: `category` and `eligibility`). Cost is HSDS's
`fees_description`; opening hours stay one text in OpenStreetMap's syntax, from which schedules can be derived.
"""

from __future__ import annotations

from uuid import UUID, uuid5

from sqlalchemy import JSON, Boolean, Column, Date, ForeignKey, Index, Integer, String, Text, UniqueConstraint

from storage.database import Base, UTCDateTime

NAMESPACE = UUID("6c1f7b1e-3a1c-5c0e-9a86-0f1e27a10002")
"""Of all ids of the catalogue. Changing it changes every id."""


def stable_id(kind: str, *names: str) -> str:
    """The UUIDv5 of a record: the same names give the same id on every installation."""
    return str(uuid5(NAMESPACE, "\n".join((kind, *names))))


class Organization(Base):
    """Who offers services; one row a name, shared by the cities."""

    __tablename__ = "organization"

    id = Column(String(36), primary_key=True)
    name = Column(Text, nullable=False)


class Service(Base):
    """One entry of a city's sheet.

    `city`: a city's id or `national`. `position`: its place in the sheet. `content_hash`: of the entry as it was last
    imported. `edited_at`: when somebody last changed it in the database; later than `imported_at` means that an import
    must not overwrite it.
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
    """Where people go. `address`: as the source writes it."""

    __tablename__ = "location"

    id = Column(String(36), primary_key=True)
    address = Column(Text, nullable=False)


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
    """A sheet that was imported. `packaged_hash`: of the file that came with the program and was loaded at a start."""

    __tablename__ = "catalogue_sheet"

    city = Column(String(32), primary_key=True)
    desk_phone = Column(Text)
    imported_at = Column(UTCDateTime, nullable=False)
    packaged_hash = Column(String(64))
