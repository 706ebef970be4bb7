"""Every view of the console × every role, and × cities: who gets in, who is told that it is not theirs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from starlette.routing import Route
from starlette.testclient import TestClient

from appointments import booking
from console.app import Console
from console.permissions import PERMISSIONS_OF_ROLE, ROLES, Permission
from orienta.web import create_web_app
from storage.database import SessionFactory
from storage.settings import Settings
from tests.conftest import FixedClock
from tests.pages.conftest import ACCOUNTS, SAME_SITE, Staff, book

ID = "00000000-0000-0000-0000-000000000000"
EVERYBODY = {
    ("GET", "/"),
    ("GET", "/login"),
    ("POST", "/login"),
    ("POST", "/logout"),
    ("GET", "/health"),
    ("GET", "/favicon.ico"),
    ("GET", "/calendar/{token}.ics"),
}
"""Views that need nobody to be logged in."""
STAFF, OPERATORS, CATALOGUE = {"staff", "admin"}, {"operator", "admin"}, {"operator", "provider", "admin"}
VIEWS: dict[tuple[str, str], set[str]] = {
    ("GET", "/account"): set(ROLES),
    ("POST", "/account/password"): set(ROLES),
    ("POST", "/account/language"): set(ROLES),
    ("POST", "/account/sessions"): set(ROLES),
    ("POST", "/account/telegram"): STAFF,
    ("GET", "/accounts"): {"admin"},
    ("POST", "/accounts"): {"admin"},
    ("POST", "/accounts/{name}/cities"): {"admin"},
    ("POST", "/accounts/{name}/password"): {"admin"},
    ("POST", "/accounts/{name}/disable"): {"admin"},
    ("POST", "/accounts/{name}/enable"): {"admin"},
    ("POST", "/accounts/{name}/sessions"): {"admin"},
    ("GET", "/audit"): {"admin"},
    ("GET", "/appointments"): STAFF,
    ("POST", "/appointments/check-in"): STAFF,
    ("POST", "/appointments/walk-in"): STAFF,
    ("POST", "/appointments/closure"): STAFF,
    ("GET", "/appointments/{id:uuid}"): STAFF,
    ("POST", "/appointments/{id:uuid}/decline"): STAFF,
    ("POST", "/appointments/{id:uuid}/time"): STAFF,
    ("POST", "/appointments/{id:uuid}/note"): STAFF,
    ("POST", "/appointments/{id:uuid}/interpreter"): STAFF,
    ("POST", "/appointments/{id:uuid}/{status}"): STAFF,
    ("GET", "/week"): STAFF,
    ("GET", "/waiting"): STAFF,
    ("POST", "/waiting"): STAFF,
    ("GET", "/plan"): STAFF,
    ("POST", "/plan/hours"): STAFF,
    ("POST", "/plan/type"): STAFF,
    ("POST", "/plan/type/remove"): STAFF,
    ("POST", "/plan/desk"): STAFF,
    ("POST", "/plan/real"): STAFF,
    ("POST", "/plan/feed"): STAFF,
    ("GET", "/interpreters"): STAFF,
    ("POST", "/interpreters"): STAFF,
    ("POST", "/interpreters/remove"): STAFF,
    ("GET", "/catalogue"): CATALOGUE,
    ("GET", "/catalogue/map"): CATALOGUE,
    ("GET", "/catalogue/new"): CATALOGUE,
    ("POST", "/catalogue/new"): CATALOGUE,
    ("GET", "/catalogue/hours"): CATALOGUE,
    ("GET", "/catalogue/exchange"): CATALOGUE,
    ("GET", "/catalogue/export.csv"): CATALOGUE,
    ("GET", "/catalogue/export.yml"): CATALOGUE,
    ("GET", "/catalogue/export.json"): CATALOGUE,
    ("POST", "/catalogue/import"): OPERATORS,
    ("POST", "/catalogue/import/apply"): OPERATORS,
    ("POST", "/catalogue/proposals/{id:uuid}"): OPERATORS,
    ("POST", "/catalogue/revisions/{id:uuid}/undo"): OPERATORS,
    ("GET", "/catalogue/{id:uuid}"): CATALOGUE,
    ("POST", "/catalogue/{id:uuid}"): CATALOGUE,
    ("POST", "/catalogue/{id:uuid}/remove"): CATALOGUE,
    ("POST", "/catalogue/{id:uuid}/verify"): OPERATORS,
    ("POST", "/catalogue/{id:uuid}/reports"): OPERATORS,
    ("POST", "/catalogue/{id:uuid}/place"): OPERATORS,
    ("GET", "/to-check"): OPERATORS,
    ("POST", "/to-check/feedback"): OPERATORS,
    ("GET", "/statements"): OPERATORS,
    ("POST", "/statements"): OPERATORS,
    ("GET", "/quality"): CATALOGUE,
    ("GET", "/network"): {"network", "admin"},
}
"""The roles that each view is for."""
NAMES = {role: name for name, (role, _) in ACCOUNTS.items() if name != "bruno"}


def routes_of_the_console(app: Any) -> Iterator[tuple[str, str]]:
    for route in app.routes:
        if isinstance(route, Route) and not route.path.startswith(("/hsds", "/chat")):
            yield from ((method, route.path) for method in route.methods or () if method != "HEAD")


def test_every_view_is_in_the_matrix(settings: Settings, clock: FixedClock) -> None:
    assert Console.__init__  # the application below has all of its routes
    assert set(routes_of_the_console(create_web_app(settings, clock))) == {*VIEWS, *EVERYBODY}


def ask(client: TestClient, view: tuple[str, str]) -> Any:
    method, path = view
    path = path.replace("{id:uuid}", ID).replace("{name}", "nobody").replace("{status}", "confirmed")
    return client.request(method, path, headers=SAME_SITE)


def test_every_view_for_every_role(staff: Staff) -> None:
    """Whoever it is for gets a page, an answer or an error of their own; others 403; nobody a fault."""
    for role, name in NAMES.items():
        for view, roles in VIEWS.items():
            staff.log_in(name)  # some views end sessions
            status = ask(staff.client, view).status_code
            assert (status == 403) is (role not in roles), (role, view, status)
            assert status < 500, (role, view)


def test_every_view_for_nobody(staff: Staff) -> None:
    for view in VIEWS:
        answer = ask(staff.client, view)
        assert (answer.status_code, answer.headers["location"]) == (303, "/login"), view


def test_each_role_has_a_home(staff: Staff) -> None:
    homes = {
        "staff": "/appointments",
        "operator": "/to-check",
        "provider": "/catalogue",
        "network": "/network",
        "admin": "/appointments",
    }
    for role, name in NAMES.items():
        staff.log_in(name)
        home = staff.client.get("/").headers["location"]
        assert home == homes[role] and staff.client.get(home).status_code == 200


def test_writing_is_never_allowed_without_reading() -> None:
    for permissions in PERMISSIONS_OF_ROLE.values():
        for writes, reads in (
            (Permission.APPOINTMENTS_WRITE, Permission.APPOINTMENTS_READ),
            (Permission.PLAN_WRITE, Permission.APPOINTMENTS_READ),
            (Permission.CATALOGUE_WRITE, Permission.CATALOGUE_READ),
            (Permission.CATALOGUE_PROPOSE, Permission.CATALOGUE_READ),
        ):
            assert writes not in permissions or reads in permissions


CATALOGUE_PAGES = (
    "/catalogue",
    "/catalogue/map",
    "/catalogue/new",
    "/catalogue/exchange",
    "/to-check",
    "/statements",
    "/quality",
    "/catalogue/export.csv",
    "/catalogue/export.yml",
    "/catalogue/export.json",
)


@pytest.mark.parametrize("path", CATALOGUE_PAGES)
@pytest.mark.parametrize("name", ["olga", "paolo"])
def test_another_citys_catalogue_is_ones_own(staff: Staff, name: str, path: str) -> None:
    staff.log_in(name)
    for query in ({}, {"city": "palermo"}, {"city": "x"}):
        page = staff.client.get(path, params=query).text
        assert "palermo" not in page.lower()


@pytest.mark.parametrize("path", ["/appointments", "/week", "/waiting", "/plan", "/interpreters"])
def test_another_citys_pages_are_ones_own(staff: Staff, shop: SessionFactory, clock: FixedClock, path: str) -> None:
    theirs = book(shop, clock, "tg-2", city="palermo")
    staff.log_in("anna")
    for query in ({}, {"city": "palermo"}, {"city": "x"}):
        page = staff.client.get(path, params=query).text
        assert "Latina" in page and "Palermo" not in page and theirs.code not in page
    assert [one.status for one in booking.day_list(shop, "palermo", clock().date())] == ["pending"]
