"""A model is trained anew when what it is made of changes, and only then."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from orienta import model
from orienta.model import current_model, fingerprint

DOMAIN = """version: "3.1"

# a comment
intents:
  - greet

slots:
  city:
    type: text

responses:
  utter_greet:
    - text: "Hello!"
  utter_menu:
    - text: "Menu"

session_config:
  session_expiration_time: 0
"""
FILES = {
    "config.yml": "recipe: default.v1\n",
    "domain.yml": DOMAIN,
    "data/nlu/en.yml": "nlu: []\n",
    "data/stories/rules.yml": "rules: []\n",
    "data/safety/en.yml": "emergency: {}\n",
    "bot/nlu/text.py": "LIMIT = 1\n",
    "bot/cards.py": "LIMIT = 1\n",
    "tests/nlu/heldout/en.tsv": "id\n",
}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(model, "ROOT", tmp_path)
    monkeypatch.setattr(model, "MODELS", tmp_path / "models")
    for name, content in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content)
    return tmp_path


def replace(name: str, old: str, new: str) -> Callable[[Path], None]:
    def change(project: Path) -> None:
        content = (project / name).read_text()
        assert old in content
        (project / name).write_text(content.replace(old, new))

    return change


def write(name: str) -> Callable[[Path], None]:
    return lambda project: (project / name).write_text("new: 1\n") and None


def remove(name: str) -> Callable[[Path], None]:
    return lambda project: (project / name).unlink()


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(replace("data/nlu/en.yml", "[]", "[1]"), id="training data"),
        pytest.param(write("data/nlu/so.yml"), id="another language"),
        pytest.param(remove("data/nlu/en.yml"), id="a language less"),
        pytest.param(replace("data/stories/rules.yml", "[]", "[1]"), id="rules"),
        pytest.param(replace("config.yml", "v1", "v2"), id="configuration"),
        pytest.param(replace("bot/nlu/text.py", "1", "2"), id="a component"),
        pytest.param(replace("domain.yml", "- greet\n", "- greet\n  - goodbye\n"), id="an intent"),
        pytest.param(replace("domain.yml", "type: text", "type: any"), id="a slot"),
        pytest.param(replace("domain.yml", "utter_menu", "utter_other"), id="a response's name"),
        pytest.param(replace("domain.yml", "time: 0", "time: 60"), id="what stands behind the responses"),
    ],
)
def test_another_model(project: Path, change: Callable[[Path], None]) -> None:
    before = fingerprint()
    change(project)
    assert fingerprint() != before


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda project: None, id="nothing"),
        pytest.param(replace("domain.yml", "Hello!", "Good morning!"), id="a response's text"),
        pytest.param(replace("domain.yml", "# a comment", "# another comment"), id="a comment"),
        pytest.param(replace("data/safety/en.yml", "{}", "{alarm: [fire]}"), id="safety rules, read at each start"),
        pytest.param(replace("bot/cards.py", "1", "2"), id="code that has no part in it"),
        pytest.param(replace("tests/nlu/heldout/en.tsv", "id", "no"), id="held-out messages"),
    ],
)
def test_the_same_model(project: Path, change: Callable[[Path], None]) -> None:
    before = fingerprint()
    change(project)
    assert fingerprint() == before


def test_another_release_of_what_trains_is_another_model(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = fingerprint()
    monkeypatch.setattr(model, "version", lambda library: "9.9")
    assert fingerprint() != before


def test_the_current_model_is_the_one_of_the_fingerprint(project: Path) -> None:
    assert current_model() is None
    (project / "models").mkdir()
    (project / "models" / "orienta-000000000000.tar.gz").touch()
    assert current_model() is None
    right = project / "models" / f"orienta-{fingerprint()}.tar.gz"
    right.touch()
    assert current_model() == right == model.train(), "nothing to train"
    replace("config.yml", "v1", "v2")(project)
    assert current_model() is None
