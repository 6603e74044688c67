"""Publishes the warehouse: an unchanging copy that analysts read while the writer goes on.

The copy is made under a temporary name, synced, renamed to `<id>.duckdb`, noted in the warehouse, and only then does
`current.duckdb` point to it. A crash anywhere leaves the old snapshot or the new one, and the next call tidies up.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from warehouse import checks
from warehouse.connection import CURRENT, SNAPSHOT_FILE
from warehouse.dictionary import comment_on
from warehouse.errors import WarehouseError, one_line
from warehouse.migrate import FILE_OPTIONS, MIGRATION_TABLE, literal, migrations, open_warehouse, utc_now
from warehouse.views import define, digest, settle

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

UNFINISHED = ".unfinished-"

NEW_PUBLISHED = """
CREATE OR REPLACE TEMP TABLE new_published AS
SELECT p.case_study_id, p.digest, p.first_number,
       CASE WHEN p.last_number IS NULL AND n.digest IS DISTINCT FROM p.digest THEN $number - 1
            ELSE p.last_number END AS last_number
FROM warehouse.history.published AS p LEFT JOIN new_digest AS n ON n.case_study_id = p.case_study_id
UNION ALL
SELECT n.case_study_id, n.digest, $number, NULL
FROM new_digest AS n
ANTI JOIN (SELECT * FROM warehouse.history.published WHERE last_number IS NULL) AS p
  ON p.case_study_id = n.case_study_id AND p.digest = n.digest"""

END_PUBLISHED = """
UPDATE history.published AS p SET last_number = $number - 1
WHERE last_number IS NULL
  AND NOT EXISTS (SELECT 1 FROM new_digest AS n WHERE n.case_study_id = p.case_study_id AND n.digest = p.digest)"""

CHECKSUM = "SELECT sha256(string_agg(case_study_id || digest, '' ORDER BY case_study_id)) FROM new_digest"


@dataclass(frozen=True)
class Snapshot:
    """A published snapshot; `is_new` is false if nothing had changed since it was published."""

    id: str
    path: Path
    published_at: datetime
    number: int
    is_new: bool
    checksum: str
    counts: Mapping[str, int]
    """By name: source_count, document_count, case_study_count, label_count, evidence_count, annotation_count."""
    citation: str
    removed: tuple[str, ...] = ()
    """Ids of older snapshots whose files were removed."""


def publish(
    warehouse: Path,
    published: Path,
    *,
    keep: int = 10,
    allow_shrink: bool = False,
    run_id: str | None = None,
    now: datetime | None = None,
) -> Snapshot:
    """Publish the warehouse as it stands, unless the current snapshot holds it already; keep the newest `keep` files.

    Raises WarehouseError, and leaves the current snapshot as it is, if the warehouse is empty, if a check fails, or if
    a count fell by more than a fifth since the snapshot before and `allow_shrink` is not set.
    """
    if keep < 1:
        raise WarehouseError(f"publish: keep is {keep}; 1 or more would be right")
    if not warehouse.exists():
        raise WarehouseError(f"{warehouse}: no warehouse; load a run first")
    with open_warehouse(warehouse) as connection:
        published.mkdir(parents=True, exist_ok=True)
        newest = _newest(connection, published)
        if newest is None or not _is_current(connection, newest):
            newest = _publish_new(
                connection, published, newest, allow_shrink=allow_shrink, run_id=run_id, now=now
            )
        _point_to(published, newest.path)
        return _tidied(connection, published, newest, keep)


def _publish_new(
    connection: DuckDBPyConnection,
    published: Path,
    before: Snapshot | None,
    *,
    allow_shrink: bool,
    run_id: str | None,
    now: datetime | None,
) -> Snapshot:
    if not _value(connection, "SELECT count(*) FROM history.current_case_study"):
        raise WarehouseError(
            f"{published}: nothing to publish: the warehouse holds no case study; load a run first"
        )
    at = (now.astimezone(UTC).replace(tzinfo=None) if now and now.tzinfo else now) or utc_now()
    snapshot_id = f"{at:%Y-%m-%dT%H%M}-{secrets.token_hex(2)}"
    path = published / f"{snapshot_id}.duckdb"
    unfinished = path.with_name(f"{UNFINISHED}{path.name}")
    try:
        with _copy(connection, unfinished):
            counts = checks.count(connection)
            _refuse(published, connection, before, counts, allow_shrink=allow_shrink)
            connection.execute("CREATE OR REPLACE TEMP TABLE new_digest AS FROM history.record_digest")
            snapshot = _described(connection, path, at, counts)
            _note(connection, snapshot, run_id)
            comment_on(connection)
        _sync(unfinished)
        unfinished.chmod(0o444)
        unfinished.replace(path)
        _sync(published)
    finally:
        for leftover in (unfinished, unfinished.with_name(unfinished.name + ".wal")):
            leftover.unlink(missing_ok=True)
    connection.execute("BEGIN")
    connection.execute(END_PUBLISHED, {"number": snapshot.number})
    connection.execute(
        "INSERT INTO history.published FROM new_published WHERE first_number = ?", [snapshot.number]
    )
    connection.execute("INSERT INTO history.snapshot FROM new_snapshot; COMMIT")
    return snapshot


@contextmanager
def _copy(connection: DuckDBPyConnection, path: Path) -> Iterator[None]:
    """Make a file of all that analysts read, compact; inside the block it is the current database, uncommitted.

    Takedowns and earlier snapshots' spans stay behind: the block adds the latter with its own.
    """
    import duckdb

    tables = connection.execute(
        "SELECT table_name FROM duckdb_tables() WHERE database_name = 'warehouse' AND schema_name = 'history'"
    ).fetchall()
    connection.execute(f"ATTACH {literal(path)} AS copy ({FILE_OPTIONS})")
    try:
        connection.execute("USE copy; BEGIN")
        connection.execute(MIGRATION_TABLE)
        for migration in migrations():
            connection.execute(migration.sql)
        for (table,) in tables:
            if table not in ("takedown", "published", "snapshot"):
                connection.execute(f"INSERT INTO copy.history.{table} FROM warehouse.history.{table}")
        define(connection)
        settle(connection)
        yield
        connection.execute("COMMIT; CHECKPOINT copy")
    except duckdb.Error as error:
        raise WarehouseError(f"{path.parent}: not published: {one_line(error)}") from error
    finally:
        with suppress(duckdb.Error):  # committed, or ended by what failed
            connection.execute("ROLLBACK")
        connection.execute("USE warehouse; DETACH copy")


def _refuse(
    published: Path,
    connection: DuckDBPyConnection,
    before: Snapshot | None,
    counts: dict[str, int],
    *,
    allow_shrink: bool,
) -> None:
    faults = checks.faults(connection)
    if faults:
        more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        raise WarehouseError(f"{published}: not published: {faults[0]}{more}")
    losses = checks.losses(before.counts, counts) if before else []
    if before and losses and not allow_shrink:
        raise WarehouseError(
            f"{published}: not published: {'; '.join(losses)} since snapshot {before.id}; "
            "see `partnerships status`, or allow it with --allow-shrink"
        )


def _described(connection: DuckDBPyConnection, path: Path, at: datetime, counts: dict[str, int]) -> Snapshot:
    number = _value(connection, "SELECT coalesce(max(number), 0) + 1 FROM warehouse.history.snapshot")
    checksum = _value(connection, CHECKSUM)
    citation = (
        f"Corpus of school partnerships, snapshot {path.stem}, {at.day} {at:%B %Y}: "
        f"{counts['case_study_count']} case studies of {counts['document_count']} documents from "
        f"{counts['source_count']} sources. Made with partnerships {_program_version()}. sha256 {checksum[:16]}."
    )
    return Snapshot(
        path.stem, path, at, number, is_new=True, checksum=checksum, counts=counts, citation=citation
    )


def _note(connection: DuckDBPyConnection, snapshot: Snapshot, run_id: str | None) -> None:
    """Write the snapshot's row and the spans into the copy; keep both for the warehouse until the copy is safe."""
    columns = {
        "snapshot_id": snapshot.id,
        "number": snapshot.number,
        "published_at": snapshot.published_at,
        "run_id": run_id or _value(connection, "SELECT max(run_id) FROM history.run"),
        "write_id": _value(connection, "SELECT coalesce(max(write_id), 0) FROM history.write"),
        "definition_digest": digest(),
        "checksum": snapshot.checksum,
        **snapshot.counts,
        "citation": snapshot.citation,
    }
    marks = ", ".join("?" for _ in columns)
    connection.execute(
        f"INSERT INTO history.snapshot ({', '.join(columns)}) VALUES ({marks})",  # noqa: S608
        list(columns.values()),
    )
    connection.execute("CREATE OR REPLACE TEMP TABLE new_snapshot AS FROM history.snapshot")
    connection.execute("INSERT INTO history.snapshot FROM warehouse.history.snapshot")
    connection.execute(NEW_PUBLISHED, {"number": snapshot.number})
    connection.execute("INSERT INTO history.published FROM new_published")


def _newest(connection: DuckDBPyConnection, published: Path) -> Snapshot | None:
    """Return the newest snapshot that the warehouse has noted, or None."""
    cursor = connection.execute("SELECT * FROM history.snapshot ORDER BY number DESC LIMIT 1")
    row = cursor.fetchone()
    if row is None:
        return None
    held = dict(zip((c[0] for c in cursor.description or ()), row, strict=True))
    return Snapshot(
        id=held["snapshot_id"],
        path=published / f"{held['snapshot_id']}.duckdb",
        published_at=held["published_at"],
        number=held["number"],
        is_new=False,
        checksum=held["checksum"],
        counts={name: held[name] for name in checks.COUNTS},
        citation=held["citation"],
    )


def _is_current(connection: DuckDBPyConnection, snapshot: Snapshot) -> bool:
    row = connection.execute(
        "SELECT write_id = (SELECT coalesce(max(write_id), 0) FROM history.write) AND definition_digest = ?"
        " FROM history.snapshot WHERE snapshot_id = ?",
        [digest(), snapshot.id],
    ).fetchone()
    return bool(row and row[0]) and snapshot.path.is_file()


def _point_to(published: Path, path: Path) -> None:
    link = published / CURRENT
    if link.is_symlink() and link.readlink() == Path(path.name):
        return
    new = published / f"{UNFINISHED}{secrets.token_hex(4)}"
    new.symlink_to(path.name)
    try:
        new.replace(link)
    except BaseException:
        new.unlink(missing_ok=True)
        raise
    _sync(published)


def _tidied(connection: DuckDBPyConnection, published: Path, newest: Snapshot, keep: int) -> Snapshot:
    """Remove what a crash left, and snapshots beyond the newest `keep` that differ in what they hold.

    Of those that hold the same case studies (a daily run that found nothing new makes one) the newest is kept, so
    that days without news do not push out what was cited.
    """
    from dataclasses import replace

    rows = connection.execute(
        "SELECT arg_max(snapshot_id, number) FROM history.snapshot GROUP BY checksum ORDER BY max(number) DESC LIMIT ?",
        [keep],
    )
    kept = {row[0] for row in rows.fetchall()} | {newest.id}
    removed = []
    for entry in sorted(published.iterdir()):
        match = SNAPSHOT_FILE.match(entry.name)
        if entry.name.startswith(UNFINISHED) or (match and match[1] not in kept):
            entry.unlink(missing_ok=True)
            if match:
                removed.append(match[1])
    return replace(newest, removed=tuple(removed))


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _value(connection: DuckDBPyConnection, sql: str) -> Any:
    row = connection.execute(sql).fetchone()
    return row[0] if row else None


def _program_version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("partnerships")
    except PackageNotFoundError:
        return "from a checkout"
