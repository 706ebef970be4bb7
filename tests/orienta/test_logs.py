"""What the processes write about themselves: no words of people, no tokens, whoever logs."""

from __future__ import annotations

import logging
import subprocess
import sys

import pytest

from orienta.logs import ALLOWED_KEYS, WithoutTensorBoard, WithoutTokens, only_allowed_keys

TOKEN = "123456789:AAF-token_of_a_bot_0123456789abcdefg"


def written(message: str, *arguments: object, exception: BaseException | None = None) -> str:
    """A line as the handler would write it."""
    info = (type(exception), exception, exception.__traceback__) if exception else None
    record = logging.LogRecord("httpx", logging.INFO, "telegram.py", 7, message, arguments, info)
    for one in (WithoutTokens(), WithoutTensorBoard()):
        if not one.filter(record):
            return ""
    return logging.Formatter().format(record)


@pytest.mark.parametrize(
    ("message", "arguments", "line"),
    [
        (f"GET https://api.telegram.org/bot{TOKEN}/getMe", (), "GET https://api.telegram.org/<token>/getMe"),
        ("GET %s", (f"http://x/bot{TOKEN}/sendMessage",), "GET http://x/<token>/sendMessage"),
        (f"{TOKEN} and {TOKEN}", (), "<token> and <token>"),
        (f"The token `{TOKEN}` was rejected", (), "The token `<token>` was rejected"),
        ("at 12:30 on port 5005: 100%", (), "at 12:30 on port 5005: 100%"),
        ("%d%% of %s", (3, "all"), "3% of all"),
    ],
)
def test_tokens_are_blanked_wherever_they_stand(message: str, arguments: tuple[object, ...], line: str) -> None:
    assert written(message, *arguments) == line


def test_in_a_traceback_too() -> None:
    try:
        raise ValueError(f"The token {TOKEN} was rejected")
    except ValueError as error:
        lines = written("polling ended", exception=error)
    assert lines.splitlines()[-1] == "ValueError: The token <token> was rejected"
    assert TOKEN not in lines and "Traceback" in lines


def test_a_line_that_cannot_be_written_ends_nothing_and_shows_nothing() -> None:
    assert written("%d messages", "the words of somebody") == "a log line that cannot be written, telegram.py:7"


def test_tensorboard_is_not_missed() -> None:
    assert written("Limited tf.summary API due to missing TensorBoard installation.") == ""


def test_of_rasas_keys_only_harmless_ones_are_written() -> None:
    event = {"event": "processor.message.parse", "level": "debug", "parse_data_text": "secret", "sender_id": "tg-1"}
    assert only_allowed_keys(None, "debug", event) == {"event": "processor.message.parse", "level": "debug"}
    for key in ("text", "user_text", "message", "slots", "sender_id", "entities", "tracker", "url", "locals"):
        assert key not in ALLOWED_KEYS


PROCESS = f"""
import logging, warnings
from orienta.logs import set_up_logs
set_up_logs("assistant")
import structlog
structlog.get_logger("rasa.x").warning("message.received", text="SECRET words", entities=["SECRET"], action_name="action_menu")
structlog.get_logger("rasa.x").debug("message.parsed", text="SECRET words")
logging.getLogger("httpx").info("SECRET address")
logging.getLogger("httpx").warning("slow https://api/bot{TOKEN}/getMe")
logging.getLogger("bot.x").info("ready")
logging.getLogger("bot.x").info("%d", "SECRET")
warnings.warn("SECRET deprecation", DeprecationWarning)
try:
    words = "SECRET local"
    raise RuntimeError("went wrong")
except RuntimeError:
    logging.getLogger("bot.x").exception("failed")
print("still here")
"""


def test_a_process_of_ours() -> None:
    done = subprocess.run([sys.executable, "-c", PROCESS], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "still here\n"
    assert "assistant WARNING rasa.x: event='message.received' action_name='action_menu'" in done.stderr
    assert "assistant WARNING httpx: slow https://api/<token>/getMe" in done.stderr
    assert "assistant INFO bot.x: ready" in done.stderr
    assert "RuntimeError: went wrong" in done.stderr
    shown = done.stderr.replace('words = "SECRET local"', "")  # a line of source; its value is not told
    assert "SECRET" not in shown and TOKEN not in shown
