"""Procedures in the database: what a sheet changes, and what an operator did is not lost."""

from __future__ import annotations

from pathlib import Path

from services_catalog.procedures.confirmation import confirm
from services_catalog.procedures.guide import tell
from services_catalog.procedures.importer import export_procedures, load_procedures
from services_catalog.procedures.sheets import dump_procedure
from storage.database import SessionFactory
from tests.conftest import FixedClock
from tests.services_catalog.procedures.factories import procedure, translations

COST = "residence_permit.cost"
PAGE = "https://questura.example.it/costi"


def test_what_changes_is_said_and_a_dry_run_changes_nothing(sessions: SessionFactory, clock: FixedClock) -> None:
    english = translations("en", what="It is a paper.")
    assert len(load_procedures(sessions, [procedure()], [english], clock, dry_run=True).added) == 10
    assert tell(sessions, "residence_permit", "what", "en", clock()) is None
    load_procedures(sessions, [procedure()], [english], clock)
    again = load_procedures(sessions, [procedure()], [english], clock)
    assert (again.added, again.changed, len(again.unchanged)) == ((), {}, 10)

    shorter = procedure({"key": "who", "text": "Chi vuole."}, lifetime_days=30)
    shorter = shorter.copy(update={"statements": tuple(one for one in shorter.statements if one.key != "bring.2")})
    report = load_procedures(sessions, [shorter], [translations("en", what="It is a document.")], clock)
    assert report.removed == ("residence_permit/bring.2",)
    assert report.changed == {
        "residence_permit/lifetime_days": ("lifetime_days",),
        "residence_permit/who": ("text",),
        "translations/en": ("1 texts",),
    }


def test_a_confirmed_statement_is_not_overwritten(sessions: SessionFactory, clock: FixedClock, tmp_path: Path) -> None:
    load_procedures(sessions, [procedure()], [], clock)
    clock.advance(hours=1)
    confirm(sessions, COST, "Costa 40 euro.", by="Anna", source=PAGE, clock=clock)
    clock.advance(hours=1)
    assert load_procedures(sessions, [procedure()], [], clock).conflicts == ()
    dearer = procedure({"key": "cost", "text": "Costa 50 euro."})
    assert load_procedures(sessions, [dearer], [], clock).conflicts == ("residence_permit/cost",)
    told = tell(sessions, "residence_permit", "cost", "it", clock())
    assert told is not None
    assert [one.text for one in told.pages[0]] == ["Costa 40 euro."]

    (file,) = export_procedures(sessions, tmp_path)
    confirmed = {"key": "cost", "verified_on": "2026-11-25", "verified_by": "Anna", "verified_source": PAGE}
    assert file.read_text(encoding="utf-8") == dump_procedure(procedure(confirmed))
    assert load_procedures(sessions, [procedure(confirmed)], [], clock).conflicts == ()
    assert load_procedures(sessions, [dearer], [], clock).conflicts == ("residence_permit/cost",)


def test_a_new_text_is_held_back_again(sessions: SessionFactory, clock: FixedClock) -> None:
    confirmed = {"key": "cost", "verified_on": "2026-11-25", "verified_by": "Anna", "verified_source": PAGE}
    load_procedures(sessions, [procedure(confirmed)], [], clock)
    load_procedures(sessions, [procedure({"key": "cost", "text": "Costa 50 euro."})], [], clock)
    told = tell(sessions, "residence_permit", "cost", "it", clock())
    assert told is not None
    assert (told.pages, told.held) == ((), 1)
