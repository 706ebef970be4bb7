"""The outbox worker: sends notices that are due, in the person's language, through the channel they wrote on.

It also ends what time ends: held and offered times, and what must not be kept for longer.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Optional

from telegram.error import BadRequest, Forbidden, RetryAfter, TelegramError

from actions import choices
from appointments.booking import new_since
from appointments.due import do_what_is_due
from appointments.outbox import Notice, RetryLater, Unreachable, deliver_due
from bot.channels.limits import seconds_of
from bot.channels.sending import NOTICE_RATE, Sender, make_bot
from bot.responses import Responses, load_responses
from orienta.privacy import drop_what_is_old
from storage.clock import ROME, Clock, utc_now
from storage.database import SessionFactory, SQLAlchemyError, make_engine, make_session_factory
from storage.keys import Keyring, load_keyring
from storage.settings import Settings
from storage.staff_links import Linked, told, who_is_told

log = logging.getLogger(__name__)

PAUSE_SECONDS = 2.0
TIDY_EVERY = timedelta(days=1)
"""How often what is too old is deleted (`orienta.privacy`)."""


def rendered(responses: Responses, notice: Notice) -> dict[str, Any]:
    """A notice in words: its kind is a response of the domain, its parameters are codes."""
    params = dict(notice.params)
    times, until = params.pop("alternatives", ()), params.pop("until", None)
    if until:
        params["until"] = f"{datetime.fromisoformat(until).astimezone(ROME):%H:%M}"
    buttons = choices.times(params.get("service", ""), times)
    if notice.kind in ("offer", "proposed"):
        buttons += choices.offer(params["code"])
    else:
        buttons.append(choices.label("my_appointments", "view_appointment"))
    return responses.render(
        f"utter_notice__{notice.kind}", notice.language, {**params, "choices": buttons, "navigation": True}
    )


TELL_EVERY = timedelta(minutes=5)
"""How often staff are told of new bookings, at most."""
LOOK_EVERY = timedelta(minutes=1)
"""How often it is looked whether there is something to tell."""
NEW_BOOKINGS = {
    "it": "🗓 Nuove richieste di appuntamento: {count}. Guardale qui: {address}",
    "en": "🗓 New requests for an appointment: {count}. Look at them here: {address}",
}


def tell_staff(sessions: SessionFactory, clock: Clock, settings: Settings, say: Callable[[Linked, str], None]) -> int:
    """Tell linked staff how many bookings wait to be confirmed that came since they were last told. Returns how many people.

    Written down before it is said: one message may be lost when it fails, none comes twice. `say` raises what it likes.
    """
    now, people = clock(), 0
    for one in who_is_told(sessions):
        if now - one.told_at < TELL_EVERY:
            continue
        count = new_since(sessions, one.cities, one.told_at)
        if count:
            told(sessions, one.account_name, now)
            text = NEW_BOOKINGS[one.language].format(count=count, address=f"{settings.console_url}/appointments")
            try:
                say(one, text)
                people += 1
            except Exception as error:
                log.error("staff not told of new bookings: %s", type(error).__name__)
    return people


class TelegramSender:
    """An `appointments.outbox.Sender` over the Bot API."""

    def __init__(self, settings: Settings, keyring: Keyring, responses: Responses) -> None:
        self._bot = make_bot(settings, NOTICE_RATE, patient=False)
        self._keyring = keyring
        self._chats = Sender(self._bot, keyring)
        self._responses = responses
        self._loop = asyncio.new_event_loop()
        self._ready = False

    def send(self, address: str, notice: Notice) -> None:
        try:
            self._loop.run_until_complete(self._send(int(address), notice))
        except RetryAfter as error:
            raise RetryLater(seconds_of(error), everybody=True) from error
        except (Forbidden, BadRequest) as error:
            raise Unreachable(type(error).__name__) from error
        except TelegramError as error:
            raise RetryLater(30) from error

    def tell(self, staff: Linked, text: str) -> None:
        """A text for staff. Raises TelegramError; ValueError: the address cannot be read with any secret of this installation."""
        address = self._keyring.decrypt(staff.address_encrypted)
        self._loop.run_until_complete(self._say(int(address), staff.person_key, {"text": text}))

    async def _send(self, chat_id: int, notice: Notice) -> None:
        await self._say(chat_id, notice.person_key, rendered(self._responses, notice))

    async def _say(self, chat_id: int, person_key: str, message: dict[str, Any]) -> None:
        if not self._ready:
            await self._bot.initialize()
            self._ready = True
        await self._chats.send(chat_id, person_key, message)


def run_worker(settings: Settings) -> None:
    """Deliver until SIGTERM or SIGINT; the notice under way is finished first."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    keyring = load_keyring(settings)
    sessions = make_session_factory(make_engine(settings.database_url))
    responses = load_responses()
    telegram = TelegramSender(settings, keyring, responses) if settings.telegram_token else None
    senders = {"telegram": telegram} if telegram else {}
    log.info("ready")
    tidied: Optional[datetime] = None
    looked: Optional[datetime] = None
    while not stop.is_set():
        sent = 0
        try:
            if tidied is None or utc_now() - tidied >= TIDY_EVERY:
                tidied = utc_now()
                dropped = drop_what_is_old(sessions, keyring, utc_now, settings)
                log.info("%d conversations and %d people dropped", dropped.conversations, dropped.people)
            do_what_is_due(sessions, utc_now)
            sent = deliver_due(sessions, utc_now, senders, keyring.decrypt)
            if telegram and (looked is None or utc_now() - looked >= LOOK_EVERY):
                looked = utc_now()
                tell_staff(sessions, utc_now, settings, telegram.tell)
        except SQLAlchemyError as error:
            log.error("database: %s", type(error).__name__)
        if not sent:
            stop.wait(PAUSE_SECONDS)
