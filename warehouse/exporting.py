"""A tagged corpus in the format that a researcher works in: writes a snapshot's case studies to a file or folder.

A format is a module under `warehouse.formats` with `write(corpus, path) -> int`: it writes to a path that does not
exist yet, and returns how many records it wrote. What it wrote then takes the place of what stood there, at once.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from warehouse.connection import opened, published_folder, snapshot_path
from warehouse.corpus import Corpus, about, corpus_of
from warehouse.errors import WarehouseError, one_line

if TYPE_CHECKING:
    from collections.abc import Callable

FORMATS = {
    "jsonl": "one case study a line, as docs/interfaces.md describes it",
    "csv": "one case study a row, for spreadsheets and statistics",
    "parquet": "one case study a row, labels and quotations nested",
    "docbin": "spaCy: a folder of DocBin shards, labels in doc.cats, quotations in doc.spans",
    "huggingface": "a folder for datasets.load_dataset: train, validation and test, with a dataset card",
    "datapackage": "a folder of CSV tables, described by Frictionless and Croissant metadata",
    "labelstudio": "a folder of tasks with the model's labels as predictions, and the labelling configuration",
    "sqlite": "a file of tables, for Datasette and the like",
}


@dataclass(frozen=True)
class ExportResult:
    """What was written where."""

    format: str
    path: Path
    snapshot_id: str
    record_count: int
    notes: tuple[str, ...] = ()
    """What the reader should know, a line each: texts left out, names replaced."""


def export(
    format: str,  # noqa: A002
    path: str | Path,
    *,
    home: str | Path | None = None,
    snapshot: str | None = None,
    since: str | None = None,
    licensed_texts_only: bool = False,
) -> ExportResult:
    """Write the case studies of a snapshot, sorted by id, and beside a single file `<name>.about.json`.

    `since` names an older snapshot: then only what was added or changed after it is written, and what is gone is
    listed in about.json. With `licensed_texts_only`, a text is null (and no document for spaCy, no task for Label
    Studio) unless its licence is one under which texts may be passed on; labels, offsets and quotations stay.
    Nothing is half-written: a new file takes the old one's place at the end.
    Raises WarehouseError for a format or snapshot that there is not, and for a path that cannot be written.
    """
    import duckdb

    if format not in FORMATS:
        raise WarehouseError(
            f"export: format {format!r} is unknown; one of {', '.join(sorted(FORMATS))} would be right"
        )
    write: Callable[[Corpus, Path], int] = import_module(f"warehouse.formats.{format}").write
    target = Path(path)
    with opened(snapshot_path(published_folder(home), snapshot)) as connection:
        corpus = corpus_of(connection, since=since, is_licensed_only=licensed_texts_only)
        try:
            count = write_whole(target, lambda part: write(corpus, part))
            if not target.is_dir():
                note = json.dumps(about(corpus, format, count), ensure_ascii=False, indent=1) + "\n"
                write_whole(
                    target.with_name(target.name + ".about.json"), lambda part: part.write_text(note, "utf-8")
                )
        except (OSError, duckdb.Error) as error:
            raise WarehouseError(f"{target}: cannot be written: {one_line(error)}") from error
        return ExportResult(format, target, corpus.snapshot_id, count, corpus.notes)


def write_whole(target: Path, write: Callable[[Path], int]) -> int:
    """Let `write` make a file or folder under another name, then put it in the target's place; return its count."""
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.name}.unfinished-{secrets.token_hex(4)}")
    try:
        count = write(part)
        if part.is_file():
            with part.open("rb+") as handle:
                os.fsync(handle.fileno())
        _take_the_place(part, target)
        return count
    finally:
        if part.is_dir():
            shutil.rmtree(part, ignore_errors=True)
        else:
            part.unlink(missing_ok=True)


def _take_the_place(part: Path, target: Path) -> None:
    if not part.is_dir():
        if target.is_dir():
            raise WarehouseError(f"{target}: is a folder; the name of a file would be right")
        part.replace(target)
        return
    if target.exists() and not (target / "about.json").is_file() and any(target.iterdir()):
        raise WarehouseError(f"{target}: holds something else; a new or empty folder would be right")
    old = part.with_name(part.name + ".old")
    if target.exists():
        target.replace(old)
    part.replace(target)
    shutil.rmtree(old, ignore_errors=True)
