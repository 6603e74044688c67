"""A Frictionless data package: CSV tables with a described schema, and Croissant metadata beside it."""

from __future__ import annotations

import csv
import hashlib
import json
from pathlib import Path
from typing import Any

from warehouse.corpus import TABLES, Corpus, about, iso, table_columns
from warehouse.dictionary import Column, dictionary
from warehouse.formats.croissant import croissant
from warehouse.render import spreadsheet_safe

TYPES = {
    "BIGINT": "integer", "INTEGER": "integer", "BOOLEAN": "boolean", "DOUBLE": "number", "DATE": "date",
    "TIMESTAMP": "datetime",
}  # fmt: skip


def write(corpus: Corpus, path: Path) -> int:
    """Write a CSV for each of the corpus's tables and the descriptions; return how many case studies."""
    path.mkdir()
    counts, resources = {}, []
    for table, keys in TABLES.items():
        columns = table_columns(corpus, table)
        file = path / f"{table}.csv"
        counts[table] = _write_csv(corpus, table, columns, file)
        resources.append(_resource(table, columns, keys, file))
    note = about(corpus, "datapackage", counts["case_studies"])
    package = {
        "profile": "tabular-data-package",
        "name": f"partnerships-{corpus.snapshot_id.lower()}",
        "title": "Case studies of school partnerships",
        "description": note["citation"],
        "version": corpus.snapshot_id,
        "created": note["published_at"],
        "licenses": [
            {"name": "per-record", "title": "Per record: the column `licence` of case_studies and sources"}
        ],
        "sources": [{"title": s["title"], "path": s["start"][0]} for s in note["sources"] if s["start"]],
        "resources": resources,
    }
    for name, value in (("datapackage", package), ("croissant", croissant(package, note)), ("about", note)):
        (path / f"{name}.json").write_text(
            json.dumps(value, ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
        )
    return counts["case_studies"]


def _write_csv(corpus: Corpus, table: str, columns: list[Column], file: Path) -> int:
    count = 0
    with file.open("w", encoding="utf-8", newline="") as handle:
        rows = csv.writer(handle)
        rows.writerow([column.name for column in columns])
        for row in corpus.rows(table):
            rows.writerow([spreadsheet_safe(_plain(value)) for value in row])
            count += 1
    return count


def _plain(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return "; ".join(str(v) for v in value)
    return iso(value) if hasattr(value, "isoformat") else value


def _resource(table: str, columns: list[Column], keys: tuple[str, ...], file: Path) -> dict[str, Any]:
    fields = [
        {"name": c.name, "type": TYPES.get(c.type, "string"), "description": c.comment} for c in columns
    ]
    schema: dict[str, Any] = {"fields": fields, "missingValues": [""]}
    if keys:
        schema["primaryKey"] = list(keys)
    if "case_study_id" in {column.name for column in columns}:
        reference = {"resource": "case_studies", "fields": "id"}
        schema["foreignKeys"] = [{"fields": "case_study_id", "reference": reference}]
    body = file.read_bytes()
    return {
        "name": table,
        "path": file.name,
        "profile": "tabular-data-resource",
        "description": dictionary()["views"][table]["comment"],
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": len(body),
        "hash": f"sha256:{hashlib.sha256(body).hexdigest()}",
        "schema": schema,
    }
