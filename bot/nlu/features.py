"""A message as numbers: character n-grams, consonant skeletons, and concepts whose names stand in it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Optional

import numpy as np
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import TfidfVectorizer

from bot.nlu.text import skeleton

SKELETON_WEIGHT = 0.4
CONCEPT_WEIGHT = 0.3


class Features:
    """Fitted on normalised training messages; `transform` gives one float32 row a message."""

    def __init__(self, concepts: Sequence[str], min_df: int = 2) -> None:
        self._letters = TfidfVectorizer(
            analyzer="char_wb", ngram_range=(2, 5), min_df=min_df, sublinear_tf=True, dtype=np.float32
        )
        self._bones = TfidfVectorizer(
            analyzer="char_wb", ngram_range=(2, 4), min_df=min_df, sublinear_tf=True, dtype=np.float32
        )
        self._concepts = {concept: number for number, concept in enumerate(concepts)}

    def fit_transform(self, texts: Sequence[str], concepts: Sequence[Iterable[str]]) -> Any:
        letters, bones = self._letters.fit_transform(texts), self._bones.fit_transform([skeleton(t) for t in texts])
        for vectorizer in (self._letters, self._bones):
            del vectorizer.stop_words_  # what was left out, more than what was kept; nothing reads it
        return self._join(letters, bones, concepts)

    def transform(self, texts: Sequence[str], concepts: Sequence[Iterable[str]]) -> Any:
        return self._join(self._letters.transform(texts), self._bones.transform([skeleton(t) for t in texts]), concepts)

    def _join(self, letters: Any, bones: Any, concepts: Sequence[Iterable[str]]) -> Any:
        rows, columns = [], []
        for row, names in enumerate(concepts):
            for name in set(names):
                column: Optional[int] = self._concepts.get(name)
                if column is not None:
                    rows.append(row)
                    columns.append(column)
        shape = (letters.shape[0], len(self._concepts))
        named = csr_matrix((np.full(len(rows), CONCEPT_WEIGHT, dtype=np.float32), (rows, columns)), shape=shape)
        return hstack([letters, bones * SKELETON_WEIGHT, named], format="csr", dtype=np.float32)
