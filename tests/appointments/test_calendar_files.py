"""Calendar files, read back by icalendar and by vobject."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
import vobject
from icalendar import Calendar

from appointments import booking, desk, plan
from appointments.calendar_files import feed, person_file
from appointments.errors import NotFound
from storage.clock import ROME
from storage.database import SessionFactory
from tests.appointments.conftest import ADDRESS
from tests.appointments.test_booking import book, rome
from tests.conftest import FixedClock


def read_twice(data: bytes) -> list[tuple[str, datetime, datetime, str, str]]:
    """Uid, begin, end, title and status of each event, as both readers find them."""
    calendar = Calendar.from_ical(data)
    first = [
        (str(one["uid"]), one.decoded("dtstart"), one.decoded("dtend"), str(one["summary"]), str(one["status"]))
        for one in calendar.walk("VEVENT")
    ]
    assert all(component.errors == [] for component in calendar.walk())
    parsed: Any = vobject.readOne(data.decode())
    assert parsed.validate(raiseException=True)
    second = [
        (one.uid.value, one.dtstart.value, one.dtend.value, one.summary.value, one.status.value)
        for one in getattr(parsed, "vevent_list", ())
    ]
    assert first == second
    return first


def file_of(made: booking.Booking, now: datetime, title: str = "x", reminder: str = "y") -> bytes:
    return person_file(
        id_=made.id,
        starts_at=made.starts_at,
        ends_at=made.ends_at,
        status=made.status,
        changes=made.changes,
        code=made.code,
        address=ADDRESS,
        title=title,
        reminder=reminder,
        now=now,
    )


def test_the_persons_file(shop: SessionFactory, clock: FixedClock) -> None:
    made = book(shop, clock)
    title = "Ηелп, \\ with; commas\nand ঢাকা " * 5
    data = file_of(made, clock(), title, "in 2 hours")
    ((uid, begin, end, summary, status),) = read_twice(data)
    assert (uid, begin, end) == (f"{made.id}@orienta", rome(26, 9), rome(26, 9, 30))
    assert begin.tzinfo is not None and begin.utcoffset() == begin.astimezone(ROME).utcoffset()
    assert summary == title and status == "TENTATIVE"
    event = Calendar.from_ical(data).walk("VEVENT")[0]
    assert ADDRESS in event["location"] and event["description"] == made.code
    assert event.walk("VALARM")[0].decoded("trigger") == timedelta(hours=-2)
    assert all(len(line) <= 75 for line in data.split(b"\r\n")), "RFC 5545, 3.1"


def test_changes_count_up_so_that_calendars_take_the_new_time(shop: SessionFactory, clock: FixedClock) -> None:
    made = book(shop, clock)
    moved = booking.reschedule(shop, clock, person_key="tg-1", code=made.code, starts_at=rome(26, 10))
    before, after = (Calendar.from_ical(file_of(one, clock())).walk("VEVENT")[0] for one in (made, moved))
    assert before["uid"] == after["uid"] and before["sequence"] < after["sequence"]


def test_a_feed_of_the_shop_and_of_a_desk_tells_nothing_of_people(shop: SessionFactory, clock: FixedClock) -> None:
    shower = book(shop, clock, person="tg-secret", service="shower", language="bn", interpreter_language="bn")
    papers = book(shop, clock, person="tg-2")
    gone = book(shop, clock, person="tg-3", starts_at=rome(26, 10))
    desk.set_note(shop, clock, appointment_id=papers.id, city="latina", note="porta il contratto", staff="anna")
    booking.set_status(shop, clock, appointment_id=papers.id, city="latina", status="confirmed", staff="anna")
    booking.cancel(shop, clock, person_key="tg-3", code=gone.code)
    booking.hold(shop, clock, city="latina", service="documents", starts_at=rome(26, 10), person_key="tg-4")
    whole = feed(shop, clock, plan.new_feed_token(shop, clock, city="latina", staff="anna"), str.upper)
    assert {(title, status) for *_, title, status in read_twice(whole)} == {
        ("SHOWER", "TENTATIVE"), ("DOCUMENTS", "CONFIRMED"),
    }  # fmt: skip
    for personal in (shower.code, papers.code, "tg-", "bn", "contratto", "anna"):
        assert personal.encode() not in whole.replace(b"\r\n ", b"")
    one_desk = feed(
        shop, clock, plan.new_feed_token(shop, clock, city="latina", resource="Showers", staff="anna"), str.upper
    )
    assert [title for *_, title, _ in read_twice(one_desk)] == ["SHOWER"]


def test_a_feeds_address_is_secret_and_can_be_changed(shop: SessionFactory, clock: FixedClock) -> None:
    old = plan.new_feed_token(shop, clock, city="latina", staff="anna")
    new = plan.new_feed_token(shop, clock, city="latina", staff="anna")
    assert len(new) == 43 and read_twice(feed(shop, clock, new, str)) == []
    for token in (old, "", "latina"):
        with pytest.raises(NotFound):
            feed(shop, clock, token, str)
    for city, resource in (("roma", None), ("latina", "Cellar")):
        with pytest.raises(NotFound):
            plan.new_feed_token(shop, clock, city=city, resource=resource, staff="anna")
