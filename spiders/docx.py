"""A DOCX file to text with headings; hostile ones (zip bombs, XML entities) are refused before they are opened."""

import io
import re
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from spiders.characters import clean
from spiders.dates import parse_date
from spiders.extraction import Extraction, ExtractionError, Given, Heading
from spiders.language import settle_language

MAX_UNPACKED = 150_000_000
"""Bytes of all parts together."""
MAX_XML = 60_000_000
MAX_PARTS = 5000
_MAX_RATIO = 200
_HEADING = re.compile(r"^(?:heading|überschrift|titre|rubrik|kop)\s*(\d)$", re.IGNORECASE)
_LIST = re.compile(r"^list", re.IGNORECASE)
_DTD = re.compile(rb"<!\s*(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


@dataclass(slots=True)
class _Block:
    text: str
    level: int | None
    confidence: float
    is_item: bool = False
    is_row: bool = False
    size: float = 0.0
    is_bold: bool = False


def is_docx(body: bytes) -> bool:
    """Return whether the bytes are a zip archive that holds a Word document."""
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            return "word/document.xml" in archive.namelist()
    except (zipfile.BadZipFile, ValueError, OSError):
        return b"word/document.xml" in body


def extract_docx(body: bytes, *, given: Given) -> Extraction:
    """Return the extraction of a DOCX file; raises ExtractionError."""
    _refuse_hostile(body)
    document = _opened(body)
    blocks = [block for block in _blocks(document) if block.text]
    _raise_headings(blocks)
    text, headings = _assembled(blocks)
    if not text:
        raise ExtractionError("empty_text", "the document has no text")
    return Extraction(
        title=_title(document, blocks, given),
        text=text,
        published=parse_date(given.published),
        language=settle_language(text, declared=given.language),
        canonical=None,
        rights={},
        headings=headings,
        page_starts=(),
    )


def _refuse_hostile(body: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            parts = archive.infolist()
            unpacked = sum(part.file_size for part in parts)
            if len(parts) > MAX_PARTS or unpacked > MAX_UNPACKED:
                raise ExtractionError("too_large", f"{len(parts)} parts, {unpacked} bytes unpacked")
            if unpacked > 20_000_000 and unpacked > _MAX_RATIO * len(body):
                raise ExtractionError("too_large", f"{len(body)} bytes unpack to {unpacked}")
            for part in parts:
                if part.filename.endswith((".xml", ".rels")):
                    _refuse_part(archive, part)
    except (zipfile.BadZipFile, ValueError, OSError, RuntimeError, NotImplementedError, EOFError) as error:
        raise ExtractionError("docx_damaged", f"the archive cannot be read: {str(error)[:100]}") from None
    except zlib.error as error:
        raise ExtractionError("docx_damaged", f"a part cannot be unpacked: {str(error)[:100]}") from None


def _refuse_part(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    if part.file_size > MAX_XML:
        raise ExtractionError("too_large", f"{part.filename} has {part.file_size} bytes")
    with archive.open(part) as opened:
        if _DTD.search(opened.read(4096)):
            raise ExtractionError(
                "docx_damaged", f"{part.filename} declares a document type, which no word processor writes"
            )
        size = 4096
        while chunk := opened.read(1 << 20):
            size += len(chunk)
            if size > MAX_XML:
                raise ExtractionError("too_large", f"{part.filename} unpacks to more than {MAX_XML} bytes")


def _opened(body: bytes) -> Any:
    import docx  # heavy

    try:
        return docx.Document(io.BytesIO(body))
    except Exception as error:  # noqa: BLE001  # python-docx raises whatever the damage leads to
        raise ExtractionError("docx_damaged", f"python-docx cannot read it: {str(error)[:100]}") from None


def _blocks(document: Any) -> list[_Block]:
    from docx.text.paragraph import Paragraph  # heavy

    default = _default_size(document)
    out: list[_Block] = []
    for element in _parts(document.element.body):
        if element.tag == f"{_W}tbl":
            out += _table(element)
        else:
            out.append(_paragraph(Paragraph(element, document), default))
    return out


def _parts(parent: Any) -> Iterator[Any]:
    """Yield paragraphs and tables in order, those in content controls too, a table of contents not."""
    for element in parent:
        if element.tag in (f"{_W}p", f"{_W}tbl"):
            yield element
        elif element.tag == f"{_W}sdt":
            gallery = element.find(f"{_W}sdtPr/{_W}docPartObj/{_W}docPartGallery")
            content = element.find(f"{_W}sdtContent")
            is_contents = gallery is not None and "Contents" in gallery.get(f"{_W}val", "")
            if content is not None and not is_contents:
                yield from _parts(content)


def _default_size(document: Any) -> float:
    """Return the size in points of text that says nothing about it."""
    size = document.styles.element.find(f"{_W}docDefaults/{_W}rPrDefault/{_W}rPr/{_W}sz")
    value = size.get(f"{_W}val", "") if size is not None else ""
    return int(value) / 2 if value.isdigit() else 10.0


def _table(table: Any) -> list[_Block]:
    """Return a table's rows, cells parted by bars; a table of one column is a box around paragraphs."""
    out: list[_Block] = []
    for row in table.iter(f"{_W}tr"):
        cells = [
            [clean("".join(_runs_text(paragraph)), keep_lines=False) for paragraph in cell.iter(f"{_W}p")]
            for cell in row.iterchildren(f"{_W}tc")
        ]
        filled = [[text for text in cell if text] for cell in cells]
        if len(filled) == 1 or any(sum(len(text) for text in cell) > 400 for cell in filled):
            out += [_Block(text, None, 0.0) for cell in filled for text in cell]
        else:
            text = " | ".join(" ".join(cell) for cell in filled)
            out.append(_Block(text if text.strip(" |") else "", None, 0.0, is_row=True))
    return out


def _runs_text(paragraph: Any) -> list[str]:
    """Return a paragraph's text, links and accepted insertions included, deletions not."""
    parts: list[str] = []
    for element in paragraph.iter(f"{_W}t", f"{_W}tab", f"{_W}br", f"{_W}noBreakHyphen", _FALLBACK):
        if element.tag == f"{_W}t" and next(element.iterancestors(_FALLBACK), None) is None:
            parts.append(element.text or "")
        elif element.tag in (f"{_W}tab", f"{_W}br") and element.getparent().tag == f"{_W}r":
            parts.append(" ")
        elif element.tag == f"{_W}noBreakHyphen":
            parts.append("-")
    return parts


def _paragraph(paragraph: Any, default: float) -> _Block:
    text = clean("".join(_runs_text(paragraph._p)), keep_lines=False)  # noqa: SLF001  # links are not among its runs
    style = paragraph.style
    name = (style.name or "") if style is not None else ""
    level, confidence = _styled_level(paragraph, name)
    runs = [run for run in paragraph.runs if run.text.strip()]
    is_bold = bool(runs) and all(_is_bold(run, style) for run in runs)
    size = max((_size(run, style, default) for run in runs), default=default)
    is_item = _LIST.match(name) is not None or paragraph._p.find(f"{_W}pPr/{_W}numPr") is not None  # noqa: SLF001
    return _Block(text, level, confidence, is_item=is_item and level is None, size=size, is_bold=is_bold)


def _styled_level(paragraph: Any, name: str) -> tuple[int | None, float]:
    if match := _HEADING.match(name):
        return int(match[1]), 1.0
    if name.lower() == "title":
        return 1, 0.9
    outline = paragraph._p.find(f"{_W}pPr/{_W}outlineLvl")  # noqa: SLF001
    if outline is not None and (value := outline.get(f"{_W}val", "")).isdigit() and int(value) < 9:
        return int(value) + 1, 1.0
    return None, 0.0


def _is_bold(run: Any, style: Any) -> bool:
    stated = run.bold if run.bold is not None else _inherited(style, "bold")
    return bool(stated)


def _size(run: Any, style: Any, default: float) -> float:
    stated = run.font.size or _inherited(style, "size")
    return float(stated.pt) if stated is not None else default


def _inherited(style: Any, name: str) -> Any:
    """Return what a style or one that it is based on says of its font; None if none does."""
    for _ in range(10):
        if style is None:
            return None
        if (stated := getattr(style.font, name)) is not None:
            return stated
        style = style.base_style
    return None


def _raise_headings(blocks: list[_Block]) -> None:
    """Give a level to paragraphs that are headings by their look alone: short, and large or bold throughout."""
    sizes: Counter[float] = Counter()
    for block in blocks:
        sizes[block.size] += len(block.text)
    body = sizes.most_common(1)[0][0] if sizes else 0.0
    deepest = max((block.level or 0 for block in blocks), default=0)
    looks = sorted(
        {(block.size, block.is_bold) for block in blocks if _looks_raised(block, body)}, reverse=True
    )
    for block in blocks:
        if _looks_raised(block, body):
            block.level = deepest + 1 + looks.index((block.size, block.is_bold))
            block.confidence = 0.7


def _looks_raised(block: _Block, body: float) -> bool:
    if block.level is not None or block.is_item or block.is_row or len(block.text.split()) > 16:
        return False
    return block.text[-1] not in ".,;" and (block.is_bold or (body > 0 and block.size > 1.12 * body))


def _assembled(blocks: list[_Block]) -> tuple[str, tuple[Heading, ...]]:
    parts: list[str] = []
    headings: list[Heading] = []
    at = 0
    before: _Block | None = None
    for block in blocks:
        text = f"- {block.text}" if block.is_item else block.text
        if before is not None:
            together = (block.is_item and before.is_item) or (block.is_row and before.is_row)
            parts.append("\n" if together else "\n\n")
            at += len(parts[-1])
        if block.level is not None:
            headings.append(Heading(text, at, at + len(text), block.level, None, block.confidence))
        parts.append(text)
        at += len(text)
        before = block
    return "".join(parts), tuple(headings)


def _title(document: Any, blocks: list[_Block], given: Given) -> str:
    stated = given.title or ""
    if not stated:
        try:
            stated = document.core_properties.title or ""
        except Exception:  # noqa: BLE001  # a damaged properties part must not cost the text
            stated = ""
    stated = clean(stated, keep_lines=False)
    if stated and stated.lower() not in ("word document", "untitled"):
        return stated[:300]
    return next((block.text for block in blocks if block.level is not None), blocks[0].text[:120])
