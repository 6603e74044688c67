"""What persons decided: reads the annotations of Label Studio, doccano and Prodigy into the warehouse.

Each task must be known by its case study's id, or by its very text. A review covers the whole question: species that
were not chosen are noted as absent. The text that the person saw is noted by its digest: a later change makes the
decision stale instead of wrong.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from warehouse.errors import WarehouseError
from warehouse.load_sql import NOTE_WRITE
from warehouse.migrate import open_warehouse, utc_now
from warehouse.review_formats import Review, Span, read_reviews

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


@dataclass(frozen=True)
class ImportResult:
    """What an import added; `skipped` says in words what was left out, and why."""

    review_count: int
    """Reviews that were read: one person's of one text."""
    annotation_count: int
    """Decisions that are new in the warehouse."""
    skipped: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Row:
    """A row of history.annotation, its columns by name."""

    case_study_id: str
    text_sha256: str
    annotator: str
    annotated_at: datetime
    note: str | None
    origin: str
    kind: str = "case_study"
    scheme_id: str | None = None
    code: str | None = None
    is_present: bool = True
    level: int | None = None
    quote: str | None = None
    start_char: int | None = None
    end_char: int | None = None

    @property
    def annotation_id(self) -> str:
        """A digest of what the row says, whatever file it came from."""
        said = json.dumps(
            [str(value) for name, value in vars(self).items() if name != "origin"], ensure_ascii=False
        )
        return hashlib.sha256(said.encode()).hexdigest()[:16]


def import_reviews(
    warehouse: Path, path: Path, *, annotator: str | None = None, now: datetime | None = None
) -> ImportResult:
    """Read a file of annotations; all of it, or nothing. The same file read twice adds nothing.

    `annotator` names who decided where the file does not say; `now` is when, where it does not say: by default the
    file's time of change. Raises WarehouseError for a file that is of none of the formats: names the line or task.
    """
    at = (now.astimezone(UTC).replace(tzinfo=None) if now and now.tzinfo else now) or _changed_at(path)
    reviews = list(read_reviews(path))
    skipped: list[str] = []
    with open_warehouse(warehouse) as connection:
        known = _texts(connection)
        schemes = _schemes(connection)
        rows: dict[str, _Row] = {}
        for review in reviews:
            text = _text_of(review, known, skipped)
            if text is not None:
                who = review.annotator or annotator
                if not who:
                    raise WarehouseError(f"{review.where}: no annotator is named; name one for the file")
                for row in _rows(review, text, schemes, who, at, path.name):
                    rows[row.annotation_id] = row
        count = _insert(connection, list(rows.values()))
    return ImportResult(len(reviews), count, tuple(skipped))


def _changed_at(path: Path) -> datetime:
    try:
        return datetime.fromtimestamp(path.stat().st_mtime, tz=UTC).replace(tzinfo=None)
    except OSError as error:
        raise WarehouseError(f"{path}: cannot be read: {error.strerror}") from error


def _texts(connection: DuckDBPyConnection) -> dict[tuple[str, str], str]:
    """Return what is known: (case study's id or '', digest of the text) → the case study's id."""
    rows = connection.execute(
        "SELECT case_study_id, text_sha256 FROM history.case_study ORDER BY valid_to NULLS LAST, case_study_id DESC"
    ).fetchall()
    return {(key, digest): case_study_id for case_study_id, digest in rows for key in (case_study_id, "")}


def _schemes(connection: DuckDBPyConnection) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Return the current schemes: kind → id and codes."""
    rows = connection.execute(
        "SELECT k.kind, k.scheme_id, list(c.code ORDER BY c.position, c.code) FROM history.current_scheme AS k"
        " JOIN history.code AS c ON c.scheme_id = k.scheme_id GROUP BY k.kind, k.scheme_id"
    ).fetchall()
    if not rows:
        raise WarehouseError("review import: the warehouse holds no scheme yet; load a classified run first")
    return {kind: (scheme, tuple(codes)) for kind, scheme, codes in rows}


def _text_of(review: Review, known: dict[tuple[str, str], str], skipped: list[str]) -> tuple[str, str] | None:
    """Return the case study's id and the text's digest, or None (and say so) if the warehouse never held that text."""
    digest = hashlib.sha256(review.text.encode("utf-8", "surrogatepass")).hexdigest()
    case_study_id = known.get((review.case_study_id or "", digest)) or known.get(("", digest))
    if case_study_id is None:
        skipped.append(f"{review.where}: a text that the warehouse does not hold")
        return None
    return case_study_id, digest


def _rows(
    review: Review,
    text: tuple[str, str],
    schemes: dict[str, tuple[str, tuple[str, ...]]],
    annotator: str,
    at: datetime,
    origin: str,
) -> Iterator[_Row]:
    blank = _Row(*text, annotator=annotator, annotated_at=review.at or at, note=review.note, origin=origin)
    if review.is_case_study is not None:
        yield replace(blank, is_present=review.is_case_study)
    if review.species is not None:
        scheme, codes = schemes["species"]
        _refuse_unknown(review, review.species, codes, scheme)
        for code in codes:
            decided = replace(
                blank, kind="species", scheme_id=scheme, code=code, is_present=code in review.species
            )
            spans = [span for span in review.spans if span.label == code] if decided.is_present else []
            yield from _quoted(decided, spans)
    if review.is_stage_decided:
        scheme, codes = schemes["stage"]
        _refuse_unknown(review, {review.stage} - {None}, codes, scheme)
        yield replace(blank, kind="stage", scheme_id=scheme, code=review.stage)
    for name, level in review.dimensions.items():
        decided = replace(blank, kind="dimension", scheme_id=schemes["stage"][0], code=name, level=level)
        yield from _quoted(decided, [span for span in review.spans if span.label == f"{name}={level}"])


def _quoted(row: _Row, spans: list[Span]) -> Iterator[_Row]:
    for span in spans:
        yield replace(row, quote=span.quote, start_char=span.start, end_char=span.end)
    if not spans:
        yield row


def _refuse_unknown(review: Review, chosen: Iterable[Any], codes: tuple[str, ...], scheme: str) -> None:
    for code in chosen:
        if code not in codes:
            raise WarehouseError(
                f"{review.where}: {code!r} is no code of {scheme}; one of {', '.join(codes)} would be right"
            )


def _insert(connection: DuckDBPyConnection, rows: list[_Row]) -> int:
    held = {key for (key,) in connection.execute("SELECT annotation_id FROM history.annotation").fetchall()}
    new = [{"annotation_id": row.annotation_id, **vars(row)} for row in rows if row.annotation_id not in held]
    if new:
        names = list(new[0])
        marks = ", ".join("?" for _ in names)
        statement = f"INSERT INTO history.annotation ({', '.join(names)}) VALUES ({marks})"  # noqa: S608
        connection.execute("BEGIN")
        connection.executemany(statement, [list(row.values()) for row in new])
        connection.execute(NOTE_WRITE, ["annotations", None, utc_now()])
        connection.execute("COMMIT")
    return len(new)
