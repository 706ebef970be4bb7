"""Every setting of Orienta, from environment variables and a `.env` file; a bad one stops the boot and names the remedy."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Literal, Optional

from pydantic import BaseSettings, Field, ValidationError, validator
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError


class SettingsError(Exception):
    """A setting is missing or wrong. `str()` names each one and says what to do."""


class Settings(BaseSettings):
    """Values as the processes use them. Paths are relative to the working directory unless absolute."""

    data_dir: Path = Field(Path("var"), description="Where the embedded default keeps all its state.")
    database_url: str = Field(
        "", description="SQLAlchemy URL, `sqlite:///…` or `postgresql://…`; empty: `orienta.db` in the data directory."
    )
    redis_url: Optional[str] = Field(None, description="Must be empty: several assistants at once are not built yet.")
    secret_key: str = Field(
        "",
        description="At least 32 characters: people's keys, signatures and encrypted addresses derive from it; several,"
        " separated by commas, to rotate (the first one writes). Empty: made once, kept in the data directory.",
    )
    host: str = Field("127.0.0.1", description="Address that assistant, action server and console bind to.")
    port: int = Field(5005, ge=1, le=65535, description="The assistant's port (Rasa's HTTP API).")
    actions_port: int = Field(5055, ge=1, le=65535, description="The action server's port.")
    console_port: int = Field(8000, ge=1, le=65535, description="The port of console and web chat.")
    secure_cookies: bool = Field(False, description="Set to true when the console is served over HTTPS.")
    telegram_token: Optional[str] = Field(
        None, env="TELEGRAM_TOKEN", description="The bot's token from @BotFather; empty: no Telegram."
    )
    telegram_api_url: str = Field("https://api.telegram.org", description="The Bot API's root.")
    telegram_mode: Literal["polling", "webhook"] = Field("polling", description="How updates arrive.")
    webhook_url: Optional[str] = Field(None, description="Public https address of this assistant, for webhooks.")
    conversation_days: int = Field(30, ge=1, le=365, description="Days that a conversation's state is kept unused.")

    person_days: int = Field(
        365, ge=30, le=3650, description="Days without a message after which a person and their past appointments go."
    )

    class Config:
        env_prefix = "ORIENTA_"
        env_file = ".env"
        env_file_encoding = "utf-8"
        extra = "ignore"

    @validator("telegram_token", "redis_url", "webhook_url", pre=True)
    def _empty_is_none(cls, value: Any) -> Any:
        return value or None

    @validator("redis_url")
    def _no_redis(cls, value: Optional[str]) -> Optional[str]:
        if value:
            raise ValueError("is not supported yet; leave it empty and run one assistant")
        return value

    @validator("telegram_token")
    def _token_shape(cls, value: Optional[str]) -> Optional[str]:
        if value and not re.fullmatch(r"\d+:[\w-]{10,}", value):
            raise ValueError("is no bot token; copy the whole line that @BotFather gave, like 123456:ABC…")
        return value

    @validator("telegram_api_url")
    def _api_root(cls, value: str) -> str:
        if not re.match(r"https?://[^/]", value):
            raise ValueError("is no address; write https://api.telegram.org or the root of your own Bot API server")
        return value.rstrip("/")

    @validator("database_url")
    def _database(cls, value: str, values: dict[str, Any]) -> str:
        if not value:
            return f"sqlite:///{Path(values.get('data_dir', 'var')) / 'orienta.db'}"
        try:
            dialect = make_url(value).get_backend_name()
        except ArgumentError:
            raise ValueError("is no database URL; write sqlite:///path or postgresql://user@host/name") from None
        if dialect not in ("sqlite", "postgresql"):
            raise ValueError("must be sqlite:///path or postgresql://user@host/name")
        return value

    @validator("secret_key")
    def _key_length(cls, value: str) -> str:
        if value and any(len(key.strip()) < 32 for key in value.split(",")):
            raise ValueError("must have at least 32 characters; `openssl rand -hex 32` makes one")
        return value

    @validator("webhook_url", always=True)
    def _webhook_needs_address(cls, value: Optional[str], values: dict[str, Any]) -> Optional[str]:
        if values.get("telegram_mode") == "webhook" and not (value or "").startswith("https://"):
            raise ValueError("must be the assistant's public https:// address when ORIENTA_TELEGRAM_MODE is webhook")
        return value.rstrip("/") if value else None

    @property
    def assistant_url(self) -> str:
        return f"http://{self.host}:{self.port}"

    @property
    def actions_url(self) -> str:
        return f"http://{self.host}:{self.actions_port}"

    @property
    def console_url(self) -> str:
        return f"http://{self.host}:{self.console_port}"

    def calendar_address(self, token: str) -> str:
        """Where a calendar feed is read, from its secret."""
        return f"{self.console_url}/calendar/{token}.ics"


def variable_name(field: str) -> str:
    """The environment variable that sets a field of `Settings`."""
    return "TELEGRAM_TOKEN" if field == "telegram_token" else f"ORIENTA_{field.upper()}"


def load_settings(**overrides: Any) -> Settings:
    """Read the environment and `.env`.

    Raises:
        SettingsError: lists every bad variable with its name and the remedy.
    """
    try:
        return Settings(**overrides)
    except ValidationError as error:
        lines = [f"{variable_name(str(item['loc'][0]))} {item['msg']}" for item in error.errors()]
        raise SettingsError("\n".join(lines)) from error
