"""The steps, one by one and joined."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from classifiers import load_model
from pipelines import cli, steps
from pipelines.home import Home
from pipelines.runs import begin
from tests.pipelines import seven_kinds as county


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with a source of its own: a folder that tests fill."""
    home = tmp_path / "home"
    (home / "sources").mkdir(parents=True)
    (tmp_path / "papers").mkdir()
    (home / "settings.toml").write_text('contact = "tests@county.example"\n')
    (home / "sources" / "papers.toml").write_text(
        f'title = "Papers"\nkind = "folder"\nstart = ["{tmp_path / "papers"}"]\n[split]\nheading = "h2"\n'
    )
    return home


def put(home: Path, name: str, numbers: list[int]) -> None:
    """Write a page that holds these stories, a heading each."""
    stories = [county.story("papers", number) for number in numbers]
    sections = "".join(
        f"<h2>{title}</h2>" + "".join(f"<p>{text}</p>" for text in texts) for title, texts in stories
    )
    page = f"<html><body><main><h1>Stories</h1>{sections}</main></body></html>"
    (home.parent / "papers" / name).write_text(page, encoding="utf-8")


def rows(home: Path, sql: str, capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    capsys.readouterr()
    assert cli.run(["--home", str(home), "query", sql, "--format", "jsonl"]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_the_steps_alone_leave_what_a_run_leaves(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(home, "one.html", [0, 1])
    for step in ("harvest", "classify", "load", "publish"):
        assert cli.run(["--home", str(home), step]) == 0
    alone = rows(home, "select * exclude (fetched_at, version_id) from case_studies order by id", capsys)
    other = home.parent / "other"
    (other / "sources").mkdir(parents=True)
    for name in ("settings.toml", "sources/papers.toml"):
        (other / name).write_text((home / name).read_text())
    assert cli.run(["--home", str(other), "run"]) == 0
    assert (
        rows(other, "select * exclude (fetched_at, version_id) from case_studies order by id", capsys)
        == alone
    )
    assert len(alone) == 2


def test_a_step_without_work_says_so(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["--home", str(home), "classify"]) == 0
    assert cli.run(["--home", str(home), "load"]) == 0
    assert capsys.readouterr().out.count("nothing to") == 2
    assert cli.run(["--home", str(home), "publish"]) == 1


def test_a_case_study_that_its_page_no_longer_holds_hides_no_other(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    counted = "select count(*) as n from case_studies where duplicate_of is null"
    put(home, "one.html", [0, 1])
    put(home, "two.html", [0, 2])
    put(home, "three.html", [0, 3])
    assert cli.run(["--home", str(home), "run"]) == 0
    assert rows(home, counted, capsys) == [{"n": 4}]
    [head] = rows(
        home, "select distinct duplicate_of as id from case_studies where duplicate_of is not null", capsys
    )
    [where] = rows(home, f"select url from case_studies where id = '{head['id']}'", capsys)
    name = str(where["url"]).rsplit("/", 1)[1]
    put(home, name, [{"one.html": 1, "two.html": 2, "three.html": 3}[name]])
    assert cli.run(["--home", str(home), "run"]) == 0
    assert rows(home, counted, capsys) == [{"n": 4}]
    assert rows(home, "select count(*) as n from case_studies", capsys) == [{"n": 5}]


def test_a_new_model_labels_what_the_warehouse_holds(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    put(home, "one.html", [0])
    assert cli.run(["--home", str(home), "run"]) == 0
    assert cli.run(["--home", str(home), "classify"]) == 0
    assert "0 case studies classified" in capsys.readouterr().out
    other = replace(load_model(), card=load_model().card | {"seed": 99})
    assert other.id != load_model().id
    monkeypatch.setattr("classifiers.model.load_model", lambda path=None: other)
    assert cli.run(["--home", str(home), "run"]) == 0
    assert rows(home, "select distinct model from case_studies", capsys) == [{"model": other.id}]


def test_runs_are_in_the_order_of_their_ids_also_where_the_clock_went_back(tmp_path: Path) -> None:
    (tmp_path / "runs" / "20991231T235959Z-ffff").mkdir(parents=True)
    ids = [begin(Home(tmp_path)).run_id for _ in range(5)]
    assert ids == sorted(ids)
    assert ids[0].startswith("21000101T000000Z-")


def test_a_host_has_one_visitor_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from spiders.source import Source

    at_work, most = set[str](), list[int]()

    def harvest(source: Source, **_: object) -> None:
        at_work.add(source.id)
        most.append(len(at_work))
        time.sleep(0.05)  # long enough for another thread to come in, were it let in
        at_work.remove(source.id)

    monkeypatch.setattr("spiders.harvest.harvest", harvest)
    run = begin(Home(tmp_path))
    same = [Source(f"s{n}", "S", "pages", ("http://one.example/",)) for n in range(4)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda source: steps.harvest_source(run, Home(tmp_path), source), same))
    assert most == [1, 1, 1, 1]
    others = [Source(f"t{n}", "S", "pages", (f"http://host{n}.example/",)) for n in range(4)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda source: steps.harvest_source(run, Home(tmp_path), source), others))
    assert max(most) > 1
