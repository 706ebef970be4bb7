"""Recordings of fixed texts by people, which are heard instead of the computer's voice.

They lie in `<data dir>/recordings/<language>/<response>.<digest>.ogg`; the digest is of the text that was recorded, so that a
recording is not played any more once its text has changed.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Optional

from bot.responses import Responses

DIGEST_LETTERS = 16
_NAME = re.compile(rf"(utter_\w+)\.([0-9a-f]{{{DIGEST_LETTERS}}})\.ogg")


class NotFixed(KeyError):
    """No response of this name whose text is always the same."""


@dataclass(frozen=True)
class Recording:
    """`outdated`: its text has changed since; it is not played."""

    name: str
    language: str
    path: Path
    outdated: bool


class Recordings:
    """Args:
    folder: where they lie; made when needed.
    responses: what there is to record.
    """

    def __init__(self, folder: Path, responses: Responses) -> None:
        self._folder = folder
        self._responses = responses

    def find(self, text: str, language: str) -> Optional[Path]:
        """The recording of a text, or None."""
        return next((self._folder / language).glob(f"utter_*.{_digest(text)}.ogg"), None)

    def text(self, name: str, language: str) -> str:
        """What has to be read for a recording.

        Raises:
            NotFixed: there is no such response, or its text is not always the same.
        """
        try:
            return self._responses.fixed_texts(language)[name]
        except KeyError:
            raise NotFixed(name) from None

    def add(self, name: str, language: str, content: bytes) -> Path:
        """Keep an Ogg/Opus file in the place of an earlier one.

        Raises:
            NotFixed: as `text`.
        """
        text = self.text(name, language)
        folder = self._folder / language
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{name}.{_digest(text)}.ogg"
        unfinished = path.with_suffix(".part")
        unfinished.write_bytes(content)
        unfinished.replace(path)
        for other in self._of(name, language):
            if other.path != path:
                other.path.unlink()
        return path

    def remove(self, name: str, language: str) -> bool:
        """Returns whether there was one."""
        found = list(self._of(name, language))
        for one in found:
            one.path.unlink()
        return bool(found)

    def all(self) -> list[Recording]:
        """By language and name."""
        found = []
        for path in sorted(self._folder.glob("*/*.ogg")):
            if match := _NAME.fullmatch(path.name):
                name, language = match[1], path.parent.name
                text = self._responses.fixed_texts(language).get(name)
                found.append(Recording(name, language, path, text is None or _digest(text) != match[2]))
        return found

    def _of(self, name: str, language: str) -> Iterator[Recording]:
        return (one for one in self.all() if (one.name, one.language) == (name, language))


def recordings_in(data_dir: Path, responses: Responses) -> Recordings:
    return Recordings(data_dir / "recordings", responses)


def _digest(text: str) -> str:
    """Equal for texts that differ only in blanks at the ends of lines, which channels cut off."""
    lines = "\n".join(line.strip() for line in text.strip().split("\n"))
    return hashlib.sha256(lines.encode()).hexdigest()[:DIGEST_LETTERS]
