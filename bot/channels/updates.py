"""What an update of Telegram asks for. Every kind has its answer; what is not for us has none.

| update | answer |
|---|---|
| text, caption, forwarded text | words; a command only when the person wrote it |
| text edited within `EDITED_IN_TIME` | the new text, as words; later, and edits of anything else: none |
| button | what it stands for, or that it is old; 🔊 reads aloud the message that it stands under |
| location, venue | the nearest city and what waited for it; a live location counts once |
| live location of linked staff | where their mobile unit is, until it ends; `/start staff_<code>` links them |
| voice, audio, round video | that it cannot be heard, the menu, spoken too, and a person |
| picture, document, video without words | that it cannot be read and is not kept; a person can |
| contact | that no number is needed and it is not kept |
| sticker, animation, dice, game | the menu |
| poll, a lone slash and anything else with content | that only text can be read |
| joined, pinned, moved to a supergroup, … | none |
| in a group | only when addressed: to write in private |
| channel post | none |
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Optional

from telegram import Message, Update, User
from telegram.constants import ChatType, MessageEntityType

from bot.channels.commands import as_words, command
from bot.channels.staff import staff_code
from bot.nlu.text import MAX_CHARACTERS
from bot.payloads import rasa_payload
from services_catalog.places import Position

EDITED_IN_TIME = timedelta(minutes=15)
BURST = 4
"""From so many waiting messages of a chat on, they are answered together."""

EVENTS = ["message", "edited_message", "callback_query", "inline_query", "my_chat_member"]
"""The kinds of update that Telegram is asked for."""

VOICE = rasa_payload("not_text", {"content": "voice"})
CONTENT = {
    "voice": ("voice", "audio", "video_note"),
    "file": ("photo", "document", "video", "paid_media", "story"),
    "contact": ("contact",),
    "sticker": ("sticker", "animation", "dice", "game"),
    "other": ("poll", "checklist", "invoice", "giveaway"),
}
"""Attributes of `telegram.Message` by what the assistant is told."""


@dataclass(frozen=True)
class Asked:
    """One update of a chat, read.

    Attributes:
        kind: `words`, `command`, `button`, `content`, `position`, `live`, `staff` or `group`; `answers` when all was done but
            sending.
        text: words; what the assistant is told for a command, content or position; a button's callback data.
        position: of a shared location; never kept.
        lasting: for how long a live location is shared; nothing when it is not any more.
        moved: a live location that was there before.
        message_id: of the message itself; of a button, the message that it stands under.
        callback_id: of a button's press.
        heard: the text of the message that a button stands under; None when it is too old for Telegram to say.
    """

    update_id: int
    kind: str
    text: str
    user: Optional[User]
    position: Optional[Position] = None
    message_id: Optional[int] = None
    callback_id: Optional[str] = None
    heard: Optional[str] = None
    answers: Optional[dict[str, Any]] = None
    lasting: timedelta = timedelta(0)
    moved: bool = False

    @property
    def key(self) -> tuple[Any, ...]:
        """Equal for presses and commands that ask for the same thing."""
        under = {"button": self.message_id, "answers": self.update_id}
        return (self.kind, self.text, self.position, under.get(self.kind))


def read(update: Update, bot_id: int, username: str) -> Optional[Asked]:
    """What is asked; None when there is nothing to answer."""
    if (pressed := update.callback_query) is not None:
        if pressed.message is None or pressed.message.chat.type != ChatType.PRIVATE:
            return None
        message_id = pressed.message.message_id
        return Asked(
            update.update_id,
            "button",
            pressed.data or "",
            pressed.from_user,
            message_id=message_id,
            callback_id=pressed.id,
            heard=(getattr(pressed.message, "text", None) or getattr(pressed.message, "caption", None)),
        )
    if (message := update.message or update.edited_message) is None:
        return None
    if message.chat.type != ChatType.PRIVATE:
        addressed = update.message is not None and _is_addressed(message, bot_id, username)
        return Asked(update.update_id, "group", "", message.from_user) if addressed else None
    edited = update.edited_message is not None
    if (live := message.location) is not None and (live.live_period or edited):
        share = rasa_payload("share_location", {})
        return Asked(
            update.update_id,
            "live",
            share,
            message.from_user,
            (live.latitude, live.longitude),
            message.message_id,
            lasting=_period(live.live_period),
            moved=edited,
        )
    if edited and (message.edit_date is None or message.edit_date - message.date > EDITED_IN_TIME):
        return None
    return _read_message(update.update_id, message, edited)


def _read_message(update_id: int, message: Message, edited: bool) -> Optional[Asked]:
    def asked(kind: str, text: str, position: Optional[Position] = None) -> Asked:
        return Asked(update_id, kind, text, message.from_user, position, message.message_id)

    text = message.text or message.caption
    own_words = message.forward_origin is None and message.via_bot is None
    if own_words and not edited and (code := staff_code(text)):
        return asked("staff", code)
    if own_words and not edited and (told := command(text)):
        return asked("command", told)
    if words := as_words(text):
        return asked("words", words)
    if edited:
        return None
    if place := message.location or (message.venue and message.venue.location):
        return asked("position", rasa_payload("share_location", {}), (place.latitude, place.longitude))
    for content, attributes in CONTENT.items():
        if any(getattr(message, attribute, None) for attribute in attributes):
            return asked("content", rasa_payload("not_text", {"content": content}))
    return asked("content", rasa_payload("not_text", {"content": "other"})) if text else None


def _period(seconds: int | timedelta | None) -> timedelta:
    """The library gives seconds, or a timedelta where PTB_TIMEDELTA says so."""
    return seconds if isinstance(seconds, timedelta) else timedelta(seconds=seconds or 0)


def unreadable(data: dict[str, Any]) -> Optional[Asked]:
    """For a message that the library does not know how to read yet: only text can be read."""
    private = (data.get("message") or {}).get("chat", {}).get("type") == ChatType.PRIVATE
    return (
        Asked(data["update_id"], "content", rasa_payload("not_text", {"content": "other"}), None) if private else None
    )


def _is_addressed(message: Message, bot_id: int, username: str) -> bool:
    """By a command, by name, or by an answer to something that the bot wrote."""
    answered = message.reply_to_message.from_user if message.reply_to_message else None
    if answered and answered.id == bot_id:
        return True
    name = f"@{username}".casefold()
    entities = message.parse_entities() if message.text else message.parse_caption_entities() if message.caption else {}
    for entity, text in entities.items():
        told = text.casefold()
        if entity.type == MessageEntityType.MENTION and told == name:
            return True
        if entity.type == MessageEntityType.TEXT_MENTION and entity.user and entity.user.id == bot_id:
            return True
        if entity.type == MessageEntityType.BOT_COMMAND and entity.offset == 0:
            _, at, whom = told.partition("@")
            return command(text) is not None and (not at or f"@{whom}" == name)
    return False


def chat_of(update: dict[str, Any]) -> Optional[dict[str, Any]]:
    """The chat whose turn an update is; None for what belongs to no conversation."""
    message = (
        update.get("message") or update.get("edited_message") or (update.get("callback_query") or {}).get("message")
    )
    return (message or {}).get("chat")


def concerns(payload: str, telegram_id: int) -> bool:
    """Whether what waits in the queue is of a person: of their private chat, or written by them elsewhere."""
    data = json.loads(payload)
    event: dict[str, Any] = next((value for key, value in data.items() if key in EVENTS), {})
    return telegram_id in (data.get("chat_id"), (chat_of(data) or {}).get("id"), (event.get("from") or {}).get("id"))


def next_together(waiting: deque[Asked]) -> list[Asked]:
    """Take from the front what is answered with one answer. `waiting` must not be empty.

    Somebody who presses the same button again before it was answered gets one answer. From `BURST` on, lines that follow
    each other are read as one message, as far as one is read, and what is asked again is answered once.
    """
    burst = len(waiting) >= BURST
    first = waiting.popleft()
    together = [first]
    if first.kind == "words" and burst:
        length = len(first.text)
        while waiting and waiting[0].kind == "words" and length + len(waiting[0].text) < MAX_CHARACTERS:
            together.append(waiting.popleft())
            length += len(together[-1].text) + 1
    elif first.kind == "button" or burst:
        same = [one for one in (waiting if burst else _at_the_front(waiting, first.key)) if one.key == first.key]
        for one in same:
            waiting.remove(one)
        together += same
    return together


def _at_the_front(waiting: deque[Asked], key: tuple[Any, ...]) -> Iterator[Asked]:
    for one in list(waiting):
        if one.key != key:
            return
        yield one


def words_of(together: list[Asked]) -> str:
    """Lines as one message, each once."""
    return "\n".join(dict.fromkeys(one.text for one in together))
