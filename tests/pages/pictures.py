"""The conversation that the pictures of the chat show: a card, a safety answer and a procedure, with Italian facts in them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image, ImageChops, ImageStat
from playwright.sync_api import Page, expect

from bot.responses import load_responses
from storage.clock import ROME
from tests.pages.servers import StubAssistant

KEPT = Path(__file__).parent / "pictures"
"""One picture for each direction, as it was looked at."""
PHONE = {"width": 390, "height": 1400}
"""So high that nothing has to be scrolled."""
NOW = datetime(2026, 11, 25, 9, 0, tzinfo=ROME)
CARD: dict[str, Any] = {
    "id": "1",
    "name": 'Docce comunali "San Marco"',
    "address": "Corso G. Matteotti 134/A, 04100 Latina",
    "phones": ["0773 123 456", "+39 333 123 45 67"],
    "free": False,
    "cost": "2 euro, gratis per minori di 14 anni",
    "who": "tutti",
    "languages": ["it", "en"],
    "source_url": "https://www.comune.latina.it/docce",
    "source_date": "2026-10-05",
    "hours": {
        "state": "open",
        "until": "2026-11-25T18:00:00+01:00",
        "today": [["09:00", "13:00"], ["15:00", "18:00"]],
    },
}
FACTS = (
    CARD["name"],
    CARD["address"],
    *CARD["phones"],
    CARD["cost"],
    "09:00-13:00, 15:00-18:00",
    "comune.latina.it",
    "800 290 290",
    "800 939 000",
    "10:30",
    "Via Duca del Mare 7, int. 2",
    "sole-mare-12",
)
"""What must be read from left to right in every language."""
GRID = (39, 140)
"""Cells that two pictures are compared by: fonts differ a little from one computer to the other."""
MEAN_MOST = 6.0
"""Mean difference of the cells' brightness, of 255, up to which two pictures are the same."""


def picture_answers(assistant: StubAssistant, language: str) -> None:
    """What the assistant says to the opening of the page and to a question mark."""
    said = load_responses()
    booked = {
        "service": "legal_support",
        "starts_at": "2026-11-26T10:30:00+01:00",
        "address": "Via Duca del Mare 7, int. 2",
    }
    assistant.answers["/start"] = [
        said.render(
            "utter_service__found",
            language,
            {
                "service": "shower",
                "city": "latina",
                "cards": [CARD],
                "now": NOW.isoformat(),
                "choices": [{"kind": "map", "id": "1", "url": "https://www.openstreetmap.org/", "row": "maps"}],
            },
        ),
        said.render("utter_report_exploitation", language, {"navigation": True}),
    ]
    assistant.answers["?"] = [
        said.render("utter_booking__done", language, {**booked, "code": "sole-mare-12", "navigation": True})
    ]


def conversation(open_: Callable[..., Page], site: str, assistant: StubAssistant, language: str) -> Page:
    """The page with all of it said."""
    picture_answers(assistant, language)
    page = open_(f"{site}/chat", locale=language, viewport=PHONE)
    expect(page.locator(".bubble")).to_have_count(2)
    page.get_by_role("textbox").fill("?")
    page.keyboard.press("Enter")
    expect(page.locator(".bubble")).to_have_count(4)
    page.get_by_role("textbox").blur()
    page.wait_for_load_state("networkidle")
    return page


def order_on_the_screen(page: Page, fact: str) -> list[str]:
    """The letters of a fact as they stand from left to right, without blanks, once for each place where it is written; lines
    are joined.
    """
    found: list[str] = page.evaluate(
        """fact => [...document.querySelectorAll(".bubble.bot")].flatMap(bubble => {
            const text = bubble.firstChild, at = text.data.indexOf(fact);
            if (at < 0) { return []; }
            const letters = [...fact].map((letter, index) => {
                const range = document.createRange();
                range.setStart(text, at + index); range.setEnd(text, at + index + 1);
                const box = range.getBoundingClientRect();
                return { letter, left: box.left, top: Math.round(box.top) };
            });
            return [letters.sort((a, b) => a.top - b.top || a.left - b.left).map(one => one.letter).join("")];
        })""",
        fact,
    )
    return [without_blanks(one) for one in found]


def without_blanks(text: str) -> str:
    """A blank at which a line ends has no place of its own on the screen."""
    return "".join(text.split())


def difference(one: bytes, other: bytes) -> float:
    """Mean difference of the brightness of two pictures' cells, 0 to 255."""
    small = [Image.open(BytesIO(picture)).convert("L").resize(GRID, Image.Resampling.BOX) for picture in (one, other)]
    return float(ImageStat.Stat(ImageChops.difference(*small)).mean[0])
