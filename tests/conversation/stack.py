"""All of Orienta as its own processes, as `make run` starts them, against the Bot API emulator."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from console.accounts import add_account
from orienta.run import prepare, wait_until_ready
from storage.clock import utc_now
from storage.database import make_engine, make_session_factory
from storage.settings import Settings
from tests.conftest import free_port
from tests.telegram_emulator import TOKEN, Emulator

ROOT = Path(__file__).resolve().parents[2]
ALL = ("assistant", "actions", "console", "outbox")
STAFF, PASSWORD = "anna", "correct horse battery staple"


class Stack:
    """Running processes. `settings`: theirs; `sessions`: the same database."""

    def __init__(self, emulator: Emulator, data_dir: Path, database_url: str = "", **settings: Any) -> None:
        self.emulator = emulator
        self.settings = Settings(
            data_dir=data_dir,
            database_url=database_url,
            telegram_api_url=emulator.url,
            telegram_token=TOKEN,
            port=free_port(),
            actions_port=free_port(),
            console_port=free_port(),
            **settings,
        )
        self.log = data_dir / "processes.log"
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        data_dir.mkdir(parents=True, exist_ok=True)
        self.sessions = make_session_factory(make_engine(self.settings.database_url))

    def environment(self) -> dict[str, str]:
        settings = self.settings.dict(exclude_none=True)
        names = {"telegram_token": "TELEGRAM_TOKEN"}
        ours = {names.get(name, f"ORIENTA_{name.upper()}"): str(value) for name, value in settings.items()}
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        return {**os.environ, **ours, "PATH": path, "PYTHONWARNINGS": "ignore"}

    def start(self, *names: str) -> None:
        with self.log.open("ab") as log:
            for name in names or ALL:
                self._processes[name] = subprocess.Popen(
                    [sys.executable, "-m", "orienta", "run", "--only", name],
                    cwd=ROOT, env=self.environment(), stdout=log, stderr=subprocess.STDOUT,
                )  # fmt: skip
        if not names:
            self.wait()

    def wait(self, only_assistant: bool = False) -> None:
        """Until everything answers; what has ended by itself is told with the log's end."""
        for _ in range(60):
            if wait_until_ready(self.settings, 2, only_assistant):
                return
            ended = [name for name, process in self._processes.items() if process.poll() is not None]
            assert not ended, f"{ended} ended:\n{self.log.read_text()[-4000:]}"
        raise AssertionError(self.log.read_text()[-4000:])

    def stop(self, *names: str) -> None:
        stopping = [self._processes.pop(name) for name in names or list(self._processes)]
        for process in stopping:
            process.send_signal(signal.SIGTERM)
        for process in stopping:
            process.wait(timeout=30)

    def parse(self, text: str) -> dict[str, Any]:
        answer = httpx.post(f"{self.settings.assistant_url}/model/parse", json={"text": text}, timeout=30)
        return dict(answer.raise_for_status().json())

    def staff(self) -> httpx.Client:
        """Somebody of Latina's one-stop shop, logged in."""
        client = httpx.Client(base_url=self.settings.console_url, follow_redirects=True, timeout=30)
        page = client.post("/login", data={"name": STAFF, "password": PASSWORD})
        assert page.status_code == 200, page.text
        return client


@contextmanager
def running_stack(emulator: Emulator, data_dir: Path, database_url: str = "", **settings: Any) -> Iterator[Stack]:
    """Prepared as `make run` does it (database, catalogue, agenda, model), started, and stopped at the end."""
    stack = Stack(emulator, data_dir, database_url, **settings)
    prepare(stack.settings)
    add_account(stack.sessions, utc_now, name=STAFF, password=PASSWORD, role="staff", cities=["latina"])
    emulator.behind_tls = stack.settings.assistant_url
    try:
        stack.start()
        yield stack
    finally:
        stack.stop()


def desk_code(text: str) -> str:
    """The code in a message about an appointment."""
    found = re.search(r"\b[a-z]+-[a-z]+-\d\d\b", text)
    assert found, text
    return found.group()


def appointment_id(page: str, code: str) -> str:
    """The id in the page's form that confirms the appointment with this code."""
    row = next(part for part in page.split("<tr") if code in part)
    found = re.search(r"/appointments/([0-9a-f-]{36})/confirmed", row)
    assert found, row
    return found.group(1)
