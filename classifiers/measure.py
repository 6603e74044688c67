"""How right classifications are: scores against labelled texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifiers.corpus import Example
from classifiers.results import Classification

_BINS = 10
_DRAWS = 500


@dataclass(frozen=True)
class LabelScore:
    """One species: how often it is right to give it, and how often it is given where it should be."""

    label: str
    precision: float
    recall: float
    f1: float
    low: float
    high: float
    positives: int


@dataclass(frozen=True)
class Scores:
    """All scores of a set of texts; a share that has no texts to stand on is None.

    `evidence`: of the right labels, the share with a quote that meets a person's. `stage_accuracy` counts "not
    stated" as a stage; `stage_kappa` (quadratic) is over the `stage_pairs` that both state; `stage_given` is the share
    given of those that have one. `calibration`: expected error of the probabilities of given labels.
    """

    texts: int
    macro: float
    macro_interval: tuple[float, float]
    micro: float
    micro_interval: tuple[float, float]
    labels: tuple[LabelScore, ...]
    evidence: float | None
    no_case_study_f1: float | None
    case_study_f1: float | None
    stage_kappa: float | None
    stage_pairs: int
    stage_accuracy: float
    stage_given: float | None
    calibration: float | None
    curve: tuple[tuple[float, float, int], ...]

    def to_record(self) -> dict[str, Any]:
        """Return the scores as JSON holds them."""
        return asdict(self)


def measure(
    examples: Sequence[Example], found: Sequence[Classification], codes: Sequence[str], stages: Sequence[str],
    *, seed: int = 0,
) -> Scores:  # fmt: skip
    """Score classifications against the labels that people gave, text by text."""
    truth = np.array([[code in e.species for code in codes] for e in examples])
    given = np.array([[code in {s.label for s in c.species} for code in codes] for c in found])
    draws = _draws(truth, given, seed)
    real = np.array([e.case_study for e in examples])
    said = np.array([c.is_case_study for c in found])
    pairs = [
        (stages.index(e.stage), stages.index(c.stage.label))
        for e, c in zip(examples, found, strict=True)
        if e.stage and c.stage.label
    ]
    stated = [c.stage.label is not None for e, c in zip(examples, found, strict=True) if e.stage]
    error, curve = _calibration(examples, found)
    return Scores(
        len(examples),
        float(f1(truth, given).mean()),
        _interval(draws[:, -2]),
        micro_f1(truth, given),
        _interval(draws[:, -1]),
        tuple(_label(n, code, truth, given, draws[:, n]) for n, code in enumerate(codes)),
        _evidence(examples, found),
        _flag(~real, ~said),
        _flag(real, said),
        kappa(pairs, len(stages)),
        len(pairs),
        float(np.mean([e.stage == c.stage.label for e, c in zip(examples, found, strict=True)])),
        float(np.mean(stated)) if stated else None,
        error,
        curve,
    )


def f1(truth: NDArray[np.bool_], given: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return each label's F1; 0 where it is nowhere given or true."""
    right = (truth & given).sum(axis=0)
    return np.asarray(2 * right / np.maximum(1, truth.sum(axis=0) + given.sum(axis=0)))


def micro_f1(truth: NDArray[np.bool_], given: NDArray[np.bool_]) -> float:
    """Return F1 over all pairs of text and label."""
    return float(2 * (truth & given).sum() / max(1, truth.sum() + given.sum()))


def kappa(pairs: Sequence[tuple[int, int]], levels: int) -> float | None:
    """Return quadratic weighted kappa of pairs of levels; None where one side never varies."""
    if not pairs:
        return None
    table = np.zeros((levels, levels))
    for a, b in pairs:
        table[a, b] += 1
    distance = (np.arange(levels)[:, None] - np.arange(levels)[None, :]) ** 2
    chance = np.outer(table.sum(axis=1), table.sum(axis=0)) / table.sum()
    expected = float((distance * chance).sum())
    return 1 - float((distance * table).sum()) / expected if expected else None


def _label(
    n: int, code: str, truth: NDArray[np.bool_], given: NDArray[np.bool_], draws: NDArray[np.float64]
) -> LabelScore:
    right, said, real = (int(x.sum()) for x in (truth[:, n] & given[:, n], given[:, n], truth[:, n]))
    score = 2 * right / max(1, said + real)
    return LabelScore(code, right / max(1, said), right / max(1, real), score, *_interval(draws), real)


def _draws(truth: NDArray[np.bool_], given: NDArray[np.bool_], seed: int) -> NDArray[np.float64]:
    """Return bootstrap scores over texts: each label's F1, then macro, then micro."""
    random = np.random.default_rng(seed)
    rows = []
    for _ in range(_DRAWS):
        drawn = random.integers(0, len(truth), len(truth))
        each = f1(truth[drawn], given[drawn])
        rows.append([*each, each.mean(), micro_f1(truth[drawn], given[drawn])])
    return np.array(rows)


def _interval(draws: NDArray[np.float64]) -> tuple[float, float]:
    low, high = np.quantile(draws, [0.025, 0.975])
    return float(low), float(high)


def _flag(truth: NDArray[np.bool_], given: NDArray[np.bool_]) -> float | None:
    both = int(truth.sum() + given.sum())
    return float(2 * (truth & given).sum() / both) if both else None


def _evidence(examples: Sequence[Example], found: Sequence[Classification]) -> float | None:
    hits = []
    for example, classification in zip(examples, found, strict=True):
        for label in classification.species:
            if label.label in example.species:
                gold = [
                    (start, start + len(q.quote))
                    for q in example.evidence
                    if q.label == label.label and (start := example.text.find(q.quote)) >= 0
                ]
                hits.append(any(a < e.end and e.start < b for e in label.evidence for a, b in gold))
    return float(np.mean(hits)) if hits else None


def _calibration(
    examples: Sequence[Example], found: Sequence[Classification]
) -> tuple[float | None, tuple[tuple[float, float, int], ...]]:
    """Return the expected calibration error of given labels, and its curve: mean probability, share right, count."""
    pairs = [
        (label.probability, label.label in e.species)
        for e, c in zip(examples, found, strict=True)
        for label in c.species
    ]
    if not pairs:
        return None, ()
    probability, right = np.array([p for p, _ in pairs]), np.array([r for _, r in pairs])
    edges = np.minimum((probability * _BINS).astype(int), _BINS - 1)
    curve = tuple(
        (float(probability[edges == b].mean()), float(right[edges == b].mean()), int((edges == b).sum()))
        for b in range(_BINS)
        if (edges == b).any()
    )
    return float(sum(n * abs(p - r) for p, r, n in curve) / len(pairs)), curve
