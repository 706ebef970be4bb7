"""`orienta catalog`, as a person at the terminal sees it."""

from __future__ import annotations

import json
import logging
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import update
from typer.testing import CliRunner, Result

from orienta import catalog
from orienta.catalog import app, load_catalogue
from services_catalog.importer import ImportReport
from services_catalog.lint import read_sheets
from services_catalog.models import Service
from services_catalog.quality import table
from services_catalog.search import counts
from services_catalog.sheets import PACKAGED, dump_sheet
from services_catalog.vocabulary import CITIES
from storage.clock import utc_now
from storage.database import make_engine, make_session_factory, transaction
from storage.migrate import migrate
from storage.settings import Settings
from tests.services_catalog.factories import entry, sheet


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
    assert result.stdout.splitlines()[2].startswith("Advice")
    of_one = orienta("lint", "latina", "--advice", "--hours").stdout
    assert "latina/mensa-cittadina-don-adriano-bragazzi: 16:30-19:00" in of_one
    assert "[MISSING] advice: " in of_one
    assert "1 sheets" in of_one
    assert orienta("lint", "latina", "--strict").exit_code == 1
    assert "[CONFIDENTIAL]" in orienta("lint", "--codes").stdout


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


def test_fix_mends_what_cannot_be_wrong_and_leaves_the_rest(tmp_path: Path) -> None:
    file = tmp_path / "latina.yml"
    good = dump_sheet(sheet(entry("a", opening_hours="Mo-Fr 09:00-13:00", services=["food"], phones=["0773 655 3204"])))
    bad = good.replace("Mo-Fr", "mo-fr").replace("[food]", "[food, food]").replace("0773 655 3204", "0773/6553204")
    file.write_text(bad.replace("key: a\n", "key: a # mine\n"), encoding="utf-8")
    assert orienta("lint", "--path", tmp_path).exit_code == 1
    result = orienta("lint", "--path", tmp_path, "--fix")
    assert result.exit_code == 0, result.output
    assert result.stdout.count("mended:") == 2
    assert (
        orienta("lint", "--path", tmp_path, "--fix").stdout.count("mended:") == 1
    )  # advice waits for a sheet without errors
    assert file.read_text(encoding="utf-8") == good.replace("key: a\n", "key: a # mine\n")


def test_stale_shows_phone_and_source_and_takes_a_check(settings: Settings) -> None:
    orienta("import", PACKAGED)
    key = "pronto-intervento-sociale-latina"
    shown = orienta("stale", "latina").stdout
    assert f"- latina/{key}: Pronto Intervento Sociale Latina" in shown
    assert "check: 800 212 999 · https://www.latinatoday.it/cronaca/latina-apre-dormitorio-invernale.html" in shown
    assert shown.endswith("14 entries to check.\n")
    assert orienta("stale", "latina", "--verified", key, "--by", "desk").exit_code == 0
    assert key not in orienta("stale", "latina").stdout
    assert json.loads(orienta("stale", "latina", "--json").stdout)["feedback"] == {}
    assert "no such entry" in orienta("stale", "latina", "--verified", "none", "--by", "desk").stderr
    assert "--by desk" in orienta("stale", "--verified", key).stderr


def test_search_by_words_wishes_and_why(settings: Settings) -> None:
    orienta("import", PACKAGED)
    assert "latina/mensa-cittadina" in orienta("search", "--city", "latina", "--words", "mensa bragazi").stdout
    why = orienta("search", "--city", "latina", "--service", "food", "--explain", "--near", "41.47,12.9").stdout
    assert "main service yes" in why
    assert orienta("search", "--city", "latina").exit_code == 1
    for wrong in (("--near", "x"), ("--near", "91,0"), ("--for", "men")):
        assert orienta("search", "--city", "latina", "--service", "food", *wrong).exit_code == 1


def test_a_table_changes_entries_and_a_wrong_one_nothing(settings: Settings, tmp_path: Path) -> None:
    orienta("import", PACKAGED)
    file = tmp_path / "latina.csv"
    file.write_text("key,cost\nmensa-cittadina-don-adriano-bragazzi,gratuito\n")
    dry = orienta("import", file, "--dry-run")
    assert "~ latina/mensa-cittadina-don-adriano-bragazzi: cost" in dry.stdout
    assert "1 changed" in orienta("import", file).stdout
    file.write_text("key,cost\nmensa-cittadina-don-adriano-bragazzi,=1\n")
    wrong = orienta("import", file)
    assert (wrong.exit_code, "latina.csv:2: [CSV]" in wrong.stderr) == (1, True)
    assert orienta("import", tmp_path / "x.csv").exit_code == 1
    assert orienta("export", tmp_path / "out", "--csv").exit_code == 0
    assert orienta("import", tmp_path / "out/latina.csv").stdout.startswith("0 added, 0 changed, 14 unchanged")


def test_hsds_out_and_in(settings: Settings, tmp_path: Path) -> None:
    orienta("import", PACKAGED)
    assert "16 files" in orienta("hsds-export", tmp_path).stdout
    assert "0 added, 0 changed, 258 unchanged" in orienta("hsds-import", tmp_path / "tabular", "--dry-run").stdout
    (tmp_path / "tabular/organizations.csv").unlink()
    broken = orienta("hsds-import", tmp_path / "tabular")
    assert (broken.exit_code, "258 errors; nothing was changed." in broken.stderr) == (1, True)


def test_the_readme_has_the_quality_of_each_city(tmp_path: Path) -> None:
    readme = Path(catalog.__file__).parents[1] / "README.md"
    day, written = catalog._QUALITY.search(readme.read_text(encoding="utf-8")).groups()
    sheets = [one for one in read_sheets(PACKAGED) if one.city in CITIES]
    assert written == table(sheets, date.fromisoformat(day)), "run: orienta catalog quality --readme README.md"
    copy = tmp_path / "README.md"
    copy.write_text("a\n<!-- quality of 2026-01-01 -->\n\n<!-- end of quality -->\nb\n")
    assert orienta("quality", "--readme", copy).exit_code == 0
    assert "| latina | bronze |" in copy.read_text()
