"""The steps as plain functions: harvest, classify, load, publish. They work with and without Prefect."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pipelines.home import Home, HomeError
from pipelines.lines import read_lines, write_lines, write_whole
from pipelines.progress import Tell, shown
from pipelines.runs import Run, runs_in

if TYPE_CHECKING:
    from classifiers import Model
    from spiders.harvest import HarvestResult
    from spiders.source import Source
    from warehouse.load import LoadResult


HOSTS: defaultdict[str, Lock] = defaultdict(Lock)  # held while a source of the host is harvested


@dataclass(frozen=True, slots=True)
class Text:
    """A case study on its way to the classifier."""

    case_study_id: str
    title: str
    text: str
    text_sha256: str


@dataclass(frozen=True, slots=True)
class Published:
    """The snapshot that stands after a run; `is_new` is false where nothing had changed."""

    id: str
    path: Path
    is_new: bool


def harvest(
    run: Run,
    home: Home,
    sources: Sequence[Source],
    *,
    limit: int | None = None,
    again: bool = False,
    warc: Path | None = None,
    tell: Tell = print,
) -> list[HarvestResult]:
    """Harvest the sources side by side; group near-duplicates.

    A source that fails is among the results with `ok` false; the others go on.
    Raises HomeError if the settings name no contact.
    """
    require_contact(home)

    def one(source: Source) -> HarvestResult:
        result = harvest_source(run, home, source, limit=limit, again=again, warc=warc)
        say(said_of(result))
        return result

    ids = [source.id for source in sources]
    with (
        shown(home, run.run_id, ids, tell) as say,
        ThreadPoolExecutor(home.settings.parallel_sources) as pool,
    ):
        results = list(pool.map(one, sources))
    finish_harvest(run, home)
    return results


def finish_harvest(run: Run, home: Home) -> None:
    """Group near-duplicates over all sources, and note that the harvest has ended."""
    group_duplicates(run, home)
    run.reached("harvested")


def require_contact(home: Home) -> None:
    """Refuse to harvest without an address that a site's owner can write to. Raises HomeError."""
    if not home.settings.contact.strip():
        raise HomeError(
            f"{home.path / 'settings.toml'}: contact is missing; an e-mail or web address is sent to each site, "
            'so that its owner can reach you: contact = "you@school.example", or set PARTNERSHIPS_CONTACT'
        )


def harvest_source(
    run: Run,
    home: Home,
    source: Source,
    *,
    limit: int | None = None,
    again: bool = False,
    warc: Path | None = None,
) -> HarvestResult:
    """Harvest one source into the run's folder. A failure is a result with `ok` false.

    `again` reads the kept bodies anew, without the network; `warc` is a folder for a WARC file of what is fetched.
    Waits while another source of one of its hosts is harvested: a host has one visitor of ours at a time.
    """
    from spiders import harvest as spiders_harvest

    with ExitStack() as held:
        for host in sorted(_hosts(source)):
            held.enter_context(HOSTS[host])
        return spiders_harvest.harvest(
            source,
            home=home.path,
            run_id=run.run_id,
            contact=home.settings.contact,
            limit=limit,
            time_limit=home.settings.source_hours * 3600,
            again=again,
            warc=warc,
        )


def said_of(result: HarvestResult) -> str:
    """Return one plain line: what a source gave."""
    parts = [
        counted(result.document_count, "document", "documents"),
        counted(result.case_study_count, "case study", "case studies"),
    ]
    for count, word in (
        (result.new_count, "new"),
        (result.changed_count, "changed"),
        (result.gone_count, "gone"),
    ):
        if count:
            parts.append(f"{count} {word}")
    if result.failure_count:
        parts.append(counted(result.failure_count, "failure", "failures"))
    line = f"{result.source}: {', '.join(parts)}"
    return line if result.ok else f"{line}; failed: {result.message}"


def counted(count: int, one: str, many: str) -> str:
    """Return the count with its word: '1 document', '2,410 documents'."""
    return f"{count:,} {one if count == 1 else many}"


def group_duplicates(run: Run, home: Home) -> None:
    """Write which of the run's case studies repeat an earlier one, of whatever source.

    A case study that its page no longer holds leaves its group, so that it hides no other.
    """
    from spiders.duplicates import DuplicateIndex
    from warehouse.load import case_studies_of

    texts = [(line["case_study_id"], line["text"]) for line in _case_studies(run)]
    documents = {line["document_id"] for line in _lines_of(run, "documents.jsonl")}
    withdrawn = case_studies_of(home.warehouse, documents) - {case_study_id for case_study_id, _ in texts}
    home.duplicates.parent.mkdir(parents=True, exist_ok=True)
    index = DuplicateIndex(home.duplicates)
    index.remove(withdrawn)
    found = index.update(texts)
    lines = [{"case_study_id": each.case_study_id, "duplicate_of": each.duplicate_of} for each in found]
    write_lines(run.folder / "duplicates.jsonl", lines)


def classify(run: Run, home: Home, model: Model) -> int:
    """Label the run's case studies, and those of the warehouse that this model has not seen. Returns how many."""
    write_whole(
        run.folder / "classify" / "model.json", json.dumps(model.metadata(), ensure_ascii=False, indent=1)
    )
    write_whole(
        run.folder / "classify" / "schemes.json",
        json.dumps(model.scheme_records(), ensure_ascii=False, indent=1),
    )
    seen: set[tuple[str, str]] = set()

    def unseen() -> Iterator[Text]:
        for text in (*_texts_of(run), *_unlabelled(home, model)):
            if (text.case_study_id, text.text_sha256) not in seen:
                seen.add((text.case_study_id, text.text_sha256))
                yield text

    count = write_lines(run.folder / "classify" / "labels.jsonl", _labelled(unseen(), model))
    run.reached("classified")
    return count


def classify_waiting(home: Home, *, tell: Tell) -> int:
    """Classify this run, and any that an interrupted one left. Returns how many case studies."""
    from classifiers import load_model

    model = load_model()
    count = sum(classify(waiting, home, model) for waiting in runs_in(home, "harvested"))
    tell(f"{count} case studies classified by {model.id}")
    return count


def load(home: Home) -> list[LoadResult]:
    """Load every run that is classified and not yet loaded, the oldest first; then let the ledgers forget it."""
    from spiders.duplicates import DuplicateIndex
    from spiders.harvest import acknowledge
    from warehouse.load import load as load_run

    results = []
    for run in runs_in(home, "classified"):
        results.append(load_run(home.warehouse, run.folder))
        for folder in run.source_folders():
            acknowledge(folder.name, home=home.path, run_id=run.run_id)
        DuplicateIndex(home.duplicates).acknowledge()
        run.reached("loaded")
    return results


def publish(home: Home, *, allow_shrink: bool = False) -> Published:
    """Publish the warehouse as a snapshot. Raises WarehouseError if it is empty or a check fails."""
    from warehouse.snapshot import publish as publish_snapshot

    snapshot = publish_snapshot(
        home.warehouse, home.published, keep=home.settings.keep_snapshots, allow_shrink=allow_shrink
    )
    return Published(snapshot.id, snapshot.path, snapshot.is_new)


def results_of(run: Run) -> list[HarvestResult]:
    """Return what each source of a run gave, by source id."""
    from spiders.harvest import HarvestResult

    names = set(HarvestResult.__dataclass_fields__)
    return [
        HarvestResult(**{key: value for key, value in result.items() if key in names})
        for folder in run.source_folders()
        for result in [json.loads((folder / "result.json").read_text(encoding="utf-8"))]
    ]


def _hosts(source: Source) -> set[str]:
    return {urlsplit(start).netloc.lower() for start in source.start if "://" in start}


def _lines_of(run: Run, name: str) -> Iterator[dict[str, Any]]:
    for folder in run.source_folders():
        yield from read_lines(folder / name)


def _case_studies(run: Run) -> Iterator[dict[str, Any]]:
    return _lines_of(run, "case_studies.jsonl")


def _texts_of(run: Run) -> Iterator[Text]:
    for line in _case_studies(run):
        yield Text(line["case_study_id"], line["title"], line["text"], line["text_sha256"])


def _unlabelled(home: Home, model: Model) -> Iterator[Text]:
    if not home.warehouse.exists():
        return
    from warehouse.load import unlabelled

    for row in unlabelled(home.warehouse, model.id):
        yield Text(*row)


def _labelled(texts: Iterator[Text], model: Model) -> Iterator[dict[str, Any]]:
    from itertools import islice

    from classifiers import classify as classify_texts

    while batch := list(islice(texts, 256)):
        found = classify_texts([(text.title, text.text) for text in batch], model=model)
        for text, classification in zip(batch, found, strict=True):
            yield classification.to_record(text.case_study_id) | {"text_sha256": text.text_sha256}
