"""Knows which addresses there are, what came of each request, and what was extracted: one SQLite file a source.

An address's state is written before it is asked for, and its outcome after the body is safe, so that a
process may be killed between any two lines: what is `asked` is asked again, what is `kept` is extracted
from its kept body, what is `done` is done.
"""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_SCHEMA = """
CREATE TABLE IF NOT EXISTS run (
    run_id TEXT PRIMARY KEY, ordinal INTEGER NOT NULL UNIQUE, sweep INTEGER NOT NULL, started_at TEXT NOT NULL,
    finished_at TEXT,             -- null: killed, or still at work
    is_whole INTEGER NOT NULL DEFAULT 0,  -- came to its end: nothing is left to ask
    is_full INTEGER NOT NULL DEFAULT 0,   -- met every document that the source names
    is_limited INTEGER NOT NULL DEFAULT 0,
    is_ok INTEGER NOT NULL DEFAULT 0, yield INTEGER, message TEXT
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS address (
    url TEXT PRIMARY KEY, loose TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('queued', 'asked', 'kept', 'done')),
    found_run TEXT,               -- the last run whose site named it
    sweep INTEGER,                -- the sweep in which it was last done
    modified TEXT,                -- what the site said of its last change, when it was last done
    now_modified TEXT,            -- what the site says now
    given TEXT NOT NULL DEFAULT '{}', recipe TEXT,
    etag TEXT, last_modified TEXT, final_url TEXT, content_type TEXT, charset TEXT, rights TEXT,
    body_sha256 TEXT, fetch_id TEXT, fetched_at TEXT, verified_at TEXT, document_id TEXT,
    missing_since TEXT, missing_count INTEGER NOT NULL DEFAULT 0, gone_at TEXT,
    outcome TEXT, outcome_run TEXT
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS address_loose ON address (loose);
CREATE INDEX IF NOT EXISTS address_document ON address (document_id);
CREATE TABLE IF NOT EXISTS page (  -- pages that only lead to documents
    url TEXT PRIMARY KEY, sweep INTEGER NOT NULL, run_id TEXT NOT NULL, body_sha256 TEXT NOT NULL, answer TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS document (
    document_id TEXT PRIMARY KEY, url TEXT NOT NULL, version_id INTEGER NOT NULL,
    seen_at TEXT, gone_at TEXT, seen_run TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS version (
    version_id INTEGER PRIMARY KEY AUTOINCREMENT, document_id TEXT NOT NULL, run_id TEXT NOT NULL,
    text_sha256 TEXT NOT NULL, digest TEXT NOT NULL, record TEXT NOT NULL, case_studies TEXT NOT NULL,
    case_study_count INTEGER NOT NULL,
    is_withheld INTEGER NOT NULL DEFAULT 0, is_loaded INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS version_document ON version (document_id, version_id);
CREATE INDEX IF NOT EXISTS version_text ON version (text_sha256);
CREATE INDEX IF NOT EXISTS version_waiting ON version (version_id) WHERE is_loaded = 0;
CREATE TABLE IF NOT EXISTS sighting (
    document_id TEXT PRIMARY KEY, url TEXT NOT NULL, seen_at TEXT, gone_at TEXT, run_id TEXT NOT NULL,
    is_loaded INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS fetch (
    fetch_id TEXT PRIMARY KEY, run_id TEXT NOT NULL, url TEXT NOT NULL, document_id TEXT, status INTEGER,
    outcome TEXT NOT NULL, at TEXT NOT NULL, elapsed_ms INTEGER, byte_count INTEGER, body_sha256 TEXT, detail TEXT,
    is_loaded INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS fetch_run ON fetch (run_id);
CREATE INDEX IF NOT EXISTS fetch_waiting ON fetch (fetch_id) WHERE is_loaded = 0;
CREATE TABLE IF NOT EXISTS failure (
    failure_id TEXT PRIMARY KEY, run_id TEXT NOT NULL, url TEXT NOT NULL, reason TEXT NOT NULL,
    detail TEXT NOT NULL, at TEXT NOT NULL, is_loaded INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS failure_run ON failure (run_id);
CREATE TABLE IF NOT EXISTS host (host TEXT PRIMARY KEY, paused_until REAL NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS note (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""
VERSION = 1


class LedgerError(Exception):
    """A ledger cannot be used."""


@dataclass(frozen=True, slots=True)
class Address:
    """What the ledger knows of an address, as it was when it was read."""

    url: str
    state: str
    found_run: str | None
    sweep: int | None
    modified: str | None
    now_modified: str | None
    given: str
    recipe: str | None
    etag: str | None
    last_modified: str | None
    final_url: str | None
    content_type: str | None
    charset: str | None
    rights: str | None
    body_sha256: str | None
    fetch_id: str | None
    fetched_at: str | None
    verified_at: str | None
    document_id: str | None
    missing_since: str | None
    missing_count: int
    gone_at: str | None
    outcome: str | None
    outcome_run: str | None


_COLUMNS = ", ".join(Address.__slots__)


class Ledger:
    """One source's ledger, open for one process at a time (the lock is the harvester's)."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self.sql = sqlite3.connect(path, isolation_level=None, timeout=30)
            self.sql.row_factory = sqlite3.Row
            self.sql.execute("PRAGMA journal_mode = WAL")
            self.sql.execute("PRAGMA synchronous = NORMAL")
            found = self.sql.execute("PRAGMA user_version").fetchone()[0]
            if found > VERSION:
                raise LedgerError(f"{path}: is of version {found}; this program knows up to {VERSION}")
            with self.together():
                for statement in _SCHEMA.split(";\n"):
                    self.sql.execute(statement)
                self.sql.execute(f"PRAGMA user_version = {VERSION}")
        except sqlite3.Error as error:
            if isinstance(
                error, sqlite3.OperationalError
            ):  # the disk, its rights, or another process; not the file
                words = "cannot be opened or written"
                raise LedgerError(
                    f"{path}: {words} ({error}); is the disk full? Nothing is lost: mend it, run again"
                ) from error
            raise LedgerError(f"{path}: is not a ledger that can be used: {error}") from error

    def close(self) -> None:
        """Close the file; what was committed stays."""
        self.sql.close()

    @contextmanager
    def together(self) -> Iterator[None]:
        """Commit all that is written inside at once, or none of it."""
        if self.sql.in_transaction:
            yield
            return
        self.sql.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self.sql.execute("ROLLBACK")
            raise
        self.sql.execute("COMMIT")

    # Runs

    def begin(self, run_id: str, at: str, *, resume_after: str, limited: bool) -> int:
        """Note that a run begins, and return its sweep.

        A run goes on with the sweep of the run before if that was not whole and began after `resume_after`.
        """
        last = self.one("SELECT * FROM run ORDER BY ordinal DESC LIMIT 1")
        sweep, ordinal = (last["sweep"], last["ordinal"] + 1) if last else (0, 1)
        if last is None or last["is_whole"] or last["started_at"] < resume_after:
            sweep += 1
        with self.together():
            self.sql.execute("UPDATE address SET state = 'queued' WHERE state = 'asked'")
            self.sql.execute(
                "INSERT INTO run (run_id, ordinal, sweep, started_at, is_limited) VALUES (?, ?, ?, ?, ?) "
                "ON CONFLICT (run_id) DO UPDATE SET finished_at = NULL, is_whole = 0",
                (run_id, ordinal, sweep, at, limited),
            )
        return int(sweep)

    def run(self, run_id: str) -> sqlite3.Row | None:
        """Return what is known of a run."""
        return self.one("SELECT * FROM run WHERE run_id = ?", run_id)

    # Addresses

    def address(self, url: str, loose: str | None = None) -> Address | None:
        """Return an address, or else one that is surely the same page."""
        row = self.one(f"SELECT {_COLUMNS} FROM address WHERE url = ?", url)  # noqa: S608 - our own column names
        if row is None and loose is not None:
            row = self.one(
                f"SELECT {_COLUMNS} FROM address WHERE loose = ? ORDER BY url LIMIT 1",  # noqa: S608
                loose,
            )
        return Address(*row) if row else None

    def addresses(self, where: str, *values: Any) -> list[Address]:
        """Return the addresses that a condition holds for, by URL."""
        query = f"SELECT {_COLUMNS} FROM address WHERE {where} ORDER BY url"  # noqa: S608 - conditions are constants
        return [Address(*row) for row in self.sql.execute(query, values)]

    def queue(
        self, url: str, loose: str, run_id: str | None, modified: str | None, given: dict[str, str]
    ) -> Address:
        """Note that the site names an address (`run_id` None: that something else does), and return it."""
        with self.together():
            self.sql.execute(
                "INSERT INTO address (url, loose, state, found_run, now_modified, given) "
                "VALUES (?1, ?2, 'queued', ?3, ?4, ?5) ON CONFLICT (url) DO UPDATE SET "
                "found_run = coalesce(?3, found_run), now_modified = ?4, "
                "given = CASE ?5 WHEN '{}' THEN given ELSE ?5 END",
                (url, loose, run_id, modified, json.dumps(given, sort_keys=True)),
            )
            address = self.address(url)
        if address is None:  # cannot be: it was just written
            raise LedgerError(f"address {url!r} vanished")
        return address

    def set(self, url: str, **values: Any) -> None:
        """Write columns of an address."""
        columns = ", ".join(f"{name} = ?" for name in values)
        self.sql.execute(f"UPDATE address SET {columns} WHERE url = ?", (*values.values(), url))  # noqa: S608

    # What happened

    def fetch(self, **values: Any) -> None:
        """Note a request that was made, or spared."""
        self._insert("fetch", values)

    def failure(self, **values: Any) -> None:
        """Note what could not be harvested; the same reason for the same address only once a run."""
        known = self.one(
            "SELECT 1 FROM failure WHERE run_id = ? AND url = ? AND reason = ?",
            values["run_id"], values["url"], values["reason"],
        )  # fmt: skip
        if known is None:
            self._insert("failure", values)

    def see(self, document_id: str, run_id: str, *, seen_at: str | None, gone_at: str | None = None) -> None:
        """Note that a document was met in this run, or is gone."""
        self.sql.execute(
            "UPDATE document SET seen_at = coalesce(?, seen_at), gone_at = ?, seen_run = ? WHERE document_id = ?",
            (seen_at, gone_at, run_id, document_id),
        )
        self.sql.execute(
            "INSERT INTO sighting (document_id, url, seen_at, gone_at, run_id) "
            "SELECT document_id, url, ?, ?, ? FROM document WHERE document_id = ? "
            "ON CONFLICT (document_id) DO UPDATE SET url = excluded.url, seen_at = excluded.seen_at, "
            "gone_at = excluded.gone_at, run_id = excluded.run_id, is_loaded = 0",
            (seen_at, gone_at, run_id, document_id),
        )

    def current(self, document_id: str) -> sqlite3.Row | None:
        """Return the current version of a document, with its URL."""
        return self.one(
            "SELECT version.*, document.url FROM document JOIN version USING (version_id) "
            "WHERE document.document_id = ?",
            document_id,
        )

    def add_version(self, document_id: str, url: str, run_id: str, **values: Any) -> None:
        """Give a document, new or known, a new current version."""
        version_id = self._insert("version", {"document_id": document_id, "run_id": run_id, **values})
        self.sql.execute(
            "INSERT INTO document (document_id, url, version_id, seen_run) VALUES (?, ?, ?, ?) "
            "ON CONFLICT (document_id) DO UPDATE SET version_id = excluded.version_id, url = excluded.url",
            (document_id, url, version_id, run_id),
        )

    # Notes: small facts that outlive a run

    def note(self, key: str) -> str | None:
        """Return a small fact, or None."""
        row = self.one("SELECT value FROM note WHERE key = ?", key)
        return row["value"] if row else None

    def write_note(self, key: str, value: str) -> None:
        """Keep a small fact."""
        self.sql.execute("INSERT OR REPLACE INTO note VALUES (?, ?)", (key, value))

    # Helpers

    def one(self, query: str, *values: Any) -> sqlite3.Row | None:
        """Return the first row of a query, or None."""
        row: sqlite3.Row | None = self.sql.execute(query, values).fetchone()
        return row

    def number(self, query: str, *values: Any) -> int:
        """Return the one number that a query yields; 0 for null."""
        row = self.one(query, *values)
        return int(row[0] or 0) if row else 0

    def _insert(self, table: str, values: dict[str, Any]) -> int:
        columns, marks = ", ".join(values), ", ".join("?" * len(values))
        cursor = self.sql.execute(
            f"INSERT INTO {table} ({columns}) VALUES ({marks})",  # noqa: S608 - our own names
            tuple(values.values()),
        )
        return int(cursor.lastrowid or 0)
