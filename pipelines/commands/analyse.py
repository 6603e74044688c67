"""The commands of analysts: ask a snapshot, and take a tagged corpus away."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.commands.options import SnapshotId

if TYPE_CHECKING:
    from pipelines.home import Home


class TableFormat(StrEnum):
    """How `query` prints."""

    TABLE = "table"
    CSV = "csv"
    JSONL = "jsonl"


def register(app: typer.Typer) -> None:
    """Add these commands to the application."""
    for command in (query, export, methods):
        app.command()(command)


def query(
    sql: Annotated[
        str, typer.Argument(metavar="SQL", help='A statement that reads, such as "from species_by_stage".')
    ],
    form: Annotated[
        TableFormat, typer.Option("--format", help="How the rows are printed.")
    ] = TableFormat.TABLE,
    snapshot: SnapshotId = None,
) -> None:
    """Ask the published snapshot anything; never writes."""
    from warehouse.querying import query as ask
    from warehouse.render import render

    render(ask(_snapshot_file(snapshot), sql), form.value, sys.stdout)


def export(
    form: Annotated[
        str, typer.Argument(metavar="FORMAT", help="jsonl, csv, parquet, …: an unknown one names them all.")
    ],
    path: Annotated[Path, typer.Argument(metavar="PATH", help="The file or folder to write.")],
    snapshot: SnapshotId = None,
    since: Annotated[
        str | None,
        typer.Option(metavar="ID", help="Only what was added, changed or gone since that snapshot."),
    ] = None,
    licensed_texts_only: Annotated[
        bool,
        typer.Option(
            "--licensed-texts-only", help="Leave out each text whose licence does not let it be passed on."
        ),
    ] = False,
) -> None:
    """Write a tagged corpus, with the licence and source of every case study."""
    from warehouse.exporting import export as write

    done = write(
        form,
        path,
        home=home_to_read().path,
        snapshot=snapshot,
        since=since,
        licensed_texts_only=licensed_texts_only,
    )
    print(f"{done.path}: {done.record_count} case studies of snapshot {done.snapshot_id}")
    for note in done.notes:
        print(note)


def methods(
    path: Annotated[
        Path, typer.Argument(metavar="PATH", help="The Markdown file; the diagram goes beside it.")
    ],
    snapshot: SnapshotId = None,
) -> None:
    """Write how a snapshot came about, as the methods section of a paper."""
    from warehouse.methods import write_methods

    for written in write_methods(path, home=home_to_read().path, snapshot=snapshot):
        print(written)


def _snapshot_file(snapshot: str | None) -> Path:
    """Return the file of the snapshot that is meant, in the home or, where only the demo has run, the demo's."""
    from warehouse.connection import snapshot_path

    return snapshot_path(home_to_read().published, snapshot)


def home_to_read() -> Home:
    """Return the home, or the demo's where only the demo has run; that is said, on stderr."""
    from pipelines.home import find_home, reading_home

    home = find_home()
    reading = reading_home(home)
    if reading != home:
        print(f"{home.path} has no snapshot yet: this is the demo's, {reading.path}", file=sys.stderr)
    return reading
