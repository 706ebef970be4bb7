"""Sounds: made by the real espeak-ng and opusenc, kept once, never kept when they hold something of a person."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from bot.recordings import NotFixed, Recordings
from bot.responses import Responses, load_responses
from bot.spoken import VOICES
from bot.voice import NoVoice, VoiceFailed, Voices, drop_unused, is_opus, packed, spoken
from tests.conftest import unavailable

SAMPLE = ("utter_emergency", "utter_menu", "utter_not_text__voice")


@pytest.fixture(scope="module")
def programs() -> None:
    for program, package in (("espeak-ng", "espeak-ng"), ("opusenc", "opus-tools")):
        if shutil.which(program) is None:
            unavailable(f"{program} is not installed (Debian: {package})")


@pytest.fixture(scope="module")
def responses() -> Responses:
    return load_responses()


@pytest.fixture
def recordings(tmp_path: Path, responses: Responses) -> Recordings:
    return Recordings(tmp_path / "recordings", responses)


@pytest.fixture
def voices(tmp_path: Path, recordings: Recordings) -> Voices:
    return Voices(tmp_path / "voice", recordings)


def on_disk(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.mark.usefixtures("programs")
@pytest.mark.parametrize("language", sorted(VOICES))
def test_fixed_texts_can_be_heard(voices: Voices, responses: Responses, language: str) -> None:
    lengths = {}
    for name in SAMPLE:
        text = responses.fixed_texts(language)[name]
        content = voices.content(voices.of(text, language), keep=True)
        assert is_opus(content), name
        lengths[name] = len(content) / len(text)
    assert min(lengths.values()) > 100  # an empty sound has 1 kB in all


@pytest.mark.usefixtures("programs")
@pytest.mark.parametrize("voice", sorted(set(VOICES.values())))
def test_espeak_has_the_voices(voice: str) -> None:
    done = subprocess.run(["espeak-ng", "-v", voice, "-q", "1"], capture_output=True, check=False)
    assert done.returncode == 0 and not done.stderr


@pytest.mark.usefixtures("programs")
@pytest.mark.parametrize("language", [code for code in sorted(VOICES) if code != "en"])
def test_a_voice_speaks_its_own_language(responses: Responses, language: str) -> None:
    """espeak-ng marks with "(en)" where it takes refuge in English: its plain Chinese voice does nothing else."""
    text = responses.fixed_texts(language)["utter_thank"]
    command = ["espeak-ng", "-v", VOICES[language], "-q", "--ipa", text]
    said = subprocess.run(command, capture_output=True, check=True, text=True).stdout
    assert said.strip() and "(en)" not in said


@pytest.mark.usefixtures("programs")
def test_a_sound_is_made_once(voices: Voices, tmp_path: Path) -> None:
    sound = voices.of("Ciao 😀", "it")
    first = voices.content(sound, keep=True)
    (kept,) = on_disk(tmp_path)
    kept.write_bytes(b"OggS as it was kept")
    assert voices.content(voices.of("Ciao", "it"), keep=True) == b"OggS as it was kept" != first
    assert voices.of("Ciao", "it").key != voices.of("Ciao", "es").key != voices.of("Ciao!", "es").key


@pytest.mark.usefixtures("programs")
def test_nothing_of_a_person_is_kept(voices: Voices, tmp_path: Path) -> None:
    sound = voices.of("Your code: sole-mare-12", "en")
    assert is_opus(voices.content(sound, keep=False))
    assert on_disk(tmp_path) == []


@pytest.mark.parametrize("language", ["so", "ti"])
def test_languages_without_a_voice(voices: Voices, recordings: Recordings, responses: Responses, language: str) -> None:
    text = responses.fixed_texts(language)["utter_menu"]
    with pytest.raises(NoVoice) as raised:
        voices.of(text, language)
    assert raised.value.language == language
    recordings.add("utter_menu", language, b"OggS recorded")
    sound = voices.of(text, language)
    assert not sound.by_computer and voices.content(sound, keep=True) == b"OggS recorded"


@pytest.mark.parametrize("missing", ["espeak-ng", "opusenc"])
@pytest.mark.usefixtures("programs")
def test_a_missing_program_is_logged_once(
    voices: Voices,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    missing: str,
) -> None:
    found = {one: shutil.which(one) for one in ("espeak-ng", "opusenc")}
    (tmp_path / "bin").mkdir()
    for one, path in found.items():
        if one != missing:
            (tmp_path / "bin" / one).symlink_to(str(path))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    for text in ("Ciao", "Buongiorno", "Ciao"):
        with pytest.raises(VoiceFailed, match=missing):
            voices.content(voices.of(text, "it"), keep=True)
    (logged,) = [record.getMessage() for record in caplog.records]
    assert missing in logged and "Debian" in logged and "Ciao" not in logged
    assert not (tmp_path / "voice").exists()


@pytest.mark.usefixtures("programs")
def test_nothing_to_read(voices: Voices) -> None:
    with pytest.raises(VoiceFailed, match="nothing to read"):
        voices.content(voices.of("😀", "it"), keep=True)
    with pytest.raises(VoiceFailed, match="nothing to read"):
        spoken([])
    with pytest.raises(VoiceFailed, match="opusenc"):
        packed(b"no sound")


@pytest.mark.usefixtures("programs")
def test_a_folder_that_cannot_be_written_costs_nothing_but_time(
    tmp_path: Path, recordings: Recordings, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "voice").write_text("a file stands in the way")
    voices = Voices(tmp_path / "voice", recordings)
    assert is_opus(voices.content(voices.of("Ciao", "it"), keep=True))
    assert "cannot be kept" in caplog.text


def test_what_was_used_longest_ago_goes_first(tmp_path: Path) -> None:
    import os

    for number in range(4):
        path = tmp_path / f"{number}.ogg"
        path.write_bytes(b"x" * 10)
        os.utime(path, (number, number))
    drop_unused(tmp_path, 25)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["2.ogg", "3.ogg"]


# -- recordings --


def test_a_recording_is_of_its_text(recordings: Recordings, responses: Responses) -> None:
    text = responses.fixed_texts("it")["utter_emergency"]
    assert "112" in text
    path = recordings.add("utter_emergency", "it", b"OggS 1")
    assert recordings.find(text, "it") == path
    assert recordings.find(f" {text} \n", "it") == path
    assert recordings.find(text + "!", "it") is None and recordings.find(text, "en") is None
    assert recordings.add("utter_emergency", "it", b"OggS 2").read_bytes() == b"OggS 2"
    (only,) = recordings.all()
    assert (only.name, only.language, only.outdated) == ("utter_emergency", "it", False)
    assert recordings.remove("utter_emergency", "it") and not recordings.remove("utter_emergency", "it")
    assert recordings.all() == []


def test_a_recording_of_a_text_that_has_changed_is_not_played(tmp_path: Path) -> None:
    folder = tmp_path / "recordings"
    Recordings(folder, Responses({"utter_x": "Old."}, {})).add("utter_x", "en", b"OggS")
    changed = Recordings(folder, Responses({"utter_x": "New."}, {}))
    assert [one.outdated for one in changed.all()] == [True]
    assert changed.find("New.", "en") is None
    changed.add("utter_x", "en", b"OggS new")
    assert [one.outdated for one in changed.all()] == [False]


@pytest.mark.parametrize("name", ["utter_city__set", "utter_nothing", "../../etc/passwd"])
def test_only_fixed_texts_are_recorded(recordings: Recordings, name: str) -> None:
    with pytest.raises(NotFixed):
        recordings.add(name, "it", b"OggS")
