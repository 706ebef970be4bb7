"""What is kept of a conversation: little, without words, and not when it was to be forgotten."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, BotUttered, FollowupAction, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from bot.tracker_store import KEPT_TURNS, CompactTrackerStore
from storage.conversations import Conversation, get_events
from storage.database import SessionFactory
from tests.bot.conftest import MakeTracker, utterance

SECRET = "xylophone"


class Switch:
    """A session factory whose database can be switched off."""

    def __init__(self, sessions: SessionFactory) -> None:
        self._sessions = sessions
        self.down = False

    def __call__(self) -> Any:
        if self.down:
            raise OperationalError("SELECT", {}, Exception("server closed the connection"))
        return self._sessions()


@pytest.fixture
def switch(sessions: SessionFactory) -> Switch:
    return Switch(sessions)


@pytest.fixture
def store(domain: Domain, switch: Switch) -> CompactTrackerStore:
    return CompactTrackerStore(domain, sessions=switch)


async def turn(store: CompactTrackerStore, text: str, sender: str = "tg-1", **slots: Any) -> DialogueStateTracker:
    """One message as Rasa handles it: read the conversation, go on with it, save it."""
    conversation = await store.get_or_create_tracker(sender, append_action_listen=False)
    for event in (
        utterance(text),
        ActionExecuted("action_find_service", policy="RulePolicy", confidence=1.0),
        BotUttered(f"about {text}", {"buttons": []}, {"utter_action": "utter_service__found"}),
        *(SlotSet(name, value) for name, value in slots.items()),
        ActionExecuted("action_listen"),
    ):
        conversation.update(event, store.domain)
    await store.save(conversation)
    return conversation


def row(sessions: SessionFactory, sender: str = "tg-1") -> str:
    events = get_events(sessions, sender)
    assert events is not None
    return events


async def test_five_hundred_turns_take_no_more_room_than_three(
    store: CompactTrackerStore, sessions: SessionFactory
) -> None:
    sizes = []
    for number in range(500):
        await turn(store, f"where is {number}", city="latina", pending={"step": "day", "service": "food"})
        if number in (2, 9, 499):
            sizes.append(len(row(sessions)))
    assert max(sizes) - min(sizes) < 100, "only numbers may be written longer"
    assert sizes[-1] < 6_000
    with sessions() as session:
        assert len(session.execute(select(Conversation.sender_id)).all()) == 1


async def test_slots_and_the_last_turns_come_back(store: CompactTrackerStore) -> None:
    for number in range(5):
        await turn(store, f"message {number}", city="latina", pending={"offer": str(number)})
    back = await store.retrieve("tg-1")
    assert back is not None
    set_slots = {name: value for name, value in back.current_slot_values().items() if value is not None}
    assert set_slots == {"city": "latina", "pending": {"offer": "4"}}
    heard = [event for event in back.events if isinstance(event, UserUttered)]
    assert [event.intent_name for event in heard] == ["greet"] * KEPT_TURNS
    assert heard[-1].parse_data["language"] == {"code": None, "confidence": 0.9}
    assert heard[-1].entities == [{"entity": "city", "value": "latina"}]
    assert back.latest_action_name == "action_listen"
    assert back.followup_action is None


async def test_a_slot_that_was_emptied_stays_empty(store: CompactTrackerStore) -> None:
    await turn(store, "one", pending={"offer": "booking"})
    await turn(store, "two", pending=None)
    back = await store.retrieve("tg-1")
    assert back is not None and back.get_slot("pending") is None


async def test_no_words_are_kept(store: CompactTrackerStore, sessions: SessionFactory) -> None:
    conversation = await turn(store, f"my secret word is {SECRET}")
    conversation.update(BotUttered(SECRET, {"buttons": [{"title": SECRET}]}), store.domain)
    conversation.update(FollowupAction("action_menu"), store.domain)
    await store.save(conversation)
    kept = row(sessions)
    for word in (SECRET, "encrypted", "alternatives", "extractor"):
        assert word not in kept
    for event in json.loads(kept):
        assert not event.get("text"), event


async def test_saving_leaves_the_running_conversation_as_it_is(store: CompactTrackerStore) -> None:
    conversation = await turn(store, "hello")
    assert conversation.latest_message is not None and conversation.latest_message.text == "hello"


async def test_a_conversation_without_events_is_not_kept(
    store: CompactTrackerStore, tracker: MakeTracker, sessions: SessionFactory
) -> None:
    await store.save(tracker())
    assert get_events(sessions, "tg-1") is None
    assert await store.retrieve("tg-1") is None


async def test_forgotten_is_deleted(store: CompactTrackerStore, sessions: SessionFactory) -> None:
    await turn(store, "hello")
    await turn(store, "hello", sender="tg-2")
    await turn(store, "delete me", forgotten=True)
    assert get_events(sessions, "tg-1") is None
    assert list(await store.keys()) == ["tg-2"]
    assert await store.retrieve("tg-1") is None
    again = await turn(store, "hello again")
    assert again.get_slot("forgotten") is None
    assert row(sessions)


async def test_without_the_database_the_conversation_goes_on_and_is_saved_when_it_is_back(
    store: CompactTrackerStore, switch: Switch, sessions: SessionFactory, caplog: pytest.LogCaptureFixture
) -> None:
    await turn(store, "before", city="latina")
    before = row(sessions)
    switch.down = True
    await turn(store, "first", pending={"offer": "1"})
    conversation = await turn(store, "second")
    assert conversation.get_slot("pending") == {"offer": "1"}, "kept in memory"
    assert "conversation not saved, database: OperationalError" in caplog.text
    assert SECRET not in caplog.text
    assert row(sessions) == before
    switch.down = False
    await turn(store, "third", city="roma")
    assert "roma" in row(sessions) and '"offer": "1"' in row(sessions)
    other_process = CompactTrackerStore(store.domain, sessions=sessions)
    back = await other_process.retrieve("tg-1")
    assert back is not None and back.get_slot("city") == "roma"
    assert (await turn(store, "fourth")).get_slot("city") == "roma"


async def test_what_waits_in_memory_is_forgotten_too(
    store: CompactTrackerStore, switch: Switch, sessions: SessionFactory
) -> None:
    await turn(store, "before", city="latina")
    switch.down = True
    await turn(store, "meanwhile")
    await turn(store, "delete me", forgotten=True)
    switch.down = False
    back = await store.retrieve("tg-1")
    assert back is not None and back.get_slot("forgotten")
    await store.save(back)
    assert get_events(sessions, "tg-1") is None
    assert await store.retrieve("tg-1") is None


@pytest.fixture
def own_database(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("ORIENTA_DATABASE_URL", database_url)
    yield


def test_rasa_makes_it_from_endpoints(domain: Domain, own_database: None) -> None:
    made = TrackerStore.create(EndpointConfig(type="bot.tracker_store.CompactTrackerStore"), domain)
    inner = getattr(made, "_tracker_store", made)
    assert isinstance(inner, CompactTrackerStore)
