"""The commands around the model: train, score, explain."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Corpora = Annotated[
    list[Path] | None,
    typer.Option(
        "--corpus", metavar="PATH", help="A corpus file or folder, instead of the package's; may be repeated."
    ),
]


def register(app: typer.Typer) -> None:
    """Add these commands to the application."""
