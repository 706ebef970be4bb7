"""What waits for an operator over HTTP: proposals, reports, what is past its lifetime, statements of procedures."""

from __future__ import annotations

import html
from typing import Any

import pytest

from console.catalogue_texts import REFUSED
from services_catalog import revisions
from services_catalog.freshness import note_feedback, queue, report_wrong
from services_catalog.importer import entry_id, load_sheets
from services_catalog.models import Report
from services_catalog.procedures import sheets as procedures
from services_catalog.procedures.confirmation import statements
from services_catalog.procedures.importer import load_procedures
from services_catalog.procedures.lint import read_procedures
from services_catalog.revisions import current_values
from storage.database import SessionFactory
from tests.conftest import FixedClock
from tests.pages.conftest import Staff, forget_the_shops, post
from tests.services_catalog.factories import entry, sheet

MENSA, OTHERS = entry_id("latina", "mensa"), entry_id("roma", "altra")
PAOLO, OLGA = revisions.Editor("paolo", "provider", "latina"), revisions.Editor("olga", "operator", "latina")


@pytest.fixture
def operator(staff: Staff, shop: SessionFactory, clock: FixedClock) -> Staff:
    forget_the_shops(shop)
    load_sheets(
        shop,
        [sheet(entry("mensa", address="Via Cicerone 114", phones=["0773 1234"])), sheet(entry("altra"), city="roma")],
        clock,
    )
    clock.advance(minutes=1)
    staff.log_in("olga")
    return staff


def proposed(sessions: SessionFactory, clock: FixedClock, editor: revisions.Editor, values: Any) -> str:
    id_ = revisions.draft(sessions, clock, editor, editor.city or "latina", "mensa", values)
    revisions.propose(sessions, clock, editor, id_)
    return id_


def test_still_true_by_one_press(operator: Staff, shop: SessionFactory, clock: FixedClock) -> None:
    report_wrong(shop, clock, MENSA, "hours")
    page = operator.client.get("/to-check").text
    assert f"/catalogue/{MENSA}" in page and "segnalato: orari (1)" in page and OTHERS not in page
    assert 'href="tel:07731234"' in page and "https://example.org/a" in page
    status, page = post(operator.client, f"/catalogue/{MENSA}/verify?then=to-check")
    assert status == 200 and "Schede da controllare: 0" in page and "Tutto è stato controllato." in page
    assert (current_values(shop, "latina", "mensa") or {})["verified_by"] == "olga"
    with shop() as session:
        assert [one.outcome for one in session.query(Report)] == ["still_true"]


def test_feedback_is_answered(operator: Staff, shop: SessionFactory, clock: FixedClock) -> None:
    note_feedback(shop, clock, "latina")
    note_feedback(shop, clock, "roma")
    assert "non nominano una scheda: 1" in operator.client.get("/to-check").text
    status, page = post(operator.client, "/to-check/feedback", outcome="corrected", note="mensa aggiunta")
    assert status == 200 and "non nominano una scheda" not in page
    assert queue(shop, clock()).feedback == {"roma": 1}
    with shop() as session:
        (closed,) = session.query(Report).filter(Report.closed_at.is_not(None))
        assert (closed.outcome, closed.note, closed.closed_by) == ("corrected", "mensa aggiunta", "olga")


def test_a_proposal_is_shown_as_a_diff_and_decided_once(
    operator: Staff, shop: SessionFactory, clock: FixedClock
) -> None:
    id_ = proposed(shop, clock, PAOLO, {"address": "Via Nuova 1"})
    page = html.unescape(operator.client.get("/to-check").text)
    assert "Via Cicerone 114</del>" in page and "Via Nuova 1</ins>" in page and "di paolo" in page
    assert f'<a href="/catalogue/{MENSA}?city=latina"><strong>mensa</strong></a>' in page
    assert post(operator.client, f"/catalogue/proposals/{id_}", decision="approve")[0] == 200
    assert (current_values(shop, "latina", "mensa") or {})["address"] == "Via Nuova 1"
    status, page = post(operator.client, f"/catalogue/proposals/{id_}", decision="approve")
    assert status == 404 and REFUSED["no_proposal"] in page


def test_nobody_approves_their_own_proposal(operator: Staff, shop: SessionFactory, clock: FixedClock) -> None:
    id_ = proposed(shop, clock, OLGA, {"address": "Via Nuova 1"})
    page = operator.client.get("/to-check").text
    assert 'value="approve"' not in page and "la decide un collega" in page
    status, page = post(operator.client, f"/catalogue/proposals/{id_}", decision="approve")
    assert status == 403 and REFUSED["own_proposal"] in page
    assert (current_values(shop, "latina", "mensa") or {})["address"] == "Via Cicerone 114"
    operator.log_in("ada")
    assert post(operator.client, f"/catalogue/proposals/{id_}?city=latina", decision="approve")[0] == 200
    assert (current_values(shop, "latina", "mensa") or {})["address"] == "Via Nuova 1"


def test_a_proposal_is_withdrawn_by_who_made_it(operator: Staff, shop: SessionFactory, clock: FixedClock) -> None:
    id_ = proposed(shop, clock, OLGA, {"address": "Via Nuova 1"})
    assert post(operator.client, f"/catalogue/proposals/{id_}", decision="reject")[0] == 200
    assert revisions.proposals(shop, "latina") == []


def test_a_proposal_about_what_has_changed_is_told(operator: Staff, shop: SessionFactory, clock: FixedClock) -> None:
    id_ = proposed(shop, clock, PAOLO, {"address": "Via Nuova 1"})
    revisions.publish(shop, clock, OLGA, revisions.draft(shop, clock, OLGA, "latina", "mensa", {"cost": "1 euro"}))
    status, page = post(operator.client, f"/catalogue/proposals/{id_}", decision="approve")
    assert status == 409 and REFUSED["outdated_proposal"] in page


def test_another_citys_proposal_is_not_decided(operator: Staff, shop: SessionFactory, clock: FixedClock) -> None:
    pia = revisions.Editor("pia", "provider", "roma")
    id_ = revisions.draft(shop, clock, pia, "roma", "altra", {"address": "Via Nuova 1"})
    revisions.propose(shop, clock, pia, id_)
    for query in ("", "?city=roma"):
        assert post(operator.client, f"/catalogue/proposals/{id_}{query}", decision="approve")[0] == 403
    assert len(revisions.proposals(shop, "roma")) == 1


# -- statements --


@pytest.fixture
def guides(operator: Staff, shop: SessionFactory, clock: FixedClock) -> Staff:
    topics, translations = read_procedures(procedures.PACKAGED)
    load_procedures(shop, topics, translations, clock)
    return operator


def held(sessions: SessionFactory, clock: FixedClock) -> list[Any]:
    return [one for one in statements(sessions, clock()) if one.held]


def test_a_held_back_statement_is_confirmed_and_taken_back(
    guides: Staff, shop: SessionFactory, clock: FixedClock
) -> None:
    first, *others = held(shop, clock)
    page = html.unescape(guides.client.get("/statements").text)
    assert first.text in page and f"Frasi: {len(others) + 1}" in page
    form = {"name": first.name, "text": first.text, "source": "https://www.interno.gov.it/pagina"}
    assert post(guides.client, "/statements?which=held", **form)[0] == 200
    assert [one.name for one in held(shop, clock)] == [one.name for one in others]
    now = next(one for one in statements(shop, clock()) if one.name == first.name)
    assert (now.verified_by, str(now.verified_on)) == ("olga", "2026-11-25")
    assert post(guides.client, "/statements?which=all", name=first.name, deed="withdraw")[0] == 200
    assert len(held(shop, clock)) == len(others) + 1


@pytest.mark.parametrize(
    ("wrong", "status", "told"),
    [
        ({"source": "un amico"}, 422, "no_page"),
        ({"text": "un altro testo"}, 409, "statement_changed"),
        ({"name": "niente.niente"}, 404, "statement_gone"),
        ({"name": ""}, 404, "statement_gone"),
    ],
)
def test_what_is_not_confirmed(
    guides: Staff, shop: SessionFactory, clock: FixedClock, wrong: dict[str, str], status: int, told: str
) -> None:
    before = held(shop, clock)
    form = {"name": before[0].name, "text": before[0].text, "source": "https://example.org", **wrong}
    found, page = post(guides.client, "/statements", **form)
    assert (found, held(shop, clock)) == (status, before) and REFUSED[told] in page
