"""`orienta run`: prepare what is missing, start the four processes of the Procfile, watch over them, stop them all."""

from __future__ import annotations

import ctypes
import os
import shlex
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, Optional

import httpx
import yaml
from honcho.environ import parse_procfile
from honcho.manager import Manager
from rich.console import Console

from appointments.shops import load_shops
from bot.translations import check_catalogues
from orienta.catalog import load_catalogue
from orienta.logs import set_up_logs
from orienta.model import ROOT, current_model
from orienta.procedures import load_packaged_procedures
from storage.database import make_engine, make_session_factory
from storage.migrate import migrate
from storage.settings import Settings

console = Console(stderr=True, highlight=False)

START_SECONDS = 180


def prepare(settings: Settings) -> None:
    """Database, catalogue and model, each only as far as it is missing or out of date."""
    with _step("Translations"):
        check_catalogues()
    with _step("Database"):
        migrate(make_engine(settings.database_url))
    with _step("Catalogue of the 16 cities"):
        load_catalogue(settings)
    with _step("Procedures"):
        load_packaged_procedures(settings)
    with _step("Agendas of the one-stop shops"):
        load_shops(make_session_factory(make_engine(settings.database_url)))
    if current_model() is None:
        with _step("Training the model (about a minute, only when something changed)"):
            run_quietly([sys.executable, "-m", "orienta", "train"])


def run_all(settings: Settings) -> int:
    """Start everything and wait. Returns the exit code: 0 after Ctrl-C, 1 when a process ended by itself."""
    prepare(settings)
    manager = Manager()
    environment = {**os.environ, "PYTHONUNBUFFERED": "1", "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    for variable, value in (("ORIENTA_PORT", settings.port), ("ORIENTA_ACTIONS_PORT", settings.actions_port),
                            ("ORIENTA_CONSOLE_PORT", settings.console_port)):  # fmt: skip
        environment[variable] = str(value)
    for name, command in parse_procfile((ROOT / "Procfile").read_text()).processes.items():
        manager.add_process(name, command, env=environment, cwd=str(ROOT))
    threading.Thread(target=_announce, args=(settings,), daemon=True).start()
    manager.loop()
    return 0 if manager.returncode in (0, -2, 130, -15, 143) else 1


def run_one(name: str, settings: Settings) -> None:
    """One process of the Procfile, in this process."""
    set_up_logs(name)
    check_catalogues()
    {"assistant": _assistant, "actions": _actions, "console": _console, "outbox": _outbox}[name](settings)


def _assistant(settings: Settings) -> None:
    _one_heap()
    import rasa

    model = current_model()
    if model is None:
        raise SystemExit("There is no trained model for what is on the disk. Run: orienta train")
    os.environ.setdefault("SANIC_ACCESS_LOG", "false")
    rasa.run(
        model=str(model),
        endpoints=str(endpoints_file(settings)),
        credentials=str(ROOT / "credentials.yml"),
        port=settings.port,
        interface=settings.host,
        enable_api=True,
    )


def _one_heap() -> None:
    """One heap for all threads of this process: glibc keeps one for each, which cost 30 MB here. Elsewhere nothing happens."""
    M_ARENA_MAX = -8  # malloc.h
    with suppress(OSError, AttributeError):
        ctypes.CDLL("libc.so.6").mallopt(M_ARENA_MAX, 1)


def endpoints_file(settings: Settings) -> Path:
    """endpoints.yml with this run's port of the action server."""
    endpoints = yaml.safe_load((ROOT / "endpoints.yml").read_text())
    endpoints["action_endpoint"]["url"] = f"{settings.actions_url}/webhook"
    path = Path(settings.data_dir) / f"endpoints.{settings.port}.yml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(endpoints))
    return path


def _actions(settings: Settings) -> None:
    os.environ["SANIC_HOST"] = settings.host  # rasa_sdk binds every address otherwise (RASA.md, T27)
    from rasa_sdk.endpoint import run

    run("actions", port=settings.actions_port)


def _console(settings: Settings) -> None:
    import uvicorn

    from orienta.web import create_web_app

    uvicorn.run(
        create_web_app(settings),
        host=settings.host,
        port=settings.console_port,
        log_config=None,
        access_log=False,
        server_header=False,
        ws="none",  # there are no websockets, and Rasa's pin of websockets is too old for uvicorn's
        timeout_graceful_shutdown=5,
    )


def _outbox(settings: Settings) -> None:
    from orienta.worker import run_worker

    run_worker(settings)


def wait_until_ready(settings: Settings, seconds: float = START_SECONDS, only_assistant: bool = False) -> bool:
    """Whether assistant, action server and console (or the assistant alone) all answered within the time."""
    urls = [f"{settings.assistant_url}/status", f"{settings.actions_url}/health", f"{settings.console_url}/health"]
    urls = urls[:1] if only_assistant else urls
    deadline = time.monotonic() + seconds
    while urls and time.monotonic() < deadline:
        with suppress(httpx.HTTPError):
            if httpx.get(urls[0], timeout=2).status_code == 200:
                urls.pop(0)
                continue
        time.sleep(0.3)
    return not urls


def _announce(settings: Settings) -> None:
    if not wait_until_ready(settings):
        console.print(
            "[red]Not everything has started; the lines above say why. `orienta doctor` checks the rest.[/red]"
        )
        return
    lines = [
        "",
        "[bold green]Orienta is running.[/bold green]  Ctrl-C stops it.",
        f"  Web chat   {settings.console_url}/chat",
        f"  Console    {settings.console_url}/   (first account: orienta user add NAME --role staff --city latina)",
        f"  Rasa API   {settings.assistant_url}/",
    ]
    if settings.telegram_token:
        lines.append(f"  Telegram   {settings.telegram_mode}")
    else:
        lines.append("  Telegram   off. Write to @BotFather, /newbot, then: TELEGRAM_TOKEN=<the token> make run")
    console.print("\n".join(lines))


class _step:
    """A line of progress: what is being done, then how long it took."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __enter__(self) -> None:
        self._started = time.monotonic()
        self._status = console.status(f"{self._name} …")
        self._status.start()

    def __exit__(self, kind: Optional[type], *_: Any) -> None:
        self._status.stop()
        mark = "[green]✓[/green]" if kind is None else "[red]✗[/red]"
        console.print(f"{mark} {self._name} [dim]{time.monotonic() - self._started:.1f} s[/dim]")


def run_quietly(command: list[str]) -> None:
    """Run a program; its output is shown only when it fails.

    Raises:
        SystemExit: it failed; carries its last lines.
    """
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{shlex.join(command)} failed:\n{done.stdout[-4000:]}")
