"""Tables: what is written comes back, rows change only what they name, and everything wrong is told with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from services_catalog.csv_sheets import csv_of, read_csv
from services_catalog.lint import InvalidSheets, read_sheets
from services_catalog.sheets import PACKAGED
from tests.services_catalog.factories import entry, sheet
from tests.services_catalog.test_hsds import BARE, FULL, SECRET

FILE = "latina.csv"


def table(folder: Path, text: str | bytes) -> Path:
    file = folder / FILE
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


def test_out_and_in_again(tmp_path: Path) -> None:
    for one in (sheet(FULL, BARE, SECRET), *read_sheets(PACKAGED)):
        assert read_csv(table(tmp_path, csv_of(one)), one) == one
        assert read_csv(table(tmp_path, csv_of(one)), one.copy(update={"entries": ()})) == one


def test_rows_change_what_they_name(tmp_path: Path) -> None:
    current = sheet(entry("a", cost="1 euro", phones=["112"]), entry("b"))
    text = "key;cost;free\na;;sì\nnew;2 euro;\n".replace("\nnew", "\nb")
    changed = read_csv(table(tmp_path, text), current)
    assert changed.entries == (entry("a", phones=["112"], free=True), entry("b", cost="2 euro"))


def test_a_new_row_is_a_new_entry(tmp_path: Path) -> None:
    text = 'key,name,services,phones,source_url\nc,C,"food\nshower",112 (sempre),https://example.org/a\n'
    changed = read_csv(table(tmp_path, text), sheet(entry("a")))
    phone = {"number": "112", "description": "sempre"}
    assert changed.entries[1] == entry("c", services=["food", "shower"], phones=[phone])


@pytest.mark.parametrize(
    ("text", "line", "code", "words"),
    [
        ("key,cost\na,=1+1\n", 2, "CSV", "formula"),
        ("key,cost\na,x,y\n", 2, "CSV", "3 cells"),
        ("key,costs\na,x\n", 1, "CSV", "“costs” is no column"),
        ("name\nx\n", 1, "CSV", "no column key"),
        ("key,free\na,maybe\n", 2, "CSV", "neither"),
        ("key,latitude\na,north\n", 2, "CSV", "latitude"),
        ("key,exceptions\na,{\n", 2, "CSV", "no JSON"),
        ("key,cost\na,x\na,y\n", 3, "KEY", "already at line 2"),
        ("key,opening_hours\na,lun 9-13\n", 2, "SCHEMA", "lun"),
        ("key,cost\nnew,x\n", 2, "SCHEMA", "name"),
        (b"key,cost\na,caff\xe8\n", 2, "CSV", "UTF-8"),
        (b"key" + b" " * 2_000_001, 1, "CSV", "2 MB"),
    ],
)
def test_everything_wrong_is_told(tmp_path: Path, text: str | bytes, line: int, code: str, words: str) -> None:
    with pytest.raises(InvalidSheets) as error:
        read_csv(table(tmp_path, text), sheet(entry("a")))
    first = error.value.findings[0]
    assert (first.line, first.code) == (line, code)
    assert words in first.message
