"""From sentence and document scores to one probability a label: the second layer of the model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifiers.linear import sigmoid

Floats = NDArray[np.float32]
NOTHING = -6.0  # log-odds of a text without sentences

LABEL_FEATURES = (
    "best sentence", "second sentence", "mean of three", "any sentence", "whole text", "case study",
    "lead over other labels", "length", "best of any label", "best text score", "sentence with text", "weaker of both",
)  # fmt: skip


@dataclass(frozen=True)
class Stacked:
    """A logistic layer on standardised features: `coef` is (labels, features), a row for each label."""

    center: Floats
    scale: Floats
    coef: Floats
    intercept: Floats

    def scores(self, features: Floats) -> Floats:
        """Return log-odds (documents, labels) for features of shape (documents, labels, features)."""
        standard = (features - self.center) / self.scale
        return np.asarray((standard * self.coef).sum(axis=2) + self.intercept, dtype=np.float32)

    def probabilities(self, features: Floats) -> Floats:
        """Return probabilities (documents, labels)."""
        return np.asarray(sigmoid(self.scores(features)), dtype=np.float32)

    @classmethod
    def fit(
        cls, features: Floats, targets: NDArray[Any], *, strength: float = 0.1, own: float = 0.3
    ) -> Stacked:
        """Fit weights that labels share, plus each label's own deviation, which is held small.

        Rare labels have a handful of positives: they borrow the shared weights. `own` scales the deviation.
        """
        from sklearn.linear_model import LogisticRegression  # slow to import

        documents, labels, width = features.shape
        flat = features.reshape(-1, width)
        center = flat.mean(axis=0)
        scale = flat.std(axis=0) + 1e-6
        standard = (features - center) / scale
        design = np.zeros((documents, labels, width + labels * (width + 1)), np.float64)
        design[:, :, :width] = standard
        for n in range(labels):
            at = width + n * (width + 1)
            design[:, n, at : at + width] = standard[:, n] * own
            design[:, n, at + width] = 1.0
        fitted = LogisticRegression(C=strength, max_iter=1000).fit(
            design.reshape(documents * labels, -1), np.asarray(targets).ravel()
        )
        weights = fitted.coef_[0]
        each = weights[width:].reshape(labels, width + 1)
        coef = weights[:width] + each[:, :width] * own
        intercept = fitted.intercept_[0] + each[:, width]
        return cls(*(np.asarray(a, dtype=np.float32) for a in (center, scale, coef, intercept)))


def label_features(sentences: Floats, text: Floats, gate: float) -> Floats:
    """Return features (labels, LABEL_FEATURES) of one document.

    `sentences` is (sentences, labels) and `text` (labels,), both log-odds; `gate` the log-odds of a case study.
    """
    if not len(sentences):
        sentences = np.full((1, len(text)), NOTHING, np.float32)
    ordered = -np.sort(-sentences, axis=0)
    best = ordered[0]
    second = ordered[1] if len(ordered) > 1 else best - 2
    any_one = np.clip(1 - np.exp(np.log1p(-sigmoid(sentences)).sum(axis=0)), 1e-4, 1 - 1e-4)
    rival = np.sort(best)[-2] if len(best) > 1 else best[0]
    whole = np.ones_like(best)
    columns = [
        best, second, ordered[:3].mean(axis=0), np.log(any_one / (1 - any_one)), text, whole * gate, best - rival,
        whole * np.log(len(sentences)), whole * best.max(), whole * text.max(), 0.2 * best * text,
        np.minimum(best, text),
    ]  # fmt: skip
    return np.stack(columns, axis=1).astype(np.float32)


def whole_features(sentences: Floats, text: Floats) -> Floats:
    """Return features of one document for a question about the whole: is it a case study, is a stage stated.

    `sentences` is (sentences, outputs) and `text` (outputs,), both log-odds of all that is asked.
    """
    if not len(sentences):
        sentences = np.full((1, sentences.shape[1]), NOTHING, np.float32)
    ordered = -np.sort(-sentences, axis=0)
    return np.concatenate([ordered[0], ordered[:3].mean(axis=0), text, [np.log(len(sentences))]]).astype(
        np.float32
    )
