"""`orienta chat`: the same assistant in a terminal, by lines; buttons are numbered and a number presses one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Optional
from uuid import uuid4

import httpx

from bot.channels.commands import as_assistant_text
from bot.payloads import parse_hear, rasa_payload
from orienta.run import START_SECONDS, prepare
from storage.settings import Settings, load_settings


class AssistantUnreachable(Exception):
    """No assistant answers at the address; `orienta run` starts one."""


class Terminal:
    """One conversation with a running assistant over Rasa's REST channel.

    Args:
        url: root of the Rasa server.
        sender: the conversation's id; a new one each time unless given.
    """

    def __init__(self, url: str, sender: Optional[str] = None) -> None:
        self._url = url
        self.sender = sender or f"cli-{uuid4().hex}"
        self.buttons: list[dict[str, Any]] = []

    def send(self, text: str) -> list[dict[str, Any]]:
        """The assistant's messages in answer to a text or payload; remembers their buttons.

        Raises:
            AssistantUnreachable: the server does not answer.
        """
        body = {"sender": self.sender, "message": text, "metadata": {"channel": "cli"}}
        try:
            answer = httpx.post(f"{self._url}/webhooks/rest/webhook", json=body, timeout=30)
            answer.raise_for_status()
        except httpx.HTTPError as error:
            raise AssistantUnreachable(self._url) from error
        messages: list[dict[str, Any]] = answer.json()
        for message in messages:  # a terminal has no sound
            message["buttons"] = [one for one in message.get("buttons", ()) if not parse_hear(one.get("payload", ""))]
        self.buttons = [button for message in messages for button in message["buttons"]]
        return messages

    def type(self, line: str) -> list[dict[str, Any]]:
        """A typed line: the number of a button, a command, or words."""
        line = line.strip()
        if line.isdigit() and 1 <= int(line) <= len(self.buttons):
            button = self.buttons[int(line) - 1]
            if "payload" in button:
                return self.send(button["payload"])
            return [{"text": button["url"]}]
        text = as_assistant_text(line)
        return self.send(text) if text else []

    def show(self, messages: list[dict[str, Any]]) -> str:
        """Messages and their numbered buttons as plain text."""
        lines, number = [], 0
        for message in messages:
            if message.get("text"):
                lines.append(message["text"])
            if message.get("attachment"):
                lines.append(message["attachment"]["content"].replace("\r\n", "\n").rstrip())
            for button in message.get("buttons", ()):
                number += 1
                lines.append(f"  [{number}] {button['title']}")
            lines.append("")
        return "\n".join(lines)


def chat(settings: Settings, lang: Optional[str], city: Optional[str]) -> int:
    """Talk until the end of input. Returns the exit code."""
    interactive = sys.stdin.isatty()
    with _assistant(settings) as url:
        terminal = Terminal(url)
        if lang:
            terminal.send(rasa_payload("set_language", {"language": lang}))
        if city:
            terminal.send(rasa_payload("set_city", {"city": city}))
        if interactive:
            print(terminal.show(terminal.send("/start" if not lang else "/menu")))
        while True:
            try:
                line = input("> ") if interactive else sys.stdin.readline()
            except (EOFError, KeyboardInterrupt):
                return 0
            if not interactive and not line:
                return 0
            if line.strip():
                print(terminal.show(terminal.type(line)), flush=True)


@contextmanager
def _assistant(settings: Settings) -> Iterator[str]:
    """The address of the assistant that runs already, or of one started for this chat and stopped after it."""
    if _answers(f"{settings.assistant_url}/status"):
        yield settings.assistant_url
        return
    prepare(settings)
    own = load_settings(port=_free_port(), actions_port=_free_port(), telegram_token=None)
    environment = {
        **os.environ,
        "ORIENTA_PORT": str(own.port),
        "ORIENTA_ACTIONS_PORT": str(own.actions_port),
        "TELEGRAM_TOKEN": "",
    }
    program = Path(sys.executable).parent / "orienta"
    log = (Path(settings.data_dir) / "chat.log").open("w")
    processes = [
        subprocess.Popen(
            [program, "run", "--only", name], env=environment, stdout=log, stderr=log, start_new_session=True
        )
        for name in ("actions", "assistant")
    ]
    try:
        deadline = time.monotonic() + START_SECONDS
        while not (_answers(f"{own.actions_url}/health") and _answers(f"{own.assistant_url}/status")):
            if time.monotonic() > deadline or any(process.poll() is not None for process in processes):
                raise AssistantUnreachable(f"the assistant did not start; see {log.name}")
            time.sleep(0.3)
        yield own.assistant_url
    finally:
        for process in processes:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
        for process in processes:
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout=15)
        log.close()


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2).status_code == 200
    except httpx.HTTPError:
        return False


def _free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
