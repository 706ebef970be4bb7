"""Procedures by `orienta catalog`, as an operator at the terminal sees them, and at a start."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from orienta.cli import app
from orienta.procedures import load_packaged_procedures
from services_catalog.importer import ImportReport
from services_catalog.procedures.confirmation import confirm, statements
from services_catalog.procedures.sheets import dump_procedure
from services_catalog.sheets import dump_sheet
from storage.clock import utc_now
from storage.database import SessionFactory, make_engine, make_session_factory
from storage.migrate import migrate
from storage.settings import Settings
from tests.services_catalog.factories import entry, sheet
from tests.services_catalog.procedures.factories import procedure

COST = "residence_permit.cost"
PAGE = "https://questura.example.it/costi"


@pytest.fixture
def sessions(settings: Settings) -> SessionFactory:
    engine = make_engine(settings.database_url)
    migrate(engine)
    return make_session_factory(engine)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "procedures" / "translations").mkdir(parents=True)
    (tmp_path / "procedures" / "residence_permit.yml").write_text(dump_procedure(procedure()), encoding="utf-8")
    english = '# English\nresidence_permit.what: "A paper. The Questura gives it."\n'
    (tmp_path / "procedures" / "translations" / "en.yml").write_text(english, encoding="utf-8")
    return tmp_path / "procedures"


def catalog(*args: object, said: str = "") -> Result:
    return CliRunner().invoke(app, ["catalog", *map(str, args)], input=said)


def test_import_confirm_export(sessions: SessionFactory, folder: Path, tmp_path: Path) -> None:
    assert "10 added, 1 changed" in catalog("import", folder, "--dry-run").stdout
    assert statements(sessions, utc_now()) == []
    assert catalog("import", folder).stdout.startswith("+ residence_permit/what\n")
    waiting = catalog("confirm").stdout
    assert f"- {COST} (held back)\n  Costa 40 euro.\n  https://giornale.example.it/kit" in waiting
    assert waiting.endswith("10 statements: 2 held back, 0 confirmed too long ago, 8 shown as not yet checked.\n")

    asked = catalog("confirm", COST, "--by", "Anna", "--source", PAGE, said="n\n")
    assert (asked.exit_code, "? Il costo." in asked.stdout) == (1, True)
    assert catalog("confirm", COST, "--by", "Anna", "--source", PAGE, said="y\n").exit_code == 0
    assert catalog("confirm").stdout.endswith(
        "10 statements: 1 held back, 0 confirmed too long ago, 8 shown as not yet checked.\n"
    )
    assert catalog("import", folder).stdout.endswith("0 added, 0 changed, 10 unchanged, 0 removed, 0 in conflict.\n")
    assert catalog("export", tmp_path / "out").stdout.startswith("0 sheets and 1 procedures written")
    assert f"verified_source: {PAGE}" in (tmp_path / "out/procedures/residence_permit.yml").read_text(encoding="utf-8")

    assert catalog("withdraw", COST, "--by", "Anna").exit_code == 0
    assert catalog("confirm").stdout.endswith(
        "10 statements: 2 held back, 0 confirmed too long ago, 8 shown as not yet checked.\n"
    )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((COST,), "--by"),
        ((COST, "--by", "Anna"), "--source"),
        ((COST, "--by", "Anna", "--source", "il sito", "--yes"), "starting with https://"),
        (("residence_permit.costs", "--by", "Anna", "--source", PAGE), f"nearest: {COST}"),
    ],
)
def test_what_cannot_be_confirmed(
    sessions: SessionFactory, folder: Path, arguments: tuple[str, ...], words: str
) -> None:
    catalog("import", folder)
    result = catalog("confirm", *arguments)
    assert (result.exit_code, words in result.stderr) == (1, True)
    assert sum(one.held for one in statements(sessions, utc_now())) == 2


def test_a_broken_procedure_keeps_everything_out(sessions: SessionFactory, folder: Path, tmp_path: Path) -> None:
    (folder / "asylum.yml").write_text("topic: asylum\nstatements:\n  - key: what\n    text: [", encoding="utf-8")
    result = catalog("import", folder)
    assert (result.exit_code, statements(sessions, utc_now())) == (1, [])
    assert f"{folder}/asylum.yml:4: [YAML] not readable" in result.stderr
    (folder / "asylum.yml").unlink()
    (folder / "translations" / "en.yml").write_text('residence_permit.bring.1: "Bring 5 photos."', encoding="utf-8")
    result = catalog("import", folder)
    assert f"{folder}/translations/en.yml:1: [FIGURES]" in result.stderr
    assert statements(sessions, utc_now()) == []
    assert catalog("lint", "--path", folder).exit_code == 1


def test_cities_and_procedures_of_one_folder(sessions: SessionFactory, folder: Path) -> None:
    (folder.parent / "latina.yml").write_text(dump_sheet(sheet(entry("a"))), encoding="utf-8")
    assert "11 added" in catalog("import", folder.parent).stdout


def test_the_lint_of_the_program() -> None:
    result = catalog("lint")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.splitlines()[1] == "12 procedures, 160 statements, 19 translations: no error."


def test_a_start_loads_what_is_new_and_keeps_what_was_confirmed(
    sessions: SessionFactory, settings: Settings, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert len(load_packaged_procedures(settings, folder).added) == 10
    assert load_packaged_procedures(settings, folder) == ImportReport()
    confirm(sessions, COST, "Costa 40 euro.", by="Anna", source=PAGE, clock=utc_now)
    dearer = dump_procedure(procedure({"key": "cost", "text": "Costa 50 euro."}))
    (folder / "residence_permit.yml").write_text(dearer, encoding="utf-8")
    with caplog.at_level(logging.WARNING):
        assert load_packaged_procedures(settings, folder).conflicts == ("residence_permit/cost",)
    assert "residence_permit/cost was confirmed here" in caplog.text
    assert load_packaged_procedures(settings, folder) == ImportReport()
