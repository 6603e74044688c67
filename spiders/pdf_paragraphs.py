"""Lines in reading order to paragraphs and headings: hyphens joined, paragraphs carried over columns and pages."""

import re
from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise

from spiders.characters import clean
from spiders.pdf_lines import Line

_TERMINAL = re.compile(r"[.!?:;][\"'”’)\]]*$")
_BULLET = re.compile(r"^(?:[•▪■●◦○‣–—*·➢➤✓✔\-]\s+|[•▪■●◦○‣➢➤✓✔]|\(?\d{1,2}[.)]\s+|\(?[a-z][.)]\s+)")
_MARKER = re.compile(r"^[•▪■●◦○‣·➢➤✓✔]\s*|^[–—*\-]\s+")
_LETTER = re.compile(r"[^\W\d_]")
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)+|[^\W\d_]+")
_LEADERS = re.compile(r"(?:\.\s?){4,}\s*\d{1,4}\s*$|…+\s*\d{1,4}\s*$")
_MOST_HEADING_WORDS = 22
_LEAST_PARTED = 3
_SHORT_LINE = 0.35
"""Share of a column's width that is white on a line ended on purpose, where white parts the paragraphs."""


@dataclass(slots=True)
class Paragraph:
    """Lines that make one paragraph, one list item or one heading; `style` is None for running text."""

    lines: list[Line]
    style: tuple[float, bool] | None = None
    text: str = ""
    page_breaks: list[tuple[int, int]] = field(default_factory=list)
    """Page number and offset in `text` where that page's part begins; the first is the paragraph's own page."""
    is_item: bool = False

    @property
    def page(self) -> int:
        """Return the page on which it begins, from 1."""
        return self.lines[0].page


@dataclass(frozen=True, slots=True)
class Body:
    """How the document's running text looks: size in points, bold or not, white between two lines."""

    size: float
    is_bold: bool
    font: str
    gap: float
    is_parted: bool
    """Whether white between paragraphs parts them, throughout the document."""


def body_of(lines: list[Line]) -> Body:
    """Return the look that most characters have."""
    looks: Counter[tuple[float, bool]] = Counter()
    fonts: Counter[str] = Counter()
    for line in lines:
        length = sum(len(piece.text) for piece in line.pieces)
        looks[(line.size, line.is_bold)] += length
    size, is_bold = looks.most_common(1)[0][0] if looks else (10.0, False)
    gaps: Counter[float] = Counter()
    for before, after in pairwise(lines):
        if before.page == after.page and before.column == after.column and before.size == after.size == size:
            gaps[round(after.top - before.bottom)] += 1
            fonts[after.font] += 1
    gap = min(gaps.most_common(1)[0][0] if gaps else 0.2 * size, 1.2 * size)
    wide = sum(count for each, count in gaps.items() if gap + 0.4 * size < each < gap + 2.5 * size)
    is_parted = wide >= max(_LEAST_PARTED, 0.04 * sum(gaps.values()))
    return Body(size, is_bold, fonts.most_common(1)[0][0] if fonts else "", gap, is_parted)


def paragraphs_of(lines: list[Line], body: Body) -> list[Paragraph]:
    """Return paragraphs in order, with their text."""
    right_edges = _right_edges(lines)
    out: list[Paragraph] = []
    for line in lines:
        style = _style(line, body)
        if out and _continues(out[-1], line, style, body, right_edges):
            out[-1].lines.append(line)
        else:
            out.append(Paragraph([line], style))
    for paragraph in out:
        if paragraph.style is not None and not _can_be_heading(paragraph):
            paragraph.style = None
    known = _vocabulary(lines)
    for paragraph in out:
        _write(paragraph, known)
    return [paragraph for paragraph in out if paragraph.text]


def _style(line: Line, body: Body) -> tuple[float, bool] | None:
    """Return size and weight of a line that looks like a heading, None for running text."""
    if line.size >= body.size * 1.12:
        return (line.size, line.is_bold)
    if line.is_bold and not body.is_bold and line.size >= body.size * 0.8:
        return (line.size, True)
    return None


def _can_be_heading(paragraph: Paragraph) -> bool:
    text = " ".join(line.text for line in paragraph.lines)
    words = text.split()
    if (
        len(words) > _MOST_HEADING_WORDS
        or len(paragraph.lines) > 4
        or len(_LETTER.findall(text)) < 3
        or _LEADERS.search(text)
    ):
        return False
    return not (text.endswith((".", ",", ";")) and len(words) > 6) and not text.startswith(("“", '"', "‘"))


def _right_edges(lines: list[Line]) -> dict[tuple[int, int], float]:
    edges: dict[tuple[int, int], float] = {}
    for line in lines:
        key = (line.page, line.column)
        edges[key] = max(edges.get(key, 0.0), line.right)
    return edges


def _continues(
    paragraph: Paragraph,
    line: Line,
    style: tuple[float, bool] | None,
    body: Body,
    right_edges: dict[tuple[int, int], float],
) -> bool:
    before = paragraph.lines[-1]
    if (
        style != paragraph.style
        or abs(line.size - before.size) > 0.15 * before.size
        or _BULLET.match(line.text)
    ):
        return False
    if line.page != before.page or line.column != before.column:
        return style is None and _runs_on(paragraph, line, right_edges)
    gap = line.top - before.bottom
    if style is not None:
        return gap < 0.5 * line.size and len(paragraph.lines) < 4
    if gap > body.gap + 0.4 * line.size or gap < -1.5 * line.size:
        return False
    first = paragraph.lines[0]
    is_item = bool(_BULLET.match(first.text))
    if not is_item and _is_indented(paragraph, line):
        return False
    return not _was_ended(before, line, right_edges[(before.page, before.column)], body)


def _was_ended(before: Line, line: Line, right_edge: float, body: Body) -> bool:
    """Return whether a line was ended on purpose: the next word would have fitted.

    Where white parts the paragraphs a sentence may well end somewhat short of the edge of ragged text.
    """
    ends = _TERMINAL.search(before.text) is not None
    if not ends and line.text[:1].islower():
        return False
    room = right_edge - before.right
    width = _first_width(line)
    if body.is_parted:
        width = max(width, _SHORT_LINE * (right_edge - before.left))
    return room > width + (0.6 if ends else 2.0) * line.size


def _is_indented(paragraph: Paragraph, line: Line) -> bool:
    before = paragraph.lines[-1]
    if len(paragraph.lines) == 1:
        return line.left - before.left > 0.8 * line.size and _TERMINAL.search(before.text) is not None
    return 0.8 * line.size < line.left - before.left < 5 * line.size


def _first_width(line: Line) -> float:
    """Return how wide the first word may be: about known, and capitals are wider than most letters."""
    return max(line.first_width, 0.6 * line.size * len(line.text.split(" ", 1)[0]))


def _runs_on(paragraph: Paragraph, line: Line, right_edges: dict[tuple[int, int], float]) -> bool:
    """Return whether running text goes on at the top of the next column or page.

    After a sentence's end it does if the lines before and after are full: a paragraph's last seldom is.
    """
    before = paragraph.lines[-1]
    ends = _TERMINAL.search(before.text) is not None
    if not ends and (before.text.endswith("-") or line.text[:1].islower()):
        return True
    if len(paragraph.lines) == 1 or _BULLET.match(paragraph.lines[0].text):
        return False
    if not ends:
        return True
    width = right_edges[(line.page, line.column)] - line.left
    return (
        right_edges[(before.page, before.column)] - before.right <= line.first_width
        and line.right - line.left > (1 - _SHORT_LINE) * width
        and sum(_TERMINAL.search(each.text) is None for each in paragraph.lines) >= 0.5 * len(paragraph.lines)
    )


def _vocabulary(lines: list[Line]) -> set[str]:
    """Return the words that stand within lines, where no hyphen was put in."""
    return set(_WORD.findall(" ".join(line.text.rpartition(" ")[0] for line in lines).lower()))


def _write(paragraph: Paragraph, known: set[str]) -> None:
    text = ""
    page = 0
    for line in paragraph.lines:
        part = clean(line.text, keep_lines=False)
        if not part:
            continue
        if not text:
            paragraph.is_item = paragraph.style is None and _MARKER.match(part) is not None
            if paragraph.is_item:
                part = "- " + _MARKER.sub("", part)
        elif text.endswith("-") and part[:1].islower() and not text.endswith(" -"):
            text = _joined(text, part, known)
        else:
            text += " "
        if line.page != page:
            page = line.page
            paragraph.page_breaks.append((page, len(text)))
        text += part
    paragraph.text = text


def _joined(text: str, part: str, known: set[str]) -> str:
    """Return the text up to a hyphen at a line's end, without the hyphen unless the word is written with one."""
    head = re.search(r"[^\W\d_]+(?:-[^\W\d_]+)*-$", text)
    tail = re.match(r"[^\W\d_]+(?:-[^\W\d_]+)*", part)
    if not head or not tail:
        return text
    whole = (head.group()[:-1] + tail.group()).lower()
    compound = (head.group() + tail.group()).lower()
    if compound in known and whole not in known:
        return text
    return text[:-1]
