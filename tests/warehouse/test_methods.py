"""The methods statement counts in the snapshot, and says what was left out."""

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.warehouse.runs import Run
from warehouse import WarehouseError
from warehouse.load import load
from warehouse.methods import write_methods
from warehouse.snapshot import publish


@pytest.fixture
def published(home: Path, warehouse: Path, first_run: Run) -> Path:
    copy = first_run.document("https://harbour.example/copy", [("Copy", "A copy of the concert.")])
    first_run.duplicate(
        copy.case_studies[0],
        first_run.document("https://harbour.example/new", ["Not classified."]).case_studies[0],
    )
    first_run.fetch("https://harbour.example/no", "blocked", status=None)
    load(warehouse, first_run.write())
    publish(warehouse, home / "published")
    return home


def test_the_statement_gives_sources_counts_schemes_and_model(published: Path, tmp_path: Path) -> None:
    statement, diagram = write_methods(tmp_path / "methods.md", home=published)
    text = statement.read_text()
    assert diagram == tmp_path / "methods.svg"
    assert "(methods.svg)" in text
    assert (
        "| [Schools of harbour](https://harbour.example/) | pages | CC BY 4.0 | public | 2026-01-05 | 4 | 5 |"
        in text
    )
    assert "new 4, blocked 1" in text
    assert "addresses met 5" in text
    assert "request blocked 1; failed: empty 1" in text
    assert "repeat another 1" in text
    assert "no partnership work 1; not yet classified 1" in text
    assert "case studies that count 2; of them with a species 2; of them with a stage 1" in text
    assert "Scheme `species@2021-01`" in text
    assert "Model `model-1` labelled 3 of the case studies held." in text
    assert "species_macro_f1 0.77" in text


def test_the_diagram_is_svg_with_the_same_counts(published: Path, tmp_path: Path) -> None:
    _, diagram = write_methods(tmp_path / "methods.md", home=published)
    words = [element.text for element in ET.parse(diagram).iter("{http://www.w3.org/2000/svg}text")]
    assert {
        "addresses met: 5",
        "request blocked: 1",
        "repeat another: 1",
        "case studies that count: 2",
    } <= set(words)


def test_a_diagrams_name_is_refused_for_the_statement(published: Path, tmp_path: Path) -> None:
    with pytest.raises(WarehouseError, match=r"a name in \.md would be right"):
        write_methods(tmp_path / "methods.svg", home=published)
    assert list(tmp_path.glob("methods*")) == []
