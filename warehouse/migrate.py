"""Brings a warehouse file to the newest version: numbered SQL files, each in one transaction.

A copy of the file is kept beside it before an existing warehouse changes: `warehouse.duckdb.before-0002`.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from warehouse.errors import WarehouseError, one_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from duckdb import DuckDBPyConnection

STORAGE_VERSION = "v1.5.0"
"""The file format: DuckDB 1.5 and 2.x both read and write it; 2.0's own default shuts 1.5 out."""

FILE_OPTIONS = f"STORAGE_VERSION '{STORAGE_VERSION}', ROW_GROUP_SIZE 16384"
"""Small row groups: an append rewrites the last one whole, and each core scans one at a time."""

MEMORY_LIMIT = "700MB"
MIGRATION_TABLE = """
CREATE SCHEMA IF NOT EXISTS history;
CREATE TABLE history.migration (
    number INTEGER NOT NULL PRIMARY KEY, name VARCHAR NOT NULL, digest VARCHAR NOT NULL,
    applied_at TIMESTAMP NOT NULL)"""
NAME = re.compile(r"^(\d{4})_([a-z0-9_]+)\.sql$")


@dataclass(frozen=True)
class Migration:
    """One numbered step: its SQL and that text's sha256."""

    number: int
    name: str
    sql: str
    digest: str


def migrations() -> list[Migration]:
    """Return the migrations that this version ships, in order of number, from 1 without gaps."""
    found = []
    for entry in sorted(files("warehouse").joinpath("migrations").iterdir(), key=lambda e: e.name):
        match = NAME.match(entry.name)
        if match:
            sql = entry.read_text(encoding="utf-8")
            digest = hashlib.sha256(sql.encode()).hexdigest()
            found.append(Migration(int(match[1]), match[2], sql, digest))
    return found


@contextmanager
def open_warehouse(path: Path) -> Iterator[DuckDBPyConnection]:
    """Open the writer's file, migrated, as the only writer; make it if it is not there.

    The connection's current database is the warehouse. Raises WarehouseError if another process holds the
    file, if it is no warehouse, is of a newer version, or cannot be written; also for what DuckDB raises inside.
    """
    import duckdb

    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        connection = _migrated(path)
        try:
            yield connection
        finally:
            connection.close()
    except duckdb.Error as error:
        raise _explained(path, error) from error
    except OSError as error:
        raise WarehouseError(f"{path}: {one_line(error)}") from error


def _attach(path: Path) -> DuckDBPyConnection:
    import duckdb

    connection = duckdb.connect()
    try:
        connection.execute(f"SET memory_limit = '{MEMORY_LIMIT}'")
        connection.execute(f"SET temp_directory = {literal(str(path) + '.tmp')}")
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(f"ATTACH {literal(path)} AS warehouse ({FILE_OPTIONS})")
        connection.execute("USE warehouse")
    except BaseException:
        connection.close()
        raise
    return connection


def literal(value: object) -> str:
    """Return the value as an SQL string."""
    return "'" + str(value).replace("'", "''") + "'"


def _migrated(path: Path) -> DuckDBPyConnection:
    known = migrations()
    is_old = path.exists()
    connection = _attach(path)
    try:
        applied = _applied(connection, path)
        _refuse_strangers(applied, known, path)
        due = [m for m in known if m.number not in applied]
        if due and is_old and applied:
            connection.execute("CHECKPOINT")
            connection.close()
            _copy(path, due[0].number)
            connection = _attach(path)
        for migration in due:
            _apply(connection, migration, path)
        _refresh_views(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _applied(connection: DuckDBPyConnection, path: Path) -> dict[int, str]:
    tables = {
        f"{schema}.{name}"
        for schema, name in connection.execute(
            "SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = 'warehouse'"
        ).fetchall()
    }
    if "history.migration" not in tables:
        if tables:
            raise WarehouseError(f"{path}: found a DuckDB file of something else; name another file")
        connection.execute(MIGRATION_TABLE)
        return {}
    rows = connection.execute("SELECT number, digest FROM history.migration").fetchall()
    return {number: digest for number, digest in rows if number > 0}


def _refuse_strangers(applied: dict[int, str], known: list[Migration], path: Path) -> None:
    newest = known[-1].number
    if applied and max(applied) > newest:
        raise WarehouseError(
            f"{path}: its version is {max(applied)}, this program knows up to {newest}; "
            "use the version of partnerships that wrote it, or a newer one"
        )
    for migration in known:
        if applied.get(migration.number, migration.digest) != migration.digest:
            raise WarehouseError(
                f"{path}: migration {migration.number:04} was run with other SQL than this version ships; "
                "restore the copy made before it, or the migration's file"
            )


def _copy(path: Path, number: int) -> None:
    target = path.with_name(f"{path.name}.before-{number:04}")
    part = target.with_name(target.name + ".part")
    try:
        shutil.copyfile(path, part)
        with part.open("rb+") as handle:
            os.fsync(handle.fileno())
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def _apply(connection: DuckDBPyConnection, migration: Migration, path: Path) -> None:
    import duckdb

    connection.execute("BEGIN")
    try:
        connection.execute(migration.sql)
        connection.execute(
            "INSERT INTO history.migration VALUES (?, ?, ?, ?)",
            [migration.number, migration.name, migration.digest, utc_now()],
        )
        connection.execute("COMMIT")
    except duckdb.Error as error:
        connection.execute("ROLLBACK")
        raise WarehouseError(
            f"{path}: migration {migration.number:04}_{migration.name} failed, nothing changed: {one_line(error)}"
        ) from error


def _refresh_views(connection: DuckDBPyConnection) -> None:
    """Make the views and comments anew if this version's differ from the file's (note number 0)."""
    from warehouse.dictionary import comment_on
    from warehouse.views import define, digest

    wanted = digest()
    row = connection.execute("SELECT digest FROM history.migration WHERE number = 0").fetchone()
    if row and row[0] == wanted:
        return
    connection.execute("BEGIN")
    define(connection)
    comment_on(connection)
    connection.execute(
        "INSERT OR REPLACE INTO history.migration VALUES (0, 'views', ?, ?)", [wanted, utc_now()]
    )
    connection.execute("COMMIT")


def utc_now() -> datetime:
    """Return the time now in UTC, without a zone, as the tables keep it."""
    return datetime.now(UTC).replace(tzinfo=None)


def _explained(path: Path, error: Exception) -> WarehouseError:
    text = one_line(error)
    holder = re.search(r"Conflicting lock is held in (.*?\(PID \d+\))", text)
    if holder:
        return WarehouseError(f"{path}: another process has it open: {holder[1]}; wait for it or end it")
    return WarehouseError(f"{path}: {text}")
