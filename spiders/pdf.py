"""A PDF to text with headings and page numbers."""

import re
from typing import Any
from urllib.parse import unquote, urlsplit

from spiders.characters import clean
from spiders.dates import parse_date
from spiders.extraction import Extraction, ExtractionError, Given, Heading
from spiders.language import settle_language
from spiders.pdf_furniture import without_furniture
from spiders.pdf_headings import Found, find_headings
from spiders.pdf_lines import Line, lines_of
from spiders.pdf_outline import outline_of
from spiders.pdf_paragraphs import Paragraph, body_of, paragraphs_of
from spiders.pdf_pieces import Piece, pieces_of

MAX_PAGES = 1500
_WRONG_PASSWORD = 4
_UNSUPPORTED_SECURITY = 5
_LEAST_LETTERS = 20
_JUNK_TITLE = re.compile(
    r"^(?:\(?(?:untitled|anonymous|unspecified)\)?|document\d*|layout \d+|title|print|microsoft word\b.*|"
    r"powerpoint presentation|.*\.(?:docx?|pdf|indd|pptx?|qxd|pub|ai|rtf|odt)|\W*|\S*_\S*|\d+)$",
    re.IGNORECASE,
)
_NO_LETTER = re.compile(r"[\W\d_]+")
_STRANGE = re.compile("[\x00-\x1f\ufffd\ue000-\uf8ff]")
_PUBLISHED = re.compile(
    r"\b(?:published|publication date|issued)(?: on| in)?:?\s+([^.;]{6,30})", re.IGNORECASE
)


def extract_pdf(body: bytes, *, url: str, given: Given) -> Extraction:
    """Return the extraction of a PDF; raises ExtractionError for one that is encrypted, cut or without text."""
    _refuse_cut(body)
    document = _opened(body)
    try:
        pages, heights = _read(document)
        entries = outline_of(document)
        stated, language = _stated(document)
    finally:
        document.close()
    _refuse_unreadable(pages)
    pages = without_furniture(pages, heights, [(entry.page, entry.title) for entry in entries])
    lines = [line for page in pages for line in page]
    body_look = body_of(lines)
    paragraphs = paragraphs_of(lines, body_look)
    text, starts, page_starts = _assembled(paragraphs, len(pages))
    if not text:
        raise ExtractionError("empty_text", "the PDF has only running heads and page numbers")
    headings = _placed(find_headings(paragraphs, entries, body_look), paragraphs, starts)
    return Extraction(
        title=_title(paragraphs, stated, url, given),
        text=text,
        published=parse_date(given.published) or _published(text),
        language=settle_language(text, declared=given.language or language),
        canonical=None,
        rights={},
        headings=headings,
        page_starts=page_starts,
    )


def _refuse_cut(body: bytes) -> None:
    end = body.rfind(b"%%EOF")
    tail = body[end:] if end >= 0 else body[-2048:]
    if end < 0 and not re.search(rb"startxref\s+\d+\s*$", tail):
        raise ExtractionError("pdf_damaged", "the PDF has no end mark: it is cut short")
    if end >= 0 and len(tail) > 1024 and re.search(rb"\d+ \d+ obj\b", tail):
        raise ExtractionError("pdf_damaged", "the PDF's last part has no end mark: it is cut short")
    linear = re.search(rb"/Linearized\b[^>]{0,200}?/L\s+(\d+)", body[:2048])
    if linear and int(linear[1]) > len(body) + 1024:
        raise ExtractionError(
            "pdf_damaged", f"the PDF says it has {int(linear[1])} bytes and has {len(body)}"
        )


def _opened(body: bytes) -> Any:
    import pypdfium2 as pdfium  # heavy

    try:
        document = pdfium.PdfDocument(body)
        count = len(document)
    except pdfium.PdfiumError as error:
        code = getattr(error, "err_code", None)
        if code in (_WRONG_PASSWORD, _UNSUPPORTED_SECURITY) or "password" in str(error).lower():
            raise ExtractionError("pdf_encrypted", "the PDF asks for a password") from None
        raise ExtractionError("pdf_damaged", f"pdfium cannot read it: {str(error)[:120]}") from None
    if count == 0:
        raise ExtractionError("pdf_damaged", "the PDF has no pages")
    if count > MAX_PAGES:
        document.close()
        raise ExtractionError("too_large", f"{count} pages; at most {MAX_PAGES}")
    return document


def _read(document: Any) -> tuple[list[list[Line]], list[float]]:
    import pypdfium2 as pdfium  # heavy

    pages: list[list[Piece]] = []
    heights: list[float] = []
    for number in range(len(document)):
        try:
            page = document[number]
        except pdfium.PdfiumError as error:
            raise ExtractionError(
                "pdf_damaged", f"page {number + 1} cannot be read: {str(error)[:80]}"
            ) from None
        try:
            pages.append(pieces_of(page))
            heights.append(page.get_height())
        finally:
            page.close()
    return lines_of(pages), heights


def _refuse_unreadable(pages: list[list[Line]]) -> None:
    text = "".join(line.text for lines in pages for line in lines)
    letters = len(_NO_LETTER.sub("", text))
    if letters < _LEAST_LETTERS:
        raise ExtractionError(
            "pdf_no_text_layer", f"{len(pages)} pages and {letters} letters: a scan without text layer"
        )
    strange = len(_STRANGE.findall(text))
    if strange > 0.3 * len(text):
        raise ExtractionError("pdf_no_text_layer", "the PDF's fonts do not say which characters they draw")


def _assembled(paragraphs: list[Paragraph], page_count: int) -> tuple[str, list[int], tuple[int, ...]]:
    """Return the text, each paragraph's offset, and each page's."""
    parts: list[str] = []
    starts: list[int] = []
    begins: dict[int, int] = {}
    at = 0
    for number, paragraph in enumerate(paragraphs):
        if number:
            gap = "\n" if paragraph.is_item and paragraphs[number - 1].is_item else "\n\n"
            parts.append(gap)
            at += len(gap)
        starts.append(at)
        for page, offset in paragraph.page_breaks:
            begins.setdefault(page, at + offset)
        parts.append(paragraph.text)
        at += len(paragraph.text)
    page_starts = [0] * page_count
    following = at
    for page in range(page_count, 0, -1):
        following = min(begins.get(page, following), following)
        page_starts[page - 1] = following
    page_starts[0] = 0
    return "".join(parts), starts, tuple(page_starts)


def _placed(found: list[Found], paragraphs: list[Paragraph], starts: list[int]) -> tuple[Heading, ...]:
    headings = []
    for one in found:
        start = starts[one.paragraph]
        paragraph = paragraphs[one.paragraph]
        headings.append(
            Heading(one.title, start, start + len(paragraph.text), one.level, paragraph.page, one.confidence)
        )
    return tuple(headings)


def _stated(document: Any) -> tuple[str, str | None]:
    """Return title and language from the PDF's own metadata."""
    import pypdfium2 as pdfium  # heavy

    try:
        title = clean(document.get_metadata_value("Title"), keep_lines=False)
    except (pdfium.PdfiumError, UnicodeError, KeyError):
        title = ""
    return ("" if _JUNK_TITLE.match(title) else title[:300]), None


def _title(paragraphs: list[Paragraph], stated: str, url: str, given: Given) -> str:
    if given.title and (title := clean(given.title, keep_lines=False)):
        return title
    if stated:
        return stated
    opening = [
        paragraph for paragraph in paragraphs if paragraph.page == paragraphs[0].page and paragraph.style
    ]
    if opening:
        largest = max(paragraph.lines[0].size for paragraph in opening)
        same = [paragraph for paragraph in opening if paragraph.lines[0].size == largest][:2]
        return " ".join(paragraph.text for paragraph in same)[:300]
    name = unquote(urlsplit(url).path.rsplit("/", 1)[-1])
    return (
        re.sub(r"[-_]+", " ", re.sub(r"\.pdf$", "", name, flags=re.IGNORECASE)).strip()
        or paragraphs[0].text[:100]
    )


def _published(text: str) -> str | None:
    """Return the date that the first or last part of the text calls that of publication."""
    found = {
        date
        for part in (text[:3000], text[-3000:])
        for match in _PUBLISHED.finditer(part)
        if (date := parse_date(match[1]))
    }
    return found.pop() if len(found) == 1 else None
