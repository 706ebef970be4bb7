"""What is kept of a person between conversations: the language and the city that they chose. No name, no number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional

from sqlalchemy import Column, String, bindparam, select

from storage.clock import Clock
from storage.database import Base, SessionFactory, UTCDateTime, transaction


class Person(Base):
    """One row a pseudonym (`Keyring.person_key`)."""

    __tablename__ = "person"

    person_key = Column(String(64), primary_key=True)
    language = Column(String(8))
    city = Column(String(32))
    updated_at = Column(UTCDateTime, nullable=False)


_PROFILE = select(Person.language, Person.city).where(Person.person_key == bindparam("person_key"))
"""Built once: it is asked at each message."""


@dataclass(frozen=True)
class Profile:
    language: Optional[str] = None
    city: Optional[str] = None


def get_profile(sessions: SessionFactory, person_key: str) -> Profile:
    with sessions() as session:
        row = session.execute(_PROFILE, {"person_key": person_key}).first()
        return Profile(row.language, row.city) if row else Profile()


def update_profile(
    sessions: SessionFactory,
    clock: Clock,
    person_key: str,
    *,
    language: Optional[str] = None,
    city: Optional[str] = None,
) -> Profile:
    """Set what is given, keep the rest. Returns the profile as it now stands."""
    with transaction(sessions) as session:
        row = session.get(Person, person_key)
        if row is None:
            row = Person(person_key=person_key)
            session.add(row)
        row.language = language or row.language
        row.city = city or row.city
        row.updated_at = clock()
        return Profile(row.language, row.city)


def erase_person(sessions: SessionFactory, person_key: str) -> bool:
    """Delete the profile. Returns whether there was one."""
    with transaction(sessions) as session:
        row = session.get(Person, person_key)
        if row is None:
            return False
        session.delete(row)
        return True
