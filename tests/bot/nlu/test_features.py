"""A single message is looked up to the same numbers as scikit-learn makes of it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.nlu.features import Features, Ngrams
from bot.nlu.text import normalise

TEXTS = [normalise(text) for text in (
    "where can i wash", "dove posso lavarmi", "أين أستطيع أن أستحم", "গোসল কোথায় করব", "мені треба помитися",
    "🚿🚿 shower shower shower", "a", "我想洗澡",
)]  # fmt: skip
CONCEPTS = [["wash_body", "where"], ["wash_body"], [], ["where"], [], ["wash_body"], [], ["unknown"]]


@pytest.mark.parametrize("number", range(len(TEXTS)))
def test_a_row_is_what_fitting_gave(number: int) -> None:
    features = Features(["wash_body", "where"], min_df=1)
    rows = features.fit_transform(TEXTS, CONCEPTS).toarray()
    columns, values = features.row(TEXTS[number], CONCEPTS[number])
    found = np.zeros(rows.shape[1], dtype=np.float32)
    found[columns] = values
    assert np.allclose(found, rows[number], atol=1e-6)


@given(st.text(max_size=200))
def test_any_text_has_a_row_of_length_one_or_none(text: str) -> None:
    ngrams = Ngrams("char_wb", 1, 4, min_df=1)
    ngrams.fit_transform(TEXTS)
    columns, values = ngrams.row(normalise(text))
    assert len(columns) == len(values) == len(set(columns.tolist()))
    assert not len(values) or float(values @ values) == pytest.approx(1, abs=1e-4)
