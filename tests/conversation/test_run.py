"""`orienta run` as a person starts it, and the terminal chat."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from tests.conftest import free_port
from tests.conversation.stack import ROOT

SECONDS = 120


def environment(tmp_path: Path) -> dict[str, str]:
    settings = {"ORIENTA_DATA_DIR": str(tmp_path), "TELEGRAM_TOKEN": "", "COLUMNS": "200"}
    return {**os.environ, **settings, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}


def alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and only waits to be reaped does not."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat[stat.rindex(")") + 2] != "Z"


def ports() -> dict[str, int]:
    return {"--port": free_port(), "--actions-port": free_port(), "--console-port": free_port()}


def test_run_starts_everything_says_where_and_leaves_nothing_behind(tmp_path: Path) -> None:
    chosen = ports()
    options = [str(part) for pair in chosen.items() for part in pair]
    log = tmp_path / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "orienta", "run", *options],
            cwd=ROOT, env=environment(tmp_path), stdout=output, stderr=subprocess.STDOUT,
        )  # fmt: skip
        children = []
        try:
            wait_for("Orienta is running.", log, process)
            assert httpx.get(f"http://127.0.0.1:{chosen['--console-port']}/chat").status_code == 200
            children = [int(line) for line in child_pids(process.pid)]
            assert len(children) >= 4
        finally:
            process.send_signal(signal.SIGINT)
            code = process.wait(timeout=60)
    text = log.read_text()
    assert code == 0, text[-2000:]
    for said in (
        "Database",
        "Catalogue of the 16 cities",
        "/chat",
        "orienta user add",
        "@BotFather",
        "TELEGRAM_TOKEN=",
    ):
        assert said in text
    assert [pid for pid in children if alive(pid)] == []


def child_pids(pid: int) -> list[str]:
    """All descendants, from /proc."""
    found: list[str] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            found += [child, *child_pids(int(child))]
    return found


def wait_for(text: str, log: Path, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + SECONDS
    while text not in log.read_text():
        assert process.poll() is None and time.monotonic() < deadline, log.read_text()[-3000:]
        time.sleep(0.2)


def test_terminal_chat_reads_lines_and_ends_with_them(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "orienta", "chat", "--lang", "it", "--city", "latina"],
        cwd=ROOT, env={**environment(tmp_path), "ORIENTA_PORT": str(free_port())}, text=True, timeout=SECONDS,
        input="dove posso lavarmi\n\nho fame\n", capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    assert "Corso Matteotti 134" in done.stdout
    assert "Doccia – Latina" in done.stdout
    assert "Menu" in done.stdout


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (["chat", "--lang", "xx"], "xx"),
        (["chat", "--city", "atlantis"], "atlantis"),
        (["run", "--only", "x"], "--only x"),
    ],
)
def test_bad_options_are_named(options: list[str], named: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "orienta", *options], cwd=ROOT, env=environment(tmp_path), text=True, capture_output=True,
        timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert named in done.stderr and "one of" in done.stderr


def test_a_bad_setting_stops_the_start_with_its_name_and_the_remedy(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "orienta", "run"], cwd=ROOT, text=True, capture_output=True, timeout=60, check=False,
        env={**environment(tmp_path), "ORIENTA_DATABASE_URL": "mysql://x", "TELEGRAM_TOKEN": "nonsense"},
    )  # fmt: skip
    assert done.returncode == 1
    assert "ORIENTA_DATABASE_URL must be" in done.stderr
    assert "TELEGRAM_TOKEN is no bot token" in done.stderr
