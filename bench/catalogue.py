"""`python -m bench.catalogue`: how fast the catalogue is, on SQLite and on a PostgreSQL of its own. Prints Markdown.

Cities of 126 entries each (about a third with hours, as ours), the last of them asked. Measured: one look-up with hours
evaluated, texts not seen before; the import of 100,000 entries and the memory that it takes above the start.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import resource
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import insert, text

from bench.appointments import postgresql
from services_catalog.importer import load_sheets
from services_catalog.models import Attribute, Location, Phone, Service, ServiceAtLocation, stable_id
from services_catalog.schema import Entry, Sheet
from services_catalog.search import find, nearest
from services_catalog.vocabulary import CITIES, SERVICES
from storage.clock import utc_now
from storage.database import SessionFactory, make_engine, make_session_factory, transaction
from storage.migrate import migrate

PER_CITY = 126
BATCH = 40
ASKED = 300


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.catalogue", description=__doc__)
    parser.add_argument(
        "--cities", type=int, default=7900, help="how many cities the large database has (default: 7900)"
    )
    parser.add_argument("--entries", type=int, default=100_000, help="entries of the import (default: 100,000)")
    parser.add_argument("--json", action="store_true", help="one JSON document")
    options = parser.parse_args()
    results: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory(prefix="orienta-bench-") as folder, postgresql() as server:
        for name, url in (("SQLite", f"sqlite:///{folder}/orienta.db"), ("PostgreSQL", server)):
            results[name] = measure(url, options.cities, options.entries)
    if options.json:
        print(json.dumps(results, indent=2))
        return
    names = list(results)
    print(f"{os.cpu_count()} CPUs, load at the end {os.getloadavg()[0]:.1f}, Python {platform.python_version()}\n")
    print("| | aim | " + " | ".join(names) + " |\n|---|---:|" + "---:|" * len(names))
    size = f"{options.cities:,} cities, {options.cities * PER_CITY:,} services"
    for key, title, aim in (
        ("small_p95", "one look-up, 16 cities, p95 ms", "5"),
        ("large_p50", f"one look-up, {size}, p50 ms", ""),
        ("large_p95", "the same, p95 ms", "20 / 15"),
        ("near_p95", "nearest to a position, the same, p95 ms", ""),
        ("import_seconds", f"import of {options.entries:,} entries, s", "120"),
        ("import_mb", "memory of it above the start, MB", "200"),
    ):
        print(f"| {title} | {aim} | " + " | ".join(f"{results[name][key]:.1f}" for name in names) + " |")


def measure(url: str, cities: int, entries: int) -> dict[str, float]:
    engine = make_engine(url)
    migrate(engine)
    sessions = make_session_factory(engine)
    fill(sessions, 0, 16)
    _analyze(sessions)
    small = look_ups(sessions, 15)
    fill(sessions, 16, cities)
    _analyze(sessions)
    large = look_ups(sessions, cities - 1)
    near = timed(lambda: nearest(sessions, 41 + random.random(), 12 + random.random(), "food", utc_now()), ASKED)
    seconds, megabytes = imported(sessions, entries)
    engine.dispose()
    return {
        "small_p95": p95(small),
        "large_p50": statistics.median(large),
        "large_p95": p95(large),
        "near_p95": p95(near),
        "import_seconds": seconds,
        "import_mb": megabytes,
    }


def fill(sessions: SessionFactory, first: int, last: int) -> None:
    """Cities `c<number>` in bulk; coordinates around Latina for every second entry."""
    for start in range(first, last, BATCH):
        rows: dict[type, list[dict[str, object]]] = {
            table: [] for table in (Service, Location, ServiceAtLocation, Phone, Attribute)
        }
        for city in range(start, min(last, start + BATCH)):
            for number in range(PER_CITY):
                _add(rows, f"c{city}", number, random.Random(city * 1000 + number))
        with transaction(sessions) as session:
            for table, some in rows.items():
                session.execute(insert(table), some)


def _add(rows: dict[type, list[dict[str, object]]], city: str, number: int, chance: random.Random) -> None:
    id_ = stable_id("service", city, str(number))
    opens, closes = chance.randint(6, 11), chance.randint(12, 22)
    hours = f"Mo-Fr {opens:02}:{chance.choice(('00', '15', '30'))}-{closes}:{chance.choice(('00', '15', '45'))}; PH off"
    rows[Service].append(
        {
            "id": id_,
            "city": city,
            "key": f"e{number}",
            "position": number,
            "name": f"Servizio {number} di {city}",
            "opening_hours": hours if number % 3 == 0 else None,
            "one_stop_shop": number == 0,
            "confidential": False,
            "appointment_only": False,
            "exceptions": [],
            "stops": [],
            "required_documents": [],
            "other_sources": [],
            "source_url": "https://example.org",
            "source_date": "2025-06",
        }
    )
    place = stable_id("location", city, str(number))
    at = (41 + chance.random(), 12 + chance.random()) if number % 2 else (None, None)
    rows[Location].append({"id": place, "address": f"Via Roma {number}", "latitude": at[0], "longitude": at[1]})
    rows[ServiceAtLocation].append(
        {"id": stable_id("service_at_location", city, str(number)), "service_id": id_, "location_id": place}
    )
    rows[Phone].append({"id": stable_id("phone", city, str(number)), "service_id": id_, "position": 0, "number": "112"})
    for position, term in enumerate(chance.sample(sorted(SERVICES), 2)):
        rows[Attribute].append(
            {
                "id": stable_id("attribute", city, str(number), term),
                "service_id": id_,
                "link_type": "category",
                "position": position,
                "term": term,
            }
        )


def look_ups(sessions: SessionFactory, city: int) -> list[float]:
    """A moment of its own for each, so that no state of hours is remembered."""
    start, services = utc_now(), sorted(SERVICES)
    moments = (start + timedelta(minutes=7 * n) for n in range(10**6))
    return timed(lambda: find(sessions, f"c{city}", random.choice(services), next(moments)), ASKED)


def imported(sessions: SessionFactory, entries: int) -> tuple[float, float]:
    """Seconds and megabytes of an import over all of our cities."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    names, each = list(CITIES), entries // len(CITIES)
    started = time.perf_counter()
    for city in names:
        made = (
            Entry.construct(
                key=f"e{n}",
                name=f"Servizio {n}",
                services=("food",),
                address="Via Roma 1",
                opening_hours="Mo 09:00-12:00",
                source_url="https://example.org/a",
            )
            for n in range(each)
        )
        load_sheets(
            sessions, [Sheet.construct(city=city, desk_phone=None, patron_saint=None, entries=tuple(made))], utc_now
        )
    seconds = time.perf_counter() - started
    return seconds, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024


def timed(work: Callable[[], object], times: int) -> list[float]:
    """Milliseconds of each of `times` calls, after ten that do not count."""
    found = []
    for number in range(times + 10):
        started = time.perf_counter()
        work()
        if number >= 10:
            found.append((time.perf_counter() - started) * 1000)
    return found


def p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20)[-1]


def _analyze(sessions: SessionFactory) -> None:
    with transaction(sessions) as session:
        session.execute(text("ANALYZE"))


if __name__ == "__main__":
    main()
