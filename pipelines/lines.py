"""Writes files whole or not at all, and reads and writes JSON lines."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from pipelines.home import HomeError


def write_whole(path: Path, text: str) -> None:
    """Write a file under a temporary name, and rename it when it is safe on the disk."""
    with _writing(path) as file:
        file.write(text)


def write_lines(path: Path, records: Iterable[dict[str, Any]]) -> int:
    """Write records as JSONL, a line each, the whole file or none of it. Returns how many."""
    count = 0
    with _writing(path) as file:
        for record in records:
            file.write(json.dumps(record, ensure_ascii=False) + "\n")
            count += 1
    return count


def read_lines(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the records of a JSONL file. Raises HomeError naming the line that is none."""
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            try:
                record = json.loads(line.decode("utf-8"))
            except json.JSONDecodeError as error:
                raise HomeError(
                    f"{path}:{number}: is no JSON ({error.msg} at character {error.pos})"
                ) from None
            except (UnicodeDecodeError, RecursionError):
                raise HomeError(
                    f"{path}:{number}: is no UTF-8 text of JSON; a line of JSON in UTF-8 is wanted"
                ) from None
            if not isinstance(record, dict):
                raise HomeError(f"{path}:{number}: found {type(record).__name__}; a JSON object is wanted")
            yield record


@contextmanager
def _writing(path: Path) -> Iterator[IO[str]]:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("w", encoding="utf-8") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
