"""The `orienta` command. Its commands are a contract: scripts and people rely on them (DESIGN.md, "Commands")."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any, Optional

import typer

from orienta.catalog import fail
from storage.settings import Settings, SettingsError, load_settings

app = typer.Typer(
    help="Orienta: services and appointments for people who have just come to Italy.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,  # locals may hold what people wrote
)

PROCESSES = ("assistant", "actions", "console", "outbox")


def settings_or_exit(**overrides: Any) -> Settings:
    """The settings; a bad one ends the program with its name and the remedy."""
    try:
        return load_settings(**{key: value for key, value in overrides.items() if value is not None})
    except SettingsError as error:
        fail(str(error))


@app.command()
def run(
    port: Annotated[Optional[int], typer.Option(help="The assistant's port.")] = None,
    actions_port: Annotated[Optional[int], typer.Option(help="The action server's port.")] = None,
    console_port: Annotated[Optional[int], typer.Option(help="The port of console and web chat.")] = None,
    only: Annotated[Optional[str], typer.Option(help=f"One process: {', '.join(PROCESSES)}.")] = None,
) -> None:
    """Start the assistant, the action server, the console and the outbox worker; Ctrl-C stops them all."""
    settings = settings_or_exit(port=port, actions_port=actions_port, console_port=console_port)
    from bot.translations import BrokenCatalogue
    from orienta.run import run_all, run_one

    if only is not None and only not in PROCESSES:
        fail(f"--only {only}: no such process; one of {', '.join(PROCESSES)}")
    try:
        if only is None:
            raise typer.Exit(run_all(settings))
        run_one(only, settings)
    except BrokenCatalogue as error:
        fail(str(error))


@app.command()
def chat(
    lang: Annotated[Optional[str], typer.Option(help="Language code, as if it had been chosen.")] = None,
    city: Annotated[Optional[str], typer.Option(help="City id, as if it had been chosen.")] = None,
) -> None:
    """Talk to the assistant in the terminal; lines are read from standard input when that is no terminal."""
    from services_catalog.vocabulary import CITIES, LANGUAGES

    if lang is not None and lang not in LANGUAGES:
        fail(f"--lang {lang}: no such language; one of {', '.join(LANGUAGES)}")
    if city is not None and city not in CITIES:
        fail(f"--city {city}: no such city; one of {', '.join(CITIES)}")
    from orienta.chat import AssistantUnreachable
    from orienta.chat import chat as talk

    try:
        code = talk(settings_or_exit(), lang, city)
    except AssistantUnreachable as error:
        fail(f"No assistant answers at {error}. Start one with: orienta run")
    raise typer.Exit(code)


@app.command()
def train(force: Annotated[bool, typer.Option(help="Train even when nothing changed.")] = False) -> None:
    """Train the model when something changed."""
    from orienta.logs import set_up_logs
    from orienta.model import current_model
    from orienta.model import train as train_model

    if not force and (current := current_model()):
        typer.echo(f"{current.name} is up to date.")
        return
    set_up_logs("train")
    typer.echo(f"{train_model(force).name} is trained.")


@app.command("nlu-eval")
def nlu_eval(
    files: Annotated[list[Path], typer.Argument(help="Labelled files (.tsv).", exists=True, dir_okay=False)],
    as_json: Annotated[bool, typer.Option("--json", help="Everything, as JSON.")] = False,
) -> None:
    """Accuracy of the trained model on labelled files, per language and variant."""
    from orienta.logs import set_up_logs

    set_up_logs("nlu-eval")  # before TensorFlow is imported, which has much to say otherwise
    from orienta.nlu_eval import LabelledFileError, evaluate

    try:
        report = evaluate(files)
    except LabelledFileError as error:
        fail(str(error))
    if as_json:
        typer.echo(json.dumps(report, ensure_ascii=False, indent=1))
        return
    keys = [
        "messages",
        "joint",
        "top_two",
        "intent",
        "service",
        "topic",
        "city",
        "language",
        "crisis_recall",
        "false_alarms",
        "false_asks",
    ]
    typer.echo(f"{'':12}" + "".join(f"{key:>14}" for key in keys))
    for name, summary in report["groups"].items():
        typer.echo(f"{name:12}" + "".join(f"{summary.get(key, '')!s:>14}" for key in keys))
    typer.echo(
        f"parse: p50 {report['parse_ms']['p50']} ms, p95 {report['parse_ms']['p95']} ms; model {report['model']}"
    )


@app.command()
def doctor() -> None:
    """Check settings, database, model, catalogue, locales and ports; one line each, exit 1 when something is wrong."""
    from orienta.logs import set_up_logs

    set_up_logs("doctor")  # before TensorFlow is imported, which has much to say otherwise
    from orienta.doctor import checks

    wrong = 0
    for name, good, message in checks():
        wrong += not good
        typer.echo(f"{'ok   ' if good else 'WRONG'} {name}: {message}")
    raise typer.Exit(1 if wrong else 0)


@app.command()
def erase(telegram_id: Annotated[int, typer.Option(help="The person's Telegram id.")]) -> None:
    """Erase everything that is kept of a person: profile, conversation, appointments, notices."""
    from orienta.catalog import with_database
    from orienta.privacy import erase_telegram_user
    from storage.clock import utc_now
    from storage.keys import load_keyring

    keyring = load_keyring(settings_or_exit())
    found = with_database(lambda sessions: erase_telegram_user(sessions, keyring, utc_now, telegram_id))
    typer.echo("Erased." if found else "Nothing was kept of this person.")


@app.command()
def retention() -> None:
    """Delete conversations unused for ORIENTA_CONVERSATION_DAYS days, people unseen for ORIENTA_PERSON_DAYS, old marks."""
    from orienta.catalog import with_database
    from orienta.privacy import drop_what_is_old
    from storage.clock import utc_now
    from storage.keys import load_keyring

    settings = settings_or_exit()
    keyring = load_keyring(settings)
    dropped = with_database(lambda sessions: drop_what_is_old(sessions, keyring, utc_now, settings))
    typer.echo(
        f"{dropped.conversations} conversations deleted, {dropped.people} people erased,"
        f" {dropped.updates} marks of answered updates dropped."
    )


@app.command()
def poster(
    city: Annotated[str, typer.Option(help="City id, as latina.")],
    service: Annotated[str, typer.Option(help="Service id, as shower.")],
    lang: Annotated[str, typer.Option(help="Up to three language codes, separated by commas.")],
    size: Annotated[str, typer.Option(help="a4 or a6.")] = "a4",
    bot: Annotated[Optional[str], typer.Option(help="The bot's user name; asked of Telegram unless given.")] = None,
    to: Annotated[Optional[Path], typer.Option(help="The PDF; CITY-SERVICE-LANG-SIZE.pdf unless given.")] = None,
) -> None:
    """A card to print: what, where, when, with a QR code that opens the bot there."""
    from bot.poster import MOST_LANGUAGES, SIZES
    from orienta.catalog import known, with_database
    from orienta.poster import PosterError, bot_name, make_poster
    from services_catalog.vocabulary import CITIES, LANGUAGES, SERVICES
    from storage.clock import utc_now

    languages = [code.strip() for code in lang.split(",")]
    known("--city", city, tuple(CITIES))
    known("--service", service, tuple(SERVICES))
    known("--size", size, tuple(SIZES))
    for code in languages:
        known("--lang", code, tuple(LANGUAGES))
    if len(languages) > MOST_LANGUAGES:
        fail(f"--lang {lang}: at most {MOST_LANGUAGES} languages fit on a card")
    path = to or Path(f"{city}-{service}-{'-'.join(languages)}-{size}.pdf")
    settings = settings_or_exit()
    try:
        name = (bot or bot_name(settings)).removeprefix("@")
        with_database(
            lambda sessions: make_poster(
                sessions, utc_now, city=city, service=service, languages=languages, bot=name, size=size, to=path
            )
        )
    except PosterError as error:
        fail(str(error))
    typer.echo(str(path))


user = typer.Typer(help="Console accounts.", no_args_is_help=True)
app.add_typer(user, name="user")


@user.command("add")
def user_add(
    name: Annotated[str, typer.Argument(help="What they log in with.")],
    role: Annotated[str, typer.Option(help="staff, operator, provider, network or admin.")],
    city: Annotated[
        Optional[list[str]],
        typer.Option(help="City id, several times for several; needed for staff, operators, providers."),
    ] = None,
) -> None:
    """Make a console account; the password is asked for, or read from standard input."""
    from console.accounts import AccountError, add_account
    from orienta.catalog import with_database
    from storage.clock import utc_now

    settings = settings_or_exit()
    if sys.stdin.isatty():
        password = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    else:
        password = sys.stdin.readline().rstrip("\n")
    try:
        with_database(
            lambda sessions: add_account(sessions, utc_now, name=name, password=password, role=role, cities=city or ())
        )
    except AccountError as error:
        fail(str(error))
    typer.echo(f"{name} can log in at {settings.console_url}/")


def _add_topic_commands() -> None:
    import orienta.procedures  # noqa: F401 - adds its commands to those of the catalogue
    from orienta.appointments import app as appointments
    from orienta.catalog import app as catalog
    from orienta.i18n import app as i18n
    from orienta.voice import app as voice

    app.add_typer(catalog, name="catalog", help="The catalogue of services.")
    app.add_typer(appointments, name="appointments", help="The one-stop shops' agenda.")
    app.add_typer(i18n, name="i18n", help="The translations.")
    app.add_typer(voice, name="voice", help="Recordings that are heard instead of the computer's voice.")


_add_topic_commands()
