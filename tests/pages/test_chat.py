"""The web chat over HTTP: what it takes from a page, what it tells the assistant, what it gives back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from appointments import booking
from bot.translations import translate
from console.chat import COOKIE, MAX_BODY_BYTES, OFFLINE
from orienta.web import create_web_app
from storage.database import SessionFactory
from storage.keys import load_keyring
from storage.settings import Settings
from tests.conftest import FixedClock, free_port
from tests.pages.conftest import book, open_shops
from tests.pages.servers import StubAssistant, serving

OFFLINE_IN_ITALIAN = translate("it", OFFLINE).format(emergency="112")


@pytest.fixture
def assistant() -> StubAssistant:
    return StubAssistant()


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return Settings(database_url=database_url, data_dir=tmp_path, secret_key="s" * 32, port=free_port())


@contextmanager
def pages(settings: Settings, clock: FixedClock, **headers: str) -> Iterator[TestClient]:
    """A browser that has opened the page."""
    app = create_web_app(settings, clock)
    with TestClient(app, headers=headers, raise_server_exceptions=False) as client:
        client.get("/chat")
        yield client


@pytest.fixture
def chat(
    assistant: StubAssistant, settings: Settings, clock: FixedClock, sessions: SessionFactory
) -> Iterator[TestClient]:
    with (
        serving(assistant.app, settings.port),
        pages(settings, clock, **{"accept-language": "it-IT,it;q=0.9"}) as client,
    ):
        yield client


def say(chat: TestClient, **body: object) -> list[dict[str, object]]:
    answer = chat.post("/chat/send", json=body)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["messages"])


def test_text_and_answer(chat: TestClient, assistant: StubAssistant) -> None:
    buttons = [{"title": "Menu", "payload": "/menu", "row": "navigation"}]
    assistant.answers["dove posso lavarmi"] = [{"text": "Docce", "buttons": buttons}, {"text": "Altro"}]
    assert say(chat, text="dove posso lavarmi") == [
        {"text": "Docce", "buttons": buttons},
        {"text": "Altro", "buttons": []},
    ]


def test_a_file_comes_with_its_name(chat: TestClient, assistant: StubAssistant) -> None:
    file = {"name": "sole-mare-12.ics", "type": "text/calendar", "content": "BEGIN:VCALENDAR"}
    assistant.answers["/x"] = [{"text": "Open it", "buttons": []}, {"attachment": file}]
    assert say(chat, payload="/x") == [{"text": "Open it", "buttons": []}, {"text": "", "buttons": [], "file": file}]


def test_the_assistant_is_told_a_pseudonym_and_an_encrypted_address(
    chat: TestClient, assistant: StubAssistant, settings: Settings
) -> None:
    say(chat, text="ciao")
    body, keyring, cookie = assistant.heard[0], load_keyring(settings), chat.cookies[COOKIE]
    assert body["sender"] == keyring.person_key("web", cookie)
    assert body["metadata"]["channel"] == "web" and body["metadata"]["language_code"] == "it"
    assert keyring.decrypt(body["metadata"]["address"]) == body["sender"]
    assert cookie not in str(body)


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("ciao", "ciao"),
        ("/start", "/start"),
        ("/LANGUAGE", "/set_language"),
        ('/confirm_deletion{"answer":"yes"}', 'confirm_deletion{"answer":"yes"}'),
        ("/restart", "restart"),
        ("//restart", "restart"),
        (" / /restart", "restart"),
        ("গোসল করব কোথায়", "গোসল করব কোথায়"),
        ("😀", "😀"),
    ],
)
def test_what_is_typed_is_never_an_intent(chat: TestClient, assistant: StubAssistant, typed: str, told: str) -> None:
    say(chat, text=typed)
    assert assistant.messages == [told]


def test_a_button_is(chat: TestClient, assistant: StubAssistant) -> None:
    say(chat, payload='/set_city{"city":"latina"}', text="ignored")
    say(chat, payload="no slash", text="typed")
    assert assistant.messages == ['/set_city{"city":"latina"}', "typed"]


@pytest.mark.parametrize(
    "body", [{}, {"text": ""}, {"text": "  "}, {"text": None}, {"text": 7}, {"text": ["x"]}, {"payload": 1}]
)
def test_nothing_typed_is_nothing_told(chat: TestClient, assistant: StubAssistant, body: dict[str, object]) -> None:
    assert say(chat, **body) == []
    assert assistant.heard == []


@pytest.mark.parametrize(
    "body",
    [
        b"", b"text=ciao", b"[]", b'"ciao"', b"null", b"7", b"\xff\xfe", b'{"text": "',
        pytest.param(b"[" * 50_000, id="deep list"), pytest.param(b'{"a":' * 30_000, id="deep object"),
    ],
)  # fmt: skip
def test_a_body_that_is_no_message_is_refused(chat: TestClient, assistant: StubAssistant, body: bytes) -> None:
    assert chat.post("/chat/send", content=body).status_code == 400
    assert assistant.heard == []


def test_half_a_character_is_answered(chat: TestClient) -> None:
    answer = chat.post("/chat/send", content=b'{"text": "\\ud800"}')
    assert answer.status_code == 200
    assert answer.json()["messages"]


def test_a_body_that_is_too_long_is_refused(chat: TestClient, assistant: StubAssistant) -> None:
    assert chat.post("/chat/send", json={"text": "x" * MAX_BODY_BYTES}).status_code == 413
    parts = (b"x" * 1000 for _ in range(MAX_BODY_BYTES // 1000 + 1))
    assert chat.post("/chat/send", content=parts).status_code == 413  # its length is not said beforehand
    assert assistant.heard == []


def test_without_the_page_there_is_no_conversation(chat: TestClient, assistant: StubAssistant) -> None:
    chat.cookies.clear()
    assert chat.post("/chat/send", json={"text": "ciao"}).status_code == 400
    assert chat.get("/chat/notices").json() == {"messages": []}
    assert assistant.heard == []


def test_the_cookie(settings: Settings, clock: FixedClock) -> None:
    with TestClient(create_web_app(settings, clock)) as client:
        first = client.get("/chat").headers["set-cookie"]
        flags = {flag.strip().casefold() for flag in first.split(";")[1:]}
        assert flags >= {"httponly", "samesite=strict", "path=/chat"}
        assert "set-cookie" not in client.get("/chat").headers  # the conversation goes on
    with TestClient(create_web_app(settings, clock)) as other:
        assert other.get("/chat").headers["set-cookie"].partition(";")[0] != first.partition(";")[0]


@pytest.mark.parametrize(
    ("wish", "language", "direction"),
    [
        ("it", "it", "ltr"),
        ("ar-SY,ar;q=0.9,en;q=0.8", "ar", "rtl"),
        ("BN_BD", "en", "ltr"),
        ("bn-BD", "bn", "ltr"),
        ("tlh, uk;q=0.5", "uk", "ltr"),
        ("tlh", "en", "ltr"),
        ("*", "en", "ltr"),
        ("", "en", "ltr"),
        (";;,,-", "en", "ltr"),
    ],
)
def test_the_page_is_in_the_browsers_language(
    settings: Settings, clock: FixedClock, wish: str, language: str, direction: str
) -> None:
    with pages(settings, clock, **{"accept-language": wish}) as client:
        page = client.get("/chat").text
    assert f'<html lang="{language}" dir="{direction}">' in page
    label = re.search(r'placeholder="([^"]+)"', page)
    assert label and label[1] == translate(language, "Write here")


def test_assistant_down(settings: Settings, clock: FixedClock) -> None:
    with pages(settings, clock, **{"accept-language": "it"}) as client:
        assert say(client, text="ciao") == [{"text": OFFLINE_IN_ITALIAN, "buttons": []}]


def test_assistant_in_trouble(chat: TestClient, assistant: StubAssistant) -> None:
    offline = [{"text": OFFLINE_IN_ITALIAN, "buttons": []}]
    assistant.answers["silence"] = []
    assert say(chat, text="silence") == offline
    assistant.status = 500
    assert say(chat, text="ciao") == offline


def test_database_down(assistant: StubAssistant, tmp_path: Path, clock: FixedClock) -> None:
    """The conversation goes on as far as the assistant does; the page is told of no notices."""
    url = f"postgresql://orienta@127.0.0.1:{free_port()}/orienta"
    settings = Settings(database_url=url, data_dir=tmp_path, secret_key="s" * 32, port=free_port())
    with serving(assistant.app, settings.port), pages(settings, clock) as client:
        assert say(client, text="ciao") == [{"text": "You said: ciao", "buttons": []}]
        assert client.get("/chat/notices").json() == {"messages": []}


def test_notices_come_once_and_to_their_person(
    chat: TestClient, settings: Settings, clock: FixedClock, sessions: SessionFactory, tmp_path: Path
) -> None:
    open_shops(sessions, tmp_path / "shops")
    person = load_keyring(settings).person_key("web", chat.cookies[COOKIE])
    appointment = book(sessions, clock, person, channel="web", language="it")
    other = book(sessions, clock, "web-somebody", channel="web", language="it")
    for one in (appointment, other):
        booking.set_status(sessions, clock, appointment_id=one.id, city="latina", status="confirmed", staff="anna")
    (notice,) = chat.get("/chat/notices").json()["messages"]
    assert appointment.code in notice["text"] and other.code not in notice["text"]
    assert notice["buttons"][0]["payload"] == "/view_appointment"
    assert chat.get("/chat/notices").json() == {"messages": []}
