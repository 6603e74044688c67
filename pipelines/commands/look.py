"""The commands that look: what is configured, and how the sources and runs are."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from pipelines.commands.options import Sources

sources_app = typer.Typer(
    help="What is configured; checks the files; proposes a source file for a site.", no_args_is_help=True
)


def register(app: typer.Typer) -> None:
    """Add these commands to the application."""
    app.add_typer(sources_app, name="sources")
    app.command()(status)


@sources_app.command("list")
def list_sources(sources: Sources = None) -> None:
    """List every source: id, kind, active or not, title, licence."""
    from pipelines.choosing import scan
    from pipelines.home import find_home

    found, faults = scan(find_home(), folder=sources)
    width = max((len(source.id) for source in found), default=2)
    for source in found:
        active = "active  " if source.active else "inactive"
        print(
            f"{source.id:<{width}}  {source.kind:<9}  {active}  {source.title}  ({source.licence or 'licence unknown'})"
        )
    for line in faults:
        print(line, file=sys.stderr)
    if faults:
        raise typer.Exit(1)


@sources_app.command("check")
def check(
    sources: Sources = None,
    fetch: Annotated[
        bool, typer.Option("--fetch", help="Fetch one page of each active source, too.")
    ] = False,
) -> None:
    """Check every source file; say what is wrong, where, and what would be right."""
    from pipelines.checking import check_sources
    from pipelines.home import find_home

    raise typer.Exit(check_sources(find_home(), folder=sources, fetch=fetch))


@sources_app.command()
def probe(
    url: Annotated[
        str, typer.Argument(metavar="URL", help="The address of a site, or of the part that is of interest.")
    ],
    output: Annotated[
        Path | None, typer.Option("--output", metavar="FILE", help="Where the source file goes.")
    ] = None,
) -> None:
    """Look at a site and propose a source file for it, with three sample documents."""
    from pipelines.checking import probe_site
    from pipelines.home import find_home

    probe_site(find_home(), url, output=output)


def status() -> None:
    """Show the sources with their last good run, the last runs, and the current snapshot."""
    from pipelines.home import find_home, reading_home
    from pipelines.status import show

    show(reading_home(find_home()))
