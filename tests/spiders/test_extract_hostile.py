"""Bodies that mean harm or are simply broken: bounded time, and no error but ExtractionError."""

import io
import time
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spiders.extract import ExtractionError, extract

SENTENCE = "The school works with its partners each week and the pupils learn a great deal from it. "


def read(body: bytes, content_type: str | None = "text/html") -> str:
    return extract(body, url="https://a.example/x", content_type=content_type).text


@pytest.mark.parametrize(
    "markup",
    [
        "<div>" * 100_000 + SENTENCE * 3,
        "<b><i>" * 50_000 + SENTENCE * 3,
        "<table><tr><td>" * 20_000 + SENTENCE * 3,
        "<ul><li>" * 20_000 + SENTENCE * 3,
        f'<div class="{"a " * 1_000_000}"><p>{SENTENCE * 3}</p></div>',
        f"<div {' '.join(f'a{number}=1' for number in range(50_000))}><p>{SENTENCE * 3}</p></div>",
        "<p>" + " " * 2_000_000 + SENTENCE * 3,
        "<p>" + "<br> " * 20_000 + SENTENCE * 3,
        "<pre>" + "\n" * 1_000_000 + SENTENCE * 3,
        "<p>" + "&#x;&#99999999999;&foo" * 50_000 + SENTENCE * 3,
        "<p>" + SENTENCE * 60_000,
        "<title>" + "a - " * 200_000 + "</title><p>" + SENTENCE * 3,
        "<script type='application/ld+json'>" + "[" * 100_000 + "</script><p>" + SENTENCE * 3,
        "<div class='sidebar'>" * 240 + SENTENCE * 3,
    ],
    ids=lambda markup: markup[:12],
)
def test_the_text_of_a_hostile_page_is_found_in_bounded_time(markup: str) -> None:
    begun = time.process_time()
    assert SENTENCE.strip() in read(f"<html><body>{markup}</body></html>".encode())
    assert time.process_time() - begun < 10


@pytest.mark.parametrize(
    ("body", "content_type", "reason"),
    [
        (bytes(range(256)) * 40, "text/html", "unsupported_type"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 50, "text/html", "unsupported_type"),
        (b"\xd0\xcf\x11\xe0" + b"x" * 500, "application/msword", "unsupported_type"),
        (b'{"a": 1}', "application/json", "unsupported_type"),
        (b"<?xml version='1.0'?><rss><channel/></rss>", "text/html", "unsupported_type"),
        (b"PK\x03\x04" + b"x" * 100, None, "unsupported_type"),
        (b"<html>" + b"<br>" * 300_000, "text/html", "too_large"),
        (b"\0" * 1000, "text/html", "empty_text"),
    ],
)
def test_what_is_no_page_is_named_as_what_it_is(body: bytes, content_type: str | None, reason: str) -> None:
    with pytest.raises(ExtractionError) as caught:
        read(body, content_type)
    assert caught.value.reason == reason
    assert caught.value.detail


def test_bytes_beat_the_declared_type() -> None:
    page = f"<!doctype html><html><body><main><p>{SENTENCE * 3}</p></main></body></html>".encode()
    for declared in ("application/pdf", "text/plain", "application/octet-stream", None):
        assert read(page, declared) == (SENTENCE * 3).strip()


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=2000), st.sampled_from(["text/html", "text/plain", "application/pdf", None]))
def test_any_bytes_give_a_text_or_a_reason(body: bytes, content_type: str | None) -> None:
    try:
        assert read(body, content_type)
    except ExtractionError as error:
        assert error.reason


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                "<div>",
                "</div>",
                "<p>",
                "<table>",
                "<td>",
                "<li>",
                "</ul>",
                "<h2>",
                "<b>",
                "<a href=x>",
                "&",
                "<",
                "\0",
                SENTENCE,
            ]
        ),
        max_size=60,
    )
)
def test_any_soup_of_tags_gives_a_text_or_a_reason(parts: list[str]) -> None:
    try:
        assert read(f"<html>{''.join(parts)}".encode())
    except ExtractionError as error:
        assert error.reason in ("empty_text", "unsupported_type")


def test_a_zip_bomb_is_refused_before_it_is_unpacked() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b" " * 200_000_000)
    with pytest.raises(ExtractionError, match="too_large"):
        read(packed.getvalue(), None)


def test_xml_entities_in_a_docx_are_refused() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(
            "word/document.xml", b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/hostname">]><a>&b;</a>'
        )
    with pytest.raises(ExtractionError, match="docx_damaged"):
        read(packed.getvalue(), None)


def test_plain_text_declared_a_pdf_is_a_damaged_one_and_a_page_is_a_page() -> None:
    with pytest.raises(ExtractionError, match="pdf_damaged"):
        extract(b"The file could not be made.", url="https://a.example/r.pdf", content_type="application/pdf")
    story = "<html><body><p>Both schools share a teacher of physics on Thursdays.</p></body></html>"
    found = extract(story.encode(), url="https://a.example/r.pdf", content_type="application/pdf")
    assert found.text.startswith("Both schools")
