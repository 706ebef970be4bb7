"""`orienta doctor`: is everything there that a start needs?"""

from __future__ import annotations

import socket
from collections.abc import Iterator

import httpx

from bot.nlu.safety_gate import KINDS, SafetyRuleError, load_rules
from bot.translations import written_languages
from orienta.model import current_model
from services_catalog.search import counts
from storage.database import SQLAlchemyError, make_engine, make_session_factory
from storage.migrate import is_current
from storage.settings import Settings, SettingsError, load_settings

Check = tuple[str, bool, str]
"""Name, whether it is good, and what was found or what to do."""


def checks() -> Iterator[Check]:
    """One check after the other; those that need a part that is missing are not made."""
    try:
        settings = load_settings()
    except SettingsError as error:
        yield "settings", False, str(error).replace("\n", "; ")
        return
    yield "settings", True, f"data in {settings.data_dir}"
    yield from _database(settings)
    model = current_model()
    yield "model", model is not None, model.name if model else "not trained for what is on the disk; run: orienta train"
    try:
        yield "safety rules", True, f"{len(load_rules())} rules, {len(KINDS)} kinds"
    except (SafetyRuleError, OSError) as error:
        yield "safety rules", False, str(error)
    yield "locales", True, " ".join(written_languages())
    yield _telegram(settings)
    for name, port in (
        ("assistant", settings.port),
        ("actions", settings.actions_port),
        ("console", settings.console_port),
    ):
        yield _port(settings, name, port)


def _database(settings: Settings) -> Iterator[Check]:
    engine = make_engine(settings.database_url)
    kind = engine.dialect.name
    try:
        if not is_current(engine):
            yield "database", False, f"{kind}: not migrated; `orienta run` does it"
            return
        yield "database", True, f"{kind}, newest schema"
        entries = counts(make_session_factory(engine))
    except SQLAlchemyError as error:
        yield "database", False, f"{kind}: {type(error).__name__}; check ORIENTA_DATABASE_URL and that the server runs"
        return
    good = bool(entries)
    yield (
        "catalogue",
        good,
        f"{sum(entries.values())} entries, {len(entries)} cities" if good else "empty; `orienta run` loads it",
    )


def _telegram(settings: Settings) -> Check:
    if not settings.telegram_token:
        return "telegram", True, "off (TELEGRAM_TOKEN is not set)"
    try:
        answer = httpx.get(f"{settings.telegram_api_url}/bot{settings.telegram_token}/getMe", timeout=10)
    except httpx.HTTPError as error:
        return "telegram", False, f"{settings.telegram_api_url} cannot be reached: {type(error).__name__}"
    if answer.status_code == 200:
        return "telegram", True, f"{settings.telegram_mode}, @{answer.json()['result'].get('username')}"
    return "telegram", False, "the token was refused; copy it again from @BotFather into TELEGRAM_TOKEN"


def _port(settings: Settings, name: str, port: int) -> Check:
    with socket.socket() as probe:
        probe.settimeout(1)
        if probe.connect_ex((settings.host, port)) != 0:
            return f"port {port}", True, f"free for {name}"
    try:
        path = {"assistant": "/status", "actions": "/health", "console": "/health"}[name]
        if httpx.get(f"http://{settings.host}:{port}{path}", timeout=3).status_code == 200:
            return f"port {port}", True, f"{name} answers"
    except httpx.HTTPError:
        pass
    return f"port {port}", False, f"taken by another program; set another one for {name} or stop that program"
