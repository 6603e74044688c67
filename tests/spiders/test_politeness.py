"""robots.txt, delays and patience."""

import asyncio
import time
from email.utils import formatdate
from itertools import pairwise

import pytest

from spiders.politeness import Host, describe, retry_after
from tests.spiders.conftest import Harvester
from tests.spiders.website import Asked, Reply, Website, article, listing

TEXT = "text/plain"


def pages(site: Website, *paths: str) -> str:
    site.pages |= {path: article(f"Page {path}", number) for number, path in enumerate(paths, 1)}
    starts = ", ".join(f'"{site.url(path)}"' for path in paths)
    return f'title="P"\nkind="pages"\nstart=[{starts}]\n'


def test_robots_txt_is_obeyed_and_its_refusals_are_failures(site: Website, harvested: Harvester) -> None:
    site.pages["/robots.txt"] = Reply(
        "User-agent: *\nAllow: /\n\nUser-agent: partnerships\nDisallow: /private/\nDisallow: /*.pdf$\n",
        content_type=TEXT,
    )
    run = harvested(pages(site, "/a", "/private/b", "/c.pdf"))
    assert run.titles() == ["Page /a"]
    assert set(run.reasons().values()) == {"robots"}
    assert sorted(set(site.paths())) == ["/a", "/robots.txt"]
    assert {line["outcome"] for line in run.lines("fetches")} == {"new", "blocked"}


def test_a_group_of_robots_txt_is_ours_whatever_version_and_case_it_names(
    site: Website, harvested: Harvester
) -> None:
    site.pages["/robots.txt"] = Reply(
        "User-Agent: *\r\nDisallow:\r\n\r\nUser-Agent: other/1.0\r\n"
        "User-Agent: Partnerships/0.1 (research)\r\nDisallow: /private/\r\n\r\n"
        "User-Agent: partnerships-bot\r\nDisallow: /\r\n",
        content_type=TEXT,
    )
    run = harvested(pages(site, "/a", "/private/b"))
    assert run.titles() == ["Page /a"]
    assert set(run.reasons().values()) == {"robots"}


@pytest.mark.parametrize("reply", [Reply("", 503), Reply("", drop=True)])
def test_a_robots_txt_that_cannot_be_reached_forbids_all(
    site: Website, harvested: Harvester, reply: Reply
) -> None:
    source = pages(site, "/a")
    site.pages["/robots.txt"] = reply
    run = harvested(source)
    assert not run.result.ok
    assert "robots.txt" in str(run.result.message)
    assert set(site.paths()) == {"/robots.txt"}
    assert set(run.reasons().values()) == {"robots_unreachable"}
    for line in run.lines("failures"):
        assert "twisted" not in line["detail"].lower()
        assert "answers 503" in line["detail"] or "closed before the whole answer came" in line["detail"]


@pytest.mark.parametrize("status", [403, 404])
def test_a_robots_txt_that_is_not_there_allows_all(site: Website, harvested: Harvester, status: int) -> None:
    source = pages(site, "/a")
    site.pages["/robots.txt"] = Reply("", status)
    assert harvested(source).result.document_count == 1


def test_the_longer_of_delay_and_crawl_delay_parts_the_requests(site: Website, harvested: Harvester) -> None:
    site.pages["/robots.txt"] = Reply("User-agent: *\nCrawl-delay: 0.4\n", content_type=TEXT)
    harvested(pages(site, "/a", "/b", "/c") + "delay=0.1\n")
    times = [asked.at for asked in site.asked]
    assert len(times) == 4
    assert min(later - earlier for earlier, later in pairwise(times)) >= 0.4


def test_a_request_names_the_project_and_the_contact_and_is_alone(
    site: Website, harvested: Harvester
) -> None:
    at_once = [0, 0]

    def slow(asked: Asked) -> Reply:
        at_once[0] += 1
        at_once[1] = max(at_once)
        time.sleep(0.05)
        at_once[0] -= 1
        return Reply(article("A", 1))

    paths = [f"/{number}" for number in range(5)]
    source = pages(site, *paths)
    site.pages |= dict.fromkeys(paths, slow)
    harvested(source)
    assert at_once[1] == 1
    agents = {asked.headers["user-agent"] for asked in site.asked}
    assert len(agents) == 1
    assert agents.pop().startswith("partnerships/")
    assert "lab@harbour.example" in site.asked[0].headers["user-agent"]
    assert not any("cookie" in asked.headers for asked in site.asked)


def test_a_host_that_asks_for_patience_is_left_alone_for_so_long(site: Website, harvested: Harvester) -> None:
    source = pages(site, "/a", "/b", "/c")
    refused: list[float] = []

    def busy(asked: Asked) -> Reply:
        if not refused:
            refused.append(asked.at)
            return Reply("", 429, headers={"Retry-After": "1"})
        return Reply(article("A", 1))

    site.pages["/a"] = busy
    run = harvested(source)
    assert run.result.document_count == 3
    later = [asked.at for asked in site.asked if asked.at > refused[0]]
    assert later
    assert min(later) - refused[0] >= 1


def test_a_host_that_asks_for_an_hour_is_asked_no_more_and_the_next_run_goes_on(
    site: Website, harvested: Harvester
) -> None:
    source = pages(site, "/a", "/b", "/c")
    ready = site.pages["/b"]
    site.pages["/b"] = Reply("", 503, headers={"Retry-After": "3600"})
    run = harvested(source)
    assert not run.result.ok
    assert "asks to wait" in str(run.result.message)
    assert run.result.document_count == 1
    assert "/c" not in site.paths()
    site.pages["/b"] = ready
    site.asked.clear()
    blocked = harvested(source)
    assert not blocked.result.ok
    assert site.asked == []


def test_a_host_that_fails_and_fails_is_given_up(site: Website, harvested: Harvester) -> None:
    paths = [f"/{number}" for number in range(12)]
    source = pages(site, *paths)
    site.pages |= {path: Reply("", 500) for path in paths[2:]}
    run = harvested(source)
    assert run.result.document_count == 2
    assert "in a row" in str(run.result.message)
    assert len(site.asked) == 1 + 2 + 9


def test_retry_after_is_seconds_or_a_date() -> None:
    assert retry_after(b"7") == 7
    assert 50 < (retry_after(formatdate(time.time() + 60, usegmt=True).encode()) or 0) <= 60
    assert retry_after(b"soon") is None
    assert retry_after(None) is None


def test_what_went_wrong_is_said_in_words() -> None:
    from OpenSSL.SSL import Error
    from scrapy.exceptions import DownloadFailedError
    from twisted.internet.error import ConnectionLost
    from twisted.python.failure import Failure
    from twisted.web.client import ResponseNeverReceived

    lost = ResponseNeverReceived([Failure(ConnectionLost())])
    wrapped = DownloadFailedError(str(lost))
    wrapped.__cause__ = lost
    unsafe = ResponseNeverReceived([Failure(Error([("SSL routines", "", "certificate verify failed")]))])
    unknown = DownloadFailedError("[<twisted.python.failure.Failure x.Y: z>]")
    said = [describe(one) for one in (lost, wrapped, unsafe, unknown, TimeoutError("after 60 seconds"))]
    assert all("twisted" not in words and "<" not in words and "[" not in words for words in said)
    assert said[0].startswith("the connection was closed before the whole answer came")
    assert said[1].startswith("the connection was closed before the whole answer came")
    assert "no safe connection" in said[2]
    assert said[3:] == ["the connection failed", "no answer in time: after 60 seconds"]


def test_a_turn_waits_for_the_pause() -> None:
    async def measure() -> float:
        host = Host("harbour.example", delay=0)
        host.pause(0.05)
        began = time.monotonic()
        await host.turn()
        return time.monotonic() - began

    assert asyncio.run(measure()) >= 0.05


def test_a_limit_is_kept(site: Website, harvested: Harvester) -> None:
    site.pages["/all"] = listing([f"/{number}" for number in range(9)])
    site.pages |= {f"/{number}": article(f"{number}", number) for number in range(9)}
    source = (
        f'title="L"\nkind="listing"\nstart=["{site.url("/all")}"]\n[select]\nitem="li a"\n[expect]\nmin=5\n'
    )
    run = harvested(source, limit=3)
    assert run.result.ok, run.result.message
    assert run.result.document_count == 3
    assert harvested(source).result.document_count == 9
    most = harvested(harvested.source(source.replace("[select]", "max_documents=4\n[select]"), "most"))
    assert most.result.document_count == 4
    assert "max_documents" in most.reasons().values()
