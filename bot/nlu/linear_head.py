"""Logistic regression, one label against the rest: how labels are learnt, and how one message is judged fast."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier

from bot.nlu.features import Row


class LinearHead:
    """Weights kept as one float16 matrix (features x labels): half the memory, the same answers."""

    def __init__(self, labels: Sequence[str], weights: Any, bias: Any) -> None:
        self.labels = list(labels)
        self._weights = weights
        self._bias = bias

    @classmethod
    def fit(cls, rows: Any, labels: Sequence[str], strength: float) -> LinearHead:
        """`rows` sparse, shape (messages, features); `strength` is scikit-learn's C."""
        one = LogisticRegression(C=strength, solver="liblinear", dual=True, tol=0.1, max_iter=50, random_state=1)
        model = OneVsRestClassifier(one, n_jobs=2).fit(rows, labels)
        # Row by row in memory: scipy would copy the whole matrix at each message otherwise.
        weights = np.ascontiguousarray(np.vstack([part.coef_ for part in model.estimators_]).T, dtype=np.float16)
        bias = np.array([part.intercept_[0] for part in model.estimators_], dtype=np.float32)
        return cls([str(label) for label in model.classes_], weights, bias)

    def scores(self, row: Row) -> Any:
        """Log odds, one a label, in the order of `labels`."""
        columns, values = row
        # einsum, not @: the threads of BLAS cost more than they bring for one row.
        return np.einsum("i,ij->j", values, self._weights[columns].astype(np.float32)) + self._bias

    def probabilities(self, row: Row) -> dict[str, float]:
        """By label; they sum to 1."""
        scores = 1 / (1 + np.exp(-self.scores(row)))
        return dict(zip(self.labels, (scores / scores.sum()).tolist(), strict=True))
