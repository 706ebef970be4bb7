"""`orienta voice`: recordings of fixed texts by people, which are heard instead of the computer's voice."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional

import typer

from bot.recordings import NotFixed, Recordings, recordings_in
from bot.responses import load_responses
from bot.spoken import VOICES
from bot.voice import VoiceFailed, is_opus, packed
from orienta.catalog import fail, known
from services_catalog.vocabulary import LANGUAGES
from storage.settings import load_settings

app = typer.Typer(no_args_is_help=True)

MOST_BYTES = 1_000_000
"""Above this Telegram does not show a file as a voice message (https://core.telegram.org/bots/api#sending-files)."""

Language = Annotated[str, typer.Argument(help="Language code, as so.")]
Name = Annotated[str, typer.Argument(help="Name of the response, as utter_menu.")]


@app.command("list")
def list_(
    lang: Annotated[Optional[str], typer.Option(help="With a language: what can be recorded, and its text.")] = None,
) -> None:
    """What is recorded, and whether its text is still the same; with --lang every text that can be recorded."""
    recordings = _recordings()
    if lang is None:
        for one in recordings.all():
            state = "OUTDATED: the text has changed, record it again" if one.outdated else "played"
            typer.echo(f"{one.language}  {one.name}  {state}")
        return
    known("--lang", lang, tuple(LANGUAGES))
    recorded = {one.name for one in recordings.all() if one.language == lang and not one.outdated}
    computer = "computer" if lang in VOICES else "NO VOICE"
    for name, text in load_responses().fixed_texts(lang).items():
        typer.echo(f"{'recorded' if name in recorded else computer}  {name}\n  {text}")


@app.command()
def add(
    lang: Language,
    name: Name,
    file: Annotated[Path, typer.Argument(help="Ogg/Opus as it is, or WAV, AIFF, FLAC.", exists=True, dir_okay=False)],
) -> None:
    """Keep a recording of a fixed text; an earlier one goes."""
    known("LANG", lang, tuple(LANGUAGES))
    content = file.read_bytes()
    try:
        content = content if is_opus(content) else packed(content)
    except VoiceFailed as error:
        fail(f"{file}: neither Ogg/Opus nor WAV, AIFF or FLAC, or opusenc cannot read it ({error})")
    if len(content) > MOST_BYTES:
        fail(f"{file}: {len(content)} bytes; at most {MOST_BYTES} are a voice message on Telegram")
    try:
        path = _recordings().add(name, lang, content)
    except NotFixed:
        fail(f"{name}: no response whose text is always the same; see them with: orienta voice list --lang {lang}")
    typer.echo(str(path))


@app.command()
def remove(lang: Language, name: Name) -> None:
    """Delete a recording: the computer's voice reads the text again, where there is one."""
    known("LANG", lang, tuple(LANGUAGES))
    if not _recordings().remove(name, lang):
        fail(f"{lang} {name}: there is no such recording; see them with: orienta voice list")
    typer.echo("Removed.")


def _recordings() -> Recordings:
    return recordings_in(Path(load_settings().data_dir), load_responses())
