"""How an entry would look after a change that nobody has made: for an editor to see before saving."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from datetime import datetime
from typing import Any, Optional

from services_catalog.importer import entry_id, put_entry
from services_catalog.revisions import parsed_entry
from services_catalog.search import Card, get_entry
from storage.database import SessionFactory


def rehearsed(sessions: SessionFactory, city: str, key: str, values: Mapping[str, Any], at: datetime) -> Optional[Card]:
    """The card that people would get at `at` (aware). Written and taken back, so that it is made as every card is.

    Args:
        values: all of the entry, as the sheet has it.

    Raises:
        InvalidEntry: the values can be no entry.
    """
    entry = parsed_entry({**values, "key": key})
    with sessions() as session:
        try:
            session.connection(execution_options={"writes": True})  # as `transaction`: waits its turn on SQLite
            put_entry(session, city, key, entry, at)
            session.flush()
            return get_entry(lambda: nullcontext(session), entry_id(city, key), at)
        finally:
            session.rollback()
