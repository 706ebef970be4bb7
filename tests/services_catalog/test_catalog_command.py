"""`orienta catalog`, as a person at the terminal sees it."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest
from sqlalchemy import update
from typer.testing import CliRunner, Result

from orienta import catalog
from orienta.catalog import app, load_catalogue
from services_catalog.importer import ImportReport
from services_catalog.models import Service
from services_catalog.search import counts
from services_catalog.sheets import PACKAGED, dump_sheet
from storage.clock import utc_now
from storage.database import make_engine, make_session_factory, transaction
from storage.migrate import migrate
from storage.settings import Settings
from tests.services_catalog.factories import entry, sheet


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """An SQLite database that is not there yet."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ORIENTA_DATABASE_URL", raising=False)
    monkeypatch.setenv("ORIENTA_DATA_DIR", str(tmp_path / "var"))
    return Settings(data_dir=tmp_path / "var")


@pytest.fixture
def migrated(settings: Settings) -> Settings:
    migrate(make_engine(settings.database_url))
    return settings


def orienta(*args: object) -> Result:
    return CliRunner().invoke(app, [str(arg) for arg in args])


def number_of_entries(settings: Settings) -> int:
    return sum(counts(make_session_factory(make_engine(settings.database_url))).values())


def test_lint() -> None:
    result = orienta("lint")
    assert (result.exit_code, result.stdout.splitlines()[0]) == (0, "17 sheets, 258 entries: no error.")
    assert orienta("lint", "latina").stdout.startswith("1 sheets")


def test_lint_of_a_city_that_is_none() -> None:
    result = orienta("lint", "latna")
    assert result.exit_code == 1
    assert "nearest: latina" in result.stderr


def bad_sheets(folder: Path) -> Path:
    folder.mkdir()
    good = dump_sheet(sheet(entry("a")))
    (folder / "latina.yml").write_text(good, encoding="utf-8")
    (folder / "roma.yml").write_text(good.replace("latina", "roma").replace("[food]", "[fod]"), encoding="utf-8")
    (folder / "torino.yml").write_text("city: [", encoding="utf-8")
    return folder


def test_lint_lists_every_error_and_its_remedy(tmp_path: Path) -> None:
    folder = bad_sheets(tmp_path / "sheets")
    result = orienta("lint", "--path", folder)
    lines = result.stderr.splitlines()
    assert result.exit_code == 1
    assert f"{folder}/roma.yml:12: [SERVICE] a.services: “fod” is no service. Nearest: food." in lines
    assert any(line.startswith(f"{folder}/torino.yml:1: [YAML]") for line in lines)
    assert lines[-1] == "2 errors; nothing was changed."


def test_a_bad_file_keeps_the_good_ones_out(tmp_path: Path, settings: Settings) -> None:
    result = orienta("import", bad_sheets(tmp_path / "sheets"))
    assert result.exit_code == 1
    assert "[SERVICE]" in result.stderr
    assert "[YAML]" in result.stderr
    migrate(make_engine(settings.database_url))
    assert number_of_entries(settings) == 0


def test_import_search_export(tmp_path: Path, settings: Settings) -> None:
    dry = orienta("import", PACKAGED, "--dry-run")
    assert (dry.exit_code, dry.stdout.count("\n+ ") + 1) == (0, 258)
    assert "nothing was written" in dry.stdout
    assert number_of_entries(settings) == 0
    assert "258 added, 0 changed" in orienta("import", PACKAGED).stdout
    assert (
        orienta("import", PACKAGED / "latina.yml").stdout
        == "0 added, 0 changed, 14 unchanged, 0 removed, 0 in conflict.\n"
    )

    found = json.loads(
        orienta("search", "--city", "latina", "--service", "shower", "--at", "2026-11-25T09:00", "--json").stdout
    )
    assert found["cards"][0]["address"] == "Corso Matteotti 134, Latina"
    assert found["alternatives"] == []
    text = orienta("search", "--city", "latina", "--service", "food", "--at", "2026-11-25T17:00").stdout
    assert "Mensa cittadina" in text
    assert "open until 2026-11-25T19:00" in text
    assert "instead:" in orienta("search", "--city", "latina", "--service", "civic_engagement").stdout

    assert orienta("export", tmp_path / "out").stdout.startswith("17 sheets written")
    assert (tmp_path / "out" / "latina.yml").read_bytes() == (PACKAGED / "latina.yml").read_bytes()


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("--city", "latna", "--service", "food"), "nearest: latina"),
        (("--city", "latina", "--service", "fod"), "nearest: food"),
        (("--city", "latina", "--service", "food", "--at", "tomorrow"), "2026-11-25T09:00"),
    ],
)
def test_search_of_what_is_not(settings: Settings, args: tuple[str, ...], words: str) -> None:
    result = orienta("search", *args)
    assert result.exit_code == 1
    assert words in result.stderr


def test_a_database_that_cannot_be_used(tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORIENTA_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    result = orienta("import", PACKAGED)
    assert result.exit_code == 1
    assert "ORIENTA_DATABASE_URL" in result.stderr


def test_conflicts_are_shown(tmp_path: Path, migrated: Settings) -> None:
    file = tmp_path / "latina.yml"
    file.write_text(dump_sheet(sheet(entry("a"))), encoding="utf-8")
    orienta("import", file)
    edit(migrated)
    file.write_text(dump_sheet(sheet(entry("a", name="Sheet"))), encoding="utf-8")
    result = orienta("import", file)
    assert result.exit_code == 0
    assert "! latina/a" in result.stdout
    assert "1 in conflict" in result.stdout


def edit(settings: Settings) -> None:
    with transaction(make_session_factory(make_engine(settings.database_url))) as session:
        query = update(Service).where(Service.key == "a").values(name="Edited", edited_at=utc_now())
        session.execute(query, execution_options={"synchronize_session": False})


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stands for the packaged sheets."""
    folder = tmp_path / "packaged"
    folder.mkdir()
    for city in ("latina", "roma"):
        (folder / f"{city}.yml").write_text(dump_sheet(sheet(entry("a"), city=city)), encoding="utf-8")
    monkeypatch.setattr(catalog, "PACKAGED", folder)
    return folder


def test_the_first_start_loads_the_packaged_sheets(migrated: Settings) -> None:
    assert len(load_catalogue(migrated).added) == 258
    assert load_catalogue(migrated) == ImportReport()


def test_a_later_start_loads_only_what_is_new(migrated: Settings, folder: Path) -> None:
    load_catalogue(migrated)
    (folder / "roma.yml").write_text(dump_sheet(sheet(entry("a", name="New"), city="roma")), encoding="utf-8")
    assert load_catalogue(migrated) == ImportReport(changed={"roma/a": ("name",)})
    assert load_catalogue(migrated) == ImportReport()


def test_a_start_does_not_undo_an_import(migrated: Settings, folder: Path, tmp_path: Path) -> None:
    load_catalogue(migrated)
    file = tmp_path / "latina.yml"
    file.write_text(dump_sheet(sheet(entry("a"), entry("b"))), encoding="utf-8")
    assert "1 added" in orienta("import", file).stdout
    assert load_catalogue(migrated) == ImportReport()
    assert number_of_entries(migrated) == 3


def test_a_start_keeps_edits_and_says_so(migrated: Settings, folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    load_catalogue(migrated)
    edit(migrated)
    (folder / "roma.yml").write_text(dump_sheet(sheet(entry("a", name="New"), city="roma")), encoding="utf-8")
    with caplog.at_level(logging.WARNING):
        assert load_catalogue(migrated).conflicts == ("roma/a",)
    assert "roma/a" in caplog.text
