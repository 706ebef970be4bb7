"""One conversation's messages are answered one after the other, in order, without polling.

Rasa's TicketLock looks once a second whether its turn has come (RASA.md, T29: 29 of 50 quick messages of one chat were
answered in 30 s). One assistant process needs no more than an asyncio lock for each conversation under way.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, Optional

from rasa.core.lock import TicketLock
from rasa.core.lock_store import LOCK_LIFETIME, LockStore
from rasa.utils.endpoints import EndpointConfig


class ConversationLockStore(LockStore):
    """Locks held in this process; asyncio's own are first come, first served."""

    def __init__(self, endpoint_config: Optional[EndpointConfig] = None) -> None:
        self._locks: dict[str, asyncio.Lock] = {}
        self._waiting: dict[str, int] = {}

    @asynccontextmanager
    async def lock(
        self, conversation_id: str, lock_lifetime: float = LOCK_LIFETIME, wait_time_in_seconds: float = 1
    ) -> AsyncGenerator[Any, None]:
        """The arguments beside the conversation's id belong to Rasa's interface; nothing here expires or polls."""
        lock = self._locks.setdefault(conversation_id, asyncio.Lock())
        self._waiting[conversation_id] = self._waiting.get(conversation_id, 0) + 1
        try:
            async with lock:
                yield None
        finally:
            self._waiting[conversation_id] -= 1
            if not self._waiting[conversation_id]:
                del self._waiting[conversation_id], self._locks[conversation_id]

    # Rasa's interface asks for these three; with `lock` overridden nothing calls them.
    def get_lock(self, conversation_id: str) -> Optional[TicketLock]:
        return None

    def delete_lock(self, conversation_id: str) -> None:
        pass

    def save_lock(self, lock: TicketLock) -> None:
        pass
