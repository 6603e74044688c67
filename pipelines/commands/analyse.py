"""The commands of analysts: ask a snapshot, and take a tagged corpus away."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from pipelines.commands.options import SnapshotId


class TableFormat(StrEnum):
    """How `query` prints."""

    TABLE = "table"
    CSV = "csv"
    JSONL = "jsonl"


def register(app: typer.Typer) -> None:
    """Add these commands to the application."""
    app.command()(query)
    app.command()(export)


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
    from warehouse.query import query as ask
    from warehouse.render import render

    from pipelines.reading import open_published

    render(ask(open_published(snapshot), sql), form.value, sys.stdout)


def export(
    form: Annotated[
        str, typer.Argument(metavar="FORMAT", help="jsonl, csv, parquet, …: an unknown one names them all.")
    ],
    path: Annotated[Path, typer.Argument(metavar="PATH", help="The file or folder to write.")],
    snapshot: SnapshotId = None,
) -> None:
    """Write a tagged corpus, with the licence and source of every case study."""
    from warehouse.export import export as write

    from pipelines.reading import open_published

    print(write(form, path, open_published(snapshot)))
