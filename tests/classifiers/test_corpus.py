"""The corpus format: the seed corpus passes, and a wrong line is told by its number."""

import json
from pathlib import Path
from typing import Any

import pytest

from classifiers.corpus import read_corpus, shipped_parts
from classifiers.errors import CorpusError
from classifiers.scheme import SPECIES, STAGE, shipped_scheme

GOOD: dict[str, Any] = {
    "id": "x-1", "genre": "news", "title": "Lent", "text": "Mrs Vale is lent to Fen Bank each Friday.",
    "species": ["secondee"], "stage": "established", "dimensions": {"sustainability": 2},
    "evidence": [{"label": "secondee", "quote": "is lent to Fen Bank"}, {"label": "stage", "quote": "each Friday"}],
    "case_study": True,
}  # fmt: skip


def _read(path: Path) -> Any:
    return read_corpus([path], shipped_scheme(SPECIES), shipped_scheme(STAGE))


def _write(folder: Path, *records: Any) -> Path:
    path = folder / "part-x.jsonl"
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return path


def test_the_seed_corpus_is_whole() -> None:
    corpus = read_corpus(shipped_parts(), shipped_scheme(SPECIES), shipped_scheme(STAGE))
    assert len(corpus.examples) == 3008
    assert len({example.part for example in corpus.examples}) == 25


def test_a_good_line_reads(tmp_path: Path) -> None:
    (example,) = _read(_write(tmp_path, GOOD)).examples
    assert (example.part, example.species, example.stage) == ("part-x", ("secondee",), "established")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"evidence": [{"label": "secondee", "quote": "lent away"}]},
            r"part-x\.jsonl:2: evidence not in text: 'lent away'",
        ),
        ({"species": ["secondee", "piper"]}, r"part-x\.jsonl:2: species 'piper' is unknown; one of secondee"),
        ({"stage": "late"}, r"part-x\.jsonl:2: stage 'late' is unknown"),
        ({"dimensions": {"sustainability": 5}}, r"dimension sustainability is 5; 1 to 4"),
        ({"case_study": False}, r"tagged, yet case_study is false"),
        ({"case_study": "yes"}, r"case_study is 'yes'; bool is needed"),
        ({"evidence": [{"label": "secondee", "quote": "lent"}]}, r"no evidence for 'stage'"),
        ({"colour": 1}, r"key 'colour' is unknown"),
    ],
)
def test_a_wrong_line_is_told_by_file_and_line(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    with pytest.raises(CorpusError, match=message):
        _read(_write(tmp_path, {**GOOD, "id": "x-0"}, {**GOOD, **change}))


def test_a_missing_key_an_id_twice_and_broken_json_are_told(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r":1: key 'title' is missing"):
        _read(_write(tmp_path, {k: v for k, v in GOOD.items() if k != "title"}))
    with pytest.raises(CorpusError, match=r":2: id 'x-1' stands in part-x\.jsonl:1 too"):
        _read(_write(tmp_path, GOOD, GOOD))
    path = tmp_path / "part-y.jsonl"
    path.write_bytes(b'{"id": "\xff"}\n')
    with pytest.raises(CorpusError, match=r"part-y\.jsonl:1: no JSON in UTF-8"):
        _read(path)
    with pytest.raises(CorpusError, match=r"cannot be read: No such file"):
        _read(tmp_path / "none.jsonl")
