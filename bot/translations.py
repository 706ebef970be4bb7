"""gettext catalogues, read straight from the .po files: nothing to compile, nothing that can be stale."""

from __future__ import annotations

import gettext
import io
import logging
from functools import cache
from pathlib import Path

from babel import Locale
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po

log = logging.getLogger(__name__)

LOCALES = Path(__file__).parent / "locales"
DOMAIN = "orienta"
SOURCE_LANGUAGE = "en"
RIGHT_TO_LEFT = {"ar", "fa", "ur"}


def N_(message: str) -> str:
    """Mark a msgid for extraction."""
    return message


def po_path(language: str) -> Path:
    return LOCALES / language / "LC_MESSAGES" / f"{DOMAIN}.po"


def written_languages() -> list[str]:
    """Codes of the languages that Orienta answers in: English, the source, and each that has a catalogue."""
    found = {path.parent.parent.name for path in LOCALES.glob(f"*/LC_MESSAGES/{DOMAIN}.po")}
    return sorted(found | {SOURCE_LANGUAGE})


class BrokenCatalogue(Exception):
    """A catalogue that cannot be read; names file, line and remedy."""


class _Source(gettext.NullTranslations):
    """The end of the chain: the person's language, else English, which every text is written in. Logged once a text."""

    def __init__(self, language: str) -> None:
        super().__init__()
        self._language = language
        self._logged: set[str] = set()

    def gettext(self, message: str) -> str:
        if self._language != SOURCE_LANGUAGE and message not in self._logged:
            self._logged.add(message)
            log.warning("not translated to %s, said in English: %.60r", self._language, message)
        return message


def read_catalogue(language: str) -> Catalog:
    """A language's catalogue. Raises BrokenCatalogue."""
    path = po_path(language)
    try:
        with path.open("rb") as file:
            return read_po(file, locale=language, domain=DOMAIN, abort_invalid=True)
    except PoFileError as error:
        raise BrokenCatalogue(
            f"{path}:{error.lineno}: {error}. Put this line right, or take the file from the repository again."
        ) from error
    except UnicodeDecodeError as error:
        raise BrokenCatalogue(f"{path}: not UTF-8: {error.reason}. Save the file as UTF-8.") from error


def check_catalogues() -> None:
    """Read all catalogues, at the start. Raises BrokenCatalogue."""
    for language in written_languages():
        _translations(language)


@cache
def _translations(language: str) -> gettext.NullTranslations:
    source = _Source(language)
    if not po_path(language).exists():
        return source
    compiled = io.BytesIO()
    write_mo(compiled, read_catalogue(language))
    compiled.seek(0)
    translations = gettext.GNUTranslations(compiled)
    translations.add_fallback(source)
    return translations


def translate(language: str, message: str) -> str:
    """The text of a msgid in a language; the English source where there is no translation."""
    return _translations(language).gettext(message) if message else ""


@cache
def locale_of(language: str) -> Locale:
    """CLDR's data for dates and numbers."""
    return Locale.parse(language)
