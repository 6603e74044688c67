"""A new model from reviewed texts, promoted only if it is not worse on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from classifiers.corpus import Example
from classifiers.measure import micro_f1
from classifiers.results import Classification

_DRAWS = 2000
_FEWEST = 20  # reviewed texts: below that a comparison says nothing


@dataclass(frozen=True)
class Verdict:
    """Whether the new model takes over, and why; `low` and `high`: 95 % interval of its gain in micro-F1."""

    promoted: bool
    reason: str
    old: float
    new: float
    low: float
    high: float


def compare(
    examples: Sequence[Example], old: Sequence[Classification], new: Sequence[Classification],
    codes: Sequence[str], *, tolerance: float = 0.02, seed: int = 0,
) -> Verdict:  # fmt: skip
    """Compare two models on the same reviewed texts, by a paired bootstrap over texts.

    The new model's classifications must come from fits that had not seen these texts (`selection.held_out`). It is
    promoted if it gains micro-F1, or if its loss stays within `tolerance` over the whole 95 % interval.
    """
    truth = np.array([[code in e.species for code in codes] for e in examples])
    before, after = (
        np.array([[code in {s.label for s in c.species} for code in codes] for c in found])
        for found in (old, new)
    )
    scores = micro_f1(truth, before), micro_f1(truth, after)
    if len(examples) < _FEWEST:
        reason = f"only {len(examples)} reviewed texts; {_FEWEST} are needed to compare"
        return Verdict(promoted=False, reason=reason, old=scores[0], new=scores[1], low=0.0, high=0.0)
    random = np.random.default_rng(seed)
    gains = []
    for _ in range(_DRAWS):
        drawn = random.integers(0, len(truth), len(truth))
        gains.append(micro_f1(truth[drawn], after[drawn]) - micro_f1(truth[drawn], before[drawn]))
    low, high = (float(q) for q in np.quantile(gains, [0.025, 0.975]))
    gain = scores[1] - scores[0]
    promoted = gain >= 0 or low >= -tolerance
    told = f"micro-F1 {scores[1]:.3f} after {scores[0]:.3f} on {len(examples)} reviewed texts"
    told += f", gain {low:+.3f} to {high:+.3f}"
    return Verdict(promoted, told if promoted else f"worse: {told}", *scores, low, high)
