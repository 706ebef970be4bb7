"""The button that reads aloud, on Telegram: made by the real programs, sent to the strict emulator."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from actions.action_menu import main_menu
from bot.channels import voice_notes
from bot.channels.voice_notes import KEPT, VoiceNote, drop_unused_notes
from bot.responses import load_responses
from bot.translations import translate
from bot.voice import BY_COMPUTER, NO_VOICE_YET, NOT_NOW, Voices
from storage.database import SessionFactory, make_engine, make_session_factory, transaction
from tests.bot.channels.conftest import Running
from tests.conftest import FixedClock, unavailable
from tests.strict_telegram import Failure, Person, Sent, StrictTelegram

RESPONSES = load_responses()
VOICE_MESSAGE = {"voice": {"file_id": "1", "file_unique_id": "1", "duration": 1}}


@pytest.fixture(autouse=True)
def programs() -> None:
    for program, package in (("espeak-ng", "espeak-ng"), ("opusenc", "opus-tools")):
        if shutil.which(program) is None:
            unavailable(f"{program} is not installed (Debian: {package})")


@pytest.fixture
def person(telegram: StrictTelegram) -> Person:
    return telegram.person(77)


def rendered(name: str, language: str, **params: Any) -> dict[str, Any]:
    return {**RESPONSES.render(name, language, {"navigation": True, **params}), "utter_action": name}


async def answered(running: Running, person: Person, message: dict[str, Any], to: str = "hello") -> Sent:
    """The assistant's answer, with its buttons, in the chat."""
    running.answer = lambda text: [message]
    before = len(running.telegram.messages(person.chat_id))
    person.write(to)
    await running.until(lambda: len(running.telegram.messages(person.chat_id)) > before)
    return running.telegram.messages(person.chat_id)[-1]


async def notes(running: Running, count: int) -> list[dict[str, Any]]:
    """The calls of sendVoice that Telegram took, once there are `count`."""
    await running.until(lambda: len(running.telegram.called("sendVoice")) >= count)
    await running.until(lambda: not running.waiting())
    return running.telegram.called("sendVoice")


def is_uploaded(note: dict[str, Any]) -> bool:
    """Sent as a file, not as the id of one."""
    return not isinstance(note["voice"], str)


def sounds(running: Running) -> list[Path]:
    return list((Path(running.settings.data_dir) / "voice").glob("*"))


@pytest.mark.parametrize("language", ["it", "ar", "bn", "zh"])
async def test_an_answer_is_read_aloud(running: Running, person: Person, language: str) -> None:
    message = await answered(running, person, rendered("utter_menu", language))
    person.press("🔊", message)
    (note,) = await notes(running, 1)
    assert note["caption"] == translate(language, BY_COMPUTER)
    assert str(message.id) in note["reply_parameters"]
    assert running.told == ["hello"]  # the assistant is not asked
    assert running.telegram.called("answerCallbackQuery")


async def test_the_emergency_answer_can_be_heard_without_the_database(
    running: Running, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = await answered(running, person, rendered("utter_emergency", "ur"))
    running.channel._reader._sessions = make_session_factory(make_engine("postgresql://orienta@127.0.0.1:1/orienta"))
    person.press("🔊", message)
    assert await notes(running, 1)


async def test_telegram_gets_a_sound_once(running: Running, person: Person, telegram: StrictTelegram) -> None:
    message = await answered(running, person, rendered("utter_menu", "it"))
    person.press("🔊", message)
    (first,) = await notes(running, 1)
    other = telegram.person(78)
    person.press("🔊", message)
    again = await answered(running, other, rendered("utter_menu", "it"))
    other.press("🔊", again)
    _, second, third = await notes(running, 3)
    assert is_uploaded(first) and second["voice"] == third["voice"] == "voice-1"
    assert len(sounds(running)) == 1


async def test_an_id_that_is_not_good_any_more(running: Running, person: Person, telegram: StrictTelegram) -> None:
    message = await answered(running, person, rendered("utter_menu", "it"))
    person.press("🔊", message)
    await notes(running, 1)
    telegram.files.clear()
    person.press("🔊", message)
    _, refused, uploaded = await notes(running, 3)
    assert refused["voice"] == "voice-1" and is_uploaded(uploaded)


async def test_what_is_a_persons_own_is_kept_nowhere(running: Running, person: Person) -> None:
    own = rendered(
        "utter_booking__done",
        "it",
        service="shower",
        starts_at="2026-11-26T09:00:00+01:00",
        address="Via Roma 1",
        code="mare-12",
    )
    message = await answered(running, person, own)
    person.press("🔊", message)
    await notes(running, 1)
    found = {"service": "shower", "city": "latina"}
    near = rendered("utter_service__found", "it", **found, cards=[{**_card(), "distance_m": 240}])
    message = await answered(running, person, near)
    person.press("🔊", message)
    assert all(is_uploaded(one) for one in await notes(running, 2))
    assert sounds(running) == []
    with running.channel._sessions() as session:
        assert session.execute(select(VoiceNote)).all() == []
    far = rendered("utter_service__found", "it", **found, cards=[_card()])
    person.press("🔊", await answered(running, person, far))
    await notes(running, 3)
    assert len(sounds(running)) == 1


def _card() -> dict[str, Any]:
    return {
        "id": "1",
        "name": "Docce",
        "address": "Via Roma 1",
        "hours": {"state": "unknown"},
        "source_url": "https://a.it",
        "source_date": "2026",
    }


async def test_the_next_message_does_not_wait(
    running: Running, person: Person, telegram: StrictTelegram, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = asyncio.Event()
    loop, make = asyncio.get_running_loop(), Voices.content

    def slowly(*args: Any) -> bytes:
        asyncio.run_coroutine_threadsafe(go_on.wait(), loop).result(10)
        return make(*args)

    monkeypatch.setattr(Voices, "content", slowly)
    message = await answered(running, person, rendered("utter_menu", "it"))
    person.press("🔊", message)
    person.press("🔊", message)  # impatient
    await running.until(lambda: telegram.called("sendChatAction"))
    running.answer = lambda text: [{"text": f"re: {text}"}]
    person.write("and now?")
    await running.until(lambda: "re: and now?" in telegram.texts(77))
    assert not telegram.called("sendVoice") and running.waiting()
    go_on.set()
    assert len(await notes(running, 1)) == 1


async def test_killed_while_the_sound_is_made(
    running: Running, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = await answered(running, person, rendered("utter_menu", "it"))
    started = asyncio.Event()

    async def for_ever(*_: Any, **__: Any) -> None:
        started.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(running.channel._reader, "read", for_ever)
    person.press("🔊", message)
    await asyncio.wait_for(started.wait(), 10)
    await running.kill()
    assert len(running.waiting()) == 1
    await running.start()
    assert len(await notes(running, 1)) == 1


@pytest.mark.parametrize("language", ["so", "ti"])
async def test_a_language_without_a_voice(running: Running, person: Person, language: str) -> None:
    text = rendered("utter_menu", language)
    message = await answered(running, person, text)
    person.press("🔊", message)
    assert await running.answers(77, 2) == [text["text"], translate(language, NO_VOICE_YET)]
    running.channel._reader._voices._recordings.add("utter_menu", language, _opus())
    person.press("🔊", message)
    (note,) = await notes(running, 1)
    assert "caption" not in note  # a person's voice


def _opus() -> bytes:
    from bot.spoken import Piece
    from bot.voice import packed, spoken

    return packed(spoken([Piece("it", "Registrato")]))


async def test_without_espeak_the_answer_stays(
    running: Running, person: Person, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    text = rendered("utter_emergency", "it")
    message = await answered(running, person, text)
    person.press("🔊", message)
    assert await running.answers(77, 2) == [text["text"], translate("it", NOT_NOW)]
    assert running.telegram.messages(77)[0].text == text["text"]


async def test_a_message_that_telegram_does_not_give_any_more(running: Running, person: Person) -> None:
    message = await answered(running, person, rendered("utter_menu", "it"))
    person.chat = {**person.chat}
    data = next(button["callback_data"] for button in message.buttons if "🔊" in button["text"])
    gone = {"message_id": message.id, "date": 0, "chat": person.chat}
    person.telegram.deliver(
        "callback_query",
        {
            "id": running.telegram.new_callback(),
            "from": person.user,
            "message": gone,
            "chat_instance": "1",
            "data": data,
        },
    )
    assert (await running.answers(77, 2))[1] == translate("it", NOT_NOW)


async def test_somebody_who_takes_no_voice_messages_gets_a_file(
    running: Running, person: Person, telegram: StrictTelegram
) -> None:
    telegram.silent.add(77)
    person.press("🔊", await answered(running, person, rendered("utter_menu", "it")))
    await running.until(lambda: telegram.called("sendDocument"))
    assert telegram.called("sendDocument")[0]["caption"] == translate("it", BY_COMPUTER)


async def test_telegram_is_slow(running: Running, person: Person, telegram: StrictTelegram) -> None:
    telegram.fail("sendVoice", Failure("429"), Failure("502"))
    person.press("🔊", await answered(running, person, rendered("utter_menu", "it")))
    assert len(await notes(running, 3)) == 3 and len(telegram.files) == 1


async def test_a_voice_button_of_another_chat_is_old(
    running: Running, person: Person, telegram: StrictTelegram
) -> None:
    message = await answered(running, person, rendered("utter_menu", "it"))
    data = next(button["callback_data"] for button in message.buttons if "🔊" in button["text"])
    other = telegram.person(78)
    running.answer = lambda text: [{"text": f"re: {text}"}]
    other.press_data(data)
    assert "re: /menu" in await running.answers(78, 2)
    assert not telegram.called("sendVoice")


async def test_a_voice_message_gets_a_spoken_menu(running: Running, person: Person, telegram: StrictTelegram) -> None:
    said: list[str] = []
    of = running.channel._reader._voices.of
    running.channel._reader._voices.of = lambda text, language: said.append(text) or of(text, language)  # type: ignore[method-assign,func-returns-value]  # listens in
    running.answer = lambda text: [rendered("utter_not_text__voice", "fr", choices=main_menu())]
    person.send(**VOICE_MESSAGE)
    (note,) = await notes(running, 1)
    assert running.told == ['/not_text{"content":"voice"}']
    assert note["caption"] == translate("fr", BY_COMPUTER)
    assert translate("fr", "Talk to a person") in said[0] and translate("fr", "Shower") in said[0]
    assert translate("fr", "Menu") not in said[0].splitlines()[-1]
    assert any(translate("fr", "Talk to a person") in button["text"] for button in telegram.messages(77)[0].buttons)


async def test_a_voice_message_in_a_language_without_a_voice(running: Running, person: Person) -> None:
    answer = rendered("utter_not_text__voice", "so", choices=main_menu())
    running.answer = lambda text: [answer]
    person.send(**VOICE_MESSAGE)
    assert await running.answers(77, 1) == [answer["text"]]
    await running.until(lambda: not running.channel._tasks or not running.waiting())
    await running.silence()
    assert running.telegram.texts(77) == [answer["text"]]


def test_ids_that_nobody_asks_for_are_forgotten(sessions: SessionFactory, clock: FixedClock) -> None:
    with transaction(sessions) as session:
        session.add(VoiceNote(bot_id=1, key="old", file_id="a", used_at=clock() - KEPT - KEPT))
        session.add(VoiceNote(bot_id=1, key="new", file_id="b", used_at=clock()))
    assert drop_unused_notes(sessions, clock) == 1
    with sessions() as session:
        assert [note.key for note in session.query(VoiceNote)] == ["new"]
    assert voice_notes.AT_ONCE >= 1
