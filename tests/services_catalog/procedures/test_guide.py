"""What a person is told: nothing that is held back, each statement with its sources, the nearest language there is."""

from __future__ import annotations

import logging
from datetime import date
from pathlib import Path

import pytest

from services_catalog.importer import load_sheets
from services_catalog.lint import read_sheets
from services_catalog.procedures import guide
from services_catalog.procedures.confirmation import (
    NoPage,
    StatementChanged,
    UnknownStatement,
    confirm,
    statements,
    withdraw,
)
from services_catalog.procedures.guide import Part, tell, who_explains
from services_catalog.procedures.importer import load_procedures
from services_catalog.procedures.lint import read_procedures
from services_catalog.procedures.models import StatementEvent
from services_catalog.procedures.schema import PARTS, Procedure, is_old
from services_catalog.procedures.sheets import PACKAGED
from services_catalog.sheets import PACKAGED as CITIES_FOLDER
from services_catalog.vocabulary import CITIES
from storage.clock import utc_now
from storage.database import SessionFactory, make_engine, make_session_factory
from storage.migrate import migrate
from tests.conftest import FixedClock
from tests.services_catalog.factories import entry, sheet
from tests.services_catalog.procedures.factories import procedure, translations

PAGE = "https://questura.example.it/costi"


def load(sessions: SessionFactory, clock: FixedClock) -> SessionFactory:
    english = translations(
        "en", what="It is a paper. The Questura gives it.", bring_1="Bring 4 photos.", cost="40 euros."
    )
    load_procedures(sessions, [procedure()], [english, translations("ru", what="Это документ.")], clock)
    return sessions


def sqlite(folder: Path) -> SessionFactory:
    engine = make_engine(f"sqlite:///{folder / 'orienta.db'}")
    migrate(engine)
    return make_session_factory(engine)


@pytest.fixture
def loaded(tmp_path: Path, clock: FixedClock) -> SessionFactory:
    return load(sqlite(tmp_path), clock)


@pytest.fixture(scope="module")
def packaged(tmp_path_factory: pytest.TempPathFactory) -> SessionFactory:
    """The program's own procedures and cities."""
    sessions = sqlite(tmp_path_factory.mktemp("packaged"))
    load_procedures(sessions, *read_procedures(PACKAGED), utc_now)
    load_sheets(sessions, read_sheets(CITIES_FOLDER), utc_now)
    return sessions


@pytest.fixture(scope="module")
def procedures() -> list[Procedure]:
    return read_procedures(PACKAGED)[0]


def part(sessions: SessionFactory, name: str, clock: FixedClock, language: str = "it") -> Part:
    told = tell(sessions, "residence_permit", name, language, clock())
    assert told is not None
    return told


def test_what_is_held_back_is_counted_and_not_told(sessions: SessionFactory, clock: FixedClock) -> None:
    loaded = load(sessions, clock)
    assert part(loaded, "cost", clock, "en") == Part((), 1, ("legal_support",))
    steps = part(loaded, "steps", clock)
    assert ([[one.key for one in page] for page in steps.pages], steps.held) == ([["steps.1"]], 1)
    assert part(loaded, "time", clock) == Part((), 0, ("legal_support",))
    assert tell(loaded, "asylum", "what", "it", clock()) is None


def test_no_statement_of_the_program_is_told_before_it_is_confirmed(
    packaged: SessionFactory, clock: FixedClock
) -> None:
    """All twelve procedures, every part."""
    procedures = read_procedures(PACKAGED)[0]
    held = {f"{one.topic}.{two.key}" for one in procedures for two in one.statements if two.check}
    assert len(held) == 39
    told, number = [], 0
    for one in procedures:
        for name in PARTS:
            for language in ("it", "en", "ar"):
                found = tell(packaged, one.topic, name, language, clock())
                assert found is not None
                told += [f"{one.topic}.{two.key}" for page in found.pages for two in page if two.sources]
                number += found.held
    assert held.isdisjoint(told)
    assert number == 3 * len(held)
    assert len(told) + number == 3 * sum(len(one.statements) for one in procedures)


def test_a_page_holds_three_sentences(loaded: SessionFactory, clock: FixedClock) -> None:
    assert [[one.key for one in page] for page in part(loaded, "bring", clock).pages] == [["bring.1"], ["bring.2"]]


def test_the_sources_go_with_the_statement(loaded: SessionFactory, clock: FixedClock) -> None:
    ((told,), _) = part(loaded, "bring", clock).pages
    assert told.sources == (
        {"url": "https://questura.example.it/kit", "publisher": "Questura", "date": "2024-06", "official": True},
        {"url": "https://giornale.example.it/kit", "publisher": "Giornale", "date": None, "official": False},
    )
    assert (told.verified_on, told.old) == (None, True)


def test_the_nearest_language(loaded: SessionFactory, clock: FixedClock, caplog: pytest.LogCaptureFixture) -> None:
    guide._miss.cache_clear()
    with caplog.at_level(logging.WARNING):
        for language, name, written_in in (
            ("ru", "what", "ru"),
            ("ru", "bring", "en"),
            ("ru", "who", "it"),
            ("it", "what", "it"),
            ("ru", "who", "it"),
        ):
            assert part(loaded, name, clock, language).pages[0][0].language == written_in
    assert len(caplog.records) == 3  # bring.1 and bring.2 in Russian, who once


def test_a_translation_of_an_older_text_is_not_told(loaded: SessionFactory, clock: FixedClock) -> None:
    load_procedures(loaded, [procedure({"key": "what", "text": "È una tessera."})], [], clock)
    ((told,),) = part(loaded, "what", clock, "ru").pages
    assert (told.text, told.language) == ("È una tessera.", "it")


def test_an_operator_confirms_and_takes_it_back(sessions: SessionFactory, clock: FixedClock) -> None:
    loaded = load(sessions, clock)
    name = "residence_permit.cost"
    confirm(loaded, name, "Costa 40 euro.", by="Anna", source=PAGE, clock=clock)
    ((told,),) = part(loaded, "cost", clock, "en").pages
    assert (told.text, told.verified_on, told.verified_source, told.old) == ("40 euros.", "2026-11-25", PAGE, False)
    clock.advance(days=181)
    assert part(loaded, "cost", clock).pages[0][0].old
    (cost,) = (one for one in statements(loaded, clock()) if one.name == name)
    assert (cost.held, cost.old, cost.verified_by) == (False, True, "Anna")
    withdraw(loaded, name, by="Bruno", clock=clock)
    assert part(loaded, "cost", clock).held == 1
    with loaded() as session:
        events = session.query(StatementEvent).order_by(StatementEvent.id).all()
    assert [(one.key, one.deed, one.by, one.text, one.source) for one in events] == [
        ("cost", "confirmed", "Anna", "Costa 40 euro.", PAGE),
        ("cost", "withdrawn", "Bruno", "Costa 40 euro.", None),
    ]


@pytest.mark.parametrize(
    ("verified_on", "dates", "old"),
    [
        (date(2026, 6, 1), ["2010"], False),
        (date(2026, 5, 1), ["2026-11-01"], True),
        (None, ["2026-11", "2010", None], False),
        (None, ["2026"], True),  # counts from 1 January
        (None, [None], True),
    ],
)
def test_freshness_is_that_of_the_catalogue(verified_on: date | None, dates: list[str | None], old: bool) -> None:
    assert is_old(verified_on, dates, 180, date(2026, 11, 25)) == old


def test_what_cannot_be_confirmed(loaded: SessionFactory, clock: FixedClock) -> None:
    with pytest.raises(UnknownStatement, match=r"nearest: residence_permit\.cost"):
        confirm(loaded, "residence_permit.costs", "", by="Anna", source=PAGE, clock=clock)
    with pytest.raises(StatementChanged):
        confirm(loaded, "residence_permit.cost", "Costa 30 euro.", by="Anna", source=PAGE, clock=clock)
    with pytest.raises(NoPage):
        confirm(loaded, "residence_permit.cost", "Costa 40 euro.", by="Anna", source="il sito", clock=clock)
    assert part(loaded, "cost", clock).held == 1


def test_who_explains_it(loaded: SessionFactory, clock: FixedClock) -> None:
    places = sheet(
        entry("lawyer", services=["legal_support"], address="Via Roma 1"),
        entry("shop", services=["day_centre"], one_stop_shop=True, phones=["0773 6553204"]),
        entry("papers", services=["documents"], address="Via Roma 2"),
    )
    load_sheets(loaded, [places], clock)
    assert [card.key for card in who_explains(loaded, "latina", ("legal_support",), clock())] == ["shop", "lawyer"]
    assert [card.key for card in who_explains(loaded, "latina", ("housing", "documents"), clock())] == [
        "shop",
        "papers",
    ]


def test_somebody_explains_each_procedure_in_each_city(
    packaged: SessionFactory, procedures: list[Procedure], clock: FixedClock
) -> None:
    for one in procedures:
        for city in CITIES:
            assert who_explains(packaged, city, one.helpers, clock()), (one.topic, city)
