"""The sample sites of the demo, asked over real HTTP."""

import gzip
import http.client
import json
import re
import socket
import threading
import tomllib
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest
from lxml import etree, html

from pipelines.demo.blog_api import MAX_PER_PAGE
from pipelines.demo.serve import PORTS, Sites, demo_sites, has_moved, write_sources
from pipelines.demo.texts import read_texts, typeset
from pipelines.demo.web import utc

NAMES = ("blog", "directory", "report")


@pytest.fixture(scope="module")
def sites() -> Iterator[Sites]:
    with demo_sites() as served:
        yield served


def ask(address: str, path: str, *, method: str = "GET", **headers: str) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=10)
    try:
        connection.request(
            method, path, headers={name.replace("_", "-"): value for name, value in headers.items()}
        )
        response = connection.getresponse()
        return (
            response.status,
            {name.lower(): value for name, value in response.getheaders()},
            response.read(),
        )
    finally:
        connection.close()


def api(sites: Sites, query: str) -> list[dict[str, object]]:
    status, _, body = ask(sites.addresses["sample-blog"], f"/wp-json/wp/v2/posts?{query}")
    assert status == 200, body
    return json.loads(body)


# Texts


def words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9']+", text.lower().replace("’", "'"))


def shingles(text: str) -> set[tuple[str, ...]]:
    found = words(text)
    return {tuple(found[start : start + 8]) for start in range(len(found) - 7)}


def whole(name: str) -> str:
    return "\n".join(
        "\n".join([text.title, *(line for block in text.blocks for line in block.lines)])
        for text in read_texts(name)
    )


def test_no_sample_text_shares_eight_words_running_with_the_corpus() -> None:
    corpus = sorted(
        path.name
        for path in files("classifiers").joinpath("corpus").iterdir()
        if path.name.endswith(".jsonl")
    )
    if not corpus:
        pytest.skip("classifiers/corpus holds no file")
    held: set[tuple[str, ...]] = set()
    for name in corpus:
        for line in files("classifiers").joinpath("corpus", name).read_text("utf-8").splitlines():
            held |= shingles(json.loads(line)["text"])
    assert len(held) > 10_000
    shared = {name: sorted(shingles(whole(name)) & held) for name in NAMES}
    assert shared == {"blog": [], "directory": [], "report": []}


def test_the_samples_hold_forty_documents_and_twelve_cases_of_a_report() -> None:
    with_words = [text for name in ("blog", "directory") for text in read_texts(name) if text.blocks]
    assert len(with_words) >= 40
    assert len([text for text in read_texts("report") if "part" in text.fields]) >= 12


def test_every_slug_is_used_once() -> None:
    for name in NAMES:
        assert [slug for slug, count in Counter(t.slug for t in read_texts(name)).items() if count > 1] == []


def test_a_sample_text_is_as_long_as_a_real_page() -> None:
    lengths = {
        t.slug: len(words(" ".join(line for b in t.blocks for line in b.lines)))
        for n in NAMES
        for t in read_texts(n)
    }
    assert [slug for slug, length in lengths.items() if length > 500] == []
    assert lengths.pop("community-orchestra") == 0
    assert sorted(lengths.values())[len(lengths) // 2] > 150


def test_quotation_marks_are_set_as_a_publishing_system_sets_them() -> None:
    assert typeset("\"It's 'ours',\" she said") == "“It’s ‘ours’,” she said"


# Server


def test_a_page_that_has_not_changed_is_answered_by_304_and_no_body(sites: Sites) -> None:
    address = sites.addresses["sample-directory"]
    _, headers, body = ask(address, "/projects/reading-friends/")
    assert body
    status, _, nothing = ask(address, "/projects/reading-friends/", If_None_Match=headers["etag"])
    assert (status, nothing) == (304, b"")
    status, _, nothing = ask(
        address, "/projects/reading-friends/", If_Modified_Since=headers["last-modified"]
    )
    assert (status, nothing) == (304, b"")


def test_a_page_that_has_changed_since_is_sent_again(sites: Sites) -> None:
    address = sites.addresses["sample-directory"]
    for condition in (
        {"If_None_Match": '"other"'},
        {"If_Modified_Since": "Mon, 01 Jan 2001 00:00:00 GMT"},
        {"If_Modified_Since": "x"},
    ):
        status, _, body = ask(address, "/projects/reading-friends/", **condition)
        assert (status, bool(body)) == (200, True)


def test_head_answers_with_the_length_and_no_body(sites: Sites) -> None:
    address = sites.addresses["sample-report"]
    _, headers, body = ask(address, "/review/")
    status, of_head, nothing = ask(address, "/review/", method="HEAD")
    assert (status, of_head["content-length"], nothing) == (200, headers["content-length"], b"")
    assert len(body) == int(headers["content-length"])


def test_a_page_is_compressed_only_for_a_client_that_takes_it(sites: Sites) -> None:
    address = sites.addresses["sample-blog"]
    _, plain_headers, plain = ask(address, "/")
    assert "content-encoding" not in plain_headers
    _, headers, body = ask(address, "/", Accept_Encoding="br, gzip")
    assert headers["content-encoding"] == "gzip"
    assert gzip.decompress(body) == plain
    assert headers["etag"] != plain_headers["etag"]
    assert "content-encoding" not in ask(address, "/", Accept_Encoding="gzip;q=0")[1]


def test_a_connection_serves_several_requests(sites: Sites) -> None:
    connection = http.client.HTTPConnection(urlsplit(sites.addresses["sample-directory"]).netloc, timeout=10)
    connection.request("GET", "/projects/")
    connection.getresponse().read()
    held = connection.sock
    connection.request("GET", "/robots.txt")
    assert b"User-agent" in connection.getresponse().read()
    assert connection.sock is held
    connection.close()


@pytest.mark.parametrize("source_id", PORTS)
def test_what_is_not_there_is_404_and_robots_txt_is_there(sites: Sites, source_id: str) -> None:
    assert ask(sites.addresses[source_id], "/no-such-page/")[0] == 404
    assert ask(sites.addresses[source_id], "/robots.txt")[1]["content-type"].startswith("text/plain")


@pytest.mark.parametrize(
    "line", [b"GET //[ HTTP/1.1", b"nonsense", b"GET /\xff\x00 HTTP/1.1", b"POST / HTTP/1.1"]
)
def test_a_request_that_makes_no_sense_is_refused_and_the_next_is_served(
    sites: Sites, line: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    parts = urlsplit(sites.addresses["sample-directory"])
    with socket.create_connection((str(parts.hostname), parts.port or 0), timeout=10) as connection:
        connection.sendall(line + b"\r\nHost: x\r\nConnection: close\r\n\r\n")
        answer = b""
        while part := connection.recv(65536):
            answer += part
    assert re.search(rb"(^HTTP/1.1 [45]\d\d |Error code: 400)", answer)
    assert ask(sites.addresses["sample-directory"], "/robots.txt")[0] == 200
    assert capfd.readouterr().err == ""


def test_closing_ends_connections_that_are_kept_alive_and_leaves_no_thread() -> None:
    before = set(threading.enumerate())
    with ExitStack() as kept:
        with demo_sites() as served:
            parts = urlsplit(served.addresses["sample-blog"])
            assert parts.hostname and parts.port
            connection = kept.enter_context(
                socket.create_connection((parts.hostname, parts.port), timeout=10)
            )
            connection.sendall(b"GET /robots.txt HTTP/1.1\r\nHost: x\r\n\r\n")
            assert connection.recv(1000).startswith(b"HTTP/1.1 200")
            assert set(threading.enumerate()) - before
        assert not set(threading.enumerate()) - before
        while connection.recv(1000):
            pass
    with pytest.raises(OSError):
        socket.create_connection((parts.hostname, parts.port), timeout=1)


def test_many_clients_are_served_at_once(sites: Sites) -> None:
    answers: list[tuple[int, bytes]] = []

    def fetch() -> None:
        status, _, body = ask(sites.addresses["sample-blog"], "/2025/02/the-story-van/")
        answers.append((status, body))

    threads = [threading.Thread(target=fetch) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 20
    assert len(set(answers)) == 1
    assert answers[0][0] == 200


# Ports and source files


def test_a_second_demo_takes_the_ports_of_the_first(tmp_path: Path) -> None:
    with demo_sites() as blocking, demo_sites() as first:
        assert not set(blocking.addresses.values()) & set(first.addresses.values())
        write_sources(first, tmp_path)
    with demo_sites(sources=tmp_path) as second:
        assert second == first
        assert not has_moved(second, tmp_path)
    with demo_sites() as other:
        assert has_moved(other, tmp_path) == (other != first)


def test_a_demo_knows_that_its_sites_have_moved(tmp_path: Path) -> None:
    with demo_sites() as first:
        write_sources(first, tmp_path)
        with demo_sites(sources=tmp_path) as second:
            assert second != first
            assert has_moved(second, tmp_path)


def test_source_files_that_cannot_be_read_are_no_hindrance(tmp_path: Path) -> None:
    (tmp_path / "sample-blog.toml").write_text("start = [", encoding="utf-8")
    (tmp_path / "sample-report.toml").write_text(
        'start = ["http://example.invalid:70000/"]', encoding="utf-8"
    )
    with demo_sites(sources=tmp_path) as served:
        assert len(served.addresses) == 3
        assert not has_moved(served, tmp_path)


def test_each_source_file_allows_what_its_site_serves(sites: Sites, tmp_path: Path) -> None:
    paths = write_sources(sites, tmp_path / "new" / "folder")
    assert [path.stem for path in paths] == sorted(PORTS)
    sources = {path.stem: tomllib.loads(path.read_text("utf-8")) for path in paths}
    for source_id, source in sources.items():
        assert [ask(sites.addresses[source_id], urlsplit(url).path)[0] for url in source["start"]] == [
            200
        ] * len(source["start"])
    links = [str(post["link"]) for post in api(sites, "per_page=100&_fields=link")]
    assert links
    assert [link for link in links if not re.search(sources["sample-blog"]["allow"][0], link)] == []
    assert [
        link for link in listed(sites) if not re.search(sources["sample-directory"]["allow"][0], link)
    ] == []


# Blog


def test_the_api_is_announced_and_lists_its_routes(sites: Sites) -> None:
    address = sites.addresses["sample-blog"]
    _, headers, _ = ask(address, "/")
    assert headers["link"] == f'<{address}/wp-json/>; rel="https://api.w.org/"'
    index = json.loads(ask(address, "/wp-json/")[2])
    assert "wp/v2" in index["namespaces"]
    assert "/wp/v2/posts" in index["routes"]
    assert json.loads(ask(address, "/?rest_route=/wp/v2/posts&per_page=1")[2])[0]["type"] == "post"


def test_posts_come_ten_a_page_until_the_last(sites: Sites) -> None:
    address = sites.addresses["sample-blog"]
    status, headers, body = ask(address, "/wp-json/wp/v2/posts")
    assert (status, len(json.loads(body))) == (200, 10)
    total, pages = int(headers["x-wp-total"]), int(headers["x-wp-totalpages"])
    assert total == len(read_texts("blog")) >= 20
    found = [post["slug"] for page in range(1, pages + 1) for post in api(sites, f"page={page}")]
    assert sorted(found) == sorted(text.slug for text in read_texts("blog"))
    status, _, body = ask(address, f"/wp-json/wp/v2/posts?page={pages + 1}")
    assert (status, json.loads(body)["code"]) == (400, "rest_post_invalid_page_number")


@pytest.mark.parametrize(
    "query",
    [
        "per_page=0",
        f"per_page={MAX_PER_PAGE + 1}",
        "page=0",
        "page=x",
        "orderby=luck",
        "order=up",
        "after=soon",
    ],
)
def test_a_parameter_that_wordpress_refuses_is_refused(sites: Sites, query: str) -> None:
    status, _, body = ask(sites.addresses["sample-blog"], f"/wp-json/wp/v2/posts?{query}")
    assert (status, json.loads(body)["code"]) == (400, "rest_invalid_param")


def test_posts_changed_since_a_time_are_found_in_the_order_of_their_change(sites: Sites) -> None:
    found = api(
        sites, "modified_after=2026-01-01T00:00:00Z&orderby=modified&order=asc&_fields=slug,modified_gmt"
    )
    changed = [text for text in read_texts("blog") if text.fields["modified"] > datetime(2026, 1, 1)]  # noqa: DTZ001
    assert [post["slug"] for post in found] == [
        text.slug for text in sorted(changed, key=lambda t: t.fields["modified"])
    ]
    assert found
    assert {key for post in found for key in post} == {"slug", "modified_gmt"}


def test_a_post_has_the_fields_of_wordpress_with_entities_in_its_words(sites: Sites) -> None:
    (post,) = api(sites, "slug=nine-academies-one-kettle")
    assert post["title"] == {
        "rendered": "Nine academies &#038; one kettle: Saturday school in its sixth year"
    }
    content = post["content"]
    assert isinstance(content, dict)
    assert "Brambleholt&#8217;s teachers" in content["rendered"]
    assert post["status"] == "publish"
    assert post["guid"] == {"rendered": f"{sites.addresses['sample-blog']}/?p={post['id']}"}
    assert {
        "date",
        "date_gmt",
        "modified",
        "modified_gmt",
        "link",
        "slug",
        "type",
        "categories",
        "tags",
    } <= post.keys()


def test_summer_time_is_an_hour_ahead_of_the_gmt_of_a_post(sites: Sites) -> None:
    posts = {post["slug"]: post for post in api(sites, "per_page=100&_fields=slug,date,date_gmt")}
    summer, winter = posts["a-year-at-saltersley-on-loan"], posts["first-xi-hold-on-at-wraybridge"]
    assert (summer["date"], summer["date_gmt"]) == ("2024-07-02T16:40:00", "2024-07-02T15:40:00")
    assert winter["date"] == winter["date_gmt"]


def test_summer_time_ends_on_the_last_sunday_of_october() -> None:
    assert utc(datetime(2025, 10, 25, 12)).hour == 11  # noqa: DTZ001
    assert utc(datetime(2025, 10, 26, 12)).hour == 12  # noqa: DTZ001


def test_a_post_is_one_page_under_its_number_too(sites: Sites) -> None:
    (post,) = api(sites, "slug=the-story-van")
    status, headers, _ = ask(sites.addresses["sample-blog"], f"/?p={post['id']}")
    assert (status, headers["location"]) == (301, post["link"])


def test_the_page_of_a_post_holds_its_words_among_furniture(sites: Sites) -> None:
    for post in api(sites, "per_page=100"):
        content = post["content"]
        assert isinstance(content, dict)
        page = html.fromstring(ask(sites.addresses["sample-blog"], urlsplit(str(post["link"])).path)[2])
        shown = " ".join(" ".join(page.cssselect("div.entry-content")[0].itertext()).split())
        wanted = " ".join(" ".join(html.fromstring(content["rendered"]).itertext()).split())
        assert wanted in shown
        assert page.cssselect("nav") and page.cssselect("aside") and page.cssselect(".cookie-notice")


def test_feed_and_sitemap_are_well_formed_and_name_the_posts(sites: Sites) -> None:
    address = sites.addresses["sample-blog"]
    links = {str(post["link"]) for post in api(sites, "per_page=100")}
    feed = etree.fromstring(ask(address, "/feed/")[2])
    rest = [etree.fromstring(ask(address, f"/feed/?paged={page}")[2]) for page in (2, 3)]
    assert {link.text for part in (feed, *rest) for link in part.iterfind(".//item/link")} == links
    assert ask(address, "/feed/?paged=4")[0] == 404
    index = etree.fromstring(ask(address, "/wp-sitemap.xml")[2])
    (part,) = [loc.text for loc in index.iter("{*}loc")]
    sitemap = etree.fromstring(ask(address, urlsplit(part).path)[2])
    assert {loc.text for loc in sitemap.iter("{*}loc")} == links


# Directory


def listed(sites: Sites) -> list[str]:
    """Return the address of each card, as a reader who follows `rel=next` meets them."""
    url, seen, found = f"{sites.addresses['sample-directory']}/projects/", set[str](), []
    while url not in seen:
        seen.add(url)
        page = html.fromstring(ask(sites.addresses["sample-directory"], urlsplit(url).path)[2])
        found += [urljoin(url, str(link.get("href"))) for link in page.cssselect("article.project-card h2 a")]
        (following,) = page.cssselect("a[rel=next]")
        url = urljoin(url, str(following.get("href")))
    return found


def test_the_last_listing_leads_to_itself_and_all_entries_are_listed(sites: Sites) -> None:
    slugs = [urlsplit(link).path.strip("/").removeprefix("projects/") for link in listed(sites)]
    assert len(slugs) == len(set(slugs)) == len(read_texts("directory")) + 1
    assert {text.slug for text in read_texts("directory")} < set(slugs)


def test_the_listings_have_tracking_parameters_and_links_without_a_last_slash(sites: Sites) -> None:
    links = listed(sites)
    assert any("utm_source" in link for link in links)
    bare = next(link for link in links if not link.endswith("/") and "?" not in link)
    status, headers, _ = ask(sites.addresses["sample-directory"], urlsplit(bare).path)
    assert (status, headers["location"]) == (301, f"{bare}/")


def test_one_entry_stands_under_two_addresses_and_names_the_first_as_its_own(sites: Sites) -> None:
    address = sites.addresses["sample-directory"]
    one, two = (ask(address, f"/projects/further-maths-at-four-oclock{end}/")[2] for end in ("", "-2"))
    assert one == two
    (canonical,) = html.fromstring(two).cssselect("link[rel=canonical]")
    assert canonical.get("href") == f"{address}/projects/further-maths-at-four-oclock/"


def test_one_entry_has_no_text_and_one_repeats_a_post(sites: Sites) -> None:
    address = sites.addresses["sample-directory"]
    (empty,) = html.fromstring(ask(address, "/projects/community-orchestra/")[2]).cssselect(
        "div.entry-content"
    )
    assert empty.text_content().strip() == ""
    copies = [text for text in read_texts("directory") if "copy_of" in text.fields]
    assert len(copies) == 1
    (original,) = [text for text in read_texts("blog") if text.slug == copies[0].fields["copy_of"]]
    one, two = (shingles(" ".join(line for b in t.blocks for line in b.lines)) for t in (copies[0], original))
    assert 0.8 < len(one & two) / len(one | two) < 1


# Report


def test_the_page_of_the_report_links_to_its_pdf(sites: Sites) -> None:
    address = sites.addresses["sample-report"]
    page = html.fromstring(ask(address, "/review/")[2])
    (link,) = page.cssselect("a.download")
    status, headers, body = ask(address, str(link.get("href")))
    assert (status, headers["content-type"], body[:5]) == (200, "application/pdf", b"%PDF-")


def test_the_committed_pdf_is_what_its_script_makes(tmp_path: Path) -> None:
    pytest.importorskip("reportlab", reason="reportlab is not installed")
    from pipelines.demo.make_report import PDF, make

    made = tmp_path / "made.pdf"
    make(made)
    assert made.read_bytes() == PDF.read_bytes(), "run python -m pipelines.demo.make_report"
