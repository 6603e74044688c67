"""What a search finds, and in which order."""

from pathlib import Path

import pytest

import warehouse as package
from tests.warehouse.runs import Run
from warehouse.load import load
from warehouse.snapshot import publish

TEXTS = {
    "Physics on Thursdays": "Dr Okafor teaches the A level set at Marsh Lane. Physics matters.",
    "Reading": "Year 10 pupils read. The pupils’ partners are pupils of three schools, and art is not part of it.",
    "Café": "A café concert by the choir in year 10 and year 11.",
    "Long": "Physics is named once among much else. " + "Filler words stand here for length. " * 30,
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("home")
    run = Run(home)
    run.document("https://harbour.example/a", list(TEXTS.items()))
    load(home / "warehouse.duckdb", run.write())
    publish(home / "warehouse.duckdb", home / "published")
    return home


SEARCHES = {
    "physics": ["Physics on Thursdays", "Long"],
    "PHYSICS okafor": ["Physics on Thursdays", "Long"],
    "year 10": ["Reading", "Café"],
    "cafe": ["Café"],
    "pupils'": ["Reading"],
    "part": ["Reading"],
    "partner": [],
    "'; DROP TABLE x; --": [],
    "\\b.*": [],
    "": [],
}


@pytest.mark.parametrize(("words", "titles"), SEARCHES.items())
def test_whole_words_are_found_the_best_first(home: Path, words: str, titles: list[str]) -> None:
    with package.connect(home) as connection:
        found = connection.execute("SELECT title, score FROM search(?)", [words]).fetchall()
    assert {title for title, _ in found} == set(titles)
    if words != "year 10":
        assert [title for title, _ in found] == titles
    assert all(score > 0 for _, score in found)
    assert [score for _, score in found] == sorted((score for _, score in found), reverse=True)


def test_a_search_is_a_query_too(home: Path) -> None:
    result = package.query(home / "published", "SELECT title FROM search('concert choir')")
    assert result.rows == (("Café",),)
