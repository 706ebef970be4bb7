"""What is typed, what is sent, and how long texts and keyboards are cut."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from rasa.shared.core.training_data.story_reader.yaml_story_reader import YAMLStoryReader
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from sqlalchemy.exc import OperationalError

from bot.channels.commands import COMMANDS, as_assistant_text
from bot.channels.sending import inline_keyboard, split_text
from bot.channels.telegram import TelegramInput
from bot.channels.update_queue import UpdateQueue
from bot.nlu.normalizer import Normalizer
from bot.payloads import unsign
from storage.keys import Keyring
from storage.settings import Settings

KEYRING = Keyring(["k" * 32])


# -- what is typed --


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("/start latina_shower_ar", '/start{"city":"latina","language":"ar","service":"shower"}'),
        ("/start latina_night_shelter", '/start{"city":"latina","service":"night_shelter"}'),
        ("/start night_shelter", '/start{"service":"night_shelter"}'),
        ("/start ar", '/start{"language":"ar"}'),
        ("/start nowhere_shower_xx", "/start"),
        ("/start@OrientaBot latina", '/start{"city":"latina"}'),
        ("/city Milano", '/set_city{"city":"milano"}'),
        ("/city Atlantis", "/set_city"),
        ("/language العربية", '/set_language{"language":"ar"}'),
        ("/mydata", "/my_data"),
        ("where can I wash", "where can I wash"),
        ("  spaces stay  ", "  spaces stay  "),
        ("1/2 kilo", "1/2 kilo"),
        ("/start", "/start"),
        ("/START", "/start"),
        ("/start@OrientaBot", "/start"),
        ("/start deep_link", "/start"),
        ("  /menu  ", "/menu"),
        ("/language", "/set_language"),
        ("/forget", "/delete_my_data"),
        ('/confirm_deletion{"answer":"yes"}', 'confirm_deletion{"answer":"yes"}'),
        ("/EXTERNAL_x", "EXTERNAL_x"),
        ("/restart", "restart"),
        ("//start", "start"),
        ("/ start", "start"),
        ("/\n/deny", "deny"),
        ('\u200e/confirm_deletion{"answer":"yes"}', 'confirm_deletion{"answer":"yes"}'),
        ("\x01\x02/deny", "deny"),
        ("/\u2066/deny", "deny"),
        ("/\u00a0/deny", "deny"),
        ("\ufe0f/menu", "/menu"),
        ("/" * 3000 + "deny", "deny"),
        ("/", None),
        (" / / ", None),
        ("", None),
        (None, None),
        (" \n\t", None),
        ("\u200f\u202e\x00", None),
    ],
)
def test_commands_are_ours_and_everything_else_is_words(typed: str | None, told: str | None) -> None:
    assert as_assistant_text(typed) == told


@settings(deadline=None)
@given(
    st.lists(
        st.one_of(
            st.sampled_from(
                ["/", "//", "deny", 'confirm_deletion{"answer":"yes"}', " ", "\u200e", "\x00", "\u00a0", "\ufe0f"]
            ),
            st.characters(codec="utf-8"),
        ),
        max_size=12,
    ).map("".join)
)
@example("\u200e/deny")
@example("\x1d/deny")
def test_nothing_typed_is_read_as_an_intent(typed: str) -> None:
    """Through what Rasa makes of it: the first component, and the reader of payloads (RASA.md, T1)."""
    told = as_assistant_text(typed)
    if told is None or told in COMMANDS.values():
        return
    (message,) = Normalizer({}, None, None).process([Message({TEXT: told})])
    assert YAMLStoryReader.unpack_regex_message(message).get(INTENT) is None


def test_a_long_message_stays_long() -> None:
    """The assistant itself cuts it, and says so."""
    text = "/" + "word " * 2000
    told = as_assistant_text(text)
    assert told is not None and len(told) == len(text) - 2


# -- long texts --


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", []),
        ("short", ["short"]),
        ("one two three four five", ["one two three four", "five"]),
        ("A sentence. Another one.", ["A sentence.", "Another one."]),
        ("A sentence. More\nand a line", ["A sentence. More", "and a line"]),
        ("A line\nmore\n\nA paragraph", ["A line\nmore", "A paragraph"]),
        ("वाक्य एक। वाक्य दो है।", ["वाक्य एक।", "वाक्य दो है।"]),
        ("洗澡在这里。你好你好你好你好你好你好你好。", ["洗澡在这里。", "你好你好你好你好你好你好你好。"]),
        ("😀" * 12, ["😀" * 10, "😀" * 2]),
        ("x" * 45, ["x" * 20, "x" * 20, "x" * 5]),
        ("x" * 20, ["x" * 20]),
        ("\n" * 50 + "end", ["end"]),
        ("start" + " " * 50, ["start"]),
    ],
)
def test_texts_are_cut_where_one_would_pause(text: str, parts: list[str]) -> None:
    assert split_text(text, limit=20) == parts


@settings(deadline=None)
@given(st.text(alphabet="ab. \n。😀", max_size=200), st.integers(2, 30))
def test_no_word_is_lost_and_no_part_is_empty_or_too_long(text: str, limit: int) -> None:
    parts = split_text(text, limit)
    assert all(part.strip() and len(part.encode("utf-16-le")) <= 2 * limit for part in parts) or not text.strip()
    assert "".join("".join(parts).split()) == "".join(text.split())


# -- keyboards --


def button(title: str, row: str | None = None) -> dict[str, Any]:
    return {"title": title, "payload": "/menu", **({"row": row} if row else {})}


def test_buttons_of_a_row_stand_beside_each_other() -> None:
    buttons = [
        button("1"),
        button("2"),
        button("3", "a"),
        button("4", "a"),
        button("5", "b"),
        button("6"),
        button("7", "b"),
    ]
    keyboard = inline_keyboard(buttons, "tg-1", KEYRING)
    assert keyboard is not None
    assert [[one.text for one in row] for row in keyboard.inline_keyboard] == [
        ["1"], ["2"], ["3", "4"], ["5"], ["6"], ["7"]
    ]  # fmt: skip


def test_a_button_carries_signed_data_or_a_link() -> None:
    keyboard = inline_keyboard([button("1"), {"title": "map", "url": "https://example.org"}], "tg-1", KEYRING)
    assert keyboard is not None
    (pressed,), (link,) = keyboard.inline_keyboard
    assert unsign(str(pressed.callback_data), "tg-1", KEYRING) == "/menu"
    assert link.url == "https://example.org" and link.callback_data is None
    assert inline_keyboard([], "tg-1", KEYRING) is None


# -- without the database --


class BrokenQueue(UpdateQueue):
    def accept(self, update_id: int, payload: str) -> bool:
        raise OperationalError("INSERT", {}, Exception("down"))

    def done(self, update_id: int) -> None:
        raise OperationalError("UPDATE", {}, Exception("down"))


@pytest.fixture
def channel(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> TelegramInput:
    channel = TelegramInput(Settings(data_dir=tmp_path, secret_key="s" * 32, telegram_token="123456:" + "a" * 35))
    channel._ready = True
    monkeypatch.setattr(channel, "_queue", BrokenQueue(channel._sessions, KEYRING, lambda: None))
    return channel


def test_without_the_database_each_update_is_taken_once(
    channel: TelegramInput, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    handed_over: list[int] = []
    monkeypatch.setattr(channel, "_hand_over", lambda update: handed_over.append(update["update_id"]))
    with caplog.at_level(logging.ERROR):
        for number in (1, 2, 1, 2, 3):
            channel._take({"update_id": number, "message": {"text": "a secret", "chat": {"id": 1}}})
    assert handed_over == [1, 2, 3]
    assert "OperationalError" in caplog.text and "secret" not in caplog.text


def test_an_update_without_a_chat_ends_nothing(channel: TelegramInput) -> None:
    """Polling must go on: nobody would start it again."""
    channel._take({"update_id": 1, "callback_query": {"id": "1", "inline_message_id": "2"}})
    channel._hand_over({"update_id": 1, "callback_query": {"id": "1", "inline_message_id": "2"}})
    assert channel._chats == {}
