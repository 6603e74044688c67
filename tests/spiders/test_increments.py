"""A second run asks for little, and knows what is new, changed, gone or the same."""

import datetime as dt
import json

import pytest

from spiders.harvest import progress
from spiders.records import says_absent
from tests.spiders.conftest import Harvester
from tests.spiders.website import Reply, Website, article, listing

NOW = dt.datetime(2026, 11, 24, 13, 5, tzinfo=dt.UTC)


def directory(site: Website, *numbers: int) -> str:
    site.pages["/all/"] = listing([f"/case/{number}/" for number in numbers])
    site.pages |= {f"/case/{number}/": article(f"Case {number}", number) for number in numbers}
    return f'title="D"\nkind="listing"\nstart=["{site.url("/all/")}"]\n[select]\nitem="li a"\n'


def test_a_second_run_is_told_what_has_not_changed(site: Website, harvested: Harvester) -> None:
    source = directory(site, 1, 2, 3)
    site.pages["/case/3/"] = Reply(article("Case 3", 3), validators=False)
    first = harvested(source)
    bodies = sorted((harvested.home / "bodies").rglob("*.zst"))
    second = harvested(source)
    assert progress("harbour", home=harvested.home, run_id=second.result.run_id) == (3, 0)
    assert progress("other", home=harvested.home, run_id="none") == (0, 0)
    assert sorted(first.outcomes().values()) == ["new"] * 3
    assert second.outcomes() == {
        site.url("/case/1/"): "not_modified",
        site.url("/case/2/"): "not_modified",
        site.url("/case/3/"): "unchanged",
    }
    assert second.lines("documents") == second.lines("case_studies") == []
    assert len(second.lines("sightings")) == 3
    assert sorted((harvested.home / "bodies").rglob("*.zst")) == bodies
    assert (second.result.new_count, second.result.unchanged_count, second.result.document_count) == (0, 3, 3)


def test_furniture_that_changes_makes_no_new_version_and_text_does(
    site: Website, harvested: Harvester
) -> None:
    source = directory(site, 1, 2)
    first = harvested(source)
    site.pages["/case/1/"] = article("Case 1", 1).replace("Registered charity", "42 visitors today")
    site.pages["/case/2/"] = article("Case 2", 7)
    second = harvested(source)
    assert second.outcomes() == {site.url("/case/1/"): "unchanged", site.url("/case/2/"): "changed"}
    before = {line["url"]: line["document_id"] for line in first.lines("documents")}
    changed = second.lines("documents")
    assert [(line["url"], line["document_id"]) for line in changed] == [
        (site.url("/case/2/"), before[site.url("/case/2/")])
    ]


def test_new_pages_are_found_and_old_ones_that_are_no_longer_listed_are_still_asked_for(
    site: Website, harvested: Harvester
) -> None:
    source = directory(site, 1, 2)
    harvested(source)
    directory(site, 2, 3)
    run = harvested(source)
    assert run.outcomes() == {
        site.url("/case/1/"): "not_modified",
        site.url("/case/2/"): "not_modified",
        site.url("/case/3/"): "new",
    }


def test_a_page_is_gone_after_two_weeks_of_404_and_back_when_it_answers(
    site: Website, harvested: Harvester
) -> None:
    source = directory(site, 1, 2)
    harvested(source, now=NOW)
    gone = site.pages.pop("/case/1/")
    early = harvested(source, now=NOW + dt.timedelta(days=1))
    assert early.outcomes()[site.url("/case/1/")] == "gone"
    assert not any(line["gone_at"] for line in early.lines("sightings"))
    assert early.result.document_count == 2
    late = harvested(source, now=NOW + dt.timedelta(days=16))
    assert [line["gone_at"] for line in late.lines("sightings") if line["seen_at"] is None] == [
        "2026-12-10T13:05:00Z"
    ]
    assert late.result.document_count == 1
    site.pages["/case/1/"] = gone
    back = harvested(source, now=NOW + dt.timedelta(days=17))
    assert back.result.document_count == 2


def test_a_page_that_says_not_found_with_200_is_missing_and_not_a_new_version(
    site: Website, harvested: Harvester
) -> None:
    source = directory(site, 1, 2)
    harvested(source)
    site.pages["/case/1/"] = article(
        "Page not found", 0, body="<p>Sorry, we looked everywhere. Try our home page.</p>"
    )
    run = harvested(source)
    assert run.outcomes()[site.url("/case/1/")] == "gone"
    assert run.reasons() == {site.url("/case/1/"): "soft_404"}
    assert run.lines("documents") == []


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("Page not found", "Sorry, we looked everywhere."),
        ("Not Found", "The requested URL was not found on this server."),
        ("Oops!", "The page that you are looking for no longer exists."),
    ],
)
def test_a_page_that_says_that_it_is_not_there_says_so_the_first_time(title: str, text: str) -> None:
    assert says_absent(title, text)


def test_a_short_case_study_is_not_taken_for_a_page_that_is_not_there() -> None:
    assert not says_absent("Nothing found wanting: choirs", "Two choirs of the harbour sang together in May.")
    assert not says_absent("Errors that teach", "Pupils found what could not be found in any textbook.")


def test_a_page_that_says_not_found_with_200_never_becomes_a_document(
    site: Website, harvested: Harvester
) -> None:
    source = directory(site, 1, 2)
    site.pages["/case/1/"] = article("Page not found", 0, body="<p>Sorry, we looked everywhere.</p>")
    run = harvested(source)
    assert run.titles() == ["Case 2"]
    assert run.reasons() == {site.url("/case/1/"): "soft_404"}


def test_410_is_gone_at_once(site: Website, harvested: Harvester) -> None:
    source = directory(site, 1, 2)
    harvested(source)
    site.pages["/case/1/"] = Reply("", 410)
    assert [bool(line["gone_at"]) for line in harvested(source).lines("sightings")].count(True) == 1


def test_what_was_not_loaded_is_written_again(site: Website, harvested: Harvester) -> None:
    source = directory(site, 1, 2)
    harvested(source, load=False)
    second = harvested(source)
    assert second.titles() == ["Case 1", "Case 2"]
    assert len(second.lines("fetches")) == 8
    assert harvested(source).lines("documents") == []


def test_a_source_file_that_changes_reads_the_kept_bodies_anew(site: Website, harvested: Harvester) -> None:
    source = directory(site, 1, 2)
    harvested(source)
    site.asked.clear()
    run = harvested(source.replace("[select]\n", 'licence="OGL 3"\n[select]\n'))
    assert set(run.outcomes().values()) == {"changed"}
    assert {line["licence"] for line in run.lines("documents")} == {"OGL 3"}
    assert all("if-none-match" in asked.headers for asked in site.asked if asked.path.startswith("/case/"))


def test_again_reads_kept_bodies_without_the_network(site: Website, harvested: Harvester) -> None:
    source = directory(site, 1, 2)
    harvested(source)
    site.asked.clear()
    same = harvested(source, again=True)
    assert same.result.ok, same.result.message
    assert set(same.outcomes().values()) == {"skipped"}
    split = harvested(source + '[split]\nheading="h1"\n', again=True)
    assert split.result.changed_count == len(split.lines("documents"))
    assert site.asked == []


def test_a_page_under_two_addresses_is_one_document(site: Website, harvested: Harvester) -> None:
    page = article("Case 1", 1, head=f'<link rel="canonical" href="{site.url("/case/1/")}">')
    site.pages |= {
        "/case/1/": page,
        "/print?id=1": page,
        "/case/1/copy": Reply("", 301, headers={"Location": "/case/1/"}),
    }
    starts = [site.url(path) for path in ("/print?id=1", "/case/1/copy", "/case/1/")]
    run = harvested(f'title="P"\nkind="pages"\nstart={json.dumps(starts)}\n')
    assert [line["url"] for line in run.lines("documents")] == [site.url("/case/1/")]
    assert run.result.case_study_count == 1
    assert site.paths().count("/case/1/") <= 2


def test_a_canonical_link_that_does_not_hold_is_not_believed(site: Website, harvested: Harvester) -> None:
    head = f'<link rel="canonical" href="{site.url("/")}">'
    site.pages |= {"/": article("Home", 50)}
    site.pages |= {f"/case/{number}": article(f"Case {number}", number, head=head) for number in (1, 2)}
    foreign = '<link rel="canonical" href="https://elsewhere.example/x">'
    site.pages["/case/3"] = article("Case 3", 3, head=foreign)
    starts = [site.url(f"/case/{number}") for number in (1, 2, 3)]
    run = harvested(f'title="P"\nkind="pages"\nstart={json.dumps(starts)}\nallow=["/case/", "/$"]\n')
    assert {line["url"] for line in run.lines("documents")} >= set(starts)


def test_two_pages_that_call_one_another_canonical_are_two(site: Website, harvested: Harvester) -> None:
    for one, other in ((1, 2), (2, 1)):
        head = f'<link rel="canonical" href="{site.url(f"/case/{other}")}">'
        site.pages[f"/case/{one}"] = article(f"Case {one}", one, head=head)
    starts = [site.url(f"/case/{number}") for number in (1, 2)]
    run = harvested(f'title="P"\nkind="pages"\nstart={json.dumps(starts)}\n', time_limit=30)
    assert {line["url"] for line in run.lines("documents")} == set(starts)
