"""Many chats, injected failures, a bot that is killed with SIGKILL: is everything answered, once, in order?

Each person writes numbered lines, some of them in bursts, and checks what comes back. Failures hit before Telegram carries
a call out: of one that is carried out and whose answer is lost, nobody can tell whether to repeat it (docs/adr/0006).
"""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from statistics import quantiles
from typing import Optional

from bot.channels.limits import AT_ONCE
from storage.clock import ROME
from storage.database import make_engine
from storage.migrate import migrate
from tests.strict_telegram import TOKEN, Failure, StrictTelegram, running_telegram

ROOT = Path(__file__).resolve().parents[2]
PAUSE = 12.0
"""Seconds between two messages of a person, on average."""
DRAIN_SECONDS = 90
FAILURES = (
    (0.01, Failure("429", retry_after=1)),
    (0.015, Failure("502")),
    (0.01, Failure("500")),
    (0.01, Failure("reset")),
    (0.001, Failure("timeout")),
)
"""How often each hits a call."""
LINE = re.compile(r"^line (\d+)(?: (first|second))?$")


@dataclass
class Outcome:
    """What was seen. `doubled`: answers that came again. `waits`: seconds from a message to its answer."""

    seconds: float
    chats: int
    kills: int
    sent: int = 0
    answers: int = 0
    failures: dict[str, int] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    disordered: list[str] = field(default_factory=list)
    floods: int = 0
    written: dict[int, int] = field(default_factory=dict)
    waits: list[float] = field(default_factory=list)

    @property
    def good(self) -> bool:
        """Nothing missing or out of order; doubled at most what a kill met between Telegram's yes and our writing it down."""
        return not self.missing and not self.disordered and len(self.doubled) <= self.kills * AT_ONCE

    def as_markdown(self) -> str:
        cuts = quantiles(self.waits, n=100) if len(self.waits) > 1 else [0.0] * 99
        failed = ", ".join(f"{kind} {count}" for kind, count in sorted(self.failures.items()))
        return "\n".join(
            [
                "# Soak of the Telegram channel",
                "",
                f"{datetime.now(ROME):%Y-%m-%d %H:%M}, `python -m tests.soak`: {self.seconds:.0f} s, {self.chats} chats,"
                f" the bot killed with SIGKILL {self.kills} times.",
                "",
                "| | |",
                "|---|---:|",
                f"| messages written | {self.sent} |",
                f"| answers | {self.answers} |",
                f"| calls that failed on purpose | {sum(self.failures.values())} ({failed}) |",
                f"| not answered | {len(self.missing)} |",
                f"| out of order | {len(self.disordered)} |",
                f"| answered twice | {len(self.doubled)} |",
                f"| refused by the emulator's own limits | {self.floods} |",
                f"| seconds to the answer, p50 / p95 / p99 | {cuts[49]:.2f} / {cuts[94]:.2f} / {cuts[98]:.2f} |",
                "",
            ]
        )


class Bot:
    """The process that is killed."""

    def __init__(self, telegram: StrictTelegram, folder: Path) -> None:
        self._log = folder / "bot.log"
        self._environment = {
            **os.environ,
            "ORIENTA_DATA_DIR": str(folder),
            "TELEGRAM_TOKEN": TOKEN,
            "ORIENTA_SECRET_KEY": "s" * 32,
            "ORIENTA_TELEGRAM_API_URL": telegram.url,
            "PYTHONPATH": str(ROOT),
            "ORIENTA_DATABASE_URL": "",
        }
        self._process: Optional[subprocess.Popen[bytes]] = None

    def start(self) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.soak.bot"], cwd=ROOT, env=self._environment, stdout=log, stderr=log
            )

    def end(self, number: int) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(number)
            self._process.wait(timeout=30)


def soak(folder: Path, *, seconds: float, chats: int, kills: int, seed: int = 7) -> Outcome:
    """Run one. `seconds` of writing; then everything has `DRAIN_SECONDS` to be answered."""
    chance = random.Random(seed)
    outcome = Outcome(seconds, chats, kills)
    engine = make_engine(f"sqlite:///{folder / 'orienta.db'}")
    migrate(engine)
    engine.dispose()

    def failing(method: str) -> Optional[Failure]:
        for how_often, failure in FAILURES:
            if chance.random() < how_often:
                outcome.failures[failure.kind] = outcome.failures.get(failure.kind, 0) + 1
                return failure
        return None

    with running_telegram() as telegram:
        bot = Bot(telegram, folder)
        bot.start()
        try:
            while not telegram.called("getUpdates"):
                time.sleep(0.1)
            telegram.fail_randomly = failing
            _write_and_kill(telegram, bot, chance, outcome)
            deadline = time.monotonic() + DRAIN_SECONDS
            while time.monotonic() < deadline and _unanswered(telegram, outcome):
                time.sleep(0.2)
        finally:
            bot.end(signal.SIGTERM)
        _judge(telegram, outcome)
    return outcome


def _write_and_kill(telegram: StrictTelegram, bot: Bot, chance: random.Random, outcome: Outcome) -> None:
    start = time.monotonic()
    people = [telegram.person(1000 + number) for number in range(outcome.chats)]
    due = [start + chance.uniform(0, PAUSE) for _ in people]
    written = [0] * outcome.chats
    deaths = [start + outcome.seconds * (number + 1) / (outcome.kills + 1) for number in range(outcome.kills)]
    while time.monotonic() < start + outcome.seconds:
        now = time.monotonic()
        if deaths and now >= deaths[0]:
            deaths.pop(0)
            bot.end(signal.SIGKILL)
            bot.start()
        telegram.backwards = chance.random() < 0.1
        telegram.duplicates = 2 if chance.random() < 0.1 else 1
        for number, person in enumerate(people):
            if now >= due[number]:
                for _ in range(7 if chance.random() < 0.05 else 1):
                    written[number] += 1
                    person.write(f"line {written[number]}")
                due[number] = now + chance.uniform(0.2, 2) * PAUSE
        time.sleep(0.02)
    outcome.sent = sum(written)
    outcome.written = dict(zip((person.chat_id for person in people), written, strict=True))


def _told(telegram: StrictTelegram, chat_id: int) -> list[tuple[int, str]]:
    """Every line that a chat was answered with, in order; lines that were read together come together."""
    found = []
    for text in telegram.texts(chat_id):
        for line in text.splitlines():
            number, part = re.fullmatch(LINE, line).groups()
            found.append((int(number), part or ""))
    return found


def _unanswered(telegram: StrictTelegram, outcome: Outcome) -> bool:
    return any(_last(telegram, chat_id) < count for chat_id, count in outcome.written.items())


def _last(telegram: StrictTelegram, chat_id: int) -> int:
    told = _told(telegram, chat_id)
    return max((number for number, part in told if part in ("", "second")), default=0)


def _judge(telegram: StrictTelegram, outcome: Outcome) -> None:
    outcome.floods = telegram.floods
    for chat_id, count in outcome.written.items():
        told = _told(telegram, chat_id)
        outcome.answers += len(telegram.texts(chat_id))
        numbers = [number for number, _ in told]
        outcome.missing += [f"{chat_id}: {number}" for number in range(1, count + 1) if number not in numbers]
        once = list(dict.fromkeys(told))
        texts = telegram.texts(chat_id)
        outcome.doubled += [
            f"{chat_id}: {text[:40]}"
            for at, text in enumerate(texts)
            if set(text.splitlines()) & {line for earlier in texts[:at] for line in earlier.splitlines()}
        ]
        if [number for number, _ in once] != sorted(number for number, _ in once):
            outcome.disordered.append(f"{chat_id}: {numbers}")
    answered: dict[tuple[int, int], float] = {}
    for at, chat_id, text in telegram.told_at:
        for line in text.splitlines():
            answered.setdefault((chat_id, int(line.split()[1])), at)
    for at, chat_id, text in telegram.written_at:
        if (chat_id, int(text.split()[1])) in answered:
            outcome.waits.append(answered[chat_id, int(text.split()[1])] - at)
