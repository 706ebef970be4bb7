"""Make docs/picture.png, the README's picture: two phones with the web chat, from a real run of everything.

    .venv/bin/python scripts/picture.py

Needs Chromium and Noto's fonts (Debian: chromium fonts-noto-core fonts-noto-color-emoji). Runs beside an Orienta that is
running already: own ports, own data in a temporary folder, no Telegram.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bot.translations import translate  # noqa: E402 (found through the line above)
from orienta.run import prepare, wait_until_ready  # noqa: E402
from services_catalog.vocabulary import CITIES, LANGUAGES  # noqa: E402
from storage.settings import Settings  # noqa: E402

PICTURE = ROOT / "docs" / "picture.png"
MAX_BYTES = 300_000
PHONE = {"width": 390, "height": 780}
QUESTIONS = {"bn": "গোসল করব কোথায়", "ar": "وين فيني اتحمم"}
"""Where can I wash, by language."""
ADDRESS = "Corso Matteotti 134"
FRAMES = """<!doctype html><style>
body {{ margin: 0; padding: 24px; width: max-content; display: flex; gap: 28px; background: #fff; }}
img {{ width: 390px; height: 780px; border: 6px solid #17324d; border-radius: 22px; }}
</style>{images}"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(data_dir: Path) -> Iterator[str]:
    """Assistant, action server and pages; gives the pages' address."""
    ports = {"port": free_port(), "actions_port": free_port(), "console_port": free_port()}
    settings = Settings(data_dir=data_dir, database_url="", telegram_token="", **ports)
    prepare(settings)
    environment = {
        **os.environ,
        **{f"ORIENTA_{name.upper()}": str(port) for name, port in ports.items()},
        "ORIENTA_DATA_DIR": str(data_dir),
        "ORIENTA_DATABASE_URL": "",
        "TELEGRAM_TOKEN": "",
    }
    log = data_dir / "processes.log"
    with log.open("wb") as output:
        processes = [
            subprocess.Popen(
                [sys.executable, "-m", "orienta", "run", "--only", name],
                cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT,
            )
            for name in ("assistant", "actions", "console")
        ]  # fmt: skip
    try:
        if not wait_until_ready(settings):
            raise SystemExit(f"Not everything has started:\n{log.read_text()[-4000:]}")
        yield settings.console_url
    finally:
        for process in processes:
            process.send_signal(signal.SIGTERM)
        for process in processes:
            process.wait(timeout=30)


def conversation(browser: Browser, url: str, language: str) -> bytes:
    """A screenshot after language, city and one question."""
    context = browser.new_context(viewport=PHONE, device_scale_factor=2, locale=language)
    context.set_default_timeout(30_000)
    page = context.new_page()
    page.goto(f"{url}/chat")
    page.get_by_role("button", name=LANGUAGES[language].endonym, exact=True).click()
    page.get_by_role("button", name=translate(language, CITIES["latina"].msgid), exact=True).click()
    menu = translate(language, "What do you need? Press a button, or write it in your own words.")
    page.get_by_text(menu, exact=True).wait_for()
    page.get_by_role("textbox").fill(QUESTIONS[language])
    page.keyboard.press("Enter")
    page.locator(".bot").filter(has_text=ADDRESS).wait_for()
    page.get_by_role("textbox").blur()
    picture = page.screenshot()
    context.close()
    return picture


def side_by_side(browser: Browser, pictures: list[bytes]) -> bytes:
    page = browser.new_page(viewport={"width": 900, "height": 900})
    images = "".join(f'<img src="data:image/png;base64,{b64encode(one).decode()}">' for one in pictures)
    page.set_content(FRAMES.format(images=images))
    return page.locator("body").screenshot()


def main() -> None:
    chromium = shutil.which("chromium")
    if chromium is None:
        raise SystemExit("Chromium is missing; on Debian: apt install chromium fonts-noto-core fonts-noto-color-emoji")
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with (
        tempfile.TemporaryDirectory() as folder,
        running(Path(folder)) as url,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=chromium, args=arguments)
        picture = side_by_side(browser, [conversation(browser, url, language) for language in QUESTIONS])
        browser.close()
    if len(picture) > MAX_BYTES:
        raise SystemExit(f"The picture has {len(picture)} bytes; at most {MAX_BYTES} are wanted.")
    PICTURE.parent.mkdir(exist_ok=True)
    PICTURE.write_bytes(picture)
    print(f"{PICTURE.relative_to(ROOT)}: {len(picture)} bytes")


if __name__ == "__main__":
    main()
