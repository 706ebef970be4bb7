"""The open catalogue at /hsds: pages, filters that add up, what is kept and limited, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from console.hsds import BURST, CACHE_SECONDS, MOST_PER_PAGE, PARAMETERS, HsdsApi
from console.security import SecurityMiddleware
from services_catalog.hsds.records import TERMS
from services_catalog.importer import entry_id, load_sheets
from services_catalog.models import stable_id
from storage.database import SessionFactory, make_engine, make_session_factory
from storage.migrate import migrate
from tests.conftest import FixedClock
from tests.services_catalog.factories import entry, sheet
from tests.services_catalog.test_hsds import validator

FOOD = TERMS["category", "food"]["id"]
WOMEN = TERMS["eligibility", "women"]["id"]
CARITAS = stable_id("organization", "Caritas")


class Seconds:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(scope="module")
def sessions(tmp_path_factory: pytest.TempPathFactory) -> SessionFactory:
    engine = make_engine(f"sqlite:///{tmp_path_factory.mktemp('hsds') / 'orienta.db'}")
    migrate(engine)
    return make_session_factory(engine)


@pytest.fixture(scope="module", autouse=True)
def _catalogue(sessions: SessionFactory) -> None:
    from datetime import datetime, timezone

    clock = FixedClock(datetime(2026, 11, 25, 8, tzinfo=timezone.utc))
    latina = [
        entry(
            "mensa", organisation="Caritas", address="Via Cicerone 114", opening_hours="Mo 09:00-12:00", phones=["112"]
        ),
        entry("donne", organisation="Caritas", eligibility=["women"], notes="100% gratis_"),
        entry("rifugio", services=["anti_violence"], confidential=True, phones=["1522"]),
    ]
    load_sheets(sessions, [sheet(*latina), sheet(*(entry(f"r{n:03}") for n in range(120)), city="roma")], clock)
    clock.advance(days=1)
    load_sheets(sessions, [sheet(*latina, entry("new", services=["shower"]))], clock)


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def client(sessions: SessionFactory, seconds: Seconds) -> TestClient:
    from starlette.middleware import Middleware

    return TestClient(
        Starlette(routes=HsdsApi(sessions, seconds).routes(), middleware=[Middleware(SecurityMiddleware)])
    )


Get = Callable[..., dict[str, Any]]


@pytest.fixture
def get(client: TestClient) -> Get:
    def read(path: str, **params: object) -> dict[str, Any]:
        response = client.get(f"/hsds{path}", params=params)
        assert response.status_code == 200, response.text
        return response.json()

    return read


def keys(page: dict[str, Any]) -> list[str]:
    return [one["x_lgnet"]["key"] for one in page["contents"]]


def test_about(get: Get) -> None:
    about = get("/")
    assert about["version"] == "3.1"
    described = get("/openapi.json")
    assert about["openapi_url"].endswith("/hsds/openapi.json")
    assert {f"/{kind}" for kind in PARAMETERS} | {f"/{kind}/{{id}}" for kind in PARAMETERS} | {"/"} == set(
        described["paths"]
    )


def test_pages(get: Get) -> None:
    first, last = get("/services", per_page=50), get("/services", per_page=50, page=3)
    assert {name: first[name] for name in first if name != "contents"} == {
        "total_items": 124,
        "total_pages": 3,
        "page_number": 1,
        "size": 50,
        "first_page": True,
        "last_page": False,
        "empty": False,
    }
    assert (last["size"], last["last_page"]) == (24, True)
    beyond = get("/services", page=9)
    assert (beyond["empty"], beyond["contents"], beyond["last_page"]) == (True, [], True)
    assert get("/services", search="nothing like it")["empty"] is True


def test_filters_add_up(get: Get) -> None:
    assert keys(get("/services", city="latina")) == ["mensa", "donne", "rifugio", "new"]
    assert keys(get("/services", city="latina", taxonomy_term_id=FOOD)) == ["mensa", "donne"]
    assert keys(get("/services", city="latina", taxonomy_term_id=WOMEN)) == ["donne"]
    assert keys(get("/services", city="roma", taxonomy_term_id=WOMEN)) == []
    assert keys(get("/services", taxonomy_id=stable_id("taxonomy", "eligibility"))) == ["donne"]
    assert keys(get("/services", organization_id=CARITAS)) == ["mensa", "donne"]
    assert keys(get("/services", organization_id=CARITAS, search="MENSA")) == ["mensa"]
    assert keys(get("/services", search="caritas")) == ["mensa", "donne"]
    assert keys(get("/services", search="100%")) == ["donne"]
    assert keys(get("/services", search="%")) == ["donne"]
    assert keys(get("/services", modified_after="2026-11-25T09:00:00Z")) == ["new"]
    assert keys(get("/services", modified_after="2026-11-26T23:00:00+01:00")) == []
    assert keys(get("/services", taxonomy_term_id="none")) == []


def test_how_much_of_a_record(get: Get) -> None:
    (short,) = get("/services", search="mensa")["contents"]
    (full,) = get("/services", search="mensa", full="true")["contents"]
    (least,) = get("/services", search="mensa", minimal="true")["contents"]
    assert set(least) == {"id", "last_modified"}
    assert short["organization"]["name"] == "Caritas"
    assert not {"phones", "schedules", "service_at_locations", "attributes"} & set(short)
    assert {"phones", "schedules", "service_at_locations", "attributes"} <= set(full)
    one = get(f"/services/{full['id']}")
    assert one == full
    assert list(validator("service").iter_errors(one)) == []


def test_the_other_kinds(get: Get) -> None:
    found = get("/organizations")
    assert [one["name"] for one in found["contents"]] == ["Caritas", "Non indicata"]
    assert get(f"/organizations/{CARITAS}") == found["contents"][0]
    assert get(f"/organizations/{found['contents'][1]['id']}")["name"] == "Non indicata"
    places = get("/service_at_locations")["contents"]
    assert [one["location"]["location_type"] for one in places] == ["physical", "virtual"]
    for one in places:
        assert list(validator("service_at_location").iter_errors(one)) == []
        assert get(f"/service_at_locations/{one['id']}") == one
    assert get("/taxonomies")["total_items"] == 2
    terms = get("/taxonomy_terms", taxonomy_id=stable_id("taxonomy", "eligibility"))
    assert [one["code"] for one in terms["contents"]] == ["women", "minors", "families", "no_papers_asked"]
    assert list(validator("taxonomy_term").iter_errors(terms["contents"][0])) == []
    assert get("/taxonomy_terms", parent_id=FOOD)["empty"] is True


def test_lines_instead_of_a_page(client: TestClient) -> None:
    response = client.get("/hsds/services", params={"format": "ndjson", "city": "latina"})
    assert [json.loads(line)["x_lgnet"]["key"] for line in response.text.splitlines()] == [
        "mensa",
        "donne",
        "rifugio",
        "new",
    ]


def test_a_search_that_stands_in_no_address(client: TestClient) -> None:
    page = client.post("/hsds/services", json={"search": "mensa", "full": True}).json()
    assert keys(page) == ["mensa"]
    assert "phones" in page["contents"][0]


@pytest.mark.parametrize(
    ("path", "status", "word"),
    [
        ("/services?page=0", 400, "page"),
        ("/services?page=x", 400, "page"),
        (f"/services?per_page={MOST_PER_PAGE + 1}", 400, "per_page"),
        ("/services?proximity=3", 400, "proximity"),
        ("/services?format=xml", 400, "ndjson"),
        ("/services?full=maybe", 400, "full"),
        ("/services?modified_after=yesterday", 400, "modified_after"),
        ("/services?city=parigi", 400, "city"),
        ("/services?search=" + "x" * 300, 400, "search"),
        ("/services?search=%00", 400, "search"),
        ("/services/none", 404, "record"),
        ("/organizations/none", 404, "record"),
        ("/service_at_locations/none", 404, "record"),
        ("/taxonomies/none", 404, "record"),
    ],
)
def test_what_is_refused(client: TestClient, path: str, status: int, word: str) -> None:
    response = client.get(f"/hsds{path}")
    assert response.status_code == status
    assert word in response.json()["error"]


def test_nothing_can_be_written(client: TestClient) -> None:
    for method in ("put", "delete", "patch"):
        assert getattr(client, method)(f"/hsds/services/{entry_id('latina', 'mensa')}").status_code == 405
    assert client.post("/hsds/services", content=b"[").status_code == 400
    assert client.post("/hsds/services", headers={"sec-fetch-site": "cross-site"}).status_code == 403


def test_answers_are_kept_and_recognised(client: TestClient, sessions: SessionFactory, seconds: Seconds) -> None:
    first = client.get("/hsds/services?city=latina")
    assert first.headers["cache-control"] == f"public, max-age={CACHE_SECONDS}"
    assert first.headers["access-control-allow-origin"] == "*"
    assert first.headers["x-content-type-options"] == "nosniff"
    again = client.get("/hsds/services?city=latina", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    seconds.now += CACHE_SECONDS + 1
    assert client.get("/hsds/services?city=latina").headers["etag"] == first.headers["etag"]


def test_who_asks_too_much_waits(client: TestClient, seconds: Seconds) -> None:
    answers = [client.get("/hsds/").status_code for _ in range(BURST + 1)]
    assert answers == [200] * BURST + [429]
    refused = client.get("/hsds/")
    assert refused.headers["retry-after"] == "1"
    seconds.now += 1
    assert client.get("/hsds/").status_code == 200
