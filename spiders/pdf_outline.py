"""The outline (bookmarks) of a PDF: titles, depths and the pages they point to."""

import re
from dataclasses import dataclass
from typing import Any

from spiders.characters import clean

MAX_ENTRIES = 3000
_MAX_DEPTH = 8
_JUNK = re.compile(
    r"(?:(?:slide|page|blank page|seite|folie|bookmark|section|untitled|_\w+)\s*[\divxl]*|\W*|"
    r".*\.(?:pdf|docx?|indd|pptx?))$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: its depth from 1, the page it points to from 1, and how far down in points, if it says."""

    title: str
    level: int
    page: int
    top: float | None


def outline_of(document: Any) -> list[Entry]:
    """Return the outline's entries in order; empty if there is none or it cannot be read."""
    import pypdfium2 as pdfium  # heavy

    entries: list[Entry] = []
    try:
        for bookmark in document.get_toc(max_depth=_MAX_DEPTH):
            if len(entries) >= MAX_ENTRIES:
                break
            destination = bookmark.get_dest()
            page = destination.get_index() if destination is not None else None
            title = clean(bookmark.get_title(), keep_lines=False)[:300]
            if page is None or _JUNK.match(title):
                continue
            entries.append(Entry(title, bookmark.level + 1, page + 1, _top(document, destination, page)))
    except (pdfium.PdfiumError, UnicodeError, ValueError):
        return entries
    return entries


def _top(document: Any, destination: Any, page: int) -> float | None:
    from pypdfium2 import raw  # heavy

    mode, view = destination.get_view()
    if mode == raw.PDFDEST_VIEW_XYZ and len(view) > 1 and view[1]:
        return float(document.get_page_size(page)[1] - view[1])
    if mode in (raw.PDFDEST_VIEW_FITH, raw.PDFDEST_VIEW_FITBH) and view and view[0]:
        return float(document.get_page_size(page)[1] - view[0])
    return None
