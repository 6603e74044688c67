"""Tells running heads, running feet and page numbers from a PDF's text."""

import re
from collections import Counter, defaultdict
from collections.abc import Collection

from spiders.pdf_lines import Line

_EDGE_LINES = 3
"""Lines at a page's top and bottom that can be furniture."""
_PAGE_DIGITS = re.compile(r"(?<!\d)\d{1,3}(?!\d)")
_NUMBER = re.compile(
    r"^\W*(?:page|p\.?|seite|tudalen)?\s*(?:\d{1,4}|[ivxl]{1,7})(?:\s*(?:of|/|\||von|o)\s*\d{1,4})?\W*$",
    re.IGNORECASE,
)


def without_furniture(
    pages: list[list[Line]], heights: list[float], titles: Collection[tuple[int, str]] = ()
) -> list[list[Line]]:
    """Return the pages' lines without what stands at the same place on most pages, and without page numbers.

    `titles` are page and text of what the outline names: no furniture, wherever it stands.
    """
    named = {(page, _letters(title)) for page, title in titles}
    edges = [_edges(lines, named) for lines in pages]
    filled = sum(1 for lines in pages if lines)
    usual = _usual_size(pages)
    repeated = _repeated(edges, filled, usual)
    small = _small_places(edges, filled, usual)
    out = []
    for lines, edge, height in zip(pages, edges, heights, strict=True):
        furniture = {
            id(line)
            for line in edge
            if not repeated.isdisjoint(_keys(line, usual))
            or _small_place(line) in small
            or _is_number(line, lines, height)
        }
        out.append([line for line in lines if id(line) not in furniture])
    return out


def _letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", text.casefold())


def _usual_size(pages: list[list[Line]]) -> float:
    sizes: Counter[float] = Counter()
    for lines in pages:
        for line in lines:
            sizes[line.size] += len(line.text)
    return sizes.most_common(1)[0][0] if sizes else 0.0


def _small_places(edges: list[list[Line]], filled: int, usual: float) -> set[tuple[int, float]]:
    """Return places where most pages have a line in small type, though its words change: a chapter's name."""
    if filled < 4:
        return set()
    counts: Counter[tuple[int, float]] = Counter()
    for edge in edges:
        counts.update(
            {_small_place(line) for line in edge if line.size < 0.95 * usual and len(line.text) < 90}
        )
    return {place for place, count in counts.items() if count >= 0.6 * filled}


def _small_place(line: Line) -> tuple[int, float]:
    return round(line.top / 4), line.size


def _edges(lines: list[Line], named: set[tuple[int, str]]) -> list[Line]:
    """Return the lines nearest to the page's top and bottom, by place and not by reading order.

    Of the lines that the outline names the largest is not among them: a head may repeat a title in small type.
    """
    titled = [line for line in lines if (line.page, _letters(line.text)) in named]
    title = max(titled, key=lambda line: line.size, default=None)
    by_place = sorted(lines, key=lambda line: line.top)
    if not by_place:
        return []
    tops = sorted({round(line.top / 3) for line in by_place})
    near = {*tops[:_EDGE_LINES], *tops[-_EDGE_LINES:]}
    return [line for line in by_place if round(line.top / 3) in near and line is not title]


def _keys(line: Line, usual: float) -> list[tuple[str, int]]:
    """Return a line's text and place: as it is, and with each number that may be the page's told from that page.

    So "Review 2024–25 | 7" recurs on page 8 as "Review 2024–25 | 8". In large or bold type a number is no page's:
    "Case study 7" and "Case study 8" stay apart.
    """
    place = round(line.top / 4)
    text = line.text.casefold()
    if line.size > 1.05 * usual or line.is_bold:
        return [(text, place)]
    texts = [text, _PAGE_DIGITS.sub(lambda match: f"#{int(match.group()) - line.page}", text)]
    for match in [*_PAGE_DIGITS.finditer(text)][:4]:
        counted = f"#{int(match.group()) - line.page}"
        texts.append(text[: match.start()] + counted + text[match.end() :])
    return [(each, place) for each in dict.fromkeys(texts)]


def _repeated(edges: list[list[Line]], filled: int, usual: float) -> set[tuple[str, int]]:
    """Return text and place of edge lines met on several pages; odd and even pages may have heads of their own."""
    pages: dict[tuple[str, int], set[int]] = defaultdict(set)
    for number, lines in enumerate(edges):
        for line in lines:
            for key in _keys(line, usual):
                pages[key].add(number)
    found = {key for key, numbers in pages.items() if len(numbers) >= _needed(filled)}
    # The same words a few points higher or lower on some pages are the same head.
    places = {(text, place + shift) for text, place in found for shift in (-1, 1)}
    return found | {key for key in pages if key in places}


def _needed(filled: int) -> int:
    return 2 if filled <= 4 else 3 if filled <= 12 else max(3, filled // 6)


def _is_number(line: Line, lines: list[Line], height: float) -> bool:
    """Return whether a line is a page's number: at its top or foot, apart from all text."""
    is_outside = line.bottom < 0.12 * height or line.top > 0.88 * height
    if not is_outside or len(line.text) >= 20 or not _NUMBER.match(line.text):
        return False
    reach = 1.2 * line.size
    return not any(
        other is not line
        and other.top < line.bottom + reach
        and other.bottom > line.top - reach
        and len(other.text) > 20
        for other in lines
    )
