"""Make docs/pictures/: the console's main pages, from a run of its own with example bookings.

    .venv/bin/python scripts/console_pictures.py

Needs Chromium and Noto's fonts (Debian: chromium fonts-noto-core fonts-noto-color-emoji).
"""

from __future__ import annotations

import os
import shutil
import socket
import sys
import tempfile
import threading
import time
from datetime import timedelta
from pathlib import Path

import uvicorn
from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from appointments.booking import book, slots_ahead  # noqa: E402 (found through the line above)
from appointments.models import Appointment, Resource  # noqa: E402 (as above)
from appointments.shops import load_shops  # noqa: E402 (as above)
from console.accounts import add_account  # noqa: E402 (as above)
from orienta.catalog import load_catalogue  # noqa: E402 (as above)
from orienta.web import create_web_app  # noqa: E402 (as above)
from services_catalog import revisions  # noqa: E402 (as above)
from services_catalog.freshness import queue, report_wrong  # noqa: E402 (as above)
from services_catalog.procedures import sheets as procedures  # noqa: E402 (as above)
from services_catalog.procedures.importer import load_procedures  # noqa: E402 (as above)
from services_catalog.procedures.lint import read_procedures  # noqa: E402 (as above)
from storage.clock import ROME, utc_now  # noqa: E402 (as above)
from storage.database import SessionFactory, make_engine, make_session_factory, transaction  # noqa: E402 (as above)
from storage.migrate import migrate  # noqa: E402 (as above)
from storage.settings import Settings  # noqa: E402 (as above)

FOLDER = ROOT / "docs" / "pictures"
CITY, PASSWORD = "latina", "a password for a picture"
SIZE = {"width": 900, "height": 760}
LANGUAGES = ("bn", "ar", "uk", "fr")


def examples(sessions: SessionFactory) -> str:
    """Accounts, bookings on the first day that has free times, a report. Returns that day, ISO."""
    for name, role, cities in (("anna", "staff", [CITY]), ("olga", "operator", [CITY]), ("nora", "network", [])):
        add_account(sessions, utc_now, name=name, password=PASSWORD, role=role, cities=cities)
    slots = slots_ahead(sessions, utc_now, CITY, "legal_support")
    day = slots[-1].starts_at.astimezone(ROME).date()
    of_day = [slot for slot in slots if slot.starts_at.astimezone(ROME).date() == day]
    for number, (slot, language) in enumerate(zip(of_day, LANGUAGES, strict=False)):
        book(
            sessions, utc_now, person_key=f"picture-{number}", city=CITY, service="legal_support",
            starts_at=slot.starts_at, language=language, channel="web", address_encrypted="none",
        )  # fmt: skip
    first, second = queue(sessions, utc_now(), CITY).entries[:2]
    report_wrong(sessions, utc_now, first.id, "hours")
    ente = revisions.Editor("ente", "provider", CITY)
    id_ = revisions.draft(sessions, utc_now, ente, CITY, second.key, {"cost": "2 euro", "phones": ["0773 6521"]})
    revisions.propose(sessions, utc_now, ente, id_)
    return day.isoformat()


def past_months(sessions: SessionFactory) -> None:
    """Appointments of the last months, so that the network's charts have something to show."""
    now = utc_now()
    with transaction(sessions) as session:
        for shop, base in (("latina", 18), ("palermo", 40), ("torino", 9)):
            desk = session.query(Resource).filter_by(shop_id=shop).first()
            for back in range(1, 8):
                at = now - timedelta(days=30 * back)
                for number in range(base + 5 * (back % 3)):
                    id_ = f"{shop}-{back}-{number}"
                    status = "no_show" if number % 6 == 0 else "cancelled" if number % 9 == 1 else "seen"
                    session.add(
                        Appointment(
                            id=id_,
                            shop_id=shop,
                            resource_id=desk.id,
                            service="legal_support",
                            person_key=id_,
                            language="bn",
                            code=id_,
                            starts_at=at,
                            ends_at=at,
                            status=status,
                            channel="web",
                            booked_at=at,
                            changes=0,
                        )
                    )


def log_in(page: Page, url: str, name: str) -> None:
    page.goto(f"{url}/login")
    page.get_by_label("Nome").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Entra").click()


def shoot(page: Page, name: str) -> None:
    page.wait_for_load_state("networkidle")
    page.screenshot(path=str(FOLDER / f"{name}.png"))
    print(f"docs/pictures/{name}.png")


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        settings = Settings(data_dir=Path(folder), database_url="", telegram_token="", console_port=port)
        migrate(make_engine(settings.database_url))
        load_catalogue(settings)
        sessions = make_session_factory(make_engine(settings.database_url))
        load_procedures(sessions, *read_procedures(procedures.PACKAGED), utc_now)
        load_shops(sessions)
        day = examples(sessions)
        past_months(sessions)
        server = uvicorn.Server(uvicorn.Config(create_web_app(settings), port=port, log_level="error", ws="none"))
        threading.Thread(target=server.run, daemon=True).start()
        while not server.started:
            time.sleep(0.05)
        sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=sandbox)
        page = browser.new_page(viewport=SIZE, locale="it-IT")
        log_in(page, settings.console_url, "anna")
        page.goto(f"{settings.console_url}/appointments?day={day}")
        shoot(page, "staff-day")
        page.locator("tbody th a").first.click()
        shoot(page, "staff-appointment")
        page = browser.new_page(viewport=SIZE, locale="it-IT")
        log_in(page, settings.console_url, "olga")
        shoot(page, "operator-queue")
        page.locator("tbody th a").first.click()
        page.get_by_label("Lingua").select_option("ar")
        page.get_by_role("button", name="Mostra").click()
        page.wait_for_load_state("networkidle")
        page.locator(".preview").scroll_into_view_if_needed()
        shoot(page, "operator-entry")
        page.locator("#opening_hours").fill("Mo-Fr 09:00-13:00,15:00-18:00; Sa 09:00-12:00; PH off")
        page.get_by_text("sabato 09:00-12:00").wait_for()
        page.locator("#opening_hours").evaluate("one => one.scrollIntoView()")
        shoot(page, "operator-hours")
        for name, address in (
            ("operator-list", "/catalogue"),
            ("operator-quality", "/quality"),
            ("operator-statements", "/statements"),
        ):
            page.goto(f"{settings.console_url}{address}")
            shoot(page, name)
        page.goto(f"{settings.console_url}/catalogue/exchange")
        table = f"key,cost\n{queue(sessions, utc_now(), CITY).entries[0].key},1 euro\n".encode()
        page.get_by_label("File").set_input_files({"name": "latina.csv", "mimeType": "text/csv", "buffer": table})
        page.get_by_role("button", name="Guarda le differenze").click()
        shoot(page, "operator-import")
        page = browser.new_page(viewport=SIZE, locale="it-IT")
        log_in(page, settings.console_url, "nora")
        shoot(page, "network")
        page.locator(".charts").evaluate("one => one.scrollIntoView()")
        shoot(page, "network-charts")
        browser.close()
        server.should_exit = True


if __name__ == "__main__":
    main()
