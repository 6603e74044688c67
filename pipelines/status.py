"""How the sources, the runs and the snapshot are, from what was published and from the runs since; without Prefect."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pipelines.home import Home
from pipelines.runs import Run, all_runs
from pipelines.steps import results_of

if TYPE_CHECKING:
    from spiders.harvest import HarvestResult

LAST_RUNS = 5
COUNTS = ("new_count", "changed_count", "gone_count", "failure_count")


@dataclass(frozen=True, slots=True)
class SourceState:
    """One source: its last run, and its last good one. Times are ISO 8601 in UTC, None where there was none."""

    source: str
    last_good_at: str | None
    document_count: int
    new_count: int
    changed_count: int
    gone_count: int
    failure_count: int
    health: str


def show(home: Home) -> None:
    """Print the sources, the last runs, and the current snapshot with the line to cite."""
    from rich.console import Console
    from rich.table import Table

    console = Console()
    runs = list(all_runs(home))
    table = Table("source", "last good run", box=None, padding=(0, 2, 0, 0))
    for heading in ("documents", "new", "changed", "gone", "failed"):
        table.add_column(heading, justify="right")
    table.add_column("health")
    for each in source_states(runs):
        counts = [str(getattr(each, name)) for name in ("document_count", *COUNTS)]
        table.add_row(each.source, said_when(each.last_good_at), *counts, each.health)
    if runs:
        console.print(table)
        console.print()
        for run in runs[: -LAST_RUNS - 1 : -1]:
            console.print(f"run {run.run_id}  {run.state}", highlight=False)
    else:
        console.print(
            f"{home.path}: nothing has been run here yet: partnerships demo, or partnerships run",
            soft_wrap=True,
        )
    for line in snapshot_lines(home):
        console.print(line, highlight=False, soft_wrap=True)


def source_states(runs: list[Run]) -> list[SourceState]:
    """Return how each source is, by id: its last result, and the time of its last good one."""
    last: dict[str, HarvestResult] = {}
    good: dict[str, str] = {}
    for run in runs:
        for result in results_of(run):
            last[result.source] = result
            if result.ok:
                good[result.source] = result.finished_at
    return [
        SourceState(
            source=source,
            last_good_at=good.get(source),
            document_count=result.document_count,
            **{name: getattr(result, name) for name in COUNTS},
            health="ok" if result.ok else str(result.message),
        )
        for source, result in sorted(last.items())
    ]


def snapshot_lines(home: Home) -> list[str]:
    """Return what is published now, and how to cite it."""
    if not home.has_snapshot():
        return ["no snapshot is published"]
    from warehouse import connect

    with connect(home.path) as connection:
        row = connection.execute(
            "select snapshot_id, case_study_count, source_count, citation from snapshots order by number desc limit 1"
        ).fetchone()
    if row is None:
        return []
    return [f"snapshot {row[0]}: {row[1]} case studies of {row[2]} sources", f"cite it: {row[3]}"]


def said_when(at: str | None, now: datetime | None = None) -> str:
    """Return a time as people say it: 'today 13:05', '3 days ago', 'never'."""
    if at is None:
        return "never"
    then, now = datetime.fromisoformat(at), now or datetime.now(UTC)
    days = (now.date() - then.date()).days
    if days <= 0:
        return f"today {then:%H:%M}"
    return f"yesterday {then:%H:%M}" if days == 1 else f"{days} days ago"
