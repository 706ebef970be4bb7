"""The operators' pages over HTTP: queue, entry, preview, change, proposals. Wednesday 2026-11-25, 09:00 in Rome."""

from __future__ import annotations

import html

import pytest
from starlette.testclient import TestClient

from services_catalog import revisions
from services_catalog.confidential import keep_place
from services_catalog.freshness import queue, report_wrong
from services_catalog.importer import entry_id, load_sheets
from services_catalog.search import Card, get_entry
from services_catalog.vocabulary import LANGUAGES
from storage.database import SessionFactory
from tests.conftest import FixedClock
from tests.pages.conftest import SAME_SITE, Staff
from tests.services_catalog.factories import entry, sheet

MENSA = entry_id("latina", "mensa")
REFUGE = entry_id("latina", "rifugio")
OTHERS = entry_id("roma", "altra")


@pytest.fixture
def operator(staff: Staff, shop: SessionFactory, clock: FixedClock) -> Staff:
    latina = [
        entry("mensa", address="Via Cicerone 114", opening_hours="Mo-Fr 12:00-14:00", phones=["+39 0773 1234"]),
        entry("rifugio", services=["anti_violence"], confidential=True, phones=["1522"]),
    ]  # fmt: skip
    load_sheets(shop, [sheet(*latina), sheet(entry("altra"), city="roma")], clock)
    return staff


def post(client: TestClient, path: str, **form: str) -> tuple[int, str]:
    answer = client.post(path, data=form, headers=SAME_SITE, follow_redirects=True)
    return answer.status_code, html.unescape(answer.text)


def card(sessions: SessionFactory, id_: str, clock: FixedClock) -> Card:
    found = get_entry(sessions, id_, clock())
    assert found is not None
    return found


def fields(card: Card, **changed: str) -> dict[str, str]:
    """What the form of `mensa` sends."""
    return {"opening_hours": "Mo-Fr 12:00-14:00", "address": card.address or "", "phones": ", ".join(card.phones),
            "cost": "", "who": "", "notes": "", **changed}  # fmt: skip


def test_the_queue_and_still_true(operator: Staff, shop: SessionFactory, clock: FixedClock) -> None:
    report_wrong(shop, clock, MENSA, "hours")
    operator.log_in("olga")
    page = operator.client.get("/catalogue").text
    assert f"/catalogue/{MENSA}" in page and "segnalato: orari (1)" in page and OTHERS not in page
    status, page = post(operator.client, f"/catalogue/{MENSA}/verify")
    assert status == 200 and "controllata il 2026-11-25" in page
    assert MENSA not in {one.id for one in queue(shop, clock(), "latina").entries}


def test_reports_are_closed(operator: Staff, shop: SessionFactory, clock: FixedClock) -> None:
    report_wrong(shop, clock, MENSA, "place")
    operator.log_in("olga")
    assert "indirizzo o telefono: 1" in operator.client.get(f"/catalogue/{MENSA}").text
    post(operator.client, f"/catalogue/{MENSA}/reports")
    assert all(not one.reported for one in queue(shop, clock(), "latina").entries)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_preview_is_what_the_assistant_says(operator: Staff, clock: FixedClock, language: str) -> None:
    operator.log_in("olga")
    page = operator.client.get(f"/catalogue/{MENSA}", params={"language": language}).text
    direction = "rtl" if language in ("ar", "fa", "ur") else "ltr"
    assert f'<div class="preview" lang="{language}" dir="{direction}">' in page
    preview = page.split('class="preview"')[1].split("</div>")[0]
    assert "Via Cicerone 114" in preview and "12:00" in preview


def test_a_change_is_current_and_can_be_read_in_the_history(
    operator: Staff, shop: SessionFactory, clock: FixedClock
) -> None:
    operator.log_in("olga")
    now = card(shop, MENSA, clock)
    status, page = post(operator.client, f"/catalogue/{MENSA}", **fields(now, opening_hours="Mo-Sa 12:30-14:00"))
    assert status == 200 and "opening_hours: <del>Mo-Fr 12:00-14:00</del> → <ins>Mo-Sa 12:30-14:00</ins>" in page
    assert card(shop, MENSA, clock).hours["today"] == [["12:30", "14:00"]]
    before = len(revisions.history(shop, "latina", "mensa"))
    post(operator.client, f"/catalogue/{MENSA}", **fields(now, opening_hours="Mo-Sa 12:30-14:00"))
    assert len(revisions.history(shop, "latina", "mensa")) == before  # nothing changed: nothing is written


def test_impossible_hours_are_refused_and_what_was_typed_stays(
    operator: Staff, shop: SessionFactory, clock: FixedClock
) -> None:
    operator.log_in("olga")
    typed = fields(card(shop, MENSA, clock), opening_hours="<script>alert(1)</script>")
    answer = operator.client.post(f"/catalogue/{MENSA}", data=typed, headers=SAME_SITE)
    assert answer.status_code == 422 and 'aria-invalid="true"' in answer.text
    assert "<script>" not in answer.text and "<script>alert(1)</script>" in html.unescape(answer.text)
    assert card(shop, MENSA, clock).hours["today"] == [["12:00", "14:00"]]


def test_a_proposal_is_decided_once(operator: Staff, shop: SessionFactory, clock: FixedClock) -> None:
    provider = revisions.Editor("paolo", "provider", "latina")
    id_ = revisions.draft(shop, clock, provider, "latina", "mensa", {"address": "Via Nuova 1"})
    revisions.propose(shop, clock, provider, id_)
    operator.log_in("olga")
    assert "<del>Via Cicerone 114</del> → <ins>Via Nuova 1</ins>" in operator.client.get("/catalogue").text
    assert post(operator.client, f"/catalogue/proposals/{id_}", decision="approve")[0] == 200
    assert card(shop, MENSA, clock).address == "Via Nuova 1"
    assert post(operator.client, f"/catalogue/proposals/{id_}", decision="approve")[0] == 404


@pytest.mark.parametrize("path", ["", "/verify", "/reports"])
@pytest.mark.parametrize(("name", "status"), [(None, 303), ("anna", 403), ("nora", 403), ("olga", 404)])
def test_nobody_else_changes_an_entry(operator: Staff, path: str, name: str | None, status: int) -> None:
    """An entry of Rome: not for who is not logged in, for staff, the network, or an operator of Latina."""
    if name:
        operator.log_in(name)
    assert operator.client.post(f"/catalogue/{OTHERS}{path}", headers=SAME_SITE).status_code == status
    assert operator.client.get(f"/catalogue/{OTHERS}").status_code == status


def test_the_place_of_a_refuge_is_on_no_page(operator: Staff, shop: SessionFactory) -> None:
    keep_place(shop, REFUGE, "Via Segreta 9", 41.47, 12.9)
    operator.log_in("olga")
    pages = [
        operator.client.get(path).text for path in ("/catalogue", "/catalogue?words=segreta", f"/catalogue/{REFUGE}")
    ]
    assert "1522" in pages[2]
    assert not any("Segreta 9" in page or "41.47" in page for page in pages)
    status, _ = post(operator.client, f"/catalogue/{REFUGE}", phones="1522", address="Via Segreta 9")
    assert status == 422 and get_entry(shop, REFUGE).address is None
