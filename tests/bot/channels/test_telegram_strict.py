"""The channel against the strict emulator: what it answers to each kind of update, and what it survives."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from bot.channels.telegram import end
from bot.payloads import sign
from bot.responses import safety_numbers, texts_of_domain
from bot.translations import translate
from storage.clock import utc_now
from storage.people import Profile, update_profile
from tests.bot.channels.conftest import Running
from tests.strict_telegram import BOT, Failure, Person, StrictTelegram

TEXTS = texts_of_domain()


@pytest.fixture
def person(telegram: StrictTelegram) -> Person:
    return telegram.person(77)


def menu(text: str = "menu", name: str = "utter_menu") -> dict[str, Any]:
    return {"text": text, "utter_action": name, "buttons": [{"title": "☰", "payload": "/menu"}]}


# -- each kind of update --


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ({"text": "where can I wash"}, "where can I wash"),
        (
            {"photo": [{"file_id": "1", "file_unique_id": "1", "width": 1, "height": 1}], "caption": "shower?"},
            "shower?",
        ),
        ({"text": "/city Latina"}, '/set_city{"city":"latina"}'),
        ({"text": "/language বাংলা"}, '/set_language{"language":"bn"}'),
        (
            {"text": "/start latina_night_shelter_ar"},
            '/start{"city":"latina","language":"ar","service":"night_shelter"}',
        ),
        ({"text": "/forget", "forward_origin": {"type": "hidden_user", "date": 1, "sender_user_name": "X"}}, "forget"),
        ({"location": {"latitude": 41.4, "longitude": 12.9}}, "/share_location"),
        (
            {"venue": {"location": {"latitude": 41.4, "longitude": 12.9}, "title": "t", "address": "a"}},
            "/share_location",
        ),
        ({"voice": {"file_id": "1", "file_unique_id": "1", "duration": 1}}, '/not_text{"content":"voice"}'),
        ({"photo": [{"file_id": "1", "file_unique_id": "1", "width": 1, "height": 1}]}, '/not_text{"content":"file"}'),
        ({"document": {"file_id": "1", "file_unique_id": "1"}}, '/not_text{"content":"file"}'),
        ({"contact": {"phone_number": "39", "first_name": "A"}}, '/not_text{"content":"contact"}'),
        (
            {
                "sticker": {
                    "file_id": "1",
                    "file_unique_id": "1",
                    "width": 1,
                    "height": 1,
                    "is_animated": False,
                    "is_video": False,
                    "type": "regular",
                }
            },
            '/not_text{"content":"sticker"}',
        ),
        (
            {
                "poll": {
                    "id": "1",
                    "question": "q",
                    "options": [],
                    "total_voter_count": 0,
                    "is_closed": False,
                    "is_anonymous": True,
                    "type": "regular",
                    "allows_multiple_answers": False,
                    "allows_revoting": True,
                }
            },
            '/not_text{"content":"other"}',
        ),
        ({"poll": {"of": "a Bot API to come"}}, '/not_text{"content":"other"}'),
        ({"text": "/"}, '/not_text{"content":"other"}'),
    ],
)
async def test_each_kind_of_message(running: Running, person: Person, content: dict[str, Any], told: str) -> None:
    person.send(**content)
    assert await running.answers(77, 1) == [f"re: {told}"]
    assert running.told == [told]
    place = [41.4, 12.9] if told == "/share_location" else None
    assert json.loads(json.dumps(running.metadata[0]["position"])) == place
    await running.until(lambda: not running.waiting())


async def test_what_has_no_answer(running: Running, telegram: StrictTelegram, person: Person) -> None:
    sent = person.write("hello")
    await running.answers(77, 1)
    person.edit(sent, "much later", later=3600)
    person.telegram.deliver(
        "edited_message", {**person.message(location={"latitude": 1, "longitude": 1}), "edit_date": 9}
    )
    person.send(new_chat_title="x")
    person.send(pinned_message=person.message(text="pinned"))
    channel = {"id": -100, "type": "channel", "title": "c"}
    telegram.deliver("channel_post", {"message_id": 1, "date": 1, "chat": channel, "text": "post"})
    telegram.deliver(
        "message", {**person.message(), "chat": {"id": -5, "type": "group", "title": "g"}, "migrate_to_chat_id": -1005}
    )
    telegram.deliver("poll", {"id": "1"})
    person.write("bye")
    assert await running.answers(77, 2) == ["re: hello", "re: bye"]
    await running.until(lambda: not running.waiting())
    assert running.told == ["hello", "bye"]


async def test_a_text_put_right_is_answered_again(running: Running, person: Person) -> None:
    sent = person.write("shwer")
    await running.answers(77, 1)
    person.edit(sent, "shower")
    assert await running.answers(77, 2) == ["re: shwer", "re: shower"]


async def test_a_text_put_right_before_it_was_read_is_read_once(running: Running, person: Person) -> None:
    running.seconds = 0.2
    person.write("first")
    await running.until(lambda: running.told)
    sent = person.write("shwer")
    person.edit(sent, "shower")
    assert await running.answers(77, 2) == ["re: first", "re: shower"]
    await running.silence()
    assert running.told == ["first", "shower"] and running.waiting() == []


GROUP = {"id": -9, "type": "supergroup", "title": "g"}


@pytest.mark.parametrize(
    ("text", "answered"),
    [
        ("hello everybody", False),
        ("@OrientaBot where can I eat?", True),
        ("@AnotherBot where can I eat?", False),
        ("/start@orientabot", True),
        ("/start@anotherbot", False),
        ("/menu", True),
        ("/rules", False),
    ],
)
async def test_in_a_group_only_when_addressed(
    running: Running, telegram: StrictTelegram, person: Person, text: str, answered: bool
) -> None:
    telegram.started.add(-9)
    first = text.split()[0]
    kind = {"/": "bot_command", "@": "mention"}.get(text[0])
    entities = [{"type": kind, "offset": 0, "length": len(first)}] if kind else []
    telegram.deliver("message", {**person.message(text=text, entities=entities), "chat": GROUP})
    person.write("alone")
    await running.answers(77, 1)
    if not answered:
        assert telegram.texts(-9) == []
        return
    (told,) = await running.answers(-9, 1)
    assert told == TEXTS["utter_group"].format(**safety_numbers())
    assert telegram.messages(-9)[0].buttons[0]["url"] == "https://t.me/OrientaBot?start="
    assert running.told == ["alone"], "what is said in a group never reaches the assistant"


async def test_in_a_group_an_answer_to_the_bot_addresses_it(
    running: Running, telegram: StrictTelegram, person: Person
) -> None:
    telegram.started.add(-9)
    said = {"message_id": 5, "date": 1, "chat": GROUP, "from": BOT, "text": "hi"}
    telegram.deliver("message", {**person.message(text="and food?"), "chat": GROUP, "reply_to_message": said})
    assert await running.answers(-9, 1)


async def test_inline_the_services_as_links(running: Running, telegram: StrictTelegram, person: Person) -> None:
    key = running.channel._keyring.person_key("tg", "77")
    update_profile(running.channel._sessions, utc_now, key, language="it", city="latina")
    asked = person.ask_inline("docc")
    await running.until(lambda: telegram.inline[asked] is not None)
    (only,) = telegram.inline[asked]
    assert only["title"] == f"🚿 {translate('it', 'Shower')} – Latina"
    assert only["input_message_content"]["message_text"].endswith("https://t.me/OrientaBot?start=latina_shower")
    everything = person.ask_inline("")
    await running.until(lambda: telegram.inline[everything] is not None)
    assert len(telegram.inline[everything]) == 20


async def test_whoever_blocks_the_bot_gets_nothing_more(
    running: Running, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone: list[str] = []
    monkeypatch.setattr("bot.channels.telegram.stop_writing_to", lambda sessions, key, channel: gone.append(key))
    person.write("hello")
    await running.answers(77, 1)
    person.block()
    await running.until(lambda: gone)
    person.telegram.deliver("message", person.message(text="a last one"))
    await running.until(lambda: len(gone) == 2)
    assert set(gone) == {running.channel._keyring.person_key("tg", "77")} and running.waiting() == []


# -- buttons --


async def test_the_answer_takes_the_place_of_the_question(
    running: Running, telegram: StrictTelegram, person: Person
) -> None:
    running.answer = lambda text: [menu(f"menu after {text}")] if text != "/menu" else [{"text": "the card"}]
    person.write("hello")
    await running.answers(77, 1)
    pressed = person.press("☰")
    assert await running.answers(77, 2) == ["menu after hello", "the card"]
    (message,) = telegram.messages(77)
    assert message.texts == ["menu after hello", "the card"] and message.buttons == []
    assert telegram.called("answerCallbackQuery") == [{"callback_query_id": pressed}]


async def test_an_answer_is_never_written_over_a_card_or_far_up_in_the_chat(
    running: Running, telegram: StrictTelegram, person: Person
) -> None:
    running.answer = lambda text: [menu("a card", "utter_service__found")] if text == "card" else [menu(text)]
    person.write("card")
    await running.answers(77, 1)
    person.press("☰")
    await running.answers(77, 2)
    old = telegram.messages(77)[-1]
    person.write("something else")
    await running.answers(77, 3)
    person.press("☰", old)
    await running.answers(77, 4)
    assert [one.texts for one in telegram.messages(77)] == [["a card"], ["/menu"], ["something else"], ["/menu"]]


async def test_the_same_menu_again_is_no_error(running: Running, telegram: StrictTelegram, person: Person) -> None:
    running.answer = lambda text: [menu()]
    person.write("hello")
    await running.answers(77, 1)
    for presses in (1, 2):
        person.press("☰")
        await running.until(lambda presses=presses: len(telegram.called("editMessageText")) == presses)
        await running.until(lambda: not running.waiting())
    assert telegram.texts(77) == ["menu"], "Telegram refuses an edit that changes nothing, and nothing was to change"


async def test_forged_and_borrowed_buttons_are_old_buttons(
    running: Running, telegram: StrictTelegram, person: Person
) -> None:
    other = telegram.person(78)
    theirs = sign("/confirm_deletion", running.channel._keyring.person_key("tg", "78"), running.channel._keyring)
    for data in ("confirm_deletion?answer=yes~AAAAAAAA", theirs, "", "x" * 64):
        person.press_data(data)
    assert await running.answers(77, 8, seconds=20) == [TEXTS["utter_stale"], "re: /menu"] * 4
    assert set(running.told) == {"/menu"}
    other.press_data(theirs)
    assert await running.answers(78, 1) == ["re: /confirm_deletion"]


async def test_a_press_is_acknowledged_at_once_and_a_double_press_is_one(
    running: Running, telegram: StrictTelegram, person: Person
) -> None:
    running.answer = lambda text: [menu()] if text == "hello" else [{"text": f"re: {text}"}]
    person.write("hello")
    await running.answers(77, 1)
    running.seconds = 2
    person.write("slow")
    await running.until(lambda: len(running.told) == 2)
    for _ in range(3):
        person.press("☰")
    await running.until(lambda: len(telegram.called("answerCallbackQuery")) == 3)
    assert len(telegram.texts(77)) == 1, "acknowledged before the message in front of it was answered"
    running.seconds = 0
    assert await running.answers(77, 3) == ["menu", "re: slow", "re: /menu"]
    await running.silence()
    assert len(running.told) == 3 and running.waiting() == []


async def test_typing_is_shown_only_when_it_takes_long(
    running: Running, telegram: StrictTelegram, person: Person
) -> None:
    person.write("quick")
    await running.answers(77, 1)
    assert telegram.called("sendChatAction") == []
    running.seconds = 0.6
    person.write("slow")
    await running.answers(77, 2)
    assert telegram.called("sendChatAction") == [{"chat_id": "77", "action": "typing"}]


async def test_a_place_with_coordinates_is_shown_on_a_map(
    running: Running, telegram: StrictTelegram, person: Person
) -> None:
    venue = {"latitude": 41.47, "longitude": 12.9, "title": "Mensa", "address": "Via Cicerone 114"}
    running.answer = lambda text: [{"text": "card", "venue": venue}]
    person.write("food")
    await running.until(lambda: telegram.called("sendVenue"))
    (sent,) = telegram.called("sendVenue")
    assert (sent["latitude"], sent["longitude"], sent["title"]) == ("41.47", "12.9", "Mensa")


# -- limits --


async def test_fifty_messages_at_once_get_few_answers(
    running: Running, telegram: StrictTelegram, person: Person
) -> None:
    running.seconds = 0.05
    for number in range(50):
        person.write(f"line {number}")
    await running.until(lambda: running.told and not running.waiting())
    assert len(telegram.texts(77)) == len(running.told) <= 3
    assert "\n".join(running.told) == "\n".join(f"line {number}" for number in range(50)), "none is lost"
    assert telegram.floods == 0


async def test_fifty_commands_at_once_each_get_one_answer(running: Running, person: Person) -> None:
    running.seconds = 0.05
    for number in range(50):
        person.write("/menu" if number % 2 else "/help")
    await running.until(lambda: running.told and not running.waiting())
    assert sorted(set(running.told)) == ["/help", "/menu"] and len(running.told) <= 3


async def test_many_chats_and_many_messages_stay_within_the_limits(running: Running, telegram: StrictTelegram) -> None:
    people = [telegram.person(number) for number in range(100, 145)]
    for one in people:
        one.write("hello")
    for one in people:
        await running.answers(one.chat_id, 1)
    running.answer = lambda text: [{"text": f"{text} {part}"} for part in range(8)]
    people[0].write("eight parts")
    assert await running.answers(100, 9) == ["re: hello", *(f"eight parts {part}" for part in range(8))]
    assert telegram.floods == 0


async def test_a_long_answer_comes_in_parts(running: Running, telegram: StrictTelegram, person: Person) -> None:
    running.answer = lambda text: [menu("😀 ሰላም። " * 900)]
    person.write("much")
    first, second = await running.answers(77, 2)
    assert first.endswith("።") and (first + " " + second).split() == ["😀", "ሰላም።"] * 900
    assert [bool(one.buttons) for one in telegram.messages(77)] == [False, True]


# -- what goes wrong --


@pytest.mark.parametrize(
    "failures",
    [
        [Failure("429", retry_after=1)],
        [Failure("500"), Failure("502")],
        [Failure("reset"), Failure("reset")],
    ],
    ids=lambda failures: failures[0].kind,
)
async def test_an_answer_that_failed_is_sent_again_once(
    running: Running, telegram: StrictTelegram, person: Person, failures: list[Failure]
) -> None:
    telegram.fail("sendMessage", *failures)
    person.write("hello")
    person.write("again")
    assert await running.answers(77, 2) == ["re: hello", "re: again"]
    assert running.told == ["hello", "again"], "the assistant was asked once"
    assert len(telegram.called("sendMessage")) == 2 + len(failures)


async def test_a_flood_wait_is_kept_for_every_chat(running: Running, telegram: StrictTelegram, person: Person) -> None:
    telegram.fail("sendMessage", Failure("429", retry_after=2))
    person.write("hello")
    await running.until(lambda: telegram.called("sendMessage"))
    telegram.person(78).write("hello")
    await running.answers(78, 1)
    first, *later = [at for at, method, _ in telegram.calls if method == "sendMessage"]
    assert min(later) - first >= 2


async def test_polling_survives_everything(running: Running, telegram: StrictTelegram, person: Person) -> None:
    telegram.fail("getUpdates", Failure("500"), Failure("reset"))
    person.write("hello")
    assert await running.answers(77, 1, seconds=15) == ["re: hello"]


async def test_twice_and_in_the_wrong_order(running: Running, telegram: StrictTelegram, person: Person) -> None:
    telegram.duplicates, telegram.backwards = 2, True
    for text in ("one", "two", "three"):
        person.write(text)
    assert await running.answers(77, 3) == ["re: one", "re: two", "re: three"]
    await running.silence()
    assert running.told == ["one", "two", "three"]


async def test_a_turn_that_fails_is_said(running: Running, person: Person) -> None:
    def broken(text: str) -> list[dict[str, Any]]:
        raise ValueError(text)

    running.answer = broken
    person.write("hello")
    (told,) = await running.answers(77, 1)
    assert told == TEXTS["utter_technical_problem"].format(**safety_numbers())


async def test_a_task_that_loses_a_cancellation_is_ended_all_the_same() -> None:
    lost = []

    async def deaf() -> None:
        while True:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                if lost:
                    raise
                lost.append("once")

    task = asyncio.ensure_future(deaf())
    await asyncio.sleep(0)
    await asyncio.wait_for(end(task), 10)
    assert task.cancelled() and lost == ["once"]


async def test_killed_while_the_assistant_thinks(running: Running, person: Person) -> None:
    running.seconds = 30
    person.write("hello")
    await running.until(lambda: running.told)
    await running.kill()
    running.seconds = 0
    await running.start()
    assert await running.answers(77, 1) == ["re: hello"]


async def test_killed_while_the_answers_are_sent(running: Running, telegram: StrictTelegram, person: Person) -> None:
    """The second process sends the rest; the assistant, which has booked something perhaps, is not asked again."""
    running.answer = lambda text: [{"text": part} for part in ("one", "two", "three")]
    person.write("hello")
    telegram.fail("sendMessage", Failure("429", retry_after=60))
    await running.until(lambda: telegram.called("sendMessage"))
    await running.kill()
    assert "one" in running.waiting()[0]
    await running.start()
    assert await running.answers(77, 3) == ["one", "two", "three"]
    await running.until(lambda: not running.waiting())
    assert running.told == ["hello"]


async def test_by_webhook_from_the_first_moment_on(running: Running, telegram: StrictTelegram, person: Person) -> None:
    """What arrives before Telegram told who the bot is waits; what comes twice is answered once."""
    await running.kill()
    running.settings = running.settings.copy(update={"telegram_mode": "webhook", "webhook_url": "https://orienta.test"})
    telegram.fail("setWebhook", Failure("500"))
    await running.start()
    early, later = ({"update_id": id_, "message": person.message(text=f"text {id_}")} for id_ in (1, 2))
    running.channel._take(early)
    assert not running.channel._ready and running.told == []
    await running.until(lambda: telegram.webhook)
    assert telegram.webhook == {
        "url": "https://orienta.test/webhooks/telegram/webhook",
        "secret": running.channel._secret,
    }
    for update in (early, later, later):
        running.channel._take(update)
    assert await running.answers(77, 2) == ["re: text 1", "re: text 2"]
    await running.silence()
    assert running.told == ["text 1", "text 2"]


async def test_the_language_outside_the_dialogue(running: Running, telegram: StrictTelegram) -> None:
    """Chosen, else as their Telegram is set, else English."""
    key = running.channel._keyring.person_key("tg", "81")
    assert running.channel._profile(key) == Profile()
    update_profile(running.channel._sessions, utc_now, key, language="so")
    for chat_id, code, language in ((80, "pt-br", "pt"), (81, "it", "so"), (82, "xx", "en")):
        telegram.person(chat_id, code).press_data("old~AAAAAAAA")
        assert (await running.answers(chat_id, 1))[0] == translate(language, TEXTS["utter_stale"])
