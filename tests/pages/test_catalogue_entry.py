"""One entry's page over HTTP: its form, preview, hours, two editors, history, a new one. Wednesday 2026-11-25, 09:00 in Rome."""

from __future__ import annotations

import html
from typing import Any

import pytest
from httpx import Response as Answer

from bot.cards import card_lines
from console.catalogue_texts import REFUSED, REMEDIES
from console.entry_form import EDITED
from services_catalog import revisions
from services_catalog.confidential import keep_place
from services_catalog.freshness import queue, report_wrong
from services_catalog.importer import entry_id, load_sheets
from services_catalog.models import Location, ServiceAtLocation
from services_catalog.revisions import current_values
from services_catalog.search import Card, get_entry
from services_catalog.vocabulary import LANGUAGES
from storage.database import SessionFactory
from tests.conftest import FixedClock
from tests.pages.conftest import PASSWORD, SAME_SITE, Staff
from tests.pages.forms import fields_of
from tests.services_catalog.factories import entry, sheet

MENSA = entry_id("latina", "mensa")
REFUGE = entry_id("latina", "rifugio")
OTHERS = entry_id("roma", "altra")
FULL: dict[str, Any] = {
    "address": "Via Cicerone 114",
    "latitude": 41.4676,
    "longitude": 12.9037,
    "opening_hours": "Mo-Fr 12:00-14:00",
    "phones": ["+39 0773 1234", {"number": "0773 695 631", "description": "segreteria"}],
    "organisation": "Caritas",
    "services": ["food", "shower", "laundry"],
    "accessibility": "rampa",
    "email": "mensa@example.org",
    "website": "https://example.org/mensa",
    "appointment_only": True,
    "who": "tutti",
    "cost": "1 euro",
    "free": False,
    "exceptions": [{"first": "2026-12-24", "last": "2027-01-06", "hours": "off", "note": "Chiuso per le feste"}],
    "stops": [{"place": "Piazza del Popolo", "hours": "Tu 20:00-22:00", "latitude": 41.46, "longitude": 12.9}],
    "required_documents": ["codice fiscale", "due foto"],
    "languages": ["fr", "wo", "en"],
    "languages_note": "anche altre",
    "eligibility": ["families", "women"],
    "one_stop_shop": True,
    "notes": "prima riga\nseconda riga",
    "source_date": "2026-10",
    "other_sources": ["https://example.org/b", "https://example.org/c"],
}


@pytest.fixture
def operator(staff: Staff, shop: SessionFactory, clock: FixedClock) -> Staff:
    latina = [entry("mensa", **FULL), entry("rifugio", services=["anti_violence"], confidential=True, phones=["1522"])]
    load_sheets(shop, [sheet(*latina), sheet(entry("altra"), city="roma")], clock)
    clock.advance(minutes=1)
    staff.log_in("olga")
    return staff


def form(who: Staff, id_: str = MENSA) -> dict[str, Any]:
    """What the entry's form sends when nothing is typed."""
    return fields_of(who.client.get(f"/catalogue/{id_}").text)


def send(who: Staff, fields: dict[str, Any], path: str = f"/catalogue/{MENSA}", do: str = "save") -> Answer:
    return who.client.post(path, data={**fields, "do": do}, headers=SAME_SITE)


def card(sessions: SessionFactory, id_: str, clock: FixedClock) -> Card:
    found = get_entry(sessions, id_, clock())
    assert found is not None
    return found


# -- the form --


def test_the_form_shows_all_and_sends_it_back_unchanged(operator: Staff, shop: SessionFactory) -> None:
    before = current_values(shop, "latina", "mensa")
    assert before is not None and {name for name in EDITED if not before.get(name)} == {"confidential", "free"}
    answer = send(operator, form(operator))
    assert answer.status_code == 422 and REFUSED["nothing"] in answer.text
    assert current_values(shop, "latina", "mensa") == before and revisions.history(shop, "latina", "mensa") == []


CHANGES: dict[str, tuple[dict[str, Any], Any]] = {
    "name": ({"name": " Mensa nuova "}, "Mensa nuova"),
    "organisation": ({"organisation": ""}, None),
    "services": ({"main_service": "laundry"}, ["laundry", "food", "shower"]),
    "address": ({"address": "Via Nuova 1"}, "Via Nuova 1"),
    "accessibility": ({"accessibility": ""}, None),
    "phones": (
        {"phones": "0773 1234 (mattina)\r\n112"},
        [{"number": "0773 1234", "description": "mattina"}, {"number": "112"}],
    ),
    "email": ({"email": ""}, None),
    "website": ({"website": "http://example.org"}, "http://example.org"),
    "opening_hours": ({"opening_hours": "Mo-Sa 12:30-14:00"}, "Mo-Sa 12:30-14:00"),
    "exceptions": (
        {
            "exceptions-0-first": "",
            "exceptions-0-last": "",
            "exceptions-0-hours": "",
            "exceptions-0-note": "",
            "exceptions-1-first": "2026-12-08",
            "exceptions-1-hours": "09:00-12:00",
        },
        [{"first": "2026-12-08", "hours": "09:00-12:00"}],
    ),
    "stops": (
        {"stops-0-latitude": "", "stops-0-longitude": ""},
        [{"place": "Piazza del Popolo", "hours": "Tu 20:00-22:00"}],
    ),
    "who": ({"who": "chi ha fame"}, "chi ha fame"),
    "required_documents": ({"required_documents": ""}, []),
    "cost": ({"cost": ""}, None),
    "free": ({"free": "yes"}, True),
    "languages": ({"languages": ["en", "ar"], "other_languages": "wo"}, ["wo", "en", "ar"]),
    "eligibility": ({"eligibility": ["women"]}, ["women"]),
    "notes": ({"notes": "una\r\ndue"}, "una\ndue"),
    "source_url": ({"source_url": "https://example.org/z"}, "https://example.org/z"),
    "source_date": ({"source_date": "2026-11-25"}, "2026-11-25"),
    "other_sources": ({"other_sources": "https://example.org/c"}, ["https://example.org/c"]),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_field_changes_alone(operator: Staff, shop: SessionFactory, name: str) -> None:
    typed, wanted = CHANGES[name]
    assert send(operator, {**form(operator), **typed}).status_code == 303
    (change,) = revisions.history(shop, "latina", "mensa")
    assert list(change.fields) == [name] and change.fields[name][1] == wanted
    assert (change.state, change.made_by, change.decided_by) == ("current", "olga", "olga")


@pytest.mark.parametrize("flag", ["appointment_only", "one_stop_shop"])
def test_a_mark_goes(operator: Staff, shop: SessionFactory, flag: str) -> None:
    fields = form(operator)
    del fields[flag]
    send(operator, fields)
    assert (current_values(shop, "latina", "mensa") or {})[flag] is False


WRONG = {
    "name": {"name": ""},
    "services": {"main_service": "", "services": []},
    "phones": {"phones": "chiedi a Maria"},
    "email": {"email": "maria"},
    "website": {"website": "example"},
    "opening_hours": {"opening_hours": "tutti i giorni"},
    "exceptions": {"exceptions-1-hours": "09:00-12:00"},
    "stops": {"stops-1-place": "Stazione"},
    "latitude": {"latitude": "quarantuno"},
    "longitude": {"longitude": "999"},
    "languages": {"other_languages": "wolof"},
    "source_url": {"source_url": ""},
    "source_date": {"source_date": "ieri"},
    "other_sources": {"other_sources": "un amico"},
}


@pytest.mark.parametrize("name", WRONG)
def test_what_cannot_be_is_told_beside_its_field_and_stays_typed(
    operator: Staff, shop: SessionFactory, name: str
) -> None:
    fields = {**form(operator), "notes": "quello che ho scritto", **WRONG[name]}
    answer = send(operator, fields)
    page = html.unescape(answer.text)
    assert answer.status_code == 422 and REFUSED["wrong"] in page
    assert f'<p class="error" id="{name}-problem">{REMEDIES[name]}</p>' in page
    again = fields_of(answer.text)
    assert {one: again[one] for one in ("notes", "shown")} == {one: fields[one] for one in ("notes", "shown")}
    assert all(again.get(one, []) == value for one, value in WRONG[name].items() if one != "services")
    assert revisions.history(shop, "latina", "mensa") == []


def test_half_a_position_is_told(operator: Staff) -> None:
    answer = send(operator, {**form(operator), "longitude": ""})
    assert answer.status_code == 422 and html.escape(REMEDIES["latitude"]) in answer.text


def test_a_confidential_entry_may_have_no_address(operator: Staff, shop: SessionFactory, clock: FixedClock) -> None:
    answer = send(operator, {**form(operator, REFUGE), "address": "Via Segreta 9"}, f"/catalogue/{REFUGE}")
    assert answer.status_code == 422 and REMEDIES["confidential"] in html.unescape(answer.text)
    assert card(shop, REFUGE, clock).address is None


SCRIPT = '"><script>alert(1)</script>{{7*7}}'


def test_a_script_in_every_field_is_text(operator: Staff, shop: SessionFactory, clock: FixedClock) -> None:
    fields = form(operator)
    texts = {name: SCRIPT for name, value in fields.items() if isinstance(value, str)}
    for path in (f"/catalogue/{MENSA}", "/catalogue/new"):
        for do in ("save", "propose", "preview"):
            answer = send(operator, {**texts, "services": [SCRIPT], "languages": [SCRIPT]}, path, do)
            assert answer.status_code == 422
            assert "<script>alert" not in answer.text and "49" not in fields_of(answer.text)["name"]
            assert fields_of(answer.text)["name"] == SCRIPT
    kept = dict.fromkeys(
        (
            "name",
            "organisation",
            "address",
            "accessibility",
            "who",
            "cost",
            "languages_note",
            "notes",
            "required_documents",
            "exceptions-0-note",
            "stops-0-place",
        ),
        SCRIPT,
    )
    assert send(operator, {**fields, **kept}).status_code == 303
    report_wrong(shop, clock, MENSA, "hours")
    operator.client.post(f"/catalogue/{MENSA}/reports", data={"outcome": SCRIPT, "note": SCRIPT}, headers=SAME_SITE)
    for path in (
        f"/catalogue/{MENSA}",
        f"/catalogue/{MENSA}?language=ar",
        "/catalogue",
        f"/catalogue?words={SCRIPT}",
        "/catalogue/map",
        "/to-check",
        "/quality",
        "/catalogue/exchange",
    ):
        answer = operator.client.get(path)
        assert answer.status_code == 200 and "<script>alert" not in answer.text, path


# -- what the assistant says --


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_preview_is_what_the_assistant_says(
    operator: Staff, shop: SessionFactory, clock: FixedClock, language: str
) -> None:
    page = operator.client.get(f"/catalogue/{MENSA}", params={"language": language}).text
    direction = "rtl" if language in ("ar", "fa", "ur") else "ltr"
    assert f'<div class="preview" lang="{language}" dir="{direction}">' in page
    assert said_in(page) == card_lines(card(shop, MENSA, clock).as_dict(), language, clock())


def said_in(page: str) -> list[str]:
    preview = page.split('class="preview"')[1].split(">", 1)[1].split("</div>")[0]
    return [html.unescape(line) for line in preview.removeprefix("<p>").removesuffix("</p>").split("</p><p>")]


@pytest.mark.parametrize("language", ["bn", "ar", "it"])
def test_what_is_typed_is_previewed_as_it_would_be_said(
    operator: Staff, shop: SessionFactory, clock: FixedClock, language: str
) -> None:
    typed = {"opening_hours": "Mo-Sa 10:15-11:45", "address": "Via Nuova 1", "phones": "112", "language": language}
    answer = send(operator, {**form(operator), **typed}, do="preview")
    assert answer.status_code == 200 and fields_of(answer.text)["address"] == "Via Nuova 1"
    assert card(shop, MENSA, clock).address == "Via Cicerone 114"  # nothing is written
    assert revisions.history(shop, "latina", "mensa") == []
    send(operator, {**form(operator), **typed})
    assert said_in(answer.text) == card_lines(card(shop, MENSA, clock).as_dict(), language, clock())


def test_a_new_entry_is_previewed_too(operator: Staff, shop: SessionFactory) -> None:
    fields = {
        **fields_of(operator.client.get("/catalogue/new").text),
        "name": "Docce",
        "main_service": "shower",
        "source_url": "https://example.org",
        "language": "fr",
    }
    answer = send(operator, fields, "/catalogue/new", "preview")
    assert answer.status_code == 200 and "Docce" in said_in(answer.text)[0]
    assert current_values(shop, "latina", "docce") is None


# -- hours --


def hours_of(who: Staff, text: str, **query: str) -> str:
    answer = who.client.get("/catalogue/hours", params={"city": "latina", "opening_hours": text, **query})
    assert answer.status_code == 200
    return html.unescape(answer.text)


def test_hours_are_told_in_words_with_the_next_seven_days(operator: Staff, clock: FixedClock) -> None:
    clock.advance(days=8)  # Thursday 3 December: the 8th is a holiday
    operator.log_in("olga")
    page = hours_of(operator, "Mo-Fr 09:00-13:00,15:00-18:00;Sa 09:00-12:00;PH off")
    assert "<code>Mo-Fr 09:00-13:00,15:00-18:00; Sa 09:00-12:00; PH closed</code>" in page
    assert "lunedì-venerdì 09:00-13:00, 15:00-18:00; sabato 09:00-12:00; domenica chiuso" in page
    assert "Nei giorni di festa è chiuso." in page
    days = page.split("<tbody>")[1].split("</tr>")
    assert len(days) == 8 and "giovedì 3 dicembre" in days[0] and "mercoledì 9 dicembre" in days[6]
    assert "<td>chiuso</td><td>Immacolata Concezione</td>" in days[5]


def test_hours_know_the_entrys_own_days_and_the_patron_saint(operator: Staff, clock: FixedClock) -> None:
    clock.advance(days=28)  # 23 December
    operator.log_in("olga")
    assert "chiuso (giorno diverso)" in hours_of(operator, "Mo-Su 12:00-14:00", key="mensa")
    assert "giorno diverso" not in hours_of(operator, "Mo-Su 12:00-14:00")
    clock.advance(days=190)  # 1 July; Latina's saint is on the 6th
    operator.log_in("olga")
    assert "santo patrono" in hours_of(operator, "Mo-Su 12:00-14:00")


def test_hours_that_are_none(operator: Staff) -> None:
    assert REMEDIES["opening_hours"] in hours_of(operator, "<script>")
    assert "Forse: <code>Mo-Fr 09:00-13:00</code>" in hours_of(operator, "mo-fr 9:00-13:00")
    assert "<script>" not in operator.client.get("/catalogue/hours", params={"opening_hours": "<script>"}).text
    assert "gli orari non si conoscono" in hours_of(operator, "")
    assert "giorni senza ore: lunedì, martedì" in hours_of(operator, "Mo-Tu")
    assert "dalle 18:00" in hours_of(operator, "Mo-Su 18:00+")
    assert hours_of(operator, "Mo-Su 09:00-10:00;" * 500)


# -- two editors --


def test_the_second_of_two_sees_a_diff_and_loses_nothing(
    operator: Staff, shop: SessionFactory, clock: FixedClock
) -> None:
    mine = {**form(operator), "address": "Via Mia 1", "notes": "mia nota"}
    theirs = {**form(operator), "address": "Via Loro 2", "cost": "2 euro"}
    assert send(operator, theirs).status_code == 303
    clock.advance(minutes=1)
    answer = send(operator, mine)
    page = html.unescape(answer.text)
    assert answer.status_code == 409 and REFUSED["changed"] in page
    assert "Via Cicerone 114</del>" in page and "Via Loro 2</ins>" in page and "Via Mia 1</ins>" in page
    assert card(shop, MENSA, clock).address == "Via Loro 2"
    again = fields_of(answer.text)
    assert (again["address"], again["notes"], again["cost"]) == ("Via Mia 1", "mia nota", "2 euro")
    assert send(operator, again).status_code == 303
    found = card(shop, MENSA, clock)
    assert (found.address, found.notes, found.cost) == ("Via Mia 1", "mia nota", "2 euro")


@pytest.mark.parametrize("shown", ["", "nothing", "[]", '{"key": 5}', '{"phones": 5}', "[" * 5000, "null"])
def test_a_broken_memory_of_what_was_shown(
    operator: Staff, shop: SessionFactory, clock: FixedClock, shown: str
) -> None:
    assert send(operator, {**form(operator), "shown": shown, "address": "Via Nuova 1"}).status_code == 303
    assert card(shop, MENSA, clock).address == "Via Nuova 1"


# -- history --


def test_history_tells_old_new_and_who_and_can_be_undone(
    operator: Staff, shop: SessionFactory, clock: FixedClock
) -> None:
    for number, typed in enumerate(({"address": "Via Nuova 1"}, {"cost": "2 euro"})):
        clock.advance(minutes=number + 1)
        send(operator, {**form(operator), **typed})
    page = html.unescape(operator.client.get(f"/catalogue/{MENSA}").text)
    assert "Via Cicerone 114</del>" in page and "Via Nuova 1</ins>" in page and "25/11/2026, olga: approvata" in page
    first, second = revisions.history(shop, "latina", "mensa")
    clock.advance(minutes=1)
    undo = {"entry": MENSA}
    answer = operator.client.post(f"/catalogue/revisions/{first.id}/undo", data=undo, headers=SAME_SITE)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/catalogue/{MENSA}?city=latina")
    found = card(shop, MENSA, clock)
    assert (found.address, found.cost) == ("Via Cicerone 114", "2 euro")  # the later change of another field stays
    answer = operator.client.post(f"/catalogue/revisions/{first.id}/undo", data=undo, headers=SAME_SITE)
    assert answer.status_code == 409 and REFUSED["outdated_undo"] in html.unescape(answer.text)
    assert len(revisions.history(shop, "latina", "mensa")) == 3 and second.id


def test_an_entry_goes_and_is_put_back(operator: Staff, shop: SessionFactory, clock: FixedClock) -> None:
    before = current_values(shop, "latina", "mensa")
    assert operator.client.post(f"/catalogue/{MENSA}/remove", headers=SAME_SITE).status_code == 303
    assert get_entry(shop, MENSA) is None and operator.client.get(f"/catalogue/{MENSA}").status_code == 404
    (gone,) = revisions.removed(shop, "latina")
    assert f"/catalogue/revisions/{gone.id}/undo" in operator.client.get("/catalogue").text
    clock.advance(minutes=1)
    assert operator.client.post(f"/catalogue/revisions/{gone.id}/undo", headers=SAME_SITE).status_code == 303
    assert current_values(shop, "latina", "mensa") == before and revisions.removed(shop, "latina") == []


def test_a_new_entry_has_its_own_key_and_is_undone_by_going(
    operator: Staff, shop: SessionFactory, clock: FixedClock
) -> None:
    fields = {
        **fields_of(operator.client.get("/catalogue/new").text),
        "name": "Mensa",
        "main_service": "food",
        "source_url": "https://example.org",
    }
    assert (
        send(operator, fields, "/catalogue/new").headers["location"]
        == f"/catalogue/{entry_id('latina', 'mensa-2')}?city=latina"
    )
    (made,) = revisions.history(shop, "latina", "mensa-2")
    clock.advance(minutes=1)
    assert operator.client.post(f"/catalogue/revisions/{made.id}/undo", headers=SAME_SITE).status_code == 303
    assert current_values(shop, "latina", "mensa-2") is None


# -- reports and still true --


def test_still_true_says_when_and_by_whom(operator: Staff, shop: SessionFactory, clock: FixedClock) -> None:
    answer = operator.client.post(f"/catalogue/{MENSA}/verify", headers=SAME_SITE)
    assert answer.status_code == 303
    now = current_values(shop, "latina", "mensa") or {}
    assert (now["verified_on"], now["verified_by"]) == ("2026-11-25", "olga")
    assert "controllata il 2026-11-25" in operator.client.get(f"/catalogue/{MENSA}").text
    assert MENSA not in {one.id for one in queue(shop, clock(), "latina").entries}


def test_reports_are_closed_with_an_answer(operator: Staff, shop: SessionFactory, clock: FixedClock) -> None:
    report_wrong(shop, clock, MENSA, "place")
    assert "indirizzo o telefono: 1" in operator.client.get(f"/catalogue/{MENSA}").text
    answer = {"outcome": "not_clear", "note": "richiamare lunedì"}
    operator.client.post(f"/catalogue/{MENSA}/reports", data=answer, headers=SAME_SITE)
    assert all(not one.reported for one in queue(shop, clock(), "latina").entries)
    page = operator.client.get(f"/catalogue/{MENSA}").text
    assert "indirizzo o telefono (1): chiesto, ma non si sa. richiamare lunedì (olga)" in page


# -- confidential places --


def test_the_place_of_a_refuge_is_written_and_shown_to_nobody(
    operator: Staff, shop: SessionFactory, clock: FixedClock
) -> None:
    keep_place(shop, REFUGE, "Via Segreta 9", 41.4711, 12.9)
    answer = operator.client.post(
        f"/catalogue/{REFUGE}/place", data={"secret_address": "Via Segreta 10"}, headers=SAME_SITE
    )
    assert answer.status_code == 303
    with shop() as session:
        assert session.get(Location, location_id(session)).address == "Via Segreta 10"
    fields = {**form(operator, REFUGE), "notes": "nuova nota"}
    assert send(operator, fields, f"/catalogue/{REFUGE}").status_code == 303
    with shop() as session:
        assert session.get(Location, location_id(session)).address == "Via Segreta 10"  # an edit leaves it where it is
    for name in ("olga", "paolo", "ada", "nora", "anna"):
        operator.log_in(name)
        for path in (
            f"/catalogue/{REFUGE}",
            "/catalogue",
            "/catalogue?words=segreta",
            "/catalogue?state=confidential",
            "/catalogue/map",
            "/to-check",
            "/catalogue/exchange",
            "/catalogue/export.csv",
            "/catalogue/export.yml",
            "/catalogue/export.json",
            "/quality",
            "/network",
            "/audit",
        ):
            told = operator.client.get(f"{path}{'&' if '?' in path else '?'}city=latina").text
            assert "Segreta" not in told and "41.47" not in told, (name, path)


def location_id(session: Any) -> str:
    return str(session.query(ServiceAtLocation.location_id).filter_by(service_id=REFUGE).scalar())


def test_only_what_is_confidential_has_a_secret_place(operator: Staff, shop: SessionFactory, clock: FixedClock) -> None:
    for address, status in (("Via Segreta 9", 409), ("", 422)):
        answer = operator.client.post(f"/catalogue/{MENSA}/place", data={"secret_address": address}, headers=SAME_SITE)
        assert answer.status_code == status
    assert card(shop, MENSA, clock).address == "Via Cicerone 114"


# -- who may --


def test_a_provider_only_proposes(operator: Staff, shop: SessionFactory, clock: FixedClock) -> None:
    operator.log_in("paolo")
    page = operator.client.get(f"/catalogue/{MENSA}").text
    assert "Ho controllato" not in page and 'value="save"' not in page and "Annulla questo" not in page
    assert (
        send(operator, {**form(operator), "address": "Via Nuova 1"}).status_code == 303
    )  # "save" is a proposal of theirs
    assert card(shop, MENSA, clock).address == "Via Cicerone 114"
    (proposal,) = revisions.proposals(shop, "latina")
    assert (proposal.made_by, proposal.fields) == ("paolo", {"address": ("Via Cicerone 114", "Via Nuova 1")})
    assert "Via Nuova 1" in operator.client.get("/catalogue").text  # among their own proposals
    operator.client.post(f"/catalogue/{MENSA}/remove", headers=SAME_SITE)
    assert len(revisions.proposals(shop, "latina")) == 2 and get_entry(shop, MENSA) is not None
    fields = {
        **fields_of(operator.client.get("/catalogue/new").text),
        "name": "Docce",
        "main_service": "shower",
        "source_url": "https://example.org",
    }
    assert send(operator, fields, "/catalogue/new").headers["location"] == "/catalogue?city=latina&sent=yes"
    assert current_values(shop, "latina", "docce") is None and len(revisions.proposals(shop, "latina")) == 3


PATHS = ("", "/remove", "/verify", "/reports", "/place")


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    ("name", "status"),
    [(None, (303, 401)), ("anna", (403,)), ("nora", (403,)), ("paolo", (403, 404)), ("olga", (404,))],
)
def test_nobody_else_changes_an_entry(
    operator: Staff, shop: SessionFactory, path: str, name: str | None, status: tuple[int, ...]
) -> None:
    """An entry of Rome: not for who is not logged in, for staff, the network, a provider or an operator of Latina."""
    operator.client.post("/logout", headers=SAME_SITE)
    if name:
        operator.log_in(name)
    before = current_values(shop, "roma", "altra")
    data = {"secret_address": "x", "note": "x"}
    assert (
        operator.client.post(f"/catalogue/{OTHERS}{path}?city=roma", data=data, headers=SAME_SITE).status_code in status
    )
    assert operator.client.get(f"/catalogue/{OTHERS}?city=roma").status_code in (*status, 404)
    assert current_values(shop, "roma", "altra") == before


def test_an_expired_session_keeps_the_whole_form(operator: Staff, shop: SessionFactory, clock: FixedClock) -> None:
    fields = {**form(operator), "do": "save", "address": "Via Nuova 1", "languages": ["en", "fr", "ar"]}
    operator.client.post("/logout", headers=SAME_SITE)
    answer = operator.client.post(f"/catalogue/{MENSA}?city=latina", data=fields, headers=SAME_SITE)
    assert answer.status_code == 401
    kept = fields_of(answer.text.replace('action="/login"', 'id="login"'), "login")
    resumed = operator.client.post("/login", data={**kept, "name": "olga", "password": PASSWORD}, headers=SAME_SITE)
    again = fields_of(resumed.text.replace(f'action="/catalogue/{MENSA}?city=latina"', 'id="again"'), "again")
    assert operator.client.post(f"/catalogue/{MENSA}?city=latina", data=again, headers=SAME_SITE).status_code == 303
    found = card(shop, MENSA, clock)
    assert found.address == "Via Nuova 1" and found.languages == ("fr", "wo", "en", "ar")
