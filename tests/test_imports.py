"""Who may import whom, read from every module; and what a command may load."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("pipelines", "spiders", "classifiers", "warehouse")
MAY_IMPORT = {
    "pipelines": {"spiders", "classifiers", "warehouse"},
    "spiders": set(),
    "classifiers": set(),
    "warehouse": set(),
}
HEAVY = {
    "prefect",
    "spacy",
    "sklearn",
    "scipy",
    "numpy",
    "duckdb",
    "pyarrow",
    "scrapy",
    "twisted",
    "trafilatura",
    "lxml",
    "rich",
}


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_imports_only_what_its_place_allows(package: str) -> None:
    modules = list((ROOT / package).rglob("*.py"))
    assert modules
    found = {name for module in modules for name in imported(module) if name in PACKAGES and name != package}
    assert found <= MAY_IMPORT[package]


def test_notebooks_import_the_warehouse_alone() -> None:
    import json

    notebooks = list((ROOT / "notebooks").glob("*.ipynb"))
    assert notebooks
    for notebook in notebooks:
        cells = json.loads(notebook.read_text())["cells"]
        code = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
        names = {name for name in names_in(ast.parse(code)) if name in PACKAGES}
        assert names <= {"warehouse"}, notebook.name


@pytest.mark.parametrize(
    ("words", "may_load"),
    [
        (["--help"], set()),
        (["--version"], set()),
        (["run", "--help"], set()),
        (["query", "--help"], set()),
        (["sources", "list"], set()),
        (["query", "select 1"], {"duckdb"}),
    ],
    ids=" ".join,
)
def test_a_command_loads_no_package_that_it_does_not_need(
    words: list[str], may_load: set[str], tmp_path: Path
) -> None:
    program = (
        "import sys; from pipelines.cli import run; status = run(sys.argv[1:]);"
        "print('\\nLOADED', *sorted({name.split('.')[0] for name in sys.modules}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, "--home", str(tmp_path), *words],
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = set(done.stdout.rsplit("LOADED", 1)[1].split())
    assert "pipelines" in loaded
    assert loaded & HEAVY <= may_load


def imported(module: Path) -> Iterator[str]:
    yield from names_in(ast.parse(module.read_text(encoding="utf-8")))


def names_in(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield (node.module or "").split(".")[0]
