"""A WARC file of a harvest, and the harvest of that file."""

import io
from pathlib import Path

import pytest
from reportlab.pdfgen.canvas import Canvas
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from tests.spiders.conftest import Harvester, Run
from tests.spiders.website import Reply, Website, article, listing


def test_what_was_fetched_is_archived_and_can_be_harvested_from_there(
    site: Website, harvested: Harvester, tmp_path: Path
) -> None:
    site.pages["/all"] = listing(["/case/1", "/case/2", "/moved", "/none"])
    site.pages |= {"/case/1": article("Case 1", 1), "/case/2": article("Case 2", 2)}
    site.pages["/moved"] = Reply("", 301, headers={"Location": "/case/1"})
    text = f'title="L"\nkind="listing"\nstart=["{site.url("/all")}"]\n[select]\nitem="li a"\n'
    harvested(text, warc=tmp_path / "warc")
    files = list((tmp_path / "warc").glob("harbour-*.warc.gz"))
    assert len(files) == 1
    archived = harvested.source(
        f'title="A"\nkind="archive"\nstart=["{files[0]}"]\nallow=["/case/"]\n', "archived"
    )
    site.asked.clear()
    run = harvested(archived)
    assert run.titles() == ["Case 1", "Case 2"]
    assert {line["url"] for line in run.lines("documents")} == {site.url("/case/1"), site.url("/case/2")}
    assert site.asked == []


LEAKY = "ignore::pytest.PytestUnraisableExceptionWarning"  # warcio leaves its files to the collector


def archive(
    records: list[tuple[str, bytes, str | None]], *, gzipped: bool = True, **about: str
) -> tuple[bytes, int]:
    """Return a WARC file, and where its last record begins."""
    buffer, start = io.BytesIO(), 0
    writer = WARCWriter(buffer, gzip=gzipped)
    for url, body, content_type in records:
        start = buffer.tell()
        headers = [("Content-Type", content_type)] if content_type else []
        http = StatusAndHeaders("200 OK", headers, protocol="HTTP/1.1")
        writer.write_record(
            writer.create_warc_record(
                url, "response", io.BytesIO(body), http_headers=http, warc_headers_dict=dict(about)
            )
        )
    return buffer.getvalue(), start


def report() -> bytes:
    buffer = io.BytesIO()
    canvas = Canvas(buffer)
    for line in range(20):
        canvas.drawString(
            72, 740 - 16 * line, f"In week {line} the schools of the harbour rehearsed together."
        )
    canvas.save()
    return buffer.getvalue()


def harvest_of(harvested: Harvester, folder: Path) -> Run:
    return harvested(f'title="W"\nkind="archive"\nstart=["{folder}"]\n')


@pytest.mark.filterwarnings(LEAKY)
def test_a_cut_archive_is_a_failure_and_its_half_record_is_not_taken(
    tmp_path: Path, harvested: Harvester
) -> None:
    folder = tmp_path / "cut"
    folder.mkdir()
    pages = [
        (f"http://harbour.example/{number}", article(f"Case {number}", number).encode(), "text/html")
        for number in (1, 2)
    ]
    cuts = {"half": 0.5, "in-header": 0.05, "one-byte": 0.0}
    for gzipped, suffix in ((True, ".warc.gz"), (False, ".warc")):
        whole, start = archive(pages, gzipped=gzipped)
        for name, share in cuts.items():
            length = start + (int((len(whole) - start) * share) or 1)
            (folder / f"{name}{suffix}").write_bytes(whole[:length])
    (folder / "none.warc.gz").write_bytes(b"")
    run = harvest_of(harvested, folder)
    assert run.titles() == ["Case 1"]
    assert run.reasons() == {path.as_uri(): "archive_damaged" for path in folder.iterdir()}
    assert (
        "cut short"
        in {line["url"]: line["detail"] for line in run.lines("failures")}[(folder / "half.warc").as_uri()]
    )


@pytest.mark.filterwarnings(LEAKY)
def test_an_archive_s_bytes_say_what_a_capture_is_where_its_type_does_not(
    tmp_path: Path, harvested: Harvester
) -> None:
    folder = tmp_path / "odd"
    folder.mkdir()
    page = article("Case", 1).encode()
    records = [
        ("http://harbour.example/report", report(), "application/octet-stream"),
        ("http://harbour.example/untyped", page, None),
        ("http://harbour.example/xml", article("Xml", 2).encode(), "application/xml"),
        ("http://harbour.example/old", b"\xd0\xcf\x11\xe0" + b"\0" * 600, "application/msword"),
        ("http://harbour.example/logo", b"\x89PNG\r\n\x1a\n" + b"\0" * 60, "application/octet-stream"),
        ("http://harbour.example/style", b"p { color: red }", "text/css"),
        ("http://harbour.example/a.woff2", b"wOF2" + b"\0" * 60, "application/octet-stream"),
        ("http://harbour.example/feed", b"<?xml version='1.0'?><rss></rss>", "application/xml"),
        ("http://harbour.example/beacon", b"", None),
    ]
    (folder / "a.warc.gz").write_bytes(archive(records)[0])
    cut = [("http://harbour.example/cut", page, "text/html")]
    (folder / "b.warc.gz").write_bytes(archive(cut, **{"WARC-Truncated": "length"})[0])
    run = harvest_of(harvested, folder)
    assert {line["url"].rpartition("/")[2] for line in run.lines("documents")} == {"report", "untyped", "xml"}
    assert run.reasons() == {
        "http://harbour.example/old": "unsupported_type",
        "http://harbour.example/cut": "cut_short",
    }
