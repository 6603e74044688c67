"""Options that several commands share, said once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Sources = Annotated[
    Path | None,
    typer.Option(
        "--sources", metavar="DIR", help="A folder of source files, instead of the package's and the home's."
    ),
]
SourceIds = Annotated[
    list[str] | None,
    typer.Option("--source", metavar="ID", help="Only this source, active or not; may be repeated."),
]
Limit = Annotated[
    int | None, typer.Option("--limit", metavar="N", min=1, help="At most N documents of each source.")
]
ModelFile = Annotated[
    Path | None, typer.Option("--model", metavar="MODEL", help="A model file, instead of the package's.")
]
AllowShrink = Annotated[
    bool, typer.Option("--allow-shrink", help="Publish though over a fifth of the case studies is gone.")
]
SnapshotId = Annotated[
    str | None,
    typer.Option("--snapshot", metavar="ID", help="An earlier snapshot, instead of the current one."),
]
