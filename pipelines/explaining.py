"""Finds the text that `explain` is asked about: a case study of the snapshot, a file, or standard input."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from pipelines.home import Home, HomeError


def find_text(named: str, *, snapshot: str | None, home: Callable[[], Home]) -> tuple[str, str]:
    """Return the title and the text of a case study's id, or of a file (`-`: standard input), without a title.

    The first characters of an id are enough if only one begins so. Raises HomeError if there is none, or several.
    """
    if named == "-":
        return "", sys.stdin.read()
    if Path(named).is_file():
        return "", Path(named).read_text(encoding="utf-8", errors="replace")
    from warehouse import connect

    with connect(home().path, snapshot=snapshot) as connection:
        found = connection.execute(
            "select id, title, text from case_studies where starts_with(id, ?) order by id limit 6", [named]
        ).fetchall()
    if len(found) == 1 and named:
        return str(found[0][1] or ""), str(found[0][2])
    if not found:
        raise HomeError(
            f"no case study {named!r}; an id is wanted, as in: partnerships query 'from case_studies'"
        )
    ids = ", ".join(row[0] for row in found[:5])
    raise HomeError(f"{named!r} begins several ids, such as {ids}; name one whole")
