"""Logs of all our processes: one line each, no words of people, no chat ids, no tokens.

Rasa logs message texts and slot values as structlog keywords, httpx logs URLs that hold the bot's token (RASA.md, T7,
T26). Only the keys below are written; httpx speaks from WARNING on; tracebacks carry no local variables.
"""

from __future__ import annotations

import logging
import os
import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any

import structlog

ALLOWED_KEYS = {"event", "level", "logger", "timestamp", "exc_info", "exception", "action_name", "status"}
_TOKEN = re.compile(r"(bot)?\d{6,}:[\w-]{20,}")


def _message(record: logging.LogRecord) -> str:
    """The record's text. One whose arguments do not fit it must not end the turn that logged it, nor show them."""
    try:
        return record.getMessage()
    except Exception:
        return f"a log line that cannot be written, {record.filename}:{record.lineno}"


class WithoutTensorBoard(logging.Filter):
    """TensorFlow says seven times at each start that TensorBoard, which nothing here uses, is not installed."""

    def filter(self, record: logging.LogRecord) -> bool:
        return "missing TensorBoard" not in _message(record)


class WithoutTokens(logging.Filter):
    """Blanks anything that looks like a bot token, whatever logged it."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = _TOKEN.sub("<token>", _message(record)), ()
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = _TOKEN.sub("<token>", record.exc_text)
        return True


def only_allowed_keys(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """A structlog processor that drops every key that is not known to be harmless."""
    return {key: value for key, value in event.items() if key in ALLOWED_KEYS}


def set_up_logs(process: str) -> None:
    """Call first in each process. `process` stands in front of its lines."""
    # Deprecations inside Rasa's pinned libraries tell an operator nothing. Those libraries reset warning filters.
    logging.captureWarnings(True)
    logging.getLogger("py.warnings").setLevel(logging.ERROR)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("RASA_TELEMETRY_ENABLED", "false")
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter(f"%(asctime)s {process} %(levelname)s %(name)s: %(message)s"))
    handler.addFilter(WithoutTokens())
    handler.addFilter(WithoutTensorBoard())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    for name in ("httpx", "httpcore", "apscheduler", "sanic", "sanic.access", "sanic.root", "rasa", "matplotlib", "asyncio",
                 "uvicorn.access", "rasa_sdk", "telegram", "tensorflow", "alembic"):  # fmt: skip
        logging.getLogger(name).setLevel(logging.WARNING)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            only_allowed_keys,
            structlog.processors.KeyValueRenderer(key_order=["event"]),
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
