"""A small shop whose plan the tests know."""

from __future__ import annotations

from pathlib import Path

import pytest

from appointments.shops import load_shops
from storage.database import SessionFactory

SHEET = """
shop: latina
example: true
notice_minutes: 60
horizon_days: 7
closed: [2026-11-27]
resources:
  - name: Desk
    seats: 1
    week: {we: [09:00-13:00, 14:00-15:00], th: [09:00-10:30], fr: [09:00-12:00]}
    types: [{service: documents, minutes: 30}, {service: job_support, minutes: 45}]
  - name: Showers
    seats: 2
    week: {we: [09:00-13:00], th: [09:00-13:00]}
    types: [{service: shower, minutes: 30}]
  - name: Room
    seats: 1
    week: {th: [09:00-13:00]}
    types: [{service: legal_support, minutes: 60}]
"""


@pytest.fixture
def shop(sessions: SessionFactory, tmp_path: Path) -> SessionFactory:
    folder = tmp_path / "shops"
    folder.mkdir()
    (folder / "latina.yml").write_text(SHEET)
    assert load_shops(sessions, folder) == ["latina"]
    return sessions
