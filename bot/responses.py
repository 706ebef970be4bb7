"""From the name of a response and its facts to words and buttons in one language.

Actions and notices name a response of `domain.yml` and give codes, ids and ISO times; this module alone picks words.

Parameters that are understood beside a text's own placeholders:
    service, topic, part, city, language, status   ids, shown by name
    starts_at                                ISO 8601 with offset; fills {day} and {time}, Europe/Rome
    cards                                    list of `services_catalog.search.Card` as dicts, shown under the text
    show                                     "all" (default), "hours" or "requirements": what of the cards
    kept                                     what is kept of a person, shown under the text: list of
                                             `{"label": …, "values": [choice, …]}` or `{"label": …, "count": n}`
    statements, sources                      of a procedure: list of `services_catalog.procedures.guide.Told` as dicts
    choices                                  list of `{"kind": …, "id": …, "intent": …, "entities": {…}, "row": n}`
    navigation                               True adds the row menu, language, city
    listen                                   False leaves out the button that reads the text aloud, the last of all
    reason                                   id of `REASONS`, shown under the text
    calendar                                 what `calendar_files.person_file` needs of an appointment: attaches the file
    now                                      ISO 8601: what "today" means
"""

from __future__ import annotations

import string
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Optional

import yaml
from babel.dates import format_date

from appointments.calendar_files import person_file
from bot.cards import card_lines, directed, isolated
from bot.payloads import hear_payload, rasa_payload
from bot.procedures import PARTS, source_lines, statement_lines
from bot.translations import N_, locale_of, translate
from services_catalog.vocabulary import CITIES, LANGUAGES, SERVICES, TOPICS
from storage.clock import ROME

SAFETY_NUMBERS = Path(__file__).parent / "safety_numbers.yml"

OF_NOBODY = {
    "service",
    "topic",
    "part",
    "city",
    "language",
    "cards",
    "show",
    "now",
    "statements",
    "sources",
    "choices",
    "navigation",
    "listen",
}
"""Parameters from which a text gets nothing of a person; one with any other is not kept as sound."""

LABELS: dict[str, tuple[str, str]] = {
    "menu": ("☰", N_("Menu")),
    "language": ("🌐", N_("Language")),
    "city": ("🏙", N_("City")),
    "services": ("🔎", N_("Find help")),
    "book": ("📅", N_("Book an appointment")),
    "my_appointments": ("🗓", N_("My appointments")),
    "procedures": ("📄", N_("Papers and procedures")),
    "person": ("🙋", N_("Talk to a person")),
    "yes": ("✅", N_("Yes")),
    "no": ("❌", N_("No")),
    "cancel": ("🗑", N_("Cancel it")),
    "move": ("🔁", N_("Move it")),
    "other_day": ("◀", N_("Another day")),
    "earliest": ("⏩", N_("The earliest time")),
    "morning": ("🌅", N_("Mornings")),
    "afternoon": ("🌇", N_("Afternoons")),
    "more": ("▶", N_("More")),
    "interpreter": ("💬", N_("Interpreter")),
    "other_language": ("🌐", N_("Another language")),
    "no_interpreter": ("✖", N_("No interpreter")),
    "interpreter_woman": ("👩", N_("A woman")),
    "interpreter_man": ("👨", N_("A man")),
    "interpreter_any": ("👥", N_("It does not matter")),
    "calendar": ("📆", N_("To my calendar")),
    "wait": ("🔔", N_("Tell me when a place is free")),
    "stop_waiting": ("🔕", N_("Stop waiting")),
    "danger": ("🆘", N_("I need help now")),
    "hours": ("🕘", N_("Opening hours")),
    "requirements": ("❓", N_("Who can go, cost")),
    "privacy": ("🔒", N_("Delete my data")),
    "wrong": ("✏️", N_("Something is wrong")),
    "place": ("📍", N_("Address or phone")),
    "closed": ("⛔", N_("It does not exist any more")),
    "other": ("✏️", N_("Something else")),
    "past": ("🗂", N_("Past appointments")),
    "write_to_me": ("💬", N_("Write to me")),
    "source": ("🔗", N_("Where this comes from")),
    "next": ("▶", N_("Next")),
    "listen": ("🔊", N_("Listen")),
}
"""Button labels that belong to no vocabulary: pictogram and msgid."""

INTENT_LABELS: dict[str, tuple[str, str]] = {
    "greet": LABELS["menu"], "goodbye": LABELS["menu"], "thank": LABELS["menu"], "affirm": LABELS["yes"], "deny": LABELS["no"],
    "help": ("❔", N_("How this works")), "bot_challenge": LABELS["person"], "set_language": LABELS["language"],
    "set_city": LABELS["city"], "find_service": LABELS["services"], "service_hours": LABELS["hours"],
    "service_requirements": LABELS["requirements"], "book_appointment": LABELS["book"],
    "view_appointment": LABELS["my_appointments"], "reschedule_appointment": ("🔁", N_("Move an appointment")),
    "cancel_appointment": ("🗑", N_("Cancel an appointment")), "ask_procedure": LABELS["procedures"],
    "emergency": ("🆘", N_("Emergency")), "report_violence": ("🆘", N_("Somebody hurts me")),
    "report_exploitation": ("🆘", N_("I am exploited at work")), "talk_to_human": LABELS["person"],
    "delete_my_data": LABELS["privacy"], "give_feedback": LABELS["wrong"], "out_of_scope": LABELS["menu"],
}  # fmt: skip
"""What a guessed meaning is called on a button."""

STATUS = {
    "pending": N_("Booked, waiting for the one-stop shop"),
    "confirmed": N_("Confirmed by the one-stop shop"),
}


REASONS = {
    "nobody_there": N_("Reason: the person who does this is not there on that day."),
    "not_here": N_("Reason: the one-stop shop does not do this."),
    "papers_first": N_("Reason: some papers are needed first. Ask the one-stop shop which ones."),
    "has_another": N_("Reason: you have another appointment for this."),
}
"""What the person is told for each of `appointments.booking.REASONS`."""


class UnknownResponse(KeyError):
    """A response name that `domain.yml` does not hold."""


class Responses:
    """The texts of a domain, in every language that has a catalogue.

    Args:
        texts: English source text by response name.
        numbers: the safety numbers, by the placeholder that they fill.
    """

    def __init__(self, texts: Mapping[str, str], numbers: Mapping[str, str]) -> None:
        self._texts = texts
        self._numbers = dict(numbers)

    def render(self, name: str, language: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """`{"text": str, "buttons": [{"title", "payload" or "url", "row"}]}`, and `venue` where coordinates are
        known; with `calendar` also `{"attachment": {"name": str, "type": media type, "content": str}}`.

        `venue` is the first card's place, for channels that have a map: latitude, longitude, title and address.

        Raises:
            UnknownResponse: no response of this name.
            KeyError: a placeholder of the text was not given (RASA.md, T6: never shown to a person).
        """
        if name not in self._texts:
            raise UnknownResponse(name)
        values = self._values(language, params)
        text = translate(language, self._texts[name]).format_map(values)
        now = _moment(params["now"]) if params.get("now") else None
        blocks = [
            "\n".join(card_lines(card, language, now, params.get("show", "all"))) for card in params.get("cards", ())
        ]
        if params.get("kept"):
            blocks.append("\n".join(self._kept_line(line, language) for line in params["kept"]))
        if params.get("reason"):
            blocks.append(translate(language, REASONS[params["reason"]]))
        choices = list(params.get("choices", ()))
        if params.get("navigation"):
            choices += [
                {"kind": "label", "id": "menu", "intent": "menu", "row": "navigation"},
                {"kind": "label", "id": "language", "intent": "set_language", "row": "navigation"},
                {"kind": "label", "id": "city", "intent": "set_city", "row": "navigation"},
            ]
        message: dict[str, Any] = {
            "text": directed("\n\n".join([text, *blocks]), language),
            "buttons": [self._button(choice, language) for choice in choices],
        }
        if params.get("listen", True):
            row = "navigation" if params.get("navigation") else "listen"
            message["buttons"].append(
                {
                    "title": _title("label", "listen", {}, language),
                    "row": row,
                    "payload": hear_payload(language, keep=_is_of_nobody(params)),
                }
            )
        if params.get("calendar"):
            message["attachment"] = _calendar_file(params["calendar"], language)
        venue = _venue(params.get("cards", ())) if params.get("show", "all") == "all" else None
        return {**message, "venue": venue} if venue else message

    def fixed_texts(self, language: str) -> dict[str, str]:
        """The texts that are always the same, by response name; the safety numbers are filled in."""
        return {
            name: directed(translate(language, text).format_map(self._numbers_in(language)), language)
            for name, text in self._texts.items()
            if placeholders(text) <= set(self._numbers)
        }

    def _numbers_in(self, language: str) -> dict[str, str]:
        """Between letters from right to left "800 290 290" would stand as "290 290 800"."""
        return {name: isolated(number, language) for name, number in self._numbers.items()}

    def _values(self, language: str, params: Mapping[str, Any]) -> dict[str, str]:
        values = self._numbers_in(language)
        for key, value in params.items():
            if key == "starts_at":
                moment = _moment(value)
                values |= {
                    "day": day_name(moment.date(), language),
                    "time": isolated(moment.strftime("%H:%M"), language),
                }
            elif key == "day":
                values["day"] = day_name(date.fromisoformat(value), language)
            elif key in ("service", "topic", "part", "city", "language", "status"):
                values[key] = name_of(key, str(value), language)
            elif key == "statements":
                values["statements"] = "\n".join(statement_lines(value, language))
            elif key == "sources":
                values["sources"] = "\n".join(source_lines(value, language))
            elif isinstance(value, str):
                values[key] = isolated(value, language)
        return values

    @staticmethod
    def _kept_line(line: Mapping[str, Any], language: str) -> str:
        emoji, msgid = LABELS[line["label"]]
        values = [_title(value["kind"], str(value["id"]), value, language) for value in line.get("values", ())]
        told = "; ".join(values) or str(line["count"])
        return f"{emoji} {translate(language, msgid)}: {isolated(told, language)}"

    def _button(self, choice: Mapping[str, Any], language: str) -> dict[str, Any]:
        kind, id_ = choice["kind"], str(choice["id"])
        button: dict[str, Any] = {"title": _title(kind, id_, choice, language)}
        if choice.get("row") is not None:
            button["row"] = str(choice["row"])
        if "url" in choice:
            return {**button, "url": choice["url"]}
        entities = choice.get(
            "entities", {kind: id_} if kind in ("service", "topic", "city", "language", "day", "slot") else {}
        )
        return {**button, "payload": rasa_payload(choice["intent"], entities)}


def _is_of_nobody(params: Mapping[str, Any]) -> bool:
    """Whether the text is the same for everybody who asks: how far away a place is tells where somebody is."""
    return params.keys() <= OF_NOBODY and all(card.get("distance_m") is None for card in params.get("cards", ()))


def _venue(cards: Iterable[Mapping[str, Any]]) -> Optional[dict[str, Any]]:
    card = next(iter(cards), {})
    if card.get("latitude") is None or card.get("longitude") is None or not card.get("address"):
        return None
    return {
        "latitude": card["latitude"],
        "longitude": card["longitude"],
        "title": card["name"],
        "address": card["address"],
    }


def _title(kind: str, id_: str, choice: Mapping[str, Any], language: str) -> str:
    if kind == "service":
        return f"{SERVICES[id_].emoji} {name_of(kind, id_, language)}"
    if kind == "topic":
        return f"{TOPICS[id_].emoji} {name_of(kind, id_, language)}"
    if kind in ("city", "language"):
        return name_of(kind, id_, language)
    if kind == "day":
        return format_date(date.fromisoformat(id_), "EEE d MMM", locale=locale_of(language))
    if kind == "slot":
        return _moment(id_).strftime("%H:%M")
    if kind == "slot_and_day":
        return format_date(_moment(id_).date(), "EEE d MMM", locale=locale_of(language)) + f", {_moment(id_):%H:%M}"
    if kind == "appointment":
        moment = _moment(choice["starts_at"])
        name = name_of("service", choice["service"], language)
        return f"{name}, {format_date(moment.date(), 'd MMM', locale=locale_of(language))} {moment:%H:%M}"
    if kind == "entry":
        return str(choice["name"])
    if kind == "map":
        return f"🗺 {id_}"
    if kind == "link":
        return f"🔗 {id_}"
    emoji, msgid = {"intent": INTENT_LABELS, "part": PARTS}.get(kind, LABELS)[id_]
    return f"{emoji} {translate(language, msgid)}"


def _calendar_file(entry: Mapping[str, Any], language: str) -> dict[str, str]:
    title = name_of("service", entry["service"], language)
    made = person_file(
        id_=entry["id"],
        starts_at=_moment(entry["starts_at"]),
        ends_at=_moment(entry["ends_at"]),
        status=entry["status"],
        changes=entry["changes"],
        code=entry["code"],
        address=entry["address"],
        title=title,
        reminder=title,
        now=_moment(entry["now"]),
    )
    return {"name": f"{entry['code']}.ics", "type": "text/calendar", "content": made.decode()}


def name_of(kind: str, id_: str, language: str) -> str:
    """A vocabulary term in a language; languages by their own names."""
    if kind == "language":
        return LANGUAGES[id_].endonym
    if kind == "status":
        return translate(language, STATUS[id_])
    if kind == "part":
        return translate(language, PARTS[id_][1])
    vocabularies: dict[str, Mapping[str, Any]] = {"service": SERVICES, "topic": TOPICS, "city": CITIES}
    return translate(language, vocabularies[kind][id_].msgid)


def day_name(day: date, language: str) -> str:
    """Weekday, day and month as CLDR writes them: "Thursday 26 November"."""
    return format_date(day, "EEEE d MMMM", locale=locale_of(language))


def _moment(iso: str) -> datetime:
    return datetime.fromisoformat(iso).astimezone(ROME)


def placeholders(text: str) -> set[str]:
    """The names in `{…}` of a text."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@lru_cache(maxsize=1)
def safety_numbers() -> dict[str, str]:
    """The numbers that the safety answers give, by placeholder, from `safety_numbers.yml`."""
    entries = yaml.safe_load(SAFETY_NUMBERS.read_text(encoding="utf-8"))
    return {name: str(entry["number"]) for name, entry in entries.items()}


def texts_of_domain(path: Optional[Path] = None) -> dict[str, str]:
    """English texts by response name, from `domain.yml`."""
    path = path or Path(__file__).parent.parent / "domain.yml"
    responses = yaml.safe_load(path.read_text(encoding="utf-8"))["responses"]
    return {name: variants[0]["text"] for name, variants in responses.items()}


def load_responses() -> Responses:
    return Responses(texts_of_domain(), safety_numbers())
