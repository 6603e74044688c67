"""SQLite: the corpus as tables for Datasette, a statistics program or a phone."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from warehouse.corpus import TABLES, Corpus, about, iso, table_columns

if TYPE_CHECKING:
    from datetime import date

TYPES = {"BIGINT": "INTEGER", "INTEGER": "INTEGER", "BOOLEAN": "INTEGER", "DOUBLE": "REAL"}


def write(corpus: Corpus, path: Path) -> int:
    """Write a table for each of the corpus's tables, `about` and `dictionary`; return how many case studies."""
    try:
        return _write(corpus, path)
    except sqlite3.Error as error:  # what a full disk gives here
        raise OSError(str(error)) from error


def _write(corpus: Corpus, path: Path) -> int:
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("PRAGMA journal_mode = OFF")  # a file that fails is thrown away
        counts = {}
        notes: list[tuple[str, str, str]] = []
        for table, keys in TABLES.items():
            columns = table_columns(corpus, table)
            notes += [(table, column.name, column.comment) for column in columns]
            listed = ", ".join(f'"{c.name}" {TYPES.get(c.type, "TEXT")}' for c in columns)
            key = f", PRIMARY KEY ({', '.join(keys)})" if keys else ""
            database.execute(f'CREATE TABLE "{table}" ({listed}{key})')
            marks = ", ".join("?" for _ in columns)
            rows = ([_plain(value) for value in row] for row in corpus.rows(table))
            counts[table] = database.executemany(f'INSERT INTO "{table}" VALUES ({marks})', rows).rowcount  # noqa: S608
        database.execute("CREATE TABLE dictionary (table_name TEXT, column_name TEXT, comment TEXT)")
        database.executemany("INSERT INTO dictionary VALUES (?, ?, ?)", notes)
        database.execute("CREATE TABLE about (key TEXT PRIMARY KEY, value TEXT)")
        count = max(counts["case_studies"], 0)
        pairs = (
            (k, v if isinstance(v, str) else json.dumps(v)) for k, v in about(corpus, "sqlite", count).items()
        )
        database.executemany("INSERT INTO about VALUES (?, ?)", pairs)
        return count


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return "; ".join(str(v) for v in value)
    if hasattr(value, "isoformat"):
        moment: date = value
        return iso(moment)
    return value
