"""From source files of all seven kinds to a published snapshot, and again: over real HTTP, in real files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from pipelines import cli
from tests.pipelines import seven_kinds as county
from tests.serving import Reply, Site, serving

BLOG, TRUST, PROJECTS, NEWS, CRAWL, REPORT = 13, 4, 7, 5, 3, 9
CASE_STUDIES = {
    "blog": BLOG,
    "trust": TRUST,
    "projects": PROJECTS,
    "news": NEWS,
    "review": 3,
    "report": REPORT,
    "papers": 4,
    "crawl": CRAWL,
}


@dataclass
class County:
    site: Site
    home: Path
    sources: Path


@pytest.fixture(scope="module")
def harvested(tmp_path_factory: pytest.TempPathFactory) -> Iterator[County]:
    """The county's sources, run once."""
    folder = tmp_path_factory.mktemp("county")
    with serving() as site:
        county.put_blog(site, BLOG)
        county.put_sitemap(site, TRUST)
        county.put_listing(site, PROJECTS)
        county.put_feed(site, NEWS)
        county.put_pages(site, REPORT)
        county.make_folder(folder / "files" / "papers")
        county.make_archive(folder / "files" / "crawl.warc.gz", CRAWL)
        county.write_sources(site, folder / "sources", folder / "files")
        here = County(site, folder / "home", folder / "sources")
        (here.home).mkdir()
        (here.home / "settings.toml").write_text('contact = "tests@county.example"\n')
        assert run(here, "run", "--sources", str(here.sources)) == 0
        yield here


def run(here: County, *words: str) -> int:
    return cli.run(["--home", str(here.home), *words])


def rows(here: County, sql: str, capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    capsys.readouterr()
    assert run(here, "query", sql, "--format", "jsonl") == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_every_kind_loads_what_its_site_holds(harvested: County, capsys: pytest.CaptureFixture[str]) -> None:
    found = rows(harvested, "select source, count(*) as n from case_studies group by source", capsys)
    assert {row["source"]: row["n"] for row in found} == CASE_STUDIES


def test_titles_and_texts_are_those_of_the_pages(
    harvested: County, capsys: pytest.CaptureFixture[str]
) -> None:
    found = rows(harvested, "select source, title, text from case_studies", capsys)
    for kind, source, count in (
        ("blog", "blog", BLOG),
        ("trust", "trust", TRUST),
        ("report", "report", REPORT),
        ("review", "review", 3),
    ):
        by_title = {row["title"]: str(row["text"]) for row in found if row["source"] == source}
        for number in range(count):
            title, paragraphs = county.story(kind, number)
            assert title in by_title
            for paragraph in paragraphs:
                assert paragraph in by_title[title].replace("\n", " ")


def test_the_furniture_of_pages_is_left_out(harvested: County, capsys: pytest.CaptureFixture[str]) -> None:
    found = rows(harvested, "select text from case_studies where source <> 'papers'", capsys)
    texts = "\n".join(str(row["text"]) for row in found)
    assert "Tuesday" in texts
    for furniture in ("cookies", "Admissions", "Copyright", "Annual Review", "Page 1"):
        assert furniture not in texts


def test_the_sites_are_told_who_asks_and_how_to_reach_them(harvested: County) -> None:
    assert harvested.site.agents
    assert all("tests@county.example" in agent for agent in harvested.site.agents)


def test_a_second_run_fetches_nothing_that_has_not_changed(
    harvested: County, capsys: pytest.CaptureFixture[str]
) -> None:
    before = rows(harvested, "select id, text, fetched_at from case_studies order by id", capsys)
    bodies = sorted((harvested.home / "bodies").rglob("*.zst"))
    harvested.site.asked.clear()
    assert run(harvested, "run", "--sources", str(harvested.sources)) == 0
    pages = [
        path
        for path in harvested.site.bodies_sent()
        if "/post-" in path or path.endswith((".html", ".pdf", "/"))
    ]
    assert [path for path in pages if path not in ("/blog/", "/blog/wp-json/")] == []
    assert sorted((harvested.home / "bodies").rglob("*.zst")) == bodies
    assert rows(harvested, "select count(distinct checksum) as n from snapshots", capsys) == [{"n": 1}]
    assert rows(harvested, "select * from changes", capsys) == []
    assert rows(harvested, "select id, text, fetched_at from case_studies order by id", capsys) == before


def test_an_analysts_open_session_neither_blocks_a_run_nor_is_disturbed(harvested: County) -> None:
    import duckdb

    with duckdb.connect(str(harvested.home / "published" / "current.duckdb"), read_only=True) as session:
        count = session.execute("select count(*) from case_studies").fetchall()
        harvested.site.pages["/trust/0/"] = Reply(county.page("trust", 8))
        listing = harvested.site.pages["/trust-pages.xml"]
        assert isinstance(listing, Reply)
        newer = listing.data.replace(b"2024-05-01", b"2024-06-01")
        harvested.site.pages["/trust-pages.xml"] = Reply(newer, "application/xml")
        assert run(harvested, "run", "--sources", str(harvested.sources), "--source", "trust") == 0
        assert session.execute("select count(*) from case_studies").fetchall() == count
        old = county.story("trust", 0)[0]
        assert session.execute("select count(*) from case_studies where title = ?", [old]).fetchall() == [
            (1,)
        ]
    with duckdb.connect(str(harvested.home / "published" / "current.duckdb"), read_only=True) as session:
        new = county.story("trust", 8)[0]
        assert session.execute("select count(*) from case_studies where title = ?", [new]).fetchall() == [
            (1,)
        ]


def test_an_export_holds_every_case_study(harvested: County, tmp_path: Path) -> None:
    assert run(harvested, "export", "jsonl", str(tmp_path / "corpus.jsonl")) == 0
    lines = [
        json.loads(line) for line in (tmp_path / "corpus.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    assert len(lines) == sum(CASE_STUDIES.values())
    assert [line["id"] for line in lines] == sorted(line["id"] for line in lines)
    assert {line["licence"] for line in lines} == {"Invented Licence"}
