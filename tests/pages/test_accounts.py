"""Accounts over HTTP: one's own, those of all for administrators, the audit. Wednesday 2026-11-25, 09:00 in Rome."""

from __future__ import annotations

import html
import re

import pytest
from starlette.testclient import TestClient

from console import accounts
from console.accounts import LOCK_MINUTES, SESSION_HOURS, TRIES, AccountError
from storage.audit import audit_entries
from storage.database import SessionFactory
from storage.staff_links import link, link_of
from tests.conftest import FixedClock
from tests.pages.conftest import PASSWORD, SAME_SITE, Staff, book, post

NEW = "another horse entirely"


def change(client: TestClient, old: str = PASSWORD, new: str = NEW, again: str = NEW) -> tuple[int, str]:
    return post(client, "/account/password", old_password=old, new_password=new, again_password=again)


def deeds(sessions: SessionFactory) -> list[tuple[str, str, str]]:
    return [(one.by, one.deed, one.subject) for one in audit_entries(sessions)]


# -- one's own --


def test_a_new_password_and_the_other_sessions_end(staff: Staff, shop: SessionFactory, clock: FixedClock) -> None:
    staff.log_in("anna")
    elsewhere = accounts.log_in(shop, clock, "anna", PASSWORD)
    status, page = change(staff.client)
    assert status == 200 and "La password è cambiata." in page
    assert accounts.user_of(shop, clock, elsewhere) is None and staff.day().status_code == 200
    assert accounts.log_in(shop, clock, "anna", PASSWORD) is None and accounts.log_in(shop, clock, "anna", NEW)
    assert ("anna", "password_changed", "anna") in deeds(shop)


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ({"old": "wrong"}, "La password di adesso è sbagliata."),
        ({"again": NEW + "x"}, "Le due password nuove non sono uguali."),
        ({"new": "short", "again": "short"}, "almeno 10 caratteri"),
        ({"new": "x" * 201, "again": "x" * 201}, "troppo lunga"),
        ({"new": PASSWORD, "again": PASSWORD}, "uguale a quella di adesso"),
    ],
)
def test_a_password_that_is_not_changed(
    staff: Staff, shop: SessionFactory, clock: FixedClock, form: dict[str, str], told: str
) -> None:
    staff.log_in("anna")
    status, page = change(staff.client, **form)
    assert status == 422 and told in page
    assert accounts.log_in(shop, clock, "anna", PASSWORD)


def test_trying_out_the_old_password_locks(staff: Staff, clock: FixedClock) -> None:
    staff.log_in("anna")
    for _ in range(TRIES):
        assert change(staff.client, old="wrong")[0] == 422
    assert change(staff.client)[0] == 422  # right, but locked
    clock.advance(minutes=LOCK_MINUTES, seconds=1)
    assert change(staff.client)[0] == 200


def test_sessions_are_listed_and_ended(staff: Staff, shop: SessionFactory, clock: FixedClock) -> None:
    staff.log_in("anna")
    elsewhere = accounts.log_in(shop, clock, "anna", PASSWORD)
    theirs = accounts.log_in(shop, clock, "bruno", PASSWORD)
    page = staff.client.get("/account").text
    (other,) = re.findall(r'name="id" value="(\w+)"', page)
    assert "questa" in page and "dal mercoledì 25 novembre, 09:00" in page
    post(staff.client, "/account/sessions", id=other)
    assert accounts.user_of(shop, clock, elsewhere) is None and staff.day().status_code == 200
    post(staff.client, "/account/sessions")
    assert staff.day().headers["location"] == "/login" and accounts.user_of(shop, clock, theirs)


def test_the_pages_in_english(staff: Staff) -> None:
    staff.log_in("anna")
    status, page = post(staff.client, "/account/language", language="en")
    assert status == 200 and '<html lang="en">' in page and "Change the password" in page
    assert "Appointments: Wednesday 25 November 2026" in staff.day().text
    post(staff.client, "/account/language", language="tlh")
    assert '<html lang="en">' in staff.day().text
    assert '<html lang="it">' in staff.client.get("/login").text
    assert '<html lang="en">' in staff.client.get("/login", headers={"accept-language": "en-GB,it"}).text


# -- of all --


def test_an_administrator_makes_an_account_whose_password_serves_once(
    staff: Staff, shop: SessionFactory, clock: FixedClock
) -> None:
    staff.log_in("ada")
    status, page = post(staff.client, "/accounts", name="carla", role="staff", city=["latina", "palermo"])
    (password,) = re.findall(r"<code>(.+?)</code>", page)
    assert status == 200 and password not in html.unescape(staff.client.get("/accounts").text)
    assert ("ada", "account_added", "carla: staff latina palermo") in deeds(shop)
    staff.client.post("/logout", headers=SAME_SITE)
    staff.log_in("carla", password)
    assert staff.day().headers["location"] == "/account"
    assert "serve una volta sola" in staff.client.get("/account").text
    assert change(staff.client, old=password)[0] == 200
    code = book(shop, clock, city="palermo").code
    assert code in staff.day(city="palermo").text and code not in staff.day(city="latina").text
    assert "Sportello di Latina" in staff.day(city="roma").text


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ({"name": "anna", "role": "staff", "city": "latina"}, "C'è già un utente"),
        ({"name": "carla", "role": "staff"}, "serve almeno una città"),
        ({"name": "carla", "role": "boss", "city": "latina"}, "Scegli un ruolo"),
        ({"name": "carla", "role": "staff", "city": "atlantis"}, "Scegli una città dell'elenco"),
        ({"name": "c", "role": "admin"}, "da 2 a 64"),
        ({"name": "../carla", "role": "admin"}, "da 2 a 64"),
        ({"name": "x" * 65, "role": "admin"}, "da 2 a 64"),
    ],
)
def test_an_account_that_cannot_be(
    staff: Staff, shop: SessionFactory, clock: FixedClock, form: dict[str, str], told: str
) -> None:
    staff.log_in("ada")
    before = accounts.accounts(shop, clock)
    status, page = post(staff.client, "/accounts", **form)
    assert status == 422 and told in page
    assert [one.name for one in accounts.accounts(shop, clock)] == [one.name for one in before]


def test_who_is_shut_out_is_out_at_once(staff: Staff, shop: SessionFactory, clock: FixedClock) -> None:
    theirs = accounts.log_in(shop, clock, "anna", PASSWORD)
    staff.log_in("ada")
    assert post(staff.client, "/accounts/anna/disable")[0] == 200
    assert accounts.user_of(shop, clock, theirs) is None and accounts.log_in(shop, clock, "anna", PASSWORD) is None
    post(staff.client, "/accounts/anna/enable")
    assert accounts.log_in(shop, clock, "anna", PASSWORD)
    post(staff.client, "/accounts/anna/sessions")
    assert accounts.sessions_of(shop, clock, "anna") == []
    _status, page = post(staff.client, "/accounts/anna/password")
    (password,) = re.findall(r"<code>(.+?)</code>", page)
    assert accounts.log_in(shop, clock, "anna", PASSWORD) is None and accounts.log_in(shop, clock, "anna", password)
    page = staff.client.get("/audit").text
    for told in ("utente chiuso", "utente riaperto", "sessioni chiuse", "password nuova data"):
        assert f'<th scope="row">{told}</th>' in page
    assert PASSWORD not in page and password not in page


def test_the_last_administrator_stays(staff: Staff, shop: SessionFactory, clock: FixedClock) -> None:
    staff.log_in("ada")
    status, page = post(staff.client, "/accounts/ada/disable")
    assert status == 409 and "È l'ultimo amministratore" in page
    accounts.add_account(shop, clock, name="carla", password=PASSWORD, role="admin")
    assert post(staff.client, "/accounts/ada/disable")[0] == 200
    with pytest.raises(AccountError):
        accounts.disable(shop, clock, name="carla")


def test_cities_are_changed(staff: Staff, shop: SessionFactory, clock: FixedClock) -> None:
    staff.log_in("ada")
    assert post(staff.client, "/accounts/anna/cities", city=["roma", "palermo"])[0] == 200
    assert next(one for one in accounts.accounts(shop, clock) if one.name == "anna").cities == ("palermo", "roma")
    assert post(staff.client, "/accounts/anna/cities")[0] == 409
    assert post(staff.client, "/accounts/nobody/cities", city="roma")[0] == 409


def test_accounts_that_are_gone_or_ended_are_counted_right(
    staff: Staff, shop: SessionFactory, clock: FixedClock
) -> None:
    accounts.log_in(shop, clock, "anna", PASSWORD)
    clock.advance(hours=SESSION_HOURS, seconds=1)
    accounts.log_in(shop, clock, "bruno", PASSWORD)
    assert {one.name: one.sessions for one in accounts.accounts(shop, clock) if one.sessions} == {"bruno": 1}


def test_the_audit_is_read_page_by_page(staff: Staff, shop: SessionFactory, clock: FixedClock) -> None:
    for _ in range(120):
        accounts.end_sessions(shop, clock, name="bruno", by="ada")
    staff.log_in("ada")
    page = staff.client.get("/audit").text
    assert page.count("<tr>") == 101
    (older,) = re.findall(r"/audit\?before=(\d+)", page)
    page = staff.client.get("/audit", params={"before": older}).text
    assert page.count("<tr>") > 20 and "before=" not in page
    for wrong in ("x", "-1", "9" * 40):
        assert staff.client.get("/audit", params={"before": wrong}).status_code == 200


def test_telegram_is_linked_with_a_code_that_is_shown_once(
    staff: Staff, shop: SessionFactory, clock: FixedClock
) -> None:
    staff.log_in("anna")
    status, page = post(staff.client, "/account/telegram", tells="yes")
    (code,) = re.findall(r"<code>/start staff_([0-9a-f]{16})</code>", page)
    assert status == 200 and code not in staff.client.get("/account").text
    assert post(staff.client, "/account/telegram", unit="not-a-unit")[0] == 422
    assert link(shop, clock, code=code, person_key="tg-anna", address_encrypted="x")
    assert "Il tuo Telegram è collegato." in staff.client.get("/account").text
    accounts.set_cities(shop, clock, name="anna", cities=["roma"])
    linked = link_of(shop, "anna")
    assert linked and (linked.cities, linked.tells) == (("roma",), True)
    post(staff.client, "/account/telegram", unlink="yes")
    assert link_of(shop, "anna") is None
    post(staff.client, "/account/telegram")
    accounts.disable(shop, clock, name="anna")
    assert link_of(shop, "anna") is None
