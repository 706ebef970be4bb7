"""An answer as sound: a recording where there is one, else espeak-ng, as an Ogg/Opus voice note.

espeak-ng (Debian: espeak-ng) speaks, `opusenc` (Debian: opus-tools) packs: it reads what espeak-ng writes and needs 0.8 MB with
its libraries, where ffmpeg brings 162 MB. What is the same for everybody is made once and kept in `<data dir>/voice`;
what holds anything of a person is never written to the disk. All of this takes time: call it from a thread.
"""

from __future__ import annotations

import hashlib
import io
import logging
import os
import subprocess
import tempfile
import wave
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Optional

from bot.recordings import Recordings, recordings_in
from bot.responses import Responses
from bot.spoken import VOICES, Piece, pieces
from bot.translations import N_

log = logging.getLogger(__name__)

BY_COMPUTER = N_("This is the voice of a computer.")
NO_VOICE_YET = N_("I am sorry, I have no voice in this language yet.")
NOT_NOW = N_("I cannot read this aloud now. Please try again later.")

SPEED = 140
"""Words a minute; espeak-ng's own 175 is too fast for a listener who is learning nothing but where to go."""
BITRATE = 20
"""kbit/s: 150 kB a minute."""
MAKE = f"1 {SPEED} {BITRATE}"
"""Part of the name of what is kept: the first figure counts the changes of how it is made."""
SECONDS = 30
"""What one call of a program may take; the longest answer takes two."""
KEPT_BYTES = 200_000_000
"""Of the sounds on the disk; the longest unused go first."""


class NoVoice(Exception):
    """Nothing can be heard: neither a recording nor a voice of the language. `language`: its code."""

    def __init__(self, language: str) -> None:
        super().__init__(f"no voice for {language}")
        self.language = language


class VoiceFailed(Exception):
    """espeak-ng or opusenc is missing or went wrong, or there is nothing to read; the log says which."""


@dataclass(frozen=True)
class Sound:
    """What will be heard. `key`: equal for equal sounds, hex; `recording`: the file of a person's voice, None for the
    computer's."""

    key: str
    language: str
    text: str
    recording: Optional[Path] = None

    @property
    def by_computer(self) -> bool:
        return self.recording is None


class Voices:
    """Args:
    folder: where sounds are kept; made when needed.
    recordings: what operators have recorded.
    """

    def __init__(self, folder: Path, recordings: Recordings) -> None:
        self._folder = folder
        self._recordings = recordings
        self._complained: set[str] = set()

    def of(self, text: str, language: str) -> Sound:
        """The sound of a text, not made yet.

        Raises:
            NoVoice: of this language, and no recording of this text.
        """
        if recording := self._recordings.find(text, language):
            return Sound(hashlib.sha256(recording.read_bytes()).hexdigest(), language, text, recording)
        if language not in VOICES:
            raise NoVoice(language)
        read = "\n".join(f"{VOICES[piece.language]} {piece.text}" for piece in pieces(text, language))
        return Sound(hashlib.sha256(f"{MAKE}\n{read}".encode()).hexdigest(), language, text)

    def content(self, sound: Sound, keep: bool) -> bytes:
        """The Ogg/Opus file. `keep`: whether it may lie on the disk, that is, holds nothing of a person.

        Raises:
            VoiceFailed: it could not be made.
        """
        if sound.recording is not None:
            return sound.recording.read_bytes()
        kept = self._folder / f"{sound.key}.ogg"
        if keep:
            with suppress(OSError):
                content = kept.read_bytes()
                os.utime(kept)
                return content
        try:
            content = packed(spoken(pieces(sound.text, sound.language)))
        except VoiceFailed as error:
            self._complain(str(error))
            raise
        if keep:
            try:
                self._keep(kept, content)
            except OSError as error:
                self._complain(f"voices cannot be kept in {self._folder}: {type(error).__name__}")
        return content

    def _keep(self, path: Path, content: bytes) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        handle, unfinished = tempfile.mkstemp(dir=self._folder)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(unfinished).replace(path)
        drop_unused(self._folder, KEPT_BYTES)

    def _complain(self, what: str) -> None:
        """Each trouble once: with espeak-ng missing, every press of a button would say so."""
        if what not in self._complained:
            self._complained.add(what)
            log.error("%s", what)


def voices_in(data_dir: Path, responses: Responses) -> Voices:
    """With their folders below the data directory."""
    return Voices(data_dir / "voice", recordings_in(data_dir, responses))


def spoken(read: Iterable[Piece]) -> bytes:
    """The pieces one after the other, as a WAV file.

    Raises:
        VoiceFailed: espeak-ng is missing or went wrong, or there is nothing to read.
    """
    frames: list[bytes] = []
    format_: Optional[tuple[int, int, int]] = None
    for piece in read:
        command = ["espeak-ng", "-v", VOICES[piece.language], "-s", str(SPEED), "-b", "1", "--stdin", "--stdout"]
        made = _run(command, piece.text.encode())
        try:
            with wave.open(io.BytesIO(made)) as file:
                format_ = (file.getnchannels(), file.getsampwidth(), file.getframerate())
                frames.append(file.readframes(len(made)))  # written to a pipe, it does not know its own length
        except (wave.Error, EOFError):
            raise VoiceFailed("espeak-ng gave no sound") from None
    if format_ is None or not any(frames):
        raise VoiceFailed("there was nothing to read aloud")
    whole = io.BytesIO()
    with wave.open(whole, "wb") as file:
        file.setnchannels(format_[0])
        file.setsampwidth(format_[1])
        file.setframerate(format_[2])
        file.writeframes(b"".join(frames))
    return whole.getvalue()


def packed(sound: bytes) -> bytes:
    """A WAV, AIFF or FLAC file as Ogg/Opus, without what it says of itself.

    Raises:
        VoiceFailed: opusenc is missing, or cannot read it.
    """
    options = [
        "--quiet",
        "--speech",
        "--downmix-mono",
        "--bitrate",
        str(BITRATE),
        "--discard-comments",
        "--serial",
        "1",
    ]
    return _run(["opusenc", *options, "-", "-"], sound)


def is_opus(content: bytes) -> bool:
    """Whether it is an Ogg file that begins with Opus (RFC 7845)."""
    return content.startswith(b"OggS") and content[28:36] == b"OpusHead"


def drop_unused(folder: Path, most: int) -> None:
    """Delete the files of a folder that were used longest ago, until `most` bytes are left."""
    files = []
    for path in folder.iterdir():
        with suppress(OSError):
            status = path.stat()
            files.append((status.st_mtime, status.st_size, path))
    total = sum(size for _, size, _ in files)
    for _, size, path in sorted(files):
        if total <= most:
            return
        with suppress(OSError):
            path.unlink()
            total -= size


def _run(command: list[str], given: bytes) -> bytes:
    program = command[0]
    try:
        done = subprocess.run(  # noqa: S603 (fixed programs and options; the text goes in by the pipe)
            command, input=given, capture_output=True, timeout=SECONDS, check=False
        )
    except FileNotFoundError:
        package = {"espeak-ng": "espeak-ng", "opusenc": "opus-tools"}[program]
        raise VoiceFailed(f"answers cannot be read aloud: {program} is not installed (Debian: {package})") from None
    except (OSError, subprocess.TimeoutExpired) as error:
        raise VoiceFailed(f"answers cannot be read aloud: {program}: {type(error).__name__}") from None
    if done.returncode or not done.stdout:
        raise VoiceFailed(f"answers cannot be read aloud: {program} ended with {done.returncode}")
    return done.stdout
