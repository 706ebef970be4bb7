"""The web chat in Chromium before the whole of Orienta, with the trained model."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from bot.translations import translate
from bot.voice import BY_COMPUTER, NOT_NOW
from services_catalog.vocabulary import LANGUAGES
from tests.conversation.conftest import emulator  # noqa: F401 (a fixture)
from tests.conversation.stack import Stack, running_stack
from tests.pages.conftest import HEIGHT, WIDTH, Watch
from tests.telegram_emulator import Emulator

ADDRESS = "Corso Matteotti 134"


@pytest.fixture
def stack(watch: Watch, emulator: Emulator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:  # noqa: F811
    with running_stack(emulator, tmp_path_factory.mktemp("web")) as stack:
        yield stack
        watch.close()


def test_where_can_i_wash_in_italian(watch: Watch, stack: Stack) -> None:
    page = watch.open(f"{stack.settings.console_url}/chat", locale="it-IT", viewport={"width": WIDTH, "height": HEIGHT})
    answers = page.locator(".bot")
    page.get_by_role("button", name=LANGUAGES["it"].endonym, exact=True).click(timeout=30_000)
    page.get_by_role("button", name="Latina", exact=True).click(timeout=30_000)
    menu = translate("it", "What do you need? Press a button, or write it in your own words.")
    expect(answers.last).to_have_text(menu, timeout=30_000)

    page.get_by_role("textbox").fill("dove posso lavarmi")
    page.keyboard.press("Enter")
    card = answers.filter(has_text=ADDRESS)
    expect(card).to_have_count(1, timeout=30_000)
    expect(card).to_contain_text(translate("it", "Shower"))
    expect(page.locator(".me").last).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth") <= WIDTH

    page.locator(".listen").last.click()
    if shutil.which("espeak-ng") and shutil.which("opusenc"):
        expect(page.locator(".sound")).to_contain_text(translate("it", BY_COMPUTER))
        expect(page.locator("audio")).to_have_js_property("readyState", 4)
        assert page.locator("audio").evaluate("one => one.duration") > 1
    else:
        expect(answers.last).to_have_text(translate("it", NOT_NOW))
        watch.expect("404")

    book = page.get_by_role("button", name=translate("it", "Book an appointment")).last
    book.click()
    expect(page.locator(".me").last).to_contain_text(translate("it", "Book an appointment"))
    expect(answers.last).not_to_contain_text(ADDRESS, timeout=30_000)
    assert "112" not in answers.last.inner_text()
