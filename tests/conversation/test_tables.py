"""One conversation in each of the twenty languages, as a table: what is said, and which responses answer it.

The trained model reads each message, the rules choose the action, the real actions answer from the real catalogue; buttons, words
and channels are tested elsewhere in this folder. A model that misses one message in ten cannot be asked to miss none here: of a
language's twelve answers at most `MISSES` may be others.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from actions import base
from actions.context import Context
from actions.languages import WRITTEN_LANGUAGES
from appointments.shops import load_shops
from orienta.catalog import load_catalogue
from orienta.model import current_model
from orienta.procedures import load_packaged_procedures
from storage.database import SessionFactory, make_engine, make_session_factory
from storage.keys import Keyring
from storage.migrate import migrate
from storage.people import update_profile
from storage.settings import Settings
from tests.actions.chat import Chat
from tests.conftest import FixedClock, unavailable

TABLE: dict[str, list[str]] = yaml.safe_load((Path(__file__).parent / "tables.yml").read_text(encoding="utf-8"))
MISSES = 2
Parse = Callable[[str], dict[str, Any]]


def about(service: str, *responses: str) -> Callable[[Chat], bool]:
    """Whether the answer is about a service."""
    return lambda chat: (
        chat.slots.get("service") == service and chat.said[0].startswith(responses or ("utter_service__",))
    )


def says(*responses: str) -> Callable[[Chat], bool]:
    return lambda chat: any(name.startswith(responses) for name in chat.said)


STEPS: list[tuple[str, Callable[[Chat], bool]]] = [
    ("greets", says("utter_greet", "utter_welcome", "utter_menu")),
    ("a shower", about("shower")),
    ("open on Sunday", about("shower", "utter_service__hours", "utter_service__no_contact", "utter_service__none")),
    (
        "what it costs",
        about("shower", "utter_service__requirements", "utter_service__no_contact", "utter_service__none"),
    ),
    ("a doctor", about("health_care")),
    ("food", about("food")),
    ("the tax code", says("utter_procedure__")),
    ("a person", says("utter_human")),
    ("thanks", says("utter_thank")),
    ("out of scope", says("utter_out_of_scope", "utter_meanings")),
    ("an appointment", says("utter_ask_booking", "utter_booking", "utter_ask_service")),
    ("food in between", about("food")),
]


@pytest.fixture(scope="module")
def parse() -> Parse:
    """The trained model's reading of a message."""
    model = current_model()
    if model is None:
        unavailable("there is no trained model: orienta train")
    from rasa.core.agent import Agent

    agent = Agent.load(str(model))
    return lambda text: asyncio.run(agent.parse_message(text))


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> SessionFactory:
    settings = Settings(data_dir=tmp_path_factory.mktemp("tables"), secret_key="s" * 32)
    migrate(make_engine(settings.database_url))
    load_catalogue(settings)
    load_packaged_procedures(settings)
    load_shops(make_session_factory(make_engine(settings.database_url)))
    return make_session_factory(make_engine(settings.database_url))


def test_each_language_has_its_table() -> None:
    assert set(TABLE) == set(WRITTEN_LANGUAGES) and {len(said) for said in TABLE.values()} == {len(STEPS)}


@pytest.mark.parametrize("language", WRITTEN_LANGUAGES)
def test_a_conversation(
    language: str, parse: Parse, catalogue: SessionFactory, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(base, "get_context", lambda: Context(catalogue, Keyring(["x" * 32]), clock))
    update_profile(catalogue, clock, f"tg-{language}", language=language, city="latina")
    chat, missed = Chat(f"tg-{language}"), []
    for (name, expected), text in zip(STEPS, TABLE[language], strict=True):
        said = chat.hear(parse(text))
        assert said, (name, text, "the person hears nothing")
        if not expected(chat):
            missed.append((name, text, said, chat.slots.get("service")))
    assert len(missed) <= MISSES, missed
