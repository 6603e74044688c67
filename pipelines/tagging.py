"""Tagging from the command line: a file of texts without a warehouse, or the runs that wait for it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines.home import Home, HomeError
from pipelines.lines import read_lines, write_lines
from pipelines.runs import begin, runs_in
from pipelines.steps import classify

if TYPE_CHECKING:
    from classifiers import Model

BATCH = 256


def tag_file(texts: Path, output: Path, *, model_path: Path | None = None) -> int:
    """Tag each line `{"id", "title", "text"}` of a file; write one record a line, in the same order. Returns how many.

    The file is checked before the model is loaded; a line that is wrong ends it with nothing written.
    Raises HomeError naming the line, or the classifier's own error for a model that cannot be read.
    """
    if output.exists() and output.samefile(texts):
        raise HomeError(f"--output {output}: is the file that is read; another is wanted")
    for _ in _checked(texts):
        pass
    from classifiers import load_model

    return write_lines(output, _tagged(_checked(texts), load_model(model_path)))


def tag_runs(home: Home, *, model_path: Path | None = None) -> str:
    """Classify every harvested run that waits, or else what the warehouse holds unlabelled. Returns what was done."""
    from classifiers import load_model

    model = load_model(model_path)
    waiting = runs_in(home, "harvested")
    if not waiting and not home.warehouse.exists():
        return "nothing to classify: no run is harvested and waiting"
    count = sum(classify(run, home, model) for run in waiting or [begin(home)])
    return f"{count} case studies classified by {model.id}"


def _checked(texts: Path) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(read_lines(texts), start=1):
        for key in ("id", "title", "text"):
            found = line.get(key, "" if key == "title" else None)
            if not isinstance(found, str):
                raise HomeError(f"{texts}:{number}: {key!r} is {json.dumps(found)[:60]}; a string is wanted")
        yield line


def _tagged(lines: Iterator[dict[str, Any]], model: Model) -> Iterator[dict[str, Any]]:
    from classifiers import classify as classify_texts

    while batch := list(islice(lines, BATCH)):
        found = classify_texts([(line.get("title", ""), line["text"]) for line in batch], model=model)
        for line, classification in zip(batch, found, strict=True):
            yield classification.to_record(line["id"])
