"""Each kind of source, harvested over real HTTP or from real files."""

import gzip
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from tests.spiders.conftest import Harvester
from tests.spiders.website import Asked, Reply, Website, article, listing, prose


def test_a_listing_is_walked_to_its_last_page_which_leads_to_itself(
    site: Website, harvested: Harvester
) -> None:
    for number in range(1, 7):
        site.pages[f"/projects/case-{number}/"] = article(f"Case {number}", number)
    site.pages["/projects/"] = listing(
        ["case-1/", "/projects/case-1?utm_source=news#top", "case-2/", "mailto:a@harbour.example", "/about/"],
        "?page=2",
    )
    site.pages["/projects/?page=2"] = listing(
        [site.url("/projects/case-3/"), "../projects/case-4/"], "?page=3"
    )
    site.pages["/projects/?page=3"] = listing(["case-5/?sid=77ab12", "case-6/"], "?page=3")
    run = harvested(
        f'title="L"\nkind="listing"\nstart=["{site.url("/projects/")}"]\nallow=["/projects/case-"]\n'
        '[select]\nitem="li.entry a"\nnext="a.next"\n'
    )
    assert run.result.ok, run.result.message
    assert run.titles() == [f"Case {number}" for number in range(1, 7)]
    assert site.paths().count("/projects/case-1/") + site.paths().count("/projects/case-1") == 1
    assert "/about/" not in site.paths()


def test_an_endless_calendar_ends(site: Website, harvested: Harvester) -> None:
    def month(asked: Asked) -> str:
        number = int(asked.query.get("month", "0"))
        return listing(["/a/"] if number == 0 else [], f"/events/?month={number + 1}&session={number}")

    site.pages |= {"/events/": month, "/a/": article("A", 1)}
    run = harvested(
        f'title="L"\nkind="listing"\nstart=["{site.url("/events/")}"]\n[select]\nitem="li a"\nnext="a.next"\n'
    )
    assert run.titles() == ["A"]
    assert site.paths().count("/events/") < 30
    assert run.reasons() == {site.url("/events/"): "endless_listing"}


def test_a_listing_goes_on_over_months_without_an_entry_and_not_over_pages_that_repeat(
    site: Website, harvested: Harvester
) -> None:
    site.pages |= {f"/case/{number}": article(f"Case {number}", number) for number in (1, 6)}
    for month in range(12):
        links = ["/case/1"] if month == 0 else ["/case/6"] if month >= 6 else []
        site.pages[f"/month/{month}"] = listing(links, f"/month/{month + 1}")
    run = harvested(
        f'title="L"\nkind="listing"\nstart=["{site.url("/month/0")}"]\n[select]\nitem="li a"\nnext="a.next"\n'
    )
    assert run.result.ok, run.result.message
    assert run.titles() == ["Case 1", "Case 6"]
    assert sum(path.startswith("/month/") for path in site.paths()) == 10
    assert run.reasons() == {site.url("/month/0"): "endless_listing"}


def test_a_sitemap_index_with_a_compressed_part_is_read_and_named_by_robots(
    site: Website, harvested: Harvester
) -> None:
    def urls(*numbers: int) -> str:
        lines = "".join(
            f"<url><loc> {site.url(f'/c/{number}')} </loc><lastmod>2026-01-0{number}</lastmod></url>"
            for number in numbers
        )
        return f'<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{lines}</urlset>'

    parts = "".join(f"<sitemap><loc>{site.url(path)}</loc></sitemap>" for path in ("/one.xml", "/two.xml.gz"))
    xmlns = "http://www.sitemaps.org/schemas/sitemap/0.9"
    site.pages |= {
        "/robots.txt": Reply(
            f"User-agent: *\nDisallow:\nSitemap: {site.url('/map.xml')}\n", content_type="text/plain"
        ),
        "/": article("Home", 99),
        "/map.xml": Reply(
            f'<sitemapindex xmlns="{xmlns}">{parts}</sitemapindex>', content_type="application/xml"
        ),
        "/one.xml": Reply(urls(1, 2), content_type="text/xml"),
        "/two.xml.gz": Reply(gzip.compress(urls(3).encode()), content_type="application/gzip"),
        **{f"/c/{number}": article(f"Case {number}", number) for number in (1, 2, 3)},
    }
    source = f'title="S"\nkind="sitemap"\nstart=["{site.url("/")}"]\n'
    assert harvested(source).titles() == ["Case 1", "Case 2", "Case 3"]
    site.asked.clear()
    second = harvested(source)
    assert set(second.outcomes().values()) == {"skipped"}
    assert not any(path.startswith("/c/") for path in site.paths())


def feed_of(site: Website, full: bool, pages: int, *, named: bool = True) -> Callable[[Asked], Reply]:
    def answer(asked: Asked) -> Reply:
        page = int(asked.query.get("paged", "1"))
        numbers = range(page * 3 - 2, page * 3 + 1) if page <= pages else ()
        items = "".join(
            f"<item><title>Post {n} &amp;amp; more</title><link>{site.url(f'/post/{n}/')}?utm_medium=rss</link>"
            f"<pubDate>Tue, 0{n} Sep 2026 00:20:00 +0100</pubDate>"
            + (
                f"<content:encoded><![CDATA[{prose(n)}]]></content:encoded>"
                if full
                else "<description>In short</description>"
            )
            + "</item>"
            for n in numbers
        )
        xml = (
            '<?xml version="1.0"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>'
            f"<title>F</title>{'<generator>https://wordpress.org/?v=6.6</generator>' * named}{items}</channel></rss>"
        )
        return Reply(xml, content_type="application/rss+xml", status=200 if numbers else 404)

    return answer


def test_a_feed_with_full_text_is_paged_and_asks_for_no_page(site: Website, harvested: Harvester) -> None:
    site.pages["/feed/"] = feed_of(site, full=True, pages=2)
    run = harvested(f'title="F"\nkind="feed"\nstart=["{site.url("/feed/")}"]\n')
    assert run.titles() == [f"Post {number} & more" for number in range(1, 7)]
    assert not any(path.startswith("/post/") for path in site.paths())
    first = next(line for line in run.lines("documents") if line["url"] == site.url("/post/1/"))
    assert first["published"] == "2026-09-01"
    assert "In project 1, part 3" in first["text"]


def test_a_feed_with_summaries_leads_to_its_pages(site: Website, harvested: Harvester) -> None:
    site.pages["/feed/"] = feed_of(site, full=False, pages=1)
    site.pages |= {f"/post/{number}/": article(f"Page {number}", number) for number in (1, 2, 3)}
    run = harvested(f'title="F"\nkind="feed"\nstart=["{site.url("/feed/")}"]\n')
    assert run.result.document_count == 3
    assert all("In project" in document["text"] for document in run.lines("documents"))


def test_an_atom_feed_follows_its_next_link(site: Website, harvested: Harvester) -> None:
    def page(number: int, following: str) -> Reply:
        return Reply(
            f'<feed xmlns="http://www.w3.org/2005/Atom"><title>A</title>{following}<entry><title>E{number}</title>'
            f"<id>tag:harbour.example,2026:{number}</id><updated>2026-03-0{number}T10:00:00Z</updated>"
            f'<published>2026-02-0{number}T10:00:00Z</published><link href="/e/{number}"/>'
            f'<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">{prose(number)}</div></content></entry></feed>',
            content_type="application/atom+xml",
        )

    site.pages["/atom"] = page(1, '<link rel="next" href="/atom?start=2"/>')
    site.pages["/atom?start=2"] = page(2, '<link rel="next" href="/atom?start=2"/>')
    run = harvested(f'title="A"\nkind="feed"\nstart=["{site.url("/atom")}"]\n')
    assert run.titles() == ["E1", "E2"]
    assert sorted(document["published"] for document in run.lines("documents")) == [
        "2026-02-01",
        "2026-02-02",
    ]


def test_the_date_of_an_item_may_be_dublin_core_s(site: Website, harvested: Harvester) -> None:
    def rss(version: str, item: str) -> Reply:
        return Reply(
            f'<rss version="{version}" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>F</title>'
            f"{item}</channel></rss>",
            content_type="text/xml",
        )

    item = "<item><title>P</title><link>/post/1</link><dc:date>2020-05-0{}T23:00:00-05:00</dc:date></item>"
    site.pages |= {"/two": rss("2.0", item.format(1)), "/post/1": article("P", 1), "/post/2": article("Q", 2)}
    site.pages["/one"] = Reply(
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="x"><title>R</title></channel>'
        f'<item rdf:about="{site.url("/post/2")}"><title>Q</title><link>{site.url("/post/2")}</link>'
        "<dc:date>2018-03-02</dc:date></item></rdf:RDF>",
        content_type="application/rdf+xml",
    )
    run = harvested(f'title="F"\nkind="feed"\nstart=["{site.url("/two")}", "{site.url("/one")}"]\n')
    assert {line["title"]: line["published"] for line in run.lines("documents")} == {
        "P": "2020-05-01",
        "Q": "2018-03-02",
    }


def test_the_closing_line_of_wordpress_feeds_is_dropped_and_others_stay(
    site: Website, harvested: Harvester
) -> None:
    def item(number: int, line: str) -> str:
        return (
            f"<item><title>Post {number}</title><link>{site.url(f'/post/{number}/')}</link>"
            f"<content:encoded><![CDATA[{prose(number)}{line}]]></content:encoded></item>"
        )

    own = f'The post <a href="{site.url("/post/1/")}">Post 1</a> appeared first on <a href="{site.url()}">Blog</a>.'
    story = "The post <a href='/jobs'>we advertised</a> appeared first on <a href='/'>a noticeboard</a>."
    site.pages["/feed"] = Reply(
        '<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>F</title>'
        f"{item(1, f'<p>{own}</p>')}{item(2, f'<p>{story}</p>')}</channel></rss>",
        content_type="application/rss+xml",
    )
    run = harvested(f'title="F"\nkind="feed"\nstart=["{site.url("/feed")}"]\n')
    texts = {line["title"]: line["text"] for line in run.lines("documents")}
    assert "appeared first" not in texts["Post 1"]
    assert "In project 1, part 3" in texts["Post 1"]
    assert "appeared first on a noticeboard" in texts["Post 2"]


def wordpress(
    site: Website, count: int, *, most: int = 100, plain: bool = False, totals: bool = True
) -> None:
    """Make a site a WordPress: posts by REST only, `most` to a page."""
    posts = [
        {
            "id": number,
            "link": site.url(f"/?p={number}" if plain else f"/news/post-{number}/"),
            "date": f"2026-02-{number % 27 + 1:02d}T23:30:00",
            "modified_gmt": f"2026-03-{number % 27 + 1:02d}T08:00:00",
            "title": {"rendered": f"Post {number} &#8211; shared"},
            "content": {"rendered": prose(number), "protected": False},
        }
        for number in range(1, count + 1)
    ]

    def answer(asked: Asked) -> Reply:
        size, page = int(asked.query.get("per_page", "10")), int(asked.query.get("page", "1"))
        pages = -(-count // size)
        if size > most or page > pages:
            return Reply('{"code":"rest_invalid_param"}', 400, "application/json")
        headers = {"X-WP-TotalPages": str(pages)} if totals else {}
        chosen = json.dumps(posts[(page - 1) * size : page * size])
        return Reply(chosen, content_type="application/json; charset=UTF-8", headers=headers)

    def rest_route(asked: Asked) -> Reply | str:
        if asked.query.get("rest_route", "").rstrip("/") == "/wp/v2/posts":
            return answer(asked)
        return article("Blog", 0)

    site.pages |= {"/": rest_route} if plain else {"/": article("Blog", 0), "/wp-json/wp/v2/posts": answer}


def test_a_wordpress_is_read_page_by_page_at_the_size_it_allows(site: Website, harvested: Harvester) -> None:
    wordpress(site, 23, most=10)
    source = f'title="W"\nkind="wordpress"\nstart=["{site.url("/")}"]\n'
    run = harvested(source)
    assert run.result.ok, run.result.message
    assert run.result.document_count == 23
    assert not any(path.startswith("/news/") for path in site.paths())
    document = next(line for line in run.lines("documents") if line["url"] == site.url("/news/post-3/"))
    assert (document["title"], document["published"]) == ("Post 3 – shared", "2026-02-04")
    second = harvested(source)
    assert set(second.outcomes().values()) == {"skipped"}
    assert second.lines("documents") == second.lines("case_studies") == []


def test_a_wordpress_with_plain_permalinks_and_no_totals_is_read(site: Website, harvested: Harvester) -> None:
    wordpress(site, 23, most=20, plain=True, totals=False)
    run = harvested(f'title="W"\nkind="wordpress"\nstart=["{site.url("/")}"]\n')
    assert run.result.document_count == 23
    assert {line["url"] for line in run.lines("documents")} == {
        site.url(f"/?p={number}") for number in range(1, 24)
    }


def test_a_wordpress_start_may_be_a_path_or_the_rest_address(site: Website, harvested: Harvester) -> None:
    wordpress(site, 4)
    run = harvested(f'title="W"\nkind="wordpress"\nstart=["{site.url("/wp-json/wp/v2/posts?per_page=2")}"]\n')
    assert run.result.document_count == 4
    site.pages["/news/"] = article("News", 0)
    below = harvested(
        harvested.source(f'title="W"\nkind="wordpress"\nstart=["{site.url("/news/")}"]\n', "below")
    )
    assert below.result.document_count == 4
    site.pages["/sport/"] = article("Sport", 0)
    none = harvested(
        harvested.source(f'title="W"\nkind="wordpress"\nstart=["{site.url("/sport/")}"]\n', "none")
    )
    assert not none.result.ok


def test_a_wordpress_whose_posts_are_of_its_own_type_is_read_or_says_which_it_has(
    site: Website, harvested: Harvester
) -> None:
    wordpress(site, 0)
    types = {"post": {"rest_base": "posts"}, "study": {"rest_base": "case-studies"}}

    def entries(word: str) -> Reply:
        found = [
            {
                "id": number,
                "link": site.url(f"/{word}/{number}/"),
                "title": {"rendered": f"{word} {number}"},
                "content": {"rendered": prose(number), "protected": False},
            }
            for number in (1, 2)
        ]
        headers = {"X-WP-Total": "2", "X-WP-TotalPages": "1"}
        return Reply(json.dumps(found), content_type="application/json", headers=headers)

    site.pages["/wp-json/wp/v2/posts"] = Reply("[]", content_type="application/json")
    site.pages["/wp-json/wp/v2/types"] = lambda _: Reply(json.dumps(types), content_type="application/json")
    site.pages["/wp-json/wp/v2/case-studies"] = entries("Study")
    source = f'title="W"\nkind="wordpress"\nstart=["{site.url("/")}"]\n'
    run = harvested(source)
    assert run.result.ok, run.result.message
    assert run.titles() == ["Study 1", "Study 2"]
    types["event"] = {"rest_base": "events"}
    site.pages["/wp-json/wp/v2/events"] = entries("Event")
    two = harvested(harvested.source(source, "two"))
    assert not two.result.ok
    assert "names 0 posts, but 2 case-studies, 2 events; to harvest a type, let start name it" in str(
        two.result.message
    )
    named = str(two.result.message).rpartition(" ")[2]
    assert named == site.url("/wp-json/wp/v2/case-studies")
    chosen = harvested(harvested.source(f'title="W"\nkind="wordpress"\nstart=["{named}"]\n', "chosen"))
    assert chosen.titles() == ["Study 1", "Study 2"]


def test_a_wordpress_without_its_api_is_read_by_its_feed(site: Website, harvested: Harvester) -> None:
    site.pages |= {"/": article("Blog", 0), "/feed/": feed_of(site, full=True, pages=2, named=False)}
    run = harvested(f'title="W"\nkind="wordpress"\nstart=["{site.url("/")}"]\n')
    assert run.result.ok, run.result.message
    assert run.result.document_count == 6


def test_pages_are_documents_and_one_that_fails_is_a_failure(site: Website, harvested: Harvester) -> None:
    site.pages |= {
        "/a": article("A", 1),
        "/b.txt": Reply(
            "Notes on a partnership\n\n" + "The schools met each week to read. " * 20,
            content_type="text/plain",
        ),
        "/empty": "<html><body></body></html>",
    }
    starts = [site.url(path) for path in ("/a", "/b.txt", "/none", "/empty")]
    run = harvested(
        f'title="P"\nkind="pages"\nstart={json.dumps(starts)}\nlicence="OGL 3"\n[split]\nheading="h2"\n'
    )
    assert run.result.ok
    assert run.result.document_count == 2
    assert run.reasons()[site.url("/none")] == "http_404"
    assert site.url("/empty") in run.reasons()
    assert {line["licence"] for line in run.lines("documents")} == {"OGL 3"}
    for study in run.lines("case_studies"):
        document = next(
            line for line in run.lines("documents") if line["document_id"] == study["document_id"]
        )
        assert study["text"] == document["text"][study["start_char"] : study["end_char"]]


def test_a_folder_is_read_and_a_file_that_goes_is_gone(tmp_path: Path, harvested: Harvester) -> None:
    folder = tmp_path / "files"
    (folder / "deep").mkdir(parents=True)
    (folder / "a.html").write_text(article("A", 1))
    (folder / "deep" / "b.txt").write_text("On a partnership\n\n" + "They read together every week. " * 30)
    (folder / "old.doc").write_bytes(b"\xd0\xcf\x11\xe0")
    (folder / ".hidden.html").write_text(article("H", 2))
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7 nothing")
    source = f'title="F"\nkind="folder"\nstart=["{folder}"]\n'
    run = harvested(source)
    assert run.result.document_count == 2
    assert set(run.reasons()) == {(folder / "old.doc").as_uri(), (folder / "broken.pdf").as_uri()}
    (folder / "a.html").unlink()
    second = harvested(source)
    assert second.outcomes() == {
        (folder / "a.html").as_uri(): "gone",
        (folder / "deep" / "b.txt").as_uri(): "skipped",
    }
    assert [line["gone_at"] is not None for line in second.lines("sightings")].count(True) == 1
    assert second.result.document_count == 1


@pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning"
)  # warcio leaves its files to the collector
def test_an_archive_is_read_chunked_compressed_and_newest_first(tmp_path: Path, harvested: Harvester) -> None:
    buffer = io.BytesIO()
    writer = WARCWriter(buffer, gzip=True)

    def add(url: str, body: bytes, date: str, *headers: tuple[str, str], status: str = "200 OK") -> None:
        http = StatusAndHeaders(status, [("Content-Type", "text/html"), *headers], protocol="HTTP/1.1")
        writer.write_record(
            writer.create_warc_record(
                url, "response", io.BytesIO(body), http_headers=http, warc_headers_dict={"WARC-Date": date}
            )
        )

    page = gzip.compress(article("Two", 2).encode())
    chunked = (
        b"".join(f"{len(part):x}\r\n".encode() + part + b"\r\n" for part in (page[:50], page[50:]))
        + b"0\r\n\r\n"
    )
    add("http://harbour.example/1", article("Old", 1).encode(), "2026-01-01T00:00:00Z")
    add("http://harbour.example/1", article("New", 1).encode(), "2026-02-01T00:00:00Z")
    coded = (("Transfer-Encoding", "chunked"), ("Content-Encoding", "gzip"))
    add("http://harbour.example/2", chunked, "2026-01-03T00:00:00Z", *coded)
    add("http://harbour.example/3", b"gone", "2026-01-03T00:00:00Z", status="404 Not Found")
    add("http://harbour.example/4", gzip.compress(b"0" * (70 << 20)), "2026-01-03T00:00:00Z", coded[1])
    (tmp_path / "a.warc.gz").write_bytes(buffer.getvalue())
    (tmp_path / "cut.warc.gz").write_bytes(buffer.getvalue()[:200])
    source = f'title="W"\nkind="archive"\nstart=["{tmp_path / "a.warc.gz"}", "{tmp_path / "cut.warc.gz"}"]\n'
    run = harvested(source)
    assert run.titles() == ["New", "Two"]
    assert {line["fetched_at"] for line in run.lines("documents")} == {
        "2026-02-01T00:00:00Z",
        "2026-01-03T00:00:00Z",
    }
    assert run.reasons()["http://harbour.example/4"] == "too_large"
    assert set(harvested(source).outcomes().values()) == {"skipped"}


def test_texts_of_an_api_that_is_down_are_not_replaced_by_their_pages(
    site: Website, harvested: Harvester
) -> None:
    wordpress(site, 3)
    source = f'title="W"\nkind="wordpress"\nstart=["{site.url("/")}"]\n'
    harvested(source)
    site.pages["/wp-json/wp/v2/posts"] = Reply("", 403)
    site.pages |= {f"/news/post-{number}/": article(f"Page {number}", number + 40) for number in (1, 2, 3)}
    urls = "".join(
        f"<url><loc>{site.url(f'/news/post-{n}/')}</loc><lastmod>2026-03-0{n + 1}T08:00:00+00:00</lastmod></url>"
        for n in (1, 2, 3)
    )
    site.pages["/sitemap.xml"] = Reply(f"<urlset>{urls}</urlset>", content_type="application/xml")
    run = harvested(source)
    assert set(run.outcomes().values()) == {"unchanged"}
    assert run.lines("documents") == []
