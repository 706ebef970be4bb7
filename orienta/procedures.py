"""`orienta catalog confirm` and `withdraw`: operators stand for statements of procedures. And the start's loading of them."""

from __future__ import annotations

import hashlib
import logging
from pathlib import Path
from typing import Annotated, Any, Optional

import typer

from orienta.catalog import app, fail, with_database
from services_catalog.importer import ImportReport
from services_catalog.procedures.confirmation import ConfirmationError, ToCheck, confirm, statements, withdraw
from services_catalog.procedures.importer import load_procedures, packaged_hashes
from services_catalog.procedures.lint import read_procedures
from services_catalog.procedures.sheets import PACKAGED, procedure_files
from services_catalog.procedures.translations import translation_files
from storage.clock import utc_now
from storage.database import make_engine, make_session_factory
from storage.settings import Settings

log = logging.getLogger(__name__)

By = Annotated[str, typer.Option(help="Who says so: your name, or that of your account.")]


def load_packaged_procedures(settings: Settings, folder: Path = PACKAGED) -> ImportReport:
    """Load the procedures that come with the program, when their files are new. The database must be migrated.

    Raises:
        InvalidSheets: a file has an error; nothing was loaded.
    """
    sessions = make_session_factory(make_engine(settings.database_url))
    digest = hashlib.sha256()
    for file in (*procedure_files(folder), *translation_files(folder)):
        digest.update(file.name.encode() + b"\n" + file.read_bytes())
    known = packaged_hashes(sessions)
    if {file.stem for file in procedure_files(folder)} == {
        topic for topic, hash_ in known.items() if hash_ == digest.hexdigest()
    }:
        return ImportReport()
    report = load_procedures(sessions, *read_procedures(folder), utc_now, packaged_hash=digest.hexdigest())
    for statement in report.conflicts:
        log.warning("procedure statement %s was confirmed here and has changed in its sheet: kept as it is", statement)
    return report


@app.command("confirm")
def confirm_command(
    name: Annotated[
        Optional[str], typer.Argument(help="A statement, like asylum.cost. Without it: those that wait are listed.")
    ] = None,
    by: By = "",
    source: Annotated[str, typer.Option(help="Address of the current official page that says so.")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask whether the page says the same.")] = False,
) -> None:
    """Confirm a statement about a procedure: from then on people are told it. It is written down who did it."""
    found = with_database(lambda sessions: statements(sessions, utc_now()))
    if name is None:
        _list(found)
        return
    if not by.strip() or not source:
        fail("Say who confirms it (--by) and on which page it stands today (--source).")
    statement = next((one for one in found if one.name == name), None)
    if statement is not None:
        typer.echo("\n".join(_lines(statement)))
        for doubt in statement.uncertain:
            typer.echo(f"  ? {doubt}")
        if not yes and not typer.confirm(f"Does {source} say the same today?"):
            fail("Nothing was changed.")
    text = statement.text if statement else ""
    _try(lambda sessions: confirm(sessions, name, text, by=by.strip(), source=source, clock=utc_now))
    typer.echo(f"{name} is confirmed: people are told it now.")


@app.command("withdraw")
def withdraw_command(name: Annotated[str, typer.Argument(help="A statement, like asylum.cost.")], by: By = "") -> None:
    """Take the confirmation of a statement back."""
    if not by.strip():
        fail("Say who takes it back (--by).")
    _try(lambda sessions: withdraw(sessions, name, by=by.strip(), clock=utc_now))
    typer.echo(f"{name} is not confirmed any more.")


def _try(work: Any) -> None:
    try:
        with_database(work)
    except ConfirmationError as error:
        fail(f"{str(error)[0].upper()}{str(error)[1:]}. Nothing was changed.")


def _list(found: list[ToCheck]) -> None:
    waiting = [one for one in found if one.held or (one.old and one.verified_on)]
    for one in waiting:
        typer.echo("\n".join(_lines(one)))
    held = sum(one.held for one in waiting)
    never = sum(one.verified_on is None for one in found) - held
    typer.echo(
        f"{len(found)} statements: {held} held back, {len(waiting) - held} confirmed too long ago,"
        f" {never} shown as not yet checked."
    )


def _lines(one: ToCheck) -> list[str]:
    checked = f"confirmed on {one.verified_on} by {one.verified_by}" if one.verified_on else "not confirmed"
    state = "held back" if one.held else f"{checked}, too long ago" if one.old else checked
    return [f"- {one.name} ({state})", f"  {one.text}", *(f"  {source}" for source in one.sources)]
