"""Where a confidential place is: written here and told by nothing.

Every query that reads a place leaves those of confidential entries out in SQL (`search`, `importer.stored_entries`), so that no
address of a refuge is ever in the program's memory. `tests/test_confidential.py` walks all doors.
"""

from __future__ import annotations

from typing import Optional

from sqlalchemy import delete, insert, select

from services_catalog.freshness import UnknownEntry
from services_catalog.models import Location, Service, ServiceAtLocation, stable_id
from storage.database import SessionFactory, transaction


class NotConfidential(ValueError):
    """The entry is not marked as confidential: set `confidential: true` in its sheet first."""


def keep_place(
    sessions: SessionFactory,
    service_id: str,
    address: str,
    latitude: Optional[float] = None,
    longitude: Optional[float] = None,
) -> None:
    """Keep the place of a confidential entry, in the stead of the one that was kept before.

    Raises:
        UnknownEntry: no such entry.
        NotConfidential: everybody would be told.
    """
    with transaction(sessions) as session:
        row = session.execute(
            select(Service.city, Service.key, Service.confidential).where(Service.id == service_id)
        ).first()
        if row is None:
            raise UnknownEntry(service_id)
        if not row.confidential:
            raise NotConfidential(f"{row.city}/{row.key} is not confidential")
        id_ = stable_id("location", row.city, row.key)
        session.execute(delete(Location).where(Location.id == id_), execution_options={"synchronize_session": False})
        place = {"id": id_, "address": address, "latitude": latitude, "longitude": longitude}
        session.execute(insert(Location), [place])
        link = {
            "id": stable_id("service_at_location", row.city, row.key, "0"),
            "service_id": service_id,
            "location_id": id_,
        }
        session.execute(insert(ServiceAtLocation), [link])
