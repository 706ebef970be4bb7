"""Make pictures of the web chat, each in a language, without an assistant: what it says is in tests/pages/pictures.py.

    .venv/bin/python scripts/chat_pictures.py FOLDER [LANGUAGE …]     Arabic, Farsi, Urdu and Italian unless told
    .venv/bin/python scripts/chat_pictures.py --keep                  the two that tests/pages/test_web_chat.py compares with

Needs Chromium and Noto's fonts (Debian: chromium fonts-noto-core fonts-noto-color-emoji). Look at them before they are committed.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from orienta.web import create_web_app  # noqa: E402 (found through the line above)
from storage.database import make_engine  # noqa: E402 (as above)
from storage.migrate import migrate  # noqa: E402 (as above)
from storage.settings import Settings  # noqa: E402 (as above)
from tests.conftest import free_port  # noqa: E402 (as above)
from tests.pages.pictures import KEPT, conversation  # noqa: E402 (as above)
from tests.pages.servers import StubAssistant, serving  # noqa: E402 (as above)

LANGUAGES = ("ar", "fa", "ur", "it")
COMPARED = {"it": "chat-ltr", "ar": "chat-rtl"}


def picture(browser: Browser, site: str, assistant: StubAssistant, language: str) -> bytes:
    def opened(url: str, **options: object) -> Page:
        page = browser.new_context(**options).new_page()  # type: ignore[arg-type]  # Playwright's own options
        page.goto(url)
        return page

    page = conversation(opened, site, assistant, language)
    made = page.screenshot()
    page.context.close()
    return made


def main(arguments: list[str]) -> int:
    if not arguments:
        print(__doc__)
        return 2
    keep = arguments[0] == "--keep"
    folder = KEPT if keep else Path(arguments[0])
    names = COMPARED if keep else {language: f"chat-{language}" for language in arguments[1:] or LANGUAGES}
    folder.mkdir(parents=True, exist_ok=True)
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    with tempfile.TemporaryDirectory() as data, sync_playwright() as playwright:
        settings = Settings(data_dir=Path(data), database_url="", telegram_token="", port=free_port())
        migrate(make_engine(settings.database_url))
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=sandbox)
        for language, name in names.items():
            assistant = StubAssistant()
            with serving(assistant.app, settings.port), serving(create_web_app(settings)) as site:
                (folder / f"{name}.png").write_bytes(picture(browser, site, assistant, language))
            print(folder / f"{name}.png")
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
