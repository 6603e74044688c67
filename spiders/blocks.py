"""An element tree as a row of text blocks in reading order: paragraphs, headings, list items, table rows."""

from dataclasses import dataclass

from lxml import etree, html

MARK = "data-split-heading"
"""Attribute set on elements that the source's `[split] heading` selector chose."""

BLOCK_TAGS = frozenset(
    "html body main article section div p h1 h2 h3 h4 h5 h6 ul ol li dl dt dd table caption thead tbody tfoot tr td th "
    "blockquote pre figure figcaption header footer aside nav address form fieldset legend details summary hr center "
    "hgroup noscript menu dir".split()
)
_NAMED = frozenset("p h1 h2 h3 h4 h5 h6 li dt dd tr td th pre blockquote figcaption caption summary".split())
_LISTS = frozenset("ul ol dl menu dir".split())
_BOLD = frozenset("b strong".split())
_BREAK = "\v"
_CELL = " | "
_LEAST_LAYOUT_TEXT = 400
"""Characters; shorter cells are data even in two paragraphs."""


@dataclass(slots=True)
class Block:
    """One block: its text (single spaces; a line end where the page breaks the line) and where it stands."""

    text: str
    tag: str
    element: html.HtmlElement
    link_share: float
    is_bold: bool
    mark: int | None
    group: int | None
    """Number of the list or table whose item or row this is."""
    is_item: bool
    """Whether it begins a list item."""

    @property
    def level(self) -> int | None:
        """1 to 6 for a heading element."""
        return (
            int(self.tag[1])
            if len(self.tag) == 2 and self.tag[0] == "h" and self.tag[1] in "123456"
            else None
        )


def linearise(root: html.HtmlElement) -> list[Block]:
    """Return the tree's blocks; text outside any paragraph, as in bare `div`s, makes blocks too."""
    walk = _Walk(has_marks=bool(root.xpath(f"boolean(descendant-or-self::*[@{MARK}])")))
    for event, element in etree.iterwalk(root, events=("start", "end")):
        if event == "start":
            walk.enter(element)
        else:
            walk.leave(element, is_root=element is root)
    walk.flush()
    return walk.blocks


class _Walk:
    def __init__(self, *, has_marks: bool) -> None:
        self.has_marks = has_marks
        self.blocks: list[Block] = []
        self.owners: list[html.HtmlElement] = []
        self.parts: list[str] = []
        self.bold_parts: list[int] = []
        """Numbers of the parts that are bold."""
        self.links = self.bolds = self.link_depth = self.bold_depth = self.data_table = self.pre_depth = 0
        self.marks: list[int] = []
        self.mark_count = self.group_count = 0
        self.groups: list[int] = []
        self.fresh_item = False

    def enter(self, element: html.HtmlElement) -> None:
        tag = element.tag
        if tag in BLOCK_TAGS:
            self._enter_block(element, tag)
        elif tag == "br":
            self.parts.append(" " if self.data_table else _BREAK)
        elif tag == "a":
            self.link_depth += 1
        elif tag in _BOLD:
            self.bold_depth += 1
        if self.has_marks and element.get(MARK) is not None:
            self.flush()
            self.mark_count += 1
            self.marks.append(self.mark_count)
        self._add(element.text)

    def leave(self, element: html.HtmlElement, *, is_root: bool) -> None:
        tag = element.tag
        if self.has_marks and self.marks and element.get(MARK) is not None:
            self.flush()
            self.marks.pop()
        if tag in BLOCK_TAGS:
            self._leave_block(tag)
        elif tag == "a":
            self.link_depth -= 1
        elif tag in _BOLD:
            self.bold_depth -= 1
        if not is_root:
            self._add(element.tail)

    def _enter_block(self, element: html.HtmlElement, tag: str) -> None:
        if self.data_table:
            if tag == "table":
                self.data_table += 1
            elif tag in ("td", "th") and self.parts:
                self.parts.append(_CELL)
            elif tag == "tr":
                self.flush()
                self.owners.append(element)
            else:
                self.parts.append(" ")
            return
        self.flush()
        self.owners.append(element)
        if tag in _LISTS or tag == "table":
            if not self.groups:
                self.group_count += 1
            self.groups.append(self.group_count)
            if tag == "table" and _is_data(element):
                self.data_table = 1
        elif tag == "li":
            self.fresh_item = True
        elif tag == "pre":
            self.pre_depth += 1

    def _leave_block(self, tag: str) -> None:
        if self.data_table:
            if tag == "tr":
                self.flush()
                self.owners.pop()
            elif tag == "table":
                self.data_table -= 1
                if not self.data_table:
                    self.flush()
                    self.owners.pop()
                    self.groups.pop()
            else:
                self.parts.append(" ")
            return
        self.flush()
        self.owners.pop()
        if tag in _LISTS or tag == "table":
            self.groups.pop()
        elif tag == "pre":
            self.pre_depth -= 1
        elif tag == "li":
            self.fresh_item = False

    def _add(self, text: str | None) -> None:
        if not text:
            return
        text = text.replace(_BREAK, " ")
        if self.pre_depth:
            text = text.replace("\n", _BREAK)
        self.parts.append(text)
        if self.link_depth or self.bold_depth:
            length = len(text.strip())
            self.links += length if self.link_depth else 0
            if self.bold_depth:
                self.bolds += length
                self.bold_parts.append(len(self.parts) - 1)

    def flush(self) -> None:
        raw = "".join(self.parts)
        links, bolds = self.links, self.bolds
        weights = _bold_paragraphs(self.parts, set(self.bold_parts)) if bolds and _BREAK in raw else None
        self.parts.clear()
        self.bold_parts.clear()
        self.links = self.bolds = 0
        if not raw.strip(" \n\t\r\v|\u00a0"):
            return
        length = max(len(raw.strip()), 1)
        for place, text in enumerate(_paragraphs(raw)):
            is_bold = weights[place] if weights and place < len(weights) else bolds >= 0.95 * length
            self._append(text, links / length, is_bold=is_bold)

    def _append(self, text: str, link_share: float, *, is_bold: bool) -> None:
        owner = self.owners[-1]
        tag = next((element.tag for element in reversed(self.owners[-4:]) if element.tag in _NAMED), "div")
        is_item = self.fresh_item and tag not in ("h1", "h2", "h3", "h4", "h5", "h6")
        self.fresh_item = False
        self.blocks.append(
            Block(
                text=text,
                tag=tag,
                element=owner,
                link_share=min(link_share, 1.0),
                is_bold=is_bold,
                mark=self.marks[-1] if self.marks else None,
                group=self.groups[-1] if self.groups and tag in ("li", "dt", "dd", "tr") else None,
                is_item=is_item,
            )
        )


def _paragraphs(raw: str) -> list[str]:
    """Return the parts of a block that empty lines part, each with single spaces.

    Without regular expressions: long runs of white space would cost them time that grows with the square.
    """
    if _BREAK not in raw:
        return [" ".join(raw.split())]
    out: list[list[str]] = [[]]
    for line in (" ".join(part.split()) for part in raw.split(_BREAK)):
        if line:
            out[-1].append(line)
        elif out[-1]:
            out.append([])
    return ["\n".join(lines) for lines in out if lines]


def _bold_paragraphs(parts: list[str], bold_parts: set[int]) -> list[bool]:
    """Return for each paragraph of a block whether it is bold throughout."""
    sizes: list[list[int]] = [[0, 0]]
    is_new = False
    for number, part in enumerate(parts):
        for place, line in enumerate(part.split(_BREAK)):
            length = len("".join(line.split()))
            if place and is_new and sizes[-1][0]:
                sizes.append([0, 0])
            is_new = (is_new or place > 0) and not length
            sizes[-1][0] += length
            sizes[-1][1] += length * (number in bold_parts)
    return [bold >= 0.95 * size for size, bold in sizes if size]


def _is_data(table: html.HtmlElement) -> bool:
    """Return whether a table holds data row by row, and is no frame for a page's layout."""
    if (
        table.get("role", "").lower() == "presentation"
        or next(table.iter("h1", "h2", "h3"), None) is not None
    ):
        return False
    if sum(1 for _ in table.iter("table")) > 1:
        return False
    rows = list(table.iter("tr"))[:200]
    cells = [cell for row in rows for cell in row if cell.tag in ("td", "th")]
    if len(rows) < 2 or len(cells) < 2 * len(rows) * 0.6:
        return False
    if any(_holds_text(cell) for cell in cells) or any(_is_menu_and_text(row) for row in rows):
        return False
    return sum(len("".join(cell.itertext()).strip()) for cell in cells) < 300 * len(cells)


def _is_menu_and_text(row: html.HtmlElement) -> bool:
    """Return whether a row is a column of links beside one of text."""
    cells = [cell for cell in row if cell.tag in ("td", "th")]
    return (
        len(cells) > 1
        and any(len("".join(cell.itertext())) >= _LEAST_LAYOUT_TEXT for cell in cells)
        and any(_is_menu(cell) for cell in cells)
    )


def _is_menu(cell: html.HtmlElement) -> bool:
    links = ["".join(link.itertext()).strip() for link in cell.iter("a")]
    return len(links) >= 3 and sum(map(len, links)) > 0.6 * len("".join(cell.itertext()).strip())


def _holds_text(cell: html.HtmlElement) -> bool:
    """Return whether a cell holds several paragraphs of prose, as that of a layout does."""
    if len("".join(cell.itertext())) < _LEAST_LAYOUT_TEXT:
        return False
    paragraphs = sum(1 for child in cell.iter("p", "div") if len(" ".join(child.itertext()).split()) >= 12)
    if paragraphs >= 2:
        return True
    before = None
    empty_lines = 0
    for line_end in cell.iter("br"):
        empty_lines += line_end is before
        following = line_end.getnext()
        is_empty = following is not None and following.tag == "br" and not (line_end.tail or "").strip()
        before = following if is_empty else None
    return empty_lines >= 2
