"""How fast Telegram may be written to, and what to do when it says "later" or says nothing.

Telegram's own figures (https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this): about 30 messages
a second overall, one a second in a chat with short bursts allowed, 20 a minute in a group.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from typing import Any, Optional

from aiolimiter import AsyncLimiter
from telegram.error import BadRequest, NetworkError, RetryAfter
from telegram.ext import BaseRateLimiter

BURST = 5
"""Messages that a chat may get at once; after them one a second."""
GROUP_A_MINUTE = 20
FLOOD_TRIES = 4
NETWORK_PAUSES = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0)
"""Seconds before each new try after a request that failed on the way: 31 seconds in all."""
KEPT_CHATS = 1000

MESSAGES = {"sendMessage", "editMessageText", "sendVenue", "sendVoice"}
"""What counts for a chat's rate and is tried again. Whether a request that got no answer was taken, nobody can tell:
then the message may come twice, which is better than never."""

AT_ONCE = 8
"""Messages under way to Telegram at a time: so many at most can come twice when the process is killed."""

ONE_TRY = 1
"""As `rate_limit_args`: one attempt, also when Telegram says "later"."""


class Limits(BaseRateLimiter[int]):
    """Holds back, waits out flood limits for the whole bot, and tries messages again.

    Args:
        per_second: messages a second overall.
        patient: False for callers that try again themselves: then each request is made once.
    """

    def __init__(self, per_second: float, patient: bool = True) -> None:
        self._flood_tries = FLOOD_TRIES if patient else ONE_TRY
        self._pauses = NETWORK_PAUSES if patient else ()
        at_once = max(1.0, per_second / 5)
        self._overall = AsyncLimiter(at_once, at_once / per_second)  # at most `at_once + per_second` in any second
        self._under_way = asyncio.Semaphore(AT_ONCE)
        self._chats: dict[int, AsyncLimiter] = {}
        self._resume_at = 0.0

    async def initialize(self) -> None:
        """Nothing to prepare."""

    async def shutdown(self) -> None:
        """Nothing to release."""

    async def process_request(
        self,
        callback: Callable[..., Coroutine[Any, Any, Any]],
        args: Any,
        kwargs: dict[str, Any],
        endpoint: str,
        data: dict[str, Any],
        rate_limit_args: Optional[int],
    ) -> Any:
        """One request, as often as it takes within the bounds above.

        Raises:
            telegram.error.RetryAfter: still "later" after `FLOOD_TRIES`, or `rate_limit_args` tries.
            telegram.error.NetworkError: nothing came through within `NETWORK_PAUSES`.
        """
        is_message = endpoint in MESSAGES
        tries, pauses = rate_limit_args or self._flood_tries, list(self._pauses if is_message else ())
        while True:
            async with self._chat(data) if is_message else contextlib.nullcontext():
                pass
            try:
                async with self._under_way if is_message else contextlib.nullcontext():
                    async with self._overall if "chat_id" in data else contextlib.nullcontext():
                        pass
                    await self._flood_over()
                    return await callback(*args, **kwargs)
            except RetryAfter as error:
                tries -= 1
                if not tries:
                    raise
                self._resume_at = max(self._resume_at, _now() + seconds_of(error))
            except BadRequest:  # a NetworkError to the library, but trying again changes nothing
                raise
            except NetworkError:
                if not pauses:
                    raise
                await asyncio.sleep(pauses.pop(0))

    async def _flood_over(self) -> None:
        while (wait := self._resume_at - _now()) > 0:
            await asyncio.sleep(wait)

    def _chat(self, data: dict[str, Any]) -> AsyncLimiter:
        chat_id = int(data["chat_id"])
        if chat_id not in self._chats:
            if len(self._chats) >= KEPT_CHATS:  # those that may send a full burst again need not be remembered
                self._chats = {id_: one for id_, one in self._chats.items() if not one.has_capacity(one.max_rate)}
            is_group = chat_id < 0
            self._chats[chat_id] = AsyncLimiter(GROUP_A_MINUTE, 60) if is_group else AsyncLimiter(BURST, BURST)
        return self._chats[chat_id]


def seconds_of(error: RetryAfter) -> float:
    """How long Telegram wants to be left alone."""
    wait = error.retry_after
    return float(wait if isinstance(wait, (int, float)) else wait.total_seconds())


def _now() -> float:
    return asyncio.get_running_loop().time()
