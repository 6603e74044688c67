"""Hugging Face: a folder that `datasets.load_dataset` reads: Parquet files by split, and a dataset card.

No near-duplicates and no document are torn between splits. Where there are enough sources, no source is either, so that
the test split shows how a model does on sources that it has never seen.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Hashable, Iterable
from pathlib import Path

from warehouse.corpus import Corpus, about

SPLITS = {"train": 0.8, "validation": 0.1, "test": 0.1}
FEWEST_SOURCES = 5
LARGEST_SOURCE = 0.8
"""With fewer sources, or one that holds more than this share, splits are by document and near-duplicate group alone."""


def write(corpus: Corpus, path: Path) -> int:
    """Write data/<split>-00000-of-00001.parquet, README.md and about.json; return how many records."""
    (path / "data").mkdir(parents=True)
    rows = corpus.connection.execute(
        f"SELECT id, source, document_id, duplicate_of FROM main.case_studies WHERE {corpus.selection} ORDER BY id"  # noqa: S608
    ).fetchall()
    by_source = _enough_sources(Counter(row[1] for row in rows))
    groups = _groups(rows, by_source=by_source)
    assigned = assign(groups)
    cursor = corpus.connection.cursor()
    cursor.execute("CREATE OR REPLACE TEMP TABLE split_of (id VARCHAR, split VARCHAR)")
    if rows:
        values = [(row[0], assigned[groups[row[0]]]) for row in rows]
        cursor.execute(
            "INSERT INTO split_of SELECT unnest($1::VARCHAR[]), unnest($2::VARCHAR[])",
            [[v[0] for v in values], [v[1] for v in values]],
        )
    counts = {}
    for split in SPLITS:
        file = path / "data" / f"{split}-00000-of-00001.parquet"
        name = "'" + str(file).replace("'", "''") + "'"
        done = cursor.execute(
            f"COPY (SELECT {corpus.columns} FROM history.record"  # noqa: S608
            f" WHERE id IN (SELECT id FROM split_of WHERE split = '{split}') ORDER BY id)"
            f" TO {name} (FORMAT parquet, COMPRESSION zstd)"
        ).fetchone()
        counts[split] = int(done[0]) if done else 0
    note = about(corpus, "huggingface", len(rows)) | {"splits": counts, "split_by_source": by_source}
    (path / "about.json").write_text(json.dumps(note, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    (path / "README.md").write_text(_card(note, counts, by_source=by_source), encoding="utf-8")
    return len(rows)


def assign(groups: dict[str, str]) -> dict[str, str]:
    """Return each group's split, the same each time: near 80, 10 and 10 % of the records; three groups fill all."""
    sizes = Counter(groups.values())
    order = sorted(sizes, key=lambda g: (sizes[g], hashlib.sha256(g.encode()).hexdigest()))
    filled: Counter[str] = Counter()
    assigned = {}
    for n, group in enumerate(order):
        if len(order) >= len(SPLITS) and n < len(SPLITS):
            split = ("test", "validation", "train")[n]
        else:
            split = min(SPLITS, key=lambda s: (filled[s] / SPLITS[s], s))
        assigned[group] = split
        filled[split] += sizes[group]
    return assigned


def _enough_sources(sizes: Counter[str]) -> bool:
    return len(sizes) >= FEWEST_SOURCES and max(sizes.values()) <= LARGEST_SOURCE * sizes.total()


def _groups(rows: Iterable[tuple[str, str, str, str | None]], *, by_source: bool) -> dict[str, str]:
    """Return the group of each case study: what must stay together, named by one of its parts."""
    leader: dict[Hashable, Hashable] = {}

    def find(one: Hashable) -> Hashable:
        while leader.setdefault(one, one) != one:
            leader[one] = leader[leader[one]]
            one = leader[one]
        return one

    listed = list(rows)
    for case_study_id, source, document_id, duplicate_of in listed:
        bonds: list[Hashable] = [("document", document_id)]
        if by_source:
            bonds.append(("source", source))
        if duplicate_of:
            bonds.append(duplicate_of)
        for bond in bonds:
            leader[find(bond)] = find(case_study_id)
    return {row[0]: str(find(row[0])) for row in listed}


def _card(note: dict[str, object], counts: dict[str, int], *, by_source: bool) -> str:
    files = "\n".join(f"  - split: {s}\n    path: data/{s}-*.parquet" for s in SPLITS if counts[s])
    sources = note["sources"] if isinstance(note["sources"], list) else []
    listed = "\n".join(f"| {s['source']} | {s['title']} | {s['licence'] or 'not known'} |" for s in sources)
    fields = note["fields"] if isinstance(note["fields"], dict) else {}
    described = "\n".join(f"| `{name}` | {text} |" for name, text in fields.items())
    how = "source, document and near-duplicate group" if by_source else "document and near-duplicate group"
    return f"""---
pretty_name: Case studies of school partnerships
language: [en]
license: other
license_name: per-record
task_categories: [text-classification]
configs:
- config_name: default
  data_files:
{files}
---

# Case studies of school partnerships

{note["citation"]}

Public case studies of work between schools, tagged by species of partnership teacher and by stage of
partnership. Every label carries quotations, `text[start:end]`. Labels are a model's unless `decided_by` says
`person`; the schemes stand in about.json.

## Splits

{", ".join(f"{split}: {n}" for split, n in counts.items())}. Split by {how}: no group is torn between splits.

## Fields

| field | |
|---|---|
{described}

## Sources and licences

The licence stands in every record (`licence`); a null means that it is not known, and the text is its publisher's.

| source | title | licence |
|---|---|---|
{listed}
"""
