"""Which views analysts have: makes them, with the dictionary's comments on all that the file holds."""

from __future__ import annotations

import hashlib
import re
from importlib.resources import files
from typing import TYPE_CHECKING

from warehouse.dictionary import comment_on

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


def digest() -> str:
    """Return the sha256 over the views' SQL and the dictionary: what `define` would put into a file."""
    root = files("warehouse")
    texts = [root.joinpath(name).read_bytes() for name in ("views.sql", "dictionary.toml")]
    return hashlib.sha256(b"\0".join(texts)).hexdigest()


def define(connection: DuckDBPyConnection) -> None:
    """Make every view in the current database, drop those that are no longer wanted, and comment on everything."""
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
    comment_on(connection)
