"""All pages about the catalogue, for operators, providers and the network."""

from __future__ import annotations

from console.catalogue_entry import EntryPages
from console.catalogue_exchange import ExchangePages
from console.catalogue_list import ListPages
from console.catalogue_pages import CataloguePages, Preview
from console.catalogue_work import WorkPages
from console.network import NetworkPages
from console.pages import Translate
from storage.clock import Clock
from storage.database import SessionFactory


def catalogue_groups(
    sessions: SessionFactory, clock: Clock, translate: Translate, preview: Preview, right_to_left: frozenset[str]
) -> tuple[CataloguePages, ...]:
    """In the order of their routes: what has a fixed address stands before what has an id."""
    return (
        WorkPages(sessions, clock, translate),
        ListPages(sessions, clock, translate),
        ExchangePages(sessions, clock, translate),
        NetworkPages(sessions, clock, translate),
        EntryPages(sessions, clock, translate, preview, right_to_left),
    )
