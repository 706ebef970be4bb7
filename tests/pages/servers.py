"""Servers that the tests of the pages start in this process: the pages themselves, and a stub for the assistant."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.types import ASGIApp

from tests.conftest import free_port


@contextmanager
def serving(app: ASGIApp, port: int = 0) -> Iterator[str]:
    """An application on 127.0.0.1, in a thread; on any free port unless told. Gives its address."""
    port = port or free_port()
    config = uvicorn.Config(
        app, host="127.0.0.1", port=port, log_level="error", ws="none", timeout_graceful_shutdown=1, lifespan="off"
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive(), "the server ended before it had started"
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(timeout=10)


class StubAssistant:
    """Answers as Rasa's REST channel does.

    `answers`: the messages for a text or payload, anything else is repeated; `heard`: the bodies that came, in order;
    `hold`: while it is cleared, answers wait.
    """

    def __init__(self) -> None:
        self.answers: dict[str, list[dict[str, Any]]] = {"/start": [{"text": "Welcome."}]}
        self.heard: list[dict[str, Any]] = []
        self.status = 200
        self.hold = threading.Event()
        self.hold.set()
        self.app = Starlette(routes=[Route("/webhooks/rest/webhook", self._answer, methods=["POST"])])

    async def _answer(self, request: Request) -> JSONResponse:
        body = await request.json()
        self.heard.append(body)
        await run_in_threadpool(self.hold.wait, 10)
        messages = self.answers.get(body["message"], [{"text": f"You said: {body['message']}"}])
        return JSONResponse([{"recipient_id": body["sender"], **message} for message in messages], self.status)

    @property
    def messages(self) -> list[str]:
        """What the assistant was told, in order."""
        return [body["message"] for body in self.heard]
