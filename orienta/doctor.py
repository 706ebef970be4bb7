"""`orienta doctor`: is everything there that a start needs?"""

from __future__ import annotations

import shutil
import socket
from collections.abc import Iterator

import httpx

from actions.languages import WRITTEN_LANGUAGES
from bot.nlu.safety_gate import KINDS, SafetyRuleError, load_rules
from bot.spoken import VOICES
from bot.translations import LOCALES, BrokenCatalogue, check_catalogues, written_languages
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
    yield _locales()
    yield _voice()
    yield _telegram(settings)
    for name, port in (
        ("assistant", settings.port),
        ("actions", settings.actions_port),
        ("console", settings.console_port),
    ):
        yield _port(settings, name, port)


def _database(settings: Settings) -> Iterator[Check]:
    kind = settings.database_url.partition(":")[0]
    try:
        engine = make_engine(settings.database_url)
        if not is_current(engine):
            yield "database", False, f"{kind}: not migrated; `orienta run` does it"
            return
        yield "database", True, f"{kind}, newest schema"
        entries = counts(make_session_factory(engine))
    except SQLAlchemyError as error:
        yield "database", False, f"{kind}: {type(error).__name__}; check ORIENTA_DATABASE_URL and that the server runs"
        return
    except OSError as error:
        yield "database", False, f"{kind}: {error}; check ORIENTA_DATABASE_URL and ORIENTA_DATA_DIR"
        return
    good = bool(entries)
    yield (
        "catalogue",
        good,
        f"{sum(entries.values())} entries, {len(entries)} cities" if good else "empty; `orienta run` loads it",
    )


def _locales() -> Check:
    missing = sorted(set(WRITTEN_LANGUAGES) - set(written_languages()))
    if missing:
        return "locales", False, f"no catalogue for {' '.join(missing)} in {LOCALES}; run: make locales"
    try:
        check_catalogues()
    except BrokenCatalogue as error:
        return "locales", False, str(error)
    return "locales", True, " ".join(written_languages())


def _voice() -> Check:
    packages = {"espeak-ng": "espeak-ng", "opusenc": "opus-tools"}
    missing = [package for program, package in packages.items() if shutil.which(program) is None]
    if missing:
        return "voice", True, f"off: answers are not read aloud (Debian: apt install {' '.join(missing)})"
    return "voice", True, f"{len(VOICES)} languages"


def _telegram(settings: Settings) -> Check:
    if not settings.telegram_token:
        return "telegram", True, "off (TELEGRAM_TOKEN is not set)"
    try:
        answer = httpx.get(f"{settings.telegram_api_url}/bot{settings.telegram_token}/getMe", timeout=10)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return "telegram", False, f"{settings.telegram_api_url} cannot be reached: {type(error).__name__}"
    if answer.status_code in (401, 404):
        return "telegram", False, "the token was refused; copy it again from @BotFather into TELEGRAM_TOKEN"
    try:
        return "telegram", True, f"{settings.telegram_mode}, @{answer.json()['result']['username']}"
    except (ValueError, KeyError, TypeError):
        return "telegram", False, f"{settings.telegram_api_url} answers {answer.status_code}, not as the Bot API does"


def _port(settings: Settings, name: str, port: int) -> Check:
    try:
        socket.create_connection((settings.host, port), timeout=1).close()
    except socket.gaierror:
        return f"port {port}", False, f"{settings.host} is no address of this computer; check ORIENTA_HOST"
    except OSError:
        return f"port {port}", True, f"free for {name}"
    try:
        path = {"assistant": "/status", "actions": "/health", "console": "/health"}[name]
        if httpx.get(f"http://{settings.host}:{port}{path}", timeout=3).status_code == 200:
            return f"port {port}", True, f"{name} answers"
    except httpx.HTTPError:
        pass
    return f"port {port}", False, f"taken by another program; set another one for {name} or stop that program"
