"""The sheets of the twelve procedures and their translations: right, complete, and always written in the same way."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
from ruamel.yaml import YAML

from services_catalog.lint import InvalidSheets
from services_catalog.procedures.lint import TRANSLATED, lint_procedures, problems, read_procedures
from services_catalog.procedures.schema import JSON_SCHEMA, json_schema, source_hash, statement_names
from services_catalog.procedures.sheets import PACKAGED, dump_procedure, procedure_files
from services_catalog.procedures.translations import bring_up_to_date, read_translations
from services_catalog.vocabulary import TOPICS
from tests.services_catalog.procedures.factories import procedure


def test_every_topic_has_its_sheet_and_every_language_every_text() -> None:
    assert lint_procedures(PACKAGED) == []
    procedures, translations = read_procedures(PACKAGED)
    assert [one.topic for one in procedures] == sorted(TOPICS)
    assert {one.language for one in translations} == set(TRANSLATED)
    number = sum(len(one.statements) for one in procedures)
    assert all(len(one.texts) == len(one.made_from) == number for one in translations), "run: make locales"


def test_the_json_schema_is_up_to_date() -> None:
    assert JSON_SCHEMA.read_text(encoding="utf-8") == json_schema(), "run: python -m services_catalog.procedures.schema"
    validator = jsonschema.Draft7Validator(json.loads(json_schema()))
    for file in procedure_files(PACKAGED):
        data = YAML(typ="base").load(file.read_text(encoding="utf-8"))
        data["lifetime_days"] = int(data["lifetime_days"])
        for source in data["sources"]:
            source["official"] = source["official"] == "true"
        for statement in data["statements"]:
            statement.pop("check", None)
        assert list(validator.iter_errors(data)) == []


def test_equal_procedures_give_equal_bytes() -> None:
    for file, one in zip(procedure_files(PACKAGED), read_procedures(PACKAGED)[0], strict=True):
        assert dump_procedure(one) == file.read_text(encoding="utf-8")


def folder(tmp_path: Path, text: str | None = None, name: str = "residence_permit.yml") -> Path:
    (tmp_path / name).write_text(dump_procedure(procedure()) if text is None else text, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("before", "after", "code", "line", "words"),
    [
        ("topic: residence_permit", "topic: [", "YAML", 9, "not readable"),
        ("topic: residence_permit", "topic: residence_permt", "SCHEMA", 7, "nearest: residence_permit"),
        (
            "topic: residence_permit",
            "topic: asylum",
            "TOPIC",
            7,
            "the sheet of asylum in a file named residence_permit",
        ),
        ("  - key: who\n", "  - key: whom\n", "SCHEMA", 18, "bring.2"),
        ("  - key: who\n", "  - key: what\n", "SCHEMA", 1, "who: needs either a statement or a place in not_stated"),
        ("  - key: bring.2\n", "  - key: bring.3\n", "KEY", 28, "bring.1, bring.2, … in this order"),
        ("text: Tutti.", "txt: Tutti.", "SCHEMA", 19, "Nearest: text."),
        ("text: Tutti.", "text:", "SCHEMA", 19, "who.text"),
        ("sources: [questura, giornale]", "sources: [questra]", "SOURCE", 30, "Nearest: questura"),
        ("sources: [questura, giornale]", "sources: []", "SOURCE", 30, "at least one"),
        ("    check: true", "    check: maybe", "SCHEMA", 41, "cost.check"),
        ("url: https://giornale.example.it/kit", "url: giornale", "SOURCE", 76, "https://"),
        ("date: 2024-06", "date: giugno 2024", "SOURCE", 72, "2024-12"),
        ("helpers: [legal_support]", "helpers: [lawyer]", "SCHEMA", 9, "no service"),
        ("verified_on:\n", "verified_on: 2026-11-25\n", "SCHEMA", 13, "stand together"),
    ],
)
def test_an_error_has_a_line_and_a_remedy(
    tmp_path: Path, before: str, after: str, code: str, line: int, words: str
) -> None:
    good = dump_procedure(procedure())
    assert before in good
    findings = lint_procedures(folder(tmp_path, good.replace(before, after, 1)))
    assert {(one.code, one.line) for one in findings if words in str(one)} == {(code, line)}
    assert all(one.remedy for one in findings)
    with pytest.raises(InvalidSheets):
        read_procedures(tmp_path)


def test_a_file_that_is_named_after_nothing(tmp_path: Path) -> None:
    folder(tmp_path, name="residence_permt.yml")
    (tmp_path / "translations").mkdir()
    (tmp_path / "translations" / "xx.yml").write_text("", encoding="utf-8")
    assert [one.code for one in lint_procedures(tmp_path)] == ["TOPIC"]
    (tmp_path / "residence_permt.yml").unlink()
    folder(tmp_path)
    assert [one.code for one in lint_procedures(tmp_path)] == ["LANGUAGE"]
    assert [one.code for one in lint_procedures(tmp_path / "nowhere")] == ["TOPIC"]


@pytest.mark.parametrize(
    ("language", "text", "code"),
    [
        ("en", "Bring 4 passport photos.", None),
        ("en", "Bring four passport photos.", "FIGURES"),
        ("en", "Bring 5 passport photos.", "FIGURES"),
        ("en", "Bring **4** passport photos.", "TEXT"),
        ("en", "Bring 4  photos.", "TEXT"),
        ("en", "", "TEXT"),
        ("en", "Принесите 4 фото.", "SCRIPT"),
        ("sq", "Porta 4 fototessere.", "SCRIPT"),
        ("ru", "Принесите 4 фотографии (fototessere).", None),
        ("ru", "Принесите в Questura 4 photo.", "SCRIPT"),
        ("ar", "أحضر ٤ صور.", "FIGURES"),
        ("ar", "أحضر 4 صور.", None),
        ("zh", "带 4 张照片。", None),
        ("ti", "4 ስእሊ ኣምጽኡ።", None),
        ("hi", "Bring 4.", "SCRIPT"),
    ],
)
def test_what_is_wrong_with_a_translation(language: str, text: str, code: str | None) -> None:
    found = [problem[0] for problem in problems(text, "Porta 4 fototessere.", language)]
    assert found == ([code] if code else [])


def test_amounts_are_written_as_each_language_does() -> None:
    italian = "Costa 30,46 euro con ISEE sotto 11.600."
    assert list(problems("It costs 30.46 euros with an ISEE below 11,600.", italian, "en")) == []


def test_a_translation_of_another_text_is_found_and_stands_in_nobodys_way(tmp_path: Path) -> None:
    path = folder(tmp_path) / "translations" / "en.yml"
    path.parent.mkdir()
    names = dict(statement_names(procedure()))
    lines = [f'{name}: "Text {index}"' for index, name in enumerate(names)]
    path.write_text("# English\n" + "\n".join(lines).replace("Text 3", "Bring 4 photos"), encoding="utf-8")
    assert bring_up_to_date(path, names) == 0
    assert read_translations(path).made_from["residence_permit.what"] == source_hash(names["residence_permit.what"])

    changed = dump_procedure(procedure({"key": "bring.1", "text": "Porta 5 fototessere."}))
    folder(tmp_path, changed)
    codes = {one.code for one in lint_procedures(tmp_path) if "bring.1" in one.message}
    assert codes == {"OUTDATED"}
    assert bring_up_to_date(path, {**names, "residence_permit.bring.1": "Porta 5 fototessere."}) == 1


def test_translations_that_cannot_be_read(tmp_path: Path) -> None:
    path = folder(tmp_path) / "translations" / "en.yml"
    path.parent.mkdir()
    for text, line in (("a: b\na: c\n", 2), ("- a\n", 1), ("a: b\nc: [d]\n", 2), ("a: 'b\n", 2)):
        path.write_text(text, encoding="utf-8")
        finding = next(one for one in lint_procedures(tmp_path) if one.code == "YAML")
        assert (finding.line, finding.file) == (line, path), text
    path.write_bytes(b"a: b\nc: \xff\n")
    assert [one.line for one in lint_procedures(tmp_path)] == [2]
