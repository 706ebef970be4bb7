"""The main job: from /start to an appointment that the staff confirm, in each language that Orienta writes."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from actions.languages import WRITTEN_LANGUAGES
from bot.responses import safety_numbers, texts_of_domain
from bot.translations import translate
from storage.clock import ROME
from tests.conversation.stack import Stack, appointment_id, desk_code, running_stack
from tests.telegram_emulator import WEBHOOK_URL, Emulator, TelegramPerson

WHERE_CAN_I_WASH = {
    "it": "scusi dove posso lavarmi",
    "en": "please where can i wash myself",
    "fr": "svp où est ce que je peux me laver",
    "ar": "وين فيني اتحمم لو سمحت",
    "bn": "ভাই গোসল করব কোথায়",
    "pa": "ਜੀ ਮੈਂ ਕਿੱਥੇ ਨਹਾ ਸਕਦਾ ਹਾਂ",
    "uk": "підкажіть де можна помитися",
    "es": "disculpe dónde me puedo bañar",
    "pt": "por favor onde posso tomar banho",
    "ro": "vă rog unde pot face un duș",
    "sq": "ju lutem ku mund të lahem në dush",
    "fa": "ببخشید کجا می‌توانم دوش بگیرم",
    "tr": "nerede duş alabilirim acaba",
    "ru": "подскажите где можно помыться в душе",
    "ur": "بھائی نہانے کی جگہ کہاں ہے",
    "hi": "भाई नहाने की जगह कहाँ है",
    "zh": "请问哪里可以洗澡",
    "so": "fadlan xaggee ku maydhan karaa",
    "ti": "በጃኹም ኣበይ ክሕጸብ እኽእል ሻወር",
    "am": "እባክዎ የት ሻወር መውሰድ እችላለሁ",
}
ADDRESS = "Corso Matteotti 134"
BOOKED, CONFIRMED, WELCOME = (
    texts_of_domain()[name] for name in ("utter_booking__done", "utter_notice__confirmed", "utter_welcome")
)


def book_a_shower(person: TelegramPerson) -> tuple[str, str]:
    """From a card with the button "book": press through to the answer with the desk code. Returns both."""
    person.press("book_appointment?service=shower")
    person.read()
    person.press("choose_day")
    person.read()
    person.press("choose_slot")
    person.read()
    person.press("confirm_appointment?answer=yes")
    answer = person.read()[0]
    return answer, desk_code(answer)


def the_next_days(stack: Stack, code: str) -> tuple[str, str]:
    """The staff's page on which the code stands, and its day."""
    staff = stack.staff()
    for ahead in range(15):
        day = (datetime.now(ROME).date() + timedelta(days=ahead)).isoformat()
        page = staff.get("/appointments", params={"day": day}).text
        if code in page:
            return page, day
    raise AssertionError(f"{code} stands on no page of the next two weeks")


def test_words_for_every_language() -> None:
    assert set(WHERE_CAN_I_WASH) == set(WRITTEN_LANGUAGES)


@pytest.mark.parametrize("language", WRITTEN_LANGUAGES)
def test_from_start_to_a_confirmed_appointment(stack: Stack, person: TelegramPerson, language: str) -> None:
    walk_the_whole_path(stack, person, language)


def walk_the_whole_path(stack: Stack, person: TelegramPerson, language: str) -> None:
    person.write("/start")
    assert person.read() == [translate("en", "Choose your language.")]
    person.press(f"set_language?language={language}")
    welcome, ask_city = person.read()
    assert welcome == translate(language, WELCOME)
    assert ask_city == translate(language, "Which city are you in?")
    person.press("set_city?city=latina")
    _city, menu = person.read()
    assert menu == translate(language, "What do you need? Press a button, or write it in your own words.")

    person.write(WHERE_CAN_I_WASH[language])
    card = "\n".join(person.read())
    assert ADDRESS in card
    assert translate(language, "Shower") in card

    answer, code = book_a_shower(person)
    assert answer.startswith(translate(language, BOOKED).split("\n")[0])
    assert ADDRESS in answer

    page, day = the_next_days(stack, code)
    assert "da confermare" in page
    staff = stack.staff()
    id_ = appointment_id(page, code)
    page = staff.post(f"/appointments/{id_}/confirmed", params={"day": day, "city": "latina"}).text
    row = next(part for part in page.split("<tr") if code in part)
    assert "confermato" in row

    notice = "\n".join(person.read(seconds=15))
    first_line = translate(language, CONFIRMED).split("\n")[0]
    assert first_line in notice and code in notice

    person.write("/appointment")
    assert translate(language, "Confirmed by the one-stop shop") in person.read()[0]
    person.press("cancel_appointment")
    person.read()
    person.press("confirm_cancellation?answer=yes")
    assert person.read() == [translate(language, "Your appointment is cancelled.")]
    page, _ = the_next_days(stack, code)
    assert "annullato" in next(part for part in page.split("<tr") if code in part)


def test_language_and_city_survive_a_restart(stack: Stack, settled: TelegramPerson) -> None:
    settled.write("/language")
    settled.read()
    settled.press("set_language?language=fr")
    settled.read()
    stack.stop()
    stack.start()
    settled.write("/menu")
    menu = settled.read(seconds=40)
    assert menu == [translate("fr", "What do you need? Press a button, or write it in your own words.")]
    settled.press("find_service?service=shower")
    assert ADDRESS in settled.read()[0]


def test_the_city_is_asked_once_and_the_question_goes_on(person: TelegramPerson, stack: Stack) -> None:
    person.write("where can I wash my clothes?")
    assert person.read()[-1] == "Which city are you in?"
    person.write("Latina")
    assert "Laundry – Latina" in "\n".join(person.read())


def test_a_procedure_is_told_and_the_city_asked_when_it_matters(person: TelegramPerson) -> None:
    person.write("how do i renew my permesso di soggiorno")
    assert person.read()[-1].startswith("Residence permit\n\nIt is the paper that lets people")
    person.press("ask_procedure?k=residence_permit&p=cost")
    assert person.read()[-1] == "Which city are you in?"
    person.write("Latina")
    answer = person.read()[-1]
    assert answer.startswith("Residence permit: Cost\n\nSomething here is not confirmed yet.")
    assert "Via Bortolo Terzariol 7, Latina" in answer


def test_language_and_city_are_one_tap_away(settled: TelegramPerson) -> None:
    settled.press("find_service?service=shower")
    settled.read()
    titles = [button["text"] for button in settled.keyboard]
    assert {"☰ Menu", "🌐 Language", "🏙 City"} <= set(titles)
    settled.press("set_city")
    settled.read()
    settled.press("set_city?city=palermo")
    assert settled.read()[0] == "Good. Your city: Palermo."
    settled.press("find_service?service=shower")
    assert "Shower – Palermo" in settled.read()[0]


def test_a_city_without_an_entry_says_so_and_names_somebody(settled: TelegramPerson) -> None:
    settled.write("where can I take a shower in Potenza")
    answer = settled.read()
    assert "I do not know any place for this yet" in answer[0]
    assert "📞" in "\n".join(answer[1:])


def test_moving_an_appointment(stack: Stack, settled: TelegramPerson) -> None:
    settled.press("find_service?service=shower")
    settled.read()
    before, code = book_a_shower(settled)
    settled.press("reschedule_appointment")
    settled.read()
    # On another day: of today perhaps no other time is left.
    another = [button for button in settled.keyboard if button["callback_data"].startswith("choose_day")][1]
    settled.press_data(another["callback_data"])
    settled.read()
    settled.press("choose_slot")
    settled.read()
    settled.press("confirm_appointment?answer=yes")
    after = settled.read()[0]
    assert after.startswith("Your appointment is moved.")
    assert desk_code(after) == code and after.splitlines()[2] != before.splitlines()[2]


def test_danger_in_another_language_than_that_of_their_telegram(stack: Stack, person: TelegramPerson) -> None:
    """A guess from Telegram's settings is no choice: who writes in Bengali is answered in Bengali."""
    person.write("/start")
    assert person.read() == ["Choose your language."]
    person.write("বাঁচান আমার ভাই শ্বাস নিচ্ছে না")
    number = safety_numbers()["emergency"]
    assert person.read()[0] == translate("bn", texts_of_domain()["utter_emergency"]).format(emergency=number)


def test_erasure(settled: TelegramPerson) -> None:
    settled.write("/forget")
    assert "Shall I delete everything?" in settled.read()[0]
    settled.press("confirm_deletion?answer=yes")
    assert settled.read() == ["I have deleted everything about you."]
    settled.write("/start")
    assert settled.read() == ["Choose your language."]


def test_by_webhook_on_postgresql(
    emulator: Emulator, postgres_url: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The same path in the other mode on the other database; each update is delivered twice and answered once."""
    emulator.polls = False
    emulator.deliveries = 2
    behind = emulator.behind_tls
    settings = {"telegram_mode": "webhook", "webhook_url": WEBHOOK_URL}
    try:
        url = f"{postgres_url}/postgres"
        with running_stack(emulator, tmp_path_factory.mktemp("webhook"), url, **settings) as stack:
            emulator.wait_for_webhook()
            walk_the_whole_path(stack, emulator.person(8_000_001), "uk")
    finally:
        emulator.behind_tls = behind
        emulator.back_to_polling()
