"""`orienta doctor`: each check right, and wrong with the remedy."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.nlu.safety_gate import load_rules
from bot.translations import written_languages
from orienta import doctor
from orienta.cli import app
from orienta.doctor import checks
from services_catalog.importer import load_sheets
from storage.database import Engine, make_engine, make_session_factory
from storage.migrate import downgrade, migrate
from storage.settings import load_settings
from tests.conftest import FixedClock, free_port
from tests.orienta.conftest import serving
from tests.services_catalog.factories import entry, sheet
from tests.storage.conftest import Environment

TOKEN = "123456789:AAF-token_of_a_bot_0123456789abcdefg"
PORTS = ("ORIENTA_PORT", "ORIENTA_ACTIONS_PORT", "ORIENTA_CONSOLE_PORT")


@pytest.fixture(autouse=True)
def installation(environment: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One in which nothing is prepared but the model, and nothing runs. Its rules are few: reading all takes long."""
    environment(**{name: str(free_port()) for name in PORTS})
    monkeypatch.setattr(doctor, "current_model", lambda: tmp_path / "orienta-0123.tar.gz")
    write_rules(tmp_path, "emergency: {alarm: [fire, blood]}")
    monkeypatch.setattr(doctor, "load_rules", lambda: load_rules(tmp_path / "safety"))


def write_rules(folder: Path, text: str) -> None:
    (folder / "safety").mkdir(exist_ok=True)
    (folder / "safety" / "en.yml").write_text(text)


def prepare(clock: FixedClock) -> Engine:
    engine = make_engine(load_settings().database_url)
    migrate(engine)
    load_sheets(make_session_factory(engine), [sheet(entry())], clock)
    return engine


def check(name: str) -> tuple[bool, str]:
    found = [(good, message) for one, good, message in checks() if one == name]
    assert len(found) == 1, f"{len(found)} checks of {name}"
    return found[0]


# -- all of it --


def test_all_is_well(clock: FixedClock) -> None:
    prepare(clock)
    result = CliRunner().invoke(app, ["doctor"])
    assert result.exit_code == 0, result.output
    lines = result.output.splitlines()
    assert all(line.startswith("ok    ") for line in lines)
    names = ["settings", "database", "catalogue", "model", "safety rules", "locales", "voice", "telegram"]
    assert [line[6:].partition(":")[0] for line in lines][:8] == names
    assert len(lines) == 11


def test_one_thing_wrong_is_exit_code_1(clock: FixedClock, monkeypatch: pytest.MonkeyPatch) -> None:
    prepare(clock)
    monkeypatch.setattr(doctor, "current_model", lambda: None)
    result = CliRunner().invoke(app, ["doctor"])
    assert result.exit_code == 1
    assert [line for line in result.output.splitlines() if not line.startswith("ok ")] == [
        "WRONG model: not trained for what is on the disk; run: orienta train"
    ]


def test_with_bad_settings_there_is_nothing_else_to_check(environment: Environment) -> None:
    environment(ORIENTA_CONSOLE_PORT="x", TELEGRAM_TOKEN="y")
    ((name, good, message),) = checks()
    assert (name, good) == ("settings", False)
    assert "ORIENTA_CONSOLE_PORT" in message and "TELEGRAM_TOKEN" in message and "\n" not in message


# -- database and catalogue --


def test_database_and_catalogue(environment: Environment, database_url: str, clock: FixedClock) -> None:
    environment(ORIENTA_DATABASE_URL=database_url)
    kind = database_url.partition(":")[0]
    assert check("database") == (False, f"{kind}: not migrated; `orienta run` does it")
    engine = make_engine(database_url)
    migrate(engine)
    assert check("database") == (True, f"{kind}, newest schema")
    assert check("catalogue") == (False, "empty; `orienta run` loads it")
    load_sheets(make_session_factory(engine), [sheet(entry("a"), entry("b")), sheet(entry(), city="roma")], clock)
    assert check("catalogue") == (True, "3 entries, 2 cities")
    downgrade(engine, "-1")
    assert check("database")[0] is False, "a schema of an earlier release"
    engine.dispose()


def test_database_that_cannot_be_used(environment: Environment, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no database\n" * 1000)
    for url, remedy in (
        (f"postgresql://orienta@127.0.0.1:{free_port()}/x", "that the server runs"),
        ("postgresql+nothing://orienta@127.0.0.1/x", "ORIENTA_DATABASE_URL"),
        (f"sqlite:///{tmp_path / 'file'}", "ORIENTA_DATABASE_URL"),
        (f"sqlite:///{tmp_path / 'file' / 'orienta.db'}", "ORIENTA_DATA_DIR"),
    ):
        environment(ORIENTA_DATABASE_URL=url)
        found = {name: (good, message) for name, good, message in checks()}
        good, message = found["database"]
        assert not good and remedy in message, url
        assert "catalogue" not in found


# -- model, rules, locales --


def test_model() -> None:
    assert check("model") == (True, "orienta-0123.tar.gz")


def test_safety_rules(tmp_path: Path) -> None:
    assert check("safety rules") == (True, "2 rules, 3 kinds")
    write_rules(tmp_path, "fire: {alarm: [fire]}")
    good, message = check("safety rules")
    assert not good and "en.yml: fire/alarm" in message


def test_locales(monkeypatch: pytest.MonkeyPatch) -> None:
    assert check("locales") == (True, " ".join(written_languages()))
    monkeypatch.setattr(doctor, "written_languages", lambda: ["en", "it"])
    good, message = check("locales")
    missing = " ".join(language for language in written_languages() if language not in ("en", "it"))
    assert not good and f"no catalogue for {missing} in" in message and "make locales" in message


# -- Telegram --


def test_telegram_off() -> None:
    assert check("telegram") == (True, "off (TELEGRAM_TOKEN is not set)")


@pytest.mark.parametrize(
    ("status", "body", "good", "told"),
    [
        (200, json.dumps({"ok": True, "result": {"username": "OrientaBot"}}), True, "polling, @OrientaBot"),
        (401, "{}", False, "copy it again from @BotFather into TELEGRAM_TOKEN"),
        (404, "{}", False, "copy it again from @BotFather into TELEGRAM_TOKEN"),
        (502, "<html>", False, "answers 502, not as the Bot API does"),
        (200, "<html>welcome to the hotel's network", False, "answers 200, not as the Bot API does"),
        (200, "[]", False, "answers 200, not as the Bot API does"),
    ],
)
def test_telegram(environment: Environment, status: int, body: str, good: bool, told: str) -> None:
    with serving(status, body) as (port, asked):
        environment(TELEGRAM_TOKEN=TOKEN, ORIENTA_TELEGRAM_API_URL=f"http://127.0.0.1:{port}/")
        found = check("telegram")
    assert found[0] is good and told in found[1]
    assert asked == [f"/bot{TOKEN}/getMe"]
    assert TOKEN not in found[1]


@pytest.mark.parametrize("root", ["http://127.0.0.1:1", "http://127.0.0.1\x01", "https://telegram.invalid"])
def test_telegram_out_of_reach(environment: Environment, root: str) -> None:
    environment(TELEGRAM_TOKEN=TOKEN, ORIENTA_TELEGRAM_API_URL=root)
    good, message = check("telegram")
    assert not good and message.startswith(f"{root} cannot be reached: ")


# -- ports --


@pytest.mark.parametrize(
    ("variable", "name", "path"),
    [
        ("ORIENTA_PORT", "assistant", "/status"),
        ("ORIENTA_ACTIONS_PORT", "actions", "/health"),
        ("ORIENTA_CONSOLE_PORT", "console", "/health"),
    ],
)
def test_ports(environment: Environment, variable: str, name: str, path: str) -> None:
    with serving() as (port, asked):
        environment(**{variable: str(port)})
        assert check(f"port {port}") == (True, f"{name} answers")
        assert asked == [path]
    assert check(f"port {port}") == (True, f"free for {name}")
    with serving(404) as (port, _):
        environment(**{variable: str(port)})
        good, message = check(f"port {port}")
        assert not good and "taken by another program" in message and name in message


def test_a_host_that_is_none(environment: Environment) -> None:
    environment(ORIENTA_HOST="console.invalid", ORIENTA_PORT="5005")
    good, message = check("port 5005")
    assert not good and "ORIENTA_HOST" in message


def test_without_the_programs_nothing_is_read_aloud(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    good, message = check("voice")
    assert good and message.startswith("off") and "espeak-ng opus-tools" in message
    for program in ("espeak-ng", "opusenc"):
        (tmp_path / program).write_text("#!/bin/sh\n")
        (tmp_path / program).chmod(0o755)
    assert check("voice") == (True, "18 languages")
