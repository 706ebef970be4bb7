"""The pages in Chromium, as staff and people meet them. The clock stands at Wednesday 2026-11-25, 09:00 in Rome."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from appointments import booking
from bot.translations import translate
from console.accounts import set_language
from console.chat import COOKIE, OFFLINE
from orienta.web import create_web_app
from services_catalog import revisions
from services_catalog.freshness import report_wrong
from services_catalog.importer import entry_id, load_sheets
from services_catalog.procedures import sheets as procedures
from services_catalog.procedures.importer import load_procedures
from services_catalog.procedures.lint import read_procedures
from storage.database import SessionFactory, make_engine, make_session_factory
from storage.keys import load_keyring
from storage.migrate import migrate
from storage.settings import Settings
from tests.conftest import FixedClock, free_port, unavailable
from tests.pages.conftest import HEIGHT, PASSWORD, WIDTH, Watch, add_accounts, book, open_shops, rome
from tests.pages.servers import StubAssistant, serving
from tests.services_catalog.factories import entry, sheet

ITALIAN: dict[str, Any] = {"locale": "it-IT"}
"""A browser that asks for Italian pages; one that asks for others gets the log-in in English."""
PHONE: dict[str, Any] = {"viewport": {"width": WIDTH, "height": HEIGHT}, "is_mobile": True, "has_touch": True}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path, secret_key="s" * 32, port=free_port())


@pytest.fixture
def sessions(settings: Settings, clock: FixedClock, tmp_path: Path) -> Iterator[SessionFactory]:
    engine = make_engine(settings.database_url)
    migrate(engine)
    sessions = make_session_factory(engine)
    open_shops(sessions, tmp_path / "shops")
    add_accounts(sessions, clock)
    yield sessions
    engine.dispose()


def no_sideways_scrolling(page: Page) -> None:
    page.wait_for_load_state()  # what is measured before the style sheet is there says nothing
    wider = page.evaluate(
        """() => [...document.querySelectorAll("*")]
            .filter(one => one === document.documentElement || getComputedStyle(one).overflowX === "auto")
            .filter(one => one.scrollWidth > one.clientWidth)
            .map(one => `${one.tagName} ${one.scrollWidth} > ${one.clientWidth}`)"""
    )
    assert wider == []


def test_the_watch_sees_what_it_is_there_for(watch: Watch, site: str) -> None:
    page = watch.open(f"{site}/login", **ITALIAN)
    with page.expect_event("pageerror"), page.expect_response("**/nowhere"):
        page.evaluate(
            """() => {
                console.error("said aloud");
                document.body.append(Object.assign(new Image(), { src: "http://elsewhere.example/x.png" }));
                document.body.setAttribute("style", "color: red");
                setTimeout(() => { throw new Error("thrown"); });
                setTimeout(() => fetch("/nowhere"), 50);
            }"""
        )
    with page.expect_event("requestfailed"):
        page.evaluate("() => { location = 'http://elsewhere.example/' }")
    watch.close()
    watch.expect("console: said aloud", "policy: img-src", "policy: style-src-attr", "status 404", "error: thrown")
    watch.expect("elsewhere: http://elsewhere.example/")
    watch.complaints.clear()


def test_sideways_scrolling_would_be_seen(watch: Watch, site: str) -> None:
    page = watch.open(f"{site}/login", **ITALIAN, **PHONE)
    no_sideways_scrolling(page)
    page.evaluate("() => { document.querySelector('main').style.minWidth = '400px' }")
    with pytest.raises(AssertionError):
        no_sideways_scrolling(page)


AXE = Path(__file__).resolve().parents[2] / "console" / "assets" / "node_modules" / "axe-core" / "axe.min.js"


def accessible(page: Page) -> None:
    """No violation that axe-core knows of (WCAG and its best practices), and nothing wider than the screen."""
    if not AXE.exists():
        unavailable("axe-core is not installed: make console/assets/node_modules")
    page.wait_for_load_state()
    page.evaluate(AXE.read_text(encoding="utf-8"))  # not as a script of the page: its policy would refuse it
    found = page.evaluate(
        "axe.run().then(({ violations }) => violations.map(one => [one.id, one.nodes.map(n => n.html)]))"
    )
    assert found == []
    no_sideways_scrolling(page)


# -- the console --


def log_in(page: Page, name: str = "anna") -> None:
    page.get_by_label("Nome").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Entra").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Appuntamenti: mercoledì 25 novembre 2026")


def row(page: Page, code: str) -> Locator:
    return page.get_by_role("row").filter(has_text=code)


def test_staff_confirm_and_mark(watch: Watch, site: str, sessions: SessionFactory, clock: FixedClock) -> None:
    shower, documents = book(sessions, clock), book(sessions, clock, "tg-2", service="documents")
    page = watch.open(site, **ITALIAN)
    log_in(page)
    expect(page.get_by_role("row")).to_have_count(3)  # with the headings
    expect(row(page, shower.code)).to_contain_text("da confermare")
    row(page, shower.code).get_by_role("button", name="Conferma").click()
    expect(row(page, shower.code).get_by_role("cell", name="confermato", exact=True)).to_be_visible()
    expect(row(page, documents.code)).to_contain_text("da confermare")
    row(page, shower.code).get_by_role("button", name="Non venuto").click()
    expect(row(page, shower.code).get_by_role("cell", name="non venuto", exact=True)).to_be_visible()
    row(page, shower.code).get_by_role("button", name="Venuto").click()
    expect(row(page, shower.code).get_by_role("cell", name="venuto", exact=True)).to_be_visible()
    statuses = {one.code: one.status for one in booking.day_list(sessions, "latina", clock().date())}
    assert statuses == {shower.code: "seen", documents.code: "pending"}


def test_other_days(watch: Watch, site: str, sessions: SessionFactory, clock: FixedClock) -> None:
    code = book(sessions, clock).code
    page = watch.open(site, **ITALIAN)
    log_in(page)
    page.get_by_role("link", name="Giorno dopo").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("giovedì 26 novembre")
    expect(page.get_by_text("Nessun appuntamento in questo giorno.")).to_be_visible()
    page.get_by_label("Giorno", exact=True).and_(page.locator("input")).fill("2026-11-25")
    page.get_by_role("button", name="Mostra").click()
    expect(row(page, code)).to_be_visible()
    page.get_by_role("link", name="Giorno prima").click()
    page.get_by_role("link", name="Oggi").click()
    expect(row(page, code)).to_be_visible()


def test_a_wrong_password_is_told(watch: Watch, site: str) -> None:
    page = watch.open(site, **ITALIAN)
    page.get_by_label("Nome").fill("anna")
    page.get_by_label("Password").fill("wrong")
    page.get_by_label("Password").press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Nome o password sbagliati")
    expect(page.get_by_label("Nome")).to_have_value("anna")
    expect(page.get_by_label("Password")).to_have_value("")
    watch.expect("401")


def test_an_old_page_shows_the_true_state(watch: Watch, site: str, sessions: SessionFactory, clock: FixedClock) -> None:
    code = book(sessions, clock).code
    page = watch.open(site, **ITALIAN)
    log_in(page)
    old = page.context.new_page()
    old.goto(f"{site}/appointments")
    row(page, code).get_by_role("button", name="Conferma").click()
    expect(row(page, code)).to_contain_text("confermato")
    row(old, code).get_by_role("button", name="Conferma").click()
    expect(old.get_by_role("alert")).to_have_text("Questo appuntamento è già cambiato: ecco com'è adesso.")
    expect(row(old, code)).to_contain_text("confermato")
    expect(row(old, code).get_by_role("button", name="Conferma")).to_have_count(0)
    watch.expect("409")


def tab_to(page: Page, name: str) -> None:
    """Press the tabulator until the control with this label has the focus, and see that the focus is visible."""
    for _ in range(30):
        page.keyboard.press("Tab")
        focused = page.locator(":focus")
        if focused.count() and name in (focused.get_attribute("aria-label") or focused.inner_text()):
            assert focused.evaluate("one => getComputedStyle(one).outlineStyle") == "solid"
            return
    raise AssertionError(f"{name} cannot be reached with the keyboard")


def test_the_console_with_the_keyboard_alone(
    watch: Watch, site: str, sessions: SessionFactory, clock: FixedClock
) -> None:
    first, second = book(sessions, clock), book(sessions, clock, "tg-2", service="documents")
    page = watch.open(site, **ITALIAN)
    page.keyboard.press("Tab")
    page.keyboard.type("anna")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    for code in (second.code, first.code):
        expect(row(page, code)).to_contain_text("da confermare")
        tab_to(page, f"Conferma: {code}")
        page.keyboard.press("Enter")
        expect(row(page, code)).to_contain_text("confermato")
    tab_to(page, f"Venuto: {first.code}")
    page.keyboard.press("Space")
    expect(row(page, first.code).get_by_role("cell", name="venuto", exact=True)).to_be_visible()
    tab_to(page, "Esci")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Password")).to_be_visible()


def test_after_logging_out_the_back_button_shows_nothing(
    watch: Watch, site: str, sessions: SessionFactory, clock: FixedClock
) -> None:
    code = book(sessions, clock).code
    page = watch.open(site, **ITALIAN)
    log_in(page)
    expect(row(page, code)).to_be_visible()
    page.get_by_role("button", name="Esci").click()
    expect(page.get_by_label("Password")).to_be_visible()
    page.go_back()
    expect(page.get_by_label("Password")).to_be_visible()
    assert code not in page.content()


def test_the_console_on_a_phone(watch: Watch, site: str, sessions: SessionFactory, clock: FixedClock) -> None:
    code = book(sessions, clock).code
    page = watch.open(site, **ITALIAN, **PHONE)
    no_sideways_scrolling(page)
    log_in(page, "ada")
    page.goto(f"{site}/appointments?city=latina")
    no_sideways_scrolling(page)
    page.get_by_role("button", name=f"Conferma: {code}").tap()
    expect(page.get_by_role("cell", name="confermato", exact=True)).to_be_visible()
    no_sideways_scrolling(page)


NARROW: dict[str, Any] = {**ITALIAN, **PHONE, "viewport": {"width": 320, "height": 640}}


@pytest.mark.parametrize("options", [NARROW, ITALIAN], ids=["phone", "office"])
def test_a_day_of_the_staff(
    watch: Watch, site: str, sessions: SessionFactory, clock: FixedClock, options: dict[str, Any]
) -> None:
    """Somebody arrives, somebody comes without an appointment, one is given another time, one is declined; log out."""
    here = book(sessions, clock, "tg-1")
    later = book(sessions, clock, "tg-2", starts_at=rome(25, 11))
    page = watch.open(f"{site}/login", **options)
    accessible(page)
    log_in(page)
    accessible(page)
    page.get_by_label("Codice").fill(here.code)
    page.get_by_role("button", name="Segna l'arrivo").click()
    expect(row(page, here.code)).to_contain_text("arrivato alle 09:00")
    page.get_by_role("link", name=later.code).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(later.code)
    accessible(page)
    page.get_by_label("Orario libero").select_option(index=5)
    page.get_by_role("button", name="Proponi alla persona").click()
    expect(page.get_by_text("Altro orario proposto: in coda")).to_be_visible()
    page.get_by_label("Motivo").select_option("papers_first")
    page.get_by_role("button", name="Rifiuta e proponi altri orari").click()
    expect(page.get_by_text("Appuntamento rifiutato: in coda")).to_be_visible()
    page.get_by_label("Al massimo 200 caratteri").fill("porta il passeggino")
    page.get_by_role("button", name="Salva la nota").click()
    expect(page.get_by_label("Al massimo 200 caratteri")).to_have_value("porta il passeggino")
    page.get_by_role("link", name="Lista d'attesa").click()
    expect(page.get_by_text("Nessuno aspetta.")).to_be_visible()
    accessible(page)
    page.get_by_role("button", name="Esci").click()
    expect(page).to_have_url(f"{site}/login")


def enter(page: Page, name: str) -> None:
    page.get_by_label("Nome").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Entra").click()


def leave(page: Page) -> None:
    page.get_by_role("button", name="Esci").click()
    expect(page.get_by_label("Password")).to_be_visible()


def kitchen(**fields: Any) -> Any:
    return entry(
        "mensa",
        address="Via Cicerone 114",
        opening_hours="Mo-Fr 12:00-14:00",
        phones=["0773 1234"],
        latitude=41.4676,
        longitude=12.9037,
        **fields,
    )


@pytest.mark.parametrize("options", [NARROW, ITALIAN], ids=["phone", "office"])
def test_a_day_of_an_operator(
    watch: Watch, site: str, sessions: SessionFactory, clock: FixedClock, options: dict[str, Any]
) -> None:
    """Log in, put hours right, see them in Bengali, confirm an old one, approve a proposal, close a report, log out."""
    load_sheets(sessions, [sheet(kitchen(), entry("docce", services=["shower"]))], clock)
    report_wrong(sessions, clock, entry_id("latina", "mensa"), "hours")
    paolo = revisions.Editor("paolo", "provider", "latina")
    id_ = revisions.draft(sessions, clock, paolo, "latina", "docce", {"cost": "2 euro"})
    revisions.propose(sessions, clock, paolo, id_)
    page = watch.open(f"{site}/login", **options)
    enter(page, "olga")
    accessible(page)
    expect(row(page, "Mensa")).to_contain_text("segnalato: orari (1)")
    page.get_by_role("link", name="Mensa", exact=True).click()
    accessible(page)
    page.locator("#opening_hours").press("End")
    page.locator("#opening_hours").press_sequentially("; Sa 12:30-14:00")
    expect(page.locator("#hours-meaning")).to_contain_text("sabato 12:30-14:00")
    page.locator("#opening_hours").fill("Mo-Sa 25:00")
    expect(page.locator("#hours-meaning .error")).to_contain_text("Questi orari non si capiscono")
    accessible(page)
    page.locator("#opening_hours").fill("Mo-Sa 12:30-14:00; PH off")
    expect(page.locator("#hours-meaning")).to_contain_text("lunedì-sabato 12:30-14:00; domenica chiuso")
    page.get_by_label("Lingua").select_option("bn")
    page.get_by_role("button", name="Mostra").click()
    expect(page.locator(".preview")).to_have_attribute("lang", "bn")
    expect(page.locator(".preview")).to_contain_text("12:30")
    expect(page.get_by_text("Non è ancora salvato.")).to_be_visible()
    accessible(page)
    page.get_by_role("button", name="Salva", exact=True).click()
    expect(page.get_by_role("heading", name="Storia")).to_be_visible()
    page.get_by_label("Risposta").select_option("corrected")
    page.get_by_role("button", name="Rispondi e chiudi").click()
    expect(page.get_by_text("orari (1): corretto (olga)")).to_be_visible()
    accessible(page)
    page.get_by_role("link", name="Da controllare", exact=True).click()
    accessible(page)
    page.get_by_role("button", name="Approva").click()
    expect(page.get_by_text("Proposte da decidere: 0")).to_be_visible()
    page.get_by_role("button", name="Ancora vero: Docce").click()
    expect(row(page, "Docce")).to_have_count(0)
    assert (revisions.current_values(sessions, "latina", "docce") or {})["verified_by"] == "olga"
    assert (revisions.current_values(sessions, "latina", "docce") or {})["cost"] == "2 euro"
    assert (revisions.current_values(sessions, "latina", "mensa") or {})["opening_hours"] == "Mo-Sa 12:30-14:00; PH off"
    leave(page)


def test_the_other_pages_of_an_operator(watch: Watch, site: str, sessions: SessionFactory, clock: FixedClock) -> None:
    """List, map, a new entry, a file in with its diff, a file out, quality, statements, undo."""
    load_sheets(sessions, [sheet(kitchen())], clock)
    clock.advance(minutes=1)
    topics, translations = read_procedures(procedures.PACKAGED)
    load_procedures(sessions, topics, translations, clock)
    page = watch.open(f"{site}/login", **NARROW)
    enter(page, "olga")
    page.get_by_role("link", name="Catalogo", exact=True).click()
    page.get_by_label("Cerca una scheda").fill("cicerone")
    page.get_by_role("button", name="Cerca").click()
    expect(page.get_by_text("Schede: 1")).to_be_visible()
    accessible(page)
    page.get_by_role("link", name="Mappa").click()
    accessible(page)
    page.locator("svg a").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Mensa")
    page.goto(f"{site}/catalogue/exchange")
    accessible(page)
    table = b"key,cost\nmensa,2 euro\n"
    page.get_by_label("File").set_input_files({"name": "x.csv", "mimeType": "text/csv", "buffer": table})
    page.get_by_role("button", name="Guarda le differenze").click()
    expect(page.get_by_text("2 euro")).to_be_visible()
    accessible(page)
    page.get_by_role("button", name="Applica tutto").click()
    expect(page.get_by_text("Fatto: 1 schede.")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Tabella (CSV)").click()
    assert "2 euro" in download.value.path().read_text(encoding="utf-8")
    page.get_by_label("File").set_input_files(
        {"name": "x.csv", "mimeType": "text/csv", "buffer": b"key,cost\nmensa,=1\n"}
    )
    page.get_by_role("button", name="Guarda le differenze").click()
    expect(page.get_by_role("alert")).to_contain_text("Niente è stato cambiato.")
    watch.expect("422")
    accessible(page)
    page.get_by_role("link", name="Qualità").click()
    accessible(page)
    page.get_by_role("link", name="Procedure").click()
    accessible(page)
    told = page.get_by_text(re.compile(r"^Frasi: \d+$")).inner_text()
    page.get_by_label("Pagina dove l'ho letta").first.fill("https://www.interno.gov.it/pagina")
    page.get_by_role("button", name="Confermo").first.click()
    expect(page.get_by_text(f"Frasi: {int(told.split()[1]) - 1}", exact=True)).to_be_visible()
    page.goto(f"{site}/catalogue/new")
    accessible(page)
    page.goto(f"{site}/catalogue/{entry_id('latina', 'mensa')}")
    clock.advance(minutes=1)
    page.get_by_role("button", name="Annulla questo cambiamento").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Mensa")
    assert not (revisions.current_values(sessions, "latina", "mensa") or {}).get("cost")
    leave(page)


def test_two_operators_at_one_entry(watch: Watch, site: str, sessions: SessionFactory, clock: FixedClock) -> None:
    load_sheets(sessions, [sheet(kitchen())], clock)
    pages = [watch.open(f"{site}/login", **ITALIAN) for _ in range(2)]
    for page, name in zip(pages, ("olga", "ada"), strict=True):
        enter(page, name)
        page.goto(f"{site}/catalogue/{entry_id('latina', 'mensa')}?city=latina")
        page.get_by_label("Indirizzo", exact=True).fill(f"Via di {name} 1")
    pages[0].get_by_role("button", name="Salva", exact=True).click()
    expect(pages[0].get_by_role("heading", name="Storia")).to_be_visible()
    pages[1].get_by_role("button", name="Salva", exact=True).click()
    expect(pages[1].get_by_role("alert")).to_contain_text("Un'altra persona ha cambiato la scheda")
    expect(pages[1].locator("ins").filter(has_text="Via di olga 1").first).to_be_visible()
    expect(pages[1].get_by_label("Indirizzo", exact=True)).to_have_value("Via di ada 1")
    watch.expect("409")
    accessible(pages[1])
    pages[1].get_by_role("button", name="Salva", exact=True).click()
    expect(pages[1].get_by_role("heading", name="Storia")).to_be_visible()
    assert (revisions.current_values(sessions, "latina", "mensa") or {})["address"] == "Via di ada 1"


@pytest.mark.parametrize("options", [NARROW, ITALIAN], ids=["phone", "office"])
def test_a_day_of_a_provider(
    watch: Watch, site: str, sessions: SessionFactory, clock: FixedClock, options: dict[str, Any]
) -> None:
    """Look for one's entry, propose other hours and a new entry, see that they wait, log out; nothing has changed."""
    load_sheets(sessions, [sheet(kitchen())], clock)
    page = watch.open(f"{site}/login", **options)
    enter(page, "paolo")
    accessible(page)
    page.get_by_role("link", name="Mensa", exact=True).click()
    accessible(page)
    page.locator("#opening_hours").fill("Mo-Fr 12:00-15:00")
    expect(page.locator("#hours-meaning")).to_contain_text("12:00-15:00")
    page.get_by_role("button", name="Proponi", exact=True).click()
    expect(page.get_by_text("paolo: in attesa")).to_be_visible()
    page.get_by_role("link", name="Catalogo", exact=True).click()
    page.get_by_role("link", name="Proponi una scheda").click()
    page.get_by_role("button", name="Proponi", exact=True).click()
    expect(page.locator("#name-problem")).to_be_visible()
    watch.expect("422")
    accessible(page)
    page.get_by_label("Nome", exact=True).fill("Docce")
    page.get_by_label("Il principale").select_option("shower")
    page.get_by_label("Fonte", exact=True).fill("https://example.org/docce")
    page.get_by_role("button", name="Proponi", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("La proposta è arrivata")
    expect(page.get_by_role("heading", name="Le mie proposte")).to_be_visible()
    accessible(page)
    assert len(revisions.proposals(sessions, "latina")) == 2
    assert (revisions.current_values(sessions, "latina", "mensa") or {})["opening_hours"] == "Mo-Fr 12:00-14:00"
    leave(page)


@pytest.mark.parametrize("options", [NARROW, ITALIAN], ids=["phone", "office"])
def test_a_day_of_the_network(
    watch: Watch, site: str, sessions: SessionFactory, clock: FixedClock, options: dict[str, Any]
) -> None:
    load_sheets(sessions, [sheet(kitchen())], clock)
    for number in range(6):
        book(sessions, clock, f"tg-{number}", starts_at=rome(25, 10 + number // 2, 30 * (number % 2)))
    page = watch.open(f"{site}/login", **options)
    enter(page, "nora")
    expect(page.get_by_role("heading", level=1)).to_have_text("Rete delle città")
    accessible(page)
    expect(page.get_by_role("row").filter(has_text="Latina")).to_contain_text("nessuno")
    page.get_by_text("I numeri").click()
    expect(page.get_by_role("row").filter(has_text="novembre 2026")).to_contain_text("6")
    accessible(page)
    leave(page)


def test_the_catalogue_in_english(watch: Watch, site: str, sessions: SessionFactory, clock: FixedClock) -> None:
    load_sheets(sessions, [sheet(kitchen())], clock)
    set_language(sessions, name="olga", language="en")
    page = watch.open(f"{site}/login", **ITALIAN)
    enter(page, "olga")
    expect(page.get_by_role("heading", level=1)).to_have_text("To check in Latina")
    page.goto(f"{site}/catalogue/{entry_id('latina', 'mensa')}")
    expect(page.locator("#hours-meaning")).to_contain_text("Monday-Friday 12:00-14:00; Saturday-Sunday closed")
    accessible(page)
    page.get_by_role("button", name="Log out").click()


def test_another_site_cannot_log_staff_out(watch: Watch, site: str) -> None:
    page = watch.open(site, **ITALIAN)
    log_in(page)
    with serving(_form_of_another_site(f"{site}/logout")) as other:
        page.goto(other.replace("127.0.0.1", "localhost"))
        page.get_by_role("button").click()
        expect(page.get_by_text("This form was sent from another site.")).to_be_visible()
    page.goto(site)
    expect(page.get_by_role("button", name="Esci")).to_be_visible()
    watch.expect("403", "elsewhere: http://localhost")


def _form_of_another_site(action: str) -> Any:
    from starlette.responses import HTMLResponse

    return HTMLResponse(
        f'<link rel="icon" href="data:,"><form method="post" action="{action}"><button>Win a prize</button></form>'
    )


# -- the web chat --


def chat(watch: Watch, site: str, locale: str = "it-IT", welcome: str = "Welcome.", **options: Any) -> Page:
    """The chat, opened by somebody new, with its first answer there."""
    page = watch.open(f"{site}/chat", locale=locale, **options)
    expect(page.locator(".bot").first).to_have_text(welcome)
    return page


def bubbles(page: Page) -> Locator:
    return page.locator(".bubble")


def offline(language: str) -> str:
    return translate(language, OFFLINE).format(emergency="112")


def test_typing(watch: Watch, site: str, assistant: StubAssistant) -> None:
    page = chat(watch, site)
    field = page.get_by_placeholder(translate("it", "Write here"))
    field.fill("dove posso lavarmi?")
    field.press("Enter")
    expect(bubbles(page)).to_have_text(["Welcome.", "dove posso lavarmi?", "You said: dove posso lavarmi?"])
    expect(field).to_have_value("")
    field.fill("  grazie  ")
    page.get_by_role("button", name=translate("it", "Send")).click()
    expect(bubbles(page).last).to_have_text("You said: grazie")
    field.fill("   ")
    field.press("Enter")
    assert assistant.messages == ["/start", "dove posso lavarmi?", "grazie"]


def test_what_is_typed_first_is_answered_first(watch: Watch, site: str, assistant: StubAssistant) -> None:
    page = chat(watch, site)
    field = page.get_by_role("textbox")
    assistant.hold.clear()
    for words in ("one", "two", "three"):
        field.fill(words)
        field.press("Enter")
    expect(bubbles(page)).to_have_text(["Welcome.", "one", "two", "three"])
    assistant.hold.set()
    expect(bubbles(page)).to_have_count(7)
    assert bubbles(page).all_text_contents()[4:] == ["You said: one", "You said: two", "You said: three"]


BUTTONS = [
    {"title": "🚿 Doccia", "payload": '/find_service{"service":"shower"}'},
    {"title": "🗺 Corso Matteotti 134", "url": "https://www.openstreetmap.org/?mlat=41.46&mlon=12.90"},
    {"title": "☰ Menu", "payload": "/menu", "row": "navigation"},
    {"title": "🌐 Lingua", "payload": "/set_language", "row": "navigation"},
    {"title": "🏙 Città", "payload": "/set_city", "row": "navigation"},
]


def test_buttons(watch: Watch, site: str, assistant: StubAssistant) -> None:
    assistant.answers["/start"] = [{"text": "Welcome.", "buttons": BUTTONS}]
    page = chat(watch, site, **PHONE)
    boxes = [page.get_by_text(button["title"], exact=True).bounding_box() for button in BUTTONS]
    assert all(box for box in boxes)
    heights = [round(box["y"]) for box in boxes if box]
    assert len(set(heights)) == 3 and heights[2] == heights[3] == heights[4]  # one row, and two of one button each
    no_sideways_scrolling(page)
    page.get_by_role("button", name="🚿 Doccia").tap()
    expect(bubbles(page)).to_have_text(
        ["Welcome.", "🚿 Doccia", 'You said: /find_service{"service":"shower"}'], use_inner_text=True
    )
    link = page.get_by_role("link", name="🗺 Corso Matteotti 134")
    assert link.get_attribute("href") == BUTTONS[1]["url"]
    assert link.get_attribute("target") == "_blank" and link.get_attribute("rel") == "noreferrer noopener"
    assert assistant.messages == ["/start", '/find_service{"service":"shower"}']


def test_the_chat_with_the_keyboard_alone(watch: Watch, site: str, assistant: StubAssistant) -> None:
    assistant.answers["/start"] = [{"text": "Welcome.", "buttons": BUTTONS}]
    page = chat(watch, site)
    tab_to(page, "☰ Menu")
    page.keyboard.press("Enter")
    expect(bubbles(page).last).to_have_text("You said: /menu")
    tab_to(page, translate("it", "Write here"))
    page.keyboard.type("ciao")
    page.keyboard.press("Enter")
    expect(bubbles(page).last).to_have_text("You said: ciao")


def test_answers_are_read_aloud_as_they_come(watch: Watch, site: str, assistant: StubAssistant) -> None:
    page = chat(watch, site)
    log = page.get_by_role("log")
    expect(log).to_have_attribute("aria-live", "polite")
    expect(log).to_contain_text("Welcome.")


FIRST_LETTER = """(bubble, line) => {
    const text = bubble.firstChild, range = document.createRange();
    range.setStart(text, text.data.indexOf(line));
    range.setEnd(text, range.startOffset + String.fromCodePoint(line.codePointAt(0)).length);
    return range.getBoundingClientRect().left;
}"""
"""Where a line of a bubble begins, in CSS pixels from the left."""


def test_arabic_runs_from_right_to_left(watch: Watch, site: str, assistant: StubAssistant) -> None:
    lines = ["أهلاً", "📍 Corso Matteotti 134", "ℹ️ لم تتحقق البلدية من هذا بعد"]  # ℹ counts as a Latin letter
    assistant.answers["/start"] = [{"text": "\n".join(lines), "buttons": BUTTONS[2:]}]
    page = watch.open(f"{site}/chat", locale="ar", **PHONE)
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    expect(page.locator("html")).to_have_attribute("lang", "ar")
    expect(bubbles(page)).to_have_count(1)  # the greeting first: what is typed before it would stand above it
    field = page.get_by_placeholder(translate("ar", "Write here"))
    field.fill("وين فيني اتحمم")
    field.press("Enter")
    expect(bubbles(page)).to_have_count(3)
    bot, me = bubbles(page).nth(0).bounding_box(), bubbles(page).nth(1).bounding_box()
    assert bot and me
    assert bot["x"] + bot["width"] > WIDTH - 30 and me["x"] < 30  # the assistant on the right, I on the left
    for line in lines:
        first_letter = bubbles(page).nth(0).evaluate(FIRST_LETTER, line)
        assert first_letter > bot["x"] + bot["width"] - 40, line  # every line begins on the right
    menu, city = (page.get_by_role("button", name=name).bounding_box() for name in ("☰ Menu", "🏙 Città"))
    assert menu and city and menu["x"] > city["x"]
    for one in (bubbles(page).nth(0), bubbles(page).nth(1), field):
        assert one.evaluate("one => getComputedStyle(one).direction") == "rtl"
    no_sideways_scrolling(page)


@pytest.mark.parametrize("locale", ["it-IT", "ar"])
def test_an_answer_in_another_script_keeps_its_direction(
    watch: Watch, site: str, assistant: StubAssistant, locale: str
) -> None:
    """The language can be changed by a button, whatever the browser's is."""
    assistant.answers["/start"] = [{"text": "Welcome."}, {"text": "أهلاً وسهلاً"}, {"text": "ਜੀ ਆਇਆਂ ਨੂੰ"}]
    page = chat(watch, site, locale)
    directions = [one.evaluate("one => getComputedStyle(one).direction") for one in bubbles(page).all()]
    assert directions == ["ltr", "rtl", "ltr"]


@pytest.mark.parametrize("locale", ["it-IT", "ar"])
def test_long_texts_fit_a_phone(watch: Watch, site: str, assistant: StubAssistant, locale: str) -> None:
    long = "ক" * 3000
    assistant.answers["/start"] = [
        {"text": "Welcome."},
        {"text": "https://example.org/" + "x" * 2000},
        {"text": "Zeile\n" * 200, "buttons": [
            {"title": "x" * 300, "payload": "/menu"},
            *({"title": "Donaudampfschifffahrtsgesellschaft", "payload": "/menu", "row": "a"} for _ in range(4)),
        ]},
    ]  # fmt: skip
    page = chat(watch, site, locale, **PHONE)
    no_sideways_scrolling(page)
    field = page.get_by_role("textbox")
    field.fill(long)
    field.press("Enter")
    expect(bubbles(page).last).to_have_text(f"You said: {long}")
    no_sideways_scrolling(page)
    assert assistant.messages[-1] == long
    expect(field).to_be_in_viewport(ratio=1)  # the field stays where it is
    expect(bubbles(page).last).to_be_in_viewport()


def test_the_newest_answer_is_in_view(watch: Watch, site: str, assistant: StubAssistant) -> None:
    page = chat(watch, site, **PHONE)
    field = page.get_by_role("textbox")
    for number in range(15):
        field.fill(f"message {number}")
        field.press("Enter")
        expect(bubbles(page).last).to_have_text(f"You said: message {number}")
    expect(bubbles(page).last).to_be_in_viewport(ratio=0.9)
    expect(bubbles(page).first).not_to_be_in_viewport()


def test_a_long_answer_begins_in_view(watch: Watch, site: str, assistant: StubAssistant) -> None:
    """Somebody who has asked reads from the top: what they asked, then the answer's first line."""
    page = chat(watch, site, **PHONE)
    assistant.answers["dove"] = [{"text": "riga\n" * 100}, {"text": "fine", "buttons": BUTTONS}]
    field = page.get_by_role("textbox")
    field.fill("dove")
    field.press("Enter")
    expect(bubbles(page).last).to_have_text("fine")
    expect(bubbles(page).nth(1)).to_be_in_viewport(ratio=0.9)
    expect(bubbles(page).last).not_to_be_in_viewport()


def test_markup_is_text(watch: Watch, site: str, assistant: StubAssistant) -> None:
    markup = "<img src=x onerror=alert(1)><b>bold</b>"
    assistant.answers["/start"] = [
        {"text": "Welcome."},
        {"text": markup, "buttons": [{"title": "<i>x</i>", "payload": "/menu"}]},
    ]
    page = chat(watch, site)
    expect(bubbles(page).last).to_have_text(markup)
    expect(page.get_by_role("button", name="<i>x</i>")).to_be_visible()
    page.get_by_role("textbox").fill(markup)
    page.keyboard.press("Enter")
    expect(bubbles(page).last).to_have_text(f"You said: {markup}")
    assert page.locator("main img, main b, main i").count() == 0


def test_addresses_on_the_web_are_links(watch: Watch, site: str, assistant: StubAssistant) -> None:
    assistant.answers["/start"] = [
        {"text": "Welcome."},
        {"text": "\u2068https://comune.latina.it/a?b=1\u2069 (https://example.org/x). javascript:alert(1)"},
    ]
    page = chat(watch, site)
    links = page.locator(".bot a")
    expect(links).to_have_count(2)
    assert [one.get_attribute("href") for one in links.all()] == [
        "https://comune.latina.it/a?b=1",
        "https://example.org/x",
    ]
    assert {one.get_attribute("rel") for one in links.all()} == {"noreferrer noopener"}


def test_notices_appear_by_themselves(
    watch: Watch, site: str, assistant: StubAssistant, settings: Settings, sessions: SessionFactory, clock: FixedClock
) -> None:
    page = chat(watch, site)
    cookie = next(one for one in page.context.cookies(f"{site}/chat") if one["name"] == COOKIE)
    assert cookie["httpOnly"] and cookie["sameSite"] == "Strict"
    person = load_keyring(settings).person_key("web", cookie["value"])
    appointment = book(sessions, clock, person, channel="web", language="it")
    staff = watch.open(site, **ITALIAN)
    log_in(staff)
    staff.get_by_role("button", name=f"Conferma: {appointment.code}").click()
    expect(bubbles(page)).to_have_count(2, timeout=15_000)
    expect(bubbles(page).last).to_contain_text(appointment.code)
    page.locator(".keyboard button").first.click()
    expect(bubbles(page).last).to_have_text("You said: /view_appointment")


def test_assistant_down(watch: Watch, site: str) -> None:
    page = chat(watch, site, welcome=offline("it"))
    page.get_by_role("textbox").fill("aiuto")
    page.keyboard.press("Enter")
    expect(bubbles(page)).to_have_text([offline("it"), "aiuto", offline("it")])
    assert "112" in offline("it")
    arabic = chat(watch, site, "ar", welcome=offline("ar"))
    expect(bubbles(arabic)).to_contain_text(["112"])


def test_assistant_comes_back(watch: Watch, site: str, settings: Settings) -> None:
    page = chat(watch, site, welcome=offline("it"))
    stub = StubAssistant()
    with serving(stub.app, settings.port):
        page.get_by_role("textbox").fill("ciao")
        page.keyboard.press("Enter")
        expect(bubbles(page).last).to_have_text("You said: ciao")


def test_page_without_its_server(watch: Watch, settings: Settings, sessions: SessionFactory, clock: FixedClock) -> None:
    with serving(create_web_app(settings, clock)) as url:
        page = chat(watch, url, welcome=offline("it"))
    page.get_by_role("textbox").fill("aiuto")
    page.keyboard.press("Enter")
    expect(bubbles(page).last).to_have_text(offline("it"))
    watch.close()
    watch.expect("ERR_CONNECTION_REFUSED")


def test_page_without_its_cookie(watch: Watch, site: str, assistant: StubAssistant) -> None:
    """A page that stood open until its cookie was gone, or a browser that keeps none."""
    page = chat(watch, site)
    page.context.clear_cookies()
    page.get_by_role("textbox").fill("aiuto")
    page.keyboard.press("Enter")
    expect(bubbles(page)).to_have_count(3)
    expect(bubbles(page).last).to_have_text(offline("it"))
    watch.expect("400")


def test_the_conversation_is_the_browsers_own(watch: Watch, site: str, assistant: StubAssistant) -> None:
    page = chat(watch, site)
    other = chat(watch, site)
    for one, words in ((page, "mine"), (other, "yours")):
        one.get_by_role("textbox").fill(words)
        one.keyboard.press("Enter")
        expect(bubbles(one).last).to_have_text(f"You said: {words}")
    page.reload()
    expect(bubbles(page)).to_have_text(["Welcome.", "mine", "You said: mine"])
    first, second, again, _ = (body["sender"] for body in assistant.heard)
    assert first == again != second
    assert re.fullmatch(r"web-[0-9a-f]{32}", first)


@pytest.mark.parametrize("options", [NARROW, ITALIAN], ids=["phone", "office"])
def test_a_day_of_an_administrator(
    watch: Watch, site: str, sessions: SessionFactory, clock: FixedClock, options: dict[str, Any]
) -> None:
    """Puts the shop's week right, blocks hours, adds an interpreter and an account, reads the log; logs out."""
    late = book(sessions, clock, starts_at=rome(26, 12))
    page = watch.open(f"{site}/login", **options)
    log_in(page, "ada")
    page.goto(f"{site}/plan?city=latina")
    accessible(page)
    showers = page.locator("section.desk").filter(has=page.get_by_role("heading", name=re.compile("^Showers")))
    showers.get_by_label("giovedì").fill("9-11")
    showers.get_by_role("button", name="Guarda e salva la settimana").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sei sicuro?")
    expect(page.get_by_role("link", name=late.code)).to_be_visible()
    accessible(page)
    page.get_by_role("button", name="Salva").click()
    expect(page.get_by_role("status")).to_contain_text("Restano fuori 1 appuntamenti")
    page.goto(f"{site}/week?city=latina&day=2026-11-26")
    expect(page.get_by_role("link", name=late.code)).to_be_visible()
    accessible(page)
    page.goto(f"{site}/interpreters?city=latina")
    page.get_by_label("Nome, come lo chiamate voi").fill("Mina")
    page.get_by_label("العربية").check()
    page.get_by_label("giovedì").fill("9-13")
    page.get_by_role("button", name="Salva").click()
    expect(page.get_by_role("heading", name="Mina")).to_be_visible()
    accessible(page)
    page.goto(f"{site}/accounts")
    accessible(page)
    page.get_by_label("Nome", exact=True).fill("carla")
    page.get_by_role("group", name="Città").last.get_by_label("Latina").check()
    page.get_by_role("button", name="Crea").click()
    expect(page.get_by_role("status")).to_contain_text("Password per carla")
    page.goto(f"{site}/audit")
    expect(page.get_by_role("row").filter(has_text="utente creato").filter(has_text="carla")).to_be_visible()
    accessible(page)
    page.goto(f"{site}/account")
    accessible(page)
    page.get_by_role("button", name="Esci").click()
    expect(page).to_have_url(f"{site}/login")


def test_the_days_list_refreshes_itself(watch: Watch, site: str, sessions: SessionFactory, clock: FixedClock) -> None:
    """What was booked meanwhile appears, and what is typed elsewhere on the page stays."""
    page = watch.open(site, **ITALIAN)
    log_in(page)
    page.get_by_label("Codice (due").fill("sole-")
    made = book(sessions, clock)
    if not page.evaluate("() => typeof htmx !== 'undefined'"):
        unavailable("HTMX is not installed: make console/assets/node_modules")
    page.evaluate(
        "() => htmx.ajax('GET', document.querySelector('#list').getAttribute('hx-get'), {"
        " source: '#list', target: '#list', select: '#list', swap: 'outerHTML' })"
    )
    expect(row(page, made.code)).to_be_visible()
    assert page.locator("#list").get_attribute("hx-trigger") == "every 60s"
    expect(page.get_by_label("Codice (due")).to_have_value("sole-")
