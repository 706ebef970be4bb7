"""Where a mobile unit is now: shared by its staff, forgotten by itself."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete, select

from services_catalog.freshness import UnknownEntry
from services_catalog.models import Attribute, Service, UnitPosition
from storage.clock import Clock
from storage.database import SessionFactory, transaction

LONGEST = timedelta(hours=8)
"""Telegram's own limit of a shared live position."""


def units_of(sessions: SessionFactory, *cities: str) -> dict[str, str]:
    """The names of cities' mobile units by id, in the order of their sheets."""
    with sessions() as session:
        found = (
            select(Service.id, Service.name)
            .join(Attribute, Attribute.service_id == Service.id)
            .where(Service.city.in_(cities), Attribute.link_type == "category", Attribute.term == "mobile_unit")
            .order_by(Service.city, Service.position)
        )
        return dict(session.execute(found).all())


def share_position(
    sessions: SessionFactory, clock: Clock, service_id: str, latitude: float, longitude: float, lasting: timedelta
) -> None:
    """The unit is here now; a later call moves it. After `lasting` (at most `LONGEST`) nobody is told any more.

    Raises:
        UnknownEntry: no such entry, or none of a mobile unit.
        ValueError: no position on earth.
    """
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise ValueError("no position on earth")
    now = clock()
    with transaction(sessions) as session:
        unit = select(Attribute.id).where(
            Attribute.service_id == service_id, Attribute.link_type == "category", Attribute.term == "mobile_unit"
        )
        if session.execute(unit).first() is None:
            raise UnknownEntry(service_id)
        row = session.get(UnitPosition, service_id) or UnitPosition(service_id=service_id)
        row.latitude, row.longitude = latitude, longitude
        row.shared_at, row.expires_at = now, now + min(lasting, LONGEST)
        session.add(row)


def stop_sharing(sessions: SessionFactory, service_id: str) -> None:
    """The unit's position is nobody's business any more."""
    with transaction(sessions) as session:
        query = delete(UnitPosition).where(UnitPosition.service_id == service_id)
        session.execute(query, execution_options={"synchronize_session": False})


def forget_old_positions(sessions: SessionFactory, clock: Clock) -> int:
    """Delete what counts for nothing any more; returns how many."""
    with transaction(sessions) as session:
        query = delete(UnitPosition).where(UnitPosition.expires_at <= clock())
        return int(session.execute(query, execution_options={"synchronize_session": False}).rowcount)
