"""What must hold before a snapshot is published: finds what does not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

GREATEST_LOSS = 0.2
"""A count that falls by more than this share of what the snapshot before held refuses."""

COUNTS = {
    "source_count": "SELECT count(DISTINCT source) FROM main.case_studies",
    "document_count": "SELECT count(*) FROM history.document WHERE gone_at IS NULL",
    "case_study_count": "SELECT count(*) FROM main.case_studies",
    "label_count": "SELECT count(*) FROM main.labels",
    "evidence_count": "SELECT count(*) FROM main.evidence",
    "annotation_count": "SELECT count(*) FROM history.annotation",
}

UNIQUE = {
    "history.document": "document_id",
    "history.version": "version_id",
    "history.case_study": "case_study_id, version_id",
    "history.classification": "classification_id",
    "history.label": "classification_id, scheme_id, code",
    "history.evidence": "classification_id, scheme_id, code, position",
    "history.dimension": "classification_id, dimension",
    "history.fetch": "fetch_id",
    "history.failure": "failure_id",
    "history.published": "case_study_id, first_number",
}
"""What has no two rows alike in the tables that have no PRIMARY KEY."""

# Each statement yields one example of what should not be, as text; no row if all is well.
CHECKS = {
    "a case study stands twice": """
        SELECT case_study_id FROM history.current_case_study GROUP BY case_study_id HAVING count(*) > 1""",
    "a document has two current versions": """
        SELECT document_id FROM history.version WHERE valid_to IS NULL GROUP BY document_id HAVING count(*) > 1""",
    "a version's document is not there": """
        SELECT v.version_id FROM history.version AS v
        ANTI JOIN history.document AS d ON d.document_id = v.document_id""",
    "a document has no version": """
        SELECT d.document_id FROM history.document AS d
        ANTI JOIN history.version AS v ON v.document_id = d.document_id""",
    "a document's source is not there": """
        SELECT d.document_id FROM history.document AS d
        ANTI JOIN history.source AS s ON s.source_id = d.source_id""",
    "a case study's version is not there": """
        SELECT s.case_study_id FROM history.case_study AS s
        ANTI JOIN history.version AS v ON v.version_id = s.version_id""",
    "a classification's text is not there": """
        SELECT c.case_study_id FROM history.classification AS c
        ANTI JOIN history.case_study AS s ON s.case_study_id = c.case_study_id AND s.text_sha256 = c.text_sha256""",
    "a label's classification is not there": """
        SELECT l.classification_id FROM history.label AS l
        ANTI JOIN history.classification AS c ON c.classification_id = l.classification_id""",
    "a quotation's label is not there": """
        SELECT e.classification_id || ' ' || e.code FROM history.evidence AS e
        ANTI JOIN history.label AS l
        ON l.classification_id = e.classification_id AND l.scheme_id = e.scheme_id AND l.code = e.code""",
    "a rubric score's classification is not there": """
        SELECT d.classification_id FROM history.dimension AS d
        ANTI JOIN history.classification AS c ON c.classification_id = d.classification_id""",
    "a label is no code of its scheme": """
        SELECT DISTINCT l.scheme_id || ' ' || l.code FROM history.label AS l
        SEMI JOIN history.scheme AS s ON s.scheme_id = l.scheme_id
        ANTI JOIN history.code AS c ON c.scheme_id = l.scheme_id AND c.code = l.code""",
    "a case study reaches beyond its version's text": """
        SELECT s.case_study_id FROM history.current_case_study AS s
        JOIN history.version AS v ON v.version_id = s.version_id
        WHERE s.end_char > length(v.text)""",
    "a quotation is not what the text has there": """
        SELECT q.case_study_id FROM (
            SELECT case_study_id, quote, start_char, end_char FROM main.evidence
            UNION ALL SELECT case_study_id, quote, start_char, end_char FROM main.dimensions WHERE quote IS NOT NULL
        ) AS q JOIN history.current_case_study AS s ON s.case_study_id = q.case_study_id
        JOIN history.version AS v ON v.version_id = s.version_id
        WHERE s.start_char + q.end_char > s.end_char
           OR q.quote <> substring(v.text, s.start_char + q.start_char + 1, q.end_char - q.start_char)""",
}


def count(connection: DuckDBPyConnection) -> dict[str, int]:
    """Return what a snapshot of the warehouse would hold, by the names of history.snapshot's columns."""
    return {name: int((connection.execute(sql).fetchone() or (0,))[0]) for name, sql in COUNTS.items()}


def faults(connection: DuckDBPyConnection) -> list[str]:
    """Return what does not hold, one line each with an example; empty if the warehouse is sound."""
    found = []
    for table, keys in UNIQUE.items():
        row = connection.execute(
            f"SELECT {keys} FROM {table} GROUP BY ALL HAVING count(*) > 1 LIMIT 1"  # noqa: S608
        ).fetchone()
        if row:
            found.append(f"{table} has two rows with the same {keys}: {', '.join(map(str, row))}")
    for what, sql in CHECKS.items():
        row = connection.execute(f"{sql}\nLIMIT 1").fetchone()
        if row:
            found.append(f"{what}: {row[0]}")
    return found


def losses(before: Mapping[str, int], now: Mapping[str, int]) -> list[str]:
    """Return the counts that fell by more than GREATEST_LOSS, one line each."""
    return [
        f"{name.removesuffix('_count').replace('_', ' ')} count fell from {before[name]} to {now[name]}"
        for name in COUNTS
        if name in before and now[name] < before[name] * (1 - GREATEST_LOSS)
    ]
