"""A conversation about a procedure, by its buttons: what is pressed, what is answered, where one can go on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions import base
from actions.action_ask_procedure import ActionAskProcedure
from actions.context import Context
from bot.payloads import parse_rasa_payload, rasa_payload, sign
from bot.responses import load_responses
from services_catalog.importer import load_sheets
from services_catalog.procedures.confirmation import confirm
from services_catalog.procedures.importer import load_procedures
from services_catalog.procedures.schema import PARTS
from services_catalog.vocabulary import TOPICS
from storage.database import make_engine, make_session_factory
from storage.keys import Keyring
from storage.migrate import migrate
from storage.people import update_profile
from tests.conftest import FixedClock
from tests.services_catalog.factories import entry, sheet
from tests.services_catalog.procedures.factories import SOURCES, procedure, translations

SAID = load_responses()
Answer = tuple[list[str], list[dict[str, Any]], dict[str, Any]]


class Person:
    """Somebody on the web chat who presses buttons. `press` gives the texts, the last message's buttons, the slots."""

    def __init__(self, context: Context, city: str | None = "latina", language: str = "en") -> None:
        self.context = context
        update_profile(context.sessions, context.clock, "web-1", language=language, city=city)
        self.slots: dict[str, Any] = {}
        self.language = language

    def press(self, **entities: str) -> Answer:
        message = {
            "text": "/ask_procedure",
            "intent": {"name": "ask_procedure", "confidence": 1.0},
            "entities": [{"entity": name, "value": value} for name, value in entities.items()],
        }
        tracker = Tracker("web-1", self.slots, message, [], False, None, {}, "action_listen")
        dispatcher = CollectingDispatcher()
        events = ActionAskProcedure().run(dispatcher, tracker, {})
        self.slots |= {event["name"]: event["value"] for event in events if event["event"] == "slot"}
        rendered = [
            SAID.render(
                one["response"], one.pop("in_language"), {k: v for k, v in one.items() if v and k != "response"}
            )
            for one in dispatcher.messages
        ]
        return [one["text"] for one in rendered], rendered[-1]["buttons"], self.slots


@pytest.fixture
def context(tmp_path: Path, clock: FixedClock, monkeypatch: pytest.MonkeyPatch) -> Context:
    """Latina, and a procedure of whose cost nothing is confirmed."""
    engine = make_engine(f"sqlite:///{tmp_path / 'orienta.db'}")
    migrate(engine)
    made = Context(make_session_factory(engine), Keyring(["secret"]), clock)
    monkeypatch.setattr(base, "get_context", lambda: made)
    texts = translations("en", what="It is a paper.", bring_1="Bring 4 photos.", who="Everybody.", free_help="Unions.")
    load_procedures(made.sessions, [procedure()], [texts], clock)
    lawyer = entry("lawyer", services=["legal_support"], address="Via Roma 1, Latina")
    load_sheets(made.sessions, [sheet(lawyer)], clock)
    return made


def entities(button: dict[str, Any]) -> dict[str, str]:
    return parse_rasa_payload(button["payload"])[1]


def titles(buttons: list[dict[str, Any]]) -> list[str]:
    return [button["title"] for button in buttons]


NAVIGATION = ["☰ Menu", "🌐 Language", "🏙 City", "🔊 Listen"]
BACK = "🪪 Residence permit"
TOPIC = "residence_permit"


def test_the_first_card_says_what_it_is_and_offers_the_parts(context: Context) -> None:
    texts, buttons, _ = Person(context, city=None).press(topic=TOPIC)
    assert texts == [
        "Residence permit\n\nIt is a paper.\n⚠️ Nobody has checked this yet: ask before you rely on it.\n\n"
        "This is to help you find your way. It is not legal advice. What else do you want to know?"
    ]
    assert titles(buttons) == [
        "👤 Who it is for",
        "📍 Where to go",
        "🎒 What to bring",
        "💶 Cost",
        "⏳ How long it takes",
        "👣 Step by step",
        "⚠️ Common mistakes",
        "🤝 Free help",
        "🔗 Where this comes from",
        *NAVIGATION,
    ]


def test_a_part_page_by_page_and_on_to_the_next_part(context: Context) -> None:
    person = Person(context)
    texts, buttons, _ = person.press(topic=TOPIC, part="bring")
    assert "Residence permit: What to bring\n\n1. Bring 4 photos.\n" in texts[0]
    assert titles(buttons) == ["🔗 Where this comes from", "▶ Next", BACK, *NAVIGATION]
    texts, buttons, _ = person.press(**entities(buttons[1]))
    assert "Porta il passaporto. Porta il visto. Porta la ricevuta. (in Italian)" in texts[0]
    assert titles(buttons) == ["🔗 Where this comes from", "💶 Cost", BACK, *NAVIGATION]


def test_the_sources_of_a_page_and_back(context: Context) -> None:
    person = Person(context)
    _, buttons, _ = person.press(topic=TOPIC, part="bring")
    texts, buttons, _ = person.press(**entities(buttons[0]))
    assert texts == [
        "Residence permit: What to bring\n\nThis is where I have it from:\n"
        "A Questura, June 2024, official source\nB Giornale, date not known, not an official source"
    ]
    assert [button.get("url") for button in buttons[:2]] == [one["url"] for one in SOURCES]
    assert titles(buttons) == ["🔗 A", "🔗 B", "🎒 What to bring", BACK, *NAVIGATION]
    assert "Bring 4 photos." in person.press(**entities(buttons[2]))[0][0]


def test_what_is_held_back_names_who_can_answer(context: Context) -> None:
    person = Person(context)
    texts, buttons, _ = person.press(topic=TOPIC, part="cost")
    assert len(texts) == 1
    assert "Something here is not confirmed yet" in texts[0]
    assert "Via Roma 1, Latina" in texts[0]
    assert "40" not in texts[0]
    assert titles(buttons) == ["🗺 1", "🙋 Talk to a person", "⏳ How long it takes", BACK, *NAVIGATION]

    texts, _, _ = person.press(topic=TOPIC, part="steps")
    assert "Vai in Questura." in texts[0]
    assert "Something here is not confirmed yet" in texts[1]
    assert "60" not in "".join(texts)

    confirm(
        context.sessions,
        f"{TOPIC}.cost",
        "Costa 40 euro.",
        by="Anna",
        source="https://q.example.it",
        clock=context.clock,
    )
    texts, _, _ = person.press(topic=TOPIC, part="cost")
    assert texts == ["Residence permit: Cost\n\nCosta 40 euro. (in Italian)\n✅ Checked on 25 November 2026."]


def test_what_nobody_states_is_not_invented(context: Context) -> None:
    texts, buttons, _ = Person(context).press(topic=TOPIC, part="time")
    assert "I found nothing certain about this" in texts[0]
    assert "Via Roma 1, Latina" in texts[0]
    assert "🔗 Where this comes from" not in titles(buttons)


@pytest.mark.parametrize("part", ["where", "free_help"])
def test_the_people_of_the_city_stand_under_where_and_free_help(context: Context, part: str) -> None:
    texts, _, _ = Person(context).press(topic=TOPIC, part=part)
    assert len(texts) == 2
    assert "Via Roma 1, Latina" in texts[1]


def test_the_city_is_asked_only_when_it_matters_and_the_question_goes_on(context: Context) -> None:
    person = Person(context, city=None)
    texts, _, slots = person.press(topic=TOPIC, part="where")
    assert texts == ["Which city are you in?"]
    assert slots["pending"] == {"then": "action_ask_procedure", "topic": TOPIC, "part": "where"}
    update_profile(context.sessions, context.clock, "web-1", city="latina")
    texts, _, _ = person.press()
    assert texts[0].startswith("Residence permit: Where to go")
    assert "It is a paper." in person.press(topic=TOPIC)[0][0]


@pytest.mark.parametrize(
    ("pressed", "begins"),
    [
        ({"topic": "asylum"}, "Asylum: I do not have a guide for this yet."),
        ({"topic": TOPIC, "part": "price"}, "Residence permit\n\nIt is a paper."),
        ({"topic": TOPIC, "part": "bring.9"}, "Residence permit: What to bring\n\n2. Porta il passaporto."),
        ({"topic": TOPIC, "part": "cost.1.s"}, "Residence permit: Cost\n\nSomething here is not confirmed yet."),
        ({"topic": "x"}, "What do you want to know about?"),
        ({}, "What do you want to know about?"),
    ],
)
def test_a_button_of_before_is_no_dead_end(context: Context, pressed: dict[str, str], begins: str) -> None:
    texts, buttons, _ = Person(context).press(**pressed)
    assert texts[0].startswith(begins)
    assert titles(buttons)[-len(NAVIGATION) :] == NAVIGATION


def test_every_button_fits_telegram(context: Context) -> None:
    for topic in TOPICS:
        for part in PARTS:
            payload = rasa_payload("ask_procedure", {"topic": topic, "part": f"{part}.9.s"})
            sign(payload, "tg-" + "0" * 32, context.keyring)
