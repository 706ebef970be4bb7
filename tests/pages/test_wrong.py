"""What goes wrong, and what people see then: never a bare error, and nothing that was typed is lost."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from appointments import desk
from console.security import MAX_BODY
from orienta.web import create_web_app
from storage.database import SessionFactory
from storage.settings import Settings
from tests.conftest import FixedClock
from tests.pages.conftest import PASSWORD, SAME_SITE, Staff, book


@pytest.mark.parametrize("path", ["/nowhere", "/appointments/x", "/catalogue/1/2/3", "/waiting/1"])
def test_a_page_that_is_not_there(staff: Staff, path: str) -> None:
    staff.log_in("anna")
    for answer in (staff.client.get(path), staff.client.post(path, headers=SAME_SITE)):
        assert answer.status_code in (404, 405) and "Questa pagina non esiste." in answer.text
        assert 'href="/appointments"' in answer.text  # the way back


def test_programs_get_an_error_that_programs_read(staff: Staff) -> None:
    assert staff.client.get("/hsds/nowhere").headers["content-type"].startswith("application/json")
    assert staff.client.put("/chat/send").json() == {"error": "method not allowed"}


def test_nul_is_dropped(staff: Staff, shop: SessionFactory, clock: FixedClock) -> None:
    made = book(shop, clock)
    staff.log_in("anna")
    for path, form in (("/note", {"note": "porta il\x00 passeggino"}),):
        answer = staff.client.post(f"/appointments/{made.id}{path}", data=form, headers=SAME_SITE)
        assert answer.status_code == 303
    assert desk.appointment_of(shop, made.id, "latina").note == "porta il passeggino"
    answer = staff.client.post("/appointments/check-in", data={"code": made.code + "\x00"}, headers=SAME_SITE)
    assert answer.status_code == 303
    assert staff.client.get("/appointments", params={"status": "\x00", "desk": "\x00"}).status_code == 200


@pytest.mark.parametrize("number", ["9" * 30, "-1", "1e9", "²", "99999999999", ""])
def test_numbers_that_no_row_has(staff: Staff, number: str) -> None:
    staff.log_in("anna")
    assert staff.client.post("/waiting", data={"entry": number, "priority": "1"}, headers=SAME_SITE).status_code in (
        404,
        422,
    )
    assert (
        staff.client.post("/plan/hours", data={"desk": number, "change": "week"}, headers=SAME_SITE).status_code == 404
    )
    assert staff.client.post("/interpreters/remove", data={"id": number}, headers=SAME_SITE).status_code == 404


def test_too_much_at_once(staff: Staff, shop: SessionFactory, clock: FixedClock) -> None:
    made = book(shop, clock)
    staff.log_in("anna")
    files = {"file": ("sheet.csv", b"x" * (MAX_BODY + 1))}
    answer = staff.client.post(f"/appointments/{made.id}/note", files=files, headers=SAME_SITE)
    assert answer.status_code == 413 and "al massimo 8 MB" in answer.text
    fields = {f"field{number}": "x" for number in range(600)}
    answer = staff.client.post(f"/appointments/{made.id}/note", data=fields, headers=SAME_SITE)
    assert answer.status_code == 400 and "Non si capisce" in answer.text
    assert desk.appointment_of(shop, made.id, "latina").note is None


def test_a_database_that_is_not_there(tmp_path: Path, clock: FixedClock) -> None:
    settings = Settings(
        database_url="postgresql+psycopg2://nobody@127.0.0.1:1/nothing", data_dir=tmp_path, secret_key="s" * 32
    )
    with TestClient(create_web_app(settings, clock), raise_server_exceptions=False) as client:
        for path in ("/appointments", "/account", "/catalogue"):
            client.cookies.set("orienta_console", "x")
            answer = client.get(path)
            assert answer.status_code == 503 and "riprova tra qualche minuto" in answer.text
        form = {"name": "anna", "password": PASSWORD}
        assert client.post("/login", data=form, headers=SAME_SITE).status_code == 503
        assert client.get("/hsds/services").status_code == 503


# -- a session that ran out --


def test_what_was_typed_is_sent_after_logging_in_again(staff: Staff, shop: SessionFactory, clock: FixedClock) -> None:
    made = book(shop, clock)
    typed = 'porta "il" passeggino <script>'
    answer = staff.client.post(f"/appointments/{made.id}/note?city=latina", data={"note": typed}, headers=SAME_SITE)
    assert answer.status_code == 401 and "quello che hai scritto non si perde" in answer.text
    hidden = {
        name: html.unescape(value) for name, value in re.findall(r'hidden" name="(.*?)" value="(.*?)"', answer.text)
    }
    assert hidden == {"next": f"/appointments/{made.id}/note?city=latina", "kept:note": typed}
    wrong = staff.client.post("/login", data={"name": "anna", "password": "x", **hidden}, headers=SAME_SITE)
    assert wrong.status_code == 401 and html.escape(typed, quote=False) in wrong.text.replace("&#34;", '"')
    resumed = staff.client.post("/login", data={"name": "anna", "password": PASSWORD, **hidden}, headers=SAME_SITE)
    assert resumed.status_code == 200 and "Non è ancora stato salvato." in resumed.text
    assert f'action="/appointments/{made.id}/note?city=latina"' in resumed.text
    kept = {
        name: html.unescape(value) for name, value in re.findall(r'hidden" name="(.*?)" value="(.*?)"', resumed.text)
    }
    staff.client.post(f"/appointments/{made.id}/note?city=latina", data=kept, headers=SAME_SITE)
    assert desk.appointment_of(shop, made.id, "latina").note == typed


def test_passwords_are_not_kept_for_after_the_log_in(staff: Staff) -> None:
    form = {"old_password": "a secret", "new_password": "another", "again_password": "another"}
    answer = staff.client.post("/account/password", data=form, headers=SAME_SITE)
    assert answer.status_code == 303 and answer.headers["location"] == "/login"


@pytest.mark.parametrize("next_", ["https://elsewhere.example/", "//elsewhere.example/", "/\\elsewhere.example", ""])
def test_what_was_typed_goes_to_this_site_only(staff: Staff, next_: str) -> None:
    form = {"name": "anna", "password": PASSWORD, "next": next_, "kept:note": "x"}
    answer = staff.client.post("/login", data=form, headers=SAME_SITE)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
