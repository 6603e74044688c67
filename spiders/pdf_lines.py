"""Words on a page to lines in reading order: column by column, full-width lines between."""

from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise

from spiders.pdf_pieces import Piece

_BIN = 2.0  # points

_Gutter = tuple[float, float]
"""Left and right edge of the white between two columns."""


@dataclass(slots=True)
class Line:
    """A line of one column; `column` numbers the page's columns in reading order."""

    pieces: list[Piece] = field(repr=False)
    text: str
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
    def first_width(self) -> float:
        """Return the width of the first word in points, about."""
        first = self.pieces[0]
        return (first.right - first.left) * (len(first.text.split(" ", 1)[0]) / max(len(first.text), 1))


@dataclass(slots=True)
class _Row:
    pieces: list[Piece]
    top: float
    bottom: float


def lines_of(pages: list[list[Piece]]) -> list[list[Line]]:
    """Return each page's lines in reading order.

    A gutter met on several pages holds on the others too, where few lines show it, unless text runs over it.
    """
    rows = [_rows(_with_drop_caps(pieces)) for pieces in pages]
    own = [_gutters(each) for each in rows]
    usual = _usual(rows, own)
    return [
        _read_in_order(each, _with_usual(each, gutters, usual), number)
        for number, (each, gutters) in enumerate(zip(rows, own, strict=True), 1)
    ]


def _read_in_order(rows: list[_Row], gutters: list[_Gutter], page: int) -> list[Line]:
    lines: list[Line] = []
    column = 0
    for band, open_gutters in _bands(rows, gutters):
        for left, right in pairwise([-1e9, *open_gutters, 1e9]):
            inside = []
            for row in band:
                pieces = [piece for piece in row.pieces if left <= (piece.left + piece.right) / 2 < right]
                inside += [_line(part, page, column) for part in _parts(pieces)]
            if inside:
                lines += sorted(inside, key=lambda line: line.top + line.bottom)
                column += 1
    return lines


def _usual(rows: list[list[_Row]], own: list[list[_Gutter]]) -> list[_Gutter]:
    """Return the gutters that hold on the whole: over which text runs on few pages."""
    found: list[_Gutter] = []
    filled = [each for each in rows if each]
    for gutter in (gutter for gutters in own for gutter in gutters):
        if any(low < gutter[1] and gutter[0] < high for low, high in found):
            continue
        if sum(_runs_over(each, gutter) > 0.3 for each in filled) <= 0.3 * len(filled):
            found.append(gutter)
    return found


def _runs_over(rows: list[_Row], gutter: _Gutter) -> float:
    """Return the share of rows with a piece on both sides of the gutter."""
    low, high = gutter
    return sum(
        1 for row in rows if any(piece.left < low and piece.right > high for piece in row.pieces)
    ) / len(rows)


def _with_usual(rows: list[_Row], own: list[_Gutter], usual: list[_Gutter]) -> list[_Gutter]:
    out = list(own)
    for low, high in usual:
        if any(one[0] < high and low < one[1] for one in own):
            continue
        has_right = any(row.pieces[-1].left >= high - 1 for row in rows)
        if has_right and _runs_over(rows, (low, high)) <= 0.3:
            out.append((low, high))
    return sorted(out)


def _with_drop_caps(pieces: list[Piece]) -> list[Piece]:
    """Return the pieces with each large first letter put before the line that goes on from it."""
    caps = [
        piece for piece in pieces if len(piece.text) == 1 and piece.text.isalpha() and piece.text.isupper()
    ]
    for cap in caps:
        beside = [
            piece
            for piece in pieces
            if piece.size * 1.8 < cap.size
            and -0.3 * cap.size < piece.left - cap.right < 0.8 * cap.size
            and cap.top - piece.size < (piece.top + piece.bottom) / 2 < cap.bottom
        ]
        if len(beside) > 1:
            first = min(beside, key=lambda piece: piece.top)
            first.text = cap.text + ("" if first.text[:1].islower() else " ") + first.text
            first.left = cap.left
            pieces = [piece for piece in pieces if piece is not cap]
    return pieces


def _rows(pieces: list[Piece]) -> list[_Row]:
    """Group pieces that share a baseline, whichever column they stand in."""
    rows: list[_Row] = []
    for piece in sorted(pieces, key=lambda piece: (piece.top + piece.bottom, piece.left)):
        middle = (piece.top + piece.bottom) / 2
        for row in reversed(rows[-3:]):
            overlap = min(row.bottom, piece.bottom) - max(row.top, piece.top)
            smaller = max(min(row.bottom - row.top, piece.bottom - piece.top), 0.1)
            if overlap > 0.55 * smaller and row.top < middle < row.bottom:
                row.pieces.append(piece)
                break
        else:
            rows.append(_Row([piece], piece.top, piece.bottom))
    for row in rows:
        row.pieces.sort(key=lambda piece: piece.left)
    rows.sort(key=lambda row: row.top)
    return rows


def _gutters(rows: list[_Row]) -> list[_Gutter]:
    """Return the white strips between columns, each as left and right edge."""
    if len(rows) < 4:
        return []
    right = max(row.pieces[-1].right for row in rows)
    left = min(row.pieces[0].left for row in rows)
    count = int((right - left) / _BIN) + 2
    if count > 5000:
        return []
    cross, ends, starts = [0] * (count + 1), [0] * (count + 1), [0] * (count + 1)
    sizes: Counter[float] = Counter()
    for row in rows:
        ends[min(int((row.pieces[0].right - left) / _BIN) + 1, count)] += 1
        starts[max(int((row.pieces[-1].left - left) / _BIN), 0)] += 1
        for piece in row.pieces:
            sizes[piece.size] += len(piece.text)
            cross[int((piece.left - left) / _BIN)] += 1
            cross[min(int((piece.right - left) / _BIN) + 1, count)] -= 1
    least = max(0.7 * sizes.most_common(1)[0][0], 5.0)
    return _strips(cross, ends, starts, left, least, len(rows))


def _strips(
    cross: list[int], ends: list[int], starts: list[int], left: float, least: float, row_count: int
) -> list[_Gutter]:
    strips: list[_Gutter] = []
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


def _bands(rows: list[_Row], gutters: list[_Gutter]) -> list[tuple[list[_Row], list[float]]]:
    """Cut the page into bands of rows that are read as a whole, each with the gutters that are open in it."""
    bands: list[tuple[list[_Row], list[float]]] = []
    current: set[int] | None = None
    usual_size = _usual_size(rows)
    for place, row in enumerate(rows):
        crossed = {number for number, gutter in enumerate(gutters) if _crosses(row, gutter)}
        if row.pieces[0].size > 1.12 * usual_size or row.pieces[0].is_bold:
            crossed |= {number for number, gutter in enumerate(gutters) if _stands_over(rows, place, gutter)}
        spans = {number for number, gutter in enumerate(gutters) if _spans(row, gutter)}
        # A row that says nothing about a gutter goes with the band it stands in.
        if current is None or crossed - current or (spans - crossed) & current:
            current = crossed
            bands.append(([], []))
        bands[-1][0].append(row)
        bands[-1][1][:] = [
            (gutter[0] + gutter[1]) / 2 for number, gutter in enumerate(gutters) if number not in current
        ]
    return bands


def _usual_size(rows: list[_Row]) -> float:
    sizes: Counter[float] = Counter()
    for row in rows:
        for piece in row.pieces:
            sizes[piece.size] += len(piece.text)
    return sizes.most_common(1)[0][0] if sizes else 0.0


def _stands_over(rows: list[_Row], place: int, gutter: _Gutter) -> bool:
    """Return whether a short heading left of a gutter stands over both columns.

    It does if the column to its right has white beside it, ends no lower above it than the left one does, and goes
    on below it at the same height as the left one.
    """
    row = rows[place]
    if row.pieces[-1].right > gutter[0] + 1:
        return False
    size = row.pieces[0].size
    middle = (gutter[0] + gutter[1]) / 2
    bottoms, tops = ([row.top - 9e9], [row.top - 9e9]), ([9e9], [9e9])
    for other in rows[max(0, place - 60) : place + 60]:
        for piece in other.pieces:
            side = int(piece.left >= middle)
            if piece.bottom <= row.top + 1:
                bottoms[side].append(piece.bottom)
            elif piece.top >= row.bottom - 1:
                if piece.size < size or not piece.is_bold:
                    tops[side].append(piece.top)
            elif side:
                return False
    has_room = min(tops[1]) - max(bottoms[1]) > 2 * size
    return (
        has_room
        and abs(min(tops[0]) - min(tops[1])) < 0.3 * size
        and max(bottoms[1]) <= max(bottoms[0]) + 0.3 * size
    )


def _crosses(row: _Row, gutter: _Gutter) -> bool:
    """Return whether a row's text runs on over the gutter."""
    left, right = _neighbours(row, gutter)
    return (
        left is not None and right is not None and right.left - left.right < 0.6 * (gutter[1] - gutter[0])
    ) or any(piece.left < gutter[0] - 1 and piece.right > gutter[1] + 1 for piece in row.pieces)


def _spans(row: _Row, gutter: _Gutter) -> bool:
    """Return whether a row shows that the gutter is open: text right of it, and none that runs over it."""
    _, right = _neighbours(row, gutter)
    return right is not None and not _crosses(row, gutter)


def _neighbours(row: _Row, gutter: _Gutter) -> tuple[Piece | None, Piece | None]:
    middle = (gutter[0] + gutter[1]) / 2
    left = next((piece for piece in reversed(row.pieces) if (piece.left + piece.right) / 2 < middle), None)
    right = next((piece for piece in row.pieces if (piece.left + piece.right) / 2 >= middle), None)
    return left, right


def _parts(pieces: list[Piece]) -> list[list[Piece]]:
    """Return a row's pieces cut where a wide gap parts text of another size or weight: no line goes on like that."""
    parts: list[list[Piece]] = []
    for piece in pieces:
        before = parts[-1][-1] if parts else None
        if before is None or (
            piece.left - before.right > 1.5 * max(piece.size, before.size)
            and (piece.is_bold != before.is_bold or abs(piece.size - before.size) > 0.12 * before.size)
        ):
            parts.append([piece])
        else:
            parts[-1].append(piece)
    return parts


def _line(pieces: list[Piece], page: int, column: int) -> Line:
    size, font, is_bold = pieces[0].size, pieces[0].font, pieces[0].is_bold
    if any(piece.size != size or piece.font != font or piece.is_bold != is_bold for piece in pieces):
        size, font, is_bold = _dominant(pieces)
    return Line(
        pieces=pieces,
        text=_text(pieces),
        page=page,
        column=column,
        left=pieces[0].left,
        right=max(piece.right for piece in pieces),
        top=min(piece.top for piece in pieces),
        bottom=max(piece.bottom for piece in pieces),
        size=size,
        font=font,
        is_bold=is_bold,
    )


def _text(pieces: list[Piece]) -> str:
    """Return the pieces' text, a space between two unless they touch: many programs store words in parts."""
    text = pieces[0].text
    for before, after in pairwise(pieces):
        touch = -0.3 * after.size < after.left - before.right < 0.1 * after.size
        text += after.text if touch else f" {after.text}"
    return text


def _dominant(pieces: list[Piece]) -> tuple[float, str, bool]:
    """Return size, font and weight of most of a line's characters."""
    sizes: Counter[float] = Counter()
    fonts: Counter[str] = Counter()
    bold = 0
    for piece in pieces:
        length = len(piece.text)
        sizes[piece.size] += length
        fonts[piece.font] += length
        bold += length * piece.is_bold
    return sizes.most_common(1)[0][0], fonts.most_common(1)[0][0], bold > 0.8 * sum(sizes.values())
