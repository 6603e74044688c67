"""What a snapshot answers: runs one statement that only reads, and nothing but the snapshot."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from warehouse.connection import damaged, snapshot_path
from warehouse.errors import WarehouseError, one_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from duckdb import DuckDBPyConnection

READING = "SELECT, FROM, WITH, VALUES, DESCRIBE, SHOW, SUMMARIZE or EXPLAIN"


@dataclass(frozen=True)
class Result:
    """An answer: the names of its columns, and its rows in the order in which they came."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


def query(published_or_file: str | Path, sql: str) -> Result:
    """Return what one reading statement yields on a snapshot.

    `published_or_file` is the folder of the snapshots (then the current one answers) or a snapshot's file.
    Nothing is written, and no other file or address is read. Raises WarehouseError for a statement that would, for
    more than one statement, and for SQL that is wrong.
    """
    import duckdb

    with sealed(published_or_file) as connection:
        _refuse_writing(connection, sql)
        try:
            cursor = connection.execute(sql)
            columns = tuple(column[0] for column in cursor.description or ())
            return Result(columns, tuple(cursor.fetchall()))
        except duckdb.Error as error:
            raise WarehouseError(f"query: {one_line(error)}") from error


@contextmanager
def sealed(published_or_file: str | Path) -> Iterator[DuckDBPyConnection]:
    """Open a snapshot in an instance of its own that reads this file and nothing else, and cannot be told otherwise."""
    import duckdb

    path = Path(published_or_file)
    path = snapshot_path(path) if path.is_dir() or not path.exists() else path.resolve()
    connection = duckdb.connect()
    try:
        name = "'" + str(path).replace("'", "''") + "'"
        try:
            connection.execute(f"ATTACH {name} AS snapshot (READ_ONLY)")
            connection.execute(
                "USE snapshot; SET TimeZone = 'UTC'; SELECT count(*) FROM main.snapshots"
            ).fetchone()
        except duckdb.Error as error:
            raise damaged(path, error) from error
        connection.execute("SET enable_external_access = false; SET lock_configuration = true")
        yield connection
    finally:
        connection.close()


def _refuse_writing(connection: DuckDBPyConnection, sql: str) -> None:
    import duckdb

    try:
        statements = connection.extract_statements(sql)
    except duckdb.Error as error:
        raise WarehouseError(f"query: {one_line(error)}") from error
    if len(statements) != 1:
        raise WarehouseError(f"query: found {len(statements)} statements; one would be right")
    kind = statements[0].type
    if kind not in (duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN):
        name = str(kind).rpartition(".")[2]
        raise WarehouseError(f"query: found {name}, and a snapshot is only read; {READING} would be right")
