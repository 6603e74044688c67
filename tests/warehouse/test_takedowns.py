"""What is taken down is nowhere left, and stays out."""

from pathlib import Path

import pytest

import warehouse as package
from tests.warehouse.runs import SECOND, Run
from warehouse import WarehouseError
from warehouse.load import load
from warehouse.migrate import open_warehouse
from warehouse.snapshot import publish
from warehouse.takedowns import take_down

URL = "https://harbour.example/reading"
SECRET = "sixth formers read with juniors"


def everywhere(warehouse: Path) -> str:
    """Return every value of every table, but the tombstone, as one text."""
    with open_warehouse(warehouse) as connection:
        names = connection.execute(
            "SELECT table_name FROM duckdb_tables() WHERE schema_name = 'history' AND table_name <> 'takedown'"
        ).fetchall()
        return "\n".join(str(connection.execute(f"FROM history.{name}").fetchall()) for (name,) in names)


def test_a_document_is_removed_everywhere_and_the_snapshots_replaced(
    home: Path, warehouse: Path, first_run: Run
) -> None:
    load(warehouse, first_run.write())
    old = publish(warehouse, home / "published")
    assert URL in everywhere(warehouse)
    warehouse.with_name(f"{warehouse.name}.before-0002").write_bytes(warehouse.read_bytes())
    result = take_down(warehouse, home / "published", URL, reason="asked by the school")
    assert (result.document_count, result.case_study_count) == (1, 2)
    assert len(result.body_sha256s) == 1
    assert result.removed_snapshots == (old.id,)
    left = everywhere(warehouse)
    assert URL not in left
    assert SECRET not in left
    assert result.snapshot is not None
    assert {path.name for path in (home / "published").iterdir()} == {
        "current.duckdb",
        f"{result.snapshot.id}.duckdb",
    }
    for path in (result.snapshot.path, warehouse):
        assert SECRET.encode() not in path.read_bytes()
    assert not load(warehouse, first_run.folder).version_count
    with package.connect(home) as connection:
        assert connection.sql("SELECT title FROM case_studies").fetchall() == [("Music",)]
        assert connection.sql("FROM history.takedown").fetchall() == []


def test_it_does_not_come_in_again(home: Path, warehouse: Path, first_run: Run) -> None:
    load(warehouse, first_run.write())
    publish(warehouse, home / "published")
    take_down(warehouse, home / "published", URL)
    result = load(warehouse, first_run.folder)
    assert (result.version_count, result.case_study_count) == (0, 0)
    again = Run(home, SECOND)
    again.document(URL, [("Reading", f"Again our {SECRET}.")])
    assert load(warehouse, again.write()).version_count == 0
    assert SECRET not in everywhere(warehouse)
    assert publish(warehouse, home / "published").counts["case_study_count"] == 1


def test_a_whole_source_can_go(home: Path, warehouse: Path, first_run: Run) -> None:
    first_run.document("https://quay.example/a", [("Quay", "Text of the quay.")], source="quay")
    load(warehouse, first_run.write())
    publish(warehouse, home / "published")
    result = take_down(warehouse, home / "published", "harbour")
    assert result.document_count == 2
    with package.connect(home) as connection:
        assert connection.sql("SELECT title FROM case_studies").fetchall() == [("Quay",)]
        assert connection.sql("SELECT count(*) FROM fetches WHERE source = 'harbour'").fetchall() == [(0,)]


def test_when_nothing_is_left_nothing_is_published(home: Path, warehouse: Path, first_run: Run) -> None:
    load(warehouse, first_run.write())
    publish(warehouse, home / "published")
    result = take_down(warehouse, home / "published", "harbour")
    assert result.snapshot is None
    assert list((home / "published").iterdir()) == []


def test_an_address_that_is_not_held_is_kept_out_all_the_same(home: Path, warehouse: Path) -> None:
    result = take_down(warehouse, home / "published", URL)
    assert result.document_count == 0
    run = Run(home)
    run.document(URL, ["Text."])
    assert load(warehouse, run.write()).version_count == 0


def test_an_unknown_source_names_those_that_are_held(home: Path, warehouse: Path, first_run: Run) -> None:
    load(warehouse, first_run.write())
    with pytest.raises(
        WarehouseError, match="'harbor' is no source that is held; an address, or one of harbour,"
    ):
        take_down(warehouse, home / "published", "harbor")
