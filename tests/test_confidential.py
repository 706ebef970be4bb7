"""The place of a refuge leaves the database by no door: chat, web, open data, exports, command line, logs, other tables."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, inspect, select, text
from sqlalchemy.exc import IntegrityError
from starlette.testclient import TestClient
from typer.testing import CliRunner

from actions import base
from actions.action_find_service import ActionFindService
from actions.action_report_wrong import ActionReportWrong
from actions.action_service_hours import ActionServiceHours
from actions.action_service_requirements import ActionServiceRequirements
from actions.action_talk_to_human import ActionTalkToHuman
from actions.context import Context
from actions.languages import WRITTEN_LANGUAGES
from bot.responses import load_responses
from console.hsds import HsdsApi
from orienta.catalog import app
from orienta.web import create_web_app
from services_catalog.confidential import NotConfidential, keep_place
from services_catalog.freshness import report_wrong
from services_catalog.hsds.package import export_hsds
from services_catalog.importer import entry_id, export_sheets, load_sheets
from services_catalog.lint import lint
from services_catalog.models import Location, Service, ServiceAtLocation, short_id
from services_catalog.schema import Entry
from services_catalog.search import Wishes, by_words, explain, find, get_entry, nearest, one_stop_shop
from services_catalog.sheets import dump_sheet
from services_catalog.vocabulary import SERVICES
from storage.database import SessionFactory, make_engine, make_session_factory, transaction
from storage.keys import Keyring
from storage.people import update_profile
from storage.settings import Settings
from tests.conftest import FixedClock
from tests.services_catalog.factories import entry, sheet

STREET, LATITUDE, LONGITUDE = "Via Nessunolosa 77", 41.470123, 12.910456
SECRETS = ("nessunolosa", "41.4701", "12.9104", "41,4701")
ID = entry_id("latina", "rifugio")
REFUGE = entry(
    "rifugio",
    name="Rifugio",
    services=["anti_violence", "housing"],
    confidential=True,
    phones=["1522"],
    one_stop_shop=True,
)
AT = datetime(2026, 11, 25, 8, tzinfo=timezone.utc)


def told(*things: Any) -> None:
    for thing in things:
        text = (thing if isinstance(thing, str) else repr(thing)).lower()
        assert not [secret for secret in SECRETS if secret in text]


@pytest.fixture
def sessions(settings: Settings, clock: FixedClock, sqlite_template: Path) -> SessionFactory:
    settings.data_dir.mkdir()
    shutil.copyfile(sqlite_template, settings.data_dir / "orienta.db")
    sessions = make_session_factory(make_engine(settings.database_url))
    neighbour = entry("b", name="B", services=["anti_violence"], address="Via Nota 1", latitude=41.47, longitude=12.91)
    load_sheets(sessions, [sheet(REFUGE, neighbour)], clock)
    keep_place(sessions, ID, STREET, LATITUDE, LONGITUDE)
    with sessions() as session:
        assert session.execute(select(Location.address).where(Location.latitude == LATITUDE)).scalar() == STREET
    return sessions


@pytest.fixture(autouse=True)
def _logs(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Whatever is logged while the doors are walked."""
    caplog.set_level(logging.DEBUG)
    yield
    told(caplog.text)


def test_search(sessions: SessionFactory) -> None:
    for service in SERVICES:
        told(find(sessions, "latina", service, AT, limit=99, wishes=Wishes(near=(LATITUDE + 1, LONGITUDE))))
        told(explain(sessions, "latina", service, AT, Wishes(near=(LATITUDE + 1, LONGITUDE))))
        told(nearest(sessions, LATITUDE + 0.01, LONGITUDE, service, AT, limit=99))
    told(get_entry(sessions, ID, AT), one_stop_shop(sessions, "latina", AT))
    card = get_entry(sessions, ID, AT)
    assert card is not None
    assert (card.address, card.map_url, card.latitude, card.distance_m) == (None, None, None, None)


def test_nobody_can_find_it_by_asking_whether_it_is_there(sessions: SessionFactory) -> None:
    assert by_words(sessions, "latina", "Nessunolosa", AT) == []
    near = nearest(sessions, LATITUDE, LONGITUDE, "housing", AT)
    assert all(card.distance_m is None for card in near.cards)
    card, why = explain(sessions, "latina", "housing", AT, Wishes(near=(LATITUDE, LONGITUDE)))[0]
    assert (card.key, why["near"]) == ("rifugio", float("inf"))


def test_chat(sessions: SessionFactory, clock: FixedClock, monkeypatch: pytest.MonkeyPatch) -> None:
    from rasa_sdk import Tracker
    from rasa_sdk.executor import CollectingDispatcher

    monkeypatch.setattr(base, "get_context", lambda: Context(sessions, Keyring(["x" * 32]), clock))
    update_profile(sessions, clock, "tg-1", language="en", city="latina")
    responses = load_responses()
    actions = [
        ActionFindService(),
        ActionServiceHours(),
        ActionServiceRequirements(),
        ActionTalkToHuman(),
        ActionReportWrong(),
    ]
    for entities in ({"service": "anti_violence"}, {"service": "housing"}, {"entry": short_id(ID)}):
        for action in actions:
            message = {"text": "/x", "entities": [{"entity": name, "value": value} for name, value in entities.items()]}
            dispatcher = CollectingDispatcher()
            events = action.run(dispatcher, Tracker("tg-1", {}, message, [], False, None, {}, "action_listen"), {})
            told(dispatcher.messages, events)
            for said in dispatcher.messages:
                params = {key: value for key, value in said.items() if value and key not in ("response", "in_language")}
                for language in WRITTEN_LANGUAGES:
                    told(responses.render(said["response"], language, params))


def test_open_data(sessions: SessionFactory) -> None:
    from starlette.applications import Starlette

    client = TestClient(Starlette(routes=HsdsApi(sessions).routes()))
    for kind in ("services", "service_at_locations", "organizations"):
        page = client.get(f"/hsds/{kind}", params={"full": "true"} if kind == "services" else {})
        assert page.json()["contents"]
        told(page.text, *page.headers.values())
        for one in page.json()["contents"]:
            told(client.get(f"/hsds/{kind}/{one['id']}").text)
    assert client.get("/hsds/services?search=Nessunolosa").json()["empty"] is True


def test_every_page_without_a_parameter(sessions: SessionFactory, settings: Settings) -> None:
    web = create_web_app(settings)
    client = TestClient(web)
    paths = [route.path for route in web.routes if hasattr(route, "methods") and "{" not in route.path]
    assert len(paths) > 5
    for path in paths:
        told(client.get(path).text)


def test_exports(sessions: SessionFactory, tmp_path: Path) -> None:
    files = [*export_sheets(sessions, tmp_path / "yml"), *export_hsds(sessions, tmp_path / "hsds")]
    assert len(files) > 10
    for file in files:
        told(file.read_text(encoding="utf-8"))


COMMANDS = (
    "search --city latina --service housing --json",
    "search --city latina --service housing --explain --near 41.47,12.9",
    "search --city latina --words rifugio --json",
    "stale latina",
    "stale --json",
    "export out",
    "hsds-export out",
)


def test_command_line(sessions: SessionFactory, clock: FixedClock) -> None:
    report_wrong(sessions, clock, ID, "place")
    for command in COMMANDS:
        result = CliRunner().invoke(app, command.split())
        assert result.exit_code == 0, result.output
        told(result.output)


def test_the_command_that_takes_it_shows_nothing(sessions: SessionFactory) -> None:
    result = CliRunner().invoke(app, ["secret-place", "latina", "rifugio"], input=f"{STREET}\n")
    assert (result.exit_code, result.output) == (0, "latina/rifugio: kept.\n")
    told(CliRunner().invoke(app, ["secret-place", "latina", "b"], input=f"{STREET}\n").output)


def test_no_other_table_has_it(sessions: SessionFactory, clock: FixedClock) -> None:
    load_sheets(sessions, [sheet(REFUGE.copy(update={"notes": "Nuovo."}))], clock)
    engine = sessions.kw["bind"]
    with sessions() as session:
        for name in inspect(engine).get_table_names():
            if name not in ("location", "alembic_version"):
                told(session.execute(text(f'SELECT * FROM "{name}"')).all())


def test_an_error_of_the_database_does_not_say_it(sessions: SessionFactory) -> None:
    with pytest.raises(IntegrityError) as error, transaction(sessions) as session:
        row = {"id": session.execute(select(Location.id)).scalars().first(), "address": STREET}
        session.execute(insert(Location), [row])
    told(str(error.value), repr(error.value))


def test_an_import_keeps_it_and_one_that_makes_the_entry_public_drops_it(
    sessions: SessionFactory, clock: FixedClock
) -> None:
    def kept() -> list[Any]:
        with sessions() as session:
            places = select(Location.address).join(ServiceAtLocation).where(ServiceAtLocation.service_id == ID)
            return list(session.execute(places).scalars())

    changed = REFUGE.copy(update={"notes": "Nuovo."})
    told(load_sheets(sessions, [sheet(changed)], clock))
    assert kept() == [STREET]
    public = Entry(**{**REFUGE.dict(), "confidential": False})
    load_sheets(sessions, [sheet(public)], clock)
    assert kept() == []
    told(get_entry(sessions, ID, AT))


def test_an_entry_that_becomes_confidential_loses_the_place_that_was_public(
    sessions: SessionFactory, clock: FixedClock
) -> None:
    load_sheets(sessions, [sheet(entry("c", address=STREET))], clock)
    load_sheets(sessions, [sheet(entry("c", confidential=True))], clock)
    with sessions() as session:
        assert session.execute(select(Location.address)).scalars().all() == []
        assert session.execute(select(Service.confidential)).scalars().all() == [True]


def test_a_sheet_may_not_say_it(tmp_path: Path) -> None:
    good = dump_sheet(sheet(REFUGE))
    for line in (f"address: {STREET}", "latitude: 41.47\n    longitude: 12.9", f"notes: Si trova in {STREET}."):
        file = tmp_path / "latina.yml"
        file.write_text(good.replace("    confidential: true", f"    confidential: true\n    {line}"), encoding="utf-8")
        found = lint(file)
        assert [finding.code for finding in found] == ["CONFIDENTIAL"]
        told(*map(str, found))


def test_only_what_is_confidential_is_kept_so(sessions: SessionFactory) -> None:
    with pytest.raises(NotConfidential):
        keep_place(sessions, entry_id("latina", "b"), STREET)
