"""What Telegram offers, through the whole of Orienta: links, a shared location, what is kept and how it goes."""

from __future__ import annotations

from sqlalchemy import inspect, text

from bot.responses import texts_of_domain
from bot.translations import translate
from storage.keys import load_keyring
from tests.conversation.stack import Stack
from tests.conversation.test_whole_path import ADDRESS, book_a_shower
from tests.telegram_emulator import TelegramPerson

TEXTS = texts_of_domain()


def test_a_link_leads_straight_to_the_service_in_its_language(person: TelegramPerson) -> None:
    person.write("/start latina_shower_ar")
    welcome, card = person.read()
    assert welcome == translate("ar", TEXTS["utter_welcome"])
    assert ADDRESS in card and translate("ar", "Shower") in card


def test_a_link_does_not_overrule_a_chosen_language(settled: TelegramPerson) -> None:
    settled.write("/start latina_shower_ar")
    assert settled.read()[0] == TEXTS["utter_welcome"]


def test_a_location_is_a_city(person: TelegramPerson) -> None:
    person.write("I need a shower please")
    assert person.read()[-1] == TEXTS["utter_ask_city"]
    person.send({"location": {"latitude": 41.46, "longitude": 12.91}})
    city, card = person.read()
    assert city == "Good. Your city: Latina." and ADDRESS in card
    person.send({"location": {"latitude": 41.9, "longitude": 14.8}})
    assert person.read()[0].startswith("I do not know the place where you are. The nearest city that I know: ")


def test_what_is_kept_is_shown_and_goes(stack: Stack, settled: TelegramPerson) -> None:
    settled.press("find_service?service=shower")
    settled.read()
    _, code = book_a_shower(settled)
    settled.write("/mydata")
    (kept,) = settled.read()
    assert kept.splitlines()[0] == TEXTS["utter_my_data"]
    assert "🌐 Language: English" in kept and "🏙 City: Latina" in kept and "🗓 My appointments: Shower, " in kept
    settled.write("/forget")
    (question,) = settled.read()
    assert question.splitlines()[0] == TEXTS["utter_ask_deletion__confirm"]
    assert "🗓 My appointments: Shower, " in question
    settled.press("confirm_deletion?answer=yes")
    assert settled.read() == [TEXTS["utter_deletion__done"]]

    person_key = load_keyring(stack.settings).person_key("tg", str(settled.chat_id))
    with stack.sessions() as session:
        for table in inspect(session.get_bind()).get_table_names():
            for row in session.execute(text(f"SELECT * FROM {table}")):
                assert not any(trace in str(row) for trace in (person_key, code, str(settled.chat_id)))
    for file in stack.settings.data_dir.rglob("*"):
        if file.is_file():
            content = file.read_bytes()
            assert person_key.encode() not in content and code.encode() not in content, file
            assert file.suffix != ".log" or str(settled.chat_id).encode() not in content
    settled.write("/mydata")
    assert settled.read() == [TEXTS["utter_my_data__none"]]
