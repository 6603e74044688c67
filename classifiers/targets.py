"""What the estimators are to learn from labelled texts, as matrices with a weight for each cell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifiers.corpus import STAGE_LABEL, Example
from classifiers.features import Document
from classifiers.scheme import Scheme

Floats = NDArray[np.float32]
REAL = ("retold", "reviewed")  # families of parts whose texts are like those that will be read
_FAMILY_WEIGHTS = {"retold": 3.0, "reviewed": 3.0}
# The seed parts a to f overdraw what they plant: they teach less of what real pages are like.
_PART_WEIGHTS = {f"part-{letter}": 0.5 for letter in "abcdef"}
_PASSAGE_AS_DOCUMENT = 0.3  # a passage is no page: it teaches sentences above all


def family(part: str) -> str:
    """Return the kind of a corpus part: what stands before the first hyphen of its name."""
    return part.partition("-")[0]


def part_weight(part: str) -> float:
    """Return how much a text of this part counts in training."""
    return _PART_WEIGHTS.get(part, _FAMILY_WEIGHTS.get(family(part), 1.0))


@dataclass(frozen=True)
class Outputs:
    """The columns that the first layer predicts, for sentences and for whole texts."""

    codes: tuple[str, ...]
    dimensions: tuple[str, ...]
    levels: int

    @classmethod
    def of(cls, species: Scheme, stage: Scheme) -> Outputs:
        """Return the columns of two schemes."""
        return cls(species.code_names(), tuple(d.dimension for d in stage.dimensions), len(stage.codes))

    @property
    def sentence_width(self) -> int:
        """Species, then dimensions, then levels from 2 upwards."""
        return len(self.codes) + len(self.dimensions) + self.levels - 1

    @property
    def document_width(self) -> int:
        """Species, dimensions, whether it is a case study, whether a stage is stated, levels from 2 upwards."""
        return len(self.codes) + len(self.dimensions) + 2 + self.levels - 1


@dataclass(frozen=True)
class Targets:
    """Truth and weights, (sentences or documents, outputs); `owner` tells each sentence's document."""

    sentence: Floats
    sentence_weight: Floats
    document: Floats
    document_weight: Floats
    owner: NDArray[np.int64]


def make_targets(
    examples: Sequence[Example], documents: Sequence[Document], outputs: Outputs, stage: Scheme
) -> Targets:
    """Return what is to be learnt. Which dimension a stage quote speaks of is open where a text has several."""
    rows, weights, owner = [], [], []
    for number, (example, document) in enumerate(zip(examples, documents, strict=True)):
        truth, weight = _sentences(example, document, outputs)
        rows.append(truth)
        weights.append(weight * part_weight(example.part))
        owner += [number] * len(truth)
    stages = tuple(stage.at_level(level) for level in range(1, outputs.levels + 1))
    whole = np.array([_document(example, outputs, stages) for example in examples], dtype=np.float32)
    whole_weight = np.ones_like(whole)
    for number, example in enumerate(examples):
        kind = family(example.part)
        whole_weight[number, -(outputs.levels - 1) :] = example.stage is not None
        whole_weight[number] *= _PASSAGE_AS_DOCUMENT if kind == "passages" else part_weight(example.part)
    return Targets(np.concatenate(rows), np.concatenate(weights), whole, whole_weight, np.array(owner))


def quoted(example: Example, document: Document, label: str) -> NDArray[np.bool_]:
    """Return for each sentence whether it meets a quote for the label."""
    spans = []
    for quotation in example.evidence:
        if quotation.label == label:
            start = example.text.find(quotation.quote)
            spans.append((start, start + len(quotation.quote)))
    return np.array(
        [any(a < s.end and s.start < b for a, b in spans) for s in document.sentences], dtype=bool
    )


def _sentences(example: Example, document: Document, outputs: Outputs) -> tuple[Floats, Floats]:
    count = len(document.sentences)
    truth = np.zeros((count, outputs.sentence_width), np.float32)
    weight = np.ones_like(truth)
    for column, code in enumerate(outputs.codes):
        if code in example.species:
            truth[:, column] = quoted(example, document, code)
            weight[truth[:, column] == 0, column] = 0.0  # other sentences of the text may say it too
    stage = quoted(example, document, STAGE_LABEL)
    at = len(outputs.codes)
    for column, dimension in enumerate(outputs.dimensions, at):
        if dimension in example.dimensions:
            weight[:, column] = 0.0
            if len(example.dimensions) == 1:
                truth[:, column] = stage
                weight[stage, column] = 1.0
    _levels(truth, weight, example, stage if len(example.dimensions) == 1 else np.zeros_like(stage), outputs)
    return truth, weight


def _levels(truth: Floats, weight: Floats, example: Example, at: NDArray[np.bool_], outputs: Outputs) -> None:
    start = len(outputs.codes) + len(outputs.dimensions)
    weight[:, start:] = 0.0
    weight[at, start:] = 1.0
    for level in example.dimensions.values():
        truth[at, start:] = [level > n for n in range(1, outputs.levels)]


def _document(example: Example, outputs: Outputs, stages: tuple[str, ...]) -> list[Any]:
    reached = stages.index(example.stage) if example.stage else 0
    return [
        *(code in example.species for code in outputs.codes),
        *(dimension in example.dimensions for dimension in outputs.dimensions),
        example.case_study,
        example.stage is not None,
        *(reached >= level for level in range(1, outputs.levels)),
    ]


def assign_dimensions(
    targets: Targets,
    scores: Floats,
    examples: Sequence[Example],
    documents: Sequence[Document],
    outputs: Outputs,
) -> Targets:
    """Settle which stage quote speaks of which dimension, by a first model's sentence scores.

    A quote takes the dimension of its text that suits it best; a dimension without a quote takes its best one.
    """
    truth, weight = targets.sentence.copy(), targets.sentence_weight.copy()
    codes, start = len(outputs.codes), len(outputs.codes) + len(outputs.dimensions)
    for number, (example, document) in enumerate(zip(examples, documents, strict=True)):
        if len(example.dimensions) < 2:
            continue
        rows = np.flatnonzero(targets.owner == number)
        stage = rows[quoted(example, document, STAGE_LABEL)]
        if not len(stage):
            continue
        scale = part_weight(example.part)
        columns = [codes + outputs.dimensions.index(d) for d in example.dimensions]
        suits = scores[stage][:, columns]
        pairs = {(r, int(suits[r].argmax())) for r in range(len(stage))}
        pairs |= {
            (int(suits[:, c].argmax()), c) for c in range(len(columns)) if c not in {p[1] for p in pairs}
        }
        levels = list(example.dimensions.values())
        for row, column in pairs:
            truth[stage[row], columns[column]] = 1.0
            weight[stage[row], columns[column]] = scale
            truth[stage[row], start:] = [levels[column] > n for n in range(1, outputs.levels)]
            weight[stage[row], start:] = scale
    return Targets(truth, weight, targets.document, targets.document_weight, targets.owner)
