"""Answers read aloud on Telegram: made beside the conversation, uploaded once, sent again by the id that Telegram gave."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from datetime import timedelta
from typing import Any, Optional

from sqlalchemy import Column, String, Text, delete
from sqlalchemy.types import BigInteger
from telegram import InputFile, Message, ReplyParameters
from telegram.constants import ChatAction
from telegram.error import BadRequest, TelegramError
from telegram.ext import ExtBot

from bot.channels.limits import ONE_TRY
from bot.payloads import parse_hear
from bot.translations import translate
from bot.voice import BY_COMPUTER, NO_VOICE_YET, NOT_NOW, NoVoice, Sound, VoiceFailed, Voices
from storage.clock import Clock
from storage.database import Base, SessionFactory, SQLAlchemyError, UTCDateTime, transaction

log = logging.getLogger(__name__)

AT_ONCE = 2
"""Sounds that are made at a time: each takes a core for up to two seconds."""
KEPT = timedelta(days=60)
"""How long an id is remembered that is not used."""
FORBIDDEN = "VOICE_MESSAGES_FORBIDDEN"
"""What Telegram says of people who take no voice messages."""


class VoiceNote(Base):
    """`key`: of `bot.voice.Sound`; only sounds that hold nothing of a person stand here."""

    __tablename__ = "voice_note"

    bot_id = Column(BigInteger, primary_key=True, autoincrement=False)
    key = Column(String(64), primary_key=True)
    file_id = Column(Text, nullable=False)
    used_at = Column(UTCDateTime, nullable=False, index=True)


def drop_unused_notes(sessions: SessionFactory, clock: Clock) -> int:
    """Forget the ids that nobody has asked for. Returns how many."""
    with transaction(sessions) as session:
        old = delete(VoiceNote).where(VoiceNote.used_at < clock() - KEPT)
        return int(session.execute(old, execution_options={"synchronize_session": False}).rowcount)


class Reader:
    """Reads messages aloud in their chat. `voices`: makes the sounds."""

    def __init__(self, bot: ExtBot, voices: Voices, sessions: SessionFactory, clock: Clock) -> None:
        self._bot = bot
        self._voices = voices
        self._sessions = sessions
        self._clock = clock
        self._under_way = asyncio.Semaphore(AT_ONCE)

    async def read(
        self, chat_id: int, text: Optional[str], language: str, *, keep: bool, of: Optional[int] = None
    ) -> None:
        """Send the text's voice note, or why there is none.

        Args:
            text: None when Telegram does not give the message any more.
            keep: whether the text holds nothing of a person.
            of: the message that is read; None when nobody has asked: then nothing is said where there is no voice.

        Raises:
            telegram.error.TelegramError: Telegram refused it.
        """
        try:
            sound = await asyncio.to_thread(self._voices.of, text or "", language)
            await self._send(chat_id, sound, keep, of)
        except (NoVoice, VoiceFailed, OSError) as error:
            if of is not None:
                excuse = NO_VOICE_YET if isinstance(error, NoVoice) else NOT_NOW
                await self._bot.send_message(chat_id, translate(language, excuse), reply_parameters=_reply(of))

    async def _send(self, chat_id: int, sound: Sound, keep: bool, of: Optional[int]) -> None:
        caption = translate(sound.language, BY_COMPUTER) if sound.by_computer else None
        options: dict[str, Any] = {"caption": caption, "reply_parameters": _reply(of)}
        keep = keep or not sound.by_computer
        if keep and (known := self._known(sound)):
            try:
                await self._bot.send_voice(chat_id, known, **options)
                return
            except BadRequest as error:
                if FORBIDDEN not in error.message.upper():  # the id is not good any more: it is uploaded again
                    log.info("voice note uploaded again: %s", error.message)
        with suppress(TelegramError):
            await self._bot.send_chat_action(chat_id, ChatAction.RECORD_VOICE, rate_limit_args=ONE_TRY)
        async with self._under_way:
            content = await asyncio.to_thread(self._voices.content, sound, keep)
        file = InputFile(content, filename="orienta.ogg")
        try:
            sent: Message = await self._bot.send_voice(chat_id, file, **options)
        except BadRequest as error:
            if FORBIDDEN not in error.message.upper():
                raise
            await self._bot.send_document(chat_id, file, **options)
            return
        if keep and sent.voice:
            self._remember(sound, sent.voice.file_id)

    def _known(self, sound: Sound) -> Optional[str]:
        try:
            with transaction(self._sessions) as session:
                note = session.get(VoiceNote, (self._bot.id, sound.key))
                if note is None:
                    return None
                note.used_at = self._clock()
                return str(note.file_id)
        except SQLAlchemyError as error:  # the safety answers must be heard without the database, too
            log.error("voice note not looked up, database: %s", type(error).__name__)
            return None

    def _remember(self, sound: Sound, file_id: str) -> None:
        try:
            with transaction(self._sessions) as session:
                session.merge(VoiceNote(bot_id=self._bot.id, key=sound.key, file_id=file_id, used_at=self._clock()))
        except SQLAlchemyError as error:
            log.error("voice note not noted, database: %s", type(error).__name__)


def spoken_menu(message: dict[str, Any]) -> Optional[tuple[str, str, bool]]:
    """An answer with its buttons as one text, its language, and whether that may be kept; None when it has no voice button."""
    buttons = message.get("buttons") or []
    heard = next((found for button in buttons if (found := parse_hear(button.get("payload", "")))), None)
    if heard is None:
        return None
    offered = [button["title"] for button in buttons if button.get("row") not in ("navigation", "listen")]
    return "\n".join([message.get("text") or "", *offered]), *heard


def _reply(of: Optional[int]) -> Optional[ReplyParameters]:
    return ReplyParameters(of, allow_sending_without_reply=True) if of is not None else None
