"""Why a text has its labels and not the others, in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from classifiers.features import Document, read_document
from classifiers.model import Model, load_model
from classifiers.results import Classification
from classifiers.scheme import Code
from classifiers.tagging import Scored, decide, features, score

_REASONS = 4
_LEAST = 0.05  # log-odds: a reason that moves less is not worth a word


@dataclass(frozen=True)
class Reason:
    """Something in the text, and how far it moved the score (log-odds; below 0: against the label)."""

    what: str
    weight: float


@dataclass(frozen=True)
class LabelExplanation:
    """One label tried: its probability, the threshold, the sentence that speaks most for it, and what spoke in it."""

    label: str
    title: str
    given: bool
    probability: float
    threshold: float
    sentence: str
    for_it: tuple[Reason, ...]
    against_it: tuple[Reason, ...]


@dataclass(frozen=True)
class Explanation:
    """Every label tried, the likeliest first, and the classification that came of it."""

    classification: Classification
    labels: tuple[LabelExplanation, ...]

    def to_text(self, *, every: bool = False) -> str:
        """Return the explanation as paragraphs; without `every`, only labels given or narrowly missed."""
        found = self.classification
        if found.note and not self.labels:
            return f"{found.note}\n"
        verdict = "a case study" if found.is_case_study else "no case study, so that no label is given"
        lines = [
            f"This text looks like {verdict} (probability of a case study {found.case_study_probability:.2f})."
        ]
        for label in self.labels:
            if every or label.given or label.probability > label.threshold / 3:
                lines += ["", *_paragraph(label)]
        stage = found.stage
        lines += ["", f"Stage: {stage.label or 'not stated'} (probability {stage.probability:.2f})."]
        lines += [
            f"  {name} {score.level}: “{score.evidence.quote}”" for name, score in stage.dimensions.items()
        ]
        return "\n".join(lines) + "\n"


def explain(text: str, *, title: str = "", model: Model | None = None) -> Explanation:
    """Tell, for each species code, what in the text spoke for and against it."""
    chosen = model or load_model()
    document = read_document(title, text, chosen.matcher)
    (scored,) = score([document], chosen)
    found = decide(scored, chosen)
    if not document.sentences or (found.note and not found.case_study_probability):
        return Explanation(found, ())
    species, _, _ = features(scored, chosen)
    probabilities = chosen.species_head.probabilities(species[None])[0]
    given = {label.label for label in found.species}
    order = np.argsort(-probabilities, kind="stable")
    codes = chosen.species.codes
    return Explanation(
        found,
        tuple(
            _label(codes[n], int(n), scored, chosen, float(probabilities[n]), given=codes[n].code in given)
            for n in order
        ),
    )


def _label(
    code: Code, column: int, scored: Scored, model: Model, probability: float, *, given: bool
) -> LabelExplanation:
    document = scored.document
    best = int(scored.sentences[:, column].argmax())
    sentence = document.sentences[best]
    reasons = _reasons(document, best, column, model)
    return LabelExplanation(
        code.code,
        code.title,
        given,
        round(probability, 4),
        model.decision.species,
        document.text[sentence.start : sentence.end],
        tuple(r for r in reasons if r.weight > _LEAST)[:_REASONS],
        tuple(r for r in reversed(reasons) if r.weight < -_LEAST)[:_REASONS],
    )


def _reasons(document: Document, best: int, column: int, model: Model) -> list[Reason]:
    """Return what moved a sentence's score, the strongest for it first."""
    space = model.sentence_space
    row = space.rows([document])[best].toarray()[0]
    moved: NDArray[np.float32] = row * model.sentence_weights[:, column]
    reasons = [
        Reason(space.name(int(n), model.matcher.names), round(float(moved[n]), 3))
        for n in np.flatnonzero(moved)
    ]
    return sorted(reasons, key=lambda r: (-r.weight, r.what))


def _paragraph(label: LabelExplanation) -> Sequence[str]:
    verdict = "given" if label.given else "not given"
    lines = [
        f"{label.label} ({label.title}): {verdict}, probability {label.probability:.2f} against {label.threshold:.2f}.",
        f"  Most telling: “{label.sentence}”",
    ]
    for words, reasons in (("for it", label.for_it), ("against it", label.against_it)):
        if reasons:
            lines.append(f"  {words}: " + "; ".join(f"{r.what} ({r.weight:+.2f})" for r in reasons))
    return lines
