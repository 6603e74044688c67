"""The summary at the end of the demo, read through the views of a real warehouse file."""

import io
import re
import shlex
from pathlib import Path

import duckdb
import pytest
from rich.console import Console

from pipelines.demo.report import show
from tests.warehouse.runs import Run
from warehouse.load import load

READING = (
    "Our sixth formers read with juniors each Friday, and Mrs Lane trains them. Our bursar chairs the finance "
    "committee at Marsh Lane. Both heads meet yearly."
)


def loaded(home: Path, *runs: Run) -> Path:
    for run in runs:
        load(home / "warehouse.duckdb", run.write())
    return home


def summary(home: Path, *, width: int = 80, terminal: bool = False) -> str:
    console = Console(
        file=io.StringIO(), width=width, force_terminal=terminal, highlight=False, markup=False, emoji=False
    )
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as connection:
        show(connection, command="partnerships --home data/demo", console=console)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with one run that is loaded; no test changes it."""
    home = tmp_path_factory.mktemp("home")
    return loaded(home, harvest(home))


def harvest(home: Path) -> Run:
    """Three case studies on two sites, one of them repeated on the other, a page that is none, and a failure."""
    run = Run(home)
    page = run.document("https://harbour.example/reading", [("Reading & governing", READING)])
    copy = run.document("https://copies.example/reading", [("The same again", READING)], source="copies")
    other = run.document("https://harbour.example/music", [("Music", "A concert for the town, once.")])
    menu = run.document("https://harbour.example/menu", [("Lunch", "Fish on Friday.")])
    for case in (page.case_studies[0], copy.case_studies[0]):
        run.label(
            case,
            species={
                "mentor": (0.91, "Mrs Lane trains them"),
                "governor": (0.62, "chairs the finance committee"),
            },
            stage="established",
            dimensions={"reciprocity": (2, "Both heads meet yearly"), "sustainability": (2, "each Friday")},
        )
    run.label(other.case_studies[0])
    run.label(menu.case_studies[0], case_study=(False, 0.1))
    run.duplicate(copy.case_studies[0], page.case_studies[0])
    run.failure("https://harbour.example/empty")
    return run


def line_of(text: str, start: str) -> str:
    (line,) = [line for line in text.splitlines() if line.startswith(start)]
    return " ".join(line.split())


def test_each_source_has_its_counts_and_its_failures_a_reason(home: Path) -> None:
    text = summary(home)
    assert line_of(text, "harbour ") == "harbour 3 3 2 1"
    assert line_of(text, "copies ") == "copies 1 1 1 0"
    assert "harbour: the page holds no text (https://harbour.example/empty)" in text
    assert (
        "4 case studies: 3 of partnership work, 2 of these with a partnership teacher; 1 repeats another,"
        in " ".join(text.split())
    )


def later_run(home: Path, outcome: str) -> Run:
    later = Run(home, run_id="20261125T130522Z-77aa")
    later.fetch("https://harbour.example/empty", outcome)
    return later


@pytest.mark.parametrize(("outcome", "is_shown"), [("skipped", True), ("error", True), ("new", False)])
def test_a_failure_is_shown_until_its_page_is_fetched(tmp_path: Path, outcome: str, is_shown: bool) -> None:
    text = summary(loaded(tmp_path, harvest(tmp_path), later_run(tmp_path, outcome)))
    assert line_of(text, "harbour ").endswith(" 1" if is_shown else " 0")
    assert ("the page holds no text" in text) == is_shown


def test_the_map_counts_each_species_by_stage_without_duplicates(home: Path) -> None:
    text = summary(home)
    assert line_of(text, "species ").startswith("species emerging established excellence")
    assert line_of(text, "mentor ") == "mentor · 1 · · 1"
    assert line_of(text, "secondee ") == "secondee · · · · ·"
    assert line_of(text, "none of these ") == "none of these · · · 1 1"


def test_one_case_study_is_shown_with_its_quotes_the_surest_first(home: Path) -> None:
    text = summary(home)
    assert "One of them: “Reading & governing” (harbour)" in text
    shown = " ".join(text[text.index("One of them") : text.index("Next:")].split())
    assert re.search(
        r"mentor 0\.91 “Mrs Lane trains them” governor 0\.62 “chairs the finance committee” stage established "
        r"reciprocity 2 “Both heads meet yearly” sustainability 2 “each Friday”",
        shown,
    )


def test_the_commands_to_try_are_whole_lines_that_work(home: Path) -> None:
    text = summary(home)
    commands = [shlex.split(line) for line in text.splitlines() if line.startswith("  partnerships ")]
    assert [words[:4] for words in commands] == [
        ["partnerships", "--home", "data/demo", "query"],
        ["partnerships", "--home", "data/demo", "explain"],
        ["partnerships", "--home", "data/demo", "export"],
    ]
    assert commands[2][4:] == ["export", "csv", "case-studies.csv"][1:]
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as connection:
        assert connection.execute(commands[0][4]).fetchall()
        assert connection.execute("select 1 from case_studies where id = ?", commands[1][4:]).fetchall()


def test_the_layout_fits_eighty_columns_and_is_plain_where_there_is_no_terminal(
    home: Path,
) -> None:
    text = summary(home, width=200)
    laid_out = text[: text.index("Next:")]
    assert max(map(len, laid_out.splitlines())) <= 80
    assert "\x1b" not in text
    assert [line for line in text.splitlines() if line != line.rstrip()] == []
    assert "\x1b[1m" in summary(home, terminal=True)


def test_words_from_the_web_bring_no_markup_and_no_control_character(tmp_path: Path) -> None:
    run = Run(tmp_path)
    text = "[red]She[/red] \x1b]0;pwned\x07 teaches\u202e physics at :smile: Marsh Lane."
    page = run.document("https://harbour.example/a", [("[bold]Phys\x1b[31mics", text)])
    run.label(page.case_studies[0], species={"mentor": (0.9, text)}, stage="established")
    shown = summary(loaded(tmp_path, run))
    assert "“[bold]Phys [31mics”" in shown
    assert "“[red]She[/red] ]0;pwned teaches physics at :smile: Marsh Lane.”" in " ".join(shown.split())
    assert not {"\x1b", "\x07", "\u202e"} & set(shown)


def test_a_snapshot_without_labels_is_summed_up_without_an_example(tmp_path: Path) -> None:
    run = Run(tmp_path)
    run.document("https://harbour.example/a", ["Nothing has been labelled yet."])
    text = summary(loaded(tmp_path, run))
    assert "1 case study: 0 of partnership work" in text
    assert "One of them" not in text
    assert "Next:" in text
