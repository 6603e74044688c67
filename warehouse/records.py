"""What a run's files look like: the keys of each, how DuckDB reads them, and where a faulty line stands.

DuckDB reads the JSONL itself, which is faster than going through Python or Arrow (100,000 documents of 250 words: 0.8 s
against 1.1 s by Arrow's reader and 2.3 s by `json`). It says that something is wrong, but seldom where: `explain_fault`
then reads the file line by line, so that only a faulty file pays for an exact message.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from warehouse.errors import WarehouseError

TEXT, NUMBER, WHOLE, FLAG, TIME, DAY, OBJECT, LIST, DIGEST = (
    "text", "number", "whole", "flag", "time", "day", "object", "list", "digest",
)  # fmt: skip

SQL_TYPES = {
    TEXT: "VARCHAR",
    NUMBER: "DOUBLE",
    WHOLE: "BIGINT",
    FLAG: "BOOLEAN",
    TIME: "TIMESTAMP",
    DAY: "DATE",
    OBJECT: "JSON",
    DIGEST: "VARCHAR",
}

Keys = Mapping[str, str]
"""Key → what its value is; `?` at the end: it may be null or absent; `=SQL` after it: the type DuckDB reads it as."""

DOCUMENTS: Keys = {
    "document_id": TEXT, "source": TEXT, "url": TEXT, "title": TEXT, "text": TEXT, "published": "day?",
    "language": "text?", "licence": "text?", "content_type": "text?", "body_sha256": DIGEST, "text_sha256": DIGEST,
    "fetched_at": TIME, "fetch_id": TEXT, "rights": "object?",
}  # fmt: skip
CASE_STUDIES: Keys = {
    "case_study_id": TEXT, "document_id": TEXT, "source": TEXT, "url": TEXT, "fetched_at": TIME, "title": TEXT,
    "text": TEXT, "start_char": WHOLE, "end_char": WHOLE, "pages": "list?=BIGINT[]", "confidence": NUMBER,
    "position": WHOLE, "text_sha256": DIGEST,
}  # fmt: skip
SIGHTINGS: Keys = {
    "document_id": TEXT, "source": TEXT, "url": TEXT, "seen_at": "time?", "gone_at": "time?",
}  # fmt: skip
FETCHES: Keys = {
    "fetch_id": TEXT, "source": TEXT, "url": TEXT, "document_id": "text?", "status": "whole?", "outcome": TEXT,
    "at": TIME, "elapsed_ms": "number?", "byte_count": "whole?", "body_sha256": "digest?", "detail": "text?",
}  # fmt: skip
FAILURES: Keys = {
    "failure_id": TEXT, "source": TEXT, "url": "text?", "reason": TEXT, "detail": "text?", "at": TIME,
}  # fmt: skip
DUPLICATES: Keys = {"case_study_id": TEXT, "duplicate_of": "text?"}
LABELS: Keys = {
    "id": TEXT,
    "text_sha256": DIGEST,
    "model": TEXT,
    "schemes": "list=VARCHAR[]",
    "case_study": "object=STRUCT(value BOOLEAN, probability DOUBLE)",
    "species": "list=STRUCT(label VARCHAR, probability DOUBLE,"
    ' evidence STRUCT("quote" VARCHAR, "start" BIGINT, "end" BIGINT)[])[]',
    "stage": "object=STRUCT(label VARCHAR, probability DOUBLE,"
    ' dimensions MAP(VARCHAR, STRUCT("level" BIGINT, "quote" VARCHAR, "start" BIGINT, "end" BIGINT)))',
}
SOURCE: Keys = {
    "source": TEXT, "title": TEXT, "kind": TEXT, "start": LIST, "licence": "text?", "basis": "text?",
    "checked_on": "day?", "contact": "text?", "digest": TEXT,
}  # fmt: skip
RESULT: Keys = {
    "source": TEXT, "ok": FLAG, "message": "text?", "started_at": "time?", "finished_at": "time?",
    "fetch_count": WHOLE, "new_count": WHOLE, "changed_count": WHOLE, "unchanged_count": WHOLE, "gone_count": WHOLE,
    "failure_count": WHOLE, "document_count": WHOLE, "case_study_count": WHOLE,
}  # fmt: skip
MODEL: Keys = {
    "model": TEXT, "schemes": LIST, "corpus_digest": "text?", "seed": "whole?", "versions": "object?",
    "scores": "object?", "trained_at": "time?",
}  # fmt: skip
SCHEME: Keys = {"scheme": TEXT, "title": TEXT, "codes": LIST}
CODE: Keys = {"code": TEXT, "title": TEXT, "definition": "text?", "position": "whole?"}

ONE_VERSION = ("document_id", "fetch_id", "text_sha256", "fetched_at")
"""What tells two lines of documents.jsonl apart."""

ONE_CASE_STUDY = ("case_study_id", "document_id", "fetched_at")
"""What tells two lines of case_studies.jsonl apart."""

LONGEST_LINE = 256 * 1024 * 1024


def reader(path: Path, keys: Keys) -> str:
    """Return the SQL that reads a JSONL file, each key a column; keys that are not named are left out."""
    columns = ", ".join(f'"{key}": {_quoted(_sql_type(kind))}' for key, kind in keys.items())
    limit = min(max(path.stat().st_size, 1), LONGEST_LINE)
    longest = f", maximum_object_size = {limit}" if limit > 16 * 1024 * 1024 and _has_long_line(path) else ""
    return (
        f"read_json({_quoted(str(path))}, format = 'newline_delimited', records = 'true',"
        f" columns = {{{columns}}}{longest})"
    )


def read_object(path: Path, keys: Keys | None = None) -> dict[str, Any]:
    """Return a JSON file's one object, checked against `keys`. Raises WarehouseError with the file's name."""
    value = _parsed(path, str(path))
    return check(value, keys or {}, str(path))


def read_list(path: Path) -> list[Any]:
    """Return a JSON file's one list. Raises WarehouseError with the file's name."""
    value = _parsed(path, str(path))
    if not isinstance(value, list):
        raise WarehouseError(f"{path}: found {type(value).__name__}; a list would be right")
    return value


def read_schemes(path: Path) -> list[dict[str, Any]]:
    """Return the schemes of `schemes.json`, checked."""
    schemes = [check(scheme, SCHEME, f"{path}: scheme {n}") for n, scheme in enumerate(read_list(path))]
    for scheme in schemes:
        for n, code in enumerate(scheme["codes"]):
            check(code, CODE, f"{path}: {scheme['scheme']}: code {n}")
    return schemes


def check(value: object, keys: Keys, where: str) -> dict[str, Any]:
    """Return the value if it is an object whose keys hold what they should; else raise WarehouseError."""
    if not isinstance(value, dict):
        raise WarehouseError(f"{where}: found {type(value).__name__}; a JSON object would be right")
    for key, kind in keys.items():
        name = kind.partition("=")[0]
        found = value.get(key)
        if found is None:
            if not name.endswith("?"):
                raise WarehouseError(f"{where}: {key!r} is missing; {_wanted(name)} would be right")
        elif not _is(found, name.rstrip("?")):
            raise WarehouseError(f"{where}: {key!r} is {_short(found)}; {_wanted(name)} would be right")
    return value


def lines(path: Path) -> Iterator[tuple[int, Any]]:
    """Yield the number and the value of each line that is not blank; WarehouseError names a line that is no JSON."""
    with path.open("rb") as handle:
        for number, line in enumerate(handle, start=1):
            if line.strip():
                try:
                    value = json.loads(line)
                    json.dumps(value, ensure_ascii=False).encode()
                except (ValueError, RecursionError) as error:
                    raise WarehouseError(
                        f"{path}:{number}: {_short(line)} is no JSON object in UTF-8: {error}"
                    ) from error
                yield number, value


def explain_fault(path: Path, keys: Keys, unique: tuple[str, ...] = ()) -> None:
    """Raise WarehouseError for the first line that is not as `keys` say, or that repeats the `unique` keys."""
    seen: set[tuple[Any, ...]] = set()
    for number, value in lines(path):
        record = check(value, keys, f"{path}:{number}")
        key = tuple(record.get(k) for k in unique)
        if unique and key in seen:
            named = ", ".join(f"{k} {record.get(k)!r}" for k in unique)
            raise WarehouseError(f"{path}:{number}: {named} a second time; once would be right")
        seen.add(key)


def line_of(path: Path, **wanted: object) -> str:
    """Return `path:line` of the first record with those values, or the path alone if there is none."""
    for number, value in lines(path):
        if isinstance(value, dict) and all(value.get(key) == found for key, found in wanted.items()):
            return f"{path}:{number}"
    return str(path)


def _parsed(path: Path, where: str) -> object:
    try:
        value: object = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise WarehouseError(f"{where}: no JSON in UTF-8: {error}") from error
    except OSError as error:
        raise WarehouseError(f"{where}: cannot be read: {error.strerror}") from error
    return value


def _is(value: object, kind: str) -> bool:
    if kind in ("time", "day"):
        return isinstance(value, str) and _is_date(value, kind)
    if kind == "digest":
        return isinstance(value, str) and re.fullmatch(r"[0-9a-f]{64}", value) is not None
    if kind in ("whole", "number"):
        whole = isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63
        return whole or (kind == "number" and isinstance(value, float))
    types: dict[str, type] = {"text": str, "flag": bool, "object": dict, "list": list}
    return isinstance(value, types[kind])


def _is_date(value: str, kind: str) -> bool:
    try:
        if kind == "day":
            date.fromisoformat(value)
        else:
            datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def _wanted(kind: str) -> str:
    words = {
        "text": "text", "number": "a number", "whole": "a whole number", "flag": "true or false",
        "time": "a time such as 2026-11-24T13:05:22Z", "day": "a date such as 2026-11-24", "object": "an object",
        "list": "a list", "digest": "a sha256 in hexadecimal",
    }  # fmt: skip
    return words[kind.rstrip("?")]


def _sql_type(kind: str) -> str:
    name, _, given = kind.partition("=")
    return given or SQL_TYPES[name.rstrip("?")]


def _has_long_line(path: Path) -> bool:
    length = 0
    with path.open("rb") as handle:
        while chunk := handle.read(1 << 20):
            first, *rest = chunk.split(b"\n")
            length += len(first)
            if rest:
                length = len(rest[-1])
            if length > 8 * 1024 * 1024:
                return True
    return False


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "…"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
