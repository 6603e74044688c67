"""Tells which paragraphs of a PDF are headings, and of which level.

The outline, where there is one, says so; otherwise size and weight do.
"""

import re
from collections import Counter
from dataclasses import dataclass

from spiders.pdf_outline import Entry
from spiders.pdf_paragraphs import Body, Paragraph

_OUTLINED, _BY_SIZE, _BY_WEIGHT, _BY_PLACE = 1.0, 0.9, 0.75, 0.6
_CONTENTS = re.compile(
    r"^(?:table of )?contents$|^in this (?:report|issue)$|^cynnwys$|^inhalt$", re.IGNORECASE
)
_PAGE_NUMBER = re.compile(r"(?:\s|\.|…)\d{1,3}$|^\d{1,3}\s+\S")


@dataclass(frozen=True, slots=True)
class Found:
    """A heading: the number of its paragraph, its title and level."""

    paragraph: int
    title: str
    level: int
    confidence: float


def find_headings(paragraphs: list[Paragraph], entries: list[Entry], body: Body) -> list[Found]:
    """Return the headings in order. Levels count from 1 without a gap; those of the outline come first."""
    contents = contents_pages(paragraphs)
    styled = {
        number: paragraph
        for number, paragraph in enumerate(paragraphs)
        if paragraph.style is not None and paragraph.page not in contents
    }
    outlined = _match(paragraphs, entries, contents)
    levels = _levels(styled, outlined)
    found = dict(outlined)
    for number, paragraph in styled.items():
        if number in found or paragraph.style is None:
            continue
        by_size = paragraph.style[0] >= body.size * 1.12
        found[number] = Found(
            number, paragraph.text, levels[paragraph.style], _BY_SIZE if by_size else _BY_WEIGHT
        )
    return [found[number] for number in sorted(found)]


def contents_pages(paragraphs: list[Paragraph]) -> set[int]:
    """Return the pages that hold a table of contents."""
    out = set()
    titled = {paragraph.page for paragraph in paragraphs if _CONTENTS.match(paragraph.text.strip())}
    for page in {paragraph.page for paragraph in paragraphs}:
        lines = [line.text for paragraph in paragraphs for line in paragraph.lines if line.page == page]
        numbered = sum(1 for line in lines if _PAGE_NUMBER.search(line))
        share = numbered / max(len(lines), 1)
        if len(lines) >= 4 and (share > 0.7 or (page in titled and share > 0.3)):
            out.add(page)
    return out


def _match(paragraphs: list[Paragraph], entries: list[Entry], contents: set[int]) -> dict[int, Found]:
    """Return the paragraphs that outline entries name, or else the first at the place they point to."""
    by_page: dict[int, list[int]] = {}
    for number, paragraph in enumerate(paragraphs):
        by_page.setdefault(paragraph.page, []).append(number)
    found: dict[int, Found] = {}
    for entry in entries:
        if entry.page in contents:
            continue
        here = [number for number in by_page.get(entry.page, []) if number not in found]
        near = [*here, *(number for number in by_page.get(entry.page + 1, []) if number not in found)]
        wanted = _letters(entry.title)
        named = next((number for number in near if _is_named(paragraphs[number], wanted)), None)
        if named is not None:
            found[named] = Found(named, paragraphs[named].text, entry.level, _OUTLINED)
            continue
        below = [
            number
            for number in here
            if entry.top is None or paragraphs[number].lines[0].bottom >= entry.top - 2
        ]
        if below:
            found[below[0]] = Found(below[0], entry.title, entry.level, _BY_PLACE)
    return found


def _is_named(paragraph: Paragraph, wanted: str) -> bool:
    if len(paragraph.text) > 400 or not wanted:
        return False
    letters = _letters(paragraph.text)
    return letters == wanted or (
        paragraph.style is not None
        and len(wanted) >= 8
        and (
            letters.endswith(wanted)
            or (wanted.endswith(letters) and len(letters) >= 8)
            or letters.startswith(wanted)
        )
    )


def _letters(text: str) -> str:
    return re.sub(r"^\d+|[\W_]+", "", text.casefold())


def _levels(styled: dict[int, Paragraph], outlined: dict[int, Found]) -> dict[tuple[float, bool], int]:
    """Return each look's level: as the outline has it, else by size and then weight."""
    votes: dict[tuple[float, bool], Counter[int]] = {}
    for number, one in outlined.items():
        style = styled[number].style if number in styled else None
        if style is not None:
            votes.setdefault(style, Counter())[one.level] += 1
    known = {style: counts.most_common(1)[0][0] for style, counts in votes.items()}
    looks = sorted({paragraph.style for paragraph in styled.values() if paragraph.style}, reverse=True)
    deepest = max((one.level for one in outlined.values()), default=0)
    levels: dict[tuple[float, bool], int] = {}
    level = 0
    for look in looks:
        if look in known:
            level = known[look]
        elif known:
            larger = [known[other] for other in known if other > look]
            level = max(larger) + 1 if larger else deepest + 1
        else:
            level += 1
        levels[look] = level
    return levels
