"""Each kind of bad data sheet: the error's line, code and remedy, and that none hides another."""

from __future__ import annotations

import re
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest

from services_catalog import lint as lint_package
from services_catalog.lint import PLUGINS, Finding, InvalidSheets, codes, findings, lint, read_sheets
from services_catalog.sheets import PACKAGED

GOOD = """\
city: latina
entries:
  - key: mensa
    name: Mensa
    services: [food]
    source_url: https://example.org/mensa
"""


def write(folder: Path, text: str, name: str = "latina.yml") -> Path:
    file = folder / name
    file.write_bytes(text.encode("utf-8", "surrogateescape"))
    return file


def errors(folder: Path, text: str, name: str = "latina.yml") -> list[tuple[int, str, str, str]]:
    return [(e.line, e.code, e.message, e.remedy) for e in lint(write(folder, text, name))]


def test_the_packaged_sheets_have_no_error() -> None:
    assert lint(PACKAGED) == []


def test_a_good_sheet(tmp_path: Path) -> None:
    assert errors(tmp_path, GOOD) == []
    assert [entry.key for entry in read_sheets(tmp_path)[0].entries] == ["mensa"]


@pytest.mark.parametrize(
    ("line", "code", "words", "remedy"),
    [
        ("opening_hours: Mo-Fr 25:00-26:00", "HOURS", "25:00-26:00", "Mo-Fr 09:00-13:00"),
        ("opening_hours: lun-ven 9-13", "HOURS", "lun-ven", "Mo-Fr 09:00-13:00"),
        ("opening_hours: [1]", "HOURS", "opening_hours", "schema"),
        ("phones: ['12']", "PHONE", "“12”", "in quotes"),
        ("phones: [020202]", "PHONE", "no phone", "in quotes"),
        ("phones: [ask the desk]", "PHONE", "“ask the desk”", "in quotes"),
        ("phones: [{description: x}]", "PHONE", "number is missing", "number"),
        ("source_date: 2024-13", "SOURCE", "2024-13", "2024-12"),
        ("source_date: last year", "SOURCE", "last year", "2024-12"),
        ("other_sources: [www.example.org]", "SOURCE", "www.example.org", "https://"),
        ("other_sources: https://example.org", "SOURCE", "tuple", "schema"),
        ("free: maybe", "SCHEMA", "free", "schema"),
        ("opnening_hours: 24/7", "SCHEMA", "opnening_hours", "Nearest: opening_hours."),
        ("email: nobody", "SCHEMA", "no e-mail address", "schema"),
        ("website: example.org", "SCHEMA", "no web address", "schema"),
        ("verified_on: 2024", "SCHEMA", "no day", "schema"),
        ("verified_on: 2024-02-30", "YAML", "day", "quotes"),
        ("eligibility: [everybody]", "SCHEMA", "everybody", "schema"),
        ("languages: [Italian]", "SCHEMA", "languages", "schema"),
    ],
)
def test_one_wrong_line(tmp_path: Path, line: str, code: str, words: str, remedy: str) -> None:
    ((at, found, message, what_to_do),) = errors(tmp_path, GOOD + f"    {line}\n")
    assert (at, found) == (1 if code == "YAML" else 7, code)
    assert words in message
    assert remedy in what_to_do


@pytest.mark.parametrize(
    ("old", "new", "line", "code", "words", "remedy"),
    [
        ("[food]", "[fod]", 5, "SERVICE", "“fod”", "Nearest: food."),
        ("[food]", "[Night shelter]", 5, "SERVICE", "Night shelter", "Nearest: night_shelter."),
        ("[food]", "[]", 5, "SCHEMA", "at least one", "schema"),
        ("[food]", "[food, food]", 5, "SCHEMA", "twice", "Delete"),
        ("    source_url: https://example.org/mensa\n", "", 3, "SOURCE", "source_url is missing", "https://"),
        ("https://example.org/mensa", "", 6, "SOURCE", "source_url is empty", "Fill it in"),
        ("https://example.org/mensa", "a friend", 6, "SOURCE", "a friend", "https://"),
        ("    name: Mensa\n", "", 3, "SCHEMA", "name is missing", "name:"),
        ("key: mensa", "key: La Mensa", 3, "SCHEMA", "small letters", "mensa-caritas"),
        ("city: latina", "city: Latina", 1, "CITY", "Latina", "latina"),
        ("city: latina", "city: roma", 1, "CITY", "roma", "rename"),
        ("city: latina", "city: latina\ndesk_phone: 0773", 2, "PHONE", "no phone number", "in quotes"),
        ("entries:", "entries: none\nothers:", 2, "SCHEMA", "tuple", "schema"),
        ("  - key: mensa", "  - a mensa\n  - key: mensa", 3, "SCHEMA", "entry 1", "schema"),
        ("  - key: mensa", '  - key: "mensa', 7, "YAML", "end of stream", "quotes"),
        ("    name: Mensa", "\tname: Mensa", 4, "YAML", "'\\t'", "indents"),
        ("    name: Mensa", "    name: a: b", 4, "YAML", "mapping values", "quotes"),
        ("    name: Mensa", "    name: Mensa\n    name: Mensa", 5, "YAML", "duplicate key", "Correct"),
        ("    name: Mensa", "    name: Men\0sa", 4, "YAML", "U+0000", "Correct"),
        ("    name: Mensa", "    name: Citt\udce0", 4, "YAML", "UTF-8", "Correct"),
    ],
)
def test_one_wrong_place(tmp_path: Path, old: str, new: str, line: int, code: str, words: str, remedy: str) -> None:
    assert old in GOOD
    found = errors(tmp_path, GOOD.replace(old, new))
    assert (line, code) in [(at, kind) for at, kind, _, _ in found]
    message, what_to_do = next((m, r) for at, kind, m, r in found if (at, kind) == (line, code))
    assert words in message
    assert remedy in what_to_do


@pytest.mark.parametrize("text", ["", "- a\n", "latina\n", "# nothing\n"])
def test_no_sheet_at_all(tmp_path: Path, text: str) -> None:
    ((line, code, message, _),) = errors(tmp_path, text)
    assert (line, code) == (1, "SCHEMA")
    assert "entries" in message


def test_a_key_twice(tmp_path: Path) -> None:
    ((line, code, message, _),) = errors(tmp_path, GOOD + GOOD[GOOD.index("  - key") :])
    assert (line, code) == (7, "KEY")
    assert "line 3" in message


def test_a_file_named_after_no_city(tmp_path: Path) -> None:
    ((line, code, message, remedy),) = errors(tmp_path, GOOD, "latna.yml")
    assert (line, code) == (1, "CITY")
    assert "latna" in message
    assert "latina.yml" in remedy


def test_nothing_there(tmp_path: Path) -> None:
    assert [finding.code for finding in lint(tmp_path / "missing")] == ["CITY"]
    with pytest.raises(InvalidSheets):
        read_sheets(tmp_path)


def test_every_error_of_every_file_is_listed(tmp_path: Path) -> None:
    bad = GOOD.replace("[food]", "[fod, shwer]") + "    opening_hours: Mo 30:00\n    phones: ['1']\n"
    write(tmp_path, bad)
    write(tmp_path, bad.replace("city: latina", "city: roma"), "roma.yml")
    write(tmp_path, "city: [", "torino.yml")
    write(tmp_path, GOOD.replace("latina", "genova"), "genova.yml")
    found = [(finding.file.name, finding.line, finding.code) for finding in lint(tmp_path)]
    one = [(5, "SERVICE"), (5, "SERVICE"), (7, "HOURS"), (8, "PHONE")]
    assert found == [*(("latina.yml", *e) for e in one), *(("roma.yml", *e) for e in one), ("torino.yml", 1, "YAML")]
    with pytest.raises(InvalidSheets) as error:
        read_sheets(tmp_path)
    assert error.value.findings == lint(tmp_path)


def test_a_finding_reads_as_a_compiler_s() -> None:
    finding = Finding(Path("latina.yml"), 5, "SERVICE", "“fod” is no service", "Nearest: food.")
    assert str(finding) == "latina.yml:5: [SERVICE] “fod” is no service. Nearest: food."


TODAY = date(2026, 11, 25)


@pytest.mark.parametrize(
    ("lines", "code", "words"),
    [
        ("verified_on: 2027-01-01", "SOURCE", "yet to come"),
        ("source_date: 2099-01", "SOURCE", "yet to come"),
        ("latitude: 45.46\n    longitude: 9.19", "COORDINATES", "km from the centre"),
        ("latitude: 41.47", "SCHEMA", "stand together"),
        ("latitude: 91\n    longitude: 9.19", "SCHEMA", "latitude"),
        ("website: http://192.168.1.1/x.html", "LINK", "no public"),
        ("exceptions: [{first: 2026-12-26, last: 2026-12-24}]", "HOURS", "before the first"),
        ("exceptions: [{first: 2026-12-24, hours: Mo 09:00-10:00}]", "HOURS", "no clock times"),
        ("stops: [{place: Porto, hours: sera}]", "HOURS", "sera"),
        ("confidential: true\n    address: Via Roma 1", "CONFIDENTIAL", "address"),
        ("confidential: true\n    notes: in via Roma", "CONFIDENTIAL", "names a street"),
    ],
)
def test_errors_that_need_more_than_the_schema(tmp_path: Path, lines: str, code: str, words: str) -> None:
    ((_, found, message, remedy),) = errors(tmp_path, GOOD + f"    {lines}\n")
    assert found == code
    assert words in message
    assert remedy


def test_the_address_of_what_seems_a_refuge(tmp_path: Path) -> None:
    text = GOOD.replace("name: Mensa", "name: Casa rifugio").replace("[food]", "[anti_violence]")
    assert [code for _, code, _, _ in errors(tmp_path, text + "    address: Via Roma 1\n")] == ["CONFIDENTIAL"]


@pytest.mark.parametrize(
    ("lines", "code", "words"),
    [
        ("opening_hours: Mo-Fr 09:00-17:00; Mo 10:00-12:00", "HOURS", "read as Mo 10:00-12:00; Tu-Fr 09:00-17:00"),
        ("phones: ['0773/6553204']", "PHONE", "signs"),
        ("phones: ['112', '112']", "PHONE", "twice"),
        ("website: https://bit.ly/abc", "LINK", "hides"),
        ("website: https://example.org/?utm_source=x&a=1", "LINK", "tracker"),
        ("other_sources: [https://example.org/mensa]", "SOURCE", "again"),
        ("verified_on: 2026-11-20", "SOURCE", "by nobody"),
        ("source_date: 2026-01", "STALE", "328 days old, good for 45"),
        ("latitude: 12.9\n    longitude: 41.47", "COORDINATES", "km"),
        ("exceptions: [{first: 2026-12-24, hours: '09:00-10:00'}]", "HOURS", "no opening hours"),
    ],
)
def test_advice(tmp_path: Path, lines: str, code: str, words: str) -> None:
    found = findings(write(tmp_path, GOOD + f"    {lines}\n"), TODAY)
    assert all(one.advice for one in found)
    assert any(one.code == code and words in one.message for one in found), found


def test_two_entries_that_seem_to_be_one(tmp_path: Path) -> None:
    double = GOOD.split("entries:\n")[1].replace("key: mensa", "key: b").replace("name: Mensa", "name: La mensa,")
    one = GOOD.replace("name: Mensa", "name: La Mensa")
    assert "DUPLICATE" in [finding.code for finding in findings(write(tmp_path, one + double), TODAY)]


def test_every_code_is_explained() -> None:
    raised: set[str] = set()
    for plugin in [lint_package, *PLUGINS]:
        raised |= set(re.findall(r'"([A-Z]{3,})"', Path(plugin.__file__ or "").read_text(encoding="utf-8")))
    assert raised - {"PLUGINS"} == set(codes())


def test_a_bomb_of_aliases_and_a_sheet_of_100_megabytes(tmp_path: Path) -> None:
    letters = "abcdefghijklmnopqrstu"
    doubled = (f"{new}: &{new} [*{old}, *{old}]\n" for old, new in pairwise(letters))
    bomb = "a: &a [x, x, x, x]\n" + "".join(doubled)
    ((line, code, message, _),) = errors(tmp_path, bomb)
    assert (line, code) == (2, "YAML")
    assert "alias" in message
    (tmp_path / "latina.yml").write_bytes(b"#" * 100_000_000)
    (finding,) = lint(tmp_path / "latina.yml")
    assert (finding.code, "2 MB" in finding.message) == ("YAML", True)
