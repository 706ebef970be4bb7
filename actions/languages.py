"""The languages that answers are written in: those with a catalogue in bot/locales (a test compares), and the source."""

SOURCE_LANGUAGE = "en"

WRITTEN_LANGUAGES = ("it", "en", "fr", "ar", "bn", "pa", "uk")
