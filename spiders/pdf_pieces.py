"""The pieces of text of a PDF page with their boxes, sizes and fonts, as pdfium sees them.

Stream order carries no meaning here: layout programs store text in any order.
"""

import ctypes
import math
import re
from collections import Counter
from dataclasses import dataclass
from typing import Any, NamedTuple

from spiders.extraction import ExtractionError

MAX_CHARACTERS = 60_000
"""Characters on one page; more is no page that anybody reads."""

_WORD = re.compile("[^\\s\x02\ufffe\u00ad]+[\x02\ufffe\u00ad]*|[\x02\ufffe\u00ad]+")
_RUN = re.compile(r"\S(?:[^\r\n]*\S)?")
_HYPHENS = "\x02\ufffe\u00ad"
_BOLD = re.compile(r"bold|black|heavy|semibold|demi|extrab", re.IGNORECASE)
_FORCE_BOLD = 1 << 18


@dataclass(slots=True)
class Piece:
    """A word, or several of a line set as one; its box in points from the top left of the page as it is read."""

    text: str
    left: float
    right: float
    top: float
    bottom: float
    size: float
    font: str
    is_bold: bool


class _Look(NamedTuple):
    """How a word is set; `turn` in degrees, None if it is slanted."""

    size: float
    font: str
    is_bold: bool
    turn: int | None


def pieces_of(page: Any) -> list[Piece]:
    """Return the page's upright text in no particular order; turned ones (spines, watermarks) are left out."""
    textpage = page.get_textpage()
    try:
        return _Reader(page, textpage).words()
    finally:
        textpage.close()


class _Reader:
    """Reads one page.

    Calls into pdfium are what costs: two boxes and two looks a line, or two boxes a word where a line is set in parts.
    """

    def __init__(self, page: Any, textpage: Any) -> None:
        from pypdfium2 import raw  # heavy

        self.raw = raw
        self.handle = textpage.raw
        self.count = raw.FPDFText_CountChars(self.handle)
        if self.count > MAX_CHARACTERS:
            raise ExtractionError(
                "too_large", f"{self.count} characters on one PDF page; at most {MAX_CHARACTERS}"
            )
        self.bounds = page.get_bbox()
        self.box = raw.FS_RECTF()
        self.matrix = raw.FS_MATRIX()
        self.flags = ctypes.c_int()
        self.name = ctypes.create_string_buffer(160)
        self.fonts: dict[bytes, tuple[str, bool]] = {}

    def words(self) -> list[Piece]:
        text = self._text()
        found: list[tuple[int, Piece]] = []
        for run in _RUN.finditer(text):
            start, end = run.span()
            look = self._look(start)
            if end - start == 1 or self.raw.FPDFText_CountRects(self.handle, start, end - start) == 1:
                self._add(found, text, start, end, look)  # one object, set in one go
                continue
            is_even = self._look(end - 1) == look
            for start, end in (match.span() for match in _WORD.finditer(text, *run.span())):
                if is_even:
                    self._add(found, text, start, end, look)
                else:
                    self._add_by_size(found, text, start, end)
        return _without_doubles(self._upright(found))

    def _text(self) -> str:
        """Return the page's characters, one for each of pdfium's indexes."""
        if not self.count:
            return ""
        buffer = ctypes.create_string_buffer((self.count + 1) * 2)
        written = self.raw.FPDFText_GetText(
            self.handle, 0, self.count, ctypes.cast(buffer, ctypes.POINTER(ctypes.c_ushort))
        )
        text = buffer.raw[: max(written - 1, 0) * 2].decode("utf-16-le", "replace")
        if len(text) == self.count:
            return text
        get = self.raw.FPDFText_GetUnicode
        return "".join(_character(get(self.handle, index)) for index in range(self.count))

    def _add_by_size(self, found: list[tuple[int, Piece]], text: str, start: int, end: int) -> None:
        """Add a word in parts where its size changes, as after a large first letter."""
        look = self._look(start)
        if end - start > 1 and abs(self._look(end - 1).size - look.size) > 0.3 * look.size:
            cut = next(
                index
                for index in range(start + 1, end)
                if abs(self._look(index).size - look.size) > 0.1 * look.size
            )
            self._add(found, text, start, cut, look)
            self._add_by_size(found, text, cut, end)
        else:
            self._add(found, text, start, end, look)

    def _add(self, found: list[tuple[int, Piece]], text: str, start: int, end: int, look: _Look) -> None:
        """Add a word, or its parts where pdfium ran together what stands apart on the page."""
        if look.size < 2 or look.turn is None:
            return
        first = last = self._loose(start)
        if end - start > 1:
            last = self._loose(end - 1)
            if last[1] == last[0] == 0.0:
                last = first  # a hyphen that pdfium made up
            height = first[3] - first[2]
            apart = abs(first[2] - last[2]) > 0.6 * height or not first[0] < last[1] < first[0] + height * (
                end - start
            )
            if apart and look.turn == 0 and height > 0:
                pieces = self._pieces(start, end, first, height)
                if len(pieces) > 1:
                    for piece in pieces:
                        self._add(found, text, *piece, look)
                    return
        part = " ".join(text[start:end].split())
        stripped = part.rstrip(_HYPHENS)
        if len(stripped) < len(part):
            part = stripped + "-"
        if look.turn == 0:
            left, right, bottom, top = first[0], last[1], first[2], first[3]
        else:
            left, right = min(first[0], last[0]), max(first[1], last[1])
            bottom, top = min(first[2], last[2]), max(first[3], last[3])
        before = found[-1][1] if found and look.turn == found[-1][0] == 0 else None
        if (
            before is not None
            and 0.1 * look.size < left - before.right < 0.5 * look.size
            and abs(bottom - before.bottom) < 0.01
            and (before.size, before.font) == (look.size, look.font)
        ):
            before.text = f"{before.text} {part}"  # fewer pieces make the rest quicker
            before.right = right
            return
        found.append((look.turn, Piece(part, left, right, top, bottom, look.size, look.font, look.is_bold)))

    def _pieces(
        self, start: int, end: int, first: tuple[float, float, float, float], height: float
    ) -> list[tuple[int, int]]:
        pieces, begun, before = [], start, first
        for index in range(start + 1, end):
            box = self._loose(index)
            if abs(box[2] - before[2]) > 0.6 * height or not -height < box[0] - before[1] < 0.8 * height:
                pieces.append((begun, index))
                begun = index
            before = box
        return [*pieces, (begun, end)]

    def _loose(self, index: int) -> tuple[float, float, float, float]:
        """Return left, right, bottom, top of a character, line height included."""
        box = self.box
        if not self.raw.FPDFText_GetLooseCharBox(self.handle, index, box):
            return (0.0, 0.0, 0.0, 0.0)
        return (box.left, box.right, box.bottom, box.top)

    def _look(self, index: int) -> _Look:
        raw, handle = self.raw, self.handle
        size = raw.FPDFText_GetFontSize(handle, index)
        turn: int | None = 0
        if raw.FPDFText_GetMatrix(handle, index, self.matrix):
            matrix = self.matrix
            size *= math.hypot(matrix.c, matrix.d) or 1.0
            if matrix.b or matrix.a < 0:
                angle = math.degrees(math.atan2(matrix.b, matrix.a))
                # Slanted text is a watermark.
                turn = None if 5 < angle % 90 < 85 else round(angle / 90) * 90 % 360
        font, is_bold = self._font(index)
        return _Look(round(size * 2) / 2, font, is_bold, turn)

    def _font(self, index: int) -> tuple[str, bool]:
        length = self.raw.FPDFText_GetFontInfo(self.handle, index, self.name, 160, self.flags)
        if not length or length > 160:
            return ("", False)
        key = self.name.value
        known = self.fonts.get(key)
        if known is None:
            name = key.decode("utf-8", "replace")
            weight = self.raw.FPDFText_GetFontWeight(self.handle, index)
            is_bold = bool(_BOLD.search(name)) or weight >= 600 or bool(self.flags.value & _FORCE_BOLD)
            known = self.fonts[key] = (name.split("+")[-1], is_bold)
        return known

    def _upright(self, found: list[tuple[int, Piece]]) -> list[Piece]:
        """Return the words of the page's main direction, turned so that they read from left to right."""
        if not found:
            return []
        main = Counter(turn for turn, _ in found).most_common(1)[0][0]
        left, bottom, right, top = self.bounds
        out = []
        for turn, word in found:
            x = (word.left + word.right) / 2
            y = (word.top + word.bottom) / 2
            # Text outside the sheet lies on a layout program's pasteboard.
            if turn == main and left - 2 <= x <= right + 2 and bottom - 2 <= y <= top + 2:
                out.append(_turned(word, main, (left, bottom, right, top)))
        return out


def _turned(word: Piece, turn: int, bounds: tuple[float, float, float, float]) -> Piece:
    left, bottom, right, top = bounds
    x0, x1, y0, y1 = word.left, word.right, word.bottom, word.top
    if turn == 90:
        box = (y0 - bottom, y1 - bottom, x0 - left, x1 - left)
    elif turn == 180:
        box = (right - x1, right - x0, y0 - bottom, y1 - bottom)
    elif turn == 270:
        box = (top - y1, top - y0, right - x1, right - x0)
    else:
        box = (x0 - left, x1 - left, top - y1, top - y0)
    word.left, word.right, word.top, word.bottom = box
    return word


def _without_doubles(words: list[Piece]) -> list[Piece]:
    """Return the words without those printed twice in one place to look bold."""
    seen: dict[tuple[str, int, int], Piece] = {}
    for word in words:
        key = (word.text, round(word.left / 3), round(word.top / 3))
        if key in seen:
            seen[key].is_bold = True
        else:
            seen[key] = word
    return list(seen.values())


def _character(code: int) -> str:
    return chr(code) if 0 < code < 0x110000 and not 0xD800 <= code < 0xE000 else " "
