"""Reads data/nlu as Rasa does, in a thirtieth of the time.

Rasa parses each YAML file twice in pure Python, once to check it: more than a minute for the 38,000 messages of twenty languages.
libyaml reads them in two seconds. `rasa data validate` and `rasa train` come through here as well (config.yml, `importers`); what
the files must hold is checked by tests/nlu/test_training_data.py. Files with anything else than labelled messages and lookup
tables are left to Rasa's own reader.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Optional

import yaml
from rasa.shared.importers.rasa import RasaFileImporter
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from rasa.shared.utils.common import cached_method


class SharedTrainingData(TrainingData):
    """Its messages are not copied when others are merged in: nothing changes them, and Rasa would copy all of them four times."""

    @staticmethod
    def sanitize_examples(examples: list[Message]) -> list[Message]:
        """As they are: without spaces around them and each once, which tests/nlu/test_training_data.py sees to. Rasa's own hashes
        every message at each merge, which took 40 s of the training."""
        return examples

    def merge(self, *others: Optional[TrainingData]) -> TrainingData:
        examples, tables = list(self.training_examples), list(self.lookup_tables)
        for other in filter(None, others):
            if other.entity_synonyms or other.regex_features or other.responses:
                return super().merge(*others)
            examples += other.training_examples
            tables += other.lookup_tables
        return SharedTrainingData(training_examples=examples, lookup_tables=tables)


class FastNluImporter(RasaFileImporter):
    """Named in config.yml under `importers`."""

    @cached_method
    def get_nlu_data(self, language: Optional[str] = "en") -> TrainingData:
        data = read_training_files(self._nlu_files)
        return super().get_nlu_data(language) if data is None else data


def read_training_files(paths: list[str]) -> Optional[TrainingData]:
    """The messages and lookup tables of the files; None when there is something else in them."""
    messages: list[Message] = []
    tables: list[dict[str, Any]] = []
    for path in paths:
        sheet = yaml.load(Path(path).read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
        if set(sheet) != {"version", "nlu"}:
            return None
        for block in sheet["nlu"]:
            if not set(block) <= {"intent", "lookup", "metadata", "examples"} or not isinstance(block["examples"], str):
                return None
            lines = [line.removeprefix("- ").strip() for line in block["examples"].splitlines()]
            if any("[" in line for line in lines):
                return None  # an entity marked in a message
            if "lookup" in block:
                tables.append({"name": block["lookup"], "elements": [line for line in lines if line]})
            else:
                metadata = block.get("metadata")
                messages += [Message.build(line, block["intent"], intent_metadata=metadata) for line in lines if line]
    return SharedTrainingData(training_examples=messages, lookup_tables=tables)
