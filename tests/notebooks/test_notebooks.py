"""Every notebook runs top to bottom on a small snapshot, and is committed without output."""

import os
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from tests.warehouse.runs import SECOND, Run
from warehouse.load import load
from warehouse.snapshot import publish

FOLDER = Path(__file__).parents[2] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
SPECIES = ("secondee", "mentor", "governor")
STAGES = ("emerging", "established", "regional_excellence", None)


@pytest.fixture(scope="module")
def small_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Two snapshots of three sources: labels sure and unsure, duplicates, years, what is no case study."""
    home = tmp_path_factory.mktemp("home")
    for run_id, count in ((None, 24), (SECOND, 30)):
        run = Run(home, run_id) if run_id else Run(home)
        first = None
        for n in range(count):
            text = f"In year {n} our staff read with juniors at Marsh Lane. It is done each week. Number {n}."
            page = run.document(
                f"https://s{n % 3}.example/{n}",
                [(f"Case {n}", text)],
                source=f"s{n % 3}",
                published=f"{2019 + n % 6}-05-01",
            )
            run.label(
                page.case_studies[0],
                species={SPECIES[n % 3]: (0.5 + (n % 10) / 20, "our staff read with juniors")}
                if n % 4
                else {},
                stage=STAGES[n % 4],
                dimensions={"sustainability": (1 + n % 3, "each week")},
                case_study=(n % 7 != 0, 0.9 if n % 7 else 0.3),
            )
            first = first or page.case_studies[0]
            if n == 20:
                run.duplicate(page.case_studies[0], first)
        load(home / "warehouse.duckdb", run.write())
        publish(home / "warehouse.duckdb", home / "published")
    yield home


def test_there_are_notebooks() -> None:
    assert [path.name for path in NOTEBOOKS][:1] == ["01-what-we-hold.ipynb"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_and_draws(
    path: Path, small_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PARTNERSHIPS_HOME", str(small_home))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(FOLDER.parent), os.environ.get("PYTHONPATH", "")]))
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")  # whatever asks for the network fails
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(tmp_path)}}).execute()
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    assert any("image/svg+xml" in output.get("data", {}) for output in outputs)
    assert not any(output.get("name") == "stderr" for output in outputs)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_kept_without_output(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert cells
    assert all(cell.outputs == [] and cell.execution_count is None for cell in cells)
