"""Parquet: one case study a row, labels and quotations nested; the snapshot stands in the file's metadata."""

from __future__ import annotations

import json
from pathlib import Path

from warehouse.corpus import Corpus, about


def write(corpus: Corpus, path: Path) -> int:
    """Write every record with all its columns; return how many. Dimensions are a list, each with its name."""
    cursor = corpus.connection.cursor()
    sql = f"SELECT {corpus.columns} FROM history.record WHERE {corpus.selection}"  # noqa: S608
    count = int((cursor.execute(f"SELECT count(*) FROM ({sql})").fetchone() or (0,))[0])  # noqa: S608
    note = json.dumps(about(corpus, "parquet", count), ensure_ascii=False)
    options = f"FORMAT parquet, COMPRESSION zstd, KV_METADATA {{about: {_quoted(note)}}}"
    cursor.execute(f"COPY ({sql} ORDER BY id) TO {_quoted(str(path))} ({options})")
    return count


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
