"""The trained model: named by a hash of all that it is made of, so that it is trained when something changed and only then."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Optional

import yaml

ROOT = Path(__file__).resolve().parent.parent
MODELS = ROOT / "models"
KEPT_MODELS = 2


def _ingredients() -> Iterator[Path]:
    yield ROOT / "config.yml"
    yield ROOT / "domain.yml"
    for folder in ("nlu", "stories"):  # not data/safety: the gate reads its rules when it is loaded
        yield from sorted((ROOT / "data" / folder).glob("*.yml"))
    yield from sorted((ROOT / "bot" / "nlu").glob("*.py"))


def fingerprint() -> str:
    """Twelve hex digits over training data, configuration, domain, our components and the libraries that train."""
    digest = hashlib.sha256()
    for library in ("rasa", "scikit-learn", "spacy", "anyascii"):
        digest.update(f"{library}=={version(library)}\n".encode())
    for path in _ingredients():
        text = _domain(path) if path.name == "domain.yml" else path.read_text(encoding="utf-8")
        digest.update(f"{path.relative_to(ROOT)}\n{text}\n".encode())
    return digest.hexdigest()[:12]


def _domain(path: Path) -> str:
    """What of the domain the model is made of: all but the texts for people."""
    domain = yaml.safe_load(path.read_text(encoding="utf-8"))
    return json.dumps({**domain, "responses": sorted(domain["responses"])})


def current_model() -> Optional[Path]:
    """The model that fits what is on the disk now, or None when it has to be trained."""
    path = MODELS / f"orienta-{fingerprint()}.tar.gz"
    return path if path.exists() else None


def train(force: bool = False) -> Path:
    """Train when something changed. Returns the model's path.

    Raises:
        RuntimeError: Rasa ended without a model; its messages say why.
    """
    current = current_model()
    if current and not force:
        return current
    os.environ.setdefault("LOG_LEVEL", "WARNING")  # Rasa's bars fill a log with thousands of lines
    import rasa  # seconds to import: not when there is nothing to train

    name = f"orienta-{fingerprint()}"
    result = rasa.train(
        domain=str(ROOT / "domain.yml"),
        config=str(ROOT / "config.yml"),
        training_files=[str(ROOT / "data" / "nlu"), str(ROOT / "data" / "stories")],
        output=str(MODELS),
        fixed_model_name=name,
        force_training=True,  # our fingerprint has decided; Rasa's cache would only copy everything once more
    )
    if result.code != 0 or result.model is None:
        raise RuntimeError("training ended without a model; `rasa data validate` says what is wrong with the data")
    for old in sorted(MODELS.glob("orienta-*.tar.gz"), key=lambda path: path.stat().st_mtime)[:-KEPT_MODELS]:
        old.unlink()
    return Path(result.model)
