"""The shop's plan over HTTP: weeks, days, types, desks, interpreters, feeds. Wednesday 2026-11-25, 09:00 in Rome."""

from __future__ import annotations

import html
import re
from datetime import date

import pytest

from appointments import booking, plan
from appointments.interpreters import assign, roster
from storage.audit import audit_entries
from storage.database import SessionFactory
from tests.conftest import FixedClock
from tests.pages.conftest import Staff, book, post, rome

THURSDAY = date(2026, 11, 26)


def desk_id(sessions: SessionFactory, clock: FixedClock, name: str, city: str = "latina") -> str:
    return str(next(one.id for one in plan.plan_of(sessions, clock, city).desks if one.name == name))


def week_of(sessions: SessionFactory, clock: FixedClock, name: str) -> dict[str, str]:
    """What the form of a desk's week sends."""
    one = next(one for one in plan.plan_of(sessions, clock, "latina").desks if one.name == name)
    hours = {f"hours{at}": ", ".join("-".join(span) for span in spans) for at, spans in enumerate(one.week)}
    return {"desk": str(one.id), "change": "week", **hours}


def test_a_week_is_changed_after_a_look_at_what_it_costs(staff: Staff, shop: SessionFactory, clock: FixedClock) -> None:
    late = book(shop, clock, starts_at=rome(26, 12))
    staff.log_in("anna")
    form = {**week_of(shop, clock, "Showers"), "hours3": "9-11.30", "hours0": "9-13, 14:30–18"}
    status, page = post(staff.client, "/plan/hours", **form)
    assert status == 200 and late.code in page and "giovedì 09:00-11:30" in page
    assert week_of(shop, clock, "Showers")["hours3"] == "09:00-13:00", "only looked at"
    status, page = post(staff.client, "/plan/hours", **form, sure="yes")
    assert status == 200 and "Restano fuori 1 appuntamenti" in page
    now = week_of(shop, clock, "Showers")
    assert (now["hours0"], now["hours3"]) == ("09:00-13:00, 14:30-18:00", "09:00-11:30")
    assert [one.status for one in booking.day_list(shop, "latina", THURSDAY)] == ["pending"], "it stays"
    assert next((one.by, one.deed, one.city, one.subject) for one in audit_entries(shop)) == (
        "anna",
        "week_changed",
        "latina",
        "Showers",
    )


@pytest.mark.parametrize(
    "hours", ["nine to five", "9-8", "9:07-10", "9-13, 12-14", "25-26", "<script>", "9-13 x", "\x00-1"]
)
def test_hours_that_are_none_change_nothing_and_stay_typed(
    staff: Staff, shop: SessionFactory, clock: FixedClock, hours: str
) -> None:
    staff.log_in("anna")
    before = plan.plan_of(shop, clock, "latina")
    status, page = post(staff.client, "/plan/hours", **{**week_of(shop, clock, "Showers"), "hours2": hours}, sure="yes")
    assert status == 422 and "Gli orari si scrivono così: 9-13, 14:30-18. Usa i quarti d'ora" in page
    assert f'value="{hours}"' in page or "\x00" in hours
    assert plan.plan_of(shop, clock, "latina") == before


def test_a_day_of_its_own_and_back(staff: Staff, shop: SessionFactory, clock: FixedClock) -> None:
    staff.log_in("anna")
    form = {"desk": desk_id(shop, clock, "Showers"), "change": "day", "day": "2026-11-26"}
    status, page = post(staff.client, "/plan/hours", **form, hours="10-12", sure="yes")
    assert status == 200 and "gio 26 nov 2026: 10:00-12:00" in page
    first = booking.free_slots_for(shop, clock, "latina", "shower", THURSDAY)[0]
    assert first.starts_at == rome(26, 10)
    status, page = post(staff.client, "/plan/hours", **form, usual="yes", sure="yes")
    assert "gio 26 nov" not in page


def test_hours_are_blocked(staff: Staff, shop: SessionFactory, clock: FixedClock) -> None:
    inside = book(shop, clock, starts_at=rome(26, 10))
    staff.log_in("anna")
    form = {"desk": desk_id(shop, clock, "Showers"), "change": "block", "day": "2026-11-26", "hours": "10-11"}
    status, page = post(staff.client, "/plan/hours", **form)
    assert status == 200 and inside.code in page and "bloccato 10:00-11:00" in page
    status, page = post(staff.client, "/plan/hours", **form, sure="yes")
    assert "09:00-10:00, 11:00-13:00" in page


@pytest.mark.parametrize("day", ["2026-11-24", "2099-01-01", "", "tomorrow"])
def test_days_out_of_reach(staff: Staff, shop: SessionFactory, clock: FixedClock, day: str) -> None:
    staff.log_in("anna")
    form = {"desk": desk_id(shop, clock, "Showers"), "change": "day", "day": day, "hours": "", "sure": "yes"}
    status, page = post(staff.client, "/plan/hours", **form)
    assert status == 422 and "non si cambia" in page
    if day.startswith("2"):
        status, page = post(staff.client, f"/appointments/closure?day={day}")
        assert status == 422 and "non si cambia" in page
    assert plan.plan_of(shop, clock, "latina").closed == (date(2026, 11, 27),)


def test_closed_days_are_written_down(staff: Staff, shop: SessionFactory, clock: FixedClock) -> None:
    staff.log_in("anna")
    post(staff.client, "/appointments/closure?day=2026-12-02")
    post(staff.client, "/appointments/closure?day=2026-12-02", open="yes")
    assert [(one.by, one.deed, one.subject) for one in audit_entries(shop)][:2] == [
        ("anna", "day_opened", "2026-12-02"),
        ("anna", "day_closed", "2026-12-02"),
    ]


def test_another_shops_desk_is_not_there(staff: Staff, shop: SessionFactory, clock: FixedClock) -> None:
    theirs = desk_id(shop, clock, "Showers", "palermo")
    before = plan.plan_of(shop, clock, "palermo")
    staff.log_in("anna")
    form = {f"hours{at}": "" for at in range(7)}
    assert post(staff.client, "/plan/hours?city=palermo", desk=theirs, change="week", sure="yes", **form)[0] == 404
    assert post(staff.client, "/plan/feed?city=palermo", desk="Cellar")[0] == 404
    assert plan.plan_of(shop, clock, "palermo") == before


def test_types_and_desks(staff: Staff, shop: SessionFactory, clock: FixedClock) -> None:
    staff.log_in("anna")
    assert post(staff.client, "/plan/desk", name="Sala corsi", seats="12")[0] == 200
    for wrong in ({"name": "Sala corsi", "seats": "1"}, {"name": "", "seats": "1"}, {"name": "x", "seats": "99"}):
        assert post(staff.client, "/plan/desk", **wrong)[0] == 422
    room = desk_id(shop, clock, "Sala corsi")
    form: dict[str, str | list[str]] = {
        "service": "language_course",
        "minutes": "60",
        "notice": "24",
        "horizon": "30",
        "desks": [room],
    }
    for change in (
        {"minutes": "50"},
        {"minutes": "x"},
        {"horizon": "0"},
        {"desks": []},
        {"desks": ["99999"]},
        {"service": "x"},
    ):
        assert post(staff.client, "/plan/type", **{**form, **change})[0] == 422
    assert post(staff.client, "/plan/type", **form, staff_only="yes")[0] == 200
    made = next(one for one in plan.plan_of(shop, clock, "latina").kinds if one.service == "language_course")
    assert (made.minutes, made.notice_minutes, made.horizon_days, made.booked_by) == (60, 1440, 30, "staff")
    assert post(staff.client, "/plan/type/remove", service="language_course")[0] == 200
    assert post(staff.client, "/plan/type/remove", service="language_course")[0] == 422


def test_an_example_is_made_real(staff: Staff, shop: SessionFactory, clock: FixedClock) -> None:
    staff.log_in("anna")
    assert "Questi orari sono un esempio." in html.unescape(staff.client.get("/plan").text)
    status, page = post(staff.client, "/plan/real")
    assert status == 200 and "Questi orari sono un esempio." not in page
    assert not plan.plan_of(shop, clock, "latina").example and plan.plan_of(shop, clock, "palermo").example


def test_calendar_addresses_are_shown_once_and_revoked(staff: Staff, shop: SessionFactory, clock: FixedClock) -> None:
    staff.log_in("anna")
    for what in ({}, {"desk": "Room"}):
        _, page = post(staff.client, "/plan/feed", **what)
        (token,) = re.findall(r"/calendar/([\w-]{43})\.ics</code>", page)
        assert token not in staff.client.get("/plan").text
        assert staff.client.get(f"/calendar/{token}.ics").status_code == 200
        post(staff.client, "/plan/feed", **what, revoke="yes")
        assert staff.client.get(f"/calendar/{token}.ics").status_code == 404


def test_the_roster_of_interpreters(staff: Staff, shop: SessionFactory, clock: FixedClock) -> None:
    made = book(shop, clock, starts_at=rome(26, 10), interpreter_language="ti")
    staff.log_in("anna")
    form: dict[str, str | list[str]] = {"name": "Mina", "gender": "woman", "languages": ["ti", "ar"], "hours3": "9-13"}
    for wrong in ({"name": ""}, {"gender": ""}, {"languages": []}, {"hours3": "soon"}):
        status, page = post(staff.client, "/interpreters", **{**form, **wrong})
        assert status == 422 and roster(shop, "latina") == []
    assert post(staff.client, "/interpreters", **form)[0] == 200
    assert post(staff.client, "/interpreters", **form)[0] == 422, "twice"
    ((mina, week),) = roster(shop, "latina")
    assert (mina.name, mina.languages, week[3]) == ("Mina", ("ar", "ti"), (("09:00", "13:00"),))
    assign(shop, clock, appointment_id=made.id, city="latina", interpreter_id=mina.id, staff="anna")
    assert post(staff.client, "/interpreters", id=str(mina.id), languages=["ti"], hours3="9-12")[0] == 200
    assert roster(shop, "latina")[0][1][3] == (("09:00", "12:00"),)
    status, page = post(staff.client, "/interpreters/remove", id=str(mina.id))
    assert status == 200 and made.code in page and roster(shop, "latina") == []
    assert "Mina" not in str(audit_entries(shop)), "the name goes with the person"
    assert post(staff.client, "/interpreters/remove", id=str(mina.id))[0] == 404


def test_the_week_of_all_desks(staff: Staff, shop: SessionFactory, clock: FixedClock) -> None:
    made = book(shop, clock, starts_at=rome(26, 10))
    staff.log_in("anna")
    page = staff.client.get("/week").text
    assert "Settimana dal lun 23 nov" in page and made.code in page and "09:00-13:00, 14:00-15:00" in page
    assert made.code not in staff.client.get("/week", params={"day": "2026-12-02"}).text
    staff.log_in("ada")
    assert staff.client.get("/week", params={"city": "roma"}).status_code == 404  # no shop there


def test_the_days_list_is_filtered(staff: Staff, shop: SessionFactory, clock: FixedClock) -> None:
    shower, papers = book(shop, clock), book(shop, clock, "tg-2", service="documents")
    staff.log_in("anna")
    staff.mark(papers, "confirmed")
    for query, shown in (
        ({"status": "confirmed"}, papers),
        ({"service": "shower"}, shower),
        ({"desk": "Desk"}, papers),
    ):
        page = staff.day(**query).text
        other = shower if shown is papers else papers
        assert shown.code in page and other.code not in page and "Nascosti dai filtri: 1." in page
