"""Invented PDF reports whose layouts vary by seed, each with its gold sections.

A layout draws: columns, type sizes, bold or large headings, running heads, justified or ragged text,
hyphens, an outline or none, chapters above the cases, template headings within them, pictures' captions,
large figures and quotations amid the text, and the order in which the page's text is stored.
"""

import io
import re
from dataclasses import dataclass, field

from reportlab.lib.pagesizes import A4, landscape
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

from tests.spiders.gold.prose import Prose

_VOWEL = re.compile(r"(?<=[aeiou][bcdfglmnprstv])(?=[bcdfgklmnprstv]?[aeiou])")
_CHAPTERS = (
    "Sharing teachers",
    "Governance",
    "Science",
    "Music and drama",
    "Reading",
    "Wider horizons",
    "Sport",
    "Careers",
)
_TEMPLATE = ("The challenge", "What we did", "Impact")


@dataclass
class GoldSection:
    """A case study: heading, first and last sentence, first and last page from 1."""

    title: str
    first: str
    last: str
    pages: tuple[int, int]


@dataclass
class Report:
    """A PDF and what is to be found in it."""

    name: str
    body: bytes
    title: str
    sections: list[GoldSection]
    traits: str


@dataclass
class Style:
    """One draw of a layout."""

    columns: int
    body: float
    heading: float
    heading_bold: bool
    same_size: bool
    running: str
    justified: bool
    hyphens: bool
    outline: bool
    chapters: bool
    template: bool
    decorations: bool
    indented: bool
    order: str
    new_page: bool
    contents: bool
    landscape: bool
    centred: bool
    numbered: bool
    serif: bool
    spanning: bool
    eyebrow: bool
    drop_cap: bool
    chapter_head: bool
    pieces: str


def draw_style(prose: Prose) -> Style:
    random = prose.random
    heading_bold = random.random() < 0.7
    same_size = heading_bold and random.random() < 0.25
    body = random.choice([9, 9.5, 10, 10.5, 11, 12])
    return Style(
        columns=random.choice([1, 1, 2, 2, 2, 3]),
        body=body,
        heading=body if same_size else body * random.choice([1.2, 1.4, 1.7]),
        heading_bold=heading_bold,
        same_size=same_size,
        running=random.choice(["none", "head", "foot", "both", "alternate"]),
        justified=random.random() < 0.5,
        hyphens=random.random() < 0.5,
        outline=random.random() < 0.4,
        chapters=random.random() < 0.4,
        template=random.random() < 0.35,
        decorations=random.random() < 0.35,
        indented=random.random() < 0.3,
        order=random.choice(["reading", "shuffled", "reversed"]),
        new_page=random.random() < 0.3,
        contents=random.random() < 0.6,
        landscape=random.random() < 0.15,
        centred=random.random() < 0.15,
        numbered=random.random() < 0.15,
        serif=random.random() < 0.4,
        spanning=random.random() < 0.25,
        eyebrow=random.random() < 0.2,
        drop_cap=random.random() < 0.15,
        chapter_head=random.random() < 0.2,
        pieces=random.choice(["lines", "lines", "words", "fragments"]),
    )


class _Page:
    def __init__(self) -> None:
        self.texts: list[tuple[float, float, str, str, float, float]] = []


@dataclass
class _Setter:
    """Sets text into columns by hand, so that the order of storing can differ from that of reading."""

    style: Style
    prose: Prose
    title: str
    pages: list[_Page] = field(default_factory=list)
    marks: list[tuple[str, int, int, float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.width, self.height = landscape(A4) if self.style.landscape else A4
        gap = 20.0
        self.margin = 56.0
        self.column_width = (
            self.width - 2 * self.margin - gap * (self.style.columns - 1)
        ) / self.style.columns
        self.lefts = [
            self.margin + number * (self.column_width + gap) for number in range(self.style.columns)
        ]
        self.roman = "Times-Roman" if self.style.serif else "Helvetica"
        self.bold = "Times-Bold" if self.style.serif else "Helvetica-Bold"
        self.after_heading = False
        self.chapter = "The Harbour Alliance"
        self.chapter_names: list[str] = []
        self.start_page()

    def start_page(self) -> None:
        self.chapter_names.append(self.chapter)
        self.pages.append(_Page())
        self.column, self.y, self.top = 0, self.height - 80.0, self.height - 80.0

    def next_column(self) -> None:
        if self.column + 1 < self.style.columns and not self.style.spanning:
            self.column += 1
            self.y = self.top
        else:
            self.start_page()

    def room(self, needed: float) -> None:
        if self.y - needed < 70:
            self.next_column()

    def put(self, x: float, text: str, font: str, size: float, stretch: float = 0.0) -> int:
        self.pages[-1].texts.append((x, self.y, text, font, size, stretch))
        return len(self.pages)

    def lines(self, text: str, font: str, size: float, width: float, indent: float = 0.0) -> list[str]:
        out, line = [], ""
        room = width - indent
        for word in text.split():
            longer = f"{line} {word}" if line else word
            if stringWidth(longer, font, size) <= room:
                line = longer
                continue
            split = self.hyphenate(word, line, font, size, room)
            if split:
                out.append(f"{line} {split[0]}-" if line else f"{split[0]}-")
                line = split[1]
            else:
                if line:
                    out.append(line)
                line = word
            room = width
        return [*out, line] if line else out

    def hyphenate(self, word: str, line: str, font: str, size: float, room: float) -> tuple[str, str] | None:
        if not self.style.hyphens or len(word) < 8 or not word.isalpha() or not word.islower():
            return None
        for match in reversed(list(_VOWEL.finditer(word))):
            first, rest = word[: match.start()], word[match.start() :]
            if len(first) >= 3 and len(rest) >= 3 and stringWidth(f"{line} {first}-", font, size) <= room:
                return first, rest
        return None

    def paragraph(self, text: str) -> tuple[int, int]:
        size = self.style.body
        indent = 1.5 * size if self.style.indented else 0.0
        lines = self.lines(text, self.roman, size, self.column_width, indent)
        if self.style.drop_cap and self.after_heading and len(lines) > 3 and text[1:2].islower():
            return self.with_drop_cap(text)
        self.after_heading = False
        pages = []
        for number, line in enumerate(lines):
            self.room(size)
            x = self.lefts[self.column] + (indent if number == 0 else 0.0)
            stretch = 0.0
            if self.style.justified and number < len(lines) - 1 and " " in line:
                spare = (
                    self.column_width - (indent if number == 0 else 0.0) - stringWidth(line, self.roman, size)
                )
                stretch = spare / line.count(" ")
            pages.append(self.put(x, line, self.roman, size, stretch))
            self.y -= size * 1.25
        self.y -= 0 if self.style.indented else size * 0.6
        return pages[0], pages[-1]

    def balanced(self, texts: list[str]) -> list[tuple[int, int]]:
        """Set paragraphs under a full-width heading, in columns of one length; return first and last page of each."""
        size = self.style.body
        lines = [
            (number, line)
            for number, text in enumerate(texts)
            for line in self.lines(text, self.roman, size, self.column_width)
        ]
        spans: dict[int, list[int]] = {}
        while lines:
            room = int((self.y - 76) / (size * 1.25))
            each = min(-(-len(lines) // self.style.columns), room)
            if each < 3 and room < 3:
                self.start_page()
                continue
            top = self.y
            for left in self.lefts:
                self.y = top
                for number, line in lines[:each]:
                    spans.setdefault(number, []).append(self.put(left, line, self.roman, size))
                    self.y -= size * 1.25
                del lines[:each]
            self.y = top - each * size * 1.25
            if lines:
                self.start_page()
        self.y -= size * 1.5
        self.column = 0
        return [(min(pages), max(pages)) for _, pages in sorted(spans.items())]

    def with_drop_cap(self, text: str) -> tuple[int, int]:
        """Set a paragraph whose first letter is two lines high."""
        self.after_heading = False
        size = self.style.body
        self.room(4 * size)
        wide = size * 2.2
        lines, rest = [], text[1:]
        for _ in range(2):
            line = self.lines(rest, self.roman, size, self.column_width - wide)[0]
            line = line.removesuffix("-") if not rest.startswith(line) else line
            lines.append(line)
            rest = rest[len(line) :].lstrip()
        page = len(self.pages)
        for number, line in enumerate(lines):
            self.put(self.lefts[self.column] + wide, line, self.roman, size)
            if number == 1:
                self.put(self.lefts[self.column], text[0], self.bold, size * 2.6)
            self.y -= size * 1.25
        indented, self.style.indented = self.style.indented, False
        _, last = self.paragraph(rest) if rest else (page, page)
        self.style.indented = indented
        return page, last

    def heading(self, text: str, size: float, font: str, level: int) -> int:
        width = self.width - 2 * self.margin if self.style.spanning else self.column_width
        lines = self.lines(text, font, size, width)
        if self.y < self.top:
            self.y -= size * 0.9
        self.room(size * (len(lines) + 1) + 4 * self.style.body)
        self.after_heading = level == 1
        page = len(self.pages)
        self.marks.append((text, level, page, self.y + size))
        for line in lines:
            x = self.lefts[self.column]
            if self.style.centred:
                x += (width - stringWidth(line, font, size)) / 2
            self.put(x, line, font, size)
            self.y -= size * 1.2
        self.y -= size * 0.35
        return page

    def decoration(self) -> None:
        """Put a large figure with its caption, or a quotation in large type, amid the text."""
        random = self.prose.random
        self.room(70)
        if random.random() < 0.5:
            size = self.style.body * 2.6
            self.y -= size
            self.put(self.lefts[self.column], str(random.randint(100, 990)), self.bold, size)
            self.y -= size * 0.9
            self.put(
                self.lefts[self.column], "pupils took part in the year", self.roman, self.style.body * 0.8
            )
        else:
            size = self.style.body * 1.35
            for line in self.lines(f"“{self.prose.sentence()}”", self.roman, size, self.column_width):
                self.put(self.lefts[self.column], line, self.roman, size)
                self.y -= size * 1.2
        self.y -= self.style.body * 1.4

    def finish(self) -> bytes:
        buffer = io.BytesIO()
        canvas = Canvas(buffer, pagesize=(self.width, self.height), pageCompression=1)
        canvas.setTitle(self.title if self.prose.random.random() < 0.4 else "Layout 1")
        for number, page in enumerate(self.pages, 1):
            self.furnish(page, number)
            texts = [
                (left, y, part, font, size, space)
                for x, y, text, font, size, stretch in page.texts
                for left, part, space in self.cut(x, text, font, size, stretch)
            ]
            if self.style.order == "shuffled":
                self.prose.random.shuffle(texts)
            elif self.style.order == "reversed":
                texts.reverse()
            for x, y, text, font, size, space in texts:
                thing = canvas.beginText()
                thing.setTextTransform(size, 0, 0, size, x, y)  # as many programs write it: size 1, scaled
                thing.setFont(font, 1)
                thing.setWordSpace(space / size)
                thing.textOut(text)
                canvas.drawText(thing)
            if self.style.outline:
                for place, (text, level, where, top) in enumerate(self.marks):
                    if where == number and level <= 1:
                        canvas.bookmarkHorizontal(f"m{place}", 0, top)
                        canvas.addOutlineEntry(text, f"m{place}", level if self.style.chapters else 0)
            canvas.showPage()
        canvas.save()
        return buffer.getvalue()

    def cut(
        self, x: float, text: str, font: str, size: float, stretch: float
    ) -> list[tuple[float, str, float]]:
        """Return a line as the style stores it: whole, word by word, or in parts that cut words."""
        if self.style.pieces == "lines" or " ..." in text:
            return [(x, text, stretch)]
        out, left = [], x
        for word in text.split(" "):
            half = len(word) // 2 if self.style.pieces == "fragments" and len(word) > 5 else len(word)
            for part in (word[:half], word[half:]):
                if part:
                    out.append((left, part, 0.0))
                    left += stringWidth(part, font, size)
            left += stringWidth(" ", font, size) + stretch
        return out

    def furnish(self, page: _Page, number: int) -> None:
        if number == 1:
            return
        size = self.style.body * 0.8
        running = self.style.running
        if running in ("head", "both") or (running == "alternate" and number % 2):
            page.texts.append((self.margin, self.height - 40, self.title, self.roman, size, 0.0))
        elif running == "alternate":
            page.texts.append(
                (self.width - 200, self.height - 40, "The Harbour Alliance", self.roman, size, 0.0)
            )
        if self.style.chapter_head:
            page.texts.append(
                (self.margin + 90, self.height - 52, self.chapter_names[number - 1], self.roman, size, 0.0)
            )
        if running in ("foot", "both"):
            page.texts.append((self.margin, 36, "www.alliance.example", self.roman, size, 0.0))
        page.texts.append(
            (self.width / 2, 24, self.prose.random.choice([str(number)]), self.roman, size, 0.0)
        )


def report(seed: str) -> Report:
    """Return a report drawn from a seed."""
    prose = Prose(seed)
    style = draw_style(prose)
    random = prose.random
    title = f"Celebrating Partnerships {random.randint(2015, 2025)}"
    setter = _Setter(style, prose, title)
    cases = _cases(prose, style)
    setter.y = setter.height - 240
    for line in ("Celebrating", f"Partnerships {title[-4:]}"):
        setter.put(setter.margin, line, setter.bold, style.body * 3.2)
        setter.y -= style.body * 4
    setter.put(setter.margin, "Case studies from schools that work together", setter.roman, style.body * 1.3)
    if style.spanning:
        style.centred = style.indented = style.eyebrow = False
    setter.start_page()
    if style.contents:
        _contents(setter, cases)
    if random.random() < 0.7:
        setter.heading("Foreword", style.heading * 1.15, setter.bold, 0)
        for _ in range(2):
            setter.paragraph(prose.paragraph(2, 4))
        setter.start_page()
    gold = _set_cases(setter, cases)
    if random.random() < 0.5:
        setter.start_page()
        setter.heading("Acknowledgements", style.heading * 1.15, setter.bold, 0)
        setter.paragraph(prose.paragraph(1, 2))
    traits = " ".join(f"{name}={getattr(style, name)}" for name in Style.__dataclass_fields__)
    return Report(seed, setter.finish(), title, gold, traits)


def _cases(prose: Prose, style: Style) -> list[tuple[str, list[tuple[str | None, list[str]]]]]:
    """Return titles, each with parts of (template heading or None, paragraphs)."""
    random = prose.random
    seen: set[str] = set()
    out = []
    while len(out) < random.randint(8, 15):
        title = prose.title() if random.random() < 0.6 else prose.school()
        if title in seen:
            continue
        seen.add(title)
        if style.template:
            parts: list[tuple[str | None, list[str]]] = [
                (name, [prose.paragraph(2, 4) for _ in range(random.randint(1, 2))]) for name in _TEMPLATE
            ]
        else:
            parts = [(None, [prose.paragraph(2, 6) for _ in range(random.randint(2, 6))])]
        out.append((f"{len(out) + 1}. {title}" if style.numbered else title, parts))
    return out


def _contents(setter: _Setter, cases: list[tuple[str, list[tuple[str | None, list[str]]]]]) -> None:
    style = setter.style
    setter.put(setter.margin, "Contents", setter.bold, style.heading * 1.15)
    setter.y -= style.heading * 2
    for number, (title, _) in enumerate(cases):
        if setter.prose.random.random() < 2:
            dots = "." * max(4, int((300 - stringWidth(title, setter.roman, style.body)) / 3))
            setter.put(setter.margin, f"{title} {dots} {number + 3}", setter.roman, style.body)
        setter.y -= style.body * 1.5
    setter.start_page()


def _set_cases(
    setter: _Setter, cases: list[tuple[str, list[tuple[str | None, list[str]]]]]
) -> list[GoldSection]:
    style, random = setter.style, setter.prose.random
    chapters = iter(random.sample(_CHAPTERS, len(_CHAPTERS)))
    font = setter.bold if style.heading_bold else setter.roman
    gold = []
    for number, (title, parts) in enumerate(cases):
        if style.chapters and number % 4 == 0:
            if number:
                setter.start_page()
            setter.chapter = next(chapters)
            setter.chapter_names[-1] = setter.chapter
            setter.heading(setter.chapter, style.heading * 1.5, setter.bold, 0)
        elif style.new_page and number:
            setter.start_page()
        if style.eyebrow and not style.numbered:
            _set_eyebrow(setter, number)
        setter.heading(title, style.heading, font, 1)
        every = [text for _, paragraphs in parts for text in paragraphs]
        spans = setter.balanced(every) if style.spanning else _set_parts(setter, parts)
        ends = _sentences(every[0])[0], _sentences(every[-1])[-1]
        gold.append(GoldSection(title, *ends, (spans[0][0], spans[-1][1])))
    return gold


def _set_eyebrow(setter: _Setter, number: int) -> None:
    style = setter.style
    setter.room(style.heading * 4 + 6 * style.body)
    setter.y -= style.heading
    setter.put(setter.lefts[setter.column], f"Case study {number + 1}", setter.bold, style.body * 0.9)
    setter.y -= style.body * 0.4


def _set_parts(setter: _Setter, parts: list[tuple[str | None, list[str]]]) -> list[tuple[int, int]]:
    style = setter.style
    spans = []
    for name, paragraphs in parts:
        if name:
            setter.heading(name, style.body, setter.bold if not style.same_size else "Helvetica-Oblique", 2)
        for text in paragraphs:
            spans.append(setter.paragraph(text))
            if style.decorations and setter.prose.random.random() < 0.2 and text is not paragraphs[-1]:
                setter.decoration()
    return spans


def _sentences(text: str) -> list[str]:
    return re.split(r"(?<=[.!?])\s+(?=[A-Z“])", text)


def reports(*, held_out: bool, count: int = 12) -> list[Report]:
    """Return reports of one half; each seed is a layout of its own."""
    return [report(f"{'held' if held_out else 'open'}-{number}") for number in range(count)]
