import shutil
from pathlib import Path

import pytest

from tests.warehouse.runs import Run
from warehouse.migrate import open_warehouse


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture(scope="session")
def empty_warehouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("empty") / "warehouse.duckdb"
    with open_warehouse(path):
        return path


@pytest.fixture
def warehouse(home: Path, empty_warehouse: Path) -> Path:
    """An empty warehouse, made once and copied: making its views anew for each test would take half of the time."""
    home.mkdir()
    return Path(shutil.copy(empty_warehouse, home / "warehouse.duckdb"))


@pytest.fixture
def first_run(home: Path) -> Run:
    """Two documents of three case studies, two of which are labelled, with a failure."""
    run = Run(home)
    one = run.document(
        "https://harbour.example/reading",
        [
            ("Reading partners", "Our sixth formers read with juniors each Friday. Both heads meet yearly."),
            ("Governors", "Our bursar chairs the finance committee at Marsh Lane."),
        ],
        before="What we do",
    )
    two = run.document("https://harbour.example/music", [("Music", "A concert for the town, once.")])
    run.label(
        one.case_studies[0],
        species={"mentor": (0.9, "sixth formers read with juniors")},
        stage="established",
        dimensions={"sustainability": (2, "each Friday"), "reciprocity": (2, "Both heads meet yearly")},
    )
    run.label(
        one.case_studies[1], species={"governor": (0.8, "chairs the finance committee"), "mentor": (0.55, "")}
    )
    run.label(two.case_studies[0], case_study=(False, 0.2))
    run.failure("https://harbour.example/empty")
    return run
