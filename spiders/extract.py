"""Bytes to title, text and date: tells what a body is, and hands it to the reader of its kind."""

import re
from urllib.parse import unquote, urlsplit

from spiders.characters import clean, decode, is_binary
from spiders.dates import parse_date
from spiders.docx import extract_docx, is_docx
from spiders.extraction import Extraction, ExtractionError, Given, Heading
from spiders.language import settle_language
from spiders.source import Select, SplitRule

__all__ = ["Extraction", "ExtractionError", "Given", "Heading", "extract"]

MAX_BODY = 100_000_000
_MAX_PLAIN = 5_000_000
_NO_SELECT, _NOTHING_GIVEN = Select(), Given()
_TAG = re.compile(
    rb"<(?:!doctype\s+html|html|head|body|div|p|article|section|main|h[1-6]|span|a|ul|ol|li|table|br|b|i|em|strong|"
    rb"figure|blockquote|meta|title)\b[^<>]{0,2000}>",
    re.IGNORECASE,
)
_OTHERS = (
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"\xd0\xcf\x11\xe0", "an old binary Office file"),
    (b"{\\rtf", "an RTF file"),
    (b"Rar!", "a RAR archive"),
    (b"7z\xbc\xaf", "a 7z archive"),
)
_PAGE = re.compile(rb"<!doctype html|<html", re.IGNORECASE)
_XML = re.compile(
    rb"<\?xml[^>]{0,200}\?>\s*(?:<!--.{0,2000}?-->\s*)?<(?!!doctype html|html|div|p\b|body)|"
    rb"<(?:rss|feed|urlset|sitemapindex|svg)\b",
    re.IGNORECASE | re.DOTALL,
)
_PAGE_TYPES = ("text/html", "application/xhtml+xml")
_PLAIN_TYPES = ("text/plain", "text/markdown", "text/x-markdown")
_DATA_TYPES = (
    "application/json",
    "application/ld+json",
    "text/css",
    "text/javascript",
    "application/javascript",
    "text/csv",
    "text/calendar",
)


def extract(
    body: bytes,
    *,
    url: str,
    content_type: str | None,
    charset: str | None = None,
    select: Select = _NO_SELECT,
    split: SplitRule | None = None,
    given: Given = _NOTHING_GIVEN,
) -> Extraction:
    """Return what a body says, whatever its declared type claims that it is.

    `charset` is the header's. Raises ExtractionError, and nothing else that the bytes could cause.
    """
    if len(body) > MAX_BODY:
        raise ExtractionError("too_large", f"{len(body)} bytes; at most {MAX_BODY}")
    kind = sniff(body, content_type)
    if kind == "pdf":
        from spiders.pdf import extract_pdf  # heavy

        return extract_pdf(body, url=url, given=given)
    if kind == "docx":
        return extract_docx(body, given=given)
    text = decode(body, charset or _charset(content_type))
    if kind == "html":
        from spiders.webpage import extract_html  # heavy

        return extract_html(text, url=url, select=select, split=split, given=given)
    return _plain(text, url=url, given=given)


def sniff(body: bytes, content_type: str | None) -> str:
    """Return `html`, `pdf`, `docx` or `txt`: by the bytes first, then the declared type; raises ExtractionError."""
    declared = (content_type or "").split(";")[0].strip().lower()
    if not body.strip(b" \t\r\n\0"):
        raise ExtractionError("empty_text", "the body is empty")
    if b"%PDF-" in body[:1024]:
        return "pdf"
    if body.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        if is_docx(body):
            return "docx"
        raise ExtractionError("unsupported_type", "a zip archive that is no Word document")
    _refuse_others(body, declared)
    head = body[:4096].lstrip(b"\xef\xbb\xbf \t\r\n\0")
    if declared == "application/pdf" and not _TAG.search(body[:100_000]):
        raise ExtractionError("pdf_damaged", "declared as a PDF, and is none")
    if declared in _PLAIN_TYPES and not _PAGE.match(head):
        return "txt"
    if declared in _PAGE_TYPES or _TAG.search(body[:100_000].replace(b"\0", b"")):
        return "html"
    return "txt"


def _refuse_others(body: bytes, declared: str) -> None:
    for magic, name in _OTHERS:
        if body.startswith(magic):
            raise ExtractionError("unsupported_type", name)
    if is_binary(body):
        raise ExtractionError("unsupported_type", f"binary data declared as {declared or 'nothing'!r}")
    if declared in _DATA_TYPES and not _TAG.search(body[:2000]):
        raise ExtractionError("unsupported_type", f"declared as {declared!r}")
    if _XML.match(body[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")):
        raise ExtractionError("unsupported_type", "XML that is no page")


def _charset(content_type: str | None) -> str | None:
    match = re.search(r"charset\s*=\s*[\"']?([\w.:-]+)", content_type or "", re.IGNORECASE)
    return match[1] if match else None


def _plain(raw: str, *, url: str, given: Given) -> Extraction:
    """Return the extraction of plain text: paragraphs are parted by blank lines, hard-wrapped lines joined."""
    if len(raw) > _MAX_PLAIN:
        raise ExtractionError("too_large", f"{len(raw)} characters of plain text; at most {_MAX_PLAIN}")
    text = clean(raw)
    if not text:
        raise ExtractionError("empty_text", "the file has no text")
    first = text.split("\n", 1)[0].strip("#= ")
    name = unquote(urlsplit(url).path.rsplit("/", 1)[-1]).rsplit(".", 1)[0]
    title = clean(given.title or "", keep_lines=False) or (first if len(first) <= 120 else name)
    return Extraction(
        title=title,
        text=text,
        published=parse_date(given.published),
        language=settle_language(text, declared=given.language),
        canonical=None,
        rights={},
        headings=(),
        page_starts=(),
    )
