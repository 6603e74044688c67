"""What must go: removes a document or a whole source from the warehouse, and from the snapshots that show it.

A tombstone stays in `history.takedown`, so that a later load leaves it out. The warehouse's file is written anew, since
a deleted row's bytes would stay in it, and copies made before migrations go. The published files are replaced: the
newest by a new snapshot without it, older ones are removed. Bodies and the ledger are the spiders': the result says
which bodies were its. A takedown that was interrupted is repeated from the start.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from warehouse.connection import CURRENT, SNAPSHOT_FILE
from warehouse.errors import WarehouseError, one_line
from warehouse.load_sql import NOTE_WRITE
from warehouse.migrate import FILE_OPTIONS, literal, open_warehouse, utc_now
from warehouse.snapshot import Snapshot, publish

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

# What a document leaves, from the leaves of the tree to its root.
OF_CLASSIFICATION = ("label", "evidence", "dimension", "classification")
OF_CASE_STUDY = ("annotation", "duplicate", "published", "case_study")
OF_DOCUMENT = ("version", "document")


@dataclass(frozen=True)
class Takedown:
    """What was removed, and which snapshots no longer stand."""

    document_count: int
    case_study_count: int
    body_sha256s: tuple[str, ...]
    """Digests of bodies that nothing else in the warehouse rests on: theirs are the files under bodies/ to remove."""
    removed_snapshots: tuple[str, ...]
    """Ids of published snapshots whose files were removed."""
    snapshot: Snapshot | None
    """The new snapshot that stands in their place; None if nothing is left to publish."""


def take_down(
    warehouse: Path,
    published: Path,
    url_or_source: str,
    *,
    reason: str | None = None,
    keep: int = 10,
    now: datetime | None = None,
) -> Takedown:
    """Remove a document, by its address, or a source, by its id, for good; keep it from coming in again.

    An address that is not held is noted all the same, and so kept out. Raises WarehouseError if neither an address
    nor a known source is given.
    """
    with open_warehouse(warehouse) as connection:
        url, source = _what(connection, url_or_source)
        takedown_id = hashlib.sha256(f"{source}\n{url}".encode()).hexdigest()[:16]
        is_repeated = bool(
            connection.execute(
                "SELECT 1 FROM history.takedown WHERE takedown_id = ?", [takedown_id]
            ).fetchall()
        )
        connection.execute("BEGIN")
        documents, case_studies, bodies = _delete(connection, url, source)
        connection.execute(
            "INSERT INTO history.takedown SELECT $1, $2, $3, NULL, $4, $5"
            " WHERE $1 NOT IN (SELECT takedown_id FROM history.takedown)",
            [
                takedown_id,
                url,
                source,
                reason,
                now or utc_now(),
            ],
        )
        connection.execute(NOTE_WRITE, ["takedown", None, utc_now()])
        connection.execute("COMMIT")
        is_left = bool(connection.execute("SELECT 1 FROM history.current_case_study LIMIT 1").fetchall())
    if not documents and not is_repeated:
        return Takedown(0, 0, (), (), None)
    _write_anew(warehouse)
    old = [path for path in sorted(published.glob("*.duckdb")) if SNAPSHOT_FILE.match(path.name)]
    snapshot = publish(warehouse, published, keep=keep, allow_shrink=True, now=now) if is_left else None
    if snapshot is None:
        (published / CURRENT).unlink(missing_ok=True)
    for path in old:
        path.unlink(missing_ok=True)
    return Takedown(documents, case_studies, bodies, tuple(path.stem for path in old), snapshot)


def _write_anew(warehouse: Path) -> None:
    import duckdb

    new = warehouse.with_name(f".{warehouse.name}.unfinished")
    try:
        new.unlink(missing_ok=True)
        with duckdb.connect() as connection:
            connection.execute(f"ATTACH {literal(warehouse)} AS old (READ_ONLY)")
            connection.execute(f"ATTACH {literal(new)} AS new ({FILE_OPTIONS})")
            connection.execute("COPY FROM DATABASE old TO new; CHECKPOINT new")
        new.replace(warehouse)
        for copy in warehouse.parent.glob(f"{warehouse.name}.before-*"):
            copy.unlink()
    except (duckdb.Error, OSError) as error:
        raise WarehouseError(
            f"{warehouse}: taken down, but not written anew: {one_line(error)}; run it again"
        ) from error
    finally:
        new.unlink(missing_ok=True)


def _what(connection: DuckDBPyConnection, url_or_source: str) -> tuple[str | None, str | None]:
    if "://" in url_or_source:
        return url_or_source, None
    sources = [
        s
        for (s,) in connection.execute(
            "SELECT DISTINCT source_id FROM history.source ORDER BY ALL"
        ).fetchall()
    ]
    if url_or_source not in sources:
        known = f"an address, or one of {', '.join(sources)}," if sources else "an address"
        raise WarehouseError(f"takedown: {url_or_source!r} is no source that is held; {known} would be right")
    return None, url_or_source


def _delete(
    connection: DuckDBPyConnection, url: str | None, source: str | None
) -> tuple[int, int, tuple[str, ...]]:
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE gone AS SELECT document_id FROM history.document"
        " WHERE url = $url OR source_id = $source",
        {"url": url, "source": source},
    )
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE gone_case_study AS SELECT DISTINCT case_study_id FROM history.case_study"
        " WHERE document_id IN (SELECT document_id FROM gone)"
    )
    bodies = connection.execute(
        "SELECT DISTINCT body_sha256 FROM history.version WHERE document_id IN (SELECT document_id FROM gone)"
        " AND body_sha256 NOT IN (SELECT body_sha256 FROM history.version"
        "                         WHERE document_id NOT IN (SELECT document_id FROM gone)) ORDER BY ALL"
    ).fetchall()
    counts = connection.execute(
        "SELECT (SELECT count(*) FROM gone), (SELECT count(*) FROM gone_case_study)"
    ).fetchall()
    for table in OF_CLASSIFICATION:
        connection.execute(
            f"DELETE FROM history.{table} WHERE classification_id IN (SELECT classification_id"  # noqa: S608
            " FROM history.classification WHERE case_study_id IN (SELECT case_study_id FROM gone_case_study))"
        )
    connection.execute(
        "UPDATE history.duplicate SET duplicate_of = NULL"
        " WHERE duplicate_of IN (SELECT case_study_id FROM gone_case_study)"
    )
    for table in OF_CASE_STUDY:
        connection.execute(
            f"DELETE FROM history.{table} WHERE case_study_id IN (SELECT case_study_id FROM gone_case_study)"  # noqa: S608
        )
    for table in OF_DOCUMENT:
        connection.execute(f"DELETE FROM history.{table} WHERE document_id IN (SELECT document_id FROM gone)")  # noqa: S608
    connection.execute(
        "DELETE FROM history.fetch WHERE document_id IN (SELECT document_id FROM gone)"
        " OR url = $url OR source_id = $source",
        {"url": url, "source": source},
    )
    connection.execute(
        "DELETE FROM history.failure WHERE url = $url OR source_id = $source", {"url": url, "source": source}
    )
    return (*counts[0], tuple(body for (body,) in bodies))
