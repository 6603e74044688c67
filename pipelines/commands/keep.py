"""The commands of whoever keeps the collection: people's decisions in, and what must go out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

review_app = typer.Typer(help="People's decisions, which beat the model's.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add these commands to the application."""
    app.add_typer(review_app, name="review")
    app.command()(takedown)


@review_app.command("import")
def import_decisions(
    path: Annotated[
        Path, typer.Argument(metavar="FILE", help="What Label Studio, doccano or Prodigy exported.")
    ],
    annotator: Annotated[
        str | None, typer.Option(metavar="NAME", help="Who decided, where the file does not say.")
    ] = None,
) -> None:
    """Read people's decisions into the warehouse; all of the file, or nothing."""
    from pipelines.home import find_home
    from pipelines.lock import writing
    from warehouse.reviews import import_reviews

    home = find_home()
    with writing(home, "partnerships review import"):
        done = import_reviews(home.warehouse, path, annotator=annotator)
    print(f"{path}: {done.review_count} reviews read, {done.annotation_count} decisions new")
    for line in done.skipped:
        print(line)
    print("they show when the warehouse is next published: partnerships publish")


def takedown(
    what: Annotated[
        str, typer.Argument(metavar="URL|SOURCE", help="A document's address, or a source's id.")
    ],
    reason: Annotated[str | None, typer.Option(help="Why; it stands in the tombstone.")] = None,
) -> None:
    """Remove a document or a source everywhere, and keep it out."""
    from pipelines.home import find_home
    from pipelines.lock import writing
    from pipelines.steps import counted
    from pipelines.takedown import take_down

    home = find_home()
    with writing(home, "partnerships takedown"):
        done = take_down(home, what, reason=reason)
    documents = counted(done.document_count, "document", "documents")
    case_studies = counted(done.case_study_count, "case study", "case studies")
    print(f"{what}: {documents} and {case_studies} removed, and kept out")
    if done.removed_snapshots:
        print(f"snapshots removed: {', '.join(done.removed_snapshots)}")
    if done.snapshot is not None:
        print(f"snapshot in their place: {done.snapshot.id}")
