"""A message as numbers: character n-grams, consonant skeletons, and concepts whose names stand in it.

scikit-learn fits them; a single message is looked up in what was fitted by a few lines of our own, since scikit-learn's
checks and sparse matrices cost ten times the work itself (2.2 of 2.4 ms; a test holds both to the same numbers).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import Any, TypeAlias

import numpy as np
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from spacy.strings import hash_string  # type: ignore[attr-defined]  # written in Cython, its stub leaves it out

from bot.nlu.text import skeleton

Row: TypeAlias = tuple[Any, Any]
"""A message's columns (int64) and their values (float32); all other columns are 0."""

SKELETON_WEIGHT = 0.4
CONCEPT_WEIGHT = 0.5


class Ngrams:
    """TF-IDF of n-grams, each row of length 1.

    Args:
        of: "char_wb" for characters within words, "word" for words.
        shortest, longest: how many of them in a row.
        options: more of scikit-learn's TfidfVectorizer.
    """

    def __init__(self, of: str, shortest: int, longest: int, **options: Any) -> None:
        self._settings: dict[str, Any] = {
            "analyzer": of,
            "token_pattern": r"\S+" if of == "word" else None,
            "ngram_range": (shortest, longest),
            "lowercase": False,
            "sublinear_tf": True,
            "dtype": np.float32,
            **options,
        }
        # Of a vectorizer that stays unfitted: the function holds on to it, and a fitted one has all n-grams in a dict.
        self._cut = TfidfVectorizer(**self._settings).build_analyzer()

    def fit_transform(self, texts: Sequence[str]) -> Any:
        """Shape (texts, n-grams), sparse."""
        vectorizer = TfidfVectorizer(**self._settings)
        rows = vectorizer.fit_transform(texts)
        # Hashes in order instead of a dict of the n-grams: 3 MB in memory instead of 80.
        hashes = np.empty(rows.shape[1], dtype=np.uint64)
        for gram, number in vectorizer.vocabulary_.items():
            hashes[number] = hash_string(gram)
        self._numbers = np.argsort(hashes).astype(np.int32)
        self._hashes = hashes[self._numbers]
        self._idf = vectorizer.idf_.astype(np.float32)
        return rows

    def __len__(self) -> int:
        return len(self._numbers)

    def row(self, text: str) -> Row:
        """The n-grams that are known."""
        counts = Counter(self._cut(text))
        hashes = np.fromiter(map(hash_string, counts), dtype=np.uint64, count=len(counts))
        times = np.fromiter(counts.values(), dtype=np.float32, count=len(counts))
        places = np.minimum(np.searchsorted(self._hashes, hashes), len(self._hashes) - 1)
        known = self._hashes[places] == hashes
        columns = self._numbers[places[known]].astype(np.int64)
        values = 1 + np.log(times[known])
        values *= self._idf[columns]
        length = float(np.sqrt(values @ values))
        return columns, values / length if length else values


class Features:
    """Fitted on normalised training messages."""

    def __init__(self, concepts: Sequence[str], min_df: int = 2) -> None:
        self._letters = Ngrams("char_wb", 1, 5, min_df=min_df)
        self._bones = Ngrams("char_wb", 2, 4, min_df=min_df)
        self._concepts = {concept: number for number, concept in enumerate(concepts)}

    def fit_transform(self, texts: Sequence[str], concepts: Sequence[Iterable[str]]) -> Any:
        """Shape (messages, features), sparse, float32."""
        letters = self._letters.fit_transform(texts)
        bones = self._bones.fit_transform([skeleton(text) for text in texts])
        rows, columns = [], []
        for row, names in enumerate(concepts):
            known = [self._concepts[name] for name in set(names) if name in self._concepts]
            rows += [row] * len(known)
            columns += known
        values = np.full(len(rows), CONCEPT_WEIGHT, dtype=np.float32)
        named = csr_matrix((values, (rows, columns)), shape=(len(texts), len(self._concepts)))
        return hstack([letters, bones * SKELETON_WEIGHT, named], format="csr", dtype=np.float32)

    def row(self, text: str, concepts: Iterable[str]) -> Row:
        """What the message's row of `fit_transform` would hold."""
        names = [self._concepts[name] for name in set(concepts) if name in self._concepts]
        named = np.array(names, dtype=np.int64), np.full(len(names), CONCEPT_WEIGHT, dtype=np.float32)
        bones, values = self._bones.row(skeleton(text))
        return side_by_side(
            (self._letters.row(text), len(self._letters)),
            ((bones, values * SKELETON_WEIGHT), len(self._bones)),
            (named, len(self._concepts)),
        )


def side_by_side(*blocks: tuple[Row, int]) -> Row:
    """The rows of several blocks, each given with its number of columns, as one row."""
    starts = [0, *accumulate(width for _, width in blocks)]
    return (
        np.concatenate([columns + start for ((columns, _), _), start in zip(blocks, starts[:-1], strict=True)]),
        np.concatenate([values for (_, values), _ in blocks]),
    )
