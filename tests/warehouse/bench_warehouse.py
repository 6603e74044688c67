"""How fast the warehouse loads, publishes and answers: `python -m tests.warehouse.bench_warehouse [DOCUMENTS]`.

Each figure stands beside a reference measured in the same process: DuckDB's own INSERT from Parquet of the same rows
for the load, a byte copy of the file for publishing. The memory of each load is that of a process of its own.
"""

from __future__ import annotations

import json
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.warehouse.runs import FIRST, SCHEMES, SECOND, _object, sha, time_of

VIEWS = (
    "case_studies", "labels", "evidence", "dimensions", "documents", "versions", "fetches", "failures", "sources",
    "runs", "models", "schemes", "snapshots", "changes", "species_by_stage", "nuggets", "review_queue",
)  # fmt: skip
WORDS_A_TEXT = 250


def main(argv: list[str] | None = None) -> list[dict[str, Any]]:
    """Measure, print a table, and return its rows: what, figure, reference, ratio."""
    arguments = sys.argv[1:] if argv is None else argv
    if arguments[:1] == ["--load"]:
        print(json.dumps(_load_here(Path(arguments[1]), Path(arguments[2]))))
        return []
    count = int(arguments[0]) if arguments else 100_000
    with tempfile.TemporaryDirectory(prefix="bench-warehouse-") as folder:
        rows = _measure(Path(folder), count)
    for row in rows:
        print(f"{row['what']:<48} {row['figure']:>10}  {row.get('reference', ''):<50} {row.get('ratio', '')}")
    return rows


def _measure(home: Path, count: int) -> list[dict[str, Any]]:
    from warehouse.snapshot import publish

    warehouse, published = home / "warehouse.duckdb", home / "published"
    first = write_run(home, FIRST, range(count))
    load = _load_apart(warehouse, first)
    reference = _reference(warehouse, home)
    size = warehouse.stat().st_size
    rows = [
        _row(
            f"load {count} documents, {3 * count} labels (s)",
            load["seconds"],
            "INSERT from Parquet",
            reference,
        ),
        {"what": "peak memory of that load (MB)", "figure": round(load["megabytes"])},
    ]
    started = time.perf_counter()
    publish(warehouse, published)
    spent = time.perf_counter() - started
    rows.append(_row("publish (s)", spent, "byte copy of the file", _copy(warehouse, home / "copy")))
    rows += _views(home)
    second = write_run(home, SECOND, range(0, count, 100), salt="changed", sightings=range(count))
    changed = _load_apart(warehouse, second)
    rows.append(_row("a run with 1 % changed (s)", changed["seconds"], "the first load", load["seconds"]))
    rows.append(
        _row("the file after it (MB)", warehouse.stat().st_size / 1e6, "the file before it", size / 1e6)
    )
    started = time.perf_counter()
    publish(warehouse, published)
    spent = time.perf_counter() - started
    rows.append(_row("publish again (s)", spent, "byte copy of the file", _copy(warehouse, home / "copy")))
    return rows


def _row(what: str, figure: float, reference: str, value: float) -> dict[str, Any]:
    return {
        "what": what,
        "figure": round(figure, 2),
        "reference": f"{reference}: {value:.2f}",
        "ratio": round(figure / value, 2),
    }


def _load_here(warehouse: Path, run_dir: Path) -> dict[str, float]:
    from warehouse.load import load

    started = time.perf_counter()
    load(warehouse, run_dir)
    seconds = time.perf_counter() - started
    return {"seconds": seconds, "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def _load_apart(warehouse: Path, run_dir: Path) -> dict[str, float]:
    command = [
        sys.executable,
        "-m",
        "tests.warehouse.bench_warehouse",
        "--load",
        str(warehouse),
        str(run_dir),
    ]
    ended = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(ended.stdout)
    return found


def _reference(warehouse: Path, home: Path) -> float:
    """Return how long DuckDB takes to insert the same rows, from Parquet, into the same tables of a fresh file."""
    from warehouse.migrate import open_warehouse

    parquet = home / "parquet"
    parquet.mkdir()
    with open_warehouse(warehouse) as connection:
        names = [
            name
            for (name,) in connection.execute(
                "SELECT table_name FROM duckdb_tables() WHERE schema_name = 'history' AND table_name <> 'migration'"
            ).fetchall()
        ]
        for name in names:
            connection.execute(f"COPY history.{name} TO '{parquet}/{name}.parquet' (FORMAT parquet)")
    with open_warehouse(home / "reference.duckdb") as connection:
        started = time.perf_counter()
        connection.execute("BEGIN")
        for name in names:
            connection.execute(f"INSERT INTO history.{name} FROM '{parquet}/{name}.parquet'")
        connection.execute("COMMIT")
        connection.execute("CHECKPOINT")
        spent = time.perf_counter() - started
    (home / "reference.duckdb").unlink()
    shutil.rmtree(parquet)
    return spent


def _copy(file: Path, target: Path) -> float:
    started = time.perf_counter()
    shutil.copyfile(file, target)
    spent = time.perf_counter() - started
    target.unlink()
    return spent


def _views(home: Path) -> list[dict[str, Any]]:
    import warehouse

    rows = []
    with warehouse.connect(home) as connection:
        for view in VIEWS:
            spent = _best(
                lambda view=view: connection.execute(f"CREATE OR REPLACE TEMP TABLE seen AS FROM {view}")
            )
            rows.append({"what": f"view {view} (s)", "figure": round(spent, 3)})
    return rows


def _best(work: Any) -> float:
    times = []
    for _ in range(3):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return min(times)


def write_run(
    home: Path, run_id: str, numbers: range, *, salt: str = "", sightings: range | None = None, seed: int = 1
) -> Path:
    """Write a run's folder of that many documents, each one case study with three labels. Returns the folder."""
    chance = random.Random(seed)
    words = [
        "".join(chance.choices("abcdefghijklmnopqrstuvwxyz", k=chance.randint(2, 9))) for _ in range(20_000)
    ]
    folder, at = home / "runs" / run_id, time_of(run_id)
    harvest = folder / "harvest/bench"
    harvest.mkdir(parents=True)
    (folder / "classify").mkdir()
    files = {
        name: (folder / name).open("w", encoding="utf-8")
        for name in ("harvest/bench/documents.jsonl", "harvest/bench/case_studies.jsonl",
                     "harvest/bench/sightings.jsonl", "harvest/bench/fetches.jsonl", "classify/labels.jsonl")
    }  # fmt: skip

    def put(name: str, value: dict[str, Any]) -> None:
        files[name].write(json.dumps(value, ensure_ascii=False) + "\n")

    for number in sightings or numbers:
        url = f"https://bench.example/page/{number}"
        document_id = sha(f"bench\n{url}")[:16]
        put("harvest/bench/sightings.jsonl",
            {"document_id": document_id, "source": "bench", "url": url, "seen_at": at, "gone_at": None})  # fmt: skip
        put("harvest/bench/fetches.jsonl",
            {"fetch_id": f"{run_id}-{number}", "source": "bench", "url": url, "document_id": document_id, "status": 200,
             "outcome": "new", "at": at, "elapsed_ms": 20, "byte_count": 20000, "body_sha256": None,
             "detail": None})  # fmt: skip
    for number in numbers:
        url = f"https://bench.example/page/{number}"
        document_id = sha(f"bench\n{url}")[:16]
        text = salt + " ".join(chance.choices(words, k=WORDS_A_TEXT))
        digest = sha(text)
        shared = {"document_id": document_id, "source": "bench", "url": url, "published": "2026-03-02",
                  "fetched_at": at, "licence": "CC BY 4.0", "language": "en", "title": f"Page {number}", "text": text,
                  "text_sha256": digest}  # fmt: skip
        put("harvest/bench/documents.jsonl",
            shared | {"content_type": "text/html", "body_sha256": digest, "fetch_id": f"{run_id}-{number}",
                      "rights": {}})  # fmt: skip
        case_study_id = sha(document_id)[:16]
        put("harvest/bench/case_studies.jsonl",
            shared | {"case_study_id": case_study_id, "start_char": 0, "end_char": len(text), "pages": None,
                      "confidence": 1.0, "position": 0})  # fmt: skip
        quote = {"quote": text[10:60], "start": 10, "end": 60}
        put("classify/labels.jsonl",
            {"id": case_study_id, "text_sha256": digest, "case_study": {"value": True, "probability": 0.9},
             "species": [{"label": label, "probability": 0.5 + number % 50 / 100, "evidence": [quote]}
                         for label in ("mentor", "governor")],
             "stage": {"label": "established", "probability": 0.7, "dimensions": {"impact": {"level": 2, **quote}}},
             "schemes": ["species@2021-01", "stage@2021-01"], "model": "model-1"})  # fmt: skip
    for handle in files.values():
        handle.close()
    _objects(folder, harvest, run_id, len(numbers))
    return folder


def _objects(folder: Path, harvest: Path, run_id: str, count: int) -> None:
    at = time_of(run_id)
    _object(folder / "run.json", {"run_id": run_id, "started_at": at, "finished_at": at})
    _object(harvest / "source.json", {"source": "bench", "title": "Bench", "kind": "pages", "start": ["https://bench.example/"],
                                      "licence": "CC BY 4.0", "basis": None, "checked_on": None, "contact": None,
                                      "digest": sha("bench")})  # fmt: skip
    _object(harvest / "result.json", {"source": "bench", "run_id": run_id, "ok": True, "message": None,
                                      "started_at": at, "finished_at": at, "fetch_count": count, "new_count": count,
                                      "changed_count": 0,
                                      "unchanged_count": 0, "gone_count": 0, "failure_count": 0,
                                      "document_count": count, "case_study_count": count})  # fmt: skip
    _object(folder / "classify/schemes.json", SCHEMES)
    _object(folder / "classify/model.json", {"model": "model-1", "schemes": ["species@2021-01", "stage@2021-01"],
                                             "corpus_digest": None, "seed": 1, "versions": {}, "scores": {},
                                             "trained_at": None})  # fmt: skip


if __name__ == "__main__":
    main()
