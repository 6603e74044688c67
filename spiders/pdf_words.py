"""The words of a PDF page with their boxes, sizes and fonts, as pdfium sees them.

Stream order carries no meaning here: layout programs store text in any order.
"""

import ctypes
import math
import re
from collections import Counter
from dataclasses import dataclass
from typing import Any

from spiders.extraction import ExtractionError

MAX_CHARACTERS = 60_000
"""Characters on one page; more is no page that anybody reads."""

_WORD = re.compile("[^\\s\x02\ufffe\u00ad]+[\x02\ufffe\u00ad]*|[\x02\ufffe\u00ad]+")
_HYPHENS = "\x02\ufffe\u00ad"
_BOLD = re.compile(r"bold|black|heavy|semibold|demi|extrab", re.IGNORECASE)
_FORCE_BOLD = 1 << 18


@dataclass(slots=True)
class Word:
    """A word and its box in points, the origin at the top left of the page as it is read."""

    text: str
    left: float
    right: float
    top: float
    bottom: float
    size: float
    font: str
    is_bold: bool


def words_of(page: Any) -> list[Word]:
    """Return the page's upright words in no particular order; turned ones (spines, watermarks) are left out."""
    textpage = page.get_textpage()
    try:
        return _Reader(page, textpage).words()
    finally:
        textpage.close()


class _Reader:
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

    def words(self) -> list[Word]:
        text = self._text()
        found: list[tuple[int, Word]] = []
        for match in _WORD.finditer(text):
            for start, end in self._pieces(match.start(), match.end()):
                word = self._word(text, start, end)
                if word is not None:
                    found.append(word)
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

    def _pieces(self, start: int, end: int) -> list[tuple[int, int]]:
        """Return a word's parts: one, unless pdfium ran together what stands apart on the page."""
        if end - start < 2:
            return [(start, end)]
        first = self._loose(start)
        last = self._loose(end - 1)
        height = max(first[3] - first[2], 1.0)
        together = (
            abs(first[2] - last[2]) < 0.6 * height
            and last[1] > first[0]
            and last[1] - first[0] < height * (end - start)
        )
        if together or abs(first[0] - last[0]) < 0.5:
            return [(start, end)]
        pieces, begun = [], start
        before = first
        for index in range(start + 1, end):
            box = self._loose(index)
            if (
                abs(box[2] - before[2]) > 0.6 * height
                or box[0] - before[1] > 0.8 * height
                or box[1] < before[0] - height
            ):
                pieces.append((begun, index))
                begun = index
            before = box
        return [*pieces, (begun, end)]

    def _loose(self, index: int) -> tuple[float, float, float, float]:
        """Return left, right, bottom, top of a character, line height included."""
        box = self.box
        if not self.raw.FPDFText_GetLooseCharBox(self.handle, index, box):
            return (0.0, 0.0, 0.0, 0.0)
        return (box.left, box.right, min(box.bottom, box.top), max(box.bottom, box.top))

    def _word(self, text: str, start: int, end: int) -> tuple[int, Word] | None:
        raw, handle = self.raw, self.handle
        first = self._loose(start)
        last = self._loose(end - 1) if end - start > 1 else first
        if last == (0.0, 0.0, 0.0, 0.0):
            last = first
        size = raw.FPDFText_GetFontSize(handle, start)
        turn = 0
        if raw.FPDFText_GetMatrix(handle, start, self.matrix):
            matrix = self.matrix
            scale = math.hypot(matrix.c, matrix.d)
            size *= scale or 1.0
            turn = round(math.degrees(math.atan2(matrix.b, matrix.a)) / 90) * 90 % 360
            if scale and abs(math.degrees(math.atan2(matrix.b, matrix.a)) % 90 - 45) < 40:
                return None  # slanted: a watermark
        if size < 2:
            return None
        font, is_bold = self._font(start)
        part = text[start:end]
        stripped = part.rstrip(_HYPHENS)
        if len(stripped) < len(part):
            part = stripped + "-"
        left, right = min(first[0], last[0]), max(first[1], last[1])
        bottom, top = min(first[2], last[2]), max(first[3], last[3])
        return turn, Word(part, left, right, top, bottom, round(size * 2) / 2, font, is_bold)

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

    def _upright(self, found: list[tuple[int, Word]]) -> list[Word]:
        """Return the words of the page's main direction, turned so that they read from left to right."""
        if not found:
            return []
        main = Counter(turn for turn, _ in found).most_common(1)[0][0]
        left, bottom, right, top = self.bounds
        out = []
        for turn, word in found:
            if turn != main:
                continue
            x = (word.left + word.right) / 2
            y = (word.top + word.bottom) / 2
            if not (left - 2 <= x <= right + 2 and bottom - 2 <= y <= top + 2):
                continue  # outside the sheet: a layout program's pasteboard
            out.append(_turned(word, main, (left, bottom, right, top)))
        return out


def _turned(word: Word, turn: int, bounds: tuple[float, float, float, float]) -> Word:
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


def _without_doubles(words: list[Word]) -> list[Word]:
    """Return the words without those printed twice in one place to look bold."""
    seen: dict[tuple[str, int, int], Word] = {}
    for word in words:
        key = (word.text, round(word.left / 3), round(word.top / 3))
        if key in seen:
            seen[key].is_bold = True
        else:
            seen[key] = word
    return list(seen.values())


def _character(code: int) -> str:
    return chr(code) if 0 < code < 0x110000 and not 0xD800 <= code < 0xE000 else " "
