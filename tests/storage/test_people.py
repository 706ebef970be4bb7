from __future__ import annotations

import pytest
from sqlalchemy import select

from storage.database import SessionFactory
from storage.people import Person, Profile, erase_person, get_profile, update_profile
from tests.conftest import FixedClock


def test_nobody_is_known_at_first(sessions: SessionFactory) -> None:
    assert get_profile(sessions, "tg-1") == Profile(None, None)


def test_what_is_given_is_set_and_the_rest_is_kept(sessions: SessionFactory, clock: FixedClock) -> None:
    assert update_profile(sessions, clock, "tg-1", language="pa") == Profile("pa", None)
    clock.advance(days=1)
    assert update_profile(sessions, clock, "tg-1", city="latina") == Profile("pa", "latina")
    assert update_profile(sessions, clock, "tg-1", language="it") == Profile("it", "latina")
    assert get_profile(sessions, "tg-1") == Profile("it", "latina")
    assert get_profile(sessions, "tg-2") == Profile()
    with sessions() as session:
        assert session.execute(select(Person.person_key, Person.updated_at)).all() == [("tg-1", clock())]


def test_erasing(sessions: SessionFactory, clock: FixedClock) -> None:
    for person in ("tg-1", "tg-2"):
        update_profile(sessions, clock, person, city="latina")
    assert erase_person(sessions, "tg-1")
    assert not erase_person(sessions, "tg-1")
    assert get_profile(sessions, "tg-1") == Profile()
    assert get_profile(sessions, "tg-2") == Profile(None, "latina")


def test_nothing_else_is_kept_of_a_person() -> None:
    assert set(Person.__table__.columns.keys()) == {"person_key", "language", "city", "updated_at"}


@pytest.mark.parametrize("person", ["tg-" + "f" * 32, "x" * 64])
def test_the_longest_keys_fit(sessions: SessionFactory, clock: FixedClock, person: str) -> None:
    update_profile(sessions, clock, person, language="it")
    assert get_profile(sessions, person).language == "it"
