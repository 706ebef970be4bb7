"""Processes of a test's own, each with its own engine, that may be killed with SIGKILL before any statement."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, Optional

from sqlalchemy import event

from storage.database import Engine, SessionFactory, make_engine, make_session_factory

FORK = multiprocessing.get_context("fork")
"""No new interpreter, so that a process costs milliseconds; nothing of the parent's connections is used in it."""


def die_at(engine: Engine, statement: int) -> None:
    """SIGKILL this process before its `statement`-th statement or commit, counted from 1."""
    left = [statement]

    def count(*_: Any) -> None:
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(engine, "before_cursor_execute", count)
    event.listen(engine, "commit", count)


def in_process(
    url: str, work: Callable[[SessionFactory], Any], kill_at: Optional[int] = None, out: Optional[Path] = None
) -> int:
    """Run `work` in a process of its own. Returns its exit code: -9 when it was killed.

    `out`: gets what the work returned, as text; or the name of the exception's class.
    """

    def main() -> None:
        engine = make_engine(url)
        if kill_at:
            die_at(engine, kill_at)
        code = 0
        try:
            told = str(work(make_session_factory(engine)))
        except Exception as error:
            told, code = type(error).__name__, 1
        if out:
            out.write_text(told)
        os._exit(code)

    process = FORK.Process(target=main)
    process.start()
    process.join(60)
    assert process.exitcode is not None, "it hangs"
    return int(process.exitcode)


def together(url: str, number: int, work: Callable[[SessionFactory, int], list[Any]]) -> list[Any]:
    """Run `work` in `number` processes that begin at the same moment. Returns all that they returned."""
    results: Any = FORK.Queue()
    barrier = FORK.Barrier(number)

    def main(which: int) -> None:
        sessions = make_session_factory(make_engine(url))
        with sessions() as session:
            session.connection()
        barrier.wait(60)
        try:
            results.put(work(sessions, which))
        except BaseException as error:
            results.put([error])
        results.close()
        results.join_thread()
        os._exit(0)

    processes = [FORK.Process(target=main, args=(which,)) for which in range(number)]
    for process in processes:
        process.start()
    found = [one for _ in processes for one in results.get(timeout=120)]
    for process in processes:
        process.join(30)
    for one in found:
        if isinstance(one, BaseException):
            raise one
    return found


def standing(now: datetime) -> Callable[[], datetime]:
    return lambda: now
