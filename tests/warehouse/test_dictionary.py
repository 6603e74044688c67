"""Every table, view and column is explained, in the files and in the documentation."""

from pathlib import Path

import warehouse as package
from tests.warehouse.runs import Run
from warehouse.dictionary import check_dictionary, fresh_relations, markdown
from warehouse.load import load
from warehouse.migrate import open_warehouse
from warehouse.snapshot import publish

CONTRACT = {
    "case_studies": "id source url title text published fetched_at licence language duplicate_of is_case_study stage"
    " stage_probability species",
    "labels": "case_study_id scheme label probability decided_by model",
    "evidence": "case_study_id scheme label quote start_char end_char",
    "dimensions": "case_study_id dimension level quote start_char end_char",
    "documents": "url first_seen_at last_seen_at gone_at",
    "versions": "text valid_from valid_to",
    "fetches": "source url status outcome at",
    "failures": "source url reason detail at",
    "sources": "source",
    "runs": "run_id",
    "models": "model",
    "schemes": "scheme",
    "snapshots": "snapshot_id",
    "changes": "case_study_id change",
    "species_by_stage": "species stage case_study_count",
    "nuggets": "case_study_id nugget url",
    "review_queue": "case_study_id label probability why",
}
UNEXPLAINED = """
SELECT name, kind FROM (
    SELECT table_name AS name, 'table' AS kind, comment FROM duckdb_tables() WHERE database_name = current_database()
    UNION ALL SELECT view_name, 'view', comment FROM duckdb_views()
              WHERE NOT internal AND database_name = current_database()
    UNION ALL SELECT table_name || '.' || column_name, 'column', comment FROM duckdb_columns()
              WHERE NOT internal AND database_name = current_database()
) WHERE coalesce(comment, '') = ''
"""


def test_everything_is_explained_and_nothing_else() -> None:
    found = fresh_relations()
    assert len(found) > 40
    assert check_dictionary(found) == []


def test_the_documentation_is_current() -> None:
    path = Path(__file__).parents[2] / "docs/dictionary.md"
    assert path.read_text(encoding="utf-8") == markdown(fresh_relations()), (
        "run python -m warehouse.dictionary"
    )


def test_the_contracts_views_have_its_columns() -> None:
    held = {
        relation.name: {column.name for column in relation.columns}
        for relation in fresh_relations()
        if relation.is_view
    }
    for view, columns in CONTRACT.items():
        assert set(columns.split()) <= held[view], view


def test_a_warehouse_and_its_snapshot_carry_every_comment(
    home: Path, warehouse: Path, first_run: Run
) -> None:
    load(warehouse, first_run.write())
    publish(warehouse, home / "published")
    with open_warehouse(warehouse) as connection:
        assert connection.execute(UNEXPLAINED).fetchall() == []
    with package.connect(home) as connection:
        assert connection.execute(UNEXPLAINED).fetchall() == []
        assert len(connection.execute("FROM duckdb_views() WHERE NOT internal").fetchall()) > 20
