"""The annotation round: what is picked, what comes back, and when a new model takes over."""

import json
from pathlib import Path
from typing import Any

import pytest

from classifiers import load_model
from classifiers.corpus import Example, read_corpus
from classifiers.errors import CorpusError
from classifiers.prevalence import prevalence
from classifiers.results import Classification, Label, Stage
from classifiers.retrain import compare
from classifiers.review import Candidate, choose, decisions_to_part
from classifiers.scheme import SPECIES, STAGE, shipped_scheme


def _found(**probabilities: float) -> Classification:
    codes = load_model().outputs.codes
    every = dict.fromkeys(codes, 0.01) | probabilities
    labels = tuple(Label(code, p, ()) for code, p in probabilities.items() if p >= 0.5)
    return Classification(
        is_case_study=True, case_study_probability=0.9, species=labels, stage=Stage(None, 0.9), probabilities=every,
        schemes=("species@2021-01",), model="m",
    )  # fmt: skip


def test_each_is_picked_once_for_every_kind_of_reason() -> None:
    model = load_model()
    near = model.decision.species
    candidates = [Candidate(f"c{n:02}", _found(mentor=0.95)) for n in range(60)]
    candidates += [Candidate(f"n{n}", _found(pedagogue=near + 0.01)) for n in range(5)]
    candidates += [Candidate(f"d{n}", _found(mentor=0.95), frozenset({"governor"})) for n in range(5)]
    candidates += [Candidate("r0", _found(secondee=0.97))]
    picks = choose(candidates, 20, model=model)
    assert len(picks) == len({pick.id for pick in picks}) == 20
    whys = [pick.why for pick in picks]
    assert whys.count("drawn at random") == 4
    assert {"near the threshold", "judges disagree", "a rare label"} < set(whys)
    assert "r0" in {pick.id for pick in picks}
    assert picks == choose(list(reversed(candidates)), 20, model=model)


def test_nothing_to_review_is_an_empty_list() -> None:
    assert choose([], 10, model=load_model()) == []


DECISION: dict[str, Any] = {
    "id": "7c1e", "genre": "reviewed", "title": "Lent", "text": "Mrs Vale is lent to Fen Bank each Friday.",
    "species": ["secondee"], "stage": None, "dimensions": {},
    "evidence": [{"label": "secondee", "quote": "is lent to Fen Bank"}], "case_study": True,
}  # fmt: skip


def test_decisions_become_a_corpus_part_that_train_reads(tmp_path: Path) -> None:
    schemes = shipped_scheme(SPECIES), shipped_scheme(STAGE)
    path = tmp_path / "reviewed-1.jsonl"
    decisions_to_part([DECISION], path, species=schemes[0], stage=schemes[1])
    (example,) = read_corpus([path], *schemes).examples
    assert (example.part, example.species) == ("reviewed-1", ("secondee",))


def test_a_wrong_decision_is_told_and_nothing_is_written(tmp_path: Path) -> None:
    schemes = shipped_scheme(SPECIES), shipped_scheme(STAGE)
    path = tmp_path / "reviewed-1.jsonl"
    with pytest.raises(CorpusError, match="decision 2: evidence not in text"):
        bad = {**DECISION, "id": "x", "evidence": [{"label": "secondee", "quote": "elsewhere"}]}
        decisions_to_part([DECISION, bad], path, species=schemes[0], stage=schemes[1])
    with pytest.raises(CorpusError, match="id '7c1e' was decided twice"):
        decisions_to_part([DECISION, DECISION], path, species=schemes[0], stage=schemes[1])
    with pytest.raises(CorpusError, match=r"is named 'reviewed-….jsonl'"):
        decisions_to_part([DECISION], tmp_path / "mine.jsonl", species=schemes[0], stage=schemes[1])
    assert list(tmp_path.iterdir()) == []


def _example(n: int) -> Example:
    return Example("reviewed-1", f"e{n}", "", "", "text", ("mentor",), None, {}, (), case_study=True)


def test_a_worse_model_is_not_promoted_and_an_equal_one_is() -> None:
    examples = [_example(n) for n in range(60)]
    good, bad = _found(mentor=0.9), _found(governor=0.9)
    codes = load_model().outputs.codes
    assert compare(examples, [good] * 60, [good] * 60, codes).promoted
    verdict = compare(examples, [good] * 60, [good] * 30 + [bad] * 30, codes)
    assert not verdict.promoted
    assert "worse: micro-F1" in verdict.reason
    few = compare(examples[:5], [bad] * 5, [good] * 5, codes)
    assert not few.promoted
    assert "only 5 reviewed texts" in few.reason


def test_prevalence_allows_for_the_errors_that_the_model_makes() -> None:
    model = load_model()
    found = [_found(mentor=0.9)] * 30 + [_found()] * 170
    shares = {p.label: p for p in prevalence(found, model)}
    mentor = shares["mentor"]
    assert mentor.counted == pytest.approx(0.15)
    assert mentor.low is not None and mentor.high is not None
    assert 0 <= mentor.low < mentor.high <= 1
    assert mentor.high - mentor.low > 0.05
    assert json.dumps([p.__dict__ for p in shares.values()])
