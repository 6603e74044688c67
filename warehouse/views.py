"""Which views analysts have: makes them from views.sql."""

from __future__ import annotations

import hashlib
import re
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

SETTLED = ("current_classification", "current_annotation")


def digest() -> str:
    """Return the sha256 over the views' SQL and the dictionary: what `define` would put into a file."""
    root = files("warehouse")
    texts = [root.joinpath(name).read_bytes() for name in ("views.sql", "dictionary.toml")]
    return hashlib.sha256(b"\0".join(texts)).hexdigest()


def define(connection: DuckDBPyConnection) -> None:
    """Make every view in the current database, and drop those that are no longer wanted."""
    sql = files("warehouse").joinpath("views.sql").read_text(encoding="utf-8")
    wanted = set(re.findall(r"^CREATE OR REPLACE VIEW (\w+\.\w+)", sql, flags=re.MULTILINE))
    held = connection.execute(
        "SELECT schema_name || '.' || view_name FROM duckdb_views()"
        " WHERE database_name = current_database() AND NOT internal"
    ).fetchall()
    for (name,) in held:
        if name not in wanted:
            connection.execute(f"DROP VIEW {name}")
    connection.execute(sql)


def settle(connection: DuckDBPyConnection) -> None:
    """Turn the helpers that most views rest on into tables: a copy that never changes then answers faster."""
    for name in SETTLED:
        connection.execute(
            f"CREATE TABLE history.settled AS FROM history.{name}; DROP VIEW history.{name};"
            f" ALTER TABLE history.settled RENAME TO {name}"
        )
