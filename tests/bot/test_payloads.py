"""Buttons: what they carry fits into Telegram's 64 bytes, comes back as it was, and cannot be made by anybody else."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timezone
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actions import choices
from actions.action_confirm_appointment import OWN
from actions.action_menu import main_menu
from actions.choices import Choice
from actions.languages import WRITTEN_LANGUAGES
from appointments.booking import Booking, desk_words
from appointments.slots import Slot
from bot.payloads import (
    SIGNATURE_LETTERS,
    TELEGRAM_BYTES,
    BadSignature,
    PayloadTooLong,
    hear_payload,
    parse_hear,
    parse_rasa_payload,
    rasa_payload,
    sign,
    unsign,
)
from bot.responses import INTENT_LABELS, load_responses
from services_catalog.freshness import ASPECTS
from services_catalog.vocabulary import LANGUAGES, SERVICES, TOPICS
from storage.keys import Keyring

KEYRING = Keyring(["k" * 32])
ANNA, BEN = KEYRING.person_key("tg", "1"), KEYRING.person_key("tg", "2")
LONGEST_KEY = KEYRING.person_key("telegram", "-" + "9" * 20)
FAR_OFF = datetime(2286, 11, 20, 17, 46, 39, tzinfo=timezone.utc)
"""The last second of ten digits."""


def booking(service: str) -> Booking:
    longest = max(desk_words(), key=len)
    return Booking(
        id="1", city="latina", code=f"{longest}-{longest}-99", type=service, starts_at=FAR_OFF, ends_at=FAR_OFF,
        status="pending", language="en", resource="Desk", next_statuses=(), example=False,
    )  # fmt: skip


def every_button() -> Iterable[Choice]:
    """One of each button that an action can make, and of each id that it can stand for."""
    yield from main_menu()
    yield from choices.languages(LANGUAGES)
    yield from choices.cities()
    yield from choices.topics()
    for intent in ("find_service", "service_hours", "service_requirements", "book_appointment"):
        yield from choices.services(intent)
    for intent in ("confirm_appointment", "confirm_cancellation", "confirm_deletion"):
        yield from choices.yes_no(intent)
    for service in SERVICES:
        yield from choices.days(service, [date(9999, 12, 31)])
        for with_day in (False, True):
            yield from choices.slots(service, [Slot(FAR_OFF, FAR_OFF)], with_day)
        yield from choices.another_day(service)
        yield choices.label("book", "book_appointment", {"service": service})
        yield from choices.day_parts(service)
        for intent in ("choose_day", "choose_slot"):
            yield choices.more(intent, service, 99)
        code = booking(service).code
        yield from choices.interpreter_languages(code, LANGUAGES)
        yield from choices.interpreter_answers(code)
        yield from choices.interpreter_genders(code)
        yield from (choices.interpreter(code), choices.calendar_file(code))
        for intent in ("cancel_appointment", "reschedule_appointment"):
            yield choices.appointment(booking(service), intent)
            yield choices.label("move", intent, {"appointment": booking(service).code})
        yield choices.wrong(service)
    yield from choices.wrong_aspects(str(UUID(int=2**128 - 1)), ASPECTS)
    yield choices.entry(str(UUID(int=0)), "Mensa")
    for one in OWN:
        yield choices.label(*one)
    for intent in INTENT_LABELS:
        for service, topic in ((None, None), *((one, None) for one in SERVICES), *((None, one) for one in TOPICS)):
            yield choices.meaning({"intent": intent, "service": service, "topic": topic})


def test_every_button_fits_and_comes_back_as_it_was() -> None:
    rendered = load_responses().render("utter_menu", "en", {"choices": every_button(), "navigation": True})["buttons"]
    assert len(rendered) > 400
    lengths = {}
    for button in rendered:
        data = sign(button["payload"], LONGEST_KEY, KEYRING)
        lengths[data] = len(data.encode())
        assert parse_rasa_payload(unsign(data, LONGEST_KEY, KEYRING)) == parse_rasa_payload(button["payload"])
    assert max(lengths.values()) <= TELEGRAM_BYTES


@pytest.mark.parametrize("language", list(LANGUAGES))
@pytest.mark.parametrize("keep", [True, False])
def test_the_button_that_reads_aloud_fits_too(language: str, keep: bool) -> None:
    data = sign(hear_payload(language, keep), LONGEST_KEY, KEYRING)
    assert len(data.encode()) <= TELEGRAM_BYTES
    assert parse_hear(unsign(data, LONGEST_KEY, KEYRING)) == (language, keep)
    with pytest.raises(BadSignature):
        unsign(data, ANNA, KEYRING)


def test_other_buttons_read_nothing_aloud() -> None:
    for payload in ("/menu", '/set_language{"language":"it"}', "/hear", "hear", "", '/hearing{"language":"it"}'):
        assert parse_hear(payload) is None


def test_codes_of_appointments_have_room() -> None:
    code = booking("food").code
    for intent, entities in (("reschedule_appointment", {}), ("answer_offer", {"answer": "yes"})):
        data = sign(rasa_payload(intent, {"appointment": code, **entities}), ANNA, KEYRING)
        assert len(data) <= TELEGRAM_BYTES - 8
    with pytest.raises(PayloadTooLong, match="65 bytes"):
        sign(rasa_payload("reschedule_appointment", {"appointment": code + "9" * 11}), ANNA, KEYRING)


def test_bytes_are_counted_not_letters() -> None:
    with pytest.raises(PayloadTooLong):
        sign(rasa_payload("set_city", {"city": "я" * 20}), ANNA, KEYRING)


@pytest.mark.parametrize(
    ("intent", "entities", "payload"),
    [
        ("menu", {}, "/menu"),
        ("set_city", {"city": "latina"}, '/set_city{"city":"latina"}'),
        ("choose_slot", {"service": "food", "slot": "1"}, '/choose_slot{"service":"food","slot":"1"}'),
        ("x", {"a": 'q"} &=?~+%', "b": "è"}, '/x{"a":"q\\"} &=?~+%","b":"è"}'),
    ],
)
def test_rasas_own_form(intent: str, entities: dict[str, str], payload: str) -> None:
    assert rasa_payload(intent, entities) == payload
    assert parse_rasa_payload(payload) == (intent, entities)
    assert unsign(sign(payload, ANNA, KEYRING), ANNA, KEYRING) == payload


@given(st.dictionaries(st.sampled_from("abs"), st.text(st.characters(codec="utf-8"), min_size=1, max_size=3)))
def test_any_entities_come_back(entities: dict[str, str]) -> None:
    try:
        data = sign(rasa_payload("x", entities), ANNA, KEYRING)
    except PayloadTooLong:
        return
    assert parse_rasa_payload(unsign(data, ANNA, KEYRING)) == ("x", entities)


DATA = sign('/confirm_deletion{"answer":"yes"}', ANNA, KEYRING)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(sign('/confirm_deletion{"answer":"yes"}', BEN, KEYRING), id="another chat's"),
        pytest.param(sign('/confirm_deletion{"answer":"yes"}', ANNA, Keyring(["o" * 32])), id="another installation's"),
        pytest.param(DATA.replace("yes", "no"), id="altered"),
        pytest.param(DATA.replace("deletion", "cancellation"), id="another intent"),
        pytest.param(DATA[:-1], id="signature too short"),
        pytest.param(DATA + "A", id="signature too long"),
        pytest.param(DATA.swapcase(), id="letters swapped"),
        pytest.param(DATA.rpartition("~")[0], id="no signature"),
        pytest.param(DATA.rpartition("~")[0] + "~", id="empty signature"),
        pytest.param("~" + "A" * SIGNATURE_LETTERS, id="nothing signed"),
        pytest.param(DATA[:-8] + "ÄÄÄÄÄÄÄÄ", id="signature in other letters"),
        pytest.param("подтвердить~AAAAAAAA", id="other letters"),
        pytest.param("\ud800~AAAAAAAA", id="half a character"),
        pytest.param("/confirm_deletion", id="Rasa's form"),
        pytest.param("", id="empty"),
    ],
)
def test_what_we_did_not_make_for_this_chat_is_refused(data: str) -> None:
    assert unsign(DATA, ANNA, KEYRING) == '/confirm_deletion{"answer":"yes"}'
    with pytest.raises(BadSignature):
        unsign(data, ANNA, KEYRING)


@given(st.text(max_size=TELEGRAM_BYTES))
def test_nothing_invented_is_taken(data: str) -> None:
    with pytest.raises(BadSignature):
        unsign(data, ANNA, KEYRING)


def test_buttons_outlive_a_change_of_secret() -> None:
    old = "o" * 32
    data = sign("/menu", ANNA, Keyring([old]))
    assert unsign(data, ANNA, Keyring(["n" * 32, old])) == "/menu"
    with pytest.raises(BadSignature):
        unsign(data, ANNA, Keyring(["n" * 32]))


def test_written_languages_have_a_button_each() -> None:
    shown: list[dict[str, Any]] = choices.languages(WRITTEN_LANGUAGES)
    assert sorted(one["id"] for one in shown) == sorted(WRITTEN_LANGUAGES)
