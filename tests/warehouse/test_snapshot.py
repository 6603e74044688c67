"""What is published, and what is refused."""

import os
import stat
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

import warehouse as package
from tests.warehouse.runs import SECOND, THIRD, Run
from warehouse import WarehouseError
from warehouse.load import load
from warehouse.migrate import open_warehouse
from warehouse.snapshot import Snapshot, publish

NOW = datetime(2026, 11, 24, 13, 5, 22, tzinfo=UTC)


@pytest.fixture
def published(home: Path) -> Path:
    return home / "published"


@pytest.fixture
def first(warehouse: Path, published: Path, first_run: Run) -> Snapshot:
    load(warehouse, first_run.write())
    return publish(warehouse, published, now=NOW)


def names(folder: Path) -> set[str]:
    return {entry.name for entry in folder.iterdir()}


def test_a_snapshot_is_a_read_only_file_under_its_id_with_a_link_to_it(
    published: Path, first: Snapshot
) -> None:
    assert first.is_new
    assert first.id.startswith("2026-11-24T1305-")
    assert names(published) == {f"{first.id}.duckdb", "current.duckdb"}
    assert (published / "current.duckdb").readlink() == Path(f"{first.id}.duckdb")
    assert stat.S_IMODE(first.path.stat().st_mode) == 0o444


def test_a_snapshot_knows_itself_and_can_be_cited(home: Path, first: Snapshot) -> None:
    with package.connect(home) as connection:
        row = connection.execute(
            "SELECT snapshot_id, checksum, case_study_count, citation FROM snapshots"
        ).fetchall()
    assert row == [(first.id, first.checksum, 3, first.citation)]
    assert first.id in first.citation
    assert first.counts["label_count"] == 4


def test_nothing_new_gives_no_new_snapshot(warehouse: Path, published: Path, first: Snapshot) -> None:
    again = publish(warehouse, published)
    assert (again.id, again.is_new, again.checksum) == (first.id, False, first.checksum)
    assert len(names(published)) == 2


def test_changes_tell_what_differs_from_the_snapshot_before(
    home: Path, warehouse: Path, published: Path, first: Snapshot
) -> None:
    run = Run(home, SECOND)
    run.document(
        "https://harbour.example/music", [("Music", "Two concerts."), ("Drama", "A play for juniors.")]
    )
    run.document(
        "https://harbour.example/reading",
        [("Governors", "Our bursar chairs the finance committee at Marsh Lane.")],
    )
    load(warehouse, run.write())
    second = publish(warehouse, published, allow_shrink=True)
    with package.connect(home) as connection:
        found = connection.execute(
            "SELECT title, change, since_snapshot_id FROM changes ORDER BY title"
        ).fetchall()
    assert found == [
        ("Drama", "added", first.id),
        ("Music", "changed", first.id),
        ("Reading partners", "gone", first.id),
    ]
    assert second.checksum != first.checksum
    with package.connect(home, snapshot=first.id) as connection:
        assert connection.execute("SELECT DISTINCT change FROM changes").fetchall() == [("added",)]


def test_an_open_connection_goes_on_with_its_snapshot(
    home: Path, warehouse: Path, published: Path, first: Snapshot
) -> None:
    old = package.connect(home)
    run = Run(home, SECOND)
    run.document("https://harbour.example/new", ["A new page."])
    load(warehouse, run.write())
    publish(warehouse, published, keep=1)
    assert not first.path.exists()
    assert old.execute("SELECT count(*) FROM case_studies").fetchone() == (3,)
    with package.connect(home) as new:
        assert new.execute("SELECT count(*) FROM case_studies").fetchone() == (4,)
    assert old.execute("SELECT count(*) FROM labels").fetchone() == (4,)
    old.close()


def test_only_the_newest_are_kept(home: Path, warehouse: Path, published: Path, first: Snapshot) -> None:
    ids = [first.id]
    for run_id in (SECOND, THIRD):
        run = Run(home, run_id)
        run.document(f"https://harbour.example/{run_id}", ["A new page."])
        load(warehouse, run.write())
        last = publish(warehouse, published, keep=2)
        ids.append(last.id)
    assert names(published) == {"current.duckdb", f"{ids[1]}.duckdb", f"{ids[2]}.duckdb"}
    assert last.removed == (ids[0],)
    with package.connect(home) as connection:
        assert connection.execute("SELECT list(snapshot_id ORDER BY number) FROM snapshots").fetchone() == (
            ids,
        )


def test_days_without_news_do_not_push_out_what_was_cited(
    home: Path, warehouse: Path, published: Path, first: Snapshot
) -> None:
    page = Run(home, SECOND)
    page.document("https://harbour.example/new", ["A new page."])
    load(warehouse, page.write())
    news = publish(warehouse, published, keep=2)
    for minute in range(3):
        quiet = Run(home, f"20261130T10{minute:02}00Z-000{minute}")
        quiet.failure("https://harbour.example/away", "http_404")
        load(warehouse, quiet.write())
        last = publish(warehouse, published, keep=2)
        assert last.checksum == news.checksum
    assert names(published) == {"current.duckdb", f"{first.id}.duckdb", f"{last.id}.duckdb"}


def test_an_empty_warehouse_is_not_published(home: Path, warehouse: Path, published: Path) -> None:
    load(warehouse, Run(home).write())
    with pytest.raises(WarehouseError, match="nothing to publish: the warehouse holds no case study"):
        publish(warehouse, published)
    assert names(published) == set()


def test_no_warehouse_is_not_published(home: Path, published: Path) -> None:
    warehouse = home / "warehouse.duckdb"
    with pytest.raises(WarehouseError, match="no warehouse; load a run first"):
        publish(warehouse, published)
    assert not warehouse.exists()


def test_a_loss_of_over_a_fifth_is_refused_unless_allowed(
    home: Path, warehouse: Path, published: Path, first_run: Run, first: Snapshot
) -> None:
    run = Run(home, SECOND)
    run.document(
        "https://harbour.example/reading",
        [("Governors", "Our bursar chairs the finance committee at Marsh Lane.")],
    )
    load(warehouse, run.write())
    with pytest.raises(
        WarehouseError, match=f"case study count fell from 3 to 2; .* since snapshot {first.id}"
    ):
        publish(warehouse, published)
    assert (published / "current.duckdb").resolve() == first.path
    assert publish(warehouse, published, allow_shrink=True).is_new


BREAKAGES = {
    "an orphaned version": "DELETE FROM history.document WHERE url LIKE '%music'",
    "an orphaned label": "DELETE FROM history.classification",
    "an unknown code": "DELETE FROM history.code WHERE code = 'governor'",
    "a shifted quote": "UPDATE history.evidence SET start_char = start_char + 1, end_char = end_char + 1",
    "a shifted case study": "UPDATE history.case_study SET start_char = start_char + 1, end_char = end_char + 1",
    "an unknown source": "DELETE FROM history.source",
}


@pytest.mark.parametrize("sql", BREAKAGES.values(), ids=BREAKAGES)
def test_a_warehouse_that_fails_a_check_is_not_published(
    warehouse: Path, published: Path, first_run: Run, sql: str
) -> None:
    load(warehouse, first_run.write())
    with open_warehouse(warehouse) as connection:
        connection.execute(sql)
    with pytest.raises(WarehouseError, match="not published: "):
        publish(warehouse, published, allow_shrink=True)
    assert names(published) == set()


def test_what_a_crash_left_is_tidied_away(warehouse: Path, published: Path, first: Snapshot) -> None:
    for name in (".unfinished-2026-11-24T1300-aaaa.duckdb", "2026-11-24T1300-aaaa.duckdb"):
        (published / name).write_bytes(b"cut")
    (published / "notes.txt").write_text("a person's own")
    (published / "current.duckdb").unlink()
    again = publish(warehouse, published)
    assert not again.is_new
    assert names(published) == {f"{first.id}.duckdb", "current.duckdb", "notes.txt"}


def test_a_warehouse_that_another_process_holds_is_named_with_the_holder(
    warehouse: Path, published: Path, first: Snapshot
) -> None:
    code = "import sys, duckdb; c = duckdb.connect(sys.argv[1]); print('open', flush=True); sys.stdin.read()"
    holder = subprocess.Popen(
        [sys.executable, "-c", code, str(warehouse)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "open\n"
        with pytest.raises(
            WarehouseError, match=rf"another process has it open: .*PID {holder.pid}"
        ) as raised:
            publish(warehouse, published)
        assert "\n" not in str(raised.value)
    finally:
        holder.communicate("")


def test_no_snapshot_yet_says_what_to_run(home: Path) -> None:
    with pytest.raises(WarehouseError, match="no snapshot has been published yet; `partnerships run`"):
        package.connect(home)


def test_an_unknown_snapshot_names_those_there_are(home: Path, first: Snapshot) -> None:
    for wrong in ("2026-01-01T0000-0000", "../../etc/passwd", "current"):
        with pytest.raises(WarehouseError, match=f"no snapshot '{wrong}'; one of {first.id} would be right"):
            package.connect(home, snapshot=wrong)


@pytest.mark.parametrize("length", [0, 100, 5000, 40_000])
def test_a_cut_snapshot_is_an_error_of_one_line(home: Path, first: Snapshot, length: int) -> None:
    first.path.chmod(0o644)
    os.truncate(first.path, length)
    with pytest.raises(WarehouseError, match="no readable snapshot") as raised:
        package.connect(home)
    assert "\n" not in str(raised.value)
    with pytest.raises(WarehouseError):
        package.query(home / "published", "FROM labels")


def test_the_home_is_taken_from_the_environment(
    home: Path, first: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PARTNERSHIPS_HOME", str(home))
    with package.connect() as connection:
        assert connection.execute("SELECT count(*) FROM case_studies").fetchone() == (3,)


def test_a_full_disk_leaves_the_old_snapshot(
    home: Path, warehouse: Path, published: Path, first: Snapshot
) -> None:
    run = Run(home, SECOND)
    run.document("https://harbour.example/big", [os.urandom(400_000).hex()])
    load(warehouse, run.write())
    code = (
        "import resource, signal, sys; from pathlib import Path; from warehouse.snapshot import publish;"
        "from warehouse import WarehouseError; import duckdb, warehouse.views, warehouse.checks;"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, 600_000));\n"
        "try: publish(Path(sys.argv[1]), Path(sys.argv[2]))\n"
        "except WarehouseError as error: print('refused', error)"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code, str(warehouse), str(published)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.stdout.startswith("refused "), ended.stderr
    assert ended.stdout.count("\n") == 1
    assert names(published) == {f"{first.id}.duckdb", "current.duckdb"}
    assert publish(warehouse, published).number == 2
