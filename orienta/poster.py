"""`orienta poster`: a card with a QR code as a PDF, printed by Chromium (Debian: chromium, and Noto's fonts)."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Optional

import httpx
from sqlalchemy import select

from bot.poster import poster_html
from services_catalog.hours import usual_week
from services_catalog.models import Service
from services_catalog.search import find
from storage.clock import ROME, Clock
from storage.database import SessionFactory
from storage.settings import Settings

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
PRINT_SECONDS = 60


class PosterError(Exception):
    """No card can be made. `str()` says why and what to do."""


def bot_name(settings: Settings) -> str:
    """The bot's user name, asked of Telegram. Raises PosterError."""
    if not settings.telegram_token:
        raise PosterError("which bot? Give --bot NAME, or set TELEGRAM_TOKEN")
    try:
        answer = httpx.get(f"{settings.telegram_api_url}/bot{settings.telegram_token}/getMe", timeout=10)
        return str(answer.raise_for_status().json()["result"]["username"])
    except (httpx.HTTPError, KeyError, ValueError):
        raise PosterError("Telegram did not tell the bot's name; give it with --bot NAME") from None


def make_poster(
    sessions: SessionFactory,
    clock: Clock,
    *,
    city: str,
    service: str,
    languages: list[str],
    bot: str,
    size: str,
    to: Path,
) -> None:
    """Write the PDF. Raises PosterError."""
    now = clock()
    card = next((one for one in find(sessions, city, service, now).cards if one.contactable), None)
    if card is None:
        raise PosterError(f"{city} has no place for {service} with an address or a phone: nothing to send people to")
    with sessions() as session:
        text: Optional[str] = session.execute(select(Service.opening_hours).where(Service.id == card.id)).scalar_one()
    week = usual_week(text, now.astimezone(ROME).date())
    to_pdf(poster_html(card.as_dict(), week, city=city, service=service, languages=languages, bot=bot, size=size), to)


def to_pdf(html: str, to: Path) -> None:
    """Print a page. Raises PosterError."""
    chromium = next((found for name in CHROMIUM if (found := shutil.which(name))), None)
    if chromium is None:
        raise PosterError("Chromium is missing; on Debian: apt install chromium fonts-noto fonts-noto-color-emoji")
    with tempfile.TemporaryDirectory() as folder:
        page, printed = Path(folder) / "page.html", Path(folder) / "page.pdf"
        page.write_text(html, encoding="utf-8")
        command = [
            chromium,
            "--headless",
            "--disable-gpu",
            f"--user-data-dir={folder}/profile",
            "--no-pdf-header-footer",
            f"--print-to-pdf={printed}",
            page.as_uri(),
        ]
        if os.geteuid() == 0:
            command.insert(1, "--no-sandbox")
        try:
            subprocess.run(command, check=True, capture_output=True, timeout=PRINT_SECONDS)
        except (subprocess.SubprocessError, OSError) as error:
            raise PosterError(f"Chromium did not print the card: {type(error).__name__}") from error
        shutil.copy(printed, to)
