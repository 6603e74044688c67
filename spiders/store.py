"""Writes a run's folder from the ledger: all that it holds beyond the last acknowledged load."""

import json
import os
import secrets
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from spiders.ledger import Ledger
from spiders.source import Source
from spiders.verdict import GOOD

_BREAKS = {0x85: "\\u0085", 0x2028: "\\u2028", 0x2029: "\\u2029"}  # some readers end a line at these, too
COUNTS = (
    "fetch_count", "new_count", "changed_count", "unchanged_count", "gone_count", "failure_count", "document_count",
    "case_study_count",
)  # fmt: skip
FETCH = (
    "fetch_id",
    "url",
    "document_id",
    "status",
    "outcome",
    "at",
    "elapsed_ms",
    "byte_count",
    "body_sha256",
    "detail",
)


def write_run(
    folder: Path, source: Source, ledger: Ledger, run_id: str, result: dict[str, Any]
) -> dict[str, Any]:
    """Write the folder of one source's run, `result.json` last, and return the result with its counts.

    A version that is held back, because its run's yield was out of bounds, waits for a run that is in them.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "result.json").unlink(missing_ok=True)
    ok = bool(result["ok"])
    held = "FROM document WHERE gone_at IS NULL"
    result = {
        **result,
        **counts(ledger, run_id),
        "document_count": ledger.number(f"SELECT count(*) {held}"),
        "case_study_count": ledger.number(
            "SELECT sum(case_study_count) FROM document JOIN version USING (version_id) WHERE gone_at IS NULL"
        ),
    }
    _write_json(folder / "source.json", _described(source))
    _write_lines(folder / "documents.jsonl", (row["record"] for row in _versions(ledger)))
    _write_lines(
        folder / "case_studies.jsonl",
        (_line(one) for row in _versions(ledger) for one in json.loads(row["case_studies"])),
    )
    _write_lines(folder / "sightings.jsonl", _sightings(ledger, source) if ok else [])
    _write_lines(folder / "fetches.jsonl", _fetches(ledger, source))
    _write_lines(folder / "failures.jsonl", _failures(ledger, source))
    _write_json(folder / "result.json", result)
    return result


def counts(ledger: Ledger, run_id: str) -> dict[str, int]:
    """Return how many documents and requests of a run came to what."""
    documents = {
        row["outcome"]: row["number"]
        for row in ledger.sql.execute(
            "SELECT outcome, count(DISTINCT coalesce(document_id, url)) AS number FROM fetch "
            "WHERE run_id = ? AND document_id IS NOT NULL GROUP BY outcome",
            (run_id,),
        )
    }
    unchanged = sum(documents.get(outcome, 0) for outcome in GOOD if outcome not in {"new", "changed"})
    return {
        "fetch_count": ledger.number(
            "SELECT count(*) FROM fetch WHERE run_id = ? AND status IS NOT NULL", run_id
        ),
        "new_count": documents.get("new", 0),
        "changed_count": documents.get("changed", 0),
        "unchanged_count": unchanged,
        "gone_count": documents.get("gone", 0),
        "failure_count": ledger.number("SELECT count(*) FROM failure WHERE run_id = ?", run_id),
    }


def acknowledge_run(ledger: Ledger, run_id: str) -> None:
    """Note that all that a run's folder holds is loaded."""
    until = ledger.number("SELECT ordinal FROM run WHERE run_id = ?", run_id)
    runs = "run_id IN (SELECT run_id FROM run WHERE ordinal <= ?)"
    ok = ledger.number("SELECT is_ok FROM run WHERE run_id = ?", run_id)
    with ledger.together():
        for table in ("fetch", "failure", *(["sighting"] if ok else [])):
            ledger.sql.execute(f"UPDATE {table} SET is_loaded = 1 WHERE NOT is_loaded AND {runs}", (until,))  # noqa: S608
        ledger.sql.execute(
            f"UPDATE version SET is_loaded = 1 WHERE NOT is_loaded AND NOT is_withheld AND {runs}",  # noqa: S608
            (until,),
        )


def _versions(ledger: Ledger) -> Iterator[Any]:
    return ledger.sql.execute(
        "SELECT record, case_studies FROM version WHERE NOT is_loaded AND NOT is_withheld "
        "ORDER BY document_id, version_id"
    )


def _sightings(ledger: Ledger, source: Source) -> Iterator[str]:
    for row in ledger.sql.execute("SELECT * FROM sighting WHERE NOT is_loaded ORDER BY document_id"):
        yield _line(
            {**{key: row[key] for key in ("document_id", "url", "seen_at", "gone_at")}, "source": source.id}
        )


def _fetches(ledger: Ledger, source: Source) -> Iterator[str]:
    query = "SELECT * FROM fetch WHERE NOT is_loaded AND outcome <> 'pending' ORDER BY at, fetch_id"
    for row in ledger.sql.execute(query):
        yield _line({**{key: row[key] for key in FETCH}, "source": source.id})


def _failures(ledger: Ledger, source: Source) -> Iterator[str]:
    for row in ledger.sql.execute("SELECT * FROM failure WHERE NOT is_loaded ORDER BY at, failure_id"):
        keys = ("failure_id", "url", "reason", "detail", "at")
        yield _line({**{key: row[key] for key in keys}, "source": source.id})


def _described(source: Source) -> dict[str, Any]:
    return {
        "source": source.id,
        "title": source.title,
        "kind": source.kind,
        "start": list(source.start),
        "licence": source.licence,
        "basis": source.basis,
        "checked_on": source.checked_on,
        "contact": source.contact,
        "digest": source.digest,
    }


def _line(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _write_json(path: Path, value: Any) -> None:
    _write_lines(path, [json.dumps(value, ensure_ascii=False, indent=1)])


def _write_lines(path: Path, lines: Iterable[str]) -> None:
    """Write a file whole or not at all."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with temporary.open("w", encoding="utf-8", newline="\n") as file:
            file.writelines(f"{line.translate(_BREAKS)}\n" for line in lines)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
