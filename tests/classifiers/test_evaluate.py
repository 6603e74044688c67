"""Scores, the report, and the explanation in words."""

import json
from pathlib import Path

import pytest

from classifiers.corpus import FOLDER, Example, Quotation
from classifiers.errors import CorpusError
from classifiers.evaluate import evaluate
from classifiers.explain import explain
from classifiers.measure import kappa, measure
from classifiers.results import Classification, DimensionScore, Evidence, Label, Stage
from classifiers.stage import median_level

TEXT = "Our bursar chairs the finance committee of the academy. It began in 2012."


@pytest.mark.parametrize(
    ("levels", "stage"), [([], None), ([2], 2), ([1, 2], 1), ([2, 3], 2), ([4, 1, 2], 2), ([2, 3, 3, 4], 3)]
)
def test_the_stage_is_the_median_rounded_down(levels: list[int], stage: int | None) -> None:
    assert median_level(levels) == stage


def test_kappa_is_one_for_agreement_nought_for_chance_and_nothing_for_one_level() -> None:
    assert kappa([(0, 0), (1, 1), (3, 3)], 4) == 1
    assert kappa([(0, 0), (0, 1), (1, 0), (1, 1)], 4) == 0
    assert kappa([(1, 1), (1, 1)], 4) is None


def _said(*labels: Label, stage: str | None = None, case_study: bool = True) -> Classification:
    dimensions = {"sustainability": DimensionScore(2, Evidence("It", 56, 58))} if stage else {}
    return Classification(
        is_case_study=case_study, case_study_probability=0.5, species=labels, stage=Stage(stage, 0.5, dimensions),
        probabilities={label.label: label.probability for label in labels}, schemes=(), model="m",
    )  # fmt: skip


def _text(n: int, *species: str, stage: str | None = None, case_study: bool = True) -> Example:
    quotes = tuple(Quotation(code, "chairs the finance committee") for code in species)
    return Example("p", f"t{n}", "", "", TEXT, species, stage, {}, quotes, case_study)


def test_scores_count_what_they_say() -> None:
    hit, miss = Evidence(TEXT[:54], 0, 54), Evidence("It began", 56, 64)
    examples = [
        _text(0, "governor", stage="established"),
        _text(1, "governor"),
        _text(2, "mentor"),
        _text(3, case_study=False),
    ]
    found = [
        _said(Label("governor", 0.9, (hit,)), stage="established"), _said(Label("governor", 0.8, (miss,))),
        _said(Label("governor", 0.6, (hit,))), _said(case_study=False),
    ]  # fmt: skip
    scores = measure(examples, found, ("governor", "mentor"), ("emerging", "established"))
    governor, mentor = scores.labels
    assert (governor.precision, governor.recall) == (pytest.approx(2 / 3), 1.0)
    assert mentor.f1 == 0
    assert scores.macro == pytest.approx(0.4)
    assert scores.micro == pytest.approx(2 * 2 / (3 + 3))
    assert scores.evidence == 0.5
    assert scores.no_case_study_f1 == scores.case_study_f1 == 1
    assert (scores.stage_given, scores.stage_pairs, scores.stage_accuracy) == (1.0, 1, 1.0)
    assert scores.calibration == pytest.approx((0.1 + 0.2 + 0.6) / 3)


def test_the_report_stands_beside_the_yardsticks_and_says_what_was_seen(tmp_path: Path) -> None:
    lines = (FOLDER / "retold-6.jsonl").read_text(encoding="utf-8").splitlines()[:20]
    path = tmp_path / "retold-6.jsonl"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    report = evaluate([path])
    assert report.seen
    record = json.loads(report.to_json())
    assert record["scores"]["texts"] == record["keyword_rules"]["texts"] == 20
    assert record["scores"]["micro"] > record["keyword_rules"]["micro"] > 0
    table = report.to_table()
    assert "macro-F1, species" in table and "the scores flatter it" in table
    other = tmp_path / "mine.jsonl"
    other.write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    assert not evaluate([other]).seen
    with pytest.raises(CorpusError, match="no corpus file given"):
        evaluate([])


def test_an_explanation_names_the_sentence_and_the_features() -> None:
    found = explain(TEXT + " We work with local schools in partnership.", title="Governance of the academy")
    governor = next(label for label in found.labels if label.label == "governor")
    assert "chairs the finance committee" in governor.sentence
    assert any("code.governor" in reason.what or "words" in reason.what for reason in governor.for_it)
    assert len(found.labels) == 11
    assert [label.probability for label in found.labels] == sorted(
        (x.probability for x in found.labels), reverse=True
    )
    assert "governor (the governor (or director))" in found.to_text(every=True)


def test_a_text_that_is_not_read_is_explained_by_its_note() -> None:
    assert "holds no words" in explain("").to_text()
