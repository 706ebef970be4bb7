"""The procedures' tables."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, Date, ForeignKey, ForeignKeyConstraint, Integer, String, Text

from storage.database import Base, UTCDateTime


class ProcedureRow(Base):
    """A topic. `packaged_hash`: of the files that came with the program and were loaded at a start."""

    __tablename__ = "procedure"

    topic = Column(String(32), primary_key=True)
    lifetime_days = Column(Integer, nullable=False)
    helpers = Column(JSON, nullable=False)
    not_stated = Column(JSON, nullable=False)
    uncertain = Column(JSON, nullable=False)
    sources = Column(JSON, nullable=False)
    imported_at = Column(UTCDateTime, nullable=False)
    packaged_hash = Column(String(64))


class StatementRow(Base):
    """A statement. `content_hash`, `imported_at`, `edited_at`: as for a service of the catalogue; confirming is an edit."""

    __tablename__ = "procedure_statement"

    topic = Column(String(32), ForeignKey("procedure.topic", ondelete="CASCADE"), primary_key=True)
    key = Column(String(16), primary_key=True)
    position = Column(Integer, nullable=False)
    text = Column(Text, nullable=False)
    sources = Column(JSON, nullable=False)
    needs_check = Column(Boolean, nullable=False)
    verified_on = Column(Date)
    verified_by = Column(Text)
    verified_source = Column(Text)
    content_hash = Column(String(64), nullable=False)
    imported_at = Column(UTCDateTime, nullable=False)
    edited_at = Column(UTCDateTime)


class TranslationRow(Base):
    """A statement in another language. `made_from`: hash of the Italian text that it was made from."""

    __tablename__ = "procedure_translation"
    __table_args__ = (
        ForeignKeyConstraint(
            ["topic", "key"], ["procedure_statement.topic", "procedure_statement.key"], ondelete="CASCADE"
        ),
    )

    topic = Column(String(32), primary_key=True)
    key = Column(String(16), primary_key=True)
    language = Column(String(3), primary_key=True)
    text = Column(Text, nullable=False)
    made_from = Column(String(12), nullable=False)


class StatementEvent(Base):
    """The audit: who confirmed which text on what page, or took that back, and when. Never changed, never deleted."""

    __tablename__ = "procedure_statement_event"

    id = Column(Integer, primary_key=True)
    topic = Column(String(32), nullable=False)
    key = Column(String(16), nullable=False)
    at = Column(UTCDateTime, nullable=False)
    deed = Column(String(16), nullable=False)
    by = Column(Text, nullable=False)
    text = Column(Text, nullable=False)
    source = Column(Text)
