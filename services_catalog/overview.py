"""How the cities' catalogues stand, counted in the database: a few queries, however many cities and entries there are."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import Any, Optional

from sqlalchemy import func, select

from services_catalog.freshness import past_lifetime
from services_catalog.listing import CONTACTABLE, HAS_HOURS, one_if
from services_catalog.models import Attribute, Report, Revision, Service
from services_catalog.quality import ESSENTIAL, Facts, Quality, judged
from services_catalog.vocabulary import CITIES
from storage.database import SessionFactory


@dataclass(frozen=True)
class CityState:
    """A city's catalogue.

    Attributes:
        verified: entries that the city has checked, ever; stale: past their lifetime.
        reports: open ones, those about no entry in particular too; proposals: that wait.
    """

    city: str
    entries: int
    verified: int
    stale: int
    reports: int
    proposals: int
    quality: Quality


def overview(sessions: SessionFactory, today: date, city: Optional[str] = None) -> list[CityState]:
    """All cities of the network by name, or the one."""
    cities = [city] if city else sorted(CITIES, key=lambda id_: CITIES[id_].name)
    each = (  # every condition is looked at once an entry
        select(
            Service.city,
            one_if(CONTACTABLE).label("reachable"),
            one_if(HAS_HOURS).label("hours"),
            one_if(Service.verified_on.is_not(None)).label("verified"),
            one_if(past_lifetime(today)).label("stale"),
            one_if(Service.one_stop_shop).label("shop"),
        )
        .where(Service.city.in_(cities))
        .subquery()
    )
    one = each.c
    counted = select(
        one.city,
        func.count().label("entries"),
        func.sum(one.reachable).label("reachable"),
        func.sum(one.hours).label("hours"),
        func.sum(one.verified).label("verified"),
        func.sum(one.verified * (1 - one.stale)).label("checked"),
        func.sum(one.stale).label("stale"),
        func.sum(one.shop * one.reachable).label("shops"),
    ).group_by(one.city)
    essential = (
        select(Service.city, Attribute.term)
        .join(Attribute, Attribute.service_id == Service.id)
        .where(Attribute.link_type == "category", Attribute.term.in_(ESSENTIAL), CONTACTABLE, Service.city.in_(cities))
        .distinct()
    )
    reports = select(Report.city, func.count()).where(Report.closed_at.is_(None), Report.city.in_(cities))
    proposals = select(Revision.city, func.count()).where(Revision.state == "proposed", Revision.city.in_(cities))
    with sessions() as session:
        rows = {row.city: row for row in session.execute(counted)}
        there: dict[str, set[str]] = defaultdict(set)
        for of, term in session.execute(essential):
            there[of].add(term)
        open_reports = dict(session.execute(reports.group_by(Report.city)).all())
        waiting = dict(session.execute(proposals.group_by(Revision.city)).all())
    return [
        CityState(
            id_,
            rows[id_].entries if id_ in rows else 0,
            int(rows[id_].verified) if id_ in rows else 0,
            int(rows[id_].stale) if id_ in rows else 0,
            open_reports.get(id_, 0),
            waiting.get(id_, 0),
            judged(_facts(rows.get(id_), there[id_])),
        )
        for id_ in cities
    ]


def _facts(row: Any, there: set[str]) -> Facts:
    missing = tuple(one for one in ESSENTIAL if one not in there)
    if row is None:
        return Facts(0, 0, 0, 0, missing, False)
    reachable, hours, checked = (100 * int(count) // row.entries for count in (row.reachable, row.hours, row.checked))
    return Facts(row.entries, reachable, hours, checked, missing, bool(row.shops))
