"""Texts in, classifications out: the model applied, batch by batch."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from classifiers.evidence import quote
from classifiers.features import Document, read_document
from classifiers.language import foreign_language
from classifiers.model import Model, load_model
from classifiers.results import Classification, DimensionScore, Evidence, Label, Stage
from classifiers.stacking import label_features, whole_features
from classifiers.stage import median_level

Floats = NDArray[np.float32]
_BATCH = 64
_QUOTES = 2
_DIGITS = 4
_PLAIN = 0.5  # a species as probable as this makes a case study, however the page looks as a whole
Text = str | tuple[str, str]


@dataclass(frozen=True)
class Scored:
    """A document with the first layer's log-odds: `sentences` (sentences, outputs), `whole` (outputs,)."""

    document: Document
    sentences: Floats
    whole: Floats


def classify(texts: Iterable[Text], *, model: Model | None = None) -> list[Classification]:
    """Classify texts, in order. A text is a string, or a pair of title and text; quotes come from the text alone."""
    return list(classify_stream(texts, model=model))


def classify_stream(texts: Iterable[Text], *, model: Model | None = None) -> Iterator[Classification]:
    """Classify texts as they come, in order, holding no more than a batch in memory."""
    chosen = model or load_model()
    source = iter(texts)
    while batch := list(islice(source, _BATCH)):
        pairs = [("", text) if isinstance(text, str) else text for text in batch]
        documents = [read_document(title or "", text or "", chosen.matcher) for title, text in pairs]
        for scored in score(documents, chosen):
            yield decide(scored, chosen)


def score(documents: Sequence[Document], model: Model) -> list[Scored]:
    """Return the first layer's log-odds of documents."""
    sentences = model.sentence_space.rows(documents) @ model.sentence_weights + model.sentence_layer.intercept
    whole = model.document_space.rows(documents) @ model.document_weights + model.document_layer.intercept
    bounds = np.cumsum([0, *(len(d.sentences) for d in documents)])
    return [
        Scored(document, sentences[bounds[n] : bounds[n + 1]], whole[n])
        for n, document in enumerate(documents)
    ]


def decide(scored: Scored, model: Model) -> Classification:
    """Turn log-odds into labels, quotes and stage."""
    document = scored.document
    note = _unread(document)
    if note is not None:
        return _nothing(model, note)
    outputs = model.outputs
    species, dimensions, whole = features(scored, model)
    gate = float(model.gate_head.probabilities(whole[None, None])[0, 0])
    probabilities = model.species_head.probabilities(species[None])[0]
    is_case_study = gate >= model.decision.case_study or float(probabilities.max()) >= _PLAIN
    labels = []
    for column in np.argsort(-probabilities, kind="stable"):
        if probabilities[column] < model.decision.species or not is_case_study:
            break
        quotes = _quotes(document, scored.sentences[:, column])
        labels.append(Label(outputs.codes[column], _rounded(probabilities[column]), quotes))
    return Classification(
        is_case_study,
        _rounded(gate),
        tuple(labels),
        _stage(scored, model, dimensions, whole, is_case_study=is_case_study),
        {code: _rounded(p) for code, p in zip(outputs.codes, probabilities, strict=True)},
        tuple(model.schemes),
        model.id,
        "only the first part was read: the text is very long" if document.cut else None,
    )


def features(scored: Scored, model: Model) -> tuple[Floats, Floats, Floats]:
    """Return the second layer's features: of each species, of each dimension, of the text as a whole."""
    outputs = model.outputs
    codes, both = len(outputs.codes), len(outputs.codes) + len(outputs.dimensions)
    gate = float(scored.whole[both])
    species = label_features(scored.sentences[:, :codes], scored.whole[:codes], gate)
    dimensions = label_features(
        scored.sentences[:, codes:both], scored.whole[codes:both], float(scored.whole[both + 1])
    )
    return species, dimensions, whole_features(scored.sentences, scored.whole, codes, both - codes)


def _stage(scored: Scored, model: Model, dimensions: Floats, whole: Floats, *, is_case_study: bool) -> Stage:
    stated = float(model.stated_head.probabilities(whole[None, None])[0, 0])
    if not is_case_study or stated < model.decision.stated or not scored.document.sentences:
        return Stage(None, _rounded(1 - stated))
    names, codes = model.outputs.dimensions, len(model.outputs.codes)
    both = codes + len(names)
    probabilities = model.dimension_head.probabilities(dimensions[None])[0]
    chosen = [n for n in range(len(names)) if probabilities[n] >= model.decision.dimension]
    chosen = chosen or [int(probabilities.argmax())]
    found: dict[str, DimensionScore] = {}
    for n in sorted(chosen, key=lambda n: -probabilities[n]):
        sentence = int(scored.sentences[:, codes + n].argmax())
        level = model.level_head.level(scored.sentences[sentence, both:], scored.whole[both + 2 :])
        found[names[n]] = DimensionScore(level, quote(scored.document, sentence))
    middle = median_level(score.level for score in found.values())
    return Stage(model.stage.at_level(middle or 1), _rounded(stated), found)


def _quotes(document: Document, scores: Floats) -> tuple[Evidence, ...]:
    order = np.argsort(-scores, kind="stable")[:_QUOTES]
    kept = [n for n in order if n == order[0] or scores[n] > scores[order[0]] - 3]
    return tuple(quote(document, int(n)) for n in kept)


def _unread(document: Document) -> str | None:
    if not document.sentences:
        return "nothing to read: the text holds no words"
    words = [word for sentence in document.sentences[:200] for word in sentence.words]
    language = foreign_language(words, document.text)
    return f"not in English but in {language!r}: not tagged" if language else None


def _nothing(model: Model, note: str) -> Classification:
    return Classification(
        is_case_study=False,
        case_study_probability=0.0,
        species=(),
        stage=Stage(None, 1.0),
        probabilities=dict.fromkeys(model.outputs.codes, 0.0),
        schemes=tuple(model.schemes),
        model=model.id,
        note=note,
    )


def _rounded(probability: float) -> float:
    return round(float(probability), _DIGITS)
