"""Takes a document or a source down everywhere: ledgers, bodies, runs' folders, warehouse, snapshots."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from pipelines.home import Home
from pipelines.lines import read_lines, write_lines
from pipelines.runs import Run, all_runs

if TYPE_CHECKING:
    from warehouse.takedowns import Takedown

WITH_DOCUMENTS = ("documents.jsonl", "case_studies.jsonl", "sightings.jsonl", "fetches.jsonl")


def take_down(home: Home, url_or_source: str, *, reason: str | None = None) -> Takedown:
    """Remove a document, by its address, or a source, by its id, and keep it out of later harvests.

    A crash half-way leaves it partly removed and kept out; the same command again ends it.
    Raises WarehouseError if neither an address nor a known source is given.
    """
    from spiders.duplicates import DuplicateIndex
    from spiders.takedown import take_down as forget
    from warehouse.takedowns import take_down as delete

    is_url = "://" in url_or_source
    done = delete(
        home.warehouse, home.published, url_or_source, reason=reason, keep=home.settings.keep_snapshots
    )
    url, source = (url_or_source, None) if is_url else (None, url_or_source)
    documents = set(forget(home=home.path, url=url, source_id=source))
    gone = {each for run in all_runs(home) for each in _purge(run, documents, url, source)}
    if home.duplicates.exists():
        DuplicateIndex(home.duplicates).remove(gone)
    return done


def _purge(run: Run, documents: set[str], url: str | None, source: str | None) -> set[str]:
    """Remove from a run's folder what was taken down; return the ids of the case studies that stood there."""
    gone: set[str] = set()
    for folder in sorted((run.folder / "harvest").glob("*/")):
        for name in WITH_DOCUMENTS:
            path = folder / name
            lines = list(read_lines(path)) if path.exists() else []
            out = [
                line
                for line in lines
                if folder.name == source
                or line.get("document_id") in documents
                or (url is not None and line.get("url") == url)
            ]
            gone |= {line["case_study_id"] for line in out if "case_study_id" in line}
            if out and folder.name != source:
                dropped = {id(line) for line in out}
                write_lines(path, (line for line in lines if id(line) not in dropped))
        if folder.name == source:
            shutil.rmtree(folder)
    for path in (run.folder / "classify" / "labels.jsonl", run.folder / "duplicates.jsonl"):
        if gone and path.exists():
            kept = [
                line for line in read_lines(path) if line.get("id", line.get("case_study_id")) not in gone
            ]
            write_lines(path, kept)
    return gone
