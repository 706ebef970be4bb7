"""Settings: what is right is taken, what is wrong stops the boot with its variable and the remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from storage.settings import Settings, SettingsError, load_settings, variable_name
from tests.storage.conftest import Environment

TOKEN = "123456:ABC-token-of-a-bot-0123456789"


def test_without_any_setting_everything_has_a_default(environment: Environment, tmp_path: Path) -> None:
    settings = load_settings()
    assert settings.database_url == f"sqlite:///{tmp_path / 'var' / 'orienta.db'}"
    assert (settings.port, settings.actions_port, settings.console_port) == (5005, 5055, 8000)
    assert settings.host == "127.0.0.1", "Rasa's API and the web chat must not be open to all (RASA.md, T25)"
    assert settings.telegram_token is None and settings.telegram_mode == "polling"
    assert settings.console_url == "http://127.0.0.1:8000"


@pytest.mark.parametrize(
    ("variables", "told"),
    [
        ({"ORIENTA_PORT": "rasa"}, ["ORIENTA_PORT", "integer"]),
        ({"ORIENTA_PORT": "0"}, ["ORIENTA_PORT", "greater than or equal to 1"]),
        ({"ORIENTA_ACTIONS_PORT": "65536"}, ["ORIENTA_ACTIONS_PORT", "less than or equal to 65535"]),
        ({"ORIENTA_CONSOLE_PORT": ""}, ["ORIENTA_CONSOLE_PORT", "integer"]),
        ({"ORIENTA_SECURE_COOKIES": "maybe"}, ["ORIENTA_SECURE_COOKIES", "boolean"]),
        ({"ORIENTA_CONVERSATION_DAYS": "0"}, ["ORIENTA_CONVERSATION_DAYS", "greater than or equal to 1"]),
        ({"ORIENTA_CONVERSATION_DAYS": "366"}, ["ORIENTA_CONVERSATION_DAYS", "less than or equal to 365"]),
        ({"ORIENTA_DATABASE_URL": "var/orienta.db"}, ["ORIENTA_DATABASE_URL", "sqlite:///", "postgresql://"]),
        ({"ORIENTA_DATABASE_URL": "mysql://root@localhost/x"}, ["ORIENTA_DATABASE_URL", "sqlite:///", "postgresql://"]),
        ({"ORIENTA_REDIS_URL": "redis://localhost"}, ["ORIENTA_REDIS_URL", "leave it empty"]),
        ({"ORIENTA_SECRET_KEY": "short"}, ["ORIENTA_SECRET_KEY", "32", "openssl rand -hex 32"]),
        ({"ORIENTA_SECRET_KEY": "a" * 32 + ","}, ["ORIENTA_SECRET_KEY", "openssl rand -hex 32"]),
        ({"ORIENTA_SECRET_KEY": "a" * 32 + ", short"}, ["ORIENTA_SECRET_KEY", "openssl rand -hex 32"]),
        ({"TELEGRAM_TOKEN": "ABC"}, ["TELEGRAM_TOKEN", "@BotFather"]),
        ({"TELEGRAM_TOKEN": f"bot{TOKEN}"}, ["TELEGRAM_TOKEN", "@BotFather"]),
        ({"TELEGRAM_TOKEN": f"{TOKEN} "}, ["TELEGRAM_TOKEN", "@BotFather"]),
        ({"ORIENTA_TELEGRAM_API_URL": "api.telegram.org"}, ["ORIENTA_TELEGRAM_API_URL", "https://api.telegram.org"]),
        ({"ORIENTA_TELEGRAM_API_URL": "https://"}, ["ORIENTA_TELEGRAM_API_URL", "https://api.telegram.org"]),
        ({"ORIENTA_TELEGRAM_MODE": "push"}, ["ORIENTA_TELEGRAM_MODE", "polling", "webhook"]),
        ({"ORIENTA_TELEGRAM_MODE": "webhook"}, ["ORIENTA_WEBHOOK_URL", "https://"]),
        (
            {"ORIENTA_TELEGRAM_MODE": "webhook", "ORIENTA_WEBHOOK_URL": "http://orienta.example"},
            ["ORIENTA_WEBHOOK_URL", "https://"],
        ),
    ],
)
def test_a_bad_value_names_its_variable_and_the_remedy(
    environment: Environment, variables: dict[str, str], told: list[str]
) -> None:
    environment(**variables)
    with pytest.raises(SettingsError) as error:
        load_settings()
    (line,) = str(error.value).splitlines()
    assert line.startswith(f"{told[0]} ")
    for words in told[1:]:
        assert words in line
    assert "short" not in line and "ABC-token" not in line, "a secret is not to be repeated"


def test_all_that_is_wrong_is_told_at_once(environment: Environment) -> None:
    environment(ORIENTA_PORT="x", TELEGRAM_TOKEN="y", ORIENTA_SECRET_KEY="z")
    with pytest.raises(SettingsError) as error:
        load_settings()
    assert {line.split()[0] for line in str(error.value).splitlines()} == {
        "ORIENTA_PORT", "TELEGRAM_TOKEN", "ORIENTA_SECRET_KEY"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("field", "value", "taken"),
    [
        ("telegram_token", TOKEN, TOKEN),
        ("telegram_token", "", None),
        ("redis_url", "", None),
        ("webhook_url", "", None),
        ("webhook_url", "https://orienta.example/", "https://orienta.example"),
        ("telegram_api_url", "http://127.0.0.1:9000/", "http://127.0.0.1:9000"),
        ("database_url", "sqlite:///x.db", "sqlite:///x.db"),
        ("database_url", "postgresql+psycopg2://u@h/n", "postgresql+psycopg2://u@h/n"),
        ("secret_key", "a" * 32 + "," + "b" * 32, "a" * 32 + "," + "b" * 32),
        ("conversation_days", "365", 365),
        ("secure_cookies", "true", True),
    ],
)
def test_what_is_right_is_taken(environment: Environment, field: str, value: str, taken: object) -> None:
    environment(**{variable_name(field): value})
    assert getattr(load_settings(), field) == taken


def test_the_file_counts_and_the_environment_counts_more(environment: Environment, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(
        f"ORIENTA_PORT=6000\nORIENTA_ACTIONS_PORT=6001\nTELEGRAM_TOKEN={TOKEN}\nUNRELATED=1\n"
    )
    environment(ORIENTA_ACTIONS_PORT="6002")
    settings = load_settings(console_port=6003)
    assert (settings.port, settings.actions_port, settings.console_port) == (6000, 6002, 6003)
    assert settings.telegram_token == TOKEN


def test_an_option_that_is_wrong_is_named_too(environment: Environment) -> None:
    with pytest.raises(SettingsError, match="ORIENTA_PORT"):
        load_settings(port=70_000)


def test_every_setting_says_what_it_is_for() -> None:
    for name, field in Settings.__fields__.items():
        assert field.field_info.description, name
