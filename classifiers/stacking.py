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


WHOLE_FEATURES = (
    "case study", "stage stated", "best label sentence", "second label sentence", "any label sentence",
    "best label text", "any label text", "best rubric sentence", "mean of three rubric sentences",
    "best rubric text", "any rubric text", "length", "mean label sentence", "mean label text",
)  # fmt: skip


def whole_features(sentences: Floats, whole: Floats, codes: int, dimensions: int) -> Floats:
    """Return WHOLE_FEATURES of one document: for what is asked of it as a whole, not label by label.

    `sentences` is (sentences, outputs) and `whole` (outputs,), log-odds of the first layer; species columns
    come first, then dimensions.
    """
    both = codes + dimensions
    if not len(sentences):
        sentences = np.full((1, both), NOTHING, np.float32)
    best = sentences.max(axis=0)
    labels, rubric = np.sort(best[:codes]), np.sort(best[codes:both])
    text, bears = whole[:codes], whole[codes:both]
    return np.array(
        [
            whole[both], whole[both + 1], labels[-1], labels[-2:][0], _any(labels), text.max(), _any(text), rubric[-1],
            rubric[-3:].mean(), bears.max(), _any(bears), np.log(len(sentences)), labels.mean(), text.mean(),
        ],
        dtype=np.float32,
    )  # fmt: skip


def _any(scores: Floats) -> float:
    return float(np.log(np.exp(np.minimum(scores, 30)).sum()))


@dataclass(frozen=True)
class Levels:
    """Which level a dimension reaches: for each level from 2, weights of its sentence and of the text, and a cut."""

    coef: Floats
    intercept: Floats
    cut: Floats

    def level(self, sentence: Floats, whole: Floats) -> int:
        """Return the level, from 1, given log-odds (levels - 1,) of the sentence and of the text."""
        scores = self.coef[:, 0] * sentence + self.coef[:, 1] * whole + self.intercept
        reached = sigmoid(scores) >= self.cut
        return 1 + int(np.cumprod(reached).sum())

    @classmethod
    def fit(cls, features: Floats, levels: NDArray[Any]) -> Levels:
        """Fit on features (scores, 2, levels - 1) of dimensions that people scored; cuts stand at one half."""
        from sklearn.linear_model import LogisticRegression  # slow to import

        steps = features.shape[2]
        coef, intercept = np.zeros((steps, 2)), np.zeros(steps)
        for n in range(steps):
            truth = levels > n + 1
            if truth.any() and not truth.all():
                fitted = LogisticRegression(C=0.1, max_iter=1000).fit(features[:, :, n], truth)
                coef[n], intercept[n] = fitted.coef_[0], fitted.intercept_[0]
            else:
                intercept[n] = 9.0 if truth.all() else -9.0
        cut = np.full(steps, 0.5)
        return cls(*(np.asarray(a, dtype=np.float32) for a in (coef, intercept, cut)))
