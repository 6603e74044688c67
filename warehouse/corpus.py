"""What an export is made of: a snapshot's records, in the contract's form, and what a reader should know about them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from warehouse.dictionary import Column
from warehouse.errors import WarehouseError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

BATCH = 500
OPEN_LICENCE = (
    "cc[ -]?(0|by|zero)|creative commons|open government|open parliament|public domain|\\bogl\\b|\\bopl\\b"
)
"""A regular expression, in lower case: licences under which a full text may be passed on, with its source named."""

CONTRACT = (
    "id", "source", "url", "title", "text", "published", "fetched_at", "licence", "language", "duplicate_of", "pages",
    "case_study", "species", "stage", "decided_by",
)  # fmt: skip
"""The keys of a record of `export jsonl`, in order."""


TABLES: dict[str, tuple[str, ...]] = {
    "case_studies": ("id",),
    "labels": ("case_study_id", "scheme", "label"),
    "evidence": (),
    "dimensions": (),
    "sources": ("source",),
    "schemes": ("scheme",),
    "codes": ("scheme", "code"),
}
"""The views that tabular formats write, each with what is unique in it."""


@dataclass(frozen=True)
class Corpus:
    """The records to export, with the snapshot that they come from."""

    connection: DuckDBPyConnection
    snapshot: Mapping[str, Any]
    since: str | None = None
    since_number: int = 0
    gone: tuple[str, ...] = ()
    """Ids of what is gone after `since`."""
    is_licensed_only: bool = False
    """Whether texts whose licence is not known to be open are left out."""
    notes: tuple[str, ...] = ()

    @property
    def snapshot_id(self) -> str:
        """The id of the snapshot that is exported."""
        return str(self.snapshot["snapshot_id"])

    @property
    def selection(self) -> str:
        """The condition on history.record's `id` that picks the records."""
        if self.since is None:
            return "id IS NOT NULL"
        changed = (
            f"SELECT case_study_id FROM history.changes_after({self.since_number}) WHERE change <> 'gone'"  # noqa: S608
        )
        return f"id IN ({changed})"

    @property
    def columns(self) -> str:
        """The columns to select, with the texts that may not be passed on made null."""
        if not self.is_licensed_only:
            return "*"
        allowed = f"regexp_matches(lower(coalesce(licence, '')), '{OPEN_LICENCE}')"
        return f"* REPLACE (CASE WHEN {allowed} THEN text END AS text)"

    def records(self) -> Iterator[dict[str, Any]]:
        """Yield each record as JSON values, sorted by id: the contract's keys and some more."""
        cursor = self.connection.cursor()
        cursor.execute(f"SELECT {self.columns} FROM history.record WHERE {self.selection} ORDER BY id")  # noqa: S608
        names = [column[0] for column in cursor.description or ()]
        while rows := cursor.fetchmany(BATCH):
            for row in rows:
                yield as_json(dict(zip(names, row, strict=True)))

    def rows(self, table: str) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of one of TABLES in a fixed order, only those of the records that are exported."""
        condition = "true"
        if table not in ("sources", "schemes", "codes"):
            condition = (
                self.selection.replace("id", "case_study_id", 1)
                if table != "case_studies"
                else self.selection
            )
        cursor = self.connection.cursor()
        columns = self.columns if table == "case_studies" else "*"
        cursor.execute(f"SELECT {columns} FROM main.{table} WHERE {condition} ORDER BY ALL")  # noqa: S608
        while rows := cursor.fetchmany(BATCH):
            yield from rows


def table_columns(corpus: Corpus, table: str) -> list[Column]:
    """Return the columns of one of TABLES, explained."""
    rows = corpus.connection.execute(
        "SELECT column_name, data_type, coalesce(comment, '') FROM duckdb_columns() WHERE schema_name = 'main'"
        " AND table_name = ? AND database_name = current_database() ORDER BY column_index",
        [table],
    ).fetchall()
    return [Column(*row) for row in rows]


def as_json(record: dict[str, Any]) -> dict[str, Any]:
    """Return a row of history.record as the contract's record: ISO times, dimensions by name."""
    stage = record["stage"]
    dimensions = {
        d["dimension"]: {k: d[k] for k in ("level", "quote", "start", "end")} for d in stage["dimensions"]
    }
    changed = {
        "published": iso(record["published"]),
        "fetched_at": iso(record["fetched_at"]),
        "stage": {"label": stage["label"], "probability": stage["probability"], "dimensions": dimensions},
    }
    return record | changed


def iso(value: date | datetime | None) -> str | None:
    """Return a date as YYYY-MM-DD, a time in UTC with its Z."""
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds") + "Z"
    return value.isoformat() if value else None


def corpus_of(
    connection: DuckDBPyConnection, *, since: str | None = None, is_licensed_only: bool = False
) -> Corpus:
    """Return a snapshot's records; with `since`, only those added or changed after that snapshot."""
    cursor = connection.execute("SELECT * FROM main.snapshots ORDER BY number DESC LIMIT 1")
    snapshot = dict(zip((c[0] for c in cursor.description or ()), cursor.fetchone() or (), strict=True))
    whole = Corpus(connection, snapshot, is_licensed_only=is_licensed_only)
    if is_licensed_only:
        ((left_out,),) = connection.execute(
            f"SELECT count(*) FROM (SELECT {whole.columns} FROM history.record) WHERE text IS NULL"  # noqa: S608
        ).fetchall()
        whole = replace(
            whole, notes=(f"{left_out} texts are left out: their licence is not known to be open",)
        )
    if since is None:
        return whole
    numbers = dict(
        connection.execute("SELECT snapshot_id, number FROM main.snapshots ORDER BY number").fetchall()
    )
    if since not in numbers:
        raise WarehouseError(
            f"export: no snapshot {since!r} up to {snapshot['snapshot_id']}; one of {', '.join(list(numbers)[-10:])}"
            " would be right"
        )
    gone = connection.execute(
        "SELECT case_study_id FROM history.changes_after(?) WHERE change = 'gone' ORDER BY ALL",
        [numbers[since]],
    ).fetchall()
    return replace(whole, since=since, since_number=numbers[since], gone=tuple(row[0] for row in gone))


def about(corpus: Corpus, format_name: str, count: int) -> dict[str, Any]:
    """Return what a reader of the export should know: snapshot, sources and licences, schemes, fields."""
    execute = corpus.connection.execute
    sources = execute(
        "SELECT source, title, licence, basis, start_urls FROM main.sources ORDER BY source"
    ).fetchall()
    schemes = execute(
        "SELECT s.scheme, s.title, list({'code': c.code, 'title': c.title, 'definition': c.definition}"
        " ORDER BY c.position, c.code) FROM main.schemes AS s JOIN main.codes AS c ON c.scheme = s.scheme"
        " GROUP BY s.scheme, s.title ORDER BY s.scheme"
    ).fetchall()
    fields = execute(
        "SELECT column_name, comment FROM duckdb_columns() WHERE schema_name = 'history' AND table_name = 'record'"
        " AND database_name = current_database() ORDER BY column_index"
    ).fetchall()
    changes = {"since": corpus.since, "gone": list(corpus.gone)} if corpus.since else {}
    return {
        "format": format_name,
        "snapshot": corpus.snapshot_id,
        "published_at": iso(corpus.snapshot["published_at"]),
        "checksum": corpus.snapshot["checksum"],
        "citation": corpus.snapshot["citation"],
        "record_count": count,
        **changes,
        "notes": list(corpus.notes),
        "sources": [
            dict(zip(("source", "title", "licence", "basis", "start"), row, strict=True)) for row in sources
        ],
        "schemes": [dict(zip(("scheme", "title", "codes"), row, strict=True)) for row in schemes],
        "fields": dict(fields),
    }
