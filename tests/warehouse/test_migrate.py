"""How a warehouse's file comes to the newest version."""

import gzip
from pathlib import Path

import duckdb
import pytest

from tests.warehouse.runs import Run
from warehouse import WarehouseError, migrate
from warehouse.load import load
from warehouse.migrate import Migration, migrations, open_warehouse


def with_next(sql: str) -> list[Migration]:
    known = migrations()
    return [*known, Migration(len(known) + 1, "next", sql, "d" * 64)]


def versions(path: Path) -> list[int]:
    with duckdb.connect(str(path), read_only=True) as connection:
        rows = connection.execute(
            "SELECT number FROM history.migration WHERE number > 0 ORDER BY number"
        ).fetchall()
    return [number for (number,) in rows]


def test_migrations_are_numbered_without_gaps() -> None:
    assert [m.number for m in migrations()] == list(range(1, len(migrations()) + 1))


def test_a_new_migration_keeps_the_rows_and_a_copy_of_the_file(
    warehouse: Path, first_run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(warehouse, first_run.write())
    newer = with_next("ALTER TABLE history.run ADD COLUMN remark VARCHAR")
    monkeypatch.setattr(migrate, "migrations", lambda: newer)
    with open_warehouse(warehouse) as connection:
        assert connection.execute("SELECT count(*), count(remark) FROM history.run").fetchall() == [(1, 0)]
        assert connection.execute("SELECT count(*) FROM main.case_studies").fetchall() == [(3,)]
    assert versions(warehouse) == [m.number for m in newer]
    copy = warehouse.with_name(f"{warehouse.name}.before-{newer[-1].number:04}")
    assert versions(copy) == [m.number for m in newer[:-1]]


def test_a_migration_that_fails_leaves_the_file_as_it_was(
    warehouse: Path, first_run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(warehouse, first_run.write())
    before = versions(warehouse)
    newer = with_next("ALTER TABLE history.run ADD COLUMN remark VARCHAR; SELECT nonsense FROM nowhere")
    with monkeypatch.context() as patched:
        patched.setattr(migrate, "migrations", lambda: newer)
        with pytest.raises(WarehouseError, match=r"migration \d{4}_next failed, nothing changed: ") as raised:
            load(warehouse, first_run.folder)
    assert "\n" not in str(raised.value)
    assert versions(warehouse) == before
    assert not load(warehouse, first_run.folder).is_new


def test_a_warehouse_of_a_newer_version_is_refused_in_one_line(
    warehouse: Path, first_run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        newer = with_next("SELECT 1")
        patched.setattr(migrate, "migrations", lambda: newer)
        load(warehouse, first_run.write())
    with pytest.raises(
        WarehouseError, match=r"its version is \d+, this program knows up to \d+; use the version"
    ):
        load(warehouse, first_run.folder)


def test_a_migration_that_was_edited_is_refused(
    warehouse: Path, first_run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(warehouse, first_run.write())
    edited = [Migration(m.number, m.name, m.sql, "e" * 64) for m in migrations()]
    monkeypatch.setattr(migrate, "migrations", lambda: edited)
    with pytest.raises(WarehouseError, match="was run with other SQL than this version ships"):
        load(warehouse, first_run.folder)


def test_a_file_of_something_else_is_refused(home: Path, first_run: Run) -> None:
    warehouse = home / "warehouse.duckdb"
    first_run.write()
    with duckdb.connect() as connection:
        connection.execute(
            f"ATTACH '{warehouse}' AS other (STORAGE_VERSION 'v1.5.0'); CREATE TABLE other.mine AS SELECT 1"
        )
    with pytest.raises(WarehouseError, match="a DuckDB file of something else"):
        load(warehouse, first_run.folder)
    warehouse.write_text("no database at all")
    with pytest.raises(WarehouseError, match=r"warehouse\.duckdb: ") as raised:
        load(warehouse, first_run.folder)
    assert "\n" not in str(raised.value)
    assert warehouse.read_text() == "no database at all"


@pytest.mark.parametrize(
    "path", sorted(Path(__file__).with_name("versions").glob("*.duckdb.gz")), ids=lambda p: p.stem
)
def test_every_earlier_versions_file_migrates_forward(path: Path, warehouse: Path) -> None:
    warehouse.write_bytes(gzip.decompress(path.read_bytes()))
    with open_warehouse(warehouse) as connection:
        assert connection.execute(
            "SELECT title, species FROM main.case_studies ORDER BY title"
        ).fetchall() == [
            ("Governors", ["governor", "mentor"]),
            ("Music", []),
            ("Reading partners", ["mentor"]),
        ]
    assert versions(warehouse) == [m.number for m in migrations()]
