"""A source that breaks says so in words, and what was held before stays."""

import fcntl
from pathlib import Path

import pytest

from spiders.source import SourceError
from tests.spiders.conftest import Harvester
from tests.spiders.test_kinds import wordpress
from tests.spiders.website import Reply, Website, article, listing


def directory(site: Website, *numbers: int, more: str = "") -> str:
    site.pages["/all/"] = listing([f"/case/{number}/" for number in numbers])
    site.pages |= {f"/case/{number}/": article(f"Case {number}", number) for number in numbers}
    return f'title="D"\nkind="listing"\nstart=["{site.url("/all/")}"]\n{more}\n[select]\nitem="li a"\n'


def test_a_selector_that_finds_nothing_fails_the_source(site: Website, harvested: Harvester) -> None:
    source = directory(site, 1, 2)
    assert harvested(source).result.ok
    site.pages["/all/"] = listing([]).replace(
        "<ul>", '<div class="cards"><a href="/case/1/">one</a></div><ul>'
    )
    run = harvested(source)
    assert not run.result.ok
    assert run.result.message == f"{site.url('/all/')} answers, but the selector item = 'li a' finds nothing"
    assert run.result.document_count == 2


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"/all/": Reply("", 500)}, "/all/ cannot be read: answers 500"),
        (
            {"/case/1/": Reply("", 404), "/case/2/": Reply("", 404)},
            "of 2 documents found, none could be harvested",
        ),
        ({"/case/1/": "<html><body></body></html>", "/case/2/": Reply("", 403)}, "none could be harvested"),
    ],
)
def test_a_source_that_yields_nothing_says_why(
    site: Website, harvested: Harvester, change: dict[str, Reply | str], words: str
) -> None:
    source = directory(site, 1, 2)
    site.pages |= change
    run = harvested(source)
    assert not run.result.ok
    assert words in str(run.result.message)
    assert run.lines("documents") == []


def test_a_wordpress_of_which_a_page_cannot_be_had_fails_and_keeps_what_came(
    site: Website, harvested: Harvester
) -> None:
    wordpress(site, 23, most=10)
    whole = site.pages["/wp-json/wp/v2/posts"]
    assert callable(whole)
    site.pages["/wp-json/wp/v2/posts"] = lambda asked: (
        Reply("", 500) if asked.query.get("page") == "2" else whole(asked)
    )
    source = f'title="W"\nkind="wordpress"\nstart=["{site.url("/")}"]\n'
    run = harvested(source)
    assert not run.result.ok
    assert run.result.message == "page 2 of posts answers 500; 10 held"
    assert len(run.lines("documents")) == 10
    site.pages["/wp-json/wp/v2/posts"] = whole
    good = harvested(source)
    assert good.result.ok, good.result.message
    assert good.result.document_count == 23


def test_a_listing_or_sitemap_of_which_a_part_cannot_be_had_fails(
    site: Website, harvested: Harvester
) -> None:
    site.pages |= {f"/case/{number}/": article(f"Case {number}", number) for number in (1, 2)}
    site.pages |= {"/all/": listing(["/case/1/"], "/all/2/"), "/all/2/": Reply("", 500)}
    source = (
        f'title="D"\nkind="listing"\nstart=["{site.url("/all/")}"]\n[select]\nitem="li a"\nnext="a.next"\n'
    )
    run = harvested(source)
    assert run.result.message == f"{site.url('/all/2/')} answers 500; 1 held"
    assert run.titles() == ["Case 1"]
    parts = "".join(f"<sitemap><loc>{site.url(path)}</loc></sitemap>" for path in ("/1.xml", "/2.xml"))
    xml = "application/xml"
    site.pages |= {
        "/map.xml": Reply(f"<sitemapindex>{parts}</sitemapindex>", content_type=xml),
        "/1.xml": Reply(f"<urlset><url><loc>{site.url('/case/2/')}</loc></url></urlset>", content_type=xml),
        "/2.xml": Reply("", 500),
    }
    mapped = harvested(
        harvested.source(f'title="S"\nkind="sitemap"\nstart=["{site.url("/map.xml")}"]\n', "mapped")
    )
    assert mapped.result.message == f"the sitemap {site.url('/2.xml')} answers 500; 1 held"
    assert mapped.titles() == ["Case 2"]


def test_a_stale_link_of_a_listing_fails_no_source(site: Website, harvested: Harvester) -> None:
    site.pages |= {"/case/1/": article("Case 1", 1), "/all/": listing(["/case/1/"], "/all/gone/")}
    run = harvested(
        f'title="D"\nkind="listing"\nstart=["{site.url("/all/")}"]\n[select]\nitem="li a"\nnext="a.next"\n'
    )
    assert (run.result.ok, run.titles()) == (True, ["Case 1"])
    assert [failure["url"] for failure in run.lines("failures")] == [site.url("/all/gone/")]


def test_allow_that_takes_nothing_is_named(site: Website, harvested: Harvester) -> None:
    run = harvested(directory(site, 1, 2, more="allow=['/other/']"))
    assert run.result.message == "names 2 pages, but allow and deny take none of them"


def test_a_yield_out_of_bounds_is_held_back_until_one_is_within(site: Website, harvested: Harvester) -> None:
    source = directory(site, *range(1, 6)) + "[expect]\nmin=4\nmax=6\n"
    assert harvested(source).result.ok
    directory(site, 1, 2)
    site.pages["/case/1/"] = article("Down for maintenance", 90)
    few = harvested(source)
    assert not few.result.ok
    assert str(few.result.message).startswith("found 2 case studies; expect.min is 4")
    assert few.lines("documents") == few.lines("sightings") == []
    assert few.lines("fetches")
    directory(site, *range(1, 10))
    many = harvested(source)
    assert "expect.max is 6" in str(many.result.message)
    directory(site, *range(1, 7))
    for number in (7, 8, 9):
        del site.pages[f"/case/{number}/"]
    good = harvested(source)
    assert good.result.ok, good.result.message
    titles = good.titles()
    assert "Down for maintenance" not in titles
    assert "Case 6" in titles


def test_a_yield_far_below_the_source_s_own_history_fails_it(site: Website, harvested: Harvester) -> None:
    source = directory(site, *range(1, 13))
    assert harvested(source).result.ok
    directory(site, 1, 2, 3)
    run = harvested(source)
    assert not run.result.ok
    assert str(run.result.message).startswith("found 3 case studies, usually 12")
    assert run.result.document_count == 12


def test_a_source_that_is_being_harvested_is_left_alone(site: Website, harvested: Harvester) -> None:
    source = harvested.source(directory(site, 1))
    lock = harvested.home / "harvest" / source.id / "lock"
    lock.parent.mkdir(parents=True)
    with lock.open("wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        run = harvested(source, load=False)
    assert not run.result.ok
    assert "another process" in str(run.result.message)
    assert site.asked == []


def test_a_ledger_that_is_none_is_named(site: Website, harvested: Harvester) -> None:
    source = harvested.source(directory(site, 1))
    ledger = harvested.home / "harvest" / source.id / "ledger.sqlite"
    ledger.parent.mkdir(parents=True)
    ledger.write_bytes(b"not a database at all, but long enough to be looked at" * 20)
    run = harvested(source, load=False)
    assert not run.result.ok
    assert "ledger.sqlite" in str(run.result.message)


def test_without_a_contact_nothing_is_harvested(site: Website, harvested: Harvester, tmp_path: Path) -> None:
    from spiders.harvest import harvest

    with pytest.raises(SourceError, match="no contact is set"):
        harvest(harvested.source(directory(site, 1)), home=tmp_path, run_id="r", contact=" ")
    assert site.asked == []
