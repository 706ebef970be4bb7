"""Files in and out over HTTP: the diff first, then all or nothing; wrong files. Wednesday 2026-11-25, 09:00 in Rome."""

from __future__ import annotations

import html
import json
import random

import pytest
from httpx import Response as Answer

from console.catalogue_exchange import packed, unpacked
from console.catalogue_texts import REFUSED
from console.security import MAX_BODY
from services_catalog import revisions
from services_catalog.csv_sheets import csv_of
from services_catalog.exchange import FORMS, file_of
from services_catalog.importer import load_sheets, sheet_of
from services_catalog.schema import Sheet
from services_catalog.sheets import MAX_BYTES, dump_sheet
from storage.database import SessionFactory
from tests.conftest import FixedClock
from tests.pages.conftest import SAME_SITE, Staff, forget_the_shops
from tests.pages.forms import fields_of
from tests.services_catalog.factories import entry, sheet

TABLE = "key,name,services,cost,source_url\nmensa,Mensa,food,2 euro,https://example.org/a\ndocce,Docce,shower,,https://example.org/b\n"


@pytest.fixture
def operator(staff: Staff, shop: SessionFactory, clock: FixedClock) -> Staff:
    forget_the_shops(shop)
    latina = [
        entry("mensa", address="Via Cicerone 114", cost="1 euro", free=False),
        entry("rifugio", services=["anti_violence"], confidential=True, phones=["1522"]),
    ]
    load_sheets(shop, [sheet(*latina, desk_phone="0773 1234"), sheet(entry("altra"), city="roma")], clock)
    clock.advance(minutes=1)
    staff.log_in("olga")
    return staff


def here(sessions: SessionFactory, city: str = "latina") -> Sheet:
    with sessions() as session:
        return sheet_of(session, city)


def upload(who: Staff, name: str, content: bytes | str) -> Answer:
    content = content.encode() if isinstance(content, str) else content
    return who.client.post("/catalogue/import", files={"file": (name, content)}, headers=SAME_SITE)


def apply(who: Staff, shown: Answer) -> Answer:
    fields = fields_of(shown.text.replace('action="/catalogue/import/apply', 'id="apply" action="'), "apply")
    return who.client.post("/catalogue/import/apply", data=fields, headers=SAME_SITE)


# -- in --


def test_a_table_is_looked_at_and_then_applied(operator: Staff, shop: SessionFactory) -> None:
    before = here(shop)
    shown = upload(operator, "mia lista.csv", TABLE)
    page = html.unescape(shown.text)
    assert shown.status_code == 200 and "nuova: 1 · cambiata: 1 · tolta: 0" in page
    assert "1 euro</del>" in page and "2 euro</ins>" in page and "Docce" in page
    assert here(shop) == before
    answer = apply(operator, shown)
    assert (answer.status_code, answer.headers["location"]) == (303, "/catalogue/exchange?city=latina&done=2")
    now = {one.key: one for one in here(shop).entries}
    assert (now["mensa"].cost, now["mensa"].address, now["mensa"].free) == ("2 euro", "Via Cicerone 114", False)
    assert set(now) == {"mensa", "rifugio", "docce"}
    (change,) = revisions.history(shop, "latina", "mensa")
    assert (change.made_by, change.fields) == ("olga", {"cost": ("1 euro", "2 euro")})
    assert "dice quello che il catalogo dice già" in upload(operator, "x.csv", csv_of(here(shop))).text


def test_a_change_that_came_by_file_is_undone(operator: Staff, shop: SessionFactory, clock: FixedClock) -> None:
    before = here(shop)
    apply(operator, upload(operator, "x.csv", TABLE))
    clock.advance(minutes=1)
    for key in ("mensa", "docce"):
        (change,) = revisions.history(shop, "latina", key)
        assert operator.client.post(f"/catalogue/revisions/{change.id}/undo", headers=SAME_SITE).status_code == 303
    assert here(shop) == before


def test_a_sheet_is_the_whole_city(operator: Staff, shop: SessionFactory) -> None:
    others = here(shop, "roma")
    new = sheet(entry("mensa", address="Via Nuova 1", cost="1 euro", free=False), desk_phone="0773 5678")
    shown = upload(operator, "qualsiasi.yaml", dump_sheet(new))
    page = html.unescape(shown.text)
    assert "1 schede non stanno nel file e verrebbero tolte" in page and "0773 5678</ins>" in page
    assert apply(operator, shown).status_code == 303
    assert here(shop) == new and here(shop, "roma") == others


def test_what_changed_meanwhile_is_shown_again(operator: Staff, shop: SessionFactory, clock: FixedClock) -> None:
    shown = upload(operator, "x.csv", TABLE)
    olga = revisions.Editor("olga", "operator", "latina")
    revisions.publish(shop, clock, olga, revisions.draft(shop, clock, olga, "latina", "mensa", {"cost": "3 euro"}))
    answer = apply(operator, shown)
    page = html.unescape(answer.text)
    assert answer.status_code == 409 and REFUSED["import_outdated"] in page and "3 euro</del>" in page
    assert {one.key for one in here(shop).entries} == {"mensa", "rifugio"}
    assert apply(operator, answer).status_code == 303
    assert {one.cost for one in here(shop).entries} == {"2 euro", None}


WRONG: dict[str, tuple[str, bytes, str]] = {
    "spreadsheet": ("x.xlsx", b"PK\x03\x04", "Serve un file .csv oppure .yml."),
    "spreadsheet by another name": ("x.csv", b"PK\x03\x04\xff\xfe", "not written in UTF-8"),
    "empty": ("x.csv", b"", "no column key"),
    "empty sheet": ("x.yml", b"", "Errori nel file"),
    "other encoding": ("x.csv", "key,name\nmensa,Città\n".encode("latin-1"), "line 2"),
    "UTF-16": ("x.csv", "key,name\nmensa,Mensa\n".encode("utf-16"), "not written in UTF-8"),
    "formula": ("x.csv", b"key,cost\nmensa,=1+1\n", "begins like a formula"),
    "unknown column": ("x.csv", b"key,prezzo\nmensa,1\n", "is no column"),
    "unknown service": ("x.csv", b"key,services\nmensa,pranzo\n", "pranzo"),
    "impossible hours": ("x.csv", b"key,opening_hours\nmensa,sempre\n", "sempre"),
    "the same twice": ("x.csv", b"key,cost\nmensa,1\nmensa,2\n", "stands already"),
    "address of a refuge": ("x.csv", b"key,address\nrifugio,Via Pubblica 1\n", "confidential"),
    "new and half": ("x.csv", b"key,name\nnuova,Nuova\n", "nuova"),
    "no YAML": ("x.yml", b"city: [", "not readable"),
    "unknown key": ("x.yml", b"city: latina\ndesk_phone:\nentries: []\nsecret: 1\n", "secret"),
    "another city": ("x.yml", dump_sheet(sheet(entry("a"), city="roma")).encode(), "roma"),
    "aliases": ("x.yml", b"a: &a [x]\nb: [*a, *a]\n", "alias"),
    "deep": ("x.yml", b"[" * 5000, "Errori nel file"),
    "NUL": ("x.csv", b"key,cost\nmensa,\x00\n", ""),
    "too large for a sheet": ("x.csv", b"key,cost\n" + b"x" * MAX_BYTES, "larger than 2 MB"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_file_is_told_and_changes_nothing(operator: Staff, shop: SessionFactory, name: str) -> None:
    before = here(shop)
    file, content, told = WRONG[name]
    answer = upload(operator, file, content)
    assert answer.status_code in (200, 422) and told.replace("line 2", "<td>2</td>") in html.unescape(answer.text)
    if name != "NUL":
        assert answer.status_code == 422 and REFUSED["import_wrong"] in html.unescape(answer.text)
    forged = {"name": file, "base": "x", "content": packed(content)}
    assert operator.client.post("/catalogue/import/apply", data=forged, headers=SAME_SITE).status_code < 500
    assert here(shop) == before


def test_fifty_megabytes_and_no_file(operator: Staff, shop: SessionFactory) -> None:
    answer = upload(operator, "x.csv", b"x" * 50_000_000)
    assert answer.status_code == 413 and "al massimo 8 MB" in answer.text and MAX_BODY < 50_000_000
    for data in ({}, {"file": "a text"}):
        answer = operator.client.post("/catalogue/import", data=data, headers=SAME_SITE)
        assert answer.status_code == 422 and REFUSED["no_file"] in answer.text


@pytest.mark.parametrize("content", ["", "x", "é", "AAAA", packed(b"x" * (MAX_BYTES + 1)), packed(b"abc")[:-4]])
def test_what_the_page_kept_cannot_be_forged_into_more(operator: Staff, content: str) -> None:
    assert unpacked(content) is None
    form = {"name": "x.csv", "base": "x", "content": content}
    assert operator.client.post("/catalogue/import/apply", data=form, headers=SAME_SITE).status_code == 422


def test_packed_and_unpacked() -> None:
    content = random.Random(1).randbytes(10_000)
    assert unpacked(packed(content)) == content


def test_script_in_a_file_is_text(operator: Staff, shop: SessionFactory) -> None:
    script = "<script>alert(1)</script>"
    shown = upload(operator, f"{script}.csv", f'key,name,cost\nmensa,{script},"{script}"\n')
    assert shown.status_code == 200 and "<script>alert" not in shown.text
    answer = upload(operator, "x.csv", f"key,{script}\n{script},{script}\n")
    assert answer.status_code == 422 and "<script>alert" not in answer.text


@pytest.mark.parametrize("name", ["paolo", "anna", "nora"])
def test_only_operators_import(operator: Staff, shop: SessionFactory, name: str) -> None:
    operator.log_in(name)
    before = here(shop)
    assert upload(operator, "x.csv", TABLE).status_code == 403
    assert operator.client.post("/catalogue/import/apply", data={}, headers=SAME_SITE).status_code == 403
    assert here(shop) == before


# -- out --


@pytest.mark.parametrize("form", FORMS)
def test_files_out(operator: Staff, shop: SessionFactory, form: str) -> None:
    answer = operator.client.get(f"/catalogue/export.{form}", params={"city": "latina"})
    assert (
        answer.status_code == 200 and answer.headers["content-disposition"] == f'attachment; filename="latina.{form}"'
    )
    assert answer.content.decode() == file_of(shop, "latina", form) and "Via Cicerone 114" in answer.text
    assert "altra" not in operator.client.get(f"/catalogue/export.{form}", params={"city": "roma"}).text


def test_what_goes_out_comes_in_again_unchanged(operator: Staff) -> None:
    for form in ("csv", "yml"):
        content = operator.client.get(f"/catalogue/export.{form}").content
        assert "dice quello che il catalogo dice già" in upload(operator, f"x.{form}", content).text
    assert {one["name"] for one in json.loads(operator.client.get("/catalogue/export.json").text)["contents"]} == {
        "Mensa",
        "Rifugio",
    }
