"""The command line: what it does, and one clear line when it cannot."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import Result
from sqlalchemy import func, select
from typer.testing import CliRunner

from appointments.booking import appointments_of, book
from appointments.calendar_files import feed
from appointments.desk import check_in, set_note
from appointments.interpreters import prefer
from appointments.models import Appointment
from appointments.shops import load_shops
from console.accounts import Account, AccountCity, log_in
from orienta.chat import Terminal
from orienta.cli import app
from orienta.nlu_eval import COLUMNS, LabelledFileError, read_labelled
from storage.clock import utc_now
from storage.conversations import get_events, save_events
from storage.database import SessionFactory, make_engine, make_session_factory
from storage.keys import load_keyring
from storage.migrate import migrate
from storage.people import Profile, get_profile, update_profile
from storage.settings import load_settings
from tests.appointments.conftest import SHEET, know_the_shop
from tests.conftest import FixedClock, free_port
from tests.storage.conftest import Environment

PASSWORD = "correct horse battery staple"


@pytest.fixture(autouse=True)
def own_directory(environment: Environment) -> None:
    """Commands run in an empty directory with a data directory that is not there yet."""


@pytest.fixture
def sessions() -> SessionFactory:
    """The commands' own database."""
    engine = make_engine(load_settings().database_url)
    migrate(engine)
    return make_session_factory(engine)


def orienta(*arguments: str, input: str | None = None) -> Result:
    return CliRunner().invoke(app, list(arguments), input=input)


def done(*arguments: str, input: str | None = None) -> str:
    result = orienta(*arguments, input=input)
    assert result.exit_code == 0, result.output
    return result.stdout


def refused(*arguments: str, input: str | None = None) -> str:
    """The one line that says why."""
    result = orienta(*arguments, input=input)
    assert result.exit_code == 1 and isinstance(result.exception, SystemExit), result.exception
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    return line


# -- accounts --


def test_user_add(sessions: SessionFactory) -> None:
    told = done("user", "add", "anna", "--role", "staff", "--city", "latina", input=f"{PASSWORD}\n")
    assert told == "anna can log in at http://127.0.0.1:8000/\n"
    with sessions() as session:
        account = session.get(Account, "anna")
        cities = session.execute(select(AccountCity.city)).scalars().all()
    assert (account.role, cities) == ("staff", ["latina"])
    assert log_in(sessions, utc_now, "anna", PASSWORD)
    assert PASSWORD not in account.password_hash


def test_user_add_makes_the_database_when_there_is_none() -> None:
    done("user", "add", "ada", "--role", "admin", input=f"{PASSWORD}\n")


@pytest.mark.parametrize(
    ("arguments", "password", "told"),
    [
        (["anna", "--role", "staff", "--city", "latina"], "short", "at least 10 characters"),
        (["anna", "--role", "staff", "--city", "latina"], "", "at least 10 characters"),
        (["anna", "--role", "staff"], PASSWORD, "add --city ID"),
        (["anna", "--role", "operator"], PASSWORD, "add --city ID"),
        (["anna", "--role", "boss"], PASSWORD, "staff, operator, provider, network, admin"),
        (["anna", "--role", "staff", "--city", "atlantis"], PASSWORD, "bologna, caserta"),
        (["a", "--role", "admin"], PASSWORD, "2 to 64 letters"),
    ],
)
def test_user_add_refused(sessions: SessionFactory, arguments: list[str], password: str, told: str) -> None:
    assert told in refused("user", "add", *arguments, input=f"{password}\n")
    with sessions() as session:
        assert session.execute(select(func.count()).select_from(Account)).scalar_one() == 0


def test_user_add_twice() -> None:
    done("user", "add", "ada", "--role", "admin", input=f"{PASSWORD}\n")
    assert "choose another name" in refused("user", "add", "ada", "--role", "network", input=f"{PASSWORD}\n")


# -- erasure and retention --


def test_erase(sessions: SessionFactory) -> None:
    keyring = load_keyring(load_settings())
    person, other = keyring.person_key("tg", "4242"), keyring.person_key("tg", "424")
    for one in (person, other):
        update_profile(sessions, utc_now, one, language="pa", city="latina")
        save_events(sessions, utc_now, one, "[]")
    assert done("erase", "--telegram-id", "4242") == "Erased.\n"
    assert get_profile(sessions, person) == Profile() and get_events(sessions, person) is None
    assert get_profile(sessions, other) == Profile("pa", "latina") and get_events(sessions, other) == "[]"
    assert done("erase", "--telegram-id", "4242") == "Nothing was kept of this person.\n"


def test_erase_takes_the_appointment_and_its_place(sessions: SessionFactory, clock: FixedClock, tmp_path: Path) -> None:
    person = load_keyring(load_settings()).person_key("tg", "4242")
    booked(sessions, clock, tmp_path, person)
    assert done("erase", "--telegram-id", "4242") == "Erased.\n"
    with sessions() as session:
        assert session.execute(select(func.count()).select_from(Appointment)).scalar_one() == 0


def test_erase_before_anything_was_kept() -> None:
    assert done("erase", "--telegram-id", "4242") == "Nothing was kept of this person.\n"


def test_retention(environment: Environment, sessions: SessionFactory) -> None:
    for person, days in (("tg-now", 0), ("tg-8", 8), ("tg-31", 31)):
        save_events(sessions, lambda days=days: utc_now() - timedelta(days=days), person, "[]")
    assert done("retention") == "1 conversations deleted, 0 people erased, 0 marks of answered updates dropped.\n"
    environment(ORIENTA_CONVERSATION_DAYS="7")
    assert done("retention") == "1 conversations deleted, 0 people erased, 0 marks of answered updates dropped.\n"
    assert [get_events(sessions, person) for person in ("tg-now", "tg-8", "tg-31")] == ["[]", None, None]


def test_retention_before_anything_was_kept() -> None:
    assert done("retention") == "0 conversations deleted, 0 people erased, 0 marks of answered updates dropped.\n"


def test_the_terminal_shows_a_file_as_text() -> None:
    file = {"name": "a.ics", "type": "text/calendar", "content": "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"}
    shown = Terminal("http://127.0.0.1").show([{"text": "Open it", "buttons": []}, {"attachment": file}])
    assert shown.split() == ["Open", "it", "BEGIN:VCALENDAR", "END:VCALENDAR"]


# -- the agenda --


def booked(sessions: SessionFactory, clock: FixedClock, folder: Path, person: str = "tg-1") -> str:
    """A shower on Wednesday 2026-11-25 at eleven in Rome. Gives its desk code."""
    (folder / "shops").mkdir(exist_ok=True)
    (folder / "shops" / "latina.yml").write_text(SHEET)
    if load_shops(sessions, folder / "shops"):
        know_the_shop(sessions, "latina")
    booking = book(
        sessions, clock, city="latina", service="shower", starts_at=clock() + timedelta(hours=2), person_key=person,
        language="pa", channel="telegram", address_encrypted="encrypted",
    )  # fmt: skip
    return booking.code


def test_appointments_list_as_json(sessions: SessionFactory, clock: FixedClock, tmp_path: Path) -> None:
    code = booked(sessions, clock, tmp_path, "tg-secret")
    told = done("appointments", "list", "--city", "latina", "--day", "2026-11-25", "--json")
    document = json.loads(told)
    (one,) = document.pop("appointments")
    assert document == {"city": "latina", "day": "2026-11-25"}
    assert len(one.pop("id")) == 36
    assert one == {
        "code": code, "service": "shower", "status": "pending", "language": "pa", "resource": "Showers",
        "starts_at": "2026-11-25T11:00:00+01:00", "ends_at": "2026-11-25T11:30:00+01:00", "walk_in": False,
        "checked_in_at": None, "interpreter_language": None, "interpreter_gender": None, "interpreter": None, "note": None,
        "example": True,
    }  # fmt: skip
    assert "tg-secret" not in told and "encrypted" not in told


def test_appointments_list_as_text(sessions: SessionFactory, clock: FixedClock, tmp_path: Path) -> None:
    code = booked(sessions, clock, tmp_path)
    head, line = done("appointments", "list", "--city", "latina", "--day", "2026-11-25").splitlines()
    assert head == "Latina, 2026-11-25: 1"
    assert line.split() == ["11:00", code, "shower", "pa", "pending", "Showers"]
    made = appointments_of(sessions, clock, "tg-1")[0]
    set_note(sessions, clock, appointment_id=made.id, city="latina", note="porta la ricevuta", staff="anna")
    check_in(sessions, clock, city="latina", code=code, staff="anna")
    prefer(sessions, clock, person_key="tg-1", code=code, language="pa", gender="man")
    _, line = done("appointments", "list", "--city", "latina", "--day", "2026-11-25").splitlines()
    assert line.endswith("Showers  there since 09:00  interpreter: pa man  note: porta la ricevuta")


def test_appointments_feed(sessions: SessionFactory, clock: FixedClock, tmp_path: Path) -> None:
    booked(sessions, clock, tmp_path)
    for more, title in (((), "SHOWER"), (("--desk", "Showers"), "SHOWER"), (("--desk", "Room"), None)):
        address = done("appointments", "feed", "--city", "latina", *more).strip()
        token = address.partition("/calendar/")[2].removesuffix(".ics")
        assert (title or "") in feed(sessions, clock, token, str.upper).decode()


def test_appointments_list_of_today_and_of_a_city_without_any() -> None:
    today = json.loads(done("appointments", "list", "--city", "roma", "--json"))
    assert today["appointments"] == []
    assert len(today["day"]) == 10


# -- what is wrong --


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["appointments", "list", "--city", "latena"], ["--city latena", "nearest: latina"]),
        (["appointments", "feed", "--city", "roma", "--desk", "Cellar"], ["--desk", "Cellar"]),
        (["chat", "--lang", "tlh"], ["--lang tlh", "it, en"]),
        (["chat", "--city", "atlantis"], ["--city atlantis", "bologna"]),
        (["run", "--only", "everything"], ["--only everything", "assistant, actions, console, outbox"]),
        (["run", "--port", "99999"], ["ORIENTA_PORT", "65535"]),
        (["catalog", "search", "--city", "latina", "--service", "showr"], ["--service showr", "nearest: shower"]),
    ],
)
def test_a_bad_value_is_named_with_what_would_do(arguments: list[str], told: list[str]) -> None:
    line = refused(*arguments)
    for words in told:
        assert words in line


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["appointments", "list", "--city", "latina", "--day", "tomorrow"], "write the day as 2026-12-01"),
        (["appointments", "list"], "--city"),
        (["erase"], "--telegram-id"),
        (["erase", "--telegram-id", "@anna"], "@anna"),
        (["user", "add", "anna"], "--role"),
        (["retention", "--days", "3"], "--days"),
        (["fly"], "fly"),
        (["nlu-eval", "nothing.tsv"], "nothing.tsv"),
    ],
)
def test_a_bad_call_is_exit_code_2(arguments: list[str], told: str) -> None:
    result = orienta(*arguments)
    assert result.exit_code == 2
    assert told in result.stderr and "Traceback" not in result.stderr


COMMANDS_WITH_DATABASE = [
    ["erase", "--telegram-id", "1"],
    ["retention"],
    ["user", "add", "ada", "--role", "admin"],
    ["appointments", "list", "--city", "latina"],
    ["catalog", "search", "--city", "latina", "--service", "food"],
]


@pytest.mark.parametrize("arguments", COMMANDS_WITH_DATABASE, ids=lambda arguments: arguments[0])
def test_without_a_usable_database_or_setting(environment: Environment, tmp_path: Path, arguments: list[str]) -> None:
    environment(ORIENTA_DATABASE_URL=f"postgresql://orienta@127.0.0.1:{free_port()}/x")
    assert "check ORIENTA_DATABASE_URL" in refused(*arguments, input=f"{PASSWORD}\n")
    (tmp_path / "file").touch()
    environment(ORIENTA_DATABASE_URL=f"sqlite:///{tmp_path / 'file' / 'orienta.db'}")
    assert "check ORIENTA_DATA_DIR" in refused(*arguments, input=f"{PASSWORD}\n")
    environment(ORIENTA_DATABASE_URL="mysql://x")
    assert refused(*arguments, input=f"{PASSWORD}\n").startswith("ORIENTA_DATABASE_URL must be sqlite:///")


@pytest.mark.parametrize("arguments", [[], ["user"], ["appointments"], ["catalog"]])
def test_alone_a_command_explains_itself(arguments: list[str]) -> None:
    result = orienta(*arguments)
    assert "Usage:" in result.output


# -- labelled files --


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "the header must be id lang variant"),
        (b"text\tintent\n", "the header must be id lang variant"),
        ("\t".join(COLUMNS).encode() + b"\n", "no message under the header"),
        ("\t".join(COLUMNS).encode() + b"\n1\ten\n", ":2: 2 columns instead of 8"),
        ("\t".join(COLUMNS).encode() + b"\n1\ten\tnative\t\xff\tgreet\t\t\t\n", "UTF-8"),
    ],
)
def test_what_is_no_labelled_file(tmp_path: Path, content: bytes, told: str) -> None:
    (tmp_path / "x.tsv").write_bytes(content)
    with pytest.raises(LabelledFileError, match=told):
        read_labelled(tmp_path / "x.tsv")


def test_a_labelled_file(tmp_path: Path) -> None:
    path = tmp_path / "x.tsv"
    path.write_text("\t".join(COLUMNS) + '\n1\ten\tnative\t"quoted\tgreet\t\t\tlatina\n', encoding="utf-8")
    assert read_labelled(path) == [
        dict(zip(COLUMNS, ["1", "en", "native", '"quoted', "greet", "", "", "latina"], strict=True))
    ]
