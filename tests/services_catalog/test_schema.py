from __future__ import annotations

import json

import jsonschema
import pytest
from ruamel.yaml import YAML

from services_catalog.schema import JSON_SCHEMA, is_partial_date, is_phone, json_schema
from services_catalog.sheets import PACKAGED, sheet_files


def test_the_json_schema_is_up_to_date() -> None:
    assert JSON_SCHEMA.read_text(encoding="utf-8") == json_schema(), "run: python -m services_catalog.schema"


def test_the_packaged_sheets_match_the_json_schema() -> None:
    validator = jsonschema.Draft7Validator(json.loads(json_schema()))
    for file in sheet_files(PACKAGED):
        data = YAML(typ="base").load(file.read_text(encoding="utf-8"))
        for entry in data["entries"]:  # the base loader knows texts only
            entry.update({key: entry[key] == "true" for key in ("free", "one_stop_shop") if key in entry})
        assert list(validator.iter_errors(data)) == []


def test_the_json_schema_refuses_an_unknown_service() -> None:
    entry = {"key": "a", "name": "A", "services": ["fod"], "source_url": "https://example.org"}
    validator = jsonschema.Draft7Validator(json.loads(json_schema()))
    assert [error.json_path for error in validator.iter_errors({"city": "latina", "entries": [entry]})] == [
        "$.entries[0].services[0]"
    ]


@pytest.mark.parametrize("number", ["112", "114", "118", "1522", "19696", "116117", "116000", "020202", "800 290 290",
                                    "0773 6553204", "+39 0471 304300", "346 0070285", "+49 30 901820"])  # fmt: skip
def test_phones(number: str) -> None:
    assert is_phone(number)


@pytest.mark.parametrize(
    "number", ["", "12", "0773", "99999", "333 12", "0773 65532045678", "abc", "800 CIAO", "116 1"]
)
def test_no_phones(number: str) -> None:
    assert not is_phone(number)


def test_partial_dates() -> None:
    assert all(map(is_partial_date, ("2024", "2024-12", "2024-12-05")))
    assert not any(map(is_partial_date, ("24", "2024-13", "2024-02-30", "2024-1", "12/2024", "2024-12-05T10:00", "")))
