"""Buttons as the NLG understands them: what they stand for and what they send, never their words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Optional

from appointments.booking import Booking
from appointments.interpreters import GENDERS
from appointments.slots import DAY_PARTS, Slot
from services_catalog.models import short_id
from services_catalog.procedures.guide import letters
from services_catalog.procedures.schema import PARTS
from services_catalog.vocabulary import CITIES, LANGUAGES, SERVICES, TOPICS

Choice = dict[str, Any]


def label(id_: str, intent: str, entities: Optional[dict[str, str]] = None, row: Optional[str] = None) -> Choice:
    """A button of `bot.responses.LABELS`."""
    return {"kind": "label", "id": id_, "intent": intent, "entities": entities or {}, "row": row}


def yes_no(intent: str) -> list[Choice]:
    return [label(answer, intent, {"answer": answer}, row="answer") for answer in ("yes", "no")]


def another_day(service: str) -> list[Choice]:
    return [label("other_day", "book_appointment", {"service": service})]


def _in_rows(kind: str, ids: Iterable[str], intent: str, columns: int) -> list[Choice]:
    return [{"kind": kind, "id": id_, "intent": intent, "row": f"{kind}{n // columns}"} for n, id_ in enumerate(ids)]


def languages(written: Iterable[str]) -> list[Choice]:
    return _in_rows("language", [code for code in LANGUAGES if code in set(written)], "set_language", 2)


def cities() -> list[Choice]:
    return _in_rows("city", CITIES, "set_city", 2)


def services(intent: str = "find_service", ids: Optional[Iterable[str]] = None) -> list[Choice]:
    return _in_rows("service", ids or SERVICES, intent, 2)


def topics() -> list[Choice]:
    return _in_rows("topic", TOPICS, "ask_procedure", 1)


def days(service: str, days_: Iterable[date]) -> list[Choice]:
    return [
        {"kind": "day", "id": day.isoformat(), "intent": "choose_day", "row": f"day{number // 2}",
         "entities": {"service": service, "day": day.isoformat()}}
        for number, day in enumerate(days_)
    ]  # fmt: skip


def slots(service: str, slots_: Iterable[Slot], with_day: bool = False) -> list[Choice]:
    """Times to press; `with_day` when they are not all of the day that the message names."""
    starts = [slot.starts_at for slot in slots_]
    return _times(service, starts, "slot_and_day", 1) if with_day else _times(service, starts, "slot", 3)


def times(service: str, isos: Iterable[str]) -> list[Choice]:
    """Times on different days to press, from a notice's ISO texts."""
    return _times(service, map(datetime.fromisoformat, isos), "slot_and_day", 1)


def _times(service: str, starts: Iterable[datetime], kind: str, columns: int) -> list[Choice]:
    return [
        {"kind": kind, "id": start.isoformat(), "intent": "choose_slot", "row": f"slot{number // columns}",
         "entities": {"service": service, "slot": str(int(start.timestamp()))}}
        for number, start in enumerate(starts)
    ]  # fmt: skip


def offer(code: str) -> list[Choice]:
    """Yes and no to a time that is kept for the person."""
    return [
        label(answer, "answer_offer", {"appointment": code, "answer": answer}, row="answer") for answer in ("yes", "no")
    ]


def wait(service: str) -> list[Choice]:
    """To be told when a place frees."""
    return [label("wait", "join_waiting_list", {"service": service})]


def stop_waiting(service: str) -> Choice:
    return label("stop_waiting", "leave_waiting_list", {"service": service})


def earliest(service: str, slot: Slot) -> Choice:
    """The first free time of all."""
    return label("earliest", "choose_slot", {"service": service, "slot": str(int(slot.starts_at.timestamp()))})


def wrong(service: str, cards: Sequence[Mapping[str, Any]] = ()) -> Choice:
    """To say that something of what was shown is wrong; of a single card at once, else which one is asked."""
    about = {"entry": short_id(cards[0]["id"])} if len(cards) == 1 else {"service": service}
    return label("wrong", "report_wrong", about)


def entry(id_: str, name: str) -> Choice:
    """One place of those that were shown."""
    return {
        "kind": "entry",
        "id": id_,
        "name": name,
        "intent": "report_wrong",
        "entities": {"entry": short_id(id_)},
        "row": id_,
    }


def wrong_aspects(id_: str, aspects: Iterable[str]) -> list[Choice]:
    """What can be wrong with an entry."""
    return [label(aspect, "report_wrong", {"entry": short_id(id_), "aspect": aspect}, row=aspect) for aspect in aspects]


def day_parts(service: str) -> list[Choice]:
    """The mornings or the afternoons only."""
    return [label(part, "choose_day", {"service": service, "part": part}, row="part") for part in DAY_PARTS]


def more(intent: str, service: str, page: int) -> Choice:
    """A further page of the days (`choose_day`) or of a day's times (`choose_slot`); pages count from 1."""
    return label("more", intent, {"service": service, "page": str(page)})


def interpreter_languages(code: str, ids: Iterable[str]) -> list[Choice]:
    """The language to interpret at the appointment with this code."""
    return [
        {
            "kind": "language",
            "id": id_,
            "intent": "choose_interpreter",
            "row": f"language{number // 2}",
            "entities": {"appointment": code, "language": id_},
        }
        for number, id_ in enumerate(ids)
    ]


def interpreter(code: str) -> Choice:
    """To say, or to change, which interpreter one wishes for."""
    return label("interpreter", "choose_interpreter", {"appointment": code})


def interpreter_answers(code: str) -> list[Choice]:
    return [
        label("other_language", "choose_interpreter", {"appointment": code, "answer": "other"}),
        label("no_interpreter", "choose_interpreter", {"appointment": code, "answer": "no"}),
    ]


def interpreter_genders(code: str) -> list[Choice]:
    return [
        label(f"interpreter_{gender}", "choose_interpreter", {"appointment": code, "gender": gender})
        for gender in (*GENDERS, "any")
    ]


def calendar_file(code: str) -> Choice:
    return label("calendar", "get_calendar_file", {"appointment": code})


def appointment(booking: Booking, intent: str) -> Choice:
    """One of the person's own appointments, by its desk code."""
    return {
        "kind": "appointment", "id": booking.code, "intent": intent, "service": booking.type,
        "starts_at": booking.starts_at.isoformat(), "entities": {"appointment": booking.code},
    }  # fmt: skip


def meaning(guess: dict[str, Any]) -> Choice:
    """What a message may have meant, from the parse result's `alternatives`."""
    entities = {key: guess[key] for key in ("service", "topic") if guess.get(key)}
    if guess["intent"] == "find_service" and "service" in entities:
        return {"kind": "service", "id": entities["service"], "intent": "find_service"}
    if guess["intent"] == "ask_procedure" and "topic" in entities:
        return {"kind": "topic", "id": entities["topic"], "intent": "ask_procedure"}
    return {"kind": "intent", "id": guess["intent"], "intent": guess["intent"], "entities": entities}


def parts(topic: str) -> list[Choice]:
    """What can be asked about a procedure beside what it is."""
    asked = [part for part in PARTS if part != "what"]
    return [part(topic, name, row=f"part{number // 2}") for number, name in enumerate(asked)]


def part(topic: str, name: str, row: Optional[str] = None) -> Choice:
    return {
        "kind": "part",
        "id": name,
        "intent": "ask_procedure",
        "row": row,
        "entities": {"topic": topic, "part": name},
    }


def links(statements: Iterable[dict[str, Any]]) -> list[Choice]:
    """The pages that statements come from, by the letters that the text names them with."""
    return [
        {"kind": "link", "id": letter, "url": url, "row": f"link{number // 4}"}
        for number, (url, letter) in enumerate(letters(statements).items())
    ]


def maps(cards: Iterable[dict[str, Any]]) -> list[Choice]:
    return [
        {"kind": "map", "id": str(number), "url": card["map_url"], "row": "maps"}
        for number, card in enumerate(cards, start=1)
        if card.get("map_url")
    ]
