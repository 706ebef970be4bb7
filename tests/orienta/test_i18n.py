"""`orienta i18n status`: every language is complete here; what is missing, outdated or broken is counted."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot import translations
from bot.translations import LOCALES, written_languages
from orienta.cli import app
from orienta.i18n import NOT_REVIEWED

RUNNER = CliRunner()


def test_every_language_is_complete_and_says_that_nobody_has_read_it() -> None:
    told = RUNNER.invoke(app, ["i18n", "status", "--fail-under", "100", "--json"])
    assert told.exit_code == 0
    found = {one["language"]: one for one in json.loads(told.output)}
    assert set(found) == set(written_languages()) and len(found) == 20
    for language, one in found.items():
        assert (one["coverage"], one["missing"], one["outdated"], one["broken"]) == (100, 0, 0, 0), language
        assert one["unreviewed"] == (0 if language == "en" else one["messages"]), "reviewed: put this test right"


@pytest.fixture
def albanian(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of the Albanian catalogue, the only one."""
    path = tmp_path / "sq" / "LC_MESSAGES" / "orienta.po"
    path.parent.mkdir(parents=True)
    shutil.copy(LOCALES / "sq" / "LC_MESSAGES" / "orienta.po", path)
    monkeypatch.setattr(translations, "LOCALES", tmp_path)
    translations._translations.cache_clear()
    yield path
    translations._translations.cache_clear()


def test_what_is_missing_outdated_broken_or_reviewed_is_counted(albanian: Path) -> None:
    text = albanian.read_text(encoding="utf-8")
    text = re.sub(r'msgid "City"\nmsgstr ".*?"', 'msgid "City"\nmsgstr ""', text)
    text = re.sub(r'msgid "Menu"\nmsgstr', 'msgid "Menu of before"\nmsgstr', text)
    text = text.replace(f"# {NOT_REVIEWED}\n", "", 1)
    text += '\n# made up\nmsgid "Hello {name}"\nmsgstr "Tungjatjeta"\n'
    albanian.write_text(text, encoding="utf-8")
    told = RUNNER.invoke(app, ["i18n", "status", "--json"])
    one = next(one for one in json.loads(told.output) if one["language"] == "sq")
    assert (one["missing"], one["outdated"], one["broken"]) == (2, 2, 1)
    assert one["coverage"] < 100 and told.exit_code == 1, "a broken one is never good"
    assert RUNNER.invoke(app, ["i18n", "status"]).output.count("\n") == 4


def test_a_broken_catalogue_stops_the_start_with_file_and_line(albanian: Path) -> None:
    lines = albanian.read_text(encoding="utf-8").splitlines()
    lines.insert(40, 'msgid "never ended')
    albanian.write_text("\n".join(lines), encoding="utf-8")
    told = RUNNER.invoke(app, ["run", "--only", "outbox"])
    assert told.exit_code != 0
    assert re.search(r"orienta\.po:4\d: .* Put this line right", told.output), told.output
