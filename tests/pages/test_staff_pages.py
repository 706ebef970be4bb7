"""One appointment, the day's tools and the waiting list, over HTTP. The clock stands at Wednesday 2026-11-25, 09:00 in Rome."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from appointments import booking, desk
from appointments.models import NoticeRow
from appointments.waiting import join_waiting_list, waiting_list
from storage.database import SessionFactory
from tests.conftest import FixedClock
from tests.pages.conftest import SAME_SITE, Staff, book, post, rome, row_of


def test_an_appointment_shows_what_happened_and_what_the_person_was_told(
    staff: Staff, shop: SessionFactory, clock: FixedClock
) -> None:
    made = book(shop, clock)
    staff.log_in("anna")
    staff.mark(made, "confirmed")
    page = staff.client.get(f"/appointments/{made.id}").text
    assert f"<h1>{made.code}</h1>" in page and "mercoledì 25 novembre, 10:00" in page
    assert "Appuntamento confermato: in coda per" in page and "confermato (anna)" in page
    with shop.begin() as session:
        notice = session.execute(select(NoticeRow).where(NoticeRow.kind == "confirmed")).scalars().one()
        notice.outcome, notice.due_at = "unreachable", None
    assert "non consegnato: la persona ha bloccato il bot" in staff.client.get(f"/appointments/{made.id}").text


def test_declining_needs_a_reason_that_is_told(staff: Staff, shop: SessionFactory, clock: FixedClock) -> None:
    made = book(shop, clock)
    staff.log_in("anna")
    status, page = post(staff.client, f"/appointments/{made.id}/decline", reason="because")
    assert (status, desk.appointment_of(shop, made.id, "latina").status) == (422, "pending")
    assert "Scegli un motivo" in page
    status, page = post(staff.client, f"/appointments/{made.id}/decline", reason="papers_first")
    assert status == 200 and "<dd>rifiutato</dd>" in page
    with shop() as session:
        notice = session.execute(select(NoticeRow).where(NoticeRow.kind == "declined")).scalars().one()
        assert notice.params["reason"] == "papers_first" and notice.params["alternatives"]


def test_another_time_is_proposed_or_given(staff: Staff, shop: SessionFactory, clock: FixedClock) -> None:
    made = book(shop, clock)
    staff.log_in("anna")
    free = desk.staff_slots(shop, clock, appointment_id=made.id, city="latina")
    slot = str(int(free[-1].starts_at.timestamp()))
    assert f'<option value="{slot}">' in staff.client.get(f"/appointments/{made.id}").text
    status, page = post(staff.client, f"/appointments/{made.id}/time", slot=slot, how="propose")
    assert status == 200 and "Altro orario proposto" in page
    assert desk.appointment_of(shop, made.id, "latina").starts_at == made.starts_at
    slot = str(int(free[3].starts_at.timestamp()))
    status, _ = post(staff.client, f"/appointments/{made.id}/time", slot=slot, how="move")
    assert status == 200 and desk.appointment_of(shop, made.id, "latina").starts_at == free[3].starts_at


@pytest.mark.parametrize("slot", ["", "soon", "-1", "9" * 30, "1764061200"])
def test_a_time_that_is_none_changes_nothing(staff: Staff, shop: SessionFactory, clock: FixedClock, slot: str) -> None:
    made = book(shop, clock)
    staff.log_in("anna")
    status, page = post(staff.client, f"/appointments/{made.id}/time", slot=slot, how="move")
    assert status in (409, 422) and "Quell'orario non è più libero" in page
    assert desk.appointment_of(shop, made.id, "latina").starts_at == made.starts_at


def test_a_note_is_kept_but_no_name_and_what_was_typed_comes_back(
    staff: Staff, shop: SessionFactory, clock: FixedClock
) -> None:
    made = book(shop, clock)
    staff.log_in("anna")
    status, page = post(staff.client, f"/appointments/{made.id}/note", note="porta il passeggino <script>")
    assert status == 200 and desk.appointment_of(shop, made.id, "latina").note == "porta il passeggino <script>"
    assert "<script>" not in staff.client.get(f"/appointments/{made.id}").text
    status, page = post(staff.client, f"/appointments/{made.id}/note", note="chiamare 333 1234567")
    assert status == 422 and "chiamare 333 1234567</textarea>" in page
    assert desk.appointment_of(shop, made.id, "latina").note == "porta il passeggino <script>"
    status, page = post(staff.client, f"/appointments/{made.id}/note", note="x" * 201)
    assert status == 422 and "troppo lunga" in page


def test_arrivals(staff: Staff, shop: SessionFactory, clock: FixedClock) -> None:
    made = book(shop, clock)
    staff.log_in("anna")
    status, page = post(staff.client, "/appointments/check-in", code="nessuno-mai-1")
    assert status == 404 and "Nessun appuntamento di oggi ha questo codice." in page
    status, page = post(staff.client, "/appointments/check-in", code=made.code.upper())
    assert status == 200 and "arrivato alle 09:00" in row_of(page, made.code)
    status, page = post(staff.client, "/appointments/walk-in", service="shower", language="so")
    assert status == 200 and "<dd>confermato, arrivato alle 09:00</dd>" in page
    assert len(booking.day_list(shop, "latina", rome(25, 10).date())) == 2
    status, _ = post(staff.client, "/appointments/walk-in", service="shower", language="klingon")
    assert status == 422


def test_a_day_is_closed_and_opened(staff: Staff, shop: SessionFactory, clock: FixedClock) -> None:
    made = book(shop, clock)
    staff.log_in("anna")
    status, page = post(staff.client, "/appointments/closure?day=2026-11-25")
    assert status == 200 and "In questo giorno lo sportello è chiuso." in page
    assert "<td>annullato</td>" in row_of(page, made.code)
    status, page = post(staff.client, "/appointments/closure?day=2026-11-25", open="yes")
    assert "In questo giorno lo sportello è chiuso." not in page


def test_the_waiting_list_and_its_priority(staff: Staff, shop: SessionFactory, clock: FixedClock) -> None:
    for person in ("tg-7", "tg-8"):
        join_waiting_list(
            shop, clock, city="latina", service="shower", person_key=person, language="bn", channel="telegram",
            address_encrypted="secret",
        )  # fmt: skip
    last = waiting_list(shop, "latina", "shower")[-1]
    staff.log_in("anna")
    assert f"N. {last.id}," in staff.client.get("/waiting").text
    status, _ = post(staff.client, "/waiting", entry=str(last.id), priority="5")
    assert status == 200 and waiting_list(shop, "latina", "shower")[0].id == last.id
    for wrong in ("", "-1", "10", "high"):
        assert post(staff.client, "/waiting", entry=str(last.id), priority=wrong)[0] == 422
    staff.client.post("/logout", headers=SAME_SITE)
    staff.log_in("bruno")  # of another city
    assert post(staff.client, "/waiting", entry=str(last.id), priority="9")[0] == 404


PATHS = ("", "/decline", "/time", "/note", "/interpreter")


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(("name", "status"), [(None, 303), ("bruno", 404), ("olga", 403), ("nora", 403)])
def test_nobody_else_sees_or_changes_an_appointment(
    staff: Staff, shop: SessionFactory, clock: FixedClock, path: str, name: str | None, status: int
) -> None:
    made = book(shop, clock)
    if name:
        staff.log_in(name)
    form = {"reason": "not_here", "note": "x", "slot": "1764061200", "interpreter": "1"}
    address = f"/appointments/{made.id}{path}"
    answer = staff.client.post(address, data=form, headers=SAME_SITE) if path else staff.client.get(address)
    if path and name is None:
        status = 401  # asked to log in, and what was typed is kept
    assert answer.status_code == status and made.code not in answer.text
    now = desk.appointment_of(shop, made.id, "latina")
    assert (now.status, now.note, now.starts_at) == ("pending", None, made.starts_at)
