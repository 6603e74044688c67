"""Harvests a source: a process of its own under a lock, then the run's folder from the ledger."""

import contextlib
import datetime as dt
import fcntl
import json
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote

from spiders.ledger import Ledger, LedgerError
from spiders.source import Source, SourceError
from spiders.store import COUNTS, acknowledge_run, write_run
from spiders.takedown import banned
from spiders.workers import environment

TIME_LIMIT = 6 * 3600.0  # seconds
GRACE = 30.0  # seconds from SIGTERM to SIGKILL


@dataclass(frozen=True, slots=True)
class HarvestResult:
    """What a run of one source came to; `message` says in one line why it is not ok."""

    source: str
    run_id: str
    ok: bool
    message: str | None
    started_at: str
    finished_at: str
    fetch_count: int
    new_count: int
    changed_count: int
    unchanged_count: int
    gone_count: int
    failure_count: int
    document_count: int
    case_study_count: int


class _BusyError(Exception):
    """The source cannot be harvested now; nothing was touched."""


def harvest(
    source: Source,
    *,
    home: Path | str,
    run_id: str,
    contact: str,
    limit: int | None = None,
    time_limit: float = TIME_LIMIT,
    again: bool = False,
    warc: Path | str | None = None,
    workers: int = 2,
    backoff: float = 1.0,
    timeout: float = 60.0,
    now: dt.datetime | None = None,
) -> HarvestResult:
    """Harvest a source into its ledger, and write its part of the run's folder, also if the harvest fails.

    `limit` is the most documents of this run. `again` reads the kept bodies anew, without the network. `warc`
    is a folder for a WARC file of what is fetched. Seconds are `time_limit`, `backoff` (before the first
    retry) and `timeout` (of one answer); `now` stands in for the clock. If another process harvests the
    source, or its ledger cannot be used, the result says so and no folder is written.
    Raises SourceError without a contact, and for a source that was taken down.
    """
    if not contact.strip():
        words = "no contact is set; an e-mail or web address is sent to every host that is asked"
        raise SourceError(f"{source.id}: {words}")
    home = Path(home).absolute()
    job = {
        "source": asdict(source), "home": str(home), "run_id": run_id, "contact": " ".join(contact.split()),
        "limit": limit, "again": again, "warc": str(Path(warc).absolute()) if warc else None, "workers": workers,
        "backoff": backoff, "timeout": timeout, "now": _moment(now) if now else None,
    }  # fmt: skip
    if source.id in banned(home).sources:
        raise SourceError(f"{source.id}: was taken down; it is not harvested again")
    result: dict[str, Any] = {"source": source.id, "run_id": run_id, "started_at": _moment(now)}
    try:
        result |= _harvested(source, home, job, result, time_limit)
    except _BusyError as error:
        result |= {
            "ok": False,
            "message": str(error),
            "finished_at": _moment(now),
            **dict.fromkeys(COUNTS, 0),
        }
    return HarvestResult(**{field.name: result[field.name] for field in fields(HarvestResult)})


def acknowledge(source_id: str, *, home: Path | str, run_id: str) -> None:
    """Note that a run's folder was loaded: later folders do not repeat what it holds.

    Raises SourceError if the ledger cannot be used.
    """
    path = Path(home) / "harvest" / source_id / "ledger.sqlite"
    if path.exists():
        try:
            with _opened(path) as ledger:
                acknowledge_run(ledger, run_id)
        except _BusyError as error:
            raise SourceError(str(error)) from error


def progress(source_id: str, *, home: Path | str, run_id: str) -> tuple[int, int]:
    """Return how many documents a run under way is done with, and how many more it knows of; (0, 0) if none is."""
    path = Path(home) / "harvest" / source_id / "ledger.sqlite"
    if not path.exists():
        return 0, 0
    try:
        with contextlib.closing(
            sqlite3.connect(f"file:{quote(str(path.absolute()))}?mode=ro", uri=True)
        ) as sql:
            done = sql.execute("SELECT count(*) FROM address WHERE outcome_run = ?", (run_id,)).fetchone()[0]
            left = sql.execute("SELECT count(*) FROM address WHERE state <> 'done'").fetchone()[0]
    except sqlite3.Error:
        return 0, 0
    return int(done), int(left)


def _harvested(
    source: Source, home: Path, job: dict[str, Any], result: dict[str, Any], time_limit: float
) -> dict[str, Any]:
    """Run the job, write the run's folder and return what result.json says."""
    folder = home / "harvest" / source.id
    folder.mkdir(parents=True, exist_ok=True)
    run_id = job["run_id"]
    with _locked(folder / "lock") as lock, _opened(folder / "ledger.sqlite") as ledger:
        ended = _run(job, folder / "log.txt", lock, time_limit)
        row = ledger.run(run_id)
        if row is None:  # it died before it began
            ledger.begin(run_id, result["started_at"], resume_after="", limited=job["limit"] is not None)
        over = row is not None and bool(row["finished_at"])
        verdict = dict(row) if row is not None and over else {"is_ok": 0, "message": "ended without a word"}
        if ended is not None and not over:
            verdict["message"] = ended
        result = {
            **result,
            "ok": bool(verdict["is_ok"]),
            "message": verdict["message"],
            "finished_at": _moment(None) if job["now"] is None else job["now"],
        }
        return write_run(home / "runs" / run_id / "harvest" / source.id, source, ledger, run_id, result)


def _run(job: dict[str, Any], log_path: Path, lock: IO[bytes], time_limit: float) -> str | None:
    """Run the job in a process of its own; return in one line how it ended, or None if it ended well."""
    with log_path.open("wb") as log:
        child = subprocess.Popen(
            [sys.executable, "-P", "-c", "from spiders.crawl import main; main()"],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            env=environment(),
            pass_fds=[lock.fileno()],  # the lock lasts as long as the child, should this process die
        )
        try:
            child.communicate(json.dumps(job).encode(), timeout=time_limit)
        except subprocess.TimeoutExpired:
            _end(child)
            return f"was stopped after {time_limit:g} s; what it fetched is kept, and the next run goes on"
        except BaseException:
            _end(child)
            raise
    if child.returncode == 0:
        return None
    if child.returncode < 0:
        name = signal.Signals(-child.returncode).name
        return f"was ended by {name}; what it fetched is kept, and the next run goes on"
    lines = [line for line in log_path.read_text("utf-8", "replace").splitlines() if line.strip()]
    return f"broke off: {lines[-1] if lines else 'no word of why'} (see {log_path})"


def _end(child: subprocess.Popen[bytes]) -> None:
    child.terminate()
    try:
        child.wait(GRACE)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[IO[bytes]]:
    """Hold a source's lock; the kernel frees it when the last process that holds it dies."""
    with path.open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise _BusyError(
                f"is being harvested by another process ({path} is locked); wait for its end"
            ) from error
        yield file


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[Ledger]:
    try:
        ledger = Ledger(path)
    except LedgerError as error:
        raise _BusyError(str(error)) from error
    try:
        yield ledger
    finally:
        ledger.close()


def _moment(now: dt.datetime | None) -> str:
    return (now or dt.datetime.now(dt.UTC)).astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
