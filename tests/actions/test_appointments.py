"""Booking in the chat, from button to button. The clock stands at Wednesday 2026-11-25, 09:00 in Rome."""

from __future__ import annotations

from typing import Any

import pytest
from icalendar import Calendar
from sqlalchemy import inspect, text

from actions.languages import WRITTEN_LANGUAGES
from appointments import booking
from appointments.personal import INTRODUCTIONS, says_who
from storage.database import SessionFactory
from tests.actions.chat import Chat
from tests.appointments.conftest import ADDRESS
from tests.appointments.test_booking import rome
from tests.conftest import FixedClock


def titles(chat: Chat, intent: str) -> list[str]:
    return [one["title"] for one in chat.buttons if one["payload"].startswith(f"/{intent}{{")]


def book(chat: Chat, service: str) -> list[str]:
    """The earliest time of a service, with a yes."""
    assert chat.send(f'/book_appointment{{"service":"{service}"}}') == ["utter_ask_booking__day"]
    assert chat.press("earliest")[-1] == "utter_ask_booking__confirm"
    return chat.press('"answer":"yes"')


def test_days_and_times_come_in_pages(chat: Chat) -> None:
    chat.send('/book_appointment{"service":"documents"}')
    seen = []
    for number, count in enumerate((6, 6, 5), start=1):
        days = [one for one in titles(chat, "choose_day") if one[0] not in "🌅🌇▶"]
        assert len(days) == count
        seen += days
        assert bool(titles(chat, "choose_slot")) == (number == 1), "the earliest of all stands on the first page"
        assert any("▶" in one for one in titles(chat, "choose_day")) == (number < 3)
        if number < 3:
            assert chat.press("▶") == ["utter_ask_booking__day"]
    assert len(set(seen)) == 17 and seen[0] == "Wed 25 Nov"
    assert chat.press("Another day") == ["utter_ask_booking__day"] and titles(chat, "choose_day")[0] == "Wed 25 Nov"
    chat.press("Thu 26 Nov")
    first = titles(chat, "choose_slot")
    assert (first[0], first[23], first[24]) == ("08:00", "13:45", "▶ More")
    chat.press("▶")
    assert (titles(chat, "choose_slot")[0], titles(chat, "choose_slot")[-1]) == ("14:00", "19:45")
    assert chat.press("14:00")[-1] == "utter_ask_booking__confirm"
    assert "Thursday 26 November, 14:00" in chat.answers[-1]["text"]


def test_mornings_or_afternoons_only(chat: Chat) -> None:
    chat.send('/book_appointment{"service":"documents"}')
    assert chat.press("🌇 Afternoons") == ["utter_ask_booking__day"]
    chat.press("Thu 26 Nov")
    assert titles(chat, "choose_slot")[0] == "13:00"
    chat.press("▶")
    assert titles(chat, "choose_slot")[-1] == "19:45", "the pages of the afternoon"
    chat.press("Another day")
    assert chat.press("🌅 Mornings") == ["utter_ask_booking__day"]
    chat.press("▶")
    chat.press(titles(chat, "choose_day")[0])
    assert (titles(chat, "choose_slot")[0], titles(chat, "choose_slot")[-1]) == ("08:00", "12:45")
    chat.send('/book_appointment{"service":"legal_support"}')
    assert not any("Afternoons" in one for one in titles(chat, "choose_day")), "there are only mornings"


@pytest.mark.parametrize(
    "payload",
    [
        '/choose_slot{"service":"documents","page":"2"}',
        '/choose_day{"service":"documents","page":"99"}',
        '/choose_day{"service":"documents","page":"-1"}',
        '/choose_day{"service":"documents","part":"midnight"}',
        '/choose_day{"service":"documents","day":"2026-02-30"}',
        '/choose_slot{"service":"documents","slot":"1"}',
        '/choose_slot{"service":"sauna","slot":"1796112000"}',
        '/get_calendar_file{"appointment":"sole-mare-12"}',
        '/choose_interpreter{"appointment":"sole-mare-12","gender":"man"}',
    ],
)
def test_old_and_invented_buttons_lead_back(chat: Chat, shop: SessionFactory, clock: FixedClock, payload: str) -> None:
    said = chat.send(payload)
    assert said and "utter_technical_problem" not in said and chat.buttons
    assert booking.appointments_of(shop, clock, "tg-1") == []


def test_a_time_that_is_gone_meanwhile_brings_the_nearest(chat: Chat, shop: SessionFactory, clock: FixedClock) -> None:
    chat.send('/book_appointment{"service":"legal_support"}')
    chat.press("Thu 26 Nov")
    booking.book(
        shop,
        clock,
        city="latina",
        service="legal_support",
        starts_at=rome(26, 10),
        person_key="tg-2",
        language="fr",
        channel="telegram",
        address_encrypted=None,
    )
    assert chat.press("10:00") == ["utter_booking__slot_taken"]
    assert titles(chat, "choose_slot") == ["Thu 26 Nov, 09:00", "Thu 26 Nov, 11:00", "Thu 26 Nov, 12:00"]
    assert chat.press("11:00")[-1] == "utter_ask_booking__confirm"


def test_an_interpreter_is_asked_for_where_the_type_has_them(
    chat: Chat, shop: SessionFactory, clock: FixedClock
) -> None:
    def wish() -> Any:
        (made,) = booking.day_list(shop, "latina", rome(26, 9).date())
        return made.interpreter_language, made.interpreter_gender

    assert book(chat, "documents") == ["utter_booking__done"]
    chat.send("/view_appointment")
    assert not titles(chat, "choose_interpreter")
    assert book(chat, "legal_support") == ["utter_booking__done", "utter_ask_interpreter__language"]
    assert titles(chat, "choose_interpreter") == ["English", "🌐 Another language", "✖ No interpreter"]
    chat.press("Another language")
    assert len(titles(chat, "choose_interpreter")) == len(WRITTEN_LANGUAGES) + 1
    assert chat.press("አማርኛ") == ["utter_ask_interpreter__gender"] and wish() == ("am", None)
    assert chat.press("A woman") == ["utter_interpreter__noted"] and wish() == ("am", "woman")
    chat.send("/view_appointment")
    assert chat.press("💬 Interpreter") == ["utter_ask_interpreter__language"]
    chat.press("English")
    assert chat.press("It does not matter") == ["utter_interpreter__noted"] and wish() == ("en", None)
    chat.send("/view_appointment")
    chat.press("💬 Interpreter")
    assert chat.press("No interpreter") == ["utter_interpreter__none"] and wish() == (None, None)


def test_the_calendar_file(chat: Chat, shop: SessionFactory, clock: FixedClock) -> None:
    book(chat, "legal_support")
    (made,) = booking.appointments_of(shop, clock, "tg-1")
    assert chat.press("To my calendar") == ["utter_calendar__file"]
    file = chat.answers[0]["attachment"]
    assert (file["name"], file["type"]) == (f"{made.code}.ics", "text/calendar")
    (event,) = Calendar.from_ical(file["content"]).walk("VEVENT")
    assert event.decoded("dtstart") == made.starts_at and ADDRESS in event["location"]
    assert (str(event["summary"]), str(event["description"])) == ("Legal help", made.code)
    chat.send("/view_appointment")
    assert chat.press("To my calendar") == ["utter_calendar__file"]


def test_a_booking_that_was_left_goes_on_while_its_time_is_held(
    chat: Chat, shop: SessionFactory, clock: FixedClock
) -> None:
    """Left for something else, or for another process: the draft is in the database, not in the conversation."""
    chat.send('/book_appointment{"service":"documents"}')
    chat.press("earliest")
    yes, no = chat.payloads[:2]
    chat.send("/help")
    assert Chat().send("/book_appointment") == ["utter_ask_booking__confirm"]
    assert chat.send(yes) == ["utter_stale", "utter_ask_booking__confirm"]
    assert booking.appointments_of(shop, clock, "tg-1") == []
    assert chat.send(yes) == ["utter_booking__done"]
    chat.press("Move it")
    chat.press("Thu 26 Nov")
    chat.press("10:00")
    chat.send("/help")
    assert chat.send("/book_appointment") == ["utter_ask_booking__confirm"]
    assert chat.press('"answer":"yes"') == ["utter_reschedule__done"]
    chat.send('/book_appointment{"service":"legal_support"}')
    chat.press("earliest")
    chat.send("/help")
    assert chat.send(no) == ["utter_booking__not_booked"]
    assert chat.send("/book_appointment") == ["utter_ask_booking__service"]
    chat.send('/book_appointment{"service":"legal_support"}')
    chat.press("earliest")
    clock.advance(minutes=10)
    chat.send("/help")
    assert chat.send(yes) == ["utter_stale"], "the time is held no more"


NAMES = [
    ("My name is Zebulon Quux", "greet", 0.9),
    ("Zebulon Quux", "affirm", 0.4),
    ("zebulon.quux@example.org", "out_of_scope", 0.9),
    ("+39 333 123 4567", "out_of_scope", 0.9),
    ("mi chiamo Zebulon", "book_appointment", 0.8),
]


def everything_kept(sessions: SessionFactory) -> str:
    with sessions() as session:
        tables = inspect(session.get_bind()).get_table_names()
        return "\n".join(str(row) for table in tables for row in session.execute(text(f"SELECT * FROM {table}")))


@pytest.mark.parametrize(("words", "intent", "confidence"), NAMES)
def test_a_name_where_none_is_wanted(
    chat: Chat, shop: SessionFactory, clock: FixedClock, words: str, intent: str, confidence: float
) -> None:
    """Said at every step: a clear answer, nothing kept, and the question that was open is still open."""
    chat.send("/book_appointment")
    for step in ('"service":"documents"', "Thu 26 Nov", "09:00"):
        before = everything_kept(shop)
        open_buttons = chat.answers
        assert chat.write(words, intent, confidence) == ["utter_booking__no_name"]
        assert everything_kept(shop) == before
        assert not any(part in str(chat.slots) for part in ("Zebulon", "zebulon", "4567"))
        chat.answers = open_buttons
        chat.press(step)
    assert chat.write(words, intent, confidence) == ["utter_booking__no_name"]
    assert chat.press('"answer":"yes"') == ["utter_booking__done"]


def test_other_words_in_a_booking_are_no_name(chat: Chat) -> None:
    chat.send('/book_appointment{"service":"documents"}')
    for words, intent in (("Yes Please", "affirm"), ("Where is it", "service_hours"), ("25/11/2026 10:30", "affirm")):
        assert "utter_booking__no_name" not in chat.write(words, intent)
        chat.send('/book_appointment{"service":"documents"}')


def test_names_are_introduced_in_every_language() -> None:
    assert set(INTRODUCTIONS) == set(WRITTEN_LANGUAGES)
    assert all(says_who(f"{words} Ali") == "name" for several in INTRODUCTIONS.values() for words in several)
