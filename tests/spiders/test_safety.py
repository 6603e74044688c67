"""A source's hosts and nothing else; bounds on what hostile sites send."""

import gzip
import json
import threading
from pathlib import Path
from typing import Any

import pytest

from spiders.resolver import PrivateAddressError, _checked
from spiders.workers import Workers
from tests.spiders.conftest import Harvester
from tests.spiders.website import Reply, Website, article, website

JOB: dict[str, Any] = {
    "url": "https://harbour.example/a", "content_type": "text/html", "charset": None, "split": None, "given": {},
    "select": {"item": None, "next": None, "title": None, "body": None, "published": None},
}  # fmt: skip


def test_a_redirect_that_leaves_the_host_or_its_port_is_not_followed(
    site: Website, harvested: Harvester
) -> None:
    with website() as other:
        other.pages["/x"] = article("X", 1)
        site.pages |= {
            "/a": article("A", 1),
            "/port": Reply("", 302, headers={"Location": other.url("/x")}),
            "/host": Reply("", 302, headers={"Location": "http://localhost:1/x"}),
            "/file": Reply("", 302, headers={"Location": "file:///etc/passwd"}),
            "/loop": Reply("", 302, headers={"Location": "/loop"}),
            "/meta": f'<html><head><meta http-equiv="refresh" content="0; url={other.url("/x")}"></head></html>',
        }
        starts = [site.url(path) for path in ("/a", "/port", "/host", "/file", "/loop", "/meta")]
        run = harvested(f'title="P"\nkind="pages"\nstart={json.dumps(starts)}\n')
        assert other.asked == []
    reasons = run.reasons()
    assert (
        reasons[site.url("/port")]
        == reasons[site.url("/host")]
        == reasons[site.url("/meta")]
        == "outside_hosts"
    )
    assert reasons[site.url("/loop")] == "too_many_redirects"
    assert site.url("/file") in reasons
    assert run.titles() == ["A"]


def test_links_to_other_hosts_are_failures_and_not_asked_for(site: Website, harvested: Harvester) -> None:
    with website() as other:
        site.pages["/map.xml"] = Reply(
            f"<urlset><url><loc>{other.url('/x')}</loc></url><url><loc>{site.url('/a')}</loc></url></urlset>",
            content_type="application/xml",
        )
        site.pages["/a"] = article("A", 1)
        run = harvested(f'title="S"\nkind="sitemap"\nstart=["{site.url("/map.xml")}"]\n')
        assert other.asked == []
        assert run.reasons() == {other.url("/x"): "outside_hosts"}


def test_what_is_too_large_as_sent_or_inflated_is_a_failure(site: Website, harvested: Harvester) -> None:
    bomb = gzip.compress(b"<p>" + b"\0" * (200 << 20))
    packed = {"Content-Encoding": "gzip"}
    site.pages |= {
        "/bomb": Reply(bomb, headers=packed),
        "/bomb.xml": Reply(bomb, content_type="application/gzip"),
        "/twice": Reply(gzip.compress(bomb), headers={"Content-Encoding": "gzip, gzip"}),
        "/long": Reply(b"a" * (65 << 20)),
        "/a": article("A", 1),
    }
    starts = [site.url(path) for path in ("/bomb", "/twice", "/long", "/a")]
    run = harvested(f'title="P"\nkind="pages"\nstart={json.dumps(starts)}\n')
    assert run.titles() == ["A"]
    assert {run.reasons()[start] for start in starts[:3]} == {"too_large"}
    mapped = harvested(
        harvested.source(f'title="S"\nkind="sitemap"\nstart=["{site.url("/bomb.xml")}"]\n', "map")
    )
    assert set(mapped.reasons().values()) == {"too_large"}


@pytest.mark.parametrize("kind", ["sitemap", "feed"])
def test_xml_with_entities_is_not_read(site: Website, harvested: Harvester, kind: str) -> None:
    site.pages["/x.xml"] = Reply(
        '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd"><!ENTITY b "&a;&a;">]>'
        f"<urlset><url><loc>{site.url('/a')}?&b;</loc></url></urlset>",
        content_type="application/xml",
    )
    run = harvested(f'title="S"\nkind="{kind}"\nstart=["{site.url("/x.xml")}"]\n')
    assert not run.result.ok
    assert set(run.reasons().values()) == {"xml_entities"}


def test_an_answer_that_never_ends_is_given_up(site: Website, harvested: Harvester) -> None:
    site.pages |= {"/slow": Reply("", seconds=30), "/a": article("A", 1)}
    starts = [site.url("/a"), site.url("/slow")]
    run = harvested(f'title="P"\nkind="pages"\nstart={json.dumps(starts)}\n', timeout=2)
    assert run.titles() == ["A"]
    assert run.reasons() == {site.url("/slow"): "timeout"}


def test_a_public_name_that_leads_to_a_private_address_is_refused() -> None:
    with pytest.raises(PrivateAddressError):
        _checked("169.254.169.254", "harbour.example")
    assert _checked("127.0.0.1", "localhost") == "127.0.0.1"
    assert _checked("93.184.216.34", "harbour.example") == "93.184.216.34"


def test_what_a_site_reserves_is_recorded(site: Website, harvested: Harvester) -> None:
    head = '<meta name="robots" content="noai"><meta name="tdm-reservation" content="1">'
    site.pages["/a"] = Reply(
        article("A", 1, head=head), headers={"X-Robots-Tag": "noimageai", "TDM-Policy": "https://h.example/p"}
    )
    run = harvested(f'title="P"\nkind="pages"\nstart=["{site.url("/a")}"]\n')
    assert run.lines("documents")[0]["rights"] == {
        "robots": "noai", "tdm-reservation": "1", "x-robots-tag": "noimageai", "tdm-policy": "https://h.example/p",
    }  # fmt: skip


def test_a_worker_that_hangs_or_dies_is_replaced(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    broken = tmp_path / "sitecustomize.py"
    broken.write_text(
        "import os, time\nimport spiders.worker as w\nreal = w.answer\n"
        "def answer(job, body):\n"
        "    if body == b'hang': time.sleep(60)\n"
        "    if body == b'die': os._exit(7)\n"
        "    return real(job, body)\n"
        "w.answer = answer\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr("spiders.workers.START_LIMIT", 2.0)
    workers = Workers(1, time_limit=1)
    try:
        assert workers.submit(JOB, b"hang").result()["reason"] == "extraction_timeout"
        assert workers.submit(JOB, b"die").result()["reason"] == "extraction_crashed"
        monkeypatch.setattr("spiders.workers.START_LIMIT", 60.0)
        assert "In project 1" in workers.submit(JOB, article("A", 1).encode()).result()["text"]
    finally:
        workers.close()
    assert threading.active_count() < 10
