"""Any text gets an answer, and every quote reads back."""

import json
import subprocess
import sys
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifiers import classify, classify_stream, load_model

LENT = (
    "Partnership with Fen Bank Academy\n\nOur head of physics, Dr Vale, is seconded to Fen Bank Academy for two days a "
    "week, where she teaches the A-level set. She remains on our payroll. The arrangement is in its third year."
)
STAGED = (
    f"{LENT}\n\nOur assistant head (partnerships) co-ordinates the work with five local schools, which is "
    "paid for by a grant. Each July we ask the pupils and their teachers for feedback, and change "
    "what did not work. It runs every year, and both schools gain from it. Places go first to pupils on free "
    "school meals."
)
READERS = (
    "Every Tuesday afternoon twelve of our sixth formers hear children read at two local primary schools. Mrs Pole, "
    "who organises the scheme, trains them first and draws up the rota with the schools."
)


def test_a_plain_secondment_is_found_with_its_quote() -> None:
    (found,) = classify([("A shared physicist", LENT)])
    assert found.is_case_study
    labels = {label.label: label for label in found.species}
    assert {"secondee", "subject_specialist"} <= set(labels)
    assert "seconded" in labels["secondee"].evidence[0].quote


def test_readers_organised_by_staff_are_mentor() -> None:
    (found,) = classify([("Reading partners", READERS)])
    assert "mentor" in {label.label for label in found.species}


def test_a_page_of_one_s_own_school_brings_no_labels() -> None:
    text = (
        "Admissions\n\nOur open evening is on 3 October. Applications for Year 7 close on 31 October; late "
        "applications go on the waiting list. The uniform list and term dates are on the parents' page. "
        "Fees are payable termly."
    )
    (found,) = classify([("Admissions", text)])
    assert not found.is_case_study
    assert not found.species
    assert found.stage.label is None


@pytest.mark.parametrize(
    "text",
    [
        "", "   \n\t\n", "School", "Contents\n\nOur partners\n\nNews\n\nContact", "\x00\x01\x02 teach\x07ing \x1b[0m",
        "\u202eOur teachers \u2067visit\u2069 five primaries.\u200f", "(" * 50_000,
        "a\u0301" * 3000, "\ud800 lone surrogate",
    ],
)  # fmt: skip
def test_a_strange_text_gets_an_answer(text: str) -> None:
    (found,) = classify([text])
    for label in found.species:
        for evidence in label.evidence:
            assert text[evidence.start : evidence.end] == evidence.quote
    assert json.loads(json.dumps(found.to_record("x")))["id"] == "x"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Unsere Lehrer unterrichten jede Woche Physik an der Schule und helfen dort den Kindern der Klasse.", "de"),
        ("Mae'r ysgol yn gweithio gyda phum ysgol gynradd leol ac mae ein hathrawon yn dysgu ffiseg yno.", "cy"),
        ("学校与当地的五所小学合作,我们的老师每周教授物理课程。孩子们非常喜欢这些课程并且学到了很多东西。", "zh"),
    ],
)  # fmt: skip
def test_another_language_is_said_and_not_tagged(text: str, language: str) -> None:
    (found,) = classify([text])
    assert not found.species
    assert f"{language!r}" in (found.to_record("x")["note"] or "")


def test_half_a_million_characters_are_answered_in_bounded_time() -> None:
    began = time.monotonic()
    (found,) = classify([(LENT + "\n\n") * (500_000 // len(LENT))])
    assert time.monotonic() - began < 20
    assert found.is_case_study


def test_a_batch_keeps_its_order_and_is_streamed() -> None:
    taken = 0

    def texts() -> object:
        nonlocal taken
        for n in range(1000):
            taken += 1
            yield ("", LENT if n % 2 else "")

    stream = classify_stream(texts())  # type: ignore[arg-type]
    first, second = next(stream), next(stream)
    assert (first.is_case_study, second.is_case_study) == (False, True)
    assert taken < 200


def test_a_text_is_judged_the_same_alone_and_in_a_batch() -> None:
    together = classify([LENT, READERS, "", LENT])
    assert together[0] == together[3] == classify([LENT])[0]
    assert together[1] == classify([READERS])[0]


def test_the_record_has_the_contract_s_keys() -> None:
    (found,) = classify([("A shared physicist", STAGED)])
    record = found.to_record("7c1e")
    assert list(record) == ["id", "case_study", "species", "stage", "schemes", "model"]
    assert set(record["case_study"]) == {"value", "probability"}
    assert record["schemes"] == ["species@2021-01", "stage@2021-01"]
    assert record["model"] == load_model().id
    assert record["stage"]["label"] == "established"
    for score in record["stage"]["dimensions"].values():
        assert set(score) == {"level", "quote", "start", "end"}
        assert STAGED[score["start"] : score["end"]] == score["quote"]


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=400), st.text(max_size=400))
def test_every_quote_reads_back_and_is_short(before: str, after: str) -> None:
    text = f"{before}\n{LENT}{after}"
    (found,) = classify([text])
    quotes = [e for label in found.species for e in label.evidence]
    quotes += [score.evidence for score in found.stage.dimensions.values()]
    for evidence in quotes:
        assert text[evidence.start : evidence.end] == evidence.quote
        assert 0 < len(evidence.quote) <= 250


def test_importing_the_package_imports_nothing_heavy() -> None:
    heavy = ("numpy", "spacy", "sklearn", "scipy", "skops")
    code = f"import sys, classifiers; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
