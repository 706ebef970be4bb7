"""The short soak of each run of the tests; the long one is `python -m tests.soak` (docs/soak.md)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.soak.soak import soak


@pytest.mark.timeout(240)
def test_everything_is_answered_once_and_in_order(tmp_path: Path) -> None:
    outcome = soak(tmp_path, seconds=45, chats=60, kills=2)
    assert outcome.sent > 100 and sum(outcome.failures.values()) > 10
    assert (outcome.missing, outcome.disordered, outcome.floods) == ([], [], 0), (tmp_path / "bot.log").read_text()[
        -3000:
    ]
    assert len(outcome.doubled) <= outcome.kills, outcome.doubled
