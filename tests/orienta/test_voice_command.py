"""`orienta voice`: recordings come, are listed, and go."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from bot.recordings import Recordings
from bot.responses import Responses, load_responses
from bot.spoken import Piece
from bot.voice import VoiceFailed, is_opus, spoken
from orienta.cli import app
from orienta.voice import MOST_BYTES
from storage.settings import load_settings
from tests.conftest import unavailable
from tests.storage.conftest import Environment


@pytest.fixture(autouse=True)
def own_directory(environment: Environment) -> None:
    """Commands run in an empty directory with a data directory that is not there yet."""


@pytest.fixture
def wav(tmp_path: Path) -> Path:
    path = tmp_path / "read by a person.wav"
    try:
        path.write_bytes(spoken([Piece("it", "Salaan")]))
    except VoiceFailed as error:
        unavailable(str(error))
    return path


def voice(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["voice", *arguments])


def test_a_recording_comes_and_goes(wav: Path) -> None:
    assert voice("list").stdout == ""
    added = voice("add", "so", "utter_menu", str(wav))
    assert added.exit_code == 0, added.output
    path = Path(added.stdout.strip())
    assert (
        is_opus(path.read_bytes()) and path.is_relative_to(Path(load_settings().data_dir).resolve() / "recordings")
    ) or (path.is_relative_to(Path(load_settings().data_dir)))
    again = voice("add", "so", "utter_menu", str(path))  # Ogg/Opus is taken as it is
    assert again.exit_code == 0 and Path(again.stdout.strip()) == path
    assert voice("list").stdout == "so  utter_menu  played\n"
    texts = voice("list", "--lang", "so").stdout
    assert "recorded  utter_menu\n" in texts and "NO VOICE  utter_thank\n" in texts
    assert load_responses().fixed_texts("so")["utter_menu"] in texts
    assert voice("remove", "so", "utter_menu").stdout == "Removed.\n"
    assert voice("list").stdout == "" and not path.exists()


def test_a_text_that_has_changed(wav: Path) -> None:
    folder = Path(load_settings().data_dir) / "recordings"
    Recordings(folder, Responses({"utter_menu": "As it was."}, {})).add("utter_menu", "en", b"OggS")
    assert "OUTDATED" in voice("list").stdout
    assert "computer  utter_menu" in voice("list", "--lang", "en").stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["add", "xx", "utter_menu", "{wav}"], "xx: not known"),
        (["add", "so", "utter_city__set", "{wav}"], "utter_city__set: no response whose text is always the same"),
        (["add", "so", "utter_menu", "{text}"], "neither Ogg/Opus nor WAV"),
        (["add", "so", "utter_menu", "{huge}"], "at most 1000000"),
        (["remove", "so", "utter_menu"], "no such recording"),
        (["list", "--lang", "xx"], "xx: not known"),
    ],
)
def test_what_cannot_be(wav: Path, tmp_path: Path, arguments: list[str], said: str) -> None:
    text, huge = tmp_path / "text.mp3", tmp_path / "huge.ogg"
    text.write_text("no sound")
    huge.write_bytes(b"OggS" + b"\0" * 24 + b"OpusHead" + b"\0" * MOST_BYTES)
    result = voice(*(one.format(wav=wav, text=text, huge=huge) for one in arguments))
    assert result.exit_code == 1 and said in result.output
    assert voice("list").stdout == ""
