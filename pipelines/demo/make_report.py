"""Makes the sample report's PDF from `texts/report.md`: `python -m pipelines.demo.make_report`.

For maintainers only: it needs reportlab, which is not installed with the product. The same texts and the same
reportlab give the same bytes: no time and no random id is written, and streams are left uncompressed, because
compressed bytes differ between builds of zlib.
"""
# reportlab has no types:
# mypy: disable-error-code="import-untyped,misc"

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from reportlab.lib import colors
from reportlab.lib.enums import TA_JUSTIFY
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import cm
from reportlab.platypus import (
    BaseDocTemplate,
    Flowable,
    Frame,
    NextPageTemplate,
    PageBreak,
    PageTemplate,
    Paragraph,
    Spacer,
)
from reportlab.platypus.tableofcontents import TableOfContents

from pipelines.demo.annual_review import PDF_NAME
from pipelines.demo.texts import Text, read_texts, runs, typeset

PDF = Path(__file__).with_name("texts") / PDF_NAME
NAME = "The Inglecross Partnership"
TITLE = "Review of the year 2024–25"
_FRONT = ("foreword", "the-year-in-figures")
_ORDINALS = ("one", "two", "three", "four", "five", "six")

_NAVY = colors.HexColor("#10233b")
_BODY = ParagraphStyle(
    "body", fontName="Times-Roman", fontSize=11, leading=15.5, spaceAfter=8, alignment=TA_JUSTIFY
)
_NARROW = ParagraphStyle("narrow", parent=_BODY, fontSize=10.5, leading=14, embeddedHyphenation=1)
_HEADING = ParagraphStyle(
    "heading",
    fontName="Helvetica-Bold",
    fontSize=17,
    leading=20,
    textColor=_NAVY,
    spaceBefore=22,
    spaceAfter=3,
    keepWithNext=1,
)
_SCHOOL = ParagraphStyle(
    "school", fontName="Helvetica-Oblique", fontSize=10, leading=13, spaceAfter=7, keepWithNext=1
)
_BRIEF = ParagraphStyle(
    "brief",
    fontName="Helvetica",
    fontSize=8.5,
    leading=11.5,
    spaceBefore=3,
    spaceAfter=12,
    borderPadding=5,
    backColor=colors.HexColor("#e8edf3"),
    leftIndent=5,
    rightIndent=5,
)
_PART = ParagraphStyle("part", fontName="Helvetica-Bold", fontSize=30, leading=36, textColor=_NAVY)
_PART_NUMBER = ParagraphStyle("number", parent=_PART, fontSize=14, leading=20)
_COVER = ParagraphStyle("cover", parent=_PART, fontSize=38, leading=44)
_CONTENTS = [
    ParagraphStyle("contents-0", fontName="Helvetica-Bold", fontSize=11, leading=20, spaceBefore=6),
    ParagraphStyle("contents-1", fontName="Times-Roman", fontSize=11, leading=16, leftIndent=14),
]


def make(path: Path = PDF) -> None:
    """Write the report to the path."""
    _Report(path).multiBuild(list(_story()))


class _Report(BaseDocTemplate):
    def __init__(self, path: Path) -> None:
        super().__init__(
            str(path),
            pagesize=A4,
            title=f"{NAME}: {TITLE}",
            author=NAME,
            subject="Invented, for demonstration",
            creator="pipelines.demo",
            lang="en-GB",
            invariant=1,
            pageCompression=0,
        )
        width, height = A4
        whole = Frame(3 * cm, 2.6 * cm, width - 6 * cm, height - 5.2 * cm, id="whole")
        column = (width - 4 * cm - 0.8 * cm) / 2
        left = Frame(2 * cm, 2.6 * cm, column, height - 5.2 * cm, id="left")
        right = Frame(2 * cm + column + 0.8 * cm, 2.6 * cm, column, height - 5.2 * cm, id="right")
        self.addPageTemplates([
            PageTemplate("cover", [whole]),
            PageTemplate("divider", [Frame(3 * cm, 9 * cm, width - 6 * cm, 9 * cm)], onPage=_page_number),
            PageTemplate("1", [whole], onPage=_running_heads),
            PageTemplate("2", [left, right], onPage=_running_heads),
        ])  # fmt: skip

    def afterFlowable(self, flowable: Flowable) -> None:  # noqa: N802 - the name is reportlab's
        """Enter headings into the outline and the contents as they are set."""
        level = getattr(flowable, "outline_level", None)
        if level is None:
            return
        title, key = flowable.getPlainText(), flowable.outline_key
        self.canv.bookmarkPage(key)
        self.canv.addOutlineEntry(title, key, level)
        self.notify("TOCEntry", (level, title, self.page, key))


def _running_heads(canvas: Any, document: Any) -> None:
    _page_number(canvas, document)
    canvas.setFont("Helvetica", 8)
    canvas.drawString(2 * cm, A4[1] - 1.5 * cm, NAME)
    canvas.drawRightString(A4[0] - 2 * cm, A4[1] - 1.5 * cm, TITLE)
    canvas.line(2 * cm, A4[1] - 1.7 * cm, A4[0] - 2 * cm, A4[1] - 1.7 * cm)


def _page_number(canvas: Any, document: Any) -> None:
    canvas.setFont("Helvetica", 9)
    canvas.drawCentredString(A4[0] / 2, 1.4 * cm, str(document.page))


def _story() -> Iterator[Flowable]:
    texts = {text.slug: text for text in read_texts("report")}
    cases = [text for text in texts.values() if "part" in text.fields]
    yield Spacer(1, 7 * cm)
    yield Paragraph(NAME, _PART_NUMBER)
    yield Paragraph(TITLE, _COVER)
    yield from _turn("1")
    yield Paragraph("Contents", _HEADING)
    yield TableOfContents(levelStyles=_CONTENTS, dotsMinLevel=0)
    for slug in _FRONT:
        yield from _turn("1")
        yield from _section(texts[slug], level=0)
    yield from _cases(cases)
    yield from _turn("1")
    yield from _section(texts["imprint"], level=0)


def _cases(cases: list[Text]) -> Iterator[Flowable]:
    """Yield the parts, each behind a page of its own; a case follows the one before unless the columns change."""
    parts = list(dict.fromkeys(case.fields["part"] for case in cases))
    before: tuple[str, int] | None = None
    for case in cases:
        part, columns = case.fields["part"], case.fields["columns"]
        if before is None or before[0] != part:
            yield from _turn("divider")
            yield Paragraph(f"Part {_ORDINALS[parts.index(part)]}", _PART_NUMBER)
            yield _heading(part, _PART, level=0)
        if before != (part, columns):
            yield from _turn(str(columns))
        yield from _section(case, level=1)
        before = (part, columns)


def _turn(template: str) -> Iterator[Flowable]:
    yield NextPageTemplate(template)
    yield PageBreak()


def _section(text: Text, *, level: int) -> Iterator[Flowable]:
    yield _heading(text.title, _HEADING, level=level)
    if "school" in text.fields:
        yield Paragraph(_markup(text.fields["school"]), _SCHOOL)
        yield Paragraph(_markup(text.fields["brief"]), _BRIEF)
    narrow = text.fields["columns"] == 2
    for block in text.blocks:
        for line in block.lines:
            yield Paragraph(_markup(_with_hyphens(line) if narrow else line), _NARROW if narrow else _BODY)


def _heading(title: str, style: ParagraphStyle, *, level: int) -> Paragraph:
    heading = Paragraph(_markup(title), style)
    heading.outline_level, heading.outline_key = level, re.sub(r"\W+", "-", title.lower())
    return heading


def _markup(line: str) -> str:
    """Return the line in reportlab's markup."""
    pieces = []
    for is_bold, words in runs(typeset(line)):
        escaped = words.replace("&", "&amp;").replace("<", "&lt;")
        escaped = re.sub(r"^\*(.+)\*$", r"<i>\1</i>", escaped)
        pieces.append(f"<b>{escaped}</b>" if is_bold else escaped)
    return "".join(pieces)


def _with_hyphens(line: str) -> str:
    """Put soft hyphens into long words where they may be broken: between two consonants that stand between vowels.

    A rule of thumb, enough for a sample: a hyphenation dictionary would be one more package.
    """
    return re.sub(r"[A-Za-z]{8,}", lambda match: _BREAK.sub("\xad", match[0]), line)


_BREAK = re.compile(
    r"(?<=[a-z]{2}[aeiou][bcdfglmnprst])(?!(?<=c)[hk]|(?<=[gpst])h)(?=[bcdfghklmnprstvw][aeiou][a-z])"
)


if __name__ == "__main__":
    make()
