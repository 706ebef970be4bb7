"""`python -m bench.console`: how long each page of the console takes, over HTTP in this process, on SQLite. Prints Markdown.

10,000 appointments in one city over 120 days, 50,000 entries over the 16 cities. The aim is 300 ms at the median for every page.
"""

from __future__ import annotations

import argparse
import os
import platform
import random
import statistics
import sys
import tempfile
import time
import uuid
from datetime import datetime, timedelta
from datetime import time as clock_time
from pathlib import Path

from sqlalchemy import insert, select
from starlette.testclient import TestClient

from appointments.models import Appointment, Resource
from appointments.shops import load_shops
from console.accounts import add_account
from orienta.web import create_web_app
from services_catalog.importer import load_sheets, stable_id
from services_catalog.schema import Entry, Sheet
from services_catalog.vocabulary import CITIES, SERVICES
from storage.clock import ROME, utc_now
from storage.database import SessionFactory, make_engine, make_session_factory, transaction
from storage.migrate import migrate
from storage.settings import Settings

CITY, PASSWORD = "latina", "correct horse battery staple"
APPOINTMENTS, ENTRIES, DAYS, TIMES = 10_000, 50_000, 120, 15
AIM_MS = 300
ENTRY = stable_id("service", CITY, "e1")
PAGES = {
    "ada": ("/appointments", "/week", "/waiting", "/plan", "/interpreters", "/accounts", "/audit", "/account"),
    "olga": (
        "/catalogue",
        "/catalogue?words=servizio",
        f"/catalogue/{ENTRY}",
        "/to-check",
        "/map",
        "/quality",
        "/exchange",
    ),
    "nora": ("/network",),
}
"""By who looks at them."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.console", description=__doc__)
    parser.add_argument("--times", type=int, default=TIMES, help=f"how often each page is asked for (default: {TIMES})")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="orienta-bench-") as folder:
        settings = Settings(data_dir=Path(folder), secret_key="s" * 32)
        engine = make_engine(settings.database_url)
        migrate(engine)
        fill(make_session_factory(engine))
        print(f"{os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f}, Python {platform.python_version()}\n")
        print(f"{APPOINTMENTS} appointments, {ENTRIES} entries; aim {AIM_MS} ms at the median.\n")
        print("| page | p50 ms | most ms | kB |\n|---|---:|---:|---:|")
        slow = 0
        for name, pages in PAGES.items():
            with TestClient(create_web_app(settings)) as client:
                client.post("/login", data={"name": name, "password": PASSWORD})
                for page in pages:
                    median, most, size = asked(client, page, options.times)
                    slow += median > AIM_MS
                    print(f"| {page.replace(ENTRY, '<id>')} | {median:.0f} | {most:.0f} | {size / 1000:.0f} |")
        engine.dispose()
    return 1 if slow else 0


def asked(client: TestClient, page: str, times: int) -> tuple[float, float, int]:
    """Median and most milliseconds of a page, and its bytes. The first time does not count."""
    found, size = [], 0
    for number in range(times + 1):
        started = time.perf_counter()
        answer = client.get(page)
        if number:
            found.append((time.perf_counter() - started) * 1000)
        assert answer.status_code == 200, (page, answer.status_code)
        size = len(answer.content)
    return statistics.median(found), max(found), size


def fill(sessions: SessionFactory) -> None:
    each, chance, services = ENTRIES // len(CITIES), random.Random(1), sorted(SERVICES)
    for city in CITIES:
        entries = tuple(
            Entry.construct(
                key=f"e{number}",
                name=f"Servizio {number}",
                services=tuple(chance.sample(services, 2)),
                address=f"Via Roma {number}",
                phones=(),
                opening_hours="Mo-Fr 09:00-12:00",
                source_url="https://example.org/a",
            )
            for number in range(each)
        )
        load_sheets(
            sessions, [Sheet.construct(city=city, desk_phone=None, patron_saint=None, entries=entries)], utc_now
        )
    load_shops(sessions)
    for name, role, cities in (("ada", "admin", [CITY]), ("olga", "operator", [CITY]), ("nora", "network", [])):
        add_account(sessions, utc_now, name=name, password=PASSWORD, role=role, cities=cities)
    first = utc_now().astimezone(ROME).date() - timedelta(days=DAYS // 2)
    with transaction(sessions) as session:
        desks = session.execute(select(Resource.id).where(Resource.shop_id == CITY)).scalars().all()
        rows = []
        for number in range(APPOINTMENTS):
            day, slot = first + timedelta(days=number % DAYS), number // DAYS
            starts = datetime.combine(day, clock_time(8), ROME) + timedelta(minutes=15 * (slot % 40))
            rows.append(
                {
                    "id": str(uuid.UUID(int=number + 1)),
                    "shop_id": CITY,
                    "resource_id": desks[slot % len(desks)],
                    "seat": 0,
                    "service": "documents",
                    "person_key": f"p{number}",
                    "language": "bn",
                    "code": f"sole-luna-{number}",
                    "starts_at": starts,
                    "ends_at": starts + timedelta(minutes=30),
                    "channel": "telegram",
                    "status": chance.choice(("pending", "confirmed", "seen", "no_show")),
                    "booked_at": utc_now(),
                    "changes": 0,
                    "walk_in": False,
                }
            )
        session.execute(insert(Appointment.__table__), rows)


if __name__ == "__main__":
    sys.exit(main())
