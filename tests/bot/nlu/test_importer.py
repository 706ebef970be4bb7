"""Our reader of training files gives what Rasa's gives, and leaves to it what is not ours."""

from __future__ import annotations

from pathlib import Path

import pytest
from rasa.shared.nlu.training_data.loading import load_data

from bot.nlu.importer import read_training_files
from bot.nlu.training_examples import examples_of, lookups_of

SHEET = """\
version: "3.1"
nlu:
- intent: find_service
  metadata: {lang: en, service: shower, variant: typo}
  examples: |
    - where can i wahs
    -  "quoted: text" # 100 %, 'yes'
    - دوش؟
- intent: greet
  metadata: {lang: en}
  examples: |
    - hi
- lookup: "yes"
  examples: |
    - ok
    - yes please
"""


def test_it_reads_as_rasa_does(tmp_path: Path) -> None:
    path = tmp_path / "en.yml"
    path.write_text(SHEET, encoding="utf-8")
    ours, rasas = read_training_files([str(path)]), load_data(str(path))
    assert ours is not None
    assert examples_of(ours) == examples_of(rasas)
    assert len(examples_of(ours)) == 4
    assert lookups_of(ours) == lookups_of(rasas) == {"yes": ["ok", "yes please"]}
    assert [one.as_dict() for one in ours.training_examples] == [one.as_dict() for one in rasas.training_examples]


@pytest.mark.parametrize(
    "more",
    [
        "- synonym: latina\n  examples: |\n    - littoria\n",
        "- intent: set_city\n  examples: |\n    - in [Latina](city)\n",
        "- intent: greet\n  examples:\n  - text: hello\n",
        "responses:\n  utter_x:\n  - text: x\n",
    ],
)
def test_anything_else_is_left_to_rasa(tmp_path: Path, more: str) -> None:
    path = tmp_path / "en.yml"
    path.write_text(SHEET + more, encoding="utf-8")
    assert read_training_files([str(path)]) is None
