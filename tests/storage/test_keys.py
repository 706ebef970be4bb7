"""Keys: people stay who they are when the secret changes, nobody else can sign or read, two starts make one key."""

from __future__ import annotations

import os
import re
import secrets
import subprocess
import sys
from pathlib import Path

import pytest

from storage.keys import Keyring, load_keyring
from storage.settings import Settings

OLD, NEW = "o" * 32, "n" * 32


def settings(folder: Path, secret: str = "") -> Settings:
    return Settings(data_dir=folder, secret_key=secret)


def test_a_pseudonym_tells_nothing_and_is_always_the_same() -> None:
    key = Keyring([OLD]).person_key("tg", "123456789")
    assert re.fullmatch(r"tg-[0-9a-f]{32}", key)
    assert key == Keyring([OLD]).person_key("tg", "123456789")
    others = {
        Keyring([OLD]).person_key("web", "123456789"),
        Keyring([OLD]).person_key("tg", "12345678"),
        Keyring([NEW]).person_key("tg", "123456789"),
    }
    assert key not in others and len(others) == 3


def test_after_a_change_of_secret_people_stay_who_they_are_and_old_tokens_open() -> None:
    before, after = Keyring([OLD]), Keyring([NEW, OLD])
    assert after.person_key("tg", "1") == before.person_key("tg", "1")
    assert after.decrypt(before.encrypt("chat 1")) == "chat 1"
    assert after.verify("callback", "menu", before.sign("callback", "menu"))


def test_after_a_change_of_secret_the_new_one_writes() -> None:
    after = Keyring([NEW, OLD])
    assert after.sign("callback", "menu") == Keyring([NEW]).sign("callback", "menu")
    assert Keyring([NEW]).decrypt(after.encrypt("chat 1")) == "chat 1"
    with pytest.raises(ValueError, match="not encrypted with a secret of this installation"):
        Keyring([OLD]).decrypt(after.encrypt("chat 1"))


def test_signatures() -> None:
    keyring = Keyring([OLD])
    signature = keyring.sign("callback", "menu", 8)
    assert re.fullmatch(r"[\w-]{8}", signature)
    assert keyring.verify("callback", "menu", signature)
    for purpose, message, wrong in (
        ("login", "menu", signature),
        ("callback", "menu?", signature),
        ("callback", "menu", signature.swapcase()),
        ("callback", "menu", "ÄÄÄÄÄÄÄÄ"),
    ):
        assert not keyring.verify(purpose, message, wrong)


@pytest.mark.parametrize("token", ["", "nonsense", "gAAAAA", "ключ"])
def test_what_is_no_token_does_not_open(token: str) -> None:
    with pytest.raises(ValueError):
        Keyring([OLD]).decrypt(token)


def test_what_is_encrypted_looks_different_each_time() -> None:
    assert Keyring([OLD]).encrypt("1") != Keyring([OLD]).encrypt("1")


def test_no_keyring_without_a_secret() -> None:
    with pytest.raises(ValueError, match="at least one secret"):
        Keyring([])


def test_a_key_of_its_own_is_made_once_and_readable_to_the_owner_only(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "var"
    made = load_keyring(settings(folder))
    (file,) = folder.iterdir()
    assert file.name == "secret.key"
    assert file.stat().st_mode & 0o777 == 0o600
    assert len(file.read_text()) == 64
    assert load_keyring(settings(folder)).decrypt(made.encrypt("x")) == "x"
    assert load_keyring(settings(tmp_path / "another")).person_key("tg", "1") != made.person_key("tg", "1")


def test_the_setting_counts_more_than_the_file(tmp_path: Path) -> None:
    own = load_keyring(settings(tmp_path))
    assert load_keyring(settings(tmp_path, f"{NEW}, {OLD}")).person_key("tg", "1") == Keyring([OLD]).person_key(
        "tg", "1"
    )
    assert own.person_key("tg", "1") == load_keyring(settings(tmp_path)).person_key("tg", "1")


def test_from_the_made_key_to_one_in_the_settings(tmp_path: Path) -> None:
    own = load_keyring(settings(tmp_path))
    made = (tmp_path / "secret.key").read_text()
    after = load_keyring(settings(tmp_path, f"{NEW},{made}"))
    assert after.person_key("tg", "1") == own.person_key("tg", "1")
    assert after.decrypt(own.encrypt("x")) == "x"


def test_who_is_first_has_made_the_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another process makes its key after this one has seen that there is none, and before it has written its own."""
    others: list[Keyring] = []

    def while_the_other_one_is_quicker(length: int) -> str:
        with monkeypatch.context() as other_process:
            other_process.setattr(secrets, "token_hex", lambda _: OLD * 2)
            other_process.setattr(os, "getpid", lambda: 1)
            others.append(load_keyring(settings(tmp_path)))
        return NEW * 2

    monkeypatch.setattr(secrets, "token_hex", while_the_other_one_is_quicker)
    own = load_keyring(settings(tmp_path))
    assert own.person_key("tg", "1") == others[0].person_key("tg", "1") == Keyring([OLD * 2]).person_key("tg", "1")
    assert [file.name for file in tmp_path.iterdir()] == ["secret.key"]


FIRST_START = """
import sys
from storage.keys import load_keyring
from storage.settings import Settings
settings = Settings(data_dir=sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
print(load_keyring(settings).person_key("tg", "1"))
"""


def test_processes_that_start_at_once_get_the_same_key(tmp_path: Path) -> None:
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", FIRST_START, str(tmp_path / "var")],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        for _ in range(4)
    ]  # fmt: skip
    for process in processes:
        assert process.stdout and process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin
        process.stdin.write("\n")
        process.stdin.flush()
    keys = {process.communicate(timeout=30)[0] for process in processes}
    assert len(keys) == 1
    assert [file.name for file in (tmp_path / "var").iterdir()] == ["secret.key"]
