"""Tells which case study repeats an earlier one, over all sources: an index in one SQLite file.

Two texts are alike if the Jaccard similarity of their five-word shingles is 0.5 or more, or if 0.8 of the
shorter one's lie in the longer (an excerpt). A group's head is the member that was indexed first.
"""

import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from spiders.groups import Edge, heads_of
from spiders.shingles import Hashes, Print, keys_of, likeness, print_of

LEAST_LIKENESS = 0.5
LEAST_CONTAINMENT = 0.8
_LEAST_SHINGLES = 8
"""Shorter texts are alike only if they are equal."""
_LEAST_EXCERPT = 30
_MOST_CANDIDATES = 40
_MOST_PER_KEY = 150
"""Texts looked at under one key: a phrase that hundreds share says little."""

_PRAGMAS = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
PRAGMA mmap_size = 1073741824;
PRAGMA cache_size = -65536;
"""
_SCHEMA = """
CREATE TABLE IF NOT EXISTS text (
    number INTEGER PRIMARY KEY,     -- order of first sight: the lowest of a group is its head
    id TEXT NOT NULL UNIQUE,
    shingles BLOB NOT NULL,         -- sorted uint32, little-endian
    head INTEGER NOT NULL           -- number of its group's head; its own if it is none's duplicate
);
CREATE TABLE IF NOT EXISTS key (key INTEGER NOT NULL, number INTEGER NOT NULL, PRIMARY KEY (key, number)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS edge (
    number INTEGER NOT NULL, other INTEGER NOT NULL,
    is_excerpt INTEGER NOT NULL,    -- 1: `number` is contained in `other`; 0: alike, kept in both directions
    PRIMARY KEY (number, other)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS edge_other ON edge (other);
CREATE TABLE IF NOT EXISTS pending (id TEXT PRIMARY KEY) WITHOUT ROWID;  -- changes not yet acknowledged
"""


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A case study and the earliest of its group; None: it is no duplicate any longer."""

    case_study_id: str
    duplicate_of: str | None


class DuplicateIndex:
    """The index at a path, made when it is first written. Each call is one transaction and leaves nothing open."""

    def __init__(self, path: Path) -> None:
        self.path = Path(path)

    def update(self, case_studies: Iterable[tuple[str, str]]) -> list[Duplicate]:
        """Index case studies, new or changed, as (id, text); return what is a duplicate of another now or no longer.

        A change is returned again until `acknowledge` is called, so that a crash between the two loses none.
        """
        with self._opened() as database:
            touched: set[int] = set()
            for identifier, text in case_studies:
                touched |= _index(database, identifier, print_of(text))
            _regroup(database, touched)
            return _pending(database)

    def remove(self, ids: Iterable[str]) -> list[Duplicate]:
        """Take case studies out; return what has another head, or none, because of it."""
        with self._opened() as database:
            touched: set[int] = set()
            for identifier in ids:
                row = database.execute("SELECT number FROM text WHERE id = ?", (identifier,)).fetchone()
                if row:
                    touched |= _forget(database, row[0])
                    database.execute("DELETE FROM text WHERE number = ?", row)
                database.execute("DELETE FROM pending WHERE id = ?", (identifier,))
            _regroup(database, touched)
            return _pending(database)

    def acknowledge(self) -> None:
        """Note that the changes returned so far are stored elsewhere."""
        with self._opened() as database:
            database.execute("DELETE FROM pending")

    def lookups(self, texts: Iterable[str]) -> list[list[tuple[str, float, float]]]:
        """Return for each text those of the index that are like it, with Jaccard similarity and containment."""
        with self._opened() as database:
            return [
                [(_name(database, number), jaccard, contained) for number, jaccard, contained, _ in found]
                for text in texts
                for found in [_alike(database, print_of(text), None)]
            ]

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        database = sqlite3.connect(self.path, isolation_level=None, timeout=60)
        try:
            database.executescript(_PRAGMAS)
            database.executescript(_SCHEMA)
            database.execute("BEGIN IMMEDIATE")
            yield database
            database.execute("COMMIT")
        finally:
            database.close()  # an open transaction is rolled back


def _index(database: sqlite3.Connection, identifier: str, print_: Print) -> set[int]:
    """File a text under its keys and note its likes; return the numbers whose groups may change."""
    blob = print_.shingles.astype("<u4").tobytes()
    row = database.execute("SELECT number, shingles FROM text WHERE id = ?", (identifier,)).fetchone()
    touched: set[int] = set()
    if row and row[1] == blob:
        return touched
    if row:
        number = int(row[0])
        touched |= _forget(database, number)
        database.execute("UPDATE text SET shingles = ? WHERE number = ?", (blob, number))
    else:
        highest = database.execute("SELECT coalesce(max(number), 0) FROM text").fetchone()[0]
        number = int(highest) + 1
        database.execute("INSERT INTO text VALUES (?, ?, ?, ?)", (number, identifier, blob, number))
    for other, _, _, is_excerpt in _alike(database, print_, number):
        touched.add(other)
        if is_excerpt is None:
            pairs = [(number, other, 0), (other, number, 0)]
        else:
            pairs = [(number, other, 1) if is_excerpt else (other, number, 1)]
        database.executemany("INSERT OR REPLACE INTO edge VALUES (?, ?, ?)", pairs)
    keys = set(print_.keys)
    database.executemany("INSERT OR IGNORE INTO key VALUES (?, ?)", [(key, number) for key in keys])
    return touched | {number}


def _name(database: sqlite3.Connection, number: int) -> str:
    return str(database.execute("SELECT id FROM text WHERE number = ?", (number,)).fetchone()[0])


def _forget(database: sqlite3.Connection, number: int) -> set[int]:
    """Take a text's keys and edges out; return the numbers that were joined to it."""
    blob = database.execute("SELECT shingles FROM text WHERE number = ?", (number,)).fetchone()[0]
    keys = keys_of(_shingles(blob))
    database.executemany("DELETE FROM key WHERE key = ? AND number = ?", [(key, number) for key in keys])
    joined = database.execute(
        "SELECT other FROM edge WHERE number = ? UNION SELECT number FROM edge WHERE other = ?",
        (number, number),
    ).fetchall()
    database.execute("DELETE FROM edge WHERE number = ? OR other = ?", (number, number))
    return {int(other) for (other,) in joined}


def _alike(
    database: sqlite3.Connection, print_: Print, own: int | None
) -> list[tuple[int, float, float, bool | None]]:
    """Return number, Jaccard similarity and containment of each text that is alike.

    The last value is None if both are alike as wholes; else whether this text is the excerpt.
    """
    hits: Counter[int] = Counter()
    find = database.cursor()
    for key in print_.keys:
        hits.update(
            number
            for (number,) in find.execute(
                "SELECT number FROM key WHERE key = ? LIMIT ?", (key, _MOST_PER_KEY)
            )
        )
    if own is not None:
        hits.pop(own, None)
    found: list[tuple[int, float, float, bool | None]] = []
    mine = print_.shingles
    for number, _ in hits.most_common(_MOST_CANDIDATES):
        blob = find.execute("SELECT shingles FROM text WHERE number = ?", (number,)).fetchone()[0]
        theirs = _shingles(blob)
        jaccard, contained = likeness(mine, theirs)
        smaller = min(len(mine), len(theirs))
        if jaccard == 1.0 or (jaccard >= LEAST_LIKENESS and smaller >= _LEAST_SHINGLES):
            found.append((number, jaccard, contained, None))
        elif contained >= LEAST_CONTAINMENT and smaller >= _LEAST_EXCERPT:
            found.append((number, jaccard, contained, len(mine) < len(theirs)))
    return found


def _shingles(blob: bytes) -> Hashes:
    return np.frombuffer(blob, dtype="<u4").astype(np.uint32, copy=False)


def _regroup(database: sqlite3.Connection, touched: set[int]) -> None:
    """Give every text that the touched ones are joined to, however remotely, its group's head anew."""
    members, edges = _neighbourhood(database, touched)
    heads = heads_of(members, edges)
    for number in sorted(members):
        row = database.execute("SELECT id, head FROM text WHERE number = ?", (number,)).fetchone()
        if row and row[1] != heads[number]:
            database.execute("UPDATE text SET head = ? WHERE number = ?", (heads[number], number))
            database.execute("INSERT OR IGNORE INTO pending VALUES (?)", (row[0],))


def _neighbourhood(database: sqlite3.Connection, touched: set[int]) -> tuple[set[int], list[Edge]]:
    members: set[int] = set()
    edges: dict[tuple[int, int], Edge] = {}
    waiting = set(touched)
    while waiting:
        number = waiting.pop()
        if number in members:
            continue
        members.add(number)
        rows = database.execute(
            "SELECT number, other, is_excerpt FROM edge WHERE number = ? OR other = ?", (number, number)
        )
        for one, other, is_excerpt in rows:
            edges[(one, other)] = Edge(one, other, is_excerpt=bool(is_excerpt))
            waiting |= {one, other} - members
    return members, list(edges.values())


def _pending(database: sqlite3.Connection) -> list[Duplicate]:
    rows = database.execute(
        "SELECT text.id, head.id FROM pending JOIN text ON text.id = pending.id "
        "JOIN text AS head ON head.number = text.head ORDER BY text.number"
    )
    return [Duplicate(identifier, None if head == identifier else head) for identifier, head in rows]
