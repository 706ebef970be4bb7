"""Processes on 127.0.0.1 with settings of their own; whatever was started is ended."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Optional

import httpx
import psutil

from orienta.model import ROOT

START_SECONDS = 300
TRAIN_SECONDS = 3 * 3600


class ProcessFailed(Exception):
    """A process ended or did not answer; carries the end of its log."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(folder: Path, **more: str) -> dict[str, str]:
    """Ours without the settings of whoever calls; `folder` holds Rasa's cache."""
    kept = {key: value for key, value in os.environ.items()
            if not key.startswith(("ORIENTA_", "TELEGRAM_", "RASA_", "SANIC_"))}  # fmt: skip
    own = {"PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore", "TQDM_DISABLE": "1", "RASA_TELEMETRY_ENABLED": "false",
           "RASA_CACHE_DIRECTORY": str(folder / "cache"), "SANIC_HOST": "127.0.0.1"}  # fmt: skip
    return {**kept, **own, **more}


def train(folder: Path, domain: Path, config: Path, *files: Path) -> dict[str, Any]:
    """Train into `folder`: model's path and MB, seconds of the whole command and of rasa.train alone.

    Raises:
        ProcessFailed: there is no model.
    """
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "bench.child", "train", *map(str, (domain, config, folder, *files))]
    started = time.perf_counter()
    done = subprocess.run(command, cwd=folder, env=environment(folder), stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=TRAIN_SECONDS)  # fmt: skip
    seconds = time.perf_counter() - started
    if done.returncode:
        raise ProcessFailed(done.stdout[-4000:])
    result = json.loads(next(line for line in reversed(done.stdout.splitlines()) if line.startswith("{")))
    return {"model": result["model"], "size_mb": Path(result["model"]).stat().st_size / 1e6,
            "seconds": seconds, "rasa_train_seconds": result["seconds"]}  # fmt: skip


@dataclass
class Server:
    """A process that answers on a port. `ready`: path that answers 200 once it is ready."""

    command: list[str]
    port: int
    ready: str
    folder: Path
    variables: dict[str, str] = field(default_factory=dict)
    process: Optional[subprocess.Popen[bytes]] = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self, stack: ExitStack) -> float:
        """Seconds until it answers; `stack` ends it.

        Raises:
            ProcessFailed: it ended, or did not answer in time.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        log = self.folder / f"{self.port}.log"
        started = time.perf_counter()
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                self.command, cwd=self.folder, env=environment(self.folder, **self.variables),
                stdout=output, stderr=subprocess.STDOUT,
            )  # fmt: skip
        stack.callback(self.stop)
        while time.perf_counter() - started < START_SECONDS and self.process.poll() is None:
            with suppress(httpx.HTTPError):
                if httpx.get(self.url + self.ready, timeout=2).status_code == 200:
                    return time.perf_counter() - started
            time.sleep(0.1)
        raise ProcessFailed(f"{self.command}\n{log.read_text(errors='replace')[-4000:]}")

    def stop(self) -> None:
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def memory_mb(self) -> float:
        """Resident memory of the process and its children."""
        assert self.process is not None
        parent = psutil.Process(self.process.pid)
        return float(sum(one.memory_info().rss for one in (parent, *parent.children(recursive=True))) / 1e6)
