"""JSON lines: the contract's record, one case study a line."""

from __future__ import annotations

import json
from pathlib import Path

from warehouse.corpus import CONTRACT, Corpus


def write(corpus: Corpus, path: Path) -> int:
    """Write a line for each record; return how many."""
    count = 0
    with path.open("w", encoding="utf-8", newline="\n") as handle:
        for record in corpus.records():
            handle.write(json.dumps({key: record[key] for key in CONTRACT}, ensure_ascii=False) + "\n")
            count += 1
    return count
