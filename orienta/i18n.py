"""`orienta i18n status` and `update`: how complete each language is, and bringing the catalogues up to date with the texts.

msgids come from the responses of domain.yml and from what `N_` marks in the code, by Babel's extraction. A new message gets an
empty translation; a changed English text is a new message, never a fuzzy guess, and its old translation is outdated.

The statements of the procedures are translated in services_catalog/procedures/translations/<lang>.yml: there each new text
gets the hash of the Italian one that it was made from.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import typer
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import write_po

from bot.responses import placeholders, texts_of_domain
from bot.translations import SOURCE_LANGUAGE, po_path, read_catalogue, written_languages
from services_catalog.procedures.lint import read_procedures
from services_catalog.procedures.schema import statement_names
from services_catalog.procedures.sheets import PACKAGED
from services_catalog.procedures.translations import bring_up_to_date, translation_files

ROOT = Path(__file__).resolve().parents[1]
NOT_REVIEWED = "not yet reviewed by a native speaker"
"""Comment of each translation that stands until somebody who speaks the language takes it away."""
FOLDERS = ("bot", "console", "services_catalog")

app = typer.Typer(no_args_is_help=True)


@dataclass(frozen=True)
class Status:
    """How complete a language is. `outdated`: translations of texts that have changed or are gone; `coverage`: per cent."""

    language: str
    messages: int
    missing: int
    outdated: int
    broken: int
    unreviewed: int

    @property
    def coverage(self) -> float:
        return 100 * (self.messages - self.missing) / self.messages


def messages() -> Iterator[tuple[str, str]]:
    """Each msgid with where it comes from."""
    for name, text in texts_of_domain().items():
        yield text, f"domain.yml:{name}"
    for folder in FOLDERS:
        for file, _line, message, *_ in extract_from_dir(
            str(ROOT / folder), [("**.py", "python")], keywords={"N_": None}
        ):
            yield str(message), f"{folder}/{file}"


def template() -> Catalog:
    """All messages without translations."""
    catalogue = Catalog(project="Orienta", charset="utf-8")
    for text, place in messages():
        flags = ["python-brace-format"] if placeholders(text) else []
        catalogue.add(text, locations=[(place, None)], flags=flags)
    return catalogue


def status_of(language: str, source: Catalog) -> Status:
    """How complete a language is; English is the source and complete. Raises `bot.translations.BrokenCatalogue`."""
    wanted = {message.id for message in source if message.id}
    if language == SOURCE_LANGUAGE:
        return Status(language, len(wanted), 0, 0, 0, 0)
    found = {message.id: message for message in read_catalogue(language) if message.id}
    translated = {id_: message for id_, message in found.items() if message.string}
    return Status(
        language,
        len(wanted),
        len(wanted - set(translated)),
        len(set(translated) - wanted),
        sum(placeholders(message.string) != placeholders(id_) for id_, message in translated.items()),
        sum(NOT_REVIEWED in message.user_comments for message in translated.values()),
    )


@app.command()
def status(
    fail_under: Annotated[float, typer.Option(help="End with 1 when a language is less complete, in per cent.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """How complete each language is: missing, outdated, broken and unreviewed translations.

    What is missing is said in English, the language that all texts are written in.
    """
    source = template()
    found = [status_of(language, source) for language in written_languages()]
    if as_json:
        typer.echo(json.dumps([{**asdict(one), "coverage": one.coverage} for one in found], indent=2))
    else:
        typer.echo("language  messages  coverage  missing  outdated  broken  not reviewed by a native speaker")
        for one in found:
            typer.echo(
                f"{one.language:<8}  {one.messages:>8}  {one.coverage:>7.1f}%  {one.missing:>7}  {one.outdated:>8}"
                f"  {one.broken:>6}  {one.unreviewed:>6}"
            )
        typer.echo(f"A text without a translation is said in English. Catalogues: {po_path('*')}")
    if any(one.coverage < fail_under or one.broken for one in found):
        raise typer.Exit(1)


@app.command()
def update() -> None:
    """Bring the catalogues up to date with the texts; ends with 1 while something is not translated."""
    source = template()
    missing = 0
    for language in written_languages():
        if language == SOURCE_LANGUAGE:
            continue
        catalogue = read_catalogue(language)
        catalogue.update(source, no_fuzzy_matching=True)
        catalogue.obsolete.clear()
        with po_path(language).open("wb") as file:
            write_po(file, catalogue, width=120, sort_output=False, omit_header=False)
        empty = [message.id for message in catalogue if message.id and not message.string]
        missing += len(empty)
        typer.echo(f"{language}: {len(catalogue)} messages, {len(empty)} not translated")
    italian = dict(pair for procedure in read_procedures(PACKAGED)[0] for pair in statement_names(procedure))
    for path in translation_files(PACKAGED):
        outdated = bring_up_to_date(path, italian)
        missing += outdated
        typer.echo(f"{path.stem}: {len(italian)} statements of procedures, {outdated} without a text of their own")
    if missing:
        raise typer.Exit(1)
