"""Sheets into the database and out, on SQLite and PostgreSQL."""

from __future__ import annotations

import threading
from contextlib import suppress
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, inspect, select, update

from services_catalog import importer
from services_catalog.importer import ImportReport, entry_id, export_sheets, load_sheets
from services_catalog.lint import read_sheets
from services_catalog.models import Attribute, CatalogueSheet, Location, Organization, Phone, Service
from services_catalog.schema import Sheet
from services_catalog.sheets import PACKAGED
from storage.database import Base, Engine, SessionFactory, transaction
from storage.migrate import downgrade, migrate
from tests.conftest import FixedClock
from tests.services_catalog.factories import entry, sheet

TABLES = {
    "organization", "service", "location", "service_at_location", "phone", "language", "attribute", "catalogue_sheet",
}  # fmt: skip


def everything(sessions: SessionFactory) -> dict[str, Any]:
    """All rows of the catalogue's tables."""
    with sessions() as session:
        return {
            name: sorted(map(repr, session.execute(select(Base.metadata.tables[name])).all()))
            for name in sorted(TABLES)
        }


def edit(sessions: SessionFactory, clock: FixedClock, key: str, **values: Any) -> None:
    """As the console will do it."""
    clock.advance(minutes=1)
    with transaction(sessions) as session:
        query = update(Service).where(Service.id == entry_id("latina", key)).values(edited_at=clock(), **values)
        session.execute(query, execution_options={"synchronize_session": False})


def name_of(sessions: SessionFactory, key: str) -> str:
    with sessions() as session:
        return str(session.execute(select(Service.name).where(Service.key == key)).scalar_one())


def test_migration_up_and_down(engine: Engine) -> None:
    assert set(inspect(engine).get_table_names()) >= TABLES
    downgrade(engine, "0001")
    assert not TABLES & set(inspect(engine).get_table_names())
    migrate(engine)
    assert set(inspect(engine).get_table_names()) >= TABLES


def test_migration_makes_what_the_models_say(engine: Engine) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.runtime.migration import MigrationContext

    with engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), Base.metadata)
    ours = [d for d in differences if isinstance(d, tuple) and getattr(d[-1], "name", None) in TABLES]
    tables = [d for d in differences if getattr(getattr(d[-1], "table", None), "name", None) in TABLES]
    assert ours + tables == []


def test_all_cities(sessions: SessionFactory, clock: FixedClock) -> None:
    sheets = read_sheets(PACKAGED)
    report = load_sheets(sessions, sheets, clock)
    assert len(report.added) == sum(len(one.entries) for one in sheets)
    assert (report.changed, report.unchanged, report.removed, report.conflicts) == ({}, (), (), ())


def test_a_second_import_changes_nothing(sessions: SessionFactory, clock: FixedClock) -> None:
    sheets = read_sheets(PACKAGED)
    first = load_sheets(sessions, sheets, clock)
    before = everything(sessions)
    clock.advance(days=1)
    assert load_sheets(sessions, sheets, clock) == ImportReport(unchanged=first.added)
    assert everything(sessions) == before


def test_export_of_an_import_equals_the_sheets(sessions: SessionFactory, clock: FixedClock, tmp_path: Path) -> None:
    load_sheets(sessions, read_sheets(PACKAGED), clock)
    for file in export_sheets(sessions, tmp_path / "out"):
        assert file.read_bytes() == (PACKAGED / file.name).read_bytes()
    assert len(list((tmp_path / "out").iterdir())) == 17


def test_a_dry_run_writes_nothing_and_says_the_same(sessions: SessionFactory, clock: FixedClock) -> None:
    load_sheets(sessions, [sheet(entry("a"), entry("b"), entry("c"))], clock)
    before = everything(sessions)
    new = [sheet(entry("b", cost="1 euro"), entry("c"), entry("d"), desk_phone="0773 6553204")]
    planned = load_sheets(sessions, new, clock, dry_run=True)
    assert everything(sessions) == before
    assert planned == ImportReport(
        added=("latina/d",), changed={"latina/b": ("cost",), "latina/desk_phone": ("desk_phone",)},
        unchanged=("latina/c",), removed=("latina/a",),
    )  # fmt: skip
    assert load_sheets(sessions, new, clock) == planned
    assert everything(sessions) != before


def test_a_change_replaces_the_details_and_leaves_no_orphans(
    sessions: SessionFactory, clock: FixedClock, tmp_path: Path
) -> None:
    old = entry(
        "a", address="Via Roma 1", phones=["112"], services=["food", "shower"], organisation="Caritas", languages=["it"]
    )
    new = entry("a", address="Via Roma 2", phones=["1522", "112"], services=["shower"], organisation="Comune")
    load_sheets(sessions, [sheet(old)], clock)
    load_sheets(sessions, [sheet(new)], clock)
    with sessions() as session:
        assert session.execute(select(Location.address)).scalars().all() == ["Via Roma 2"]
        assert session.execute(select(Phone.number).order_by(Phone.position)).scalars().all() == ["1522", "112"]
        assert session.execute(select(Attribute.term)).scalars().all() == ["shower"]
        assert session.execute(select(Organization.name)).scalars().all() == ["Comune"]
    load_sheets(sessions, [sheet()], clock)
    with sessions() as session:
        for model in (Service, Location, Phone, Attribute, Organization):
            assert session.execute(select(func.count()).select_from(model)).scalar() == 0
    export_sheets(sessions, tmp_path)
    assert read_sheets(tmp_path) == [sheet()]


def test_other_cities_stay(sessions: SessionFactory, clock: FixedClock) -> None:
    load_sheets(sessions, [sheet(entry("a")), sheet(entry("a"), city="roma")], clock)
    load_sheets(sessions, [sheet()], clock)
    with sessions() as session:
        assert session.execute(select(Service.city)).scalars().all() == ["roma"]


def test_a_new_order_is_kept(sessions: SessionFactory, clock: FixedClock, tmp_path: Path) -> None:
    load_sheets(sessions, [sheet(entry("a"), entry("b"))], clock)
    load_sheets(sessions, [sheet(entry("c"), entry("b"), entry("a"))], clock)
    export_sheets(sessions, tmp_path)
    assert [one.key for one in read_sheets(tmp_path)[0].entries] == ["c", "b", "a"]


def test_ids_are_the_same_everywhere(sessions: SessionFactory, clock: FixedClock) -> None:
    load_sheets(sessions, [sheet(entry("mensa"))], clock)
    with sessions() as session:
        assert session.execute(select(Service.id)).scalar() == entry_id("latina", "mensa")
    assert entry_id("latina", "mensa") == "63bed8ec-325d-5ed9-986d-77896abf3b73"
    assert entry_id("latina", "mensa") != entry_id("roma", "mensa")


def test_a_failure_leaves_everything_as_it_was(
    sessions: SessionFactory, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    load_sheets(sessions, [sheet(entry("a"))], clock)
    before = everything(sessions)

    def fail(*_: Any) -> None:
        raise RuntimeError("power cut")

    monkeypatch.setattr(importer, "_note_sheet", fail)
    with pytest.raises(RuntimeError):
        load_sheets(sessions, [sheet(entry("a", name="New"), entry("b"))], clock)
    assert everything(sessions) == before


def test_an_edit_survives_an_import_of_the_same_sheet(sessions: SessionFactory, clock: FixedClock) -> None:
    load_sheets(sessions, [sheet(entry("a"))], clock)
    edit(sessions, clock, "a", name="Edited")
    assert load_sheets(sessions, [sheet(entry("a"))], clock) == ImportReport(unchanged=("latina/a",))
    assert name_of(sessions, "a") == "Edited"


@pytest.mark.parametrize("dry_run", [True, False])
def test_an_edit_and_another_change_of_the_sheet_are_a_conflict(
    sessions: SessionFactory, clock: FixedClock, dry_run: bool
) -> None:
    load_sheets(sessions, [sheet(entry("a"), entry("b"))], clock)
    edit(sessions, clock, "a", name="Edited")
    report = load_sheets(sessions, [sheet(entry("a", name="Sheet"), entry("b", name="Sheet"))], clock, dry_run=dry_run)
    assert report == ImportReport(changed={"latina/b": ("name",)}, conflicts=("latina/a",))
    assert name_of(sessions, "a") == "Edited"


def test_an_edited_entry_that_the_sheet_drops_is_a_conflict(sessions: SessionFactory, clock: FixedClock) -> None:
    load_sheets(sessions, [sheet(entry("a"), entry("b"))], clock)
    edit(sessions, clock, "a", name="Edited")
    assert load_sheets(sessions, [sheet()], clock) == ImportReport(removed=("latina/b",), conflicts=("latina/a",))
    assert name_of(sessions, "a") == "Edited"


def test_a_conflict_ends_when_both_say_the_same(sessions: SessionFactory, clock: FixedClock, tmp_path: Path) -> None:
    load_sheets(sessions, [sheet(entry("a"))], clock)
    edit(sessions, clock, "a", name="Edited")
    export_sheets(sessions, tmp_path)
    clock.advance(minutes=1)
    assert load_sheets(sessions, read_sheets(tmp_path), clock) == ImportReport(unchanged=("latina/a",))
    assert load_sheets(sessions, [sheet(entry("a", name="Sheet"))], clock).changed == {"latina/a": ("name",)}


def test_the_desk_s_phone(sessions: SessionFactory, clock: FixedClock) -> None:
    load_sheets(sessions, [sheet(desk_phone="0773 6553204")], clock)
    with sessions() as session:
        row = session.execute(select(CatalogueSheet)).scalar_one()
        assert (row.city, row.desk_phone) == ("latina", "0773 6553204")
        assert row.imported_at == datetime(2026, 11, 25, 8, 0, tzinfo=timezone.utc)


def two_at_once(sessions: SessionFactory, clock: FixedClock, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Two first imports of one city, the second one begun before the first one has written."""
    results: list[Any] = []
    planned = threading.Barrier(2, timeout=0.5)
    carry_out = importer._carry_out

    def wait_and_carry_out(*args: Any) -> None:
        with suppress(threading.BrokenBarrierError):
            planned.wait()  # both have looked at an empty database, unless the lock keeps one of them out
        carry_out(*args)

    monkeypatch.setattr(importer, "_carry_out", wait_and_carry_out)

    def work(one: Sheet) -> None:
        try:
            results.append(load_sheets(sessions, [one], clock))
        except Exception as error:
            results.append(error)

    threads = [threading.Thread(target=work, args=(sheet(entry("a")),)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def is_sqlite(sessions: SessionFactory) -> bool:
    return bool(sessions.kw["bind"].dialect.name == "sqlite")


def test_two_imports_at_once_go_one_after_the_other(
    sessions: SessionFactory, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    results = two_at_once(sessions, clock, monkeypatch)
    assert sorted(results, key=lambda report: len(report.added)) == [
        ImportReport(unchanged=("latina/a",)),
        ImportReport(added=("latina/a",)),
    ]


def test_without_the_lock_they_collide_but_on_sqlite_which_has_one_writer(
    sessions: SessionFactory, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importer, "one_at_a_time", lambda session: None)
    results = two_at_once(sessions, clock, monkeypatch)
    second = "ImportReport" if is_sqlite(sessions) else "IntegrityError"
    assert sorted(type(result).__name__ for result in results) == ["ImportReport", second]
