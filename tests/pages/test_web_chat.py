"""The public chat page for everybody: without JavaScript, with a screen reader, on 320 pixels, by ear, in both directions."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from bot.responses import load_responses
from bot.translations import RIGHT_TO_LEFT, translate
from bot.voice import BY_COMPUTER, NO_VOICE_YET, NOT_NOW
from console.assets import STYLE, address
from console.visits import STAYS
from storage.database import SessionFactory, make_engine, make_session_factory
from storage.migrate import migrate
from storage.settings import Settings
from tests.conftest import FixedClock, free_port, unavailable
from tests.pages.conftest import Watch
from tests.pages.pictures import (
    CARD,
    FACTS,
    KEPT,
    MEAN_MOST,
    conversation,
    difference,
    order_on_the_screen,
    picture_answers,
    without_blanks,
)
from tests.pages.servers import StubAssistant
from tests.pages.test_browser import accessible

SMALL: dict[str, Any] = {"viewport": {"width": 320, "height": 568}, "is_mobile": True, "has_touch": True}
RESPONSES = load_responses()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path, secret_key="s" * 32, port=free_port())


@pytest.fixture
def sessions(settings: Settings) -> Iterator[SessionFactory]:
    engine = make_engine(settings.database_url)
    migrate(engine)
    yield make_session_factory(engine)
    engine.dispose()


def rendered(name: str, language: str, **params: Any) -> dict[str, Any]:
    return RESPONSES.render(name, language, {"navigation": True, **params})


# -- without JavaScript --


def test_a_conversation_without_javascript(watch: Watch, site: str, assistant: StubAssistant) -> None:
    menu = rendered("utter_menu", "it", choices=[{"kind": "service", "id": "shower", "intent": "find_service"}])
    assistant.answers["/start"] = [menu]
    assistant.answers["dove dormo?"] = [{"text": "Qui: https://comune.latina.it/x."}]
    page = watch.open(f"{site}/chat", locale="it-IT", java_script_enabled=False)
    assert assistant.heard == []
    page.get_by_role("button", name=translate("it", "Start")).click()
    bubbles = page.locator(".bubble")
    expect(bubbles).to_have_text([menu["text"]])
    page.get_by_role("button", name=translate("it", "Shower")).click()
    payload = '/find_service{"service":"shower"}'
    expect(bubbles).to_have_text([menu["text"], f"🚿 {translate('it', 'Shower')}", f"You said: {payload}"])
    page.get_by_role("textbox").fill("dove dormo?")
    page.keyboard.press("Enter")  # not the first of the buttons
    expect(bubbles.last).to_have_text("Qui: https://comune.latina.it/x.")
    assert page.locator(".bubble a").last.get_attribute("href") == "https://comune.latina.it/x"
    assert assistant.messages == ["/start", payload, "dove dormo?"]
    page.get_by_role("textbox").fill("  ")
    page.keyboard.press("Enter")
    page.get_by_role("link", name=translate("it", "See new messages")).click()
    expect(bubbles).to_have_count(5)
    no_sideways_scrolling_without_javascript(page)
    somebody_else = watch.open(f"{site}/chat", java_script_enabled=False)
    expect(somebody_else.locator(".bubble")).to_have_count(0)


def no_sideways_scrolling_without_javascript(page: Page) -> None:
    main = page.locator("main").bounding_box()
    viewport = page.viewport_size
    assert main and viewport and main["width"] <= viewport["width"]


def test_a_file_without_javascript(watch: Watch, site: str, assistant: StubAssistant) -> None:
    file = {"name": "sole-mare-12.ics", "type": "text/calendar", "content": "BEGIN:VCALENDAR"}
    assistant.answers["/start"] = [{"text": "Open it", "buttons": []}, {"text": "", "attachment": file}]
    page = watch.open(f"{site}/chat", java_script_enabled=False)
    page.get_by_role("button", name="Start").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="sole-mare-12.ics").click()
    assert download.value.suggested_filename == file["name"]
    assert Path(download.value.path()).read_text() == file["content"]


def test_half_an_hour_later_nothing_is_left(
    watch: Watch, site: str, assistant: StubAssistant, clock: FixedClock
) -> None:
    page = watch.open(f"{site}/chat", java_script_enabled=False)
    page.get_by_role("button", name="Start").click()
    clock.now += STAYS
    page.goto(f"{site}/chat")
    expect(page.locator(".bubble")).to_have_count(0)


def test_after_forgetting_nothing_is_left(watch: Watch, site: str, assistant: StubAssistant) -> None:
    farewell = rendered("utter_deletion__done", "ar")
    assistant.answers["/start"] = [rendered("utter_appointment__none", "ar")]
    assistant.answers['/confirm_deletion{"answer":"yes"}'] = [farewell]
    page = watch.open(f"{site}/chat", locale="ar", java_script_enabled=False)
    page.get_by_role("button", name=translate("ar", "Start")).click()
    voice = page.locator(".listen").get_attribute("href")
    page.locator("#press").evaluate("""form => {
        form.innerHTML = '<input name="payload"><button>x</button>';
        form.querySelector("input").value = '/confirm_deletion{"answer":"yes"}';
    }""")
    page.get_by_role("button", name="x", exact=True).click()
    expect(page.locator(".bubble")).to_have_text([farewell["text"]])
    assert page.request.get(f"{site}{voice}").status == 404


# -- by ear --


@pytest.fixture
def espeak() -> None:
    for program, package in (("espeak-ng", "espeak-ng"), ("opusenc", "opus-tools")):
        if shutil.which(program) is None:
            unavailable(f"{program} is not installed (Debian: {package})")


@pytest.mark.usefixtures("espeak")
@pytest.mark.parametrize("language", ["it", "ur"])
def test_an_answer_is_played(watch: Watch, site: str, assistant: StubAssistant, language: str) -> None:
    assistant.answers["/start"] = [rendered("utter_emergency", language)]
    page = watch.open(f"{site}/chat", locale=language)
    listen = page.locator(".listen")
    expect(listen).to_have_text(f"🔊 {translate(language, 'Listen')}")
    listen.click()
    expect(page.locator(".sound")).to_contain_text(translate(language, BY_COMPUTER))
    player = page.locator("audio")
    expect(player).to_have_js_property("error", None)
    expect(player).to_have_js_property("readyState", 4)
    assert player.evaluate("one => one.duration") > 2
    accessible(page)
    listen.click()
    expect(player).to_have_count(0)
    assert assistant.messages == ["/start"]


@pytest.mark.usefixtures("espeak")
def test_the_address_of_a_sound_is_its_persons_alone(watch: Watch, site: str, assistant: StubAssistant) -> None:
    assistant.answers["/start"] = [rendered("utter_booking__already", "it"), rendered("utter_menu", "it")]
    page = watch.open(f"{site}/chat")
    expect(page.locator(".listen")).to_have_count(2)
    first, second = (one.get_attribute("href") for one in page.locator(".listen").all())
    assert first != second and len(str(first).rpartition("/")[2]) >= 20
    mine = page.request.get(f"{site}{first}")
    assert mine.status == 200 and mine.headers["content-type"] == "audio/ogg"
    assert mine.headers["cache-control"] == "no-store"
    other = watch.open(f"{site}/chat")
    assert other.request.get(f"{site}{first}").status == 404


@pytest.mark.parametrize("javascript", [True, False])
def test_a_sound_of_long_ago(
    watch: Watch, site: str, assistant: StubAssistant, clock: FixedClock, javascript: bool
) -> None:
    assistant.answers["/start"] = [rendered("utter_menu", "it")]
    page = watch.open(f"{site}/chat", locale="it", java_script_enabled=javascript)
    if not javascript:
        page.get_by_role("button", name=translate("it", "Start")).click()
    expect(page.locator(".listen")).to_have_count(1)
    clock.now += STAYS
    page.locator(".listen").click()
    too_old = translate("it", "This is too old for me to read aloud. Please ask again.")
    expect(page.locator(".bubble").last).to_have_text(too_old)
    if javascript:
        watch.close()
        watch.expect("404")


@pytest.mark.parametrize("javascript", [True, False])
def test_a_language_without_a_voice_says_so(
    watch: Watch, site: str, assistant: StubAssistant, javascript: bool
) -> None:
    assistant.answers["/start"] = [rendered("utter_menu", "ti")]
    page = watch.open(f"{site}/chat", locale="ti", java_script_enabled=javascript)
    if not javascript:
        page.get_by_role("button", name=translate("ti", "Start")).click()
    page.locator(".listen").click()
    expect(page.locator(".bubble").last).to_have_text(translate("ti", NO_VOICE_YET))
    if javascript:
        watch.close()
        watch.expect("404")


def test_without_espeak_the_chat_goes_on(
    watch: Watch, site: str, assistant: StubAssistant, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assistant.answers["/start"] = [rendered("utter_menu", "it")]
    page = watch.open(f"{site}/chat", locale="it")
    monkeypatch.setenv("PATH", str(tmp_path))
    page.locator(".listen").click()
    expect(page.locator(".bubble").last).to_have_text(translate("it", NOT_NOW))
    page.get_by_role("textbox").fill("ciao")
    page.keyboard.press("Enter")
    expect(page.locator(".bubble").last).to_have_text("You said: ciao")
    watch.close()
    watch.expect("404")


# -- for everybody --


@pytest.mark.parametrize("style", [True, False])
@pytest.mark.parametrize("language", ["it", "en", "ar", "fa", "ur", "bn", "am", "zh"])
def test_no_barrier_that_axe_knows(
    watch: Watch, site: str, assistant: StubAssistant, language: str, style: bool
) -> None:
    """With Bootstrap Italia and with our own style alone, on the smallest of phones."""
    picture_answers(assistant, language)
    page = watch.open(f"{site}/health", locale=language, **SMALL)
    if not style:
        page.route("**/assets/**", lambda route: route.fulfill(body="", content_type="text/css"))
    page.goto(f"{site}/chat")
    if address(STYLE):
        page.wait_for_load_state("networkidle")
        assert page.evaluate("[...document.styleSheets].some(one => (one.href || '').includes('bootstrap'))")
    expect(page.locator(".bubble")).to_have_count(2)
    page.get_by_role("textbox").fill("?")
    page.keyboard.press("Enter")
    expect(page.locator(".bubble.me")).to_have_count(1)
    expect(page.locator(".bubble")).to_have_count(4)
    accessible(page)
    cut = page.evaluate(
        """() => [...document.querySelectorAll(".btn, .bubble")].filter(one => one.scrollWidth > one.clientWidth + 1)
            .map(one => one.textContent)"""
    )
    assert cut == []
    targets = page.evaluate(
        "() => [...document.querySelectorAll('.btn')].map(one => one.getBoundingClientRect().height)"
    )
    assert min(targets) >= 44  # a finger


def test_the_page_without_javascript_has_no_barrier_either(watch: Watch, site: str, assistant: StubAssistant) -> None:
    """axe-core is JavaScript: it looks at the same markup in a page that runs it but not the page's own script."""
    picture_answers(assistant, "ar")
    page = watch.open(f"{site}/chat", locale="ar", java_script_enabled=False, **SMALL)
    page.get_by_role("button", name=translate("ar", "Start")).click()
    expect(page.locator(".bubble")).to_have_count(2)
    markup = page.content()
    other = watch.open(f"{site}/health")
    other.route("**/chat", lambda route: route.fulfill(body=markup, content_type="text/html"))
    other.route("**/chat.js", lambda route: route.fulfill(body="", content_type="text/javascript"))
    other.goto(f"{site}/chat")
    expect(other.locator(".bubble")).to_have_count(2)
    accessible(other)


def test_the_skip_link_comes_first_and_leads_to_the_field(watch: Watch, site: str, assistant: StubAssistant) -> None:
    page = watch.open(f"{site}/chat", locale="it")
    page.keyboard.press("Tab")
    skip = page.locator(":focus")
    expect(skip).to_have_text(translate("it", "Go to the field for writing"))
    box = skip.bounding_box()
    assert box and box["height"] > 20  # seen when it has the focus
    page.keyboard.press("Enter")
    page.keyboard.type("ciao")
    expect(page.get_by_role("textbox")).to_have_value("ciao")


def test_a_screen_reader_knows_who_speaks_and_in_which_language(
    watch: Watch, site: str, assistant: StubAssistant
) -> None:
    assistant.answers["/start"] = [rendered("utter_menu", "bn")]
    page = watch.open(f"{site}/chat", locale="bn")
    expect(page.locator(".bot").first).to_have_attribute("lang", "bn")
    page.get_by_role("textbox").fill("ciao")
    page.keyboard.press("Enter")
    said = page.get_by_role("log").inner_text()
    assert said.index(translate("bn", "You wrote:")) < said.index("ciao")


def test_the_page_follows_the_language_that_was_chosen(watch: Watch, site: str, assistant: StubAssistant) -> None:
    assistant.answers["/start"] = [rendered("utter_ask_language", "it")]
    assistant.answers["arabo"] = [rendered("utter_language__set", "ar")]
    page = watch.open(f"{site}/chat", locale="it")
    page.get_by_role("textbox").fill("arabo")
    page.keyboard.press("Enter")
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    expect(page.locator("html")).to_have_attribute("lang", "ar")
    expect(page.get_by_role("textbox")).to_have_attribute("placeholder", translate("ar", "Write here"))
    expect(page.locator(".bubble")).to_have_count(3)  # nothing is lost
    assert assistant.messages == ["/start", "arabo"]


def test_a_slow_line_says_that_it_takes_a_moment(watch: Watch, site: str, assistant: StubAssistant) -> None:
    page = watch.open(f"{site}/chat", locale="it")
    expect(page.locator(".bubble")).to_have_count(1)
    assistant.hold.clear()
    page.get_by_role("textbox").fill("ciao")
    page.keyboard.press("Enter")
    expect(page.get_by_text(translate("it", "One moment, please."))).to_be_visible()
    assistant.hold.set()
    expect(page.locator(".bubble").last).to_have_text("You said: ciao")
    expect(page.get_by_text(translate("it", "One moment, please."))).to_have_count(0)


def test_on_a_slow_line_the_page_comes_before_the_national_style(
    watch: Watch, site: str, assistant: StubAssistant
) -> None:
    """The style of 90 kB never comes in these two seconds; what is needed has 10 kB."""
    waiting: list[Route] = []
    page = watch.open(f"{site}/health", locale="it")
    page.context.route("**/assets/**", lambda route: waiting.append(route))
    sizes: list[int] = []
    page.on("response", lambda answer: sizes.append(len(answer.body())) if "/assets/" not in answer.url else None)
    page.goto(f"{site}/chat", wait_until="domcontentloaded")
    expect(page.locator(".bubble")).to_have_text(["Welcome."])
    page.get_by_role("textbox").fill("ciao")
    page.keyboard.press("Enter")
    expect(page.locator(".bubble").last).to_have_text("You said: ciao")
    assert bool(waiting) == bool(address(STYLE))
    assert sum(sizes) < 25_000
    for route in waiting:
        route.fulfill(body="", content_type="text/css")


def test_a_message_that_did_not_go_through_need_not_be_typed_again(
    watch: Watch, site: str, assistant: StubAssistant
) -> None:
    page = watch.open(f"{site}/chat", locale="it")
    expect(page.locator(".bubble")).to_have_count(1)
    page.route("**/chat/send", lambda route: route.abort())
    page.get_by_role("textbox").fill("dove posso dormire?")
    page.keyboard.press("Enter")
    expect(page.locator(".bubble")).to_have_count(3)
    expect(page.get_by_role("textbox")).to_have_value("dove posso dormire?")
    watch.close()
    watch.expect("ERR_FAILED")


# -- both directions --


@pytest.mark.parametrize("language", ["it", *sorted(RIGHT_TO_LEFT)])
def test_italian_facts_stay_in_order(watch: Watch, site: str, assistant: StubAssistant, language: str) -> None:
    """Names, addresses, phone numbers, times: from left to right, also between letters that run from right to left."""
    page = conversation(watch.open, site, assistant, language)
    for fact in FACTS:
        orders = order_on_the_screen(page, fact)
        assert orders and set(orders) == {without_blanks(fact)}, fact
    directions = page.locator(".bubble.bot").evaluate_all("all => all.map(one => getComputedStyle(one).direction)")
    assert set(directions) == {"rtl" if language in RIGHT_TO_LEFT else "ltr"}


def test_disorder_would_be_seen(watch: Watch, site: str, assistant: StubAssistant) -> None:
    page = conversation(watch.open, site, assistant, "ar")
    page.evaluate(
        """() => document.querySelectorAll(".bubble.bot").forEach(one => {
            one.textContent = one.textContent.replace(/[\u2068\u2069]/g, "");
        })"""
    )
    wrong = [fact for fact in FACTS if set(order_on_the_screen(page, fact)) != {without_blanks(fact)}]
    assert {CARD["phones"][0], "800 290 290", "09:00-13:00, 15:00-18:00"} <= set(wrong)


@pytest.mark.parametrize(("language", "direction"), [("it", "ltr"), ("ar", "rtl")])
def test_the_page_looks_as_it_was_looked_at(
    watch: Watch, site: str, assistant: StubAssistant, language: str, direction: str
) -> None:
    """`scripts/chat_pictures.py` makes the kept pictures anew."""
    kept = {one: (KEPT / f"chat-{one}.png").read_bytes() for one in ("ltr", "rtl")}
    page = conversation(watch.open, site, assistant, language)
    assert difference(page.screenshot(), kept[direction]) <= MEAN_MOST
    page.locator("html").evaluate("one => { one.dir = one.dir === 'rtl' ? 'ltr' : 'rtl' }")
    assert difference(page.screenshot(), kept[direction]) > MEAN_MOST  # it can be seen when the page is turned round
