"""The one estimator underneath: logistic regression of many labels at once, each row weighed for each label."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import minimize
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_array, check_is_fitted

_GROUP = 6  # labels fitted in one go: more would share a step that suits none of them


class ManyLogistic(BaseEstimator):  # type: ignore[misc]
    """Independent logistic regressions that share their rows, fitted together.

    One pass over a sparse matrix serves every label, which is several times faster than a fit for each; and a
    weight may stand for each row *and* label, so that a doubtful pair is left out without losing the row.
    """

    def __init__(self, strength: float = 1.0, iterations: int = 40) -> None:
        self.strength = strength
        self.iterations = iterations

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:  # noqa: N803 (scikit-learn's names)
        """Fit `y` of shape (rows, labels), 0 or 1; `sample_weight` of that shape, of (rows,), or None."""
        X = sparse.csr_matrix(check_array(X, accept_sparse="csr", dtype=np.float32))  # noqa: N806
        targets = np.asarray(y, dtype=np.float32)
        targets = targets[:, None] if targets.ndim == 1 else targets
        weights = _weights(sample_weight, targets.shape)
        rows = _Rows(X, X.T.tocsr())
        fitted = [
            _fit_together(rows, targets[:, at : at + _GROUP], weights[:, at : at + _GROUP], self)
            for at in range(0, targets.shape[1], _GROUP)
        ]
        both = np.concatenate(fitted, axis=1)
        self.coef_ = both[:-1].astype(np.float32)
        self.intercept_ = both[-1].astype(np.float32)
        self.n_features_in_ = X.shape[1]
        return self

    def decision_function(self, X: Any) -> NDArray[np.float32]:  # noqa: N803
        """Return log-odds of shape (rows, labels)."""
        check_is_fitted(self)
        return np.asarray(X @ self.coef_ + self.intercept_, dtype=np.float32)


def _weights(given: Any, shape: tuple[int, ...]) -> NDArray[np.float32]:
    if given is None:
        return np.ones(shape, dtype=np.float32)
    weights = np.asarray(given, dtype=np.float32)
    return np.broadcast_to(weights[:, None] if weights.ndim == 1 else weights, shape)


def _sigmoid(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(0.5 * (1 + np.tanh(0.5 * scores)), dtype=np.float32)


def sigmoid(scores: Any) -> Any:
    """Return the probabilities of log-odds."""
    return 0.5 * (1 + np.tanh(0.5 * np.asarray(scores)))


@dataclass(frozen=True)
class _Rows:
    plain: Any
    transposed: Any


def _fit_together(
    rows: _Rows, targets: NDArray[np.float32], weights: NDArray[np.float32], settings: ManyLogistic
) -> NDArray[np.float64]:
    """Return weights (features + 1, labels), the intercept last, of labels that share each pass over the rows."""
    width, labels, strength = rows.plain.shape[1], targets.shape[1], float(settings.strength)

    def objective(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        both = flat.reshape(width + 1, labels)
        scores = rows.plain @ both[:width].astype(np.float32) + both[width].astype(np.float32)
        losses = weights * (np.logaddexp(0, scores) - targets * scores)
        slope = weights * (_sigmoid(scores) - targets)
        gradient = np.empty_like(both)
        gradient[:width] = strength * (rows.transposed @ slope) + both[:width]
        gradient[width] = strength * slope.sum(axis=0, dtype=np.float64)
        value = strength * float(losses.sum(dtype=np.float64)) + 0.5 * float((both[:width] ** 2).sum())
        return value, gradient.ravel()

    start = np.zeros((width + 1, labels))
    rate = (weights * targets).sum(axis=0) / np.maximum(weights.sum(axis=0), 1e-9)
    rate = np.clip(rate, 1e-4, 1 - 1e-4)
    start[width] = np.log(rate / (1 - rate))
    options = {"maxiter": settings.iterations, "maxcor": 8}
    found = minimize(objective, start.ravel(), jac=True, method="L-BFGS-B", options=options)
    return np.asarray(found.x.reshape(width + 1, labels))
