"""`orienta catalog`: check the data sheets, load them, search them, write them back."""

from __future__ import annotations

import hashlib
import json
import logging
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, NoReturn, Optional

import typer

from services_catalog.importer import ImportReport, export_sheets, load_sheets, packaged_hashes
from services_catalog.lint import Finding, InvalidSheets, lint, read_sheets
from services_catalog.procedures import sheets as procedures
from services_catalog.procedures.importer import export_procedures, load_procedures
from services_catalog.procedures.lint import lint_procedures, read_procedures
from services_catalog.schema import SHEET_CITIES, nearest
from services_catalog.search import Card, counts, find
from services_catalog.sheets import PACKAGED, sheet_files
from services_catalog.vocabulary import CITIES, SERVICES
from storage.clock import ROME, utc_now
from storage.database import Engine, SQLAlchemyError, make_engine, make_session_factory
from storage.migrate import migrate
from storage.settings import Settings, SettingsError, load_settings

log = logging.getLogger(__name__)

app = typer.Typer(no_args_is_help=True)


def load_catalogue(settings: Settings) -> ImportReport:
    """Load the sheets that come with the program: at the first start all, later those that are new.

    What was edited in the database stays. The database must be migrated.

    Raises:
        InvalidSheets: a sheet has an error; nothing was loaded.
    """
    sessions = make_session_factory(make_engine(settings.database_url))
    files = {file.stem: file for file in sheet_files(PACKAGED)}
    hashes = {city: hashlib.sha256(file.read_bytes()).hexdigest() for city, file in files.items()}
    known = packaged_hashes(sessions) if counts(sessions) else {}
    new = [city for city in files if known.get(city) != hashes[city]]
    if not new:
        return ImportReport()
    sheets = [sheet for sheet in read_sheets(PACKAGED) if sheet.city in new]
    report = load_sheets(sessions, sheets, utc_now, packaged=hashes)
    for entry in report.conflicts:
        log.warning("catalogue entry %s was edited here and has changed in its sheet: kept as edited", entry)
    return report


@app.command("lint")
def lint_command(
    city: Annotated[Optional[str], typer.Argument(help="City id; all cities when it is not given.")] = None,
    path: Annotated[Optional[Path], typer.Option(help="Folder of sheets; those of the program when not given.")] = None,
) -> None:
    """Check the data sheets and the procedures: every error with file, line and remedy."""
    guides = procedures.PACKAGED if path is None else procedures.folder_in(path)
    path = path or PACKAGED
    if city is not None:
        known("CITY", city, SHEET_CITIES)
        path, guides = path / f"{city}.yml", None
    has_cities = path != guides
    findings = [*(lint(path) if has_cities else []), *(lint_procedures(guides) if guides else [])]
    if findings:
        _fail_with(findings)
    if has_cities:
        sheets = read_sheets(path)
        typer.echo(f"{len(sheets)} sheets, {sum(len(sheet.entries) for sheet in sheets)} entries: no error.")
    if guides:
        topics, languages = read_procedures(guides)
        number = sum(len(topic.statements) for topic in topics)
        typer.echo(f"{len(topics)} procedures, {number} statements, {len(languages)} translations: no error.")


@app.command("import")
def import_command(
    path: Annotated[Path, typer.Argument(help="A data sheet, or a folder of them; a folder of procedures.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would change.")] = False,
) -> None:
    """Load data sheets into the database, all or nothing."""
    guides = procedures.folder_in(path)
    try:
        sheets = [] if guides == path else read_sheets(path)
        topics, translations = read_procedures(guides) if guides else ([], [])
    except InvalidSheets as error:
        _fail_with(error.findings)
    report = with_database(lambda sessions: load_sheets(sessions, sheets, utc_now, dry_run=dry_run))
    if guides:
        report += with_database(
            lambda sessions: load_procedures(sessions, topics, translations, utc_now, dry_run=dry_run)
        )
    for sign, entries in (("+", report.added), ("-", report.removed), ("!", report.conflicts)):
        for entry in entries:
            typer.echo(f"{sign} {entry}")
    for entry, fields in report.changed.items():
        typer.echo(f"~ {entry}: {', '.join(fields)}")
    typer.echo(
        f"{len(report.added)} added, {len(report.changed)} changed, {len(report.unchanged)} unchanged,"
        f" {len(report.removed)} removed, {len(report.conflicts)} in conflict"
        f"{' (dry run: nothing was written)' if dry_run else ''}."
    )
    if report.conflicts:
        typer.echo("Entries in conflict (!) were edited in the database and stay so: export, merge, import again.")


@app.command("search")
def search_command(
    city: Annotated[str, typer.Option(help="City id.")],
    service: Annotated[str, typer.Option(help="Service id.")],
    at: Annotated[
        Optional[str], typer.Option(help="Moment, ISO 8601; Rome's time when it has no offset. Else now.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Everything, as JSON.")] = False,
) -> None:
    """What a person would be shown."""
    known("--city", city, tuple(CITIES))
    known("--service", service, tuple(SERVICES))
    moment = _moment(at)
    result = with_database(lambda sessions: find(sessions, city, service, moment))
    if as_json:
        found = {name: [card.as_dict() for card in getattr(result, name)] for name in ("cards", "alternatives")}
        typer.echo(json.dumps(found, ensure_ascii=False, indent=1))
        return
    for card in result.cards:
        typer.echo(_lines(card))
    if result.alternatives:
        typer.echo("Nobody to send people to; instead:")
        for card in result.alternatives:
            typer.echo(_lines(card))
    if not result.cards and not result.alternatives:
        typer.echo("Nothing.")


@app.command("export")
def export_command(
    folder: Annotated[Path, typer.Argument(help="Where the sheets are written.", file_okay=False)],
) -> None:
    """Write the catalogue as data sheets, ready for review in git."""
    files = with_database(lambda sessions: export_sheets(sessions, folder))
    guides = with_database(lambda sessions: export_procedures(sessions, folder / procedures.FOLDER))
    also = f" and {len(guides)} procedures" if guides else ""
    typer.echo(f"{len(files)} sheets{also} written to {folder}.")


def _lines(card: Card) -> str:
    state = card.hours["state"]
    until = f" until {card.hours['until'][:16]}" if card.hours["until"] else ""
    opening = f", opens {card.hours['next_opening'][:16]}" if card.hours["next_opening"] and state == "closed" else ""
    place = " · ".join(filter(None, [card.address, *card.phones])) or "no address, no phone"
    checked = (
        f"verified {card.verified_on}" if card.verified_on else f"not verified, source {card.source_date or 'undated'}"
    )
    return f"- {card.name}\n  {place}\n  {state}{until}{opening} · {checked} · {card.city}/{card.key}"


def _moment(text: Optional[str]) -> datetime:
    if text is None:
        return utc_now()
    try:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        _fail(f"--at {text}: no moment; write it like 2026-11-25T09:00")
    return moment if moment.tzinfo else moment.replace(tzinfo=ROME)


def known(option: str, value: str, among: tuple[str, ...]) -> None:
    if value not in among:
        _fail(f"{option} {value}: not known; nearest: {nearest(value, among)}; all: {', '.join(among)}")


def with_database(work: Any) -> Any:
    """Run `work` on a migrated database; one that cannot be used ends the program with the remedy."""
    try:
        engine = _engine()
        migrate(engine)
        return work(make_session_factory(engine))
    except SettingsError as error:
        _fail(str(error))
    except SQLAlchemyError as error:
        _fail(f"The database cannot be used ({type(error).__name__}); check ORIENTA_DATABASE_URL and its server.")


def _engine() -> Engine:
    try:
        return make_engine(load_settings().database_url)
    except OSError as error:
        _fail(f"The database's folder cannot be made ({error}); check ORIENTA_DATA_DIR and ORIENTA_DATABASE_URL.")


def _fail_with(findings: list[Finding]) -> NoReturn:
    for finding in findings:
        typer.echo(str(finding), err=True)
    _fail(f"{len(findings)} errors; nothing was changed.")


def _fail(message: str) -> NoReturn:
    typer.echo(message, err=True)
    raise typer.Exit(1)
