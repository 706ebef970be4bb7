"""The console, the web chat and the open catalogue (HSDS) as one Starlette application."""

from __future__ import annotations

from typing import Any, Optional

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware

from appointments.outbox import claim_for
from bot.cards import card_lines
from bot.channels.commands import as_assistant_text
from bot.payloads import parse_hear
from bot.responses import load_responses, safety_numbers
from bot.translations import RIGHT_TO_LEFT, translate, written_languages
from bot.voice import BY_COMPUTER, NO_VOICE_YET, NOT_NOW, NoVoice, VoiceFailed, voices_in
from console.app import Console
from console.chat import CHANNEL, WebChat
from console.hsds import HsdsApi
from console.security import SecurityMiddleware
from orienta.worker import rendered
from storage.clock import Clock, utc_now
from storage.database import make_engine, make_session_factory
from storage.keys import load_keyring
from storage.settings import Settings


def create_web_app(settings: Settings, clock: Clock = utc_now) -> Starlette:
    """The pages over the settings' database; makes no connection until a page is asked for."""
    sessions = make_session_factory(make_engine(settings.database_url))
    responses = load_responses()

    def pull_notices(person_key: str) -> list[dict[str, Any]]:
        return [rendered(responses, notice) for notice in claim_for(sessions, clock, CHANNEL, person_key)]

    voices = voices_in(settings.data_dir, responses)

    def read_aloud(text: str, language: str, keep: bool) -> tuple[Optional[bytes], str]:
        try:
            sound = voices.of(text, language)
            return voices.content(sound, keep), translate(language, BY_COMPUTER) if sound.by_computer else ""
        except NoVoice:
            return None, translate(language, NO_VOICE_YET)
        except (VoiceFailed, OSError):
            return None, translate(language, NOT_NOW)

    chat = WebChat(
        assistant_url=settings.assistant_url,
        sessions=sessions,
        clock=clock,
        keyring=load_keyring(settings),
        clean=as_assistant_text,
        pull_notices=pull_notices,
        translate=translate,
        written=set(written_languages()),
        right_to_left=RIGHT_TO_LEFT,
        emergency=safety_numbers()["emergency"],
        to_hear=parse_hear,
        read_aloud=read_aloud,
        farewells={responses.fixed_texts(language)["utter_deletion__done"] for language in written_languages()},
        secure_cookies=settings.secure_cookies,
    )
    pages = Console(
        sessions,
        clock,
        translate=translate,
        preview=lambda card, language: card_lines(card, language, clock()),
        right_to_left=frozenset(RIGHT_TO_LEFT),
        feed_address=settings.calendar_address,
        secure_cookies=settings.secure_cookies,
    )
    return Starlette(
        routes=[*HsdsApi(sessions).routes(), *pages.routes(), *chat.routes()],
        middleware=[Middleware(SecurityMiddleware), Middleware(GZipMiddleware)],
        exception_handlers=pages.exception_handlers(),
    )
