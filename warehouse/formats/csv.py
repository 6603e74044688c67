"""CSV for spreadsheets and statistics: one case study a row; species in one cell, parted by semicolons."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from warehouse.corpus import Corpus
from warehouse.render import spreadsheet_safe

COLUMNS = (
    "id", "source", "url", "title", "text", "published", "fetched_at", "licence", "language", "duplicate_of",
    "first_page", "last_page", "is_case_study", "case_study_probability", "species", "species_probabilities", "stage",
    "stage_probability", "decided_by",
)  # fmt: skip


def write(corpus: Corpus, path: Path) -> int:
    """Write a header and a row for each record; return how many records. Null is an empty cell."""
    count = 0
    with path.open("w", encoding="utf-8", newline="") as handle:
        rows = csv.writer(handle)
        rows.writerow(COLUMNS)
        for record in corpus.records():
            rows.writerow([spreadsheet_safe(_flat(record)[column]) for column in COLUMNS])
            count += 1
    return count


def _flat(record: dict[str, Any]) -> dict[str, Any]:
    first, last = record["pages"] or (None, None)
    truth = {True: "true", False: "false", None: None}
    return record | {
        "first_page": first,
        "last_page": last,
        "is_case_study": truth[record["case_study"]["value"]],
        "case_study_probability": record["case_study"]["probability"],
        "species": "; ".join(s["label"] for s in record["species"]),
        "species_probabilities": "; ".join(str(s["probability"]) for s in record["species"]),
        "stage": record["stage"]["label"],
        "stage_probability": record["stage"]["probability"],
    }
