"""What a person should read next, and how decisions become a corpus part."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from classifiers.corpus import Example, parse_example
from classifiers.errors import CorpusError
from classifiers.model import Model
from classifiers.results import Classification
from classifiers.scheme import Scheme

RANDOM_SHARE = 0.2
_WIDTH = 0.15  # of probability, on either side of the threshold


@dataclass(frozen=True)
class Candidate:
    """A case study that may be reviewed. `rival` holds another judge's species codes; empty if there is none."""

    id: str
    classification: Classification
    rival: frozenset[str] | None = None


@dataclass(frozen=True)
class Pick:
    """A case study to read: the label in question, its probability, and why it was picked."""

    id: str
    label: str
    probability: float
    why: str


def choose(candidates: Sequence[Candidate], count: int, *, model: Model, seed: int = 0) -> list[Pick]:
    """Pick at most `count` case studies, each once: a random fifth, the rest in turn by three reasons.

    The reasons are: near the threshold, judges in disagreement, a rare label. The random share comes first and is
    marked, since estimates of quality may rest on it alone. The same candidates and seed give the same picks.
    """
    ordered = sorted(candidates, key=lambda c: c.id)
    count = min(count, len(ordered))
    drawn = np.random.default_rng(seed).permutation(len(ordered))[: -(-count // round(1 / RANDOM_SHARE))]
    picks = [_pick(ordered[n], "drawn at random") for n in sorted(drawn)] if count else []
    queues = [_near(ordered, model.decision.species), _disputed(ordered), _rare(ordered)]
    taken = {pick.id for pick in picks}
    while len(picks) < count and any(queues):
        for queue in queues:
            while queue and queue[0].id in taken:
                queue.pop(0)
            if queue and len(picks) < count:
                picks.append(queue.pop(0))
                taken.add(picks[-1].id)
    return picks


def _pick(candidate: Candidate, why: str, label: str | None = None) -> Pick:
    probabilities = candidate.classification.probabilities
    chosen = label or max(sorted(probabilities), key=lambda code: probabilities[code])
    return Pick(candidate.id, chosen, probabilities.get(chosen, 0.0), why)


def _near(candidates: Sequence[Candidate], threshold: float) -> list[Pick]:
    found = []
    for candidate in candidates:
        distance, label = min(
            (abs(p - threshold), code) for code, p in sorted(candidate.classification.probabilities.items())
        )
        if distance <= _WIDTH and not candidate.classification.note:
            found.append((distance, _pick(candidate, "near the threshold", label)))
    return [pick for _, pick in sorted(found, key=lambda item: (item[0], item[1].id))]


def _disputed(candidates: Sequence[Candidate]) -> list[Pick]:
    found = []
    for candidate in candidates:
        if candidate.rival is not None:
            given = {label.label for label in candidate.classification.species}
            differing = sorted(given ^ candidate.rival)
            if differing:
                found.append((-len(differing), _pick(candidate, "judges disagree", differing[0])))
    return [pick for _, pick in sorted(found, key=lambda item: (item[0], item[1].id))]


def _rare(candidates: Sequence[Candidate]) -> list[Pick]:
    counts: dict[str, int] = {}
    for candidate in candidates:
        for label in candidate.classification.species:
            counts[label.label] = counts.get(label.label, 0) + 1
    found = []
    for candidate in candidates:
        given = [label.label for label in candidate.classification.species]
        if given:
            rarest = min(given, key=lambda code: (counts[code], code))
            found.append((counts[rarest], _pick(candidate, "a rare label", rarest)))
    return [pick for _, pick in sorted(found, key=lambda item: (item[0], item[1].id))]


def decisions_to_part(
    decisions: Iterable[Any], path: Path, *, species: Scheme, stage: Scheme
) -> tuple[Example, ...]:
    """Check decisions in the corpus format and write them as a corpus part named `reviewed-*.jsonl`.

    Raises CorpusError at the first that is wrong; then nothing is written.
    """
    if not path.name.startswith("reviewed-") or path.suffix != ".jsonl":
        raise CorpusError(f"{path.name}: a part of reviewed texts is named 'reviewed-….jsonl'")
    records = list(decisions)
    checked = tuple(
        parse_example(record, where=f"decision {n}", part=path.stem, species=species, stage=stage)
        for n, record in enumerate(records, 1)
    )
    ids = [example.id for example in checked]
    twice = sorted({i for i in ids if ids.count(i) > 1})
    if twice:
        raise CorpusError(f"{path.name}: id {twice[0]!r} was decided twice; once would be right")
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in records), encoding="utf-8")
    part.replace(path)
    return checked
