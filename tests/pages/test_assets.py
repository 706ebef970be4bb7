"""What the pages load: from this server, small on the line, kept by the browser; and pages that do without."""

from __future__ import annotations

from pathlib import Path

import pytest
from starlette.testclient import TestClient

from console import assets
from orienta.web import create_web_app
from storage.settings import Settings
from tests.conftest import unavailable


@pytest.fixture
def client(settings: Settings) -> TestClient:
    return TestClient(create_web_app(settings))


@pytest.mark.parametrize("file", [assets.STYLE, assets.HTMX])
def test_an_asset_is_compressed_and_kept_for_a_day(client: TestClient, file: str) -> None:
    address = assets.address(file)
    if not address:
        unavailable("the pages' npm packages are not installed: make console/assets/node_modules")
    answer = client.get(address)
    assert answer.status_code == 200
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["cache-control"] == "public, max-age=86400"


def test_our_own_files_are_asked_for_again_cheaply(client: TestClient) -> None:
    first = client.get("/static/chat.js")
    assert first.headers["cache-control"] == "no-cache"
    assert client.get("/static/chat.js", headers={"if-none-match": first.headers["etag"]}).status_code == 304


def test_a_package_that_is_missing_has_no_address(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(assets, "PACKAGES", tmp_path)
    assert assets.address(assets.STYLE) == ""
    assert assets.mounts() == []
