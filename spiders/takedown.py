"""Erases what was harvested of a page or a source, and keeps it out from then on."""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spiders.address import loose
from spiders.bodies import Bodies
from spiders.ledger import Ledger

LIST = "takedown.jsonl"  # beside the ledgers, so that it outlives them


@dataclass(frozen=True, slots=True)
class Banned:
    """What must not be harvested: sources by id, pages by the loose form of their address."""

    sources: frozenset[str] = frozenset()
    pages: frozenset[str] = frozenset()

    def bans(self, url: str) -> bool:
        """Tell whether a page is banned, under whichever of its addresses."""
        return loose(url) in self.pages


def take_down(*, home: Path | str, url: str | None = None, source_id: str | None = None) -> list[str]:
    """Erase a page, or a whole source, from ledgers and bodies, and ban it. Returns the ids of its documents.

    Call it while nothing is harvested. What a run's folder or the warehouse holds is not touched.
    """
    home = Path(home)
    path = home / "harvest" / LIST
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps({"url": url} if url else {"source": source_id}) + "\n")
        file.flush()
        os.fsync(file.fileno())
    ids: list[str] = []
    bodies: set[str] = set()
    for ledger, name in _ledgers(home):
        with ledger.together():
            if url is not None:
                _erase_page(ledger, url, ids, bodies)
            elif name == source_id:
                _erase_all(ledger, ids, bodies)
    for ledger, _ in _ledgers(home):
        bodies -= {
            row[0]
            for row in ledger.sql.execute(
                "SELECT body_sha256 FROM address UNION SELECT body_sha256 FROM page"
            )
        }
    for sha256 in bodies:
        Bodies(home / "bodies").path(sha256).unlink(missing_ok=True)
    return sorted(set(ids))


def banned(home: Path | str) -> Banned:
    """Return what was taken down."""
    path = Path(home) / "harvest" / LIST
    lines: list[dict[str, Any]] = []
    if path.exists():
        lines = [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]
    return Banned(
        frozenset(line["source"] for line in lines if "source" in line),
        frozenset(loose(line["url"]) for line in lines if "url" in line),
    )


def _ledgers(home: Path) -> Iterator[tuple[Ledger, str]]:
    for path in sorted((home / "harvest").glob("*/ledger.sqlite")):
        ledger = Ledger(path)
        try:
            yield ledger, path.parent.name
        finally:
            ledger.close()


def _erase_page(ledger: Ledger, url: str, ids: list[str], bodies: set[str]) -> None:
    key = loose(url)
    found = [
        row["document_id"]
        for row in ledger.sql.execute("SELECT document_id, url FROM document")
        if loose(row["url"]) == key
    ]
    found += [
        row[0]
        for row in ledger.sql.execute("SELECT document_id FROM address WHERE loose = ?", (key,))
        if row[0]
    ]
    for document_id in set(found):
        for row in ledger.sql.execute("SELECT record FROM version WHERE document_id = ?", (document_id,)):
            bodies.add(str(json.loads(row["record"])["body_sha256"]))
        for table in ("version", "document", "sighting", "address", "fetch"):
            ledger.sql.execute(f"DELETE FROM {table} WHERE document_id = ?", (document_id,))  # noqa: S608 - our own names
    for table in ("address", "fetch", "failure"):
        for row in ledger.sql.execute(f"SELECT DISTINCT url FROM {table}").fetchall():  # noqa: S608
            if loose(row["url"]) == key:
                ledger.sql.execute(f"DELETE FROM {table} WHERE url = ?", (row["url"],))  # noqa: S608
    if found:  # the pages of an API or feed may hold the text, too
        bodies.update(row[0] for row in ledger.sql.execute("SELECT body_sha256 FROM page"))
        ledger.sql.execute("DELETE FROM page")
    ids.extend(found)


def _erase_all(ledger: Ledger, ids: list[str], bodies: set[str]) -> None:
    ids.extend(row[0] for row in ledger.sql.execute("SELECT document_id FROM document"))
    bodies.update(
        str(json.loads(row["record"])["body_sha256"])
        for row in ledger.sql.execute("SELECT record FROM version")
    )
    query = "SELECT body_sha256 FROM address UNION SELECT body_sha256 FROM page"
    bodies.update(row[0] for row in ledger.sql.execute(query) if row[0])
    for table in ("version", "document", "sighting", "address", "page", "fetch", "failure", "run", "note"):
        ledger.sql.execute(f"DELETE FROM {table}")  # noqa: S608
