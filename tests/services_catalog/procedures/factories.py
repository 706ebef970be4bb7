"""A procedure for tests: one statement a part, and two of what to bring; the cost is held back, nobody states the time."""

from __future__ import annotations

from typing import Any

from services_catalog.procedures.schema import Procedure
from services_catalog.procedures.translations import Translations

SOURCES: list[dict[str, Any]] = [
    {
        "key": "questura",
        "url": "https://questura.example.it/kit",
        "publisher": "Questura",
        "date": "2024-06",
        "official": True,
    },
    {
        "key": "giornale",
        "url": "https://giornale.example.it/kit",
        "publisher": "Giornale",
        "date": None,
        "official": False,
    },
]
STATEMENTS: list[dict[str, Any]] = [
    {"key": "what", "text": "È un documento. Lo dà la Questura.", "sources": ["questura"]},
    {"key": "who", "text": "Tutti.", "sources": ["questura"]},
    {"key": "where", "text": "In Questura.", "sources": ["questura"]},
    {"key": "bring.1", "text": "Porta 4 fototessere.", "sources": ["questura", "giornale"]},
    {"key": "bring.2", "text": "Porta il passaporto. Porta il visto. Porta la ricevuta.", "sources": ["giornale"]},
    {"key": "cost", "text": "Costa 40 euro.", "sources": ["giornale"], "check": True},
    {"key": "steps.1", "text": "Vai in Questura.", "sources": ["questura"]},
    {"key": "steps.2", "text": "Aspetta 60 giorni.", "sources": ["giornale"], "check": True},
    {"key": "mistakes.1", "text": "Aspettare troppo.", "sources": ["giornale"]},
    {"key": "free_help", "text": "I patronati.", "sources": ["giornale"]},
]


def procedure(*changed: dict[str, Any], topic: str = "residence_permit", **fields: Any) -> Procedure:
    """The procedure, with statements changed by their key."""
    by_key = {one["key"]: one for one in changed}
    statements = [{**one, **by_key.get(one["key"], {})} for one in STATEMENTS]
    given = {"topic": topic, "helpers": ["legal_support"], "not_stated": ["time"], "uncertain": ["Il costo."]}
    return Procedure.parse_obj({**given, "statements": statements, "sources": SOURCES, **fields})


def translations(language: str, topic: str = "residence_permit", **texts: str) -> Translations:
    """Texts by part; `bring_1` is `bring.1`."""
    return Translations(language, {f"{topic}.{key.replace('_1', '.1')}": text for key, text in texts.items()})
