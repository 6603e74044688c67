"""The whole of a run, step after step: straight, or as a Prefect flow where a server is at hand."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines import steps
from pipelines.home import Home
from pipelines.lock import writing
from pipelines.runs import all_runs, begin, runs_in

if TYPE_CHECKING:
    from spiders.harvest import HarvestResult


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
    tell: steps.Tell = print,
) -> Done:
    """Harvest, classify, load and publish; as a Prefect flow if `PREFECT_API_URL` names a server.

    Raises HomeError if there is no contact, no active source, or another command writes here; else the error of a
    step that cannot be done at all.
    """
    steps.require_contact(home)
    chosen = steps.choose_sources(home, folder=folder, names=names)
    if os.environ.get("PREFECT_API_URL"):
        return _run_in_prefect(
            home, folder, list(names), limit, chosen.faults, allow_shrink=allow_shrink, tell=tell
        )
    return run_here(home, chosen, limit=limit, allow_shrink=allow_shrink, tell=tell)


def run_here(
    home: Home,
    chosen: steps.Chosen,
    *,
    limit: int | None = None,
    allow_shrink: bool = False,
    tell: steps.Tell = print,
) -> Done:
    """Harvest, classify, load and publish in this process, whatever Prefect may do elsewhere."""
    with writing(home, "partnerships run"):
        this = begin(home)
        harvested = steps.harvest(this, home, chosen.sources, limit=limit, tell=tell)
        classify_waiting(home, tell=tell)
        steps.load(home)
        return Done(this.run_id, harvested, chosen.faults, steps.publish(home, allow_shrink=allow_shrink))


def classify_waiting(home: Home, *, tell: steps.Tell) -> int:
    """Classify this run, and any that an interrupted one left. Returns how many case studies."""
    from classifiers import load_model

    model = load_model()
    count = sum(steps.classify(waiting, home, model) for waiting in runs_in(home, "harvested"))
    tell(f"{count} case studies classified by {model.id}")
    return count


def _run_in_prefect(
    home: Home,
    folder: Path | None,
    names: list[str],
    limit: int | None,
    faults: list[str],
    *,
    allow_shrink: bool,
    tell: steps.Tell,
) -> Done:
    from pipelines.flows import run_as_flow

    before = _current(home)
    run_as_flow(home, folder=folder, names=names, limit=limit, allow_shrink=allow_shrink)
    this = list(all_runs(home))[-1]
    harvested = steps.results_of(this)
    for result in harvested:
        tell(steps.said_of(result))
    now = _current(home)
    return Done(this.run_id, harvested, faults, steps.Published(now.stem, now, is_new=now != before))


def _current(home: Home) -> Path:
    return (home.published / "current.duckdb").resolve()
