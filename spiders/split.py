"""A document to its case studies: which headings begin one, and where each ends.

A section begins with its heading, which is part of its text and its title, and runs to the next that
is no lower. What is no case study (contents, imprint, short forewords) is in no section.
"""

import re
from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass, replace
from math import exp, log
from statistics import median

from spiders.extraction import CHOSEN_LEVEL, Extraction, Heading
from spiders.source import SplitRule

DOUBTFUL = 0.5
"""A confidence below this calls for a person's look."""

_USUAL_WORDS = 300  # of a case study in a report
_LEAST_WORDS = 40
_MOST_WORDS = 2500
_UNSPLIT = 0.3
"""Confidence of a whole text that should have been split and could not be."""
_LOOSE_WORDS = 350  # text outside the sections must be this long to be proposed at all
_NEVER = re.compile(
    r"(?:table of )?contents$|in this (?:report|issue|edition)|imprint$|colophon$|acknowledge?ments?|credits$|"
    r"thanks$|index$|glossary|references$|"
    r"bibliography|endnotes?$|footnotes?$|notes$|further (?:reading|information|resources)|contacts?(?: us|"
    r" details)?$|get in touch|"
    r"disclaimer|copyright|list of (?:figures|tables|schools|partners|members|abbreviations)|abbreviations|"
    r"photo credits|image credits|about (?:this|the) (?:report|publication|authors?)",
    re.IGNORECASE,
)
_SELDOM = re.compile(
    r"fore?word|preface|introduction|welcome|a message from|message from|executive summary|summary$|key findings|"
    r"conclusions?|closing|afterword|looking (?:ahead|forward)|"
    r"method(?:ology|s)?$|about (?:us|the|our)\b|who we are|our (?:members|partners|supporters|team)$|next steps$|"
    r"the year in numbers|at a glance|how to use|appendi(?:x|ces)|"
    r"recommendations|(?:from )?(?:the )?(?:chair|director|president|chief executive)(?:’s|'s|s’)?\b|rhagair|"
    r"vorwort",
    re.IGNORECASE,
)
_EYEBROW = re.compile(
    r"(?:case study|case|example|project|spotlight|profile|partnership|story|in focus|feature|school)(?: on)?"
    r"(?:\s+(?:no\.?\s*)?(?:\d+|[ivx]+|one|two|three|four|five|six|seven|eight|nine|ten))?:?",
    re.IGNORECASE,
)
_PART = re.compile(
    r"(?:part|chapter|section|theme|strand|unit)\s+(?:\d+|[ivx]+|one|two|three|four|five|six|seven|eight|nine|ten|"
    r"[a-h])\W*",
    re.IGNORECASE,
)
_NUMBERING = re.compile(
    r"^(?:(?:chapter|section|part|case study|appendix)\s+)?[\dIVXivx]+(?:\.\d+)*[.):]?\s+", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Section:
    """One case study of a document: `extraction.text[start:end]`; pages are first and last, from 1."""

    title: str
    start: int
    end: int
    pages: tuple[int, int] | None
    confidence: float


def split(extraction: Extraction, rule: SplitRule | None) -> tuple[Section, ...]:
    """Return the document's case studies in order; the whole text as one where no rule says to split.

    Where a selector finds no heading, or `auto` none in a text that is long or has several, the whole text is
    one section of low confidence.
    """
    if rule is None:
        return (_section(extraction, extraction.title, 0, len(extraction.text), 1.0),)
    headings = _joined(extraction)
    chosen = [heading for heading in headings if heading.level == CHOSEN_LEVEL]
    if chosen:
        return _cut(extraction, chosen, [], 1.0)
    if rule.heading != "auto" and not extraction.page_starts:
        return (_section(extraction, extraction.title, 0, len(extraction.text), _UNSPLIT),)
    headings = _with_template_lowered(extraction, headings)
    best = _best_level(extraction, headings)
    if best is None:
        confidence = _UNSPLIT if _calls_for_splitting(extraction, headings) else 1.0
        return (_section(extraction, extraction.title, 0, len(extraction.text), confidence),)
    level, certainty = best
    begins = [
        _with_eyebrow(extraction, headings, number)
        for number, one in enumerate(headings)
        if one.level == level
    ]
    breaks = [_with_part_label(extraction, one) for one in _breaks(extraction, headings, level)]
    return _cut(extraction, begins, breaks, certainty)


def _calls_for_splitting(extraction: Extraction, headings: list[Heading]) -> bool:
    """Return whether a text in which nothing was found to split is too long, or has too many titles, for one."""
    words = len(extraction.text.split())
    titled = [heading for heading in headings if not _is_matter(heading.text)]
    return words > _MOST_WORDS or (len(titled) > 3 and words > 3 * _USUAL_WORDS)


def left_out(extraction: Extraction, sections: tuple[Section, ...]) -> tuple[tuple[int, int], ...]:
    """Return the stretches of text that are in no section, as offsets."""
    out, at = [], 0
    for section in (*sections, None):
        until = section.start if section else len(extraction.text)
        if extraction.text[at:until].strip():
            out.append((at, until))
        at = section.end if section else until
    return tuple(out)


def _with_eyebrow(extraction: Extraction, headings: list[Heading], number: int) -> Heading:
    """Return a heading that begins where a lower one right above it does ("Case study 3", a school's name)."""
    heading = headings[number]
    for before in reversed(headings[:number]):
        if (
            before.level <= heading.level
            or before.page != heading.page
            or extraction.text[before.end : heading.start].strip()
        ):
            break
        heading = replace(heading, start=before.start)
    above = extraction.text[: heading.start].rstrip().rpartition("\n\n")
    if _EYEBROW.fullmatch(above[2]):
        heading = replace(heading, start=len(above[0]) + len(above[1]))
    return heading


def _with_part_label(extraction: Extraction, heading: Heading) -> Heading:
    """Return a part's heading that begins where the label above it does ("Part two")."""
    above = extraction.text[: heading.start].rstrip().rpartition("\n\n")
    if _PART.fullmatch(above[2]) or _is_page_label(extraction, heading, above[2]):
        return replace(heading, start=len(above[0]) + len(above[1]))
    return heading


def _is_page_label(extraction: Extraction, heading: Heading, line: str) -> bool:
    """Return whether a line is but a few words between a page's top and the heading."""
    if heading.page is None or not line or len(line.split()) > 5 or line.endswith((".", ",", ";", "!", "?")):
        return False
    begin = extraction.page_starts[heading.page - 1]
    return extraction.text[begin : heading.start].strip() == line


def _joined(extraction: Extraction) -> list[Heading]:
    """Return the headings, those of one level that follow each other without text between made one."""
    out: list[Heading] = []
    for heading in extraction.headings:
        before = out[-1] if out else None
        if (
            before is not None
            and before.level == heading.level
            and before.page == heading.page
            and before.page is not None
            and not extraction.text[before.end : heading.start].strip()
            and len(before.text) + len(heading.text) < 160
        ):
            out[-1] = replace(before, text=f"{before.text} {heading.text}", end=heading.end)
        else:
            out.append(heading)
    return out


def _with_template_lowered(extraction: Extraction, headings: list[Heading]) -> list[Heading]:
    """Return the headings with those that title nothing one level below those that do.

    These recur (Aims, Impact …), or are labels right above a title (Case study 3). All levels are doubled to make room.
    """
    counts = Counter(_key(heading.text) for heading in headings)
    out = []
    for number, heading in enumerate(headings):
        following = headings[number + 1] if number + 1 < len(headings) else None
        is_label = (
            following is not None
            and _EYEBROW.fullmatch(heading.text.strip()) is not None
            and not extraction.text[heading.end : following.start].strip()
        )
        out.append(replace(heading, level=2 * heading.level + (is_label or counts[_key(heading.text)] >= 3)))
    return out


def _key(title: str) -> str:
    return re.sub(r"[\W_]+", " ", title.casefold()).strip()


def _best_level(extraction: Extraction, headings: list[Heading]) -> tuple[int, float] | None:
    """Return the level whose sections look most like case studies, and how clearly it does (0 to 1)."""
    scores: dict[int, float] = {}
    levels = {heading.level for heading in headings}
    for level in sorted({level for level in levels if level % 2 == 0} or levels):
        ends = sorted({heading.start for heading in _breaks(extraction, headings, level)})
        begins = [heading for heading in headings if heading.level == level]
        score = _score(extraction, begins, ends)
        if score > 0:
            scores[level] = score
    if not scores:
        return None
    best = max(scores, key=lambda level: scores[level])
    rival = max((score for level, score in scores.items() if level != best), default=0.0)
    return best, 1.0 - 0.4 * rival / scores[best]


def _score(extraction: Extraction, begins: list[Heading], ends: list[int]) -> float:
    titled = [heading for heading in begins if not _is_matter(heading.text)]
    if len(titled) < 2:
        return 0.0
    marks = sorted({*(heading.start for heading in begins), *ends, len(extraction.text)})
    lengths = [
        len(extraction.text[heading.end : marks[bisect_right(marks, heading.start)]].split())
        for heading in titled
    ]
    typical = max(median(lengths), 1)
    fit = exp(-((log(typical / _USUAL_WORDS)) ** 2) / (2 * 0.9**2))
    good = sum(_LEAST_WORDS <= length <= _MOST_WORDS for length in lengths)
    counts = Counter(_key(heading.text) for heading in titled)
    unique = sum(1 for heading in titled if counts[_key(heading.text)] < 3) / len(titled)
    words = max(len(extraction.text.split()), 1)
    covered = min(sum(lengths) / words, 1.0)
    return fit * good / len(lengths) * unique**2 * (0.3 + covered) * log(1 + min(good, 12))


def _breaks(extraction: Extraction, headings: list[Heading], level: int) -> list[Heading]:
    """Return headings that end a section of the level though they begin none: chapters, and what is no case study.

    A large line amid a section (a figure, a quotation) is no chapter: a chapter opens a page or stands
    straight above a section.
    """
    out = []
    for number, heading in enumerate(headings):
        if heading.level > level:
            if _NEVER.match(_bare(heading.text)) and heading.level <= level + 2:
                out.append(heading)
            continue
        if heading.level == level:
            continue
        following = headings[number + 1] if number + 1 < len(headings) else None
        leads = following is not None and len(extraction.text[heading.end : following.start].split()) <= 40
        if (
            heading.page is None
            or heading.confidence >= 1.0
            or leads
            or _opens_page(extraction, heading)
            or _is_matter(heading.text)
        ):
            out.append(heading)
    return out


def _opens_page(extraction: Extraction, heading: Heading) -> bool:
    if not extraction.page_starts or heading.page is None:
        return False
    begin = extraction.page_starts[heading.page - 1]
    return not extraction.text[begin : heading.start].strip()


def _cut(
    extraction: Extraction, begins: list[Heading], breaks: list[Heading], certainty: float
) -> tuple[Section, ...]:
    sections: list[Section] = []
    text = extraction.text
    marks = sorted({(heading.start, heading) for heading in (*begins, *breaks)}, key=lambda mark: mark[0])
    first = marks[0][0] if marks else len(text)
    if _is_long(text[:first]):
        sections.append(_section(extraction, extraction.title, 0, first, 0.3))
    starts = {heading.start for heading in begins}
    for number, (start, heading) in enumerate(marks):
        end = marks[number + 1][0] if number + 1 < len(marks) else len(text)
        words = len(text[heading.end : end].split())
        bare = _bare(heading.text)
        if heading.level != CHOSEN_LEVEL and (start not in starts or _is_matter(bare)):
            confidence = 0.3 if words >= _LOOSE_WORDS and not _NEVER.match(bare) else None
        else:
            confidence = _confidence(heading, words, certainty) if words else None
        if confidence is not None:
            sections.append(_section(extraction, heading.text, start, end, confidence))
    return tuple(sections)


def _confidence(heading: Heading, words: int, certainty: float) -> float:
    confidence = heading.confidence * certainty
    if heading.level != CHOSEN_LEVEL and not _LEAST_WORDS <= words <= _MOST_WORDS:
        confidence = min(confidence, 0.4)
    return round(confidence, 2)


def _is_long(text: str) -> bool:
    return len(text.split()) >= _LOOSE_WORDS


def _is_matter(title: str) -> bool:
    bare = _bare(title)
    return bool(_NEVER.match(bare) or _SELDOM.match(bare))


def _bare(title: str) -> str:
    return _NUMBERING.sub("", title.strip())


def _section(extraction: Extraction, title: str, start: int, end: int, confidence: float) -> Section:
    """Return the section, white space at both ends left out."""
    part = extraction.text[start:end]
    start += len(part) - len(part.lstrip())
    end = start + len(part.strip())
    pages = None
    if extraction.page_starts:
        first = bisect_right(extraction.page_starts, start)
        last = bisect_right(extraction.page_starts, max(end - 1, start))
        pages = (max(first, 1), max(last, 1))
    return Section(title, start, end, pages, confidence)
