"""`python -m bench.appointments`: how fast the agenda is, on SQLite and on a PostgreSQL of its own. Prints Markdown.

One shop, 10 desks, 5,000 bookings within 30 days. Measured: all free slots of a type that every desk gives; one booking after
another; bookings a second of 32 writers, each a process. PostgreSQL runs with its own defaults (fsync on).
"""

from __future__ import annotations

import argparse
import itertools
import json
import multiprocessing
import os
import platform
import pwd
import random
import shutil
import socket
import statistics
import subprocess
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from datetime import time as clock_time
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select

from appointments import booking
from appointments.errors import AppointmentError
from appointments.models import Appointment, AppointmentType, Availability, Resource, Shop, SlotClaim, TypeResource
from appointments.slots import Slot, cells_of, is_holiday
from storage.clock import ROME, utc_now
from storage.database import SessionFactory, make_engine, make_session_factory, transaction
from storage.migrate import migrate

CITY, SERVICE = "latina", "documents"
DESKS, BOOKINGS, DAYS, MINUTES = 10, 5000, 30, 30
OPENS, CLOSES = 8, 20
WRITERS = 32
FORK = multiprocessing.get_context("fork")
NOW = datetime(2027, 1, 11, 5, 0, tzinfo=ROME).astimezone(utc_now().tzinfo)
"""A Monday before opening, so that the horizon holds as many working days as it can."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.appointments", description=__doc__)
    parser.add_argument("--seconds", type=float, default=10, help="how long the writers write (default: 10)")
    parser.add_argument("--json", action="store_true", help="one JSON document")
    options = parser.parse_args()
    results = {}
    with tempfile.TemporaryDirectory(prefix="orienta-bench-") as folder:
        results["SQLite"] = measure(f"sqlite:///{folder}/orienta.db", options.seconds)
        with postgresql() as url:
            results["PostgreSQL"] = measure(url, options.seconds)
    if options.json:
        print(json.dumps(results, indent=2))
        return
    names = list(results)
    print(f"{os.cpu_count()} CPUs, load at the end {os.getloadavg()[0]:.1f}, Python {platform.python_version()}\n")
    print("| | aim | " + " | ".join(names) + " |\n|---|---:|" + "---:|" * len(names))
    for key, title, aim in (
        ("free_p50", "free slots, 30 days, 10 desks, 5,000 bookings, p50 ms", ""),
        ("free_p95", "the same, p95 ms", "15"),
        ("book_p50", "one booking, p50 ms", ""),
        ("book_p95", "the same, p95 ms", "20"),
        ("writers", "bookings a second, 32 writers", "100 / 300"),
        ("writers_p95", "one booking among 32 writers, p95 ms", ""),
        ("writers_cpu", "processor time of one, without the server's, ms", ""),
        ("failed", "bookings that failed among 32 writers", "0"),
    ):
        print(f"| {title} | {aim} | " + " | ".join(f"{results[name][key]:.1f}" for name in names) + " |")


def measure(url: str, seconds: float) -> dict[str, float]:
    engine = make_engine(url)
    migrate(engine)
    sessions = make_session_factory(engine)
    fill(sessions)
    free = booking.slots_ahead(sessions, lambda: NOW, CITY, SERVICE)  # the plan is read once
    reading = timed(lambda: booking.slots_ahead(sessions, lambda: NOW, CITY, SERVICE), 200)
    times = iter(random.Random(2).sample([slot.starts_at for slot in free], 200))
    people = itertools.count()

    def book_one() -> None:
        book(sessions, next(times), f"bench-{next(people)}")

    writing = timed(book_one, 200)
    more_seats(sessions)
    engine.dispose()
    return {
        "free_p50": percentile(reading, 50), "free_p95": percentile(reading, 95), "book_p50": percentile(writing, 50),
        "book_p95": percentile(writing, 95), **writers(url, seconds),
    }  # fmt: skip


def fill(sessions: SessionFactory) -> None:
    """The shop and its bookings, each at a seat of its own."""
    dice = random.Random(1)
    with transaction(sessions) as session:
        session.add(Shop(id=CITY, example=False, notice_minutes=0, horizon_days=DAYS, revision=0))
        session.flush()
        type_ = AppointmentType(shop_id=CITY, service=SERVICE, minutes=MINUTES)
        desks = [Resource(shop_id=CITY, name=f"Desk {number}", seats=1) for number in range(DESKS)]
        session.add_all([type_, *desks])
        session.flush()
        for desk in desks:
            session.add(TypeResource(type_id=type_.id, resource_id=desk.id))
            session.add_all(
                Availability(
                    resource_id=desk.id, weekday=day, opens=f"{OPENS:02}:00", closes=f"{CLOSES:02}:00", pause=False
                )
                for day in range(6)
            )
        places = [(desk.id, slot) for desk in desks for slot in all_slots()]
        rows, claims = [], []
        for desk_id, slot in dice.sample(places, BOOKINGS):
            id_ = str(uuid.UUID(int=dice.getrandbits(128)))
            rows.append(
                {"id": id_, "shop_id": CITY, "resource_id": desk_id, "seat": 0, "service": SERVICE, "person_key": f"p-{id_}",
                 "language": "bn", "code": id_, "starts_at": slot.starts_at, "ends_at": slot.ends_at, "status": "confirmed",
                 "channel": "telegram", "booked_at": NOW, "changes": 0, "walk_in": False}
            )  # fmt: skip
            claims += [
                {"shop_id": CITY, "resource_id": desk_id, "seat": 0, "cell": cell, "appointment_id": id_}
                for cell in cells_of(slot)
            ]
        session.execute(insert(Appointment.__table__), rows)
        session.execute(insert(SlotClaim.__table__), claims)


def all_slots() -> Iterator[Slot]:
    first: date = NOW.astimezone(ROME).date()
    for ahead in range(DAYS + 1):
        day = first + timedelta(days=ahead)
        if day.weekday() == 6 or is_holiday(day):
            continue
        begin = datetime.combine(day, clock_time(OPENS), ROME).astimezone(NOW.tzinfo)
        for number in range((CLOSES - OPENS) * 60 // MINUTES):
            start = begin + number * timedelta(minutes=MINUTES)
            yield Slot(start, start + timedelta(minutes=MINUTES))


def more_seats(sessions: SessionFactory) -> None:
    """Room for all that the writers book."""
    with transaction(sessions) as session:
        for desk in session.execute(select(Resource)).scalars():
            desk.seats = 20
        session.get(Shop, CITY).revision = 1


def book(sessions: SessionFactory, starts_at: datetime, person: str) -> None:
    booking.book(
        sessions, lambda: NOW, city=CITY, service=SERVICE, starts_at=starts_at, person_key=person, language="bn",
        channel="telegram", address_encrypted="x" * 140,
    )  # fmt: skip


def writers(url: str, seconds: float) -> dict[str, float]:
    """Of 32 processes: bookings a second, p95 of one in ms, processor time of one in ms (without the server's), failures."""
    results: Any = FORK.Queue()
    barrier, warming = FORK.Barrier(WRITERS), FORK.Lock()
    starts = [slot.starts_at for slot in all_slots()]

    def write(which: int) -> None:
        dice = random.Random(which)
        sessions = make_session_factory(make_engine(url))
        with (
            warming
        ):  # each process reads the plan and compiles its statements once, as a process that has run for a while
            booking.slots_ahead(sessions, lambda: NOW, CITY, SERVICE)
            book(sessions, starts[which], f"w-{which}-first")
        took, failed = [], 0
        barrier.wait(120)
        end, worked = time.perf_counter() + seconds, time.process_time()
        while (begin := time.perf_counter()) < end:
            try:
                book(sessions, dice.choice(starts), f"w-{which}-{len(took)}-{failed}")
                took.append(time.perf_counter() - begin)
            except AppointmentError:
                continue
            except Exception:
                failed += 1
        results.put((took, failed, time.perf_counter() - end + seconds, time.process_time() - worked))
        results.close()
        results.join_thread()
        os._exit(0)

    processes = [FORK.Process(target=write, args=(which,)) for which in range(WRITERS)]
    for process in processes:
        process.start()
    found = [results.get(timeout=seconds + 150) for _ in processes]
    for process in processes:
        process.join()
    took = [one for times, *_ in found for one in times]
    return {
        "writers": len(took) / max(lasted for _, _, lasted, _ in found),
        "writers_p95": percentile([1000 * one for one in took], 95),
        "writers_cpu": 1000 * sum(worked for *_, worked in found) / len(took),
        "failed": sum(failed for _, failed, _, _ in found),
    }


def timed(work: Callable[[], Any], times: int) -> list[float]:
    """Milliseconds of each of `times` runs."""
    found = []
    for _ in range(times):
        begin = time.perf_counter()
        work()
        found.append(1000 * (time.perf_counter() - begin))
    return found


def percentile(values: list[float], which: int) -> float:
    return statistics.quantiles(values, n=100, method="inclusive")[which - 1]


@contextmanager
def postgresql() -> Iterator[str]:
    """A PostgreSQL of this run's own, on 127.0.0.1, stopped at the end."""
    found = shutil.which("pg_ctl")
    binaries = Path(found).parent if found else max(Path("/usr/lib/postgresql").glob("*/bin"))
    folder = Path(tempfile.mkdtemp(prefix="orienta-bench-postgres-"))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    as_user: list[str] = []
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root
        user = next(name for name in ("postgres", "nobody") if name in {entry.pw_name for entry in pwd.getpwall()})
        as_user = ["runuser", "-u", user, "--"]
        shutil.chown(folder, user)
    run: dict[str, Any] = {"check": True, "capture_output": True, "cwd": "/"}
    data = folder / "data"
    subprocess.run([*as_user, binaries / "initdb", "-D", data, "-U", "orienta", "-A", "trust"], **run)
    options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1"
    subprocess.run(
        [*as_user, binaries / "pg_ctl", "-D", data, "-w", "-l", folder / "log", "-o", options, "start"], **run
    )
    try:
        yield f"postgresql://orienta@127.0.0.1:{port}/postgres"
    finally:
        subprocess.run([*as_user, binaries / "pg_ctl", "-D", data, "-m", "immediate", "stop"], **run)
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
