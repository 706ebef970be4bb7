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
    """A city of the network.

    `name`: Italian; `msgid`: English; `province`: the two-letter code; `latitude`, `longitude`: of the centre, WGS 84, to
    about a kilometre; `patron`: the day of the patron saint, a public holiday of this city alone, as MM-DD, or as days
    after Easter Sunday.
    """

    id: str
    name: str
    msgid: str
    region: str
    province: str
    latitude: float
    longitude: float
    patron: str


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
        City("bologna", "Bologna", N_("Bologna"), "Emilia-Romagna", "BO", 44.49, 11.34, "10-04"),
        City("caserta", "Caserta", N_("Caserta"), "Campania", "CE", 41.07, 14.33, "01-20"),
        City("firenze", "Firenze", N_("Florence"), "Toscana", "FI", 43.77, 11.26, "06-24"),
        City("genova", "Genova", N_("Genoa"), "Liguria", "GE", 44.41, 8.93, "06-24"),
        City("latina", "Latina", N_("Latina"), "Lazio", "LT", 41.47, 12.90, "07-06"),
        City("milano", "Milano", N_("Milan"), "Lombardia", "MI", 45.46, 9.19, "12-07"),
        City("napoli", "Napoli", N_("Naples"), "Campania", "NA", 40.85, 14.27, "09-19"),
        City("palermo", "Palermo", N_("Palermo"), "Sicilia", "PA", 38.12, 13.36, "07-15"),
        City("perugia", "Perugia", N_("Perugia"), "Umbria", "PG", 43.11, 12.39, "01-29"),
        City("potenza", "Potenza", N_("Potenza"), "Basilicata", "PZ", 40.64, 15.80, "05-30"),
        City("roma", "Roma", N_("Rome"), "Lazio", "RM", 41.90, 12.49, "06-29"),
        City("sassari", "Sassari", N_("Sassari"), "Sardegna", "SS", 40.73, 8.56, "12-06"),
        City("taranto", "Taranto", N_("Taranto"), "Puglia", "TA", 40.47, 17.24, "05-10"),
        City("torino", "Torino", N_("Turin"), "Piemonte", "TO", 45.07, 7.69, "06-24"),
        City("trieste", "Trieste", N_("Trieste"), "Friuli-Venezia Giulia", "TS", 45.65, 13.78, "11-03"),
        City("bolzano", "Bolzano", N_("Bolzano"), "Trentino-Alto Adige", "BZ", 46.50, 11.35, "easter+50"),
    )
}

CITY_RADIUS_KM = 30
"""How far from a city's centre its services may lie, and somebody who is still said to be in it."""

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
