"""A probe of a new site proposes a source file that works."""

import tomllib
from pathlib import Path

import pytest

from spiders.probe import check, probe
from spiders.source import SourceError, read_source
from tests.spiders.conftest import Harvester
from tests.spiders.test_kinds import wordpress
from tests.spiders.website import Reply, Website, article, listing

CONTACT = "lab@harbour.example"


def harvest_proposal(harvested: Harvester, tmp_path: Path, toml: str) -> int:
    assert tomllib.loads(toml)["active"] is False
    path = tmp_path / "proposed.toml"
    path.write_text(toml)
    source = read_source(path)
    assert check(source, contact=CONTACT) is None
    return harvested(source).result.document_count


def test_a_wordpress_is_proposed_with_its_count(site: Website, harvested: Harvester, tmp_path: Path) -> None:
    wordpress(site, 23)
    site.pages["/news/"] = article("News", 0)
    proposal = probe(site.url("/news/"), contact=CONTACT)
    assert "WordPress REST API (23 posts, 23 under /news/)" in proposal.found
    assert "no sitemap" in proposal.found
    assert 'kind = "wordpress"' in proposal.toml
    assert [sample.word_count > 50 for sample in proposal.samples] == [True] * 3
    assert harvest_proposal(harvested, tmp_path, proposal.toml) == 23


def test_a_directory_is_proposed_as_a_listing_with_paging(
    site: Website, harvested: Harvester, tmp_path: Path
) -> None:
    numbers = range(1, 13)
    for page in (1, 2):
        chosen = [f"/project/{number}/" for number in numbers if (number > 6) == (page == 2)]
        cards = "".join(
            f'<div class="card"><h3><a href="{link}">The {link} project</a></h3></div>' for link in chosen
        )
        following = '<nav class="pager"><a rel="next" href="?page=2">Older</a></nav>' if page == 1 else ""
        menu = "<nav>" + "".join(f'<a href="/menu/{n}">Menu item {n}</a>' for n in range(9)) + "</nav>"
        site.pages["/projects/" + ("?page=2" if page == 2 else "")] = (
            f"<html><body>{menu}<main>{cards}{following}</main></body></html>"
        )
    site.pages |= {f"/project/{number}/": article(f"Project {number}", number) for number in numbers}
    proposal = probe(site.url("/projects/"), contact=CONTACT)
    assert tomllib.loads(proposal.toml)["select"] == {"item": "div.card h3 a", "next": "a[rel~='next']"}
    assert harvest_proposal(harvested, tmp_path, proposal.toml) == 12


def test_a_sitemap_is_proposed_for_the_part_that_was_asked_for(
    site: Website, harvested: Harvester, tmp_path: Path
) -> None:
    paths = [f"/impact/{number}/" for number in range(1, 7)] + ["/staff/", "/fees/"]
    site.pages |= {path: article(f"Page {path}", number) for number, path in enumerate(paths)}
    site.pages["/impact/"] = article("Impact", 50)
    urls = "".join(f"<url><loc>{site.url(path)}</loc></url>" for path in paths)
    site.pages["/sitemap.xml"] = Reply(f"<urlset>{urls}</urlset>", content_type="application/xml")
    proposal = probe(site.url("/impact/"), contact=CONTACT)
    assert "a sitemap (8 pages, 6 under /impact/)" in proposal.found
    assert tomllib.loads(proposal.toml)["start"] == [site.url("/sitemap.xml")]
    assert harvest_proposal(harvested, tmp_path, proposal.toml) == 6


def test_a_single_page_is_proposed_as_it_is(site: Website, harvested: Harvester, tmp_path: Path) -> None:
    site.pages["/chrysalis"] = article("Chrysalis", 3)
    proposal = probe(site.url("/chrysalis"), contact=CONTACT)
    assert 'kind = "pages"' in proposal.toml
    assert [sample.title for sample in proposal.samples] == ["Chrysalis"]
    assert harvest_proposal(harvested, tmp_path, proposal.toml) == 1


@pytest.mark.parametrize(
    ("reply", "words"), [(Reply("", 500), "answers 500"), (Reply("", 404), "answers 404")]
)
def test_a_site_that_does_not_answer_is_named(site: Website, reply: Reply, words: str) -> None:
    site.pages["/"] = reply
    with pytest.raises(SourceError, match=words):
        probe(site.url("/"), contact=CONTACT)


def test_robots_txt_binds_a_probe_too(site: Website) -> None:
    site.pages |= {
        "/robots.txt": Reply("User-agent: *\nDisallow: /", content_type="text/plain"),
        "/": listing(["/a"]),
    }
    with pytest.raises(SourceError, match=r"robots\.txt disallows"):
        probe(site.url("/"), contact=CONTACT)
    assert set(site.paths()) == {"/robots.txt"}


def test_an_address_that_is_none_is_named() -> None:
    with pytest.raises(SourceError, match="is not an address"):
        probe("mailto:a@harbour.example", contact=CONTACT)


def test_a_check_says_what_is_wrong(site: Website, harvested: Harvester) -> None:
    site.pages["/all"] = listing([])
    source = harvested.source(
        f'title="L"\nkind="listing"\nstart=["{site.url("/all")}"]\n[select]\nitem="div.news a"\n'
    )
    assert "finds nothing" in str(check(source, contact=CONTACT))
