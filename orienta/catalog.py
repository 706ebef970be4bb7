"""`orienta catalog`: check the data sheets, load them, search them, write them back."""

from __future__ import annotations

import hashlib
import json
import logging
import re
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, NoReturn, Optional

import typer

from services_catalog.confidential import NotConfidential, keep_place
from services_catalog.csv_sheets import city_of, read_csv
from services_catalog.freshness import Queue, ToCheck, UnknownEntry, queue, verify
from services_catalog.hours import normalised
from services_catalog.hsds.package import InvalidPackage, export_hsds, read_hsds
from services_catalog.importer import ImportReport, entry_id, export_sheets, load_sheets, packaged_hashes, sheet_of
from services_catalog.lint import Finding, InvalidSheets, codes, findings, fix, read_sheets
from services_catalog.procedures import sheets as procedures
from services_catalog.procedures.importer import export_procedures, load_procedures
from services_catalog.procedures.lint import lint_procedures, read_procedures
from services_catalog.procedures.schema import Procedure
from services_catalog.procedures.translations import Translations
from services_catalog.quality import table
from services_catalog.schema import SHEET_CITIES, Sheet, nearest
from services_catalog.search import Card, SearchResult, Wishes, by_words, counts, explain, find
from services_catalog.sheets import PACKAGED, sheet_files
from services_catalog.vocabulary import CITIES, ELIGIBILITY, SERVICES
from storage.clock import ROME, utc_now
from storage.database import Engine, SessionFactory, SQLAlchemyError, make_engine, make_session_factory
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
    advice: Annotated[bool, typer.Option(help="Each piece of advice too, not only how many there are.")] = False,
    strict: Annotated[bool, typer.Option(help="Advice counts as an error.")] = False,
    mend: Annotated[bool, typer.Option("--fix", help="Carry out in the files what cannot be wrong.")] = False,
    show_hours: Annotated[
        bool, typer.Option("--hours", help="Print all opening hours as the program reads them.")
    ] = False,
    show_codes: Annotated[bool, typer.Option("--codes", help="Only say what the codes mean.")] = False,
) -> None:
    """Check the data sheets and the procedures: every error with file, line and remedy."""
    if show_codes:
        for code, text in sorted(codes().items()):
            typer.echo(f"[{code}] {text}")
        return
    guides = procedures.PACKAGED if path is None else procedures.folder_in(path)
    path = path or PACKAGED
    if city is not None:
        known("CITY", city, SHEET_CITIES)
        path, guides = path / f"{city}.yml", None
    has_cities = path != guides
    if mend and has_cities:
        for finding in fix(path):
            typer.echo(f"mended: {finding}")
    found = [*(findings(path) if has_cities else []), *(lint_procedures(guides) if guides else [])]
    wrong = [finding for finding in found if finding.is_error or strict]
    if wrong:
        _fail_with(wrong)
    counted: dict[str, int] = {}
    for finding in found:
        counted[finding.code] = counted.get(finding.code, 0) + 1
        if advice:
            typer.echo(str(finding))
    sheets = read_sheets(path) if has_cities else []
    if show_hours:
        for sheet in sheets:
            for entry in sheet.entries:
                if entry.opening_hours:
                    typer.echo(f"{sheet.city}/{entry.key}: {normalised(entry.opening_hours)}")
    if has_cities:
        typer.echo(f"{len(sheets)} sheets, {sum(len(sheet.entries) for sheet in sheets)} entries: no error.")
    if guides:
        topics, languages = read_procedures(guides)
        number = sum(len(topic.statements) for topic in topics)
        typer.echo(f"{len(topics)} procedures, {number} statements, {len(languages)} translations: no error.")
    if counted:
        typer.echo("Advice (--advice lists it): " + ", ".join(f"{n} {code}" for code, n in sorted(counted.items())))


QUALITY_MARKS = "<!-- quality of {day} -->", "<!-- end of quality -->"
_QUALITY = re.compile(r"<!-- quality of (\d{4}-\d{2}-\d{2}) -->\n(.*?)\n<!-- end of quality -->", re.DOTALL)


@app.command("quality")
def quality_command(
    readme: Annotated[
        Optional[Path], typer.Option(help="Write the table into this file, between its marks.", exists=True)
    ] = None,
) -> None:
    """The level of each city's sheet, bronze to gold, and what the next one asks for."""
    today = utc_now().astimezone(ROME).date()
    text = table([sheet for sheet in read_sheets(PACKAGED) if sheet.city in CITIES], today)
    if readme is None:
        typer.echo(text)
        return
    before = readme.read_text(encoding="utf-8")
    if not _QUALITY.search(before):
        fail(f"{readme} has no place for it: {QUALITY_MARKS[0]} … {QUALITY_MARKS[1]}")
    block = f"{QUALITY_MARKS[0].format(day=today)}\n{text}\n{QUALITY_MARKS[1]}"
    readme.write_text(_QUALITY.sub(lambda _: block, before), encoding="utf-8")


@app.command("stale")
def stale_command(
    city: Annotated[Optional[str], typer.Argument(help="City id; all cities when it is not given.")] = None,
    verified: Annotated[
        Optional[str], typer.Option(help="Key of an entry that was checked with the service itself today.")
    ] = None,
    by: Annotated[Optional[str], typer.Option(help="Who checked it, by role.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Everything, as JSON.")] = False,
) -> None:
    """What somebody must check: what people say is wrong, then what is past its lifetime, each with phone and source."""
    if city is not None:
        known("CITY", city, SHEET_CITIES)
    if verified is not None:
        if city is None or not by:
            fail(
                "--verified KEY needs the city and who checked it: orienta catalog stale latina --verified KEY --by desk"
            )
        try:
            with_database(lambda sessions: verify(sessions, utc_now, entry_id(city, verified), by))
        except UnknownEntry:
            fail(f"{city}/{verified}: no such entry; orienta catalog search shows the keys")
        typer.echo(f"{city}/{verified} is verified as of today.")
        return
    found: Queue = with_database(lambda sessions: queue(sessions, utc_now(), city))
    if as_json:
        entries = [{**asdict(one), "verified_on": str(one.verified_on or "") or None} for one in found.entries]
        typer.echo(json.dumps({"entries": entries, "feedback": found.feedback}, ensure_ascii=False, indent=1))
        return
    for one in found.entries:
        typer.echo(_to_check(one))
    for name, times in found.feedback.items():
        typer.echo(f"{name}: {times} messages with something to say about the catalogue, about no entry in particular")
    typer.echo(f"{len(found.entries)} entries to check.")


def _to_check(one: ToCheck) -> str:
    said = ", ".join(f"{aspect} wrong ({times} times)" for aspect, times in one.reported.items())
    over = (
        "of unknown age" if one.days_over is None else f"{one.days_over} days past its lifetime" * bool(one.days_over)
    )
    checked = f"verified {one.verified_on}" if one.verified_on else f"source of {one.source_date or 'unknown date'}"
    why = "; ".join(filter(None, [said and f"people say: {said}", over]))
    return (
        f"- {one.city}/{one.key}: {one.name}\n  {why} · {checked}\n  check: {' · '.join([*one.phones, one.source_url])}"
    )


@app.command("import")
def import_command(
    path: Annotated[
        Path,
        typer.Argument(
            help="A data sheet, a folder of them, a table of entries (<city>.csv), or a folder of procedures."
        ),
    ],
    city: Annotated[Optional[str], typer.Option(help="City id of a table that is not named after its city.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would change.")] = False,
) -> None:
    """Load data sheets into the database, all or nothing; of a table (.csv) only the entries that it has rows for."""
    guides = procedures.folder_in(path)
    try:
        sheets = [_changed_by(path, city)] if path.suffix == ".csv" else [] if guides == path else read_sheets(path)
        topics, translations = read_procedures(guides) if guides else ([], [])
    except InvalidSheets as error:
        _fail_with(error.findings)
    _import(sheets, dry_run, topics, translations)


def _changed_by(file: Path, city: Optional[str]) -> Sheet:
    of = city or city_of(file)
    if of is None:
        fail(f"{file}: of which city? Name it <city>.csv, or say --city.")
    known("--city", of, SHEET_CITIES)
    if not file.is_file():
        fail(f"{file}: no such file")

    def current(sessions: SessionFactory) -> Sheet:
        with sessions() as session:
            return sheet_of(session, of)

    return read_csv(file, with_database(current))


def _import(
    sheets: list[Sheet],
    dry_run: bool,
    topics: Sequence[Procedure] = (),
    translations: Sequence[Translations] = (),
) -> None:
    report = with_database(lambda sessions: load_sheets(sessions, sheets, utc_now, dry_run=dry_run))
    if topics:
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
    service: Annotated[Optional[str], typer.Option(help="Service id.")] = None,
    words: Annotated[Optional[str], typer.Option(help="Instead of a service: words of a name or address.")] = None,
    at: Annotated[
        Optional[str], typer.Option(help="Moment, ISO 8601; Rome's time when it has no offset. Else now.")
    ] = None,
    near: Annotated[Optional[str], typer.Option(help="A position: LAT,LON.")] = None,
    recipients: Annotated[Optional[list[str]], typer.Option("--for", help=f"{', '.join(ELIGIBILITY)}.")] = None,
    language: Annotated[Optional[str], typer.Option(help="Spoken there: ISO 639 code.")] = None,
    open_only: Annotated[bool, typer.Option("--open", help="Only what is known to be open at the moment.")] = False,
    why: Annotated[
        bool, typer.Option("--explain", help="All entries in their order, and what each rule found.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Everything, as JSON.")] = False,
) -> None:
    """What a person would be shown."""
    known("--city", city, tuple(CITIES))
    if (service is None) == (words is None):
        fail("Give --service or --words.")
    for one in recipients or ():
        known("--for", one, ELIGIBILITY)
    moment = _moment(at)
    if words is not None:
        cards = with_database(lambda sessions: by_words(sessions, city, words, moment))
        result = SearchResult(tuple(cards))
    else:
        service = str(service)
        known("--service", service, tuple(SERVICES))
        wishes = Wishes(_position(near), tuple(recipients or ()), language, open_only)
        if why:
            for card, found in with_database(lambda sessions: explain(sessions, city, service, moment, wishes)):
                typer.echo(_lines(card))
                typer.echo("  " + " · ".join(f"{name} {_value(value)}" for name, value in found.items()))
            return
        result = with_database(lambda sessions: find(sessions, city, service, moment, wishes=wishes))
    if as_json:
        shown = {name: [card.as_dict() for card in getattr(result, name)] for name in ("cards", "alternatives")}
        typer.echo(json.dumps(shown, ensure_ascii=False, indent=1))
        return
    for card in result.cards:
        typer.echo(_lines(card))
    if result.alternatives:
        typer.echo("Nobody to send people to; instead:")
        for card in result.alternatives:
            typer.echo(_lines(card))
    if not result.cards and not result.alternatives:
        typer.echo("Nothing.")


def _value(value: Any) -> str:
    return {True: "no", False: "yes"}[value] if isinstance(value, bool) else str(value)


def _position(text: Optional[str]) -> Optional[tuple[float, float]]:
    if text is None:
        return None
    try:
        latitude, longitude = map(float, text.split(","))
    except ValueError:
        fail(f"--near {text}: no position; write it like 41.4676,12.9037")
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        fail(f"--near {text}: no position on earth; latitude first, then longitude")
    return latitude, longitude


@app.command("export")
def export_command(
    folder: Annotated[Path, typer.Argument(help="Where the sheets are written.", file_okay=False)],
    as_csv: Annotated[bool, typer.Option("--csv", help="As tables, for a spreadsheet.")] = False,
) -> None:
    """Write the catalogue as data sheets, ready for review in git."""
    files = with_database(lambda sessions: export_sheets(sessions, folder, as_csv))
    guides = [] if as_csv else with_database(lambda sessions: export_procedures(sessions, folder / procedures.FOLDER))
    also = f" and {len(guides)} procedures" if guides else ""
    typer.echo(f"{len(files)} sheets{also} written to {folder}.")


@app.command("secret-place")
def secret_place_command(
    city: Annotated[str, typer.Argument(help="City id.")],
    key: Annotated[str, typer.Argument(help="Key of an entry that is confidential.")],
    position: Annotated[Optional[str], typer.Option(help="LAT,LON.")] = None,
) -> None:
    """Keep the address of a confidential place, read from standard input; nothing will ever show it."""
    latitude, longitude = _position(position) or (None, None)
    address = (typer.prompt("Address", hide_input=True) if sys.stdin.isatty() else sys.stdin.readline()).strip()
    if not address:
        fail("No address was given.")
    try:
        with_database(lambda sessions: keep_place(sessions, entry_id(city, key), address, latitude, longitude))
    except UnknownEntry:
        fail(f"{city}/{key}: no such entry")
    except NotConfidential as error:
        fail(f"{error}; set confidential: true in its sheet and import it first")
    typer.echo(f"{city}/{key}: kept.")


@app.command("hsds-export")
def hsds_export_command(
    folder: Annotated[Path, typer.Argument(help="Where json/ and tabular/ are written.", file_okay=False)],
) -> None:
    """Write the catalogue as HSDS 3.1 (Open Referral): nested JSON and a Tabular Data Package."""
    files = with_database(lambda sessions: export_hsds(sessions, folder))
    typer.echo(f"{len(files)} files written to {folder}.")


@app.command("hsds-import")
def hsds_import_command(
    path: Annotated[Path, typer.Argument(help="A folder that hsds-export wrote, HSDS tables, or a JSON file.")],
    city: Annotated[Optional[str], typer.Option(help="City id of services that do not say theirs.")] = None,
    source: Annotated[
        Optional[str], typer.Option(help="Page to name as the source of services that name none.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would change.")] = False,
) -> None:
    """Load HSDS services into the database, all or nothing."""
    if city is not None:
        known("--city", city, SHEET_CITIES)
    try:
        package = read_hsds(path, city, source)
    except InvalidPackage as error:
        for problem in error.problems:
            typer.echo(problem, err=True)
        fail(f"{len(error.problems)} errors; nothing was changed.")
    for text in package.left_out:
        typer.echo(f"left out: {text}")
    _import(list(package.sheets), dry_run)


def _lines(card: Card) -> str:
    state = card.hours["state"]
    until = f" until {card.hours['until'][:16]}" if card.hours["until"] else ""
    opening = f", opens {card.hours['next_opening'][:16]}" if card.hours["next_opening"] and state == "closed" else ""
    place = " · ".join(filter(None, [card.address, *card.phones])) or "no address, no phone"
    checked = (
        f"verified {card.verified_on}" if card.verified_on else f"not verified, source {card.source_date or 'undated'}"
    ) + ", past its lifetime" * card.stale
    away = f" · {card.distance_m} m" if card.distance_m is not None else ""
    return f"- {card.name}\n  {place}\n  {state}{until}{opening}{away} · {checked} · {card.city}/{card.key}"


def _moment(text: Optional[str]) -> datetime:
    if text is None:
        return utc_now()
    try:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        fail(f"--at {text}: no moment; write it like 2026-11-25T09:00")
    return moment if moment.tzinfo else moment.replace(tzinfo=ROME)


def known(option: str, value: str, among: tuple[str, ...]) -> None:
    if value not in among:
        fail(f"{option} {value}: not known; nearest: {nearest(value, among)}; all: {', '.join(among)}")


def with_database(work: Any) -> Any:
    """Run `work` on a migrated database; one that cannot be used ends the program with the remedy."""
    try:
        engine = _engine()
        migrate(engine)
        return work(make_session_factory(engine))
    except SettingsError as error:
        fail(str(error))
    except SQLAlchemyError as error:
        fail(f"The database cannot be used ({type(error).__name__}); check ORIENTA_DATABASE_URL and its server.")


def _engine() -> Engine:
    try:
        return make_engine(load_settings().database_url)
    except OSError as error:
        fail(f"The database's folder cannot be made ({error}); check ORIENTA_DATA_DIR and ORIENTA_DATABASE_URL.")


def _fail_with(findings: list[Finding]) -> NoReturn:
    for finding in findings:
        typer.echo(str(finding), err=True)
    fail(f"{len(findings)} errors; nothing was changed.")


def fail(message: str) -> NoReturn:
    """One line that says what is wrong and what would do, and exit code 1."""
    typer.echo(message, err=True)
    raise typer.Exit(1)
