"""Takes in what a run found: reads its folder into the warehouse, in one transaction.

Loading is by what a row is, not by whether the run is known: a folder that grew since it was loaded (its labels came
later) adds what is new, and one that is loaded twice changes nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from warehouse import load_sql as sql
from warehouse import records
from warehouse.errors import WarehouseError, one_line
from warehouse.migrate import open_warehouse, utc_now

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

BATCH = 500


@dataclass(frozen=True)
class LoadResult:
    """What a load added to the warehouse; `skipped` says in words what was left out, and why."""

    run_id: str
    is_new: bool
    """False: the warehouse held all of it already."""
    document_count: int = 0
    version_count: int = 0
    case_study_count: int = 0
    """Case studies in the new versions."""
    classification_count: int = 0
    label_count: int = 0
    fetch_count: int = 0
    failure_count: int = 0
    gone_count: int = 0
    skipped: tuple[str, ...] = ()


@dataclass
class _Load:
    """One load under way."""

    connection: DuckDBPyConnection
    folder: Path
    run_id: str
    counts: dict[str, int] = field(default_factory=dict)
    skipped: list[str] = field(default_factory=list)

    def run(self, name: str, statement: str, values: list[Any] | dict[str, Any] | None = None) -> int:
        """Execute; add the number of rows to the count of that name."""
        row = self.connection.execute(statement, values).fetchone()
        changed = int(row[0]) if row else 0
        self.counts[name] = self.counts.get(name, 0) + changed
        return changed

    def add(
        self, name: str, path: Path, keys: records.Keys, statement: str, unique: tuple[str, ...] = ()
    ) -> None:
        """Insert what a file holds, if it is there; no two of its lines may have the same `unique` keys."""
        if path.is_file():
            with self.file(path, keys, *unique) as reader:
                self.run(name, sql.reading(statement, reader), [self.run_id])
            if self.connection.execute(sql.TWICE[name], [self.run_id]).fetchone():
                records.explain_fault(path, keys, unique)

    @contextmanager
    def file(self, path: Path, keys: records.Keys, *unique: str) -> Iterator[str]:
        """Give the SQL that reads the file; if DuckDB then fails, name the line that is to blame."""
        import duckdb

        try:
            yield records.reader(path, keys)
        except (duckdb.DataError, duckdb.IntegrityError, duckdb.ProgrammingError) as error:
            records.explain_fault(path, keys, unique)
            raise WarehouseError(f"{path}: {one_line(error)}") from error


def load(warehouse: Path, run_dir: Path) -> LoadResult:
    """Load a run's folder; all of it, or nothing.

    A source's folder without `result.json` was not finished: it is left out and named in `skipped`. Labels for a text
    that the warehouse does not hold are left out and counted there, too.
    Raises WarehouseError: a faulty line is named as `file:line`.
    """
    import duckdb

    if not run_dir.is_dir():
        raise WarehouseError(f"{run_dir}: no such run; a folder under runs/ would be right")
    with open_warehouse(warehouse) as connection:
        job = _Load(connection, run_dir, _run_id(run_dir))
        connection.execute("BEGIN")
        try:
            _load_all(job)
            connection.execute("COMMIT")
        except BaseException:
            with suppress(duckdb.Error):  # what failed before is what matters
                connection.execute("ROLLBACK")
            raise
    return _result(job)


def unlabelled(warehouse: Path, model_id: str) -> Iterator[tuple[str, str, str, str]]:
    """Yield id, title, text and text_sha256 of each current case study that the model has not labelled as it stands.

    In order of id. The warehouse is open to no one else until the iteration ends.
    """
    with open_warehouse(warehouse) as connection:
        cursor = connection.execute(sql.UNLABELLED, [model_id])
        while rows := cursor.fetchmany(BATCH):
            yield from rows


def case_studies_of(warehouse: Path, document_ids: Iterable[str]) -> set[str]:
    """Return the ids of the current case studies of these documents; none where there is no warehouse yet."""
    if not warehouse.exists():
        return set()
    with open_warehouse(warehouse) as connection:
        rows = connection.execute(
            "SELECT case_study_id FROM history.current_case_study WHERE list_contains($1, document_id)",
            [sorted(set(document_ids))],
        ).fetchall()
    return {str(row[0]) for row in rows}


def _load_all(job: _Load) -> None:
    _load_run(job)
    job.connection.execute(sql.MAKE_TOUCHED)
    harvest = job.folder / "harvest"
    for folder in sorted(harvest.iterdir()) if harvest.is_dir() else []:
        if (folder / "result.json").is_file():
            _load_source(job, folder)
        elif folder.is_dir():
            job.skipped.append(
                f"source {folder.name!r}: its folder has no result.json, so its harvest was not finished"
            )
    job.connection.execute(sql.NOTE_TOUCHED, {"run_id": job.run_id})
    job.run("version ends", sql.END_VERSIONS)
    job.run("case study ends", sql.END_CASE_STUDIES)
    job.connection.execute("DROP TABLE touched")
    duplicates = job.folder / "duplicates.jsonl"
    if duplicates.is_file():
        with job.file(duplicates, records.DUPLICATES, "case_study_id") as reader:
            job.run("duplicates", sql.reading(sql.DUPLICATES, reader), [job.run_id, job.run_id])
    if (job.folder / "classify").is_dir():
        _load_labels(job, job.folder / "classify")
    if any(job.counts.values()):
        job.connection.execute(sql.NOTE_WRITE, ["load", job.run_id, utc_now()])


def _load_run(job: _Load) -> None:
    path = job.folder / "run.json"
    detail = (
        records.read_object(path, {"started_at": "time?", "finished_at": "time?"}) if path.is_file() else {}
    )
    values = [job.run_id, detail.get("started_at"), detail.get("finished_at"), utc_now(), json.dumps(detail)]
    job.run("runs", sql.RUN, values)
    # run.json goes on growing after the load: what it says of itself is no news to publish.
    job.connection.execute(sql.RUN_DETAIL, [values[2], values[4], job.run_id])


def _load_source(job: _Load, folder: Path) -> None:
    result = records.read_object(folder / "result.json", records.RESULT)
    source = records.read_object(folder / "source.json", records.SOURCE)
    job.run("sources", sql.SOURCE, [*(source.get(key) for key in records.SOURCE), job.run_id])
    values = [job.run_id, source["digest"], *(result.get(key) for key in records.RESULT)]
    job.run("source runs", sql.SOURCE_RUN, values)
    job.add("versions", folder / "documents.jsonl", records.DOCUMENTS, sql.VERSIONS, records.ONE_VERSION)
    path = folder / "case_studies.jsonl"
    job.add("case studies", path, records.CASE_STUDIES, sql.CASE_STUDIES, records.ONE_CASE_STUDY)
    _check_case_studies(job, path)
    job.run("documents", sql.DOCUMENTS, {"run_id": job.run_id})
    _load_sightings(job, folder / "sightings.jsonl")
    job.add("fetches", folder / "fetches.jsonl", records.FETCHES, sql.FETCHES, ("fetch_id",))
    job.add("failures", folder / "failures.jsonl", records.FAILURES, sql.FAILURES, ("failure_id",))


def _load_sightings(job: _Load, path: Path) -> None:
    if path.is_file():
        with job.file(path, records.SIGHTINGS) as reader:
            job.connection.execute(sql.reading(sql.SEEN, reader))
        job.run("sightings", sql.SIGHTINGS)
        job.run("gone", sql.GONE)
        job.connection.execute("DROP TABLE seen")


def _check_case_studies(job: _Load, path: Path) -> None:
    (runs,) = job.connection.execute(sql.RUNS_OF_CASE_STUDIES, [job.run_id]).fetchall()
    row = job.connection.execute(sql.FAULTY_CASE_STUDY, [job.run_id, *runs]).fetchone()
    if row:
        case_study_id, start, end = row
        where = records.line_of(path, case_study_id=case_study_id, start_char=start, end_char=end)
        raise WarehouseError(
            f"{where}: the document's text from {start} to {end} does not have the text_sha256 given"
        )
    row = job.connection.execute(sql.ORPHANED_CASE_STUDY).fetchone()
    if row:
        where = records.line_of(path, case_study_id=row[0])
        raise WarehouseError(
            f"{where}: document {row[1]!r} as fetched then is not in documents.jsonl; each version with its case"
            " studies would be right"
        )


def _load_labels(job: _Load, folder: Path) -> None:
    model_path, schemes_path, labels_path = (
        folder / f for f in ("model.json", "schemes.json", "labels.jsonl")
    )
    if schemes_path.is_file():
        _load_schemes(job, schemes_path)
    if model_path.is_file():
        model = records.read_object(model_path, records.MODEL)
        values = {key: model.get(key) for key in records.MODEL} | {"run_id": job.run_id}
        values |= {key: json.dumps(values[key] or {}, sort_keys=True) for key in ("versions", "scores")}
        job.run("models", sql.MODEL, values)
        job.run("models used again", sql.MODEL_USED, {"model": values["model"], "run_id": job.run_id})
    if not labels_path.is_file():
        return
    with job.file(labels_path, records.LABELS, "id", "text_sha256", "model") as reader:
        job.connection.execute(sql.reading(sql.VERDICTS, reader))
        if job.connection.execute(sql.VERDICT_TWICE).fetchone():
            records.explain_fault(labels_path, records.LABELS, ("id", "text_sha256", "model"))
        unknown = job.connection.execute(sql.UNKNOWN_VERDICTS).fetchone()
        if unknown and unknown[0]:
            job.skipped.append(f"{unknown[0]} classifications of a text that the warehouse does not hold")
        job.run("classifications", sql.CLASSIFICATIONS, [job.run_id])
        job.run("labels", sql.LABELS)
        job.run("labels", sql.STAGE_LABELS)
        job.run("evidence", sql.EVIDENCE)
        job.run("dimensions", sql.DIMENSIONS)
    row = job.connection.execute(sql.LABEL_TWICE).fetchone()
    if row:
        where = records.line_of(labels_path, id=row[0], text_sha256=row[1])
        raise WarehouseError(f"{where}: the label {row[2]!r} stands twice; once would be right")
    (runs,) = job.connection.execute(sql.RUNS_OF_VERDICTS).fetchall()
    row = job.connection.execute(sql.FAULTY_QUOTE, list(runs)).fetchone()
    if row:
        where = records.line_of(labels_path, id=row[0], text_sha256=row[1])
        raise WarehouseError(
            f"{where}: the quote {row[2]!r} is not what the text has from {row[3]} to {row[4]}"
        )
    job.connection.execute("DROP TABLE verdict")


def _load_schemes(job: _Load, path: Path) -> None:
    for scheme in records.read_schemes(path):
        job.run("schemes", sql.SCHEME, [scheme["scheme"], scheme["title"], job.run_id])
        for position, code in enumerate(scheme["codes"]):
            place = code.get("position")
            values = [
                code["code"],
                code["title"],
                code.get("definition"),
                position if place is None else place,
            ]
            job.run("codes", sql.CODE, [scheme["scheme"], *values])


def _run_id(folder: Path) -> str:
    path = folder / "run.json"
    if path.is_file():
        return str(records.read_object(path, {"run_id": "text?"}).get("run_id") or folder.name)
    return folder.name


def _result(job: _Load) -> LoadResult:
    counts = job.counts
    return LoadResult(
        run_id=job.run_id,
        is_new=any(counts.values()),
        document_count=counts.get("documents", 0),
        version_count=counts.get("versions", 0),
        case_study_count=counts.get("case studies", 0),
        classification_count=counts.get("classifications", 0),
        label_count=counts.get("labels", 0),
        fetch_count=counts.get("fetches", 0),
        failure_count=counts.get("failures", 0),
        gone_count=counts.get("gone", 0),
        skipped=tuple(job.skipped),
    )
