"""What a button carries: Rasa's `/intent{"entity": "value"}` inside, 64 signed bytes on Telegram (RASA.md, T1, T8).

On Telegram the callback data is `intent?key=value&key=value~signature`; the signature binds it to the chat, so that a
button can be neither forged nor replayed in another chat. Some names are written short (`SHORT`): with the longest values
there would be more than 64 bytes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Optional
from urllib.parse import parse_qsl, urlencode

from storage.keys import Keyring

TELEGRAM_BYTES = 64
SIGNATURE_LETTERS = 8
PURPOSE = "callback"
SHORT = {"slot": "t", "appointment": "c", "entry": "e", "aspect": "w", "topic": "k", "part": "p"}
LONG = {short: long for long, short in SHORT.items()}


HEAR = "hear"
"""No intent of the assistant: the channels themselves read aloud the message that the button stands under."""


class PayloadTooLong(ValueError):
    """The callback data would exceed Telegram's 64 bytes; shorten the entities' values."""


class BadSignature(ValueError):
    """Callback data that this installation did not make for this chat."""


def rasa_payload(intent: str, entities: Mapping[str, str]) -> str:
    """`/intent` or `/intent{"entity": "value"}`."""
    return (
        f"/{intent}{json.dumps(dict(entities), ensure_ascii=False, separators=(',', ':'))}"
        if entities
        else f"/{intent}"
    )


def parse_rasa_payload(payload: str) -> tuple[str, dict[str, str]]:
    """Intent and entities of a payload that `rasa_payload` made."""
    name, brace, rest = payload.removeprefix("/").partition("{")
    return name, json.loads(brace + rest) if brace else {}


def hear_payload(language: str, keep: bool) -> str:
    """Of the button that reads a message aloud. `keep`: the text holds nothing of a person, so the sound may be kept."""
    return rasa_payload(HEAR, {"language": language, **({"keep": "yes"} if keep else {})})


def parse_hear(payload: str) -> Optional[tuple[str, bool]]:
    """Language and `keep` of such a button; None for every other payload."""
    if not payload.startswith(f"/{HEAR}{{"):
        return None
    _, entities = parse_rasa_payload(payload)
    return entities["language"], entities.get("keep") == "yes"


def sign(payload: str, person_key: str, keyring: Keyring) -> str:
    """Callback data for Telegram.

    Raises:
        PayloadTooLong: more than 64 bytes.
    """
    intent, entities = parse_rasa_payload(payload)
    body = f"{intent}?{urlencode({SHORT.get(k, k): v for k, v in entities.items()})}" if entities else intent
    data = f"{body}~{keyring.sign(PURPOSE, f'{person_key}|{body}', SIGNATURE_LETTERS)}"
    if len(data.encode()) > TELEGRAM_BYTES:
        raise PayloadTooLong(f"{len(data.encode())} bytes: {body}")
    return data


def unsign(data: str, person_key: str, keyring: Keyring) -> str:
    """The Rasa payload in callback data.

    Raises:
        BadSignature: made elsewhere, for another chat, or altered.
    """
    body, mark, signature = data.rpartition("~")
    if (
        not mark
        or not data.isascii()
        or len(signature) != SIGNATURE_LETTERS
        or not keyring.verify(PURPOSE, f"{person_key}|{body}", signature)
    ):
        raise BadSignature("callback data with a wrong signature")
    intent, _, query = body.partition("?")
    return rasa_payload(intent, {LONG.get(key, key): value for key, value in parse_qsl(query)})
