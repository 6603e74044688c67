"""How common each label is in a collection, allowing for the classifier's errors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from classifiers.model import Model
from classifiers.results import Classification

_DRAWS = 2000


@dataclass(frozen=True)
class Prevalence:
    """A label's share of texts: as counted, and as estimated with a 95 % interval; None where that cannot be said."""

    label: str
    counted: float
    estimated: float | None
    low: float | None
    high: float | None


def prevalence(found: Sequence[Classification], model: Model, *, seed: int = 0) -> list[Prevalence]:
    """Estimate each label's true share by adjusted counting.

    The model's hit and false-alarm rates, measured on held-out texts and uncertain themselves, turn the share counted
    into the share that would give that count. It assumes that the classifier errs on these texts as on those.
    """
    rates = model.card.get("scores", {}).get("held_out", {})
    labels = {label["label"]: label for label in rates.get("labels", ())}
    random = np.random.default_rng(seed)
    return [
        _estimate(code, found, labels.get(code), rates.get("texts", 0), random)
        for code in model.outputs.codes
    ]


def _estimate(
    code: str,
    found: Sequence[Classification],
    label: dict[str, Any] | None,
    texts: int,
    random: np.random.Generator,
) -> Prevalence:
    given = sum(any(s.label == code for s in c.species) for c in found)
    counted = given / max(1, len(found))
    if not label or not found:
        return Prevalence(code, counted, None, None, None)
    positives = label["positives"]
    right = round(label["recall"] * positives)
    wrong = round(right / label["precision"]) - right if label["precision"] else 0
    shares = random.beta(given + 0.5, len(found) - given + 0.5, _DRAWS)
    hits = random.beta(right + 0.5, positives - right + 0.5, _DRAWS)
    alarms = random.beta(wrong + 0.5, texts - positives - wrong + 0.5, _DRAWS)
    spread = np.where(hits - alarms > 0.05, hits - alarms, np.nan)
    drawn = np.clip((shares - alarms) / spread, 0, 1)
    if np.isnan(drawn).mean() > 0.05:
        return Prevalence(code, counted, None, None, None)
    low, middle, high = (float(q) for q in np.nanquantile(drawn, [0.025, 0.5, 0.975]))
    return Prevalence(code, counted, middle, low, high)
