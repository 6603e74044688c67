"""The commands of whoever runs the pipeline: demo, run, and the steps one by one."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.commands.options import AllowShrink, Limit, ModelFile, SourceIds, Sources

if TYPE_CHECKING:
    from pipelines.steps import Published
    from spiders.harvest import HarvestResult


def register(app: typer.Typer) -> None:
    """Add these commands to the application."""
    for command in (demo, run, harvest, classify, load, publish, serve):
        app.command()(command)


def demo() -> None:
    """Serve sample sites on this machine, run the whole pipeline over them, and show what was found."""
    from pipelines.showcase import run_demo

    raise typer.Exit(run_demo())


def run(
    sources: Sources = None, source: SourceIds = None, limit: Limit = None, allow_shrink: AllowShrink = False
) -> None:
    """Harvest, classify, load and publish."""
    from pipelines import daily
    from pipelines.home import find_home

    done = daily.run(
        find_home(), folder=sources, names=source or (), limit=limit, allow_shrink=allow_shrink, tell=say
    )
    say(said_of_snapshot(done.snapshot))
    end_with(done.harvested, done.faults)


def harvest(
    sources: Sources = None,
    source: SourceIds = None,
    limit: Limit = None,
    again: Annotated[
        bool, typer.Option("--again", help="Read the bodies that are kept anew, without the network.")
    ] = False,
    warc: Annotated[
        Path | None,
        typer.Option("--warc", metavar="DIR", help="Write what is fetched into a WARC file there."),
    ] = None,
) -> None:
    """Fetch documents and cut them into case studies: the first step alone."""
    from pipelines import steps
    from pipelines.choosing import choose_sources
    from pipelines.home import find_home
    from pipelines.lock import writing
    from pipelines.runs import begin, failing

    home = find_home()
    steps.require_contact(home)
    chosen = choose_sources(home, folder=sources, names=source or ())
    with writing(home, "partnerships harvest"):
        run = begin(home)
        with failing(run):
            results = steps.harvest(run, home, chosen.sources, limit=limit, again=again, warc=warc, tell=say)
    end_with(results, chosen.faults)


def classify(
    texts: Annotated[
        Path | None,
        typer.Argument(
            metavar="[IN.jsonl]", help="Lines of {id, title, text}; without it, what the harvest left."
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", metavar="OUT.jsonl", help="Where the records go; with IN.jsonl."),
    ] = None,
    model: ModelFile = None,
) -> None:
    """Tag case studies by species and stage, with the words that justify each tag."""
    from pipelines import tagging
    from pipelines.home import find_home
    from pipelines.lock import writing

    if texts is not None and output is not None:
        count = tagging.tag_file(texts, output, model_path=model)
        say(f"{output}: {count} record{'' if count == 1 else 's'}")
        return
    if texts is not None or output is not None:
        raise typer.BadParameter("IN.jsonl and --output OUT.jsonl go together")
    home = find_home()
    with writing(home, "partnerships classify"):
        say(tagging.tag_runs(home, model_path=model))


def load() -> None:
    """Load what is classified into the warehouse."""
    from pipelines import steps
    from pipelines.home import find_home
    from pipelines.lock import writing

    home = find_home()
    with writing(home, "partnerships load"):
        results = steps.load(home)
    if not results:
        say("nothing to load: no run is classified and waiting")
    for result in results:
        say(
            f"run {result.run_id}: {result.document_count} documents new, {result.case_study_count} case studies, "
            f"{result.label_count} labels, {result.failure_count} failures"
        )


def publish(allow_shrink: AllowShrink = False) -> None:
    """Publish the warehouse as a snapshot that analysts read and cite."""
    from pipelines import steps
    from pipelines.home import find_home
    from pipelines.lock import writing

    home = find_home()
    with writing(home, "partnerships publish"):
        say(said_of_snapshot(steps.publish(home, allow_shrink=allow_shrink)))


def serve(
    cron: Annotated[str, typer.Option("--cron", metavar="EXPR", help="When to run, in UTC.")] = "0 3 * * *",
    host: Annotated[
        str, typer.Option("--host", help="Where the page listens; this machine alone by default.")
    ] = "127.0.0.1",
    port: Annotated[int | None, typer.Option("--port", help="The page's port: 4200, or a free one.")] = None,
) -> None:
    """Run on a schedule, with a Prefect server and its page, until stopped."""
    from pipelines import serve as scheduling
    from pipelines.home import find_home
    from pipelines.steps import require_contact

    home = find_home()
    require_contact(home)
    scheduling.serve(home, cron=cron, host=host, port=port)


def say(line: str) -> None:
    """Print a line at once: whoever reads a log sees it when it happens."""
    print(line, flush=True)


def said_of_snapshot(snapshot: Published) -> str:
    """Return a line: which snapshot stands, and whether it is new."""
    if snapshot.is_new:
        return f"Published snapshot {snapshot.id}  ({snapshot.path})"
    return f"Nothing has changed: snapshot {snapshot.id} stands"


def end_with(results: list[HarvestResult], faults: list[str]) -> None:
    """End with status 1, a line on stderr for each source that failed; else go on."""
    failed = [*faults, *(f"{result.source}: {result.message}" for result in results if not result.ok)]
    for line in failed:
        print(line, file=sys.stderr)
    if failed:
        raise typer.Exit(1)
