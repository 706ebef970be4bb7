"""What a person is told about a procedure. A statement that is held back leaves the database by no function of this module."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from functools import cache
from string import ascii_uppercase
from typing import Any, Optional

from sqlalchemy import func, or_, select

from services_catalog.procedures.models import ProcedureRow, StatementRow, TranslationRow
from services_catalog.procedures.schema import is_old, source_hash
from services_catalog.search import FOR_SOME, Card, find, one_stop_shop
from storage.clock import ROME
from storage.database import Session, SessionFactory

log = logging.getLogger(__name__)

FALLBACKS = ("en", "it")
"""Where a statement is not written in the person's language; the statements themselves are Italian."""

SENTENCES_A_PAGE = 3

PEOPLE = 2
"""Places that are named beside a statement: more would hide it."""


@dataclass(frozen=True)
class Told:
    """A statement in the language that it could be told in.

    Attributes:
        number: its place among what may be told of the part, from 1; None where it is the only one.
        sources: `{"url", "publisher", "date", "official"}` of each page; date: 2024, 2024-12, 2024-12-05 or None.
        verified_on: 2024-12-05 or None; verified_source: the page on which it was confirmed.
        old: past the topic's lifetime (`schema.is_old`).
    """

    key: str
    number: Optional[int]
    text: str
    language: str
    sources: tuple[dict[str, Any], ...]
    verified_on: Optional[str]
    verified_source: Optional[str]
    old: bool

    def as_dict(self) -> dict[str, Any]:
        """For JSON: lists instead of tuples."""
        return {**asdict(self), "sources": list(self.sources)}


@dataclass(frozen=True)
class Part:
    """A part of a procedure, in pages of at most three sentences.

    Attributes:
        pages: what may be told.
        held: how many statements wait for somebody to confirm them.
        helpers: the services whose people explain the procedure.
    """

    pages: tuple[tuple[Told, ...], ...]
    held: int
    helpers: tuple[str, ...]


def tell(sessions: SessionFactory, topic: str, part: str, language: str, at: datetime) -> Optional[Part]:
    """A part of a procedure for a person; None when the topic is not in the database. `at`: now, aware."""
    with sessions() as session:
        procedure = session.get(ProcedureRow, topic)
        if procedure is None:
            return None
        of_part = (StatementRow.topic == topic, or_(StatementRow.key == part, StatementRow.key.like(f"{part}.%")))
        may_be_told = or_(StatementRow.needs_check.is_(False), StatementRow.verified_on.is_not(None))
        rows = (
            session.execute(select(StatementRow).where(*of_part, may_be_told).order_by(StatementRow.position))
            .scalars()
            .all()
        )
        total = session.execute(select(func.count()).select_from(StatementRow).where(*of_part)).scalar_one()
        texts = _translations(session, topic, [row.key for row in rows], language)
    sources = {source["key"]: source for source in procedure.sources}
    today = at.astimezone(ROME).date()
    pages: list[list[Told]] = []
    sentences = 0
    for number, row in enumerate(rows, start=1):
        length = count_sentences(row.text)
        if not pages or sentences + length > SENTENCES_A_PAGE:
            pages.append([])
            sentences = 0
        sentences += length
        pages[-1].append(
            _told(row, number if len(rows) > 1 else None, texts, language, sources, today, procedure.lifetime_days)
        )
    return Part(tuple(map(tuple, pages)), total - len(rows), tuple(procedure.helpers))


def who_explains(sessions: SessionFactory, city: str, helpers: Sequence[str], at: datetime) -> list[Card]:
    """The people of a city who explain it to everybody: the one-stop shop first, then who gives the first of the services
    that somebody gives there; where there is nobody, whom `find` names instead.
    """
    shop = one_stop_shop(sessions, city, at, helpers[0])
    cards = [shop] if shop is not None and shop.contactable else []
    results = []
    for service in helpers:
        results.append(find(sessions, city, service, at))
        reachable = [card for card in results[-1].cards if card.contactable and FOR_SOME.isdisjoint(card.eligibility)]
        if reachable:
            cards += [card for card in reachable if card not in cards]
            break
    return (cards or list(results[0].alternatives))[:PEOPLE]


def letters(statements: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """A, B, C … for the pages that statements (`Told` as dicts) come from, by address."""
    urls: dict[str, None] = {}
    for statement in statements:
        pages = [statement["verified_source"], *(source["url"] for source in statement["sources"])]
        urls |= dict.fromkeys(page for page in pages if page)
    return dict(zip(urls, ascii_uppercase, strict=False))


def count_sentences(text: str) -> int:
    """Roughly: signs that end a sentence and stand before a space or at the end ("art. 18" counts one too many)."""
    return max(1, sum(text.count(sign) for sign in (". ", "? ", "! ")) + text.rstrip().endswith((".", "?", "!")))


def _translations(
    session: Session, topic: str, keys: Sequence[str], language: str
) -> dict[tuple[str, str], TranslationRow]:
    query = select(TranslationRow).where(
        TranslationRow.topic == topic,
        TranslationRow.key.in_(keys),
        TranslationRow.language.in_((language, *FALLBACKS)),
    )
    return {(row.key, row.language): row for row in session.execute(query).scalars()}


def _told(
    row: StatementRow,
    number: Optional[int],
    texts: dict[tuple[str, str], TranslationRow],
    language: str,
    sources: dict[str, dict[str, Any]],
    today: date,
    lifetime_days: int,
) -> Told:
    text, written_in = row.text, "it"
    for code in (language, *FALLBACKS):
        translation = texts.get((row.key, code))
        if code == "it":
            break
        if translation is not None and translation.made_from == source_hash(row.text):
            text, written_in = translation.text, code
            break
    if written_in != language:
        _miss(f"{row.topic}.{row.key}", language)
    return Told(
        key=row.key,
        number=number,
        text=text,
        language=written_in,
        sources=tuple(
            {name: sources[key][name] for name in ("url", "publisher", "date", "official")} for key in row.sources
        ),
        verified_on=row.verified_on.isoformat() if row.verified_on else None,
        verified_source=row.verified_source,
        old=is_old(row.verified_on, [sources[key]["date"] for key in row.sources], lifetime_days, today),
    )


@cache
def _miss(name: str, language: str) -> None:
    """Say once that a statement is not written in a language."""
    log.warning("procedure statement %s has no text in %s that fits the Italian one", name, language)
