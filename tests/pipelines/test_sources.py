"""`partnerships sources`: what is configured, whether the files are right, and what a new site would need."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from pipelines import cli
from tests.pipelines import seven_kinds as county
from tests.serving import serving


def run(home: Path, *words: str) -> int:
    return cli.run(["--home", str(home), *words])


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / "home"
    home.mkdir()
    (home / "settings.toml").write_text('contact = "tests@county.example"\n')
    return home


def test_the_shipped_sources_are_right_and_all_inactive(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(home, "sources", "list") == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) >= 8
    assert all(" inactive " in line for line in lines)
    assert run(home, "sources", "check") == 0


def test_a_run_without_an_active_source_says_what_to_do(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(home, "run") == 1
    assert "no source is active" in capsys.readouterr().err


def test_a_source_of_ones_own_stands_beside_the_shipped_ones(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / "sources").mkdir()
    (home / "papers").mkdir()
    (home / "sources" / "mine.toml").write_text(
        f'title = "Mine"\nkind = "folder"\nstart = ["{home / "papers"}"]\n'
    )
    assert run(home, "sources", "list") == 0
    [line] = [line for line in capsys.readouterr().out.splitlines() if line.startswith("mine ")]
    assert " active " in line


def test_a_probed_site_gives_a_source_file_that_harvests(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with serving() as site:
        county.put_blog(site, 6)
        assert run(home, "sources", "probe", site.url("/blog/")) == 0
        shown = capsys.readouterr().out
        [path] = (home / "sources").glob("*.toml")
        proposal = tomllib.loads(path.read_text(encoding="utf-8"))
        assert (proposal["kind"], proposal["active"]) == ("wordpress", False)
        assert shown.count("words") >= 3
        assert path.read_text(encoding="utf-8").strip() in shown
        assert str(path) in shown
        assert run(home, "run", "--source", path.stem) == 0
    capsys.readouterr()
    assert run(home, "query", "select count(*) from case_studies", "--format", "csv") == 0
    assert capsys.readouterr().out.splitlines()[1] == "6"


def test_a_probe_never_writes_over_a_file(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with serving() as site:
        county.put_blog(site, 3)
        assert run(home, "sources", "probe", site.url("/blog/"), "--output", str(home / "settings.toml")) == 1
    assert "is there already" in capsys.readouterr().err
    assert (home / "settings.toml").read_text() == 'contact = "tests@county.example"\n'


def test_a_check_that_fetches_names_the_source_that_does_not_answer(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = home.parent / "sources"
    folder.mkdir()
    with serving() as site:
        county.put_pages(site, 2)
        for name, path in (("right", "/review.html"), ("wrong", "/nowhere.html")):
            (folder / f"{name}.toml").write_text(
                f'title = "{name}"\nkind = "pages"\nstart = ["{site.url(path)}"]\ndelay = 0\n'
            )
        assert run(home, "sources", "check", "--sources", str(folder), "--fetch") == 1
    captured = capsys.readouterr()
    assert "right: answers" in captured.out
    assert captured.err.startswith("wrong: ")
