"""What may be asked for and where: services, topics, cities, languages. Facts only; words are English msgids."""

from __future__ import annotations

from dataclasses import dataclass


def N_(message: str) -> str:
    """Mark a msgid for extraction."""
    return message


@dataclass(frozen=True)
class Service:
    """A category of the catalogue. `msgid`: the English name; `emoji`: its pictogram."""

    id: str
    msgid: str
    emoji: str


@dataclass(frozen=True)
class Topic:
    """An Italian procedure that people ask about."""

    id: str
    msgid: str
    emoji: str


@dataclass(frozen=True)
class City:
    """A city of the network. `name`: Italian; `msgid`: English; `province`: the two-letter code."""

    id: str
    name: str
    msgid: str
    region: str
    province: str


@dataclass(frozen=True)
class Language:
    """`code`: ISO 639-1; `endonym`: the language's name in itself."""

    code: str
    endonym: str


SERVICES: dict[str, Service] = {
    service.id: service
    for service in (
        Service("shower", N_("Shower"), "🚿"),
        Service("laundry", N_("Laundry"), "🧺"),
        Service("toilet", N_("Toilet"), "🚻"),
        Service("food", N_("Food"), "🍲"),
        Service("clothing", N_("Clothes"), "👕"),
        Service("night_shelter", N_("Bed for the night"), "🛏"),
        Service("housing", N_("Room or flat"), "🏠"),
        Service("day_centre", N_("Day centre"), "☕"),
        Service("mobile_unit", N_("Street outreach"), "🚐"),
        Service("legal_support", N_("Legal help"), "⚖️"),
        Service("documents", N_("Documents"), "📄"),
        Service("health_care", N_("Doctor and health"), "🩺"),
        Service("psychological_support", N_("Psychological support"), "🧠"),
        Service("social_support", N_("Social support"), "🤝"),
        Service("anti_violence", N_("Help against violence"), "💜"),
        Service("anti_trafficking", N_("Help against trafficking"), "🕊"),
        Service("language_course", N_("Italian course"), "🗣"),
        Service("training_course", N_("Training course"), "🎓"),
        Service("job_support", N_("Help to find work"), "💼"),
        Service("civic_engagement", N_("Volunteering"), "🌱"),
        Service("family_support", N_("Help for families"), "👶"),
        Service("connectivity", N_("Wi-Fi and phone charging"), "🔌"),
    )
}

TOPICS: dict[str, Topic] = {
    topic.id: topic
    for topic in (
        Topic("residence_permit", N_("Residence permit"), "🪪"),
        Topic("asylum", N_("Asylum"), "🛡"),
        Topic("health_card", N_("Health card"), "💳"),
        Topic("tax_code", N_("Tax code"), "🔢"),
        Topic("residency", N_("Registered residence"), "🏘"),
        Topic("work_contract", N_("Work contract"), "📝"),
        Topic("school_enrolment", N_("School enrolment"), "🏫"),
        Topic("family_reunification", N_("Family reunification"), "👪"),
        Topic("citizenship", N_("Citizenship"), "🇮🇹"),
        Topic("bank_account", N_("Bank account"), "🏦"),
        Topic("digital_identity", N_("Digital identity (SPID, CIE)"), "📱"),
        Topic("voluntary_return", N_("Voluntary return"), "✈️"),
    )
}

CITIES: dict[str, City] = {
    city.id: city
    for city in (
        City("bologna", "Bologna", N_("Bologna"), "Emilia-Romagna", "BO"),
        City("caserta", "Caserta", N_("Caserta"), "Campania", "CE"),
        City("firenze", "Firenze", N_("Florence"), "Toscana", "FI"),
        City("genova", "Genova", N_("Genoa"), "Liguria", "GE"),
        City("latina", "Latina", N_("Latina"), "Lazio", "LT"),
        City("milano", "Milano", N_("Milan"), "Lombardia", "MI"),
        City("napoli", "Napoli", N_("Naples"), "Campania", "NA"),
        City("palermo", "Palermo", N_("Palermo"), "Sicilia", "PA"),
        City("perugia", "Perugia", N_("Perugia"), "Umbria", "PG"),
        City("potenza", "Potenza", N_("Potenza"), "Basilicata", "PZ"),
        City("roma", "Roma", N_("Rome"), "Lazio", "RM"),
        City("sassari", "Sassari", N_("Sassari"), "Sardegna", "SS"),
        City("taranto", "Taranto", N_("Taranto"), "Puglia", "TA"),
        City("torino", "Torino", N_("Turin"), "Piemonte", "TO"),
        City("trieste", "Trieste", N_("Trieste"), "Friuli-Venezia Giulia", "TS"),
        City("bolzano", "Bolzano", N_("Bolzano"), "Trentino-Alto Adige", "BZ"),
    )
}

NATIONAL = "national"
"""Stands in a city's place for services that answer from everywhere: helplines."""

LANGUAGES: dict[str, Language] = {
    language.code: language
    for language in (
        Language("it", "Italiano"),
        Language("en", "English"),
        Language("fr", "Français"),
        Language("es", "Español"),
        Language("pt", "Português"),
        Language("ro", "Română"),
        Language("sq", "Shqip"),
        Language("ar", "العربية"),
        Language("fa", "فارسی"),
        Language("tr", "Türkçe"),
        Language("uk", "Українська"),
        Language("ru", "Русский"),
        Language("bn", "বাংলা"),
        Language("ur", "اردو"),
        Language("hi", "हिन्दी"),
        Language("pa", "ਪੰਜਾਬੀ"),
        Language("zh", "中文"),
        Language("so", "Soomaali"),
        Language("ti", "ትግርኛ"),
        Language("am", "አማርኛ"),
    )
}

ELIGIBILITY = ("women", "minors", "families", "no_papers_asked")
"""Codes of an entry: whom alone it is for (women, minors, families); whether it states that no papers are asked for."""

WEEKDAYS = ("mo", "tu", "we", "th", "fr", "sa", "su")
"""Ids of weekdays in the order of `date.weekday()`."""
TIMES = ("now", "today", "tonight", "tomorrow", *WEEKDAYS)
"""When somebody asks about, as ids."""
