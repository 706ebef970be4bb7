"""A small shop whose plan the tests know."""

from __future__ import annotations

from pathlib import Path

import pytest

from appointments.shops import load_shops
from services_catalog.models import Attribute, Location, Service, ServiceAtLocation
from storage.database import SessionFactory, transaction

SHEET = """
shop: latina
example: true
notice_minutes: 60
horizon_days: 7
closed: [2026-11-27]
resources:
  - name: Desk
    seats: 1
    week: {we: [09:00-13:00, 14:00-15:00], th: [09:00-10:30], fr: [09:00-12:00]}
    types: [{service: documents, minutes: 30}, {service: job_support, minutes: 45}]
  - name: Showers
    seats: 2
    week: {we: [09:00-13:00], th: [09:00-13:00]}
    types: [{service: shower, minutes: 30}]
  - name: Room
    seats: 1
    week: {th: [09:00-13:00]}
    types: [{service: legal_support, minutes: 60}]
"""


ADDRESS = "Via di Prova 1"


def know_the_shop(
    sessions: SessionFactory,
    *cities: str,
    services: tuple[str, ...] = ("documents", "job_support", "shower", "legal_support"),
) -> None:
    """The catalogue knows where the one-stop shops of these cities are, and that they give these services."""
    with transaction(sessions) as session:
        for city in cities:
            session.add_all(
                [
                    Service(
                        id=f"s-{city}", city=city, key="shop", position=0, name="Sportello", one_stop_shop=True,
                        source_url="https://example.org/", other_sources=[],
                    ),
                    Location(id=f"l-{city}", address=ADDRESS),
                ]
            )  # fmt: skip
            session.flush()
            session.add(ServiceAtLocation(id=f"sl-{city}", service_id=f"s-{city}", location_id=f"l-{city}"))
            session.add_all(
                Attribute(id=f"a-{city}-{n}", service_id=f"s-{city}", link_type="category", position=n, term=term)
                for n, term in enumerate(services)
            )


@pytest.fixture
def shop(sessions: SessionFactory, tmp_path: Path) -> SessionFactory:
    folder = tmp_path / "shops"
    folder.mkdir()
    (folder / "latina.yml").write_text(SHEET)
    assert load_shops(sessions, folder) == ["latina"]
    know_the_shop(sessions, "latina")
    return sessions
