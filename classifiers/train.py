"""Fits a model from labelled texts: both layers, the thresholds, and what is known of its worth."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifiers import scheme as schemes
from classifiers.corpus import Corpus, read_corpus, shipped_parts
from classifiers.cues import CueMatcher, scheme_concepts
from classifiers.features import (
    Blocks,
    DocumentSpace,
    SentenceSpace,
    Vocabulary,
    grams,
    read_document,
)
from classifiers.heads import Held, Prepared, fit_heads
from classifiers.linear import ManyLogistic
from classifiers.measure import measure
from classifiers.model import SHIPPED, Layer, Model, save
from classifiers.selection import held_out
from classifiers.targets import REAL, Outputs, Targets, assign_dimensions, family, make_targets

_SENTENCE_STRENGTH, _DOCUMENT_STRENGTH = 1.0, 2.0
_LEAST_WEIGHT = 0.01
_SENTENCE_PASSES, _DOCUMENT_PASSES = 30, 30
_FOLDS = 5


def train(
    corpora: Iterable[Path | str] = (),
    *,
    seed: int = 0,
    species: Path | str | None = None,
    stage: Path | str | None = None,
    processes: int | None = None,
) -> Model:
    """Fit a model from corpus files; without any, from the seed corpus that the package ships.

    Raises CorpusError or SchemeError. The same files and seed give the same model. Thresholds are fitted on
    `retold-*` and `reviewed-*` parts, each left out in turn; where there are none, on folds drawn by the seed.
    """
    sources = [_source(given, name) for given, name in ((species, schemes.SPECIES), (stage, schemes.STAGE))]
    parsed = [schemes.read_scheme(path) for path in sources]
    paths = [Path(p) for p in corpora] or shipped_parts()
    prepared = prepare(read_corpus(paths, *parsed), *parsed, seed=seed)
    full, held = fit_layers(prepared, processes=processes)
    heads, decision = fit_heads(prepared, held)
    card = {
        "corpus_digest": prepared.corpus.digest,
        "parts": sorted({example.part for example in prepared.corpus.examples}),
        "texts": len(prepared.corpus.examples),
        "seed": seed,
        "versions": versions(),
        "scores": {},
    }
    model = Model(
        species_source=sources[0].read_text(encoding="utf-8"),
        stage_source=sources[1].read_text(encoding="utf-8"),
        sentence_terms=prepared.sentence_space.vocabulary,
        document_terms=prepared.document_space.vocabulary,
        blocks=prepared.sentence_space.blocks,
        sentence_layer=full[0],
        document_layer=full[1],
        decision=decision,
        card=card,
        **heads,
    )
    return replace(model, card=card | {"scores": {"held_out": _held_out_scores(prepared, held, model, seed)}})


def _held_out_scores(prepared: Prepared, held: Sequence[Held], model: Model, seed: int) -> dict[str, Any]:
    if len(held) < 2:
        return {}
    pairs = held_out(prepared, held, model)
    stages = model.stage.code_names()
    scores = measure([e for e, _ in pairs], [c for _, c in pairs], model.outputs.codes, stages, seed=seed)
    return scores.to_record()


def _source(given: Path | str | None, name: str) -> Path:
    return Path(given) if given is not None else schemes.FOLDER / f"{name}.toml"


def versions() -> dict[str, str]:
    """Return the versions that a model's numbers depend on."""
    packages = ("numpy", "scipy", "scikit-learn", "spacy", "skops")
    return {"python": platform.python_version()} | {name: version(name) for name in packages}


def prepare(corpus: Corpus, species: schemes.Scheme, stage: schemes.Scheme, *, seed: int) -> Prepared:
    """Read the texts and lay out what is to be learnt."""
    matcher = CueMatcher(scheme_concepts(species, stage))
    documents = tuple(read_document(e.title, e.text, matcher) for e in corpus.examples)
    words = Vocabulary.learn(grams(s.words) for d in documents for s in d.sentences)
    whole = Vocabulary.learn((DocumentSpace.terms(d) for d in documents), single=3, double=4)
    sentence_space = SentenceSpace(words, len(matcher.names), Blocks())
    document_space = DocumentSpace(whole, len(matcher.names))
    outputs = Outputs.of(species, stage)
    return Prepared(
        corpus, documents, outputs, make_targets(corpus.examples, documents, outputs, stage), sentence_space,
        document_space, sentence_space.rows(documents), document_space.rows(documents), folds(corpus, seed=seed),
    )  # fmt: skip


def folds(corpus: Corpus, *, seed: int) -> tuple[NDArray[np.int64], ...]:
    """Return the texts to leave out in turn: a part at a time of those like real pages, else drawn by the seed."""
    parts = np.array([example.part for example in corpus.examples])
    real = [part for part in sorted(set(parts)) if family(part) in REAL]
    if len(real) >= 3:
        return tuple(np.flatnonzero(parts == part) for part in real)
    drawn = np.random.default_rng(seed).permutation(len(parts))
    return tuple(np.sort(chunk) for chunk in np.array_split(drawn, min(_FOLDS, len(parts))))


def fit_layers(prepared: Prepared, *, processes: int | None = None) -> tuple[tuple[Layer, Layer], list[Held]]:
    """Fit the first layer on everything, and once without each fold, which it then scores."""
    first = _fit_sentences(prepared, prepared.targets, np.ones(len(prepared.targets.owner), bool))
    settled = assign_dimensions(
        prepared.targets,
        first.decision_function(prepared.sentence_rows),
        prepared.corpus.examples,
        prepared.documents,
        prepared.outputs,
    )
    work = partial(_leave_out, prepared, settled)
    jobs = [None, *prepared.folds]
    count = processes if processes is not None else min(2, os.cpu_count() or 1)
    if count > 1:
        with ProcessPoolExecutor(
            count, mp_context=get_context("fork"), initializer=_adopt, initargs=(work,)
        ) as pool:
            results = list(pool.map(_run, jobs))
    else:
        results = [work(job) for job in jobs]
    (sentence, document), held = results[0][0], [r[1] for r in results[1:] if r[1] is not None]
    layers = [Layer.pruned(m.coef_, m.intercept_, least=_LEAST_WEIGHT) for m in (sentence, document)]
    return (layers[0], layers[1]), held


_adopted: list[Any] = []


def _adopt(work: Any) -> None:
    _adopted[:] = [work]


def _run(job: Any) -> Any:
    return _adopted[0](job)


def _leave_out(
    prepared: Prepared, targets: Targets, fold: NDArray[np.int64] | None
) -> tuple[tuple[ManyLogistic, ManyLogistic] | None, Held | None]:
    left_out = np.zeros(len(prepared.documents), bool)
    if fold is not None:
        left_out[fold] = True
    sentence = _fit_sentences(prepared, targets, ~left_out[targets.owner])
    document = ManyLogistic(_DOCUMENT_STRENGTH, _DOCUMENT_PASSES).fit(
        prepared.document_rows[~left_out], targets.document[~left_out], targets.document_weight[~left_out]
    )
    if fold is None:
        return (sentence, document), None
    by_text = [np.flatnonzero(targets.owner == text) for text in fold]
    scores = tuple(sentence.decision_function(prepared.sentence_rows[rows]) for rows in by_text)
    return None, Held(fold, scores, document.decision_function(prepared.document_rows[fold]))


def _fit_sentences(prepared: Prepared, targets: Targets, rows: NDArray[np.bool_]) -> ManyLogistic:
    return ManyLogistic(_SENTENCE_STRENGTH, _SENTENCE_PASSES).fit(
        prepared.sentence_rows[rows], targets.sentence[rows], targets.sentence_weight[rows]
    )


def main() -> int:
    """Train the shipped model anew, and write its file and its card. Returns the exit status."""
    from classifiers.card import to_markdown  # the card is written here alone

    model = train()
    save(model, SHIPPED)
    SHIPPED.with_suffix(".md").write_text(to_markdown(model), encoding="utf-8")
    sys.stdout.write(f"{SHIPPED}: {model.id}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
