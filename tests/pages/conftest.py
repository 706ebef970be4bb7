"""A shop with bookings, the staff's accounts, and a watched browser."""

from __future__ import annotations

import html
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from httpx import Response as Answer
from playwright.sync_api import Browser, ConsoleMessage, Page, Response, sync_playwright
from sqlalchemy import event
from starlette.testclient import TestClient

from appointments import booking
from appointments.shops import load_shops
from console import accounts
from console.accounts import add_account
from orienta.web import create_web_app
from services_catalog.models import Service
from storage.clock import ROME
from storage.database import Engine, SessionFactory, transaction
from storage.settings import Settings
from tests.appointments.conftest import SHEET, know_the_shop
from tests.conftest import FixedClock, unavailable
from tests.pages.servers import StubAssistant, serving

PASSWORD = "correct horse battery staple"
ACCOUNTS = {
    "anna": ("staff", "latina"),
    "bruno": ("staff", "palermo"),
    "olga": ("operator", "latina"),
    "paolo": ("provider", "latina"),
    "nora": ("network", None),
    "ada": ("admin", None),
}
"""Role and city by name."""
PASSWORD_HASHER = accounts._hasher
"""The real one."""
WIDTH, HEIGHT = 390, 780
"""A small phone, in CSS pixels."""


@pytest.fixture(autouse=True)
def quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashes that cost nothing: each test makes five accounts."""
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(accounts, "_hasher", quick)
    monkeypatch.setattr(accounts, "_NOBODY", quick.hash("nobody"))


def rome(day: int, hour: int, minute: int = 0) -> datetime:
    """A moment of November 2026, wall-clock time in Rome."""
    return datetime(2026, 11, day, hour, minute, tzinfo=ROME).astimezone(timezone.utc)


def open_shops(sessions: SessionFactory, folder: Path) -> None:
    """The shops of Latina and Palermo, with one plan."""
    folder.mkdir()
    for city in ("latina", "palermo"):
        (folder / f"{city}.yml").write_text(SHEET.replace("shop: latina", f"shop: {city}"))
    load_shops(sessions, folder)
    know_the_shop(sessions, "latina", "palermo")


def forget_the_shops(sessions: SessionFactory) -> None:
    """Nothing but what a test loads is in the catalogue."""
    with transaction(sessions) as session:
        session.query(Service).filter_by(key="shop").delete()


def add_accounts(sessions: SessionFactory, clock: FixedClock) -> None:
    for name, (role, city) in ACCOUNTS.items():
        add_account(sessions, clock, name=name, password=PASSWORD, role=role, cities=[city] if city else [])


def book(sessions: SessionFactory, clock: FixedClock, person: str = "tg-1", **kwargs: Any) -> booking.Booking:
    """An appointment for a shower in Latina, today at 10:00, unless told otherwise."""
    values: dict[str, Any] = {
        "city": "latina", "service": "shower", "starts_at": rome(25, 10), "language": "bn", "channel": "telegram",
        "address_encrypted": "secret", **kwargs,
    }  # fmt: skip
    return booking.book(sessions, clock, person_key=person, **values)


# -- over HTTP --

SAME_SITE: dict[str, str] = {"sec-fetch-site": "same-origin"}


class Staff:
    """One browser, as far as HTTP goes: cookies are kept, redirects are followed only when asked."""

    def __init__(self, client: TestClient) -> None:
        self.client = client

    def log_in(self, name: str, password: str = PASSWORD) -> Answer:
        return self.client.post("/login", data={"name": name, "password": password}, headers=SAME_SITE)

    def day(self, **query: str) -> Answer:
        return self.client.get("/appointments", params=query)

    def mark(self, appointment: booking.Booking, status: str, **query: str) -> Answer:
        return self.client.post(f"/appointments/{appointment.id}/{status}", params=query, headers=SAME_SITE)

    def row(self, code: str, **query: str) -> str:
        """The row of the day's list with this code."""
        return row_of(self.day(**query).text, code)


def post(client: TestClient, path: str, **form: str | list[str]) -> tuple[int, str]:
    """Status and text (entities resolved) of what a form of this site gets, redirects followed."""
    answer = client.post(path, data=form, headers=SAME_SITE, follow_redirects=True)
    return answer.status_code, html.unescape(answer.text)


def row_of(page: str, code: str) -> str:
    return next(row for row in re.findall(r"<tr.*?</tr>", page, re.DOTALL) if code in row)


@pytest.fixture
def shop(sessions: SessionFactory, clock: FixedClock, tmp_path: Path) -> SessionFactory:
    open_shops(sessions, tmp_path / "shops")
    add_accounts(sessions, clock)
    return sessions


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return Settings(database_url=database_url, data_dir=tmp_path, secret_key="s" * 32)


@pytest.fixture
def staff(shop: SessionFactory, settings: Settings, clock: FixedClock) -> Iterator[Staff]:
    with TestClient(create_web_app(settings, clock), follow_redirects=False, raise_server_exceptions=False) as client:
        yield Staff(client)


@contextmanager
def counted() -> Iterator[list[str]]:
    """The statements that go to any database meanwhile."""
    told: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.lstrip().upper().startswith(("SELECT", "UPDATE", "INSERT", "DELETE")):
            told.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield told
    finally:
        event.remove(Engine, "before_cursor_execute", note)


# -- the browser --


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Headless Chromium that resolves no name but localhost.

    For one module only: while it runs, this thread has an event loop that pytest-asyncio's tests would trip over.
    """
    chromium = shutil.which("chromium")
    if chromium is None:
        unavailable("Chromium is not installed (Debian: chromium)")
        return
    arguments = ["--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"]
    if os.geteuid() == 0:
        arguments.append("--no-sandbox")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=arguments)
        yield browser
        browser.close()


class Watch:
    """Opens pages and writes down what they must not do: errors in the browser's console, answers of 400 and more,
    breaches of the content security policy, requests to anywhere but the server."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self.complaints: list[str] = []

    def open(self, url: str, **options: Any) -> Page:
        """A page of somebody new (own cookies). `options`: of Playwright's `new_context`, e.g. `locale`."""
        server = url.split("/")[2]
        context = self._browser.new_context(**options)
        context.set_default_timeout(10_000)
        context.expose_binding("complain", lambda _, what: self.complaints.append(what))
        context.add_init_script(
            "document.addEventListener('securitypolicyviolation',"
            " e => complain('policy: ' + e.violatedDirective + ' ' + e.blockedURI))"
        )
        context.on("console", self._on_console)
        context.on("weberror", lambda error: self.complaints.append(f"error: {error.error}"))
        context.on("response", self._on_response)
        context.on(
            "request",
            lambda request: (
                None if request.url.split("/")[2] == server else self.complaints.append(f"elsewhere: {request.url}")
            ),
        )
        page = context.new_page()
        page.goto(url)
        return page

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"console: {message.text}")

    def _on_response(self, response: Response) -> None:
        if response.status >= 400:
            self.complaints.append(f"status {response.status}: {response.url}")

    def expect(self, *words: str) -> None:
        """Take out what the test was meant to provoke: the complaints with one of the words, each seen at least once."""
        for word in words:
            assert any(word in complaint for complaint in self.complaints), (word, self.complaints)
        self.complaints = [one for one in self.complaints if not any(word in one for word in words)]

    def close(self) -> None:
        for context in self._browser.contexts:
            context.close()


@pytest.fixture
def watch(browser: Browser) -> Iterator[Watch]:
    """Fails the test for whatever its pages did that they must not."""
    watch = Watch(browser)
    yield watch
    watch.close()
    assert watch.complaints == []


@pytest.fixture
def site(watch: Watch, settings: Settings, sessions: SessionFactory, clock: FixedClock) -> Iterator[str]:
    """The pages' address; nobody answers at the assistant's."""
    with serving(create_web_app(settings, clock)) as url:
        yield url
        watch.close()  # a page that asks for notices meanwhile would complain


@pytest.fixture
def assistant(settings: Settings) -> Iterator[StubAssistant]:
    stub = StubAssistant()
    with serving(stub.app, settings.port):
        yield stub
