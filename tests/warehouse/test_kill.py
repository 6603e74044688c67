"""A writer that is killed at any moment loses nothing that was acknowledged, and readers never notice."""

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import warehouse as package
from tests.warehouse.runs import Run
from warehouse import WarehouseError
from warehouse.load import load
from warehouse.snapshot import publish

WRITER = """
import sys
from pathlib import Path
from warehouse.load import load
from warehouse.snapshot import publish

home = Path(sys.argv[1])
print("began", flush=True)
for run_dir in sorted((home / "runs").iterdir()):
    load(home / "warehouse.duckdb", run_dir)
    print("loaded", run_dir.name, flush=True)
    snapshot = publish(home / "warehouse.duckdb", home / "published", keep=2)
    print("published", snapshot.counts["case_study_count"], flush=True)
"""

READER = """
import sys
import time
from pathlib import Path

import warehouse

rounds = last = 0
stop = Path(sys.argv[2])
while rounds < 1 or not stop.exists():
    time.sleep(0.01)  # leaves the writer some of the machine
    with warehouse.connect(sys.argv[1]) as connection:
        cases, documents, quotes = connection.sql(
            "SELECT (SELECT count(*) FROM case_studies), (SELECT count(*) FROM documents),"
            " (SELECT count(*) FROM evidence)").fetchall()[0]
    assert cases == documents == quotes, (cases, documents, quotes)
    assert cases >= last, (cases, last)
    last = cases
    rounds += 1
print(rounds)
"""

RUNS = 3


def write_runs(home: Path) -> None:
    for day in range(RUNS):
        run = Run(home, f"202611{10 + day}T090000Z-000{day}")
        for n in range(40):
            text = f"Number {day}.{n}: our sixth formers read with juniors. " * 5
            page = run.document(f"https://harbour.example/{day}/{n}", [text])
            run.label(page.case_studies[0], species={"mentor": (0.9, "sixth formers read with juniors")})
        run.write()


def killed_after(home: Path, delay: float) -> list[str]:
    """Start the writer, kill it so long after it began; return what it acknowledged."""
    writer = subprocess.Popen([sys.executable, "-c", WRITER, str(home)], stdout=subprocess.PIPE, text=True)
    assert writer.stdout is not None
    assert writer.stdout.readline() == "began\n"
    time.sleep(delay)  # the moment of the kill is what is tried here
    writer.send_signal(signal.SIGKILL)
    said = writer.stdout.read().splitlines()
    writer.wait()
    writer.stdout.close()
    return said


@pytest.mark.parametrize("seed", range(8))
def test_a_killed_writer_loses_nothing_acknowledged(home: Path, seed: int) -> None:
    write_runs(home)
    said = killed_after(home, random.Random(seed).uniform(0.05, 2.0))
    published = [int(line.split()[1]) for line in said if line.startswith("published")]
    loaded = [line.split()[1] for line in said if line.startswith("loaded")]
    try:
        with package.connect(home) as connection:
            seen = connection.sql("SELECT count(*) FROM case_studies").fetchall()[0][0]
    except WarehouseError:
        seen = 0
    assert seen % 40 == 0
    assert seen >= max(published, default=0)
    for run_id in loaded:
        assert not load(home / "warehouse.duckdb", home / "runs" / run_id).is_new
    for run_dir in sorted((home / "runs").iterdir()):
        load(home / "warehouse.duckdb", run_dir)
    last = publish(home / "warehouse.duckdb", home / "published", keep=2)
    assert last.counts["case_study_count"] == last.counts["evidence_count"] == 40 * RUNS
    left = {path.name for path in (home / "published").iterdir()}
    assert f"{last.id}.duckdb" in left
    assert len(left) <= 3


def test_readers_in_other_processes_see_old_or_new_and_no_error(home: Path, tmp_path: Path) -> None:
    write_runs(home)
    first, *rest = sorted((home / "runs").iterdir())
    load(home / "warehouse.duckdb", first)
    publish(home / "warehouse.duckdb", home / "published")
    stop = tmp_path / "stop"
    readers = [
        subprocess.Popen(
            [sys.executable, "-c", READER, str(home), str(stop)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    try:
        for run_dir in rest:
            load(home / "warehouse.duckdb", run_dir)
            publish(home / "warehouse.duckdb", home / "published", keep=1)
    finally:
        stop.touch()
        ended = [reader.communicate(timeout=60) for reader in readers]
    for reader, (out, err) in zip(readers, ended, strict=True):
        assert reader.returncode == 0, err
        assert int(out) >= 1
