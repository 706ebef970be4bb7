"""gettext catalogues, read straight from the .po files: nothing to compile, nothing that can be stale."""

from __future__ import annotations

import gettext
import io
from functools import cache
from pathlib import Path

from babel import Locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

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


@cache
def _translations(language: str) -> gettext.NullTranslations:
    path = po_path(language)
    if not path.exists():
        return gettext.NullTranslations()
    with path.open("rb") as file:
        catalogue = read_po(file, locale=language, domain=DOMAIN)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def translate(language: str, message: str) -> str:
    """The text of a msgid in a language; the English source where there is no translation."""
    return _translations(language).gettext(message) if message else ""


@cache
def locale_of(language: str) -> Locale:
    """CLDR's data for dates and numbers."""
    return Locale.parse(language)
