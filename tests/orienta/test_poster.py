"""`orienta poster`: one page of the right size, or one line that says why not."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from orienta.catalog import load_catalogue
from orienta.cli import app
from storage.database import make_engine
from storage.migrate import migrate
from storage.settings import load_settings
from tests.conftest import unavailable
from tests.storage.conftest import Environment


@pytest.fixture(autouse=True)
def catalogue(environment: Environment) -> None:
    migrate(make_engine(load_settings().database_url))
    load_catalogue(load_settings())


def poster(*options: str) -> Result:
    return CliRunner().invoke(app, ["poster", "--city", "latina", "--service", "food", *options])


def test_a_card_of_one_page(tmp_path: Path) -> None:
    if shutil.which("chromium") is None:
        unavailable("Chromium is not installed (Debian: chromium)")
    to = tmp_path / "card.pdf"
    result = poster("--lang", "ar,bn,zh", "--size", "a6", "--bot", "@OrientaBot", "--to", str(to))
    assert result.exit_code == 0, result.output
    pdf = to.read_bytes()
    assert pdf.startswith(b"%PDF-") and len(re.findall(rb"/Type\s*/Page\b", pdf)) == 1
    width, height = (float(one) for one in re.search(rb"/MediaBox\s*\[0 0 ([\d.]+) ([\d.]+)\]", pdf).groups())
    assert (round(width / 72 * 25.4), round(height / 72 * 25.4)) == (105, 148)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--lang", "ar,bn,zh,it", "--bot", "b"], "at most 3 languages"),
        (["--lang", "xx", "--bot", "b"], "--lang xx"),
        (["--lang", "ar", "--size", "a3", "--bot", "b"], "--size a3"),
        (["--lang", "ar"], "--bot NAME"),
        (["--lang", "ar", "--bot", "b", "--service", "toilet", "--city", "potenza"], "potenza has no place for toilet"),
    ],
)
def test_what_cannot_be_printed_is_said(options: list[str], said: str) -> None:
    result = poster(*options)
    assert result.exit_code == 1 and said in result.output
