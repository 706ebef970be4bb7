"""HSDS 3.1: valid by the standard's schemas, the same bytes after a way in and out, and honest about others' packages."""

from __future__ import annotations

import csv
import json
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker, RefResolver

from services_catalog.hsds.package import COLUMNS, InvalidPackage, export_hsds, read_hsds
from services_catalog.hsds.records import service_record
from services_catalog.hsds.schedules import rows, text_of
from services_catalog.importer import load_sheets
from services_catalog.lint import read_sheets
from services_catalog.sheets import PACKAGED
from storage.clock import utc_now
from storage.database import SessionFactory, make_engine, make_session_factory
from storage.migrate import migrate
from tests.services_catalog.factories import entry, sheet

SCHEMAS = {
    file.name: json.loads(file.read_text(encoding="utf-8"))
    for file in (Path(__file__).parent / "hsds_schema").glob("*.json")
}
TABLES = {schema["path"].removesuffix(".csv"): schema for schema in SCHEMAS.values() if "path" in schema}

FULL = entry(
    "mensa-x",
    name="Mensa: «X» # 1",
    organisation="Caritas",
    services=["food", "shower"],
    address="Via Roma 1, Latina",
    latitude=41.4676,
    longitude=12.9037,
    accessibility="rampa",
    phones=["112", {"number": "+39 0471 402338", "description": "1"}],
    email="a@example.org",
    website="https://example.org",
    opening_hours="Mo-Fr 09:00-13:00,15:00-18:00; PH off",
    appointment_only=True,
    exceptions=[
        {"first": "2026-12-24", "last": "2026-12-26", "note": "Chiuso."},
        {"first": "2027-01-02", "hours": "10:00-11:00"},
    ],
    stops=[{"place": "Stazione", "hours": "We 20:00-22:00", "latitude": 41.5, "longitude": 12.9}],
    who="tutti",
    required_documents=["passaporto"],
    cost="gratuito",
    free=True,
    languages=["it", "pl"],
    languages_note="anche mediatori",
    eligibility=["women", "no_papers_asked"],
    one_stop_shop=True,
    notes='riga uno\nriga "due", con virgola',
    source_date="2024",
    other_sources=["https://example.org/b"],
    verified_on=date(2026, 11, 1),
    verified_by="sportello",
)
BARE = entry("a", free=False)
SECRET = entry("rifugio", confidential=True, phones=["1522"], services=["anti_violence"], accessibility="ascensore")


def fresh(folder: Path) -> SessionFactory:
    engine = make_engine(f"sqlite:///{folder / 'orienta.db'}")
    migrate(engine)
    return make_session_factory(engine)


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The packaged catalogue and three entries that use every field, exported."""
    folder = tmp_path_factory.mktemp("hsds")
    sessions = fresh(folder)
    sheets = [one for one in read_sheets(PACKAGED) if one.city != "latina"]
    load_sheets(sessions, [*sheets, sheet(FULL, BARE, SECRET, desk_phone="112", patron_saint="04-25")], utc_now)
    export_hsds(sessions, folder / "out")
    return folder / "out"


def services(folder: Path) -> list[dict[str, Any]]:
    return json.loads((folder / "json/services.json").read_text(encoding="utf-8"))["contents"]


def table(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / f"tabular/{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def validator(name: str) -> Draft202012Validator:
    schema = SCHEMAS[f"{name}.json"]
    resolver = RefResolver("", schema, store=dict(SCHEMAS))
    return Draft202012Validator(schema, resolver=resolver, format_checker=FormatChecker())


def test_nested_services_are_valid(exported: Path) -> None:
    check = validator("service")
    found = services(exported)
    assert len(found) > 240
    assert [(record["name"], error.message) for record in found for error in check.iter_errors(record)] == []


@pytest.mark.parametrize(
    ("kind", "part"), [("organization", "organization"), ("service_at_location", "service_at_locations")]
)
def test_parts_are_valid_by_themselves(exported: Path, kind: str, part: str) -> None:
    check = validator(kind)
    for record in services(exported):
        parts = record.get(part, [])
        for one in parts if isinstance(parts, list) else [parts]:
            assert list(check.iter_errors(one)) == []


def test_a_broken_service_is_noticed() -> None:
    record = service_record("latina", 0, FULL)
    broken = ({"status": "open"}, {"id": 7}, {"name": None}, {"phones": [{"id": record["id"]}]})
    for change in broken:
        assert list(validator("service").iter_errors({**record, **change})), change


def test_tables_have_the_standard_s_columns_and_all_that_it_requires(exported: Path) -> None:
    for name, columns in COLUMNS.items():
        schema = TABLES[name]
        assert set(columns) - {"x_lgnet"} <= set(schema["properties"]), name
        required = {*schema.get("required", ()), *schema.get("tabular_required", ())}
        assert required <= set(columns), name
        ids = [row["id"] for row in table(exported, name)]
        assert len(ids) == len(set(ids)), name
    described = json.loads((exported / "tabular/datapackage.json").read_text())["resources"]
    assert {one["name"]: tuple(f["name"] for f in one["schema"]["fields"]) for one in described} == COLUMNS


def test_every_reference_of_the_tables_leads_somewhere(exported: Path) -> None:
    ids = {name: {row["id"] for row in table(exported, name)} for name in COLUMNS}
    parents = {
        "service_id": "services",
        "location_id": "locations",
        "organization_id": "organizations",
        "link_id": "services",
        "taxonomy_id": "taxonomies",
        "taxonomy_term_id": "taxonomy_terms",
    }
    for name in COLUMNS:
        for row in table(exported, name):
            for column, parent in parents.items():
                assert column not in row or row[column] in ids[parent], (name, column)


@pytest.mark.parametrize("form", ["json", "tabular"])
def test_out_in_and_out_again_gives_the_same_bytes(exported: Path, form: str, tmp_path: Path) -> None:
    package = read_hsds(exported / form if form == "tabular" else exported / "json/services.json")
    assert package.left_out == ()
    latina = next(one for one in package.sheets if one.city == "latina")
    assert latina == sheet(FULL, BARE, SECRET, desk_phone="112", patron_saint="04-25")
    sessions = fresh(tmp_path)
    load_sheets(sessions, package.sheets, utc_now)
    again = export_hsds(sessions, tmp_path / "out")
    assert len(again) == len(COLUMNS) + 2
    for file in again:
        assert file.read_bytes() == (exported / file.relative_to(tmp_path / "out")).read_bytes(), file.name


def test_of_a_confidential_place_only_that_it_can_be_called(exported: Path) -> None:
    (record,) = [one for one in services(exported) if one["x_lgnet"]["key"] == "rifugio"]
    ((location),) = [place["location"] for place in record["service_at_locations"]]
    assert set(location) == {"id", "location_type", "name", "accessibility"}
    assert location["location_type"] == "virtual"
    assert record["x_lgnet"]["confidential"] is True


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Mo-Fr 09:00-13:00,15:00-18:00", [("MO,TU,WE,TH,FR", "09:00", "13:00"), ("MO,TU,WE,TH,FR", "15:00", "18:00")]),
        ("Mo-Fr 09:00-17:00; We 10:00-12:00", [("MO,TU,TH,FR", "09:00", "17:00"), ("WE", "10:00", "12:00")]),
        ("24/7", [("MO,TU,WE,TH,FR,SA,SU", "00:00", "23:59")]),
        ("Fr 20:00-02:00", [("FR", "20:00", "02:00")]),
        ("Mo 18:00-24:00", [("MO", "18:00", "00:00")]),
        ("Mo 18:00+", [("MO", "18:00", None)]),
        ("Th[2,4] 09:00-11:00", [("2TH,4TH", "09:00", "11:00")]),
        ("Dec 01-Mar 31 19:00-08:00", [(None, None, None)]),
        ("Mo-Sa", [(None, None, None)]),
        (None, []),
    ],
)
def test_schedule_rows(text: str | None, expected: list[tuple[str | None, ...]]) -> None:
    found = rows(text, lambda name: f"id-{name}")
    assert [(row.get("byday"), row.get("opens_at"), row.get("closes_at")) for row in found] == expected


@pytest.mark.parametrize(
    ("row", "text"),
    [
        ({"freq": "WEEKLY", "byday": "MO,TU", "opens_at": "09:00", "closes_at": "13:00"}, "Mo,Tu 09:00-13:00"),
        ({"freq": "WEEKLY", "byday": "MO", "opens_at": "09:00:00", "closes_at": "13:00:00Z"}, "Mo 09:00-13:00"),
        ({"freq": "WEEKLY", "byday": "MO", "opens_at": "09:00+01:00", "closes_at": "23:59"}, "Mo 09:00-24:00"),
        (
            {"freq": "MONTHLY", "byday": "1SA,-1FR", "opens_at": "09:00", "closes_at": "10:00"},
            "Sa[1],Fr[-1] 09:00-10:00",
        ),
        ({"freq": "WEEKLY", "byday": "MO", "opens_at": "nine", "closes_at": "10:00"}, None),
        ({"freq": "DAILY", "opens_at": "09:00", "closes_at": "10:00"}, None),
        ({"freq": "WEEKLY", "byday": "MO", "opens_at": "09:00", "closes_at": "10:00", "interval": 2}, None),
        ({"description": "on request"}, None),
    ],
)
def test_hours_from_others_rows_or_none_at_all(row: dict[str, Any], text: str | None) -> None:
    found, unsaid = text_of([row])
    assert (found, bool(unsaid)) == (text, text is None)


FOREIGN = {
    "id": "ac148810-d857-441c-9679-408f346de14b",
    "name": "Community Kitchen!",
    "status": "active",
    "url": "https://example.org",
    "organization": {"id": "d9d5e0f5-d3ce-4f73-9a2f-4dd0ecc6c610", "name": "Example", "description": "x"},
    "attributes": [
        {"id": "x", "link_type": "category", "taxonomy_term": {"id": "y", "code": "food", "name": "Food"}},
        {"id": "z", "taxonomy_term": {"id": "q", "code": "horses", "name": "Horses"}},
    ],
    "service_at_locations": [
        {
            "id": "s",
            "location": {
                "id": "l",
                "location_type": "physical",
                "addresses": [{"address_1": "Via Roma 1", "city": "Latina", "postal_code": "04100"}],
            },
        }
    ],
    "schedules": [{"id": "1", "freq": "WEEKLY", "byday": "MO", "opens_at": "09:00", "closes_at": "12:00"}],
}


def test_somebody_else_s_services(tmp_path: Path) -> None:
    file = tmp_path / "theirs.json"
    file.write_text(json.dumps([FOREIGN]))
    package = read_hsds(file, city="latina")
    (one,) = package.sheets
    (found,) = one.entries
    assert (found.key, found.address, found.opening_hours) == (
        "community-kitchen",
        "Via Roma 1, 04100 Latina",
        "Mo 09:00-12:00",
    )
    assert package.left_out == ("latina/community-kitchen: attribute Horses: no term of ours",)
    with pytest.raises(InvalidPackage, match="--city"):
        read_hsds(file)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda folder: (folder / "organizations.csv").unlink(), "no organization"),
        (lambda folder: (folder / "locations.csv").unlink(), "no location"),
        (lambda folder: (folder / "phones.csv").write_bytes(b"\xff\xfe"), "UTF-8"),
        (
            lambda folder: (folder / "phones.csv").write_text("id,service_id,number\n1,nobody,112\n"),
            "no service nobody",
        ),
        (lambda folder: (folder / "services.csv").write_text('id,name\n1,"=HYPERLINK(1)"\n'), "formula"),
        (lambda folder: (folder / "services.csv").write_text("id,name\n1,a,b\n"), "more cells"),
        (lambda folder: (folder / "services.csv").unlink(), "no services.csv"),
        (lambda folder: (folder / "datapackage.json").write_text("{"), "no JSON"),
    ],
)
def test_half_a_package(exported: Path, tmp_path: Path, change: Any, problem: str) -> None:
    shutil.copytree(exported / "tabular", tmp_path / "tabular")
    change(tmp_path / "tabular")
    with pytest.raises(InvalidPackage) as error:
        read_hsds(tmp_path / "tabular")
    assert any(problem in text for text in error.value.problems)


def test_every_wrong_record_is_told(tmp_path: Path) -> None:
    records = [service_record("latina", n, entry(key)) for n, key in enumerate("ab")]
    records[0]["x_lgnet"]["opening_hours"] = "lun 9-13"
    records[1]["phones"] = [{"id": "1", "number": "12"}]
    file = tmp_path / "bad.json"
    file.write_text(json.dumps(records))
    with pytest.raises(InvalidPackage) as error:
        read_hsds(file)
    assert [text.split(":")[0] for text in error.value.problems] == ["latina/a", "latina/b"]
