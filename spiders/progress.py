"""How far is a harvest that another process is at?"""

import sqlite3
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Progress:
    """How many documents this run has found so far, and how many of them it is through with."""

    found: int
    done: int


def progress(source_id: str, *, home: Path, run_id: str) -> Progress | None:
    """Return how far a source's harvest is in this run; None if it has not begun or its ledger cannot be read."""
    path = home / "harvest" / source_id / "ledger.sqlite"
    try:
        ledger = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=0.2)
    except sqlite3.Error:
        return None
    try:
        row = ledger.execute(
            "SELECT count(*), coalesce(sum(state = 'done'), 0) FROM address WHERE found_run = ?", (run_id,)
        ).fetchone()
    except sqlite3.Error:
        return None
    finally:
        ledger.close()
    return Progress(found=int(row[0]), done=int(row[1]))
