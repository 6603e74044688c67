"""What each table, view and column means: reads `dictionary.toml`, comments on a file, writes docs/dictionary.md."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from warehouse.errors import WarehouseError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


@dataclass(frozen=True)
class Column:
    """A column as it stands in the file, with its explanation ('' if the dictionary has none)."""

    name: str
    type: str
    comment: str


@dataclass(frozen=True)
class Relation:
    """A table or view as it stands in the file, with its explanation ('' if the dictionary has none)."""

    schema: str
    name: str
    is_view: bool
    comment: str
    columns: tuple[Column, ...]

    @property
    def full_name(self) -> str:
        """The name as the dictionary has it: without a schema for what stands in `main`."""
        return self.name if self.schema == "main" else f"{self.schema}.{self.name}"


@cache
def dictionary() -> dict[str, dict[str, dict[str, object]]]:
    """Return `dictionary.toml` as it stands: `common`, `views`, `tables`."""
    return tomllib.loads(files("warehouse").joinpath("dictionary.toml").read_text(encoding="utf-8"))


def relations(connection: DuckDBPyConnection) -> list[Relation]:
    """Return what the current database holds, views of `main` first, each explained from the dictionary."""
    rows = connection.execute(
        "SELECT c.schema_name, c.table_name, v.view_name IS NOT NULL, c.column_name, c.data_type"
        " FROM duckdb_columns() AS c"
        " LEFT JOIN duckdb_views() AS v ON v.database_name = c.database_name AND v.schema_name = c.schema_name"
        " AND v.view_name = c.table_name"
        " WHERE c.database_name = current_database() AND NOT c.internal"
        " ORDER BY c.schema_name = 'history', v.view_name IS NULL, c.schema_name, c.table_name, c.column_index"
    ).fetchall()
    found: dict[tuple[str, str, bool], list[tuple[str, str]]] = {}
    for schema, name, is_view, column, kind in rows:
        found.setdefault((schema, name, is_view), []).append((column, kind))
    return [_explained(*key, columns) for key, columns in found.items()]


def comment_on(connection: DuckDBPyConnection) -> None:
    """Write the dictionary's explanations into the current database as comments."""
    statements = []
    for relation in relations(connection):
        name = f'"{relation.schema}"."{relation.name}"'
        kind = "VIEW" if relation.is_view else "TABLE"
        statements.append(f"COMMENT ON {kind} {name} IS {_quoted(relation.comment)}")
        statements += [
            f'COMMENT ON COLUMN {name}."{c.name}" IS {_quoted(c.comment)}' for c in relation.columns
        ]
    connection.execute(";\n".join(statements))


def check_dictionary(found: list[Relation]) -> list[str]:
    """Return what is unexplained, and what is explained but not there: one line each, empty if all is well."""
    faults = [f"{r.full_name} has no comment" for r in found if not r.comment]
    faults += [f"{r.full_name}.{c.name} has no comment" for r in found for c in r.columns if not c.comment]
    held = {r.full_name: {c.name for c in r.columns} for r in found}
    for section in ("views", "tables"):
        for name, entry in dictionary()[section].items():
            if name not in held:
                faults.append(f"{name} is explained but not there")
                continue
            extra = set(_columns(entry)) - held[name]
            faults += [f"{name}.{column} is explained but not there" for column in sorted(extra)]
    return faults


def markdown(found: list[Relation]) -> str:
    """Return docs/dictionary.md: every view and table with its columns, types and explanations."""
    lines = [
        "# Data dictionary",
        "",
        "Made from `warehouse/dictionary.toml` by `python -m warehouse.dictionary`; the same texts stand in every",
        "snapshot as comments: `SELECT table_name, column_name, comment FROM duckdb_columns()`.",
        "Times are UTC. Offsets count characters, end exclusive.",
    ]
    parts = {
        "Views": ("The stable interface.", [r for r in found if r.schema == "main"]),
        "Tables": (
            "The history behind the views; a migration may change it.",
            [r for r in found if not r.is_view],
        ),
        "Helpers": (
            "Views that other views rest on.",
            [r for r in found if r.is_view and r.schema != "main"],
        ),
    }
    for title, (intro, held) in parts.items():
        lines += ["", f"## {title}", "", intro]
        for relation in held:
            lines += [
                "",
                f"### `{relation.full_name}`",
                "",
                relation.comment,
                "",
                "| column | type | |",
                "|---|---|---|",
            ]
            lines += [f"| `{c.name}` | {c.type} | {_cell(c.comment)} |" for c in relation.columns]
    return "\n".join(lines) + "\n"


def _explained(schema: str, name: str, is_view: bool, columns: list[tuple[str, str]]) -> Relation:  # noqa: FBT001
    full_name = name if schema == "main" else f"{schema}.{name}"
    section = "views" if is_view and schema == "main" else "tables"
    entry = dictionary()[section].get(full_name, {})
    own, common = _columns(entry), dictionary()["common"]
    explained = tuple(Column(c, kind, str(own.get(c, common.get(c, "")))) for c, kind in columns)
    return Relation(schema, name, is_view, str(entry.get("comment", "")), explained)


def _columns(entry: dict[str, object]) -> dict[str, object]:
    columns = entry.get("columns", {})
    if not isinstance(columns, dict):
        raise WarehouseError(
            f"dictionary.toml: columns is {columns!r}; a table of names and texts would be right"
        )
    return columns


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def fresh_relations() -> list[Relation]:
    """Return what a new warehouse of this version holds."""
    import duckdb

    from warehouse.migrate import MIGRATION_TABLE, migrations
    from warehouse.views import define

    with duckdb.connect() as connection:
        connection.execute(MIGRATION_TABLE)
        for migration in migrations():
            connection.execute(migration.sql)
        define(connection)
        return relations(connection)


if __name__ == "__main__":
    import sys
    from pathlib import Path

    Path(sys.argv[1] if len(sys.argv) > 1 else "docs/dictionary.md").write_text(
        markdown(fresh_relations()), encoding="utf-8"
    )
