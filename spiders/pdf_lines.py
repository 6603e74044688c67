"""Words on a page to lines in reading order: column by column, full-width lines between."""

from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise

from spiders.pdf_words import Word

_BIN = 2.0  # points


@dataclass(slots=True)
class Line:
    """A line of one column. `column` numbers the page's columns in reading order; `first_width` is its first word's."""

    words: list[Word] = field(repr=False)
    page: int
    column: int
    left: float
    right: float
    top: float
    bottom: float
    size: float
    font: str
    is_bold: bool

    @property
    def text(self) -> str:
        """Return the words, a space between two."""
        return " ".join(word.text for word in self.words)

    @property
    def first_width(self) -> float:
        """Return the width of the first word in points."""
        return self.words[0].right - self.words[0].left


@dataclass(slots=True)
class _Row:
    words: list[Word]
    top: float
    bottom: float


def lines_of(words: list[Word], page: int) -> list[Line]:
    """Return the page's lines in reading order; `page` counts from 1."""
    rows = _rows(words)
    gutters = _gutters(rows)
    lines: list[Line] = []
    column = 0
    for band, open_gutters in _bands(rows, gutters):
        edges = [-1e9, *open_gutters, 1e9]
        for left, right in pairwise(edges):
            inside = [
                line
                for row in band
                if (
                    line := _line(
                        [word for word in row.words if left <= (word.left + word.right) / 2 < right],
                        page,
                        column,
                    )
                )
            ]
            if inside:
                lines += inside
                column += 1
    return lines


def _rows(words: list[Word]) -> list[_Row]:
    """Group words that share a baseline, whichever column they stand in."""
    rows: list[_Row] = []
    for word in sorted(words, key=lambda word: (word.top + word.bottom, word.left)):
        middle = (word.top + word.bottom) / 2
        for row in reversed(rows[-3:]):
            overlap = min(row.bottom, word.bottom) - max(row.top, word.top)
            smaller = max(min(row.bottom - row.top, word.bottom - word.top), 0.1)
            if overlap > 0.55 * smaller and row.top < middle < row.bottom:
                row.words.append(word)
                break
        else:
            rows.append(_Row([word], word.top, word.bottom))
    for row in rows:
        row.words.sort(key=lambda word: word.left)
    rows.sort(key=lambda row: row.top)
    return rows


def _gutters(rows: list[_Row]) -> list[tuple[float, float]]:
    """Return the white strips between columns, each as left and right edge."""
    if len(rows) < 4:
        return []
    right = max(row.words[-1].right for row in rows)
    left = min(row.words[0].left for row in rows)
    count = int((right - left) / _BIN) + 2
    if count > 5000:
        return []
    cross, ends, starts = [0] * (count + 1), [0] * (count + 1), [0] * (count + 1)
    sizes: Counter[float] = Counter()
    for row in rows:
        ends[min(int((row.words[0].right - left) / _BIN) + 1, count)] += 1
        starts[max(int((row.words[-1].left - left) / _BIN), 0)] += 1
        for word in row.words:
            sizes[word.size] += len(word.text)
            cross[int((word.left - left) / _BIN)] += 1
            cross[min(int((word.right - left) / _BIN) + 1, count)] -= 1
    least = max(0.7 * sizes.most_common(1)[0][0], 5.0)
    return _strips(cross, ends, starts, left, least, len(rows))


def _strips(
    cross: list[int], ends: list[int], starts: list[int], left: float, least: float, row_count: int
) -> list[tuple[float, float]]:
    strips: list[tuple[float, float]] = []
    covering = before = 0
    after = row_count
    begun: float | None = None
    for index in range(len(cross)):
        covering += cross[index]
        before += ends[index]
        is_clear = before >= 4 and after >= 4 and covering <= 0.2 * min(before, after)
        after -= starts[index]
        x = left + index * _BIN
        if is_clear and begun is None:
            begun = x
        elif not is_clear and begun is not None:
            if x - begun >= least:
                strips.append((begun, x))
            begun = None
    return strips


def _bands(rows: list[_Row], gutters: list[tuple[float, float]]) -> list[tuple[list[_Row], list[float]]]:
    """Cut the page into bands of rows that are read as a whole, each with the gutters that are open in it."""
    bands: list[tuple[list[_Row], list[float]]] = []
    current: set[int] | None = None
    for row in rows:
        crossed = {number for number, gutter in enumerate(gutters) if _crosses(row, gutter)}
        spans = {number for number, gutter in enumerate(gutters) if _spans(row, gutter)}
        # A row that says nothing about a gutter goes with the band it stands in.
        if current is None or crossed - current or spans & current:
            current = crossed
            bands.append(([], []))
        bands[-1][0].append(row)
        bands[-1][1][:] = [
            (gutter[0] + gutter[1]) / 2 for number, gutter in enumerate(gutters) if number not in current
        ]
    return bands


def _crosses(row: _Row, gutter: tuple[float, float]) -> bool:
    """Return whether a row's text runs on over the gutter."""
    left, right = _neighbours(row, gutter)
    return (
        left is not None and right is not None and right.left - left.right < 0.6 * (gutter[1] - gutter[0])
    ) or any(word.left < gutter[0] - 1 and word.right > gutter[1] + 1 for word in row.words)


def _spans(row: _Row, gutter: tuple[float, float]) -> bool:
    """Return whether a row shows that the gutter is open: text right of it, and none that runs over it."""
    _, right = _neighbours(row, gutter)
    return right is not None and not _crosses(row, gutter)


def _neighbours(row: _Row, gutter: tuple[float, float]) -> tuple[Word | None, Word | None]:
    middle = (gutter[0] + gutter[1]) / 2
    left = next((word for word in reversed(row.words) if (word.left + word.right) / 2 < middle), None)
    right = next((word for word in row.words if (word.left + word.right) / 2 >= middle), None)
    return left, right


def _line(words: list[Word], page: int, column: int) -> Line | None:
    if not words:
        return None
    sizes: Counter[float] = Counter()
    fonts: Counter[str] = Counter()
    bold = total = 0
    for word in words:
        length = len(word.text)
        sizes[word.size] += length
        fonts[word.font] += length
        bold += length * word.is_bold
        total += length
    return Line(
        words=words,
        page=page,
        column=column,
        left=words[0].left,
        right=max(word.right for word in words),
        top=min(word.top for word in words),
        bottom=max(word.bottom for word in words),
        size=sizes.most_common(1)[0][0],
        font=fonts.most_common(1)[0][0],
        is_bold=bold > 0.8 * total,
    )
