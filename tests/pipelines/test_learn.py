"""`train`, `evaluate` and `explain`, from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from classifiers.corpus import shipped_parts
from pipelines import cli

TEXT = (
    "Each Thursday Dr Okafor of Aldermoor School teaches the A level physics set at Marsh Lane Academy, which has had "
    "no specialist since 2019. She is on loan for two days a week and stays on our payroll. Both heads look at what "
    "came of it."
)


def failed(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    capsys.readouterr()
    assert cli.run(words) == 1
    [line] = capsys.readouterr().err.strip().splitlines()
    return line


def test_a_text_of_ones_own_is_explained_in_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "text.txt").write_text(TEXT)
    assert cli.run(["explain", str(tmp_path / "text.txt")]) == 0
    text = capsys.readouterr().out
    assert "subject_specialist" in text
    assert "teaches the A level physics set" in text


def test_an_id_that_there_is_not_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "no snapshot" in failed(capsys, "--home", str(tmp_path), "explain", "abc")


def test_an_evaluation_stands_beside_its_yardsticks(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = shipped_parts()[0].read_text(encoding="utf-8").splitlines()[:12]
    (tmp_path / "mine.jsonl").write_text("\n".join(lines) + "\n")
    report = tmp_path / "report.json"
    assert cli.run(["evaluate", "--corpus", str(tmp_path / "mine.jsonl"), "--json", str(report)]) == 0
    assert "rules" in capsys.readouterr().out
    assert {"scores", "keyword_rules", "majority"} <= json.loads(report.read_text()).keys()


@pytest.mark.parametrize("command", ["train", "evaluate"])
def test_an_unreadable_corpus_line_is_named(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good = shipped_parts()[0].read_text(encoding="utf-8").splitlines()[0]
    bad = json.loads(good) | {
        "id": "other",
        "evidence": [{"label": "mentor", "quote": "nowhere in the text"}],
    }
    (tmp_path / "mine.jsonl").write_text(good + "\n" + json.dumps(bad) + "\n")
    output = ["--output", str(tmp_path / "model.skops")] if command == "train" else []
    line = failed(capsys, command, "--corpus", str(tmp_path / "mine.jsonl"), *output)
    assert "mine.jsonl:2" in line
    assert not (tmp_path / "model.skops").exists()


def test_a_folder_without_a_corpus_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "holds no *.jsonl" in failed(capsys, "evaluate", "--corpus", str(tmp_path))


def test_a_file_that_is_no_model_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "model.skops").write_bytes(b"no model")
    (tmp_path / "text.txt").write_text(TEXT)
    line = failed(capsys, "explain", str(tmp_path / "text.txt"), "--model", str(tmp_path / "model.skops"))
    assert "model.skops" in line


def test_a_methods_statement_is_written_beside_its_diagram(tmp_path: Path) -> None:
    from tests.warehouse.runs import Run
    from warehouse.load import load
    from warehouse.snapshot import publish

    run = Run(tmp_path)
    run.document("https://harbour.example/1", ["A page."])
    load(tmp_path / "warehouse.duckdb", run.write())
    publish(tmp_path / "warehouse.duckdb", tmp_path / "published")
    assert cli.run(["--home", str(tmp_path), "methods", str(tmp_path / "methods.md")]) == 0
    assert (tmp_path / "methods.md").read_text(encoding="utf-8").startswith("# Methods")
    assert (tmp_path / "methods.svg").read_text(encoding="utf-8").lstrip().startswith("<")
