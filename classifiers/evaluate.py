"""How good a model is: its scores beside two yardsticks, where it goes wrong, as a table, JSON or a page."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from classifiers.corpus import Example, read_corpus
from classifiers.errors import CorpusError
from classifiers.measure import LabelScore, Scores, measure
from classifiers.model import Model, load_model
from classifiers.results import Classification
from classifiers.rules import keyword_rules, majority
from classifiers.tagging import classify_stream

_WORST = 12
_SHOWN = 240


@dataclass(frozen=True)
class Mistake:
    """A label given wrongly (`missed` False) or not given (True), with the probability it had."""

    id: str
    title: str
    label: str
    missed: bool
    probability: float
    excerpt: str


@dataclass(frozen=True)
class Report:
    """Scores on a corpus. `seen`: the model was trained on this very corpus, so the scores flatter it."""

    model: str
    seen: bool
    scores: Scores
    rules: Scores
    majority: Scores
    by_genre: dict[str, tuple[int, float]]
    by_length: dict[str, tuple[int, float]]
    confusions: tuple[tuple[str, str, int], ...]
    worst: tuple[Mistake, ...]
    held_out: dict[str, Any]

    def to_record(self) -> dict[str, Any]:
        """Return the report as JSON holds it."""
        return {
            "model": self.model,
            "seen": self.seen,
            "scores": self.scores.to_record(),
            "keyword_rules": self.rules.to_record(),
            "majority": self.majority.to_record(),
            "by_genre": {k: {"texts": n, "micro": f} for k, (n, f) in self.by_genre.items()},
            "by_length": {k: {"texts": n, "micro": f} for k, (n, f) in self.by_length.items()},
            "confusions": [{"true": a, "given": b, "texts": n} for a, b, n in self.confusions],
            "worst": [mistake.__dict__ for mistake in self.worst],
            "held_out": self.held_out,
        }

    def to_json(self) -> str:
        """Return the report as JSON."""
        return json.dumps(self.to_record(), indent=2, ensure_ascii=False)

    def to_table(self) -> str:
        """Return the report as text for a terminal."""
        rows: list[tuple[str, ...]] = [("", "model", "keyword rules", "majority")]
        sets = (self.scores, self.rules, self.majority)
        rows += [(name, *(_shown(getattr(s, key)) for s in sets)) for name, key in _ROWS]
        lines = [f"model {self.model}", ""]
        lines += [first.ljust(28) + "".join(cell.rjust(15) for cell in cells) for first, *cells in rows]
        lines += ["", f"{'species':<24}{'precision':>10}{'recall':>8}{'F1':>7}   95 %          texts"]
        lines += [_label_line(label) for label in self.scores.labels]
        if self.seen:
            lines += [
                "",
                "The model was trained on texts like these: the scores flatter it. Held out, part by part:",
            ]
            held = self.held_out.get("held_out", {})
            lines += [f"  {name}: {_shown(held.get(key))}" for name, key in _ROWS]
        return "\n".join(lines) + "\n"


_ROWS = (
    ("texts", "texts"), ("macro-F1, species", "macro"), ("micro-F1, species", "micro"),
    ("evidence hit rate", "evidence"),
    ("F1 of case study", "case_study_f1"), ("F1 of no case study", "no_case_study_f1"),
    ("stage: quadratic kappa", "stage_kappa"), ("  over pairs", "stage_pairs"),
    ("stage: accuracy with none", "stage_accuracy"), ("stage given where stated", "stage_given"),
    ("calibration error", "calibration"),
)  # fmt: skip


def evaluate(corpora: Iterable[Path | str], *, model: Model | None = None, seed: int = 0) -> Report:
    """Score a model on corpus files; the scores are honest only on texts that it was not trained on.

    Raises CorpusError.
    """
    judged = model or load_model()
    paths = [Path(path) for path in corpora]
    if not paths:
        raise CorpusError("evaluate: no corpus file given; one or more are needed")
    corpus = read_corpus(paths, judged.species, judged.stage)
    found = list(classify_stream(((e.title, e.text) for e in corpus.examples), model=judged))
    seen = corpus.digest == judged.card.get("corpus_digest") or _all_seen(corpus.examples, judged)
    return report(corpus.examples, found, judged, seen=seen, seed=seed)


def _all_seen(examples: Sequence[Example], model: Model) -> bool:
    parts = set(model.card.get("parts", ()))
    return any(example.part in parts for example in examples)


def report(
    examples: Sequence[Example], found: Sequence[Classification], model: Model, *, seen: bool, seed: int = 0
) -> Report:
    """Put together what is said of classifications of labelled texts."""
    codes, stages = model.outputs.codes, model.stage.code_names()

    def scored(given: Sequence[Classification]) -> Scores:
        return measure(examples, given, codes, stages, seed=seed)

    return Report(
        model.id,
        seen,
        scored(found),
        scored(keyword_rules(examples, model)),
        scored(majority(examples, model)),
        _grouped(examples, found, lambda e: e.genre),
        _grouped(examples, found, lambda e: _length(len(e.text))),
        _confusions(examples, found),
        _worst(examples, found),
        dict(model.card.get("scores", {})),
    )


def _length(characters: int) -> str:
    bounds = ((500, "under 500"), (1500, "500 to 1,500"), (3000, "1,500 to 3,000"))
    return next((name for bound, name in bounds if characters < bound), "3,000 and more")


def _grouped(
    examples: Sequence[Example], found: Sequence[Classification], key: Any
) -> dict[str, tuple[int, float]]:
    counts: dict[str, list[int]] = {}
    for example, classification in zip(examples, found, strict=True):
        given, true = {s.label for s in classification.species}, set(example.species)
        row = counts.setdefault(key(example), [0, 0, 0])
        for n, value in enumerate((1, 2 * len(given & true), len(given) + len(true))):
            row[n] += value
    ordered = sorted(counts.items(), key=lambda item: (-item[1][0], item[0]))
    return {name: (texts, right / both if both else 1.0) for name, (texts, right, both) in ordered[:30]}


def _confusions(
    examples: Sequence[Example], found: Sequence[Classification]
) -> tuple[tuple[str, str, int], ...]:
    """Return which label was given where another was true, the commonest first."""
    pairs = Counter[tuple[str, str]]()
    for example, classification in zip(examples, found, strict=True):
        given, true = {s.label for s in classification.species}, set(example.species)
        pairs.update((a, b) for a in sorted(true - given) or ["none"] for b in sorted(given - true))
    return tuple((a, b, n) for (a, b), n in pairs.most_common(15))


def _worst(examples: Sequence[Example], found: Sequence[Classification]) -> tuple[Mistake, ...]:
    mistakes = []
    for example, classification in zip(examples, found, strict=True):
        given = {s.label: s for s in classification.species}
        for label in sorted(set(given) ^ set(example.species)):
            missed = label not in given
            probability = classification.probabilities.get(label, 0.0)
            quotes = [q.quote for q in example.evidence if q.label == label]
            excerpt = quotes[0] if missed and quotes else example.text
            if not missed and given[label].evidence:
                excerpt = given[label].evidence[0].quote
            mistakes.append(Mistake(example.id, example.title, label, missed, probability, excerpt[:_SHOWN]))
    mistakes.sort(key=lambda m: (-(1 - m.probability if m.missed else m.probability), m.id))
    return tuple(mistakes[:_WORST])


def _label_line(score: LabelScore) -> str:
    shares = f"{score.precision:>10.2f}{score.recall:>8.2f}{score.f1:>7.2f}"
    return f"{score.label:<24}{shares}   {score.low:.2f} to {score.high:.2f}  {score.positives:>5}"


def _shown(value: Any) -> str:
    if value is None:
        return "–"
    return f"{value:.2f}" if isinstance(value, float) else str(value)
