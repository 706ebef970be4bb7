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
from pathlib import Path

import uvicorn
from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from appointments.booking import book, slots_ahead  # noqa: E402 (found through the line above)
from appointments.shops import load_shops  # noqa: E402
from console.accounts import add_account  # noqa: E402
from orienta.catalog import load_catalogue  # noqa: E402
from orienta.web import create_web_app  # noqa: E402
from services_catalog.freshness import queue, report_wrong  # noqa: E402
from storage.clock import ROME, utc_now  # noqa: E402
from storage.database import SessionFactory, make_engine, make_session_factory  # noqa: E402
from storage.migrate import migrate  # noqa: E402
from storage.settings import Settings  # noqa: E402

FOLDER = ROOT / "docs" / "pictures"
CITY, PASSWORD = "latina", "a password for a picture"
SIZE = {"width": 900, "height": 760}
LANGUAGES = ("bn", "ar", "uk", "fr")


def examples(sessions: SessionFactory) -> str:
    """Accounts, bookings on the first day that has free times, a report. Returns that day, ISO."""
    for name, role in (("anna", "staff"), ("olga", "operator")):
        add_account(sessions, utc_now, name=name, password=PASSWORD, role=role, cities=[CITY])
    slots = slots_ahead(sessions, utc_now, CITY, "legal_support")
    day = slots[-1].starts_at.astimezone(ROME).date()
    of_day = [slot for slot in slots if slot.starts_at.astimezone(ROME).date() == day]
    for number, (slot, language) in enumerate(zip(of_day, LANGUAGES, strict=False)):
        book(
            sessions, utc_now, person_key=f"picture-{number}", city=CITY, service="legal_support",
            starts_at=slot.starts_at, language=language, channel="web", address_encrypted="none",
        )  # fmt: skip
    report_wrong(sessions, utc_now, queue(sessions, utc_now(), CITY).entries[0].id, "hours")
    return day.isoformat()


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
        load_shops(sessions)
        day = examples(sessions)
        server = uvicorn.Server(uvicorn.Config(create_web_app(settings), port=port, log_level="error", ws="none"))
        threading.Thread(target=server.run, daemon=True).start()
        while not server.started:
            time.sleep(0.05)
        sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=sandbox)
        page = browser.new_page(viewport=SIZE)
        log_in(page, settings.console_url, "anna")
        page.goto(f"{settings.console_url}/appointments?day={day}")
        shoot(page, "staff-day")
        page.locator("tbody th a").first.click()
        shoot(page, "staff-appointment")
        page = browser.new_page(viewport=SIZE)
        log_in(page, settings.console_url, "olga")
        shoot(page, "operator-queue")
        page.locator("tbody th a").first.click()
        page.get_by_label("Lingua").select_option("ar")
        page.get_by_role("button", name="Mostra").click()
        shoot(page, "operator-entry")
        browser.close()
        server.should_exit = True


if __name__ == "__main__":
    main()
