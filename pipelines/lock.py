"""Who may write: one command at a time in a home, by a lock that the kernel frees when a process dies."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from pipelines.home import Home, HomeError


@contextmanager
def writing(home: Home, what: str) -> Iterator[None]:
    """Hold the home's lock for as long as the block runs.

    Raises HomeError, naming the holder, if another process has it.
    """
    home.path.mkdir(parents=True, exist_ok=True)
    with home.lock.open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise HomeError(f"{home.lock}: {_holder(home)}; run again when it has ended") from None
        file.truncate(0)
        json.dump(
            {"pid": os.getpid(), "what": what, "since": f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC"}, file
        )
        file.flush()
        yield


def _holder(home: Home) -> str:
    try:
        holder = json.loads(home.lock.read_text(encoding="utf-8"))
        return f"held by '{holder['what']}', process {holder['pid']}, since {holder['since']}"
    except (OSError, ValueError, KeyError, TypeError):
        return "held by another process"
