"""The whole of a run, step after step: straight, or as a Prefect flow where a server is at hand."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines import steps
from pipelines.choosing import Chosen, choose_sources
from pipelines.home import Home
from pipelines.lock import writing
from pipelines.progress import Tell
from pipelines.runs import Run, all_runs, begin, failing

if TYPE_CHECKING:
    from spiders.harvest import HarvestResult


# Prefect without a word to anyone outside, and without its debug chatter; what the user has set is left.
QUIET = {
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_LOGGING_LEVEL": "CRITICAL",
}
# The page shows every line of a run's log; a terminal has the command's own lines already.
SILENT = {"PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL"}


@dataclass(frozen=True, slots=True)
class Done:
    """What came of a run. A source that failed is among `harvested` with `ok` false; `faults` are of source files."""

    run_id: str
    harvested: list[HarvestResult]
    faults: list[str]
    snapshot: steps.Published


def run(
    home: Home,
    *,
    folder: Path | None = None,
    names: Sequence[str] = (),
    limit: int | None = None,
    allow_shrink: bool = False,
    tell: Tell = print,
) -> Done:
    """Harvest, classify, load and publish; as a Prefect flow if `PREFECT_API_URL` names a server.

    Raises HomeError if there is no contact, no active source, or another command writes here; else the error of a
    step that cannot be done at all.
    """
    steps.require_contact(home)
    chosen = choose_sources(home, folder=folder, names=names)
    if os.environ.get("PREFECT_API_URL"):
        return _run_in_prefect(
            home, folder, list(names), limit, chosen.faults, allow_shrink=allow_shrink, tell=tell
        )
    return run_here(home, chosen, limit=limit, allow_shrink=allow_shrink, tell=tell)


def run_here(
    home: Home,
    chosen: Chosen,
    *,
    limit: int | None = None,
    allow_shrink: bool = False,
    tell: Tell = print,
) -> Done:
    """Harvest, classify, load and publish in this process, whatever Prefect may do elsewhere."""
    with writing(home, "partnerships run"):
        this = begin(home)
        with failing(this):
            harvested = steps.harvest(this, home, chosen.sources, limit=limit, tell=tell)
        with _noting(this, chosen.faults):
            steps.classify_waiting(home, tell=tell)
            steps.load(home)
            snapshot = steps.publish(home, allow_shrink=allow_shrink)
        return Done(this.run_id, harvested, chosen.faults, snapshot)


def _run_in_prefect(
    home: Home,
    folder: Path | None,
    names: list[str],
    limit: int | None,
    faults: list[str],
    *,
    allow_shrink: bool,
    tell: Tell,
) -> Done:
    be_quiet(QUIET | SILENT)
    from pipelines.flows import run_as_flow

    before = _current(home)
    known = {each.run_id for each in all_runs(home)}
    try:
        run_as_flow(home, folder=folder, names=names, limit=limit, allow_shrink=allow_shrink)
    except Exception as error:
        _note(
            error,
            [line for each in all_runs(home) if each.run_id not in known for line in failed_of(each)]
            + faults,
        )
        raise
    this = list(all_runs(home))[-1]
    harvested = steps.results_of(this)
    for result in harvested:
        tell(steps.said_of(result))
    now = _current(home)
    return Done(this.run_id, harvested, faults, steps.Published(now.stem, now, is_new=now != before))


def failed_of(run: Run) -> list[str]:
    """Return a line for each source of the run that failed."""
    return [f"{result.source}: {result.message}" for result in steps.results_of(run) if not result.ok]


@contextmanager
def _noting(run: Run, faults: list[str]) -> Iterator[None]:
    """Let an error of a later step carry the failures of the sources, which may well be its reason."""
    try:
        yield
    except Exception as error:
        _note(error, failed_of(run) + faults)
        raise


def _note(error: Exception, lines: list[str]) -> None:
    for line in lines:
        error.add_note(line)


def be_quiet(settings: Mapping[str, str] = QUIET) -> None:
    """Keep Prefect from talking to anyone outside; to be called before it is imported."""
    for key, value in settings.items():
        os.environ.setdefault(key, value)


def _current(home: Home) -> Path:
    return (home.published / "current.duckdb").resolve()
