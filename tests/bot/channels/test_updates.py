"""What is answered together, and whose a waiting update is."""

from __future__ import annotations

import json
from collections import deque

import pytest

from bot.channels.updates import BURST, Asked, concerns, next_together, words_of
from bot.nlu.text import MAX_CHARACTERS


def line(*asked: str) -> deque[Asked]:
    """`hello` is words, `/menu` a command, `[yes]` a button of message 1 and `[yes]2` one of message 2."""
    found: deque[Asked] = deque()
    for number, text in enumerate(asked):
        if text.startswith("["):
            data, _, message = text[1:].partition("]")
            found.append(Asked(number, "button", data, None, message_id=int(message or 1), callback_id=str(number)))
        else:
            found.append(Asked(number, "command" if text.startswith("/") else "words", text, None, message_id=number))
    return found


def together(*asked: str) -> list[list[int]]:
    waiting, groups = line(*asked), []
    while waiting:
        groups.append([one.update_id for one in next_together(waiting)])
    return groups


@pytest.mark.parametrize(
    ("asked", "groups"),
    [
        (["a", "b", "c"], [[0], [1], [2]]),
        (["a", "b", "c", "d"], [[0, 1, 2, 3]]),
        (["[yes]", "[yes]", "b"], [[0, 1], [2]]),
        (["[yes]", "[yes]2"], [[0], [1]]),
        (["[yes]", "b", "[yes]"], [[0], [1], [2]]),
        (["/menu", "/menu"], [[0], [1]]),
        (["/menu", "/help", "/menu", "/menu"], [[0, 2, 3], [1]]),
        (["[yes]", "b", "[yes]", "d", "[no]"], [[0, 2], [1], [3], [4]]),
        (["a", "/menu", "c", "/menu", "e"], [[0], [1, 3], [2], [4]]),
    ],
)
def test_together(asked: list[str], groups: list[list[int]]) -> None:
    assert together(*asked) == groups


def test_no_more_is_put_together_than_is_read() -> None:
    groups = together(*["x" * 300] * 8)
    assert groups == [[0, 1, 2], [3, 4, 5], [6], [7]]
    assert MAX_CHARACTERS >= 3 * 301 - 1 and BURST == 4


def test_lines_are_said_once() -> None:
    assert words_of(list(line("hello", "shower", "hello"))) == "hello\nshower"


@pytest.mark.parametrize(
    ("update", "theirs"),
    [
        ({"message": {"chat": {"id": 7}, "from": {"id": 7}}}, True),
        ({"message": {"chat": {"id": -5}, "from": {"id": 7}}}, True),
        ({"message": {"chat": {"id": 8}, "from": {"id": 8}, "text": "7"}}, False),
        ({"callback_query": {"from": {"id": 7}, "message": {"chat": {"id": 7}}}}, True),
        ({"inline_query": {"from": {"id": 7}, "query": "x"}}, True),
        ({"chat_id": 7, "answers": []}, True),
        ({"chat_id": 70, "answers": []}, False),
    ],
)
def test_whose(update: dict[str, object], theirs: bool) -> None:
    assert concerns(json.dumps({"update_id": 7, **update}), 7) is theirs
