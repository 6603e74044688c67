"""What is known of each run: its id, its folder, and how far it came (`run.json`)."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from pipelines.home import Home, HomeError
from pipelines.lines import write_whole

STATES = ("harvesting", "harvested", "classified", "loaded", "failed")


@dataclass(frozen=True, slots=True)
class Run:
    """One execution. `state` is the last step that ended; times are ISO 8601 in UTC."""

    run_id: str
    folder: Path
    started_at: str
    state: str = "harvesting"
    finished_at: str | None = None
    version: str = ""

    def reached(self, state: str) -> Run:
        """Return the run with this state, written to its folder."""
        moved = replace(self, state=state, finished_at=now())
        moved.write()
        return moved

    def write(self) -> None:
        """Write `run.json`, whole or not at all."""
        content = {key: value for key, value in asdict(self).items() if key != "folder"}
        write_whole(self.folder / "run.json", json.dumps(content, indent=1))

    def source_folders(self) -> list[Path]:
        """Return the folders of the sources whose harvest is whole, by source id."""
        return sorted(path.parent for path in self.folder.glob("harvest/*/result.json"))


def begin(home: Home) -> Run:
    """Make a new run's folder. Its id sorts after those of the runs before, also where the clock went back."""
    started = datetime.now(UTC)
    last = max((path.name for path in home.runs.glob("*Z-*")), default="")
    with suppress(ValueError):
        after = datetime.strptime(last.split("-")[0], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC) + timedelta(
            seconds=1
        )
        started = max(started, after)
    run_id = f"{started:%Y%m%dT%H%M%SZ}-{secrets.token_hex(2)}"
    run = Run(run_id, home.runs / run_id, now(), version=product_version())
    run.folder.mkdir(parents=True)
    run.write()
    return run


@contextmanager
def failing(run: Run) -> Iterator[None]:
    """Note, if the block cannot be done, that the run failed; what its harvest found comes with the next run."""
    try:
        yield
    except Exception:
        with suppress(OSError):  # a full disk, of which the error itself tells
            run.reached("failed")
        raise


def all_runs(home: Home) -> Iterator[Run]:
    """Yield the home's runs, the oldest first. Raises HomeError for a `run.json` that cannot be read."""
    for path in sorted(home.runs.glob("*/run.json")):
        try:
            yield Run(folder=path.parent, **json.loads(path.read_text(encoding="utf-8")))
        except (ValueError, TypeError) as error:
            raise HomeError(
                f"{path}: is no run ({error}); remove the folder: what it held is harvested again"
            ) from None


def find_run(home: Home, run_id: str) -> Run:
    """Return the run of this id. Raises HomeError if there is none."""
    for run in all_runs(home):
        if run.run_id == run_id:
            return run
    raise HomeError(f"{home.runs}: no run {run_id!r}")


def runs_in(home: Home, state: str) -> list[Run]:
    """Return the runs that stand in this state, the oldest first."""
    return [run for run in all_runs(home) if run.state == state]


def product_version() -> str:
    """Return the version of this installation, or 'unknown' in a bare checkout."""
    try:
        return version("partnerships")
    except PackageNotFoundError:
        return "unknown"


def now() -> str:
    """Return the time, ISO 8601 in UTC."""
    return _iso(datetime.now(UTC))


def _iso(time: datetime) -> str:
    return f"{time:%Y-%m-%dT%H:%M:%SZ}"
