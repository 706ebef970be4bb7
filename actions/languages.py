"""The languages that answers are written in: those with a catalogue in bot/locales (a test compares), and the source."""

from services_catalog.vocabulary import LANGUAGES

SOURCE_LANGUAGE = "en"

WRITTEN_LANGUAGES = tuple(LANGUAGES)
