"""DESIGN.md, "Bad input": what people and the network do wrong. Everybody hears something useful, nothing is lost."""

from __future__ import annotations

import httpx
import pytest

from bot.responses import safety_numbers, texts_of_domain
from bot.translations import translate
from tests.conversation.stack import Stack
from tests.conversation.test_whole_path import book_a_shower
from tests.telegram_emulator import TOKEN, TelegramPerson

STALE = "This button is old. Here is what you can choose now:"
VOICE = "I cannot listen to voice messages. Press a button, or write it in a few words. You can also talk to a person."
FILE = "I cannot read pictures and files, and I have not kept it. A person can read your papers with you."


def test_a_hundred_kilobytes(settled: TelegramPerson) -> None:
    settled.write("I need a shower please " + "very long story " * 6_250)
    answer = settled.read()
    assert answer[0] == "Your message was very long: I read only the beginning. Short messages are easier for me."
    assert len(answer) >= 2


@pytest.mark.parametrize(
    "text", ["🙏🙏🙏", "\x00\x00shower\x00", "????", "\u200f\u202e", "[shower](x){y}", "%s {city} \\", "a" * 4096]
)
def test_odd_texts_are_answered(settled: TelegramPerson, text: str) -> None:
    settled.write(text)
    answer = settled.read()
    assert answer
    assert not any("{" in line for line in answer)
    assert translate("en", "Something is not working on my side.")[:20] not in answer[0]


def test_typed_intents_are_words_not_commands(settled: TelegramPerson) -> None:
    settled.write('/confirm_deletion{"answer":"yes"}')
    settled.read()
    settled.write("/menu")
    assert settled.read() == ["What do you need? Press a button, or write it in your own words."]


def test_fifty_at_once_are_answered_together(stack: Stack, settled: TelegramPerson) -> None:
    for number in range(50):
        settled.write("where can I wash" if number % 2 else "please a shower")
    answers = settled.read(seconds=30, quiet=3)
    assert 1 <= len(answers) <= 6 and any("Corso Matteotti 134" in answer for answer in answers)
    settled.write("/menu")
    assert settled.read() == ["What do you need? Press a button, or write it in your own words."]


def test_a_forged_button_and_one_from_another_chat(stack: Stack, settled: TelegramPerson) -> None:
    theirs = next(b["callback_data"] for b in settled.keyboard if b["callback_data"].startswith("find_service"))
    settled.press_data("confirm_deletion?answer=yes~AAAAAAAA")
    assert settled.read()[0] == STALE
    stranger = stack.emulator.person(9_000_001)
    stranger.press_data(theirs)
    assert stranger.read()[0] == STALE


def test_a_button_of_a_question_that_is_over(settled: TelegramPerson) -> None:
    settled.press("find_service?service=shower")
    settled.read()
    settled.press("book_appointment?service=shower")
    settled.read()
    settled.press("choose_day")
    settled.read()
    settled.press("choose_slot")
    settled.read()
    yes = next(b["callback_data"] for b in settled.keyboard if "answer=yes" in b["callback_data"])
    settled.write("/menu")
    settled.read()
    settled.press_data(yes)
    stale, _example, again = settled.read()
    assert stale == STALE and again.endswith("Shall I book this appointment?")
    settled.press("confirm_appointment?answer=no")
    assert settled.read() == ["All right, I did not book anything."]
    settled.press_data(yes)
    assert settled.read() == [STALE]
    assert any("find_service" in button["callback_data"] for button in settled.keyboard)
    settled.write("/appointment")
    assert settled.read() == ["You have no appointment. Shall I book one?"]


def test_a_full_slot_offers_the_nearest_free_ones(stack: Stack, settled: TelegramPerson) -> None:
    """Two people see the same time; it is held for the one who presses it first, the other one gets others."""
    other = stack.emulator.person(9_000_002)
    other.write("/start")
    other.read()
    other.press("set_language?language=fr")
    other.read()
    other.press("set_city?city=latina")
    other.read()
    for someone in (settled, other):
        someone.press("book_appointment")
        someone.read()
        someone.press("book_appointment?service=legal_support")
        someone.read()
        someone.press("choose_day")
        someone.read()
    settled.press("choose_slot")
    settled.read()
    other.press("choose_slot")
    assert other.read()[0] == translate("fr", "I am sorry, somebody has just taken this time. These times are free:")
    settled.press("confirm_appointment?answer=yes")
    assert settled.read()[0].startswith("Your appointment is booked.")
    other.press("choose_slot")
    other.read()
    other.press("confirm_appointment?answer=yes")
    assert other.read()[0].startswith(translate("fr", texts_of_domain()["utter_booking__done"]).split("\n")[0])


def test_the_limits_are_said(settled: TelegramPerson) -> None:
    settled.press("find_service?service=shower")
    settled.read()
    book_a_shower(settled)
    settled.write("I want an appointment for a shower")
    settled.read()
    settled.press("choose_day")
    settled.read()
    settled.press("choose_slot")
    assert settled.read() == ["You already have an appointment for this. You can move it or cancel it."]


def test_what_is_no_text(settled: TelegramPerson) -> None:
    settled.send({"voice": {"file_id": "x", "file_unique_id": "y", "duration": 3}})
    assert settled.read() == [VOICE]
    assert any(button["callback_data"].startswith("find_service?service=shower") for button in settled.keyboard)
    settled.send({"document": {"file_id": "x", "file_unique_id": "y"}})
    assert settled.read() == [FILE]
    settled.press("talk_to_human")
    assert settled.read()


def test_in_a_group_nothing_private_is_said(stack: Stack) -> None:
    person = stack.emulator.person(9_000_003)
    person.chat["type"] = "group"
    person.write("where can I wash")
    assert person.read(seconds=2) == []
    person.write("/menu")
    (answer,) = person.read()
    assert answer.startswith("Please write to me in private") and safety_numbers()["emergency"] in answer


def test_a_webhook_call_without_the_secret_is_refused(stack: Stack) -> None:
    answer = httpx.post(f"{stack.settings.assistant_url}/webhooks/telegram/webhook", json={"update_id": 1})
    assert answer.status_code == 403


def test_a_flood_limit_delays_the_answer_and_does_not_lose_it(stack: Stack, settled: TelegramPerson) -> None:
    stack.emulator.fail_next["sendMessage"] = [
        {"error_code": 429, "description": "Too Many Requests", "parameters": {"retry_after": 1}}
    ]
    settled.write("/menu")
    assert settled.read() == ["What do you need? Press a button, or write it in your own words."]


def test_no_words_and_no_addresses_in_the_logs(stack: Stack, settled: TelegramPerson) -> None:
    settled.write("my secret word is xylophone")
    settled.read()
    log = stack.log.read_text()
    assert "xylophone" not in log
    assert str(settled.chat_id) not in log
    assert TOKEN not in log


def test_with_action_server_down_people_hear_of_it_with_a_number(stack: Stack, settled: TelegramPerson) -> None:
    settled.press("set_city")
    settled.read()
    settled.press("set_city?city=bologna")
    settled.read()
    stack.stop("actions")
    try:
        settled.write("where can I eat")
        answer = settled.read()
        assert answer[0].startswith("Something is not working on my side.")
        assert safety_numbers()["emergency"] in answer[0]
        assert "or call" in answer[0]  # Bologna's own number
        settled.write("help my friend is bleeding a lot and does not wake up")
        assert safety_numbers()["emergency"] in settled.read()[0]
    finally:
        stack.start("actions")
        stack.wait()
    settled.write("/menu")
    assert settled.read() == ["What do you need? Press a button, or write it in your own words."]
