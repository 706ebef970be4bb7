"""The console over HTTP, on SQLite and PostgreSQL. The clock stands at Wednesday 2026-11-25, 09:00 in Rome."""

from __future__ import annotations

import re
from typing import Any

import pytest
import vobject
from argon2 import Type
from httpx import Response
from icalendar import Calendar
from sqlalchemy import select, text
from starlette.testclient import TestClient

from appointments import booking
from appointments.models import AppointmentEvent, NoticeRow
from appointments.plan import new_feed_token
from console import accounts
from console.accounts import LOCK_MINUTES, SESSION_HOURS, TRIES, ConsoleSession
from console.pages import COOKIE
from orienta.web import create_web_app
from storage.database import SessionFactory
from storage.settings import Settings
from tests.conftest import FixedClock
from tests.pages.conftest import (
    ACCOUNTS,
    PASSWORD,
    PASSWORD_HASHER,
    SAME_SITE,
    Staff,
    book,
    rome,
    row_of,
)

# -- log in and out --


def test_the_right_password_opens_the_day(staff: Staff) -> None:
    assert staff.client.get("/").headers["location"] == "/login"
    answer = staff.log_in("anna")
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert staff.client.get("/").headers["location"] == "/appointments"
    page = staff.day()
    assert page.status_code == 200
    assert "Appuntamenti: mercoledì 25 novembre 2026" in page.text and "anna" in page.text


@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("anna", "wrong horse battery staple"),
        ("anna", ""),
        ("Anna", PASSWORD),
        ("nobody", PASSWORD),
        ("", ""),
        ("an\x00na", "wrong"),
        ("anna", "\x00" * 200),
        ("' OR 1=1 --", PASSWORD),
        ("x" * 5000, "y" * 5000),
    ],
)
def test_anything_else_does_not(staff: Staff, name: str, password: str) -> None:
    answer = staff.log_in(name, password)
    assert answer.status_code == 401
    assert "Nome o password sbagliati" in answer.text
    assert COOKIE not in answer.cookies
    assert staff.day().headers["location"] == "/login"


def test_what_was_typed_as_name_comes_back_as_text(staff: Staff) -> None:
    page = staff.log_in('"><script>alert(1)</script>').text
    assert "<script>" not in page and "&lt;script&gt;" in page


def test_a_login_form_without_fields_is_a_wrong_login(staff: Staff) -> None:
    assert staff.client.post("/login", headers=SAME_SITE).status_code == 401
    assert staff.client.post("/login", json={"name": "anna"}, headers=SAME_SITE).status_code == 401


def test_lock_out_after_bad_tries(staff: Staff, clock: FixedClock) -> None:
    for _ in range(TRIES):
        assert staff.log_in("anna", "wrong").status_code == 401
    assert staff.log_in("anna").status_code == 401  # right, but locked
    assert staff.log_in("bruno").status_code == 303  # the others are not
    clock.advance(minutes=LOCK_MINUTES, seconds=-1)
    assert staff.log_in("anna").status_code == 401
    clock.advance(seconds=2)
    assert staff.log_in("anna").status_code == 303


def test_a_good_login_forgets_the_bad_tries(staff: Staff) -> None:
    for _ in range(2):
        for _ in range(TRIES - 1):
            staff.log_in("anna", "wrong")
        assert staff.log_in("anna").status_code == 303


def test_a_session_ends_with_the_clock(staff: Staff, clock: FixedClock) -> None:
    staff.log_in("anna")
    clock.advance(hours=SESSION_HOURS, seconds=-1)
    assert staff.day().status_code == 200
    clock.advance(seconds=2)
    assert staff.day().headers["location"] == "/login"


def test_sessions_that_ended_are_swept_at_the_next_login(
    staff: Staff, clock: FixedClock, sessions: SessionFactory
) -> None:
    staff.log_in("anna")
    clock.advance(hours=SESSION_HOURS, seconds=1)
    staff.log_in("bruno")
    with sessions() as session:
        assert session.execute(select(ConsoleSession.account_name)).scalars().all() == ["bruno"]


def test_logging_out_revokes_the_session(staff: Staff, sessions: SessionFactory) -> None:
    staff.log_in("anna")
    cookie = staff.client.cookies[COOKIE]
    answer = staff.client.post("/logout", headers=SAME_SITE)
    assert (answer.status_code, answer.headers["location"]) == (303, "/login")
    assert COOKIE not in staff.client.cookies
    staff.client.cookies.set(COOKIE, cookie)  # somebody who had kept it
    assert staff.day().headers["location"] == "/login"
    with sessions() as session:
        assert session.execute(select(ConsoleSession)).all() == []


def test_logging_out_is_no_link(staff: Staff) -> None:
    staff.log_in("anna")
    assert staff.client.get("/logout").status_code == 405
    assert staff.day().status_code == 200


def test_an_invented_cookie_is_nobody(staff: Staff) -> None:
    for cookie in ("x", "x" * 5000, "%00"):
        staff.client.cookies.set(COOKIE, cookie)
        assert staff.day().headers["location"] == "/login"


def test_neither_password_nor_cookie_is_kept(staff: Staff, sessions: SessionFactory) -> None:
    staff.log_in("anna")
    with sessions() as session:
        tables = [session.execute(text(f"SELECT * FROM {name}")).all() for name in ("account", "console_session")]
    kept = [str(row) for table in tables for row in table]
    assert len(kept) == len(ACCOUNTS) + 1
    assert not any(PASSWORD in row or staff.client.cookies[COOKIE] in row for row in kept)


def test_cookie_flags(staff: Staff) -> None:
    flags = cookie_flags(staff.log_in("anna"))
    assert flags >= {"httponly", "samesite=lax", "path=/", f"max-age={SESSION_HOURS * 3600}"}
    assert "secure" not in flags  # plain HTTP on one's own machine


def test_cookies_are_secure_behind_https(shop: SessionFactory, settings: Settings, clock: FixedClock) -> None:
    settings = settings.copy(update={"secure_cookies": True})
    with TestClient(create_web_app(settings, clock), "https://orienta.test", follow_redirects=False) as client:
        staff = Staff(client)
        assert "secure" in cookie_flags(staff.log_in("anna"))
        assert staff.day().status_code == 200
        assert "secure" in cookie_flags(client.get("/chat"))


def cookie_flags(answer: Response) -> set[str]:
    return {flag.strip().casefold() for flag in answer.headers["set-cookie"].split(";")[1:]}


def test_passwords_are_hard_to_try_out() -> None:
    """At least what OWASP's password storage cheat sheet asks of argon2id: 19 MiB, two passes."""
    assert PASSWORD_HASHER.type is Type.ID
    assert PASSWORD_HASHER.memory_cost >= 19 * 1024 and PASSWORD_HASHER.time_cost >= 2
    assert accounts._hasher is not PASSWORD_HASHER  # the tests' own, see quick_passwords


# -- who sees what --


def test_the_list_of_the_day(staff: Staff, shop: SessionFactory, clock: FixedClock) -> None:
    shower = book(shop, clock)
    later = book(shop, clock, "tg-2", service="documents", starts_at=rome(26, 9), language="ar")
    staff.log_in("anna")
    row = staff.row(shower.code)
    assert "10:00-10:30" in row and "Doccia" in row and "da confermare" in row and "bengalese" in row
    assert "Conferma" in row and "Non venuto" not in row
    assert later.code not in staff.day().text
    assert "Documenti" in staff.row(later.code, day="2026-11-26")
    assert "Nessun appuntamento in questo giorno." in staff.day(day="2026-11-27").text


def test_nothing_of_the_person_is_on_the_page(staff: Staff, shop: SessionFactory, clock: FixedClock) -> None:
    book(shop, clock, "tg-0123456789abcdef")
    staff.log_in("anna")
    page = staff.day().text
    assert "tg-0123456789abcdef" not in page and "secret" not in page and "telegram" not in page


def test_staff_see_their_own_city_whatever_the_address_says(
    staff: Staff, shop: SessionFactory, clock: FixedClock
) -> None:
    ours, theirs = book(shop, clock), book(shop, clock, "tg-2", city="palermo")
    staff.log_in("anna")
    for query in ({}, {"city": "palermo"}, {"city": "atlantis"}, {"city": ""}):
        page = staff.day(**query).text
        assert ours.code in page and theirs.code not in page and "Palermo" not in page
    assert staff.mark(theirs, "confirmed", city="palermo").status_code == 404
    staff.log_in("bruno")
    page = staff.day(city="latina").text
    assert theirs.code in page and ours.code not in page
    assert "da confermare" in row_of(page, theirs.code)


def test_an_administrator_chooses_the_city(staff: Staff, shop: SessionFactory, clock: FixedClock) -> None:
    ours, theirs = book(shop, clock), book(shop, clock, "tg-2", city="palermo")
    staff.log_in("ada")
    assert ours.code in staff.day(city="latina").text
    assert theirs.code in staff.day(city="palermo").text
    answer = staff.mark(theirs, "confirmed", city="palermo", day="2026-11-25")
    assert answer.headers["location"] == "/appointments?day=2026-11-25&city=palermo"
    assert "confermato" in staff.row(theirs.code, city="palermo")
    assert staff.mark(ours, "confirmed", city="palermo").status_code == 404
    assert staff.day(city="atlantis").status_code == 200


@pytest.mark.parametrize(
    ("name", "status"), [("anna", 303), ("bruno", 404), ("olga", 403), ("nora", 403), ("ada", 303), (None, 303)]
)
def test_who_may_mark(staff: Staff, shop: SessionFactory, clock: FixedClock, name: str | None, status: int) -> None:
    appointment = book(shop, clock)
    if name:
        staff.log_in(name)
    answer = staff.mark(appointment, "confirmed", city="latina")
    assert answer.status_code == status
    if name is None:
        assert answer.headers["location"] == "/login"
    now = booking.day_list(shop, "latina", rome(25, 10).date())[0].status
    assert now == ("confirmed" if name in ("anna", "ada") else "pending")


@pytest.mark.parametrize("name", ["olga", "nora"])
def test_other_roles_do_not_see_the_list(staff: Staff, shop: SessionFactory, clock: FixedClock, name: str) -> None:
    appointment = book(shop, clock)
    staff.log_in(name)
    page = staff.day(city="latina")
    assert page.status_code == 403
    assert "Questa pagina è per il personale degli sportelli." in page.text and appointment.code not in page.text


# -- what staff mark --


def test_from_booked_to_seen(staff: Staff, shop: SessionFactory, clock: FixedClock) -> None:
    appointment = book(shop, clock)
    staff.log_in("anna")
    answer = staff.mark(appointment, "confirmed", day="2026-11-25")
    assert (answer.status_code, answer.headers["location"]) == (303, "/appointments?day=2026-11-25&city=latina")
    row = staff.row(appointment.code)
    assert "<td>confermato</td>" in row and ">Venuto<" in row and ">Non venuto<" in row and ">Conferma<" not in row
    staff.mark(appointment, "no_show")
    assert "<td>non venuto</td>" in staff.row(appointment.code)
    staff.mark(appointment, "seen")  # put right
    assert "<td>venuto</td>" in staff.row(appointment.code)
    with shop() as session:
        events = session.execute(select(AppointmentEvent.status, AppointmentEvent.by).order_by(AppointmentEvent.id))
        assert [tuple(event) for event in events] == [
            ("pending", "person"), ("confirmed", "anna"), ("no_show", "anna"), ("seen", "anna"),
        ]  # fmt: skip
        assert session.execute(select(NoticeRow.kind)).scalars().all() == ["confirmed"]


def test_a_second_press_on_an_old_page_tells_the_true_state(
    staff: Staff, shop: SessionFactory, clock: FixedClock
) -> None:
    appointment = book(shop, clock)
    staff.log_in("anna")
    assert staff.mark(appointment, "confirmed").status_code == 303
    again = staff.mark(appointment, "confirmed", day="2026-11-25")
    assert again.status_code == 409
    assert "Questo appuntamento è già cambiato: ecco com&#39;è adesso." in again.text
    assert "<td>confermato</td>" in row_of(again.text, appointment.code)
    with shop() as session:
        assert session.execute(select(NoticeRow.kind)).scalars().all() == ["confirmed"]  # told once


def test_what_the_person_gave_back_cannot_be_confirmed(staff: Staff, shop: SessionFactory, clock: FixedClock) -> None:
    appointment = book(shop, clock)
    staff.log_in("anna")
    booking.cancel(shop, clock, person_key="tg-1", code=appointment.code)
    answer = staff.mark(appointment, "confirmed")
    assert answer.status_code == 409
    assert "<td>annullato</td>" in row_of(answer.text, appointment.code)


@pytest.mark.parametrize("status", ["pending", "declined", "cancelled", "paid", "%00", "confirmed%00"])
def test_a_status_that_has_no_button_is_not_found(
    staff: Staff, shop: SessionFactory, clock: FixedClock, status: str
) -> None:
    appointment = book(shop, clock)
    staff.log_in("anna")
    assert staff.mark(appointment, status).status_code == 404
    assert "da confermare" in staff.row(appointment.code)


def test_an_appointment_that_is_not_there(staff: Staff) -> None:
    staff.log_in("anna")
    answer = staff.client.post("/appointments/00000000-0000-0000-0000-000000000000/confirmed", headers=SAME_SITE)
    assert answer.status_code == 404
    assert "Questo appuntamento non c&#39;è più." in answer.text


@pytest.mark.parametrize("id_", ["x", "%00", "%F0%9F%9A%BF", "a" * 4000])
def test_what_is_no_id_is_not_found(staff: Staff, id_: str) -> None:
    staff.log_in("anna")
    assert staff.client.post(f"/appointments/{id_}/confirmed", headers=SAME_SITE).status_code == 404


@pytest.mark.parametrize(
    "day", ["", "today", "2026-13-40", "0001-01-01", "9999-12-31", "-1", "<script>", "2026-11-25T00:00", "\x00"]
)
def test_every_day_in_the_address_gives_a_page(staff: Staff, day: str) -> None:
    staff.log_in("anna")
    page = staff.day(day=day)
    assert page.status_code == 200
    assert "<script>" not in page.text


def test_the_day_changes_at_midnight_in_rome(staff: Staff, clock: FixedClock) -> None:
    clock.now = rome(26, 0, 30)  # in UTC still the 25th
    staff.log_in("anna")
    assert "giovedì 26 novembre 2026" in staff.day().text


# -- against other sites --


@pytest.mark.parametrize(
    ("headers", "allowed"),
    [
        ({"sec-fetch-site": "same-origin"}, True),
        ({"sec-fetch-site": "none"}, True),
        ({"sec-fetch-site": "same-site"}, False),
        ({"sec-fetch-site": "cross-site"}, False),
        ({"sec-fetch-site": "cross-site", "origin": "http://testserver"}, False),
        ({"origin": "http://testserver"}, True),
        ({"origin": "http://testserver.evil.example"}, False),
        ({"origin": "http://testserver:81"}, False),
        ({"origin": "null"}, False),
        ({}, True),
    ],
)
def test_a_post_from_another_site_is_refused(
    staff: Staff, shop: SessionFactory, clock: FixedClock, headers: dict[str, str], allowed: bool
) -> None:
    appointment = book(shop, clock)
    staff.log_in("anna")
    answer = staff.client.post(f"/appointments/{appointment.id}/confirmed", headers=headers)
    assert answer.status_code == (303 if allowed else 403)
    assert ("confermato" in staff.row(appointment.code)) is allowed


@pytest.mark.parametrize("path", ["/login", "/logout", "/chat/send"])
def test_so_is_every_other_post(staff: Staff, path: str) -> None:
    staff.log_in("anna")
    answer = staff.client.post(path, headers={"sec-fetch-site": "cross-site"})
    assert answer.status_code == 403
    check_headers(answer)
    assert staff.day().status_code == 200


def test_following_a_link_from_another_site_is_fine(staff: Staff) -> None:
    assert staff.client.get("/login", headers={"sec-fetch-site": "cross-site"}).status_code == 200


def test_security_headers_on_every_answer(staff: Staff) -> None:
    for path in ("/", "/login", "/appointments", "/chat", "/chat/notices", "/health", "/static/chat.js", "/nowhere"):
        check_headers(staff.client.get(path), "no-cache" if path.startswith("/static/") else "no-store")
    staff.log_in("anna")
    check_headers(staff.day())


def check_headers(answer: Response, cache_control: str = "no-store") -> None:
    headers: Any = answer.headers
    policy = dict(part.strip().partition(" ")[::2] for part in headers["content-security-policy"].split(";"))
    assert policy["default-src"] == "'none'" and policy["script-src"] == "'self'" and policy["style-src"] == "'self'"
    assert (
        policy["frame-ancestors"] == "'none'" and policy["base-uri"] == "'none'" and policy["form-action"] == "'self'"
    )
    assert not any("unsafe" in sources or "*" in sources for sources in policy.values())
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == cache_control


def test_pages_hold_no_script_and_no_style_of_their_own(staff: Staff) -> None:
    staff.log_in("anna")
    for page in (staff.day().text, staff.client.get("/login").text, staff.client.get("/chat").text):
        assert not re.search(r"<script(?! src=)|<style|\son\w+=|\sstyle=|javascript:", page)
        assert not re.search(r'(?:src|href|action)="(?!/)', page)  # nothing comes from elsewhere


def test_health_needs_nobody(staff: Staff) -> None:
    assert staff.client.get("/health").text == "ok"


def test_the_icon_that_browsers_ask_for(staff: Staff) -> None:
    icon = staff.client.get("/favicon.ico")
    assert icon.headers["content-type"] == "image/svg+xml" and icon.text.startswith("<svg")


# -- calendars --


def test_a_feed_stands_at_its_secret_address_alone(staff: Staff, shop: SessionFactory, clock: FixedClock) -> None:
    made = book(shop, clock)
    whole, desk = (new_feed_token(shop, clock, city="latina", resource=name, staff="anna") for name in (None, "Room"))
    answer = staff.client.get(f"/calendar/{whole}.ics")
    assert answer.headers["content-type"].startswith("text/calendar") and answer.headers["cache-control"] == "no-store"
    (event,) = Calendar.from_ical(answer.content).walk("VEVENT")
    assert vobject.readOne(answer.text).validate(raiseException=True)
    assert (str(event["summary"]), event.decoded("dtstart")) == ("Doccia", made.starts_at)
    assert made.code not in answer.text
    assert Calendar.from_ical(staff.client.get(f"/calendar/{desk}.ics").content).walk("VEVENT") == []
    for token in ("x" * 43, "", new_feed_token(shop, clock, city="palermo", staff="anna")[:-1], "..%2f"):
        assert staff.client.get(f"/calendar/{token}.ics").status_code == 404


def test_the_staff_see_which_interpreter_is_wished_for(staff: Staff, shop: SessionFactory, clock: FixedClock) -> None:
    made = book(shop, clock, interpreter_language="ti", interpreter_gender="woman")
    staff.log_in("anna")
    assert "ትግርኛ, una donna" in staff.row(made.code)
