"""Settings of a test's own."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from storage.settings import Settings, variable_name

Environment = Callable[..., None]


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Environment:
    """Sets variables; those of the machine and the `.env` of the working directory are out of sight.

    `environment(ORIENTA_PORT="x")` sets one. The data directory is `tmp_path/var`.
    """
    for name in list(os.environ):
        if name.startswith("ORIENTA_") or name == "TELEGRAM_TOKEN":
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ORIENTA_DATA_DIR", str(tmp_path / "var"))

    def set_(**variables: str) -> None:
        known = {variable_name(field) for field in Settings.__fields__}
        assert set(variables) <= known, "no setting of this name"
        for name, value in variables.items():
            monkeypatch.setenv(name, value)

    return set_
