"""Which snapshot an analyst reads: finds it under a home and opens it read-only."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from warehouse.errors import WarehouseError, one_line

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

CURRENT = "current.duckdb"
SNAPSHOT_FILE = re.compile(r"^(\d{4}-\d{2}-\d{2}T\d{4}-[0-9a-f]{4})\.duckdb$")


def connect(home: str | Path | None = None, *, snapshot: str | None = None) -> DuckDBPyConnection:
    """Open the current snapshot, or the one with that id, read-only; as many may do so at a time as like.

    `home` is the folder that `partnerships` writes to: by default $PARTNERSHIPS_HOME, else ./data. The connection
    stays with its snapshot: connect again to see a newer one.
    Raises WarehouseError if there is no such snapshot, or if its file is damaged.
    """
    import duckdb

    path = snapshot_path(published_folder(home), snapshot)
    try:
        return opened(path)
    except duckdb.IOException:
        # The snapshot may have been replaced and removed between the look and the opening: look once more.
        again = snapshot_path(published_folder(home), snapshot)
        if again == path:
            raise
        return opened(again)


def opened(path: Path) -> DuckDBPyConnection:
    """Open a snapshot's file read-only. Raises WarehouseError if it is damaged or of a newer format."""
    import duckdb

    try:
        connection = duckdb.connect(str(path), read_only=True)
    except duckdb.Error as error:
        if not path.exists():
            raise
        raise damaged(path, error) from error
    try:
        connection.execute("SELECT count(*) FROM main.snapshots").fetchall()
    except duckdb.Error as error:
        connection.close()
        raise damaged(path, error) from error
    return connection


def damaged(path: Path, error: Exception) -> WarehouseError:
    """Return the error that says that a snapshot's file cannot be read."""
    return WarehouseError(
        f"{path}: no readable snapshot ({one_line(error)}); publish anew, or name another snapshot"
    )


def published_folder(home: str | Path | None = None) -> Path:
    """Return where the snapshots of a home lie."""
    return Path(home or os.environ.get("PARTNERSHIPS_HOME") or "data") / "published"


def snapshot_path(published: Path, snapshot: str | None = None) -> Path:
    """Return the file of a snapshot: the current one's, resolved through the link, or that with the id.

    Raises WarehouseError if it is not there: says what to run, or which ids there are.
    """
    if snapshot is None:
        path = published / CURRENT
        if not path.exists():
            raise WarehouseError(
                f"{path}: no snapshot has been published yet; `partnerships run` (or `demo`) makes one"
            )
        return path.resolve()
    path = published / f"{snapshot}.duckdb"
    if not SNAPSHOT_FILE.match(path.name) or not path.is_file():
        ids = snapshot_ids(published)
        known = f"one of {', '.join(ids[:10])} would be right" if ids else "none has been published yet"
        raise WarehouseError(f"{published}: no snapshot {snapshot!r}; {known}")
    return path.resolve()


def snapshot_ids(published: Path) -> list[str]:
    """Return the ids of the snapshots whose files are there, newest first."""
    if not published.is_dir():
        return []
    return sorted((m[1] for p in published.iterdir() if (m := SNAPSHOT_FILE.match(p.name))), reverse=True)
