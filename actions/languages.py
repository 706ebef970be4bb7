"""The languages that answers are written in; a test holds it equal to the catalogues in bot/locales."""

WRITTEN_LANGUAGES = ("it", "en", "fr", "ar", "bn", "pa", "uk")
