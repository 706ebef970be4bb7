"""Whatever is typed, the whole pipeline gives a result of the contract's shape and never an exception."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from rasa.core.agent import load_agent

from bot.nlu.joint_classifier import meaning_of
from bot.nlu.text import normalise
from orienta.model import train
from services_catalog.vocabulary import CITIES, LANGUAGES, SERVICES, TIMES, TOPICS

VOCABULARY = {"service": SERVICES, "topic": TOPICS, "city": CITIES, "language": LANGUAGES, "time": TIMES}
LEVELS, KINDS = {"none", "ask", "alarm"}, {"emergency", "violence", "exploitation", None}

PIECES = [
    "dove posso lavarmi",
    "أين أنام",
    "hammam فين",
    "আমি কোথায় খাব",
    "ਨਹਾਉਣਾ",
    "ልታጠብ",
    "我想洗澡",
    "мені боляче",
    "كجا",
    "Palermo",
    "latina",
    "τι ώρα",
    "ห้องน้ำ",
    "\u200d",
    "\u200c",
    "\u202e",
    "\u2067",
    "\u0301\u0317\u0489",
    "\ufeff",
    "\x00",
    "\x1b[31m",
    "\ud83d",
    "\udc00",
    "👩\u200d👧\u200d👦",
    "🚿",
    "/start",
    '/find_service{"service": "shower"}',
    "[doccia](service)",
    "{name}",
    "<b>",
    "&nbsp;",
    "%s",
    "'; --",
    "\r\n",
    "\t",
    "1234",
    "٣٤",
    "7amam",
]
"""Scripts that meet, joiners, marks without a letter, directions, control characters, halves of a pair, and what some
program reads."""

mixed = st.lists(st.sampled_from(PIECES) | st.text(max_size=12), max_size=12).map("".join)
broken = st.text(st.characters(), max_size=60)
long_ones = st.builds(
    lambda piece, length: (piece * length)[:100_000], mixed.filter(bool), st.sampled_from([100, 5_000])
)


@pytest.fixture(scope="module")
def parse() -> Callable[[str], dict[str, Any]]:
    agent = asyncio.run(load_agent(model_path=str(train())))
    message: Callable[[str], Awaitable[dict[str, Any]]] = agent.parse_message
    return lambda text: asyncio.run(message(text))


def check(parse: Callable[[str], dict[str, Any]], text: str) -> None:
    assume(not text.lstrip().startswith("/"))  # a button's payload to Rasa; channels take slashes off what people type
    result = parse(text)
    assert normalise(result["text"]) == normalise(text)
    name = result["intent"]["name"]
    assert name is None or meaning_of(name)["intent"] == name
    assert 0 <= result["intent"]["confidence"] <= 1
    assert result["safety"]["level"] in LEVELS and result["safety"]["kind"] in KINDS
    assert (result["safety"]["level"] == "none") == (result["safety"]["kind"] is None)
    assert result["language"]["code"] is None or result["language"]["code"] in LANGUAGES
    kinds = [one["entity"] for one in result["entities"]]
    assert len(kinds) == len(set(kinds))
    for one in result["entities"]:
        assert one["value"] in VOCABULARY[one["entity"]]
        assert "start" not in one or 0 <= one["start"] < one["end"] <= len(text)


fuzz = partial(settings, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@fuzz(max_examples=300)
@given(text=mixed | broken)
def test_any_text(parse: Callable[[str], dict[str, Any]], text: str) -> None:
    check(parse, text)


@fuzz(max_examples=15)
@given(text=long_ones)
def test_a_very_long_text(parse: Callable[[str], dict[str, Any]], text: str) -> None:
    check(parse, text)
