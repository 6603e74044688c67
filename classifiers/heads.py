"""Fits the second layer: on scores of texts that the first was not fitted on, and where the thresholds stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifiers.corpus import Corpus
from classifiers.features import Document, DocumentSpace, SentenceSpace
from classifiers.measure import kappa
from classifiers.model import Decision, Floats
from classifiers.stacking import Levels, Stacked, label_features, whole_features
from classifiers.stage import median_level
from classifiers.targets import Outputs, Targets

_CUTS = np.arange(0.08, 0.72, 0.04)


@dataclass(frozen=True)
class Prepared:
    """A corpus as matrices, and which fold holds out which texts."""

    corpus: Corpus
    documents: tuple[Document, ...]
    outputs: Outputs
    targets: Targets
    sentence_space: SentenceSpace
    document_space: DocumentSpace
    sentence_rows: Any
    document_rows: Any
    folds: tuple[NDArray[np.int64], ...]


@dataclass(frozen=True)
class Held:
    """What the first layer says of texts that it was not fitted on: log-odds for the documents `texts`."""

    texts: NDArray[np.int64]
    sentences: tuple[Floats, ...]
    whole: Floats


@dataclass(frozen=True)
class _Seen:
    """The second layer's features of held-out texts, one after another."""

    texts: NDArray[np.int64]
    sentences: tuple[Floats, ...]
    scores: Floats
    species: Floats
    dimensions: Floats
    whole: Floats


def fit_heads(prepared: Prepared, held: Sequence[Held]) -> tuple[dict[str, Any], Decision]:
    """Fit the second layer and the thresholds on held-out scores."""
    outputs = prepared.outputs
    codes, both = len(outputs.codes), len(outputs.codes) + len(outputs.dimensions)
    seen = _see(held, outputs)
    truth = prepared.targets.document[seen.texts]
    species = Stacked.fit(seen.species, truth[:, :codes])
    dimensions = Stacked.fit(seen.dimensions, truth[:, codes:both])
    gate = Stacked.fit(seen.whole[:, None], truth[:, both : both + 1], strength=1.0)
    stated = Stacked.fit(seen.whole[:, None], truth[:, both + 1 : both + 2], strength=1.0)
    decision = Decision(
        _best(species.probabilities(seen.species), truth[:, :codes]),
        1 - _best(1 - gate.probabilities(seen.whole[:, None]), 1 - truth[:, both : both + 1]),
        _best(stated.probabilities(seen.whole[:, None]), truth[:, both + 1 : both + 2]),
        _best(dimensions.probabilities(seen.dimensions), truth[:, codes:both]),
    )
    levels = _fit_levels(prepared, seen, dimensions.probabilities(seen.dimensions), decision.dimension)
    heads = {"species_head": species, "gate_head": gate, "stated_head": stated, "dimension_head": dimensions}
    return {**heads, "level_head": levels}, decision


def _see(held: Sequence[Held], outputs: Outputs) -> _Seen:
    codes, both = len(outputs.codes), len(outputs.codes) + len(outputs.dimensions)
    species, dimensions, whole = [], [], []
    for part in held:
        for sentences, scores in zip(part.sentences, part.whole, strict=True):
            species.append(label_features(sentences[:, :codes], scores[:codes], float(scores[both])))
            dimensions.append(
                label_features(sentences[:, codes:both], scores[codes:both], float(scores[both + 1]))
            )
            whole.append(whole_features(sentences, scores, codes, both - codes))
    return _Seen(
        np.concatenate([part.texts for part in held]),
        tuple(sentences for part in held for sentences in part.sentences),
        np.concatenate([part.whole for part in held]),
        np.stack(species),
        np.stack(dimensions),
        np.stack(whole),
    )


def _fit_levels(prepared: Prepared, seen: _Seen, probabilities: Floats, threshold: float) -> Levels:
    """Fit levels on the dimensions that people scored; move the cuts to where the medians agree best."""
    outputs = prepared.outputs
    codes, both = len(outputs.codes), len(outputs.codes) + len(outputs.dimensions)
    rows, levels, truth, chosen = [], [], [], []
    for n, text in enumerate(seen.texts):
        example, sentences, whole = (
            prepared.corpus.examples[text],
            seen.sentences[n],
            seen.scores[n, both + 2 :],
        )
        if not len(sentences):
            continue
        best = sentences[:, codes:both].argmax(axis=0)
        for dimension, level in example.dimensions.items():
            column = outputs.dimensions.index(dimension)
            rows.append(np.stack([sentences[best[column], both:], whole]))
            levels.append(level)
        if example.dimensions:
            picked = np.flatnonzero(probabilities[n] >= threshold)
            picked = picked if len(picked) else np.array([probabilities[n].argmax()])
            truth.append(median_level(example.dimensions.values()) or 1)
            chosen.append((sentences[best[picked], both:], whole))
    fitted = Levels.fit(np.stack(rows).astype(np.float32), np.array(levels))
    return _move_cuts(fitted, chosen, truth, outputs.levels)


def _move_cuts(
    fitted: Levels, chosen: Sequence[tuple[Floats, Floats]], truth: Sequence[int], count: int
) -> Levels:
    """Move one cut after another to the best sum of kappa and accuracy over the stages."""
    best = fitted
    best_score = -np.inf
    for _ in range(2):
        for step in range(count - 1):
            for cut in _CUTS:
                cuts = best.cut.copy()
                cuts[step] = cut
                tried = Levels(best.coef, best.intercept, cuts)
                found = [median_level(tried.level(s, whole) for s in scores) or 1 for scores, whole in chosen]
                agreed = kappa([(a - 1, b - 1) for a, b in zip(truth, found, strict=True)], count) or 0.0
                score = agreed + float(np.mean(np.array(truth) == np.array(found)))
                if score > best_score + 1e-9:
                    best, best_score = tried, score
    return best


def _best(probabilities: Floats, truth: NDArray[Any]) -> float:
    """Return the one threshold for all labels that gives the best sum of macro- and micro-F1."""
    return float(max(np.arange(0.1, 0.9, 0.02), key=lambda t: sum(f_scores(probabilities >= t, truth > 0))))


def f_scores(found: NDArray[np.bool_], truth: NDArray[np.bool_]) -> tuple[float, float]:
    """Return macro- and micro-F1 of decisions (texts, labels); a label that is nowhere counts as 0."""
    right = (found & truth).sum(axis=0)
    each = 2 * right / np.maximum(1, found.sum(axis=0) + truth.sum(axis=0))
    return float(each.mean()), float(2 * right.sum() / max(1, found.sum() + truth.sum()))
