"""Chooses those of a page's blocks that are its main text.

trafilatura finds the place; within it, the page's own blocks are kept in order, so that paragraphs in
bare `div`s, tables and headings that it leaves out are not lost. Where it finds nothing, the element
with the most running text is taken.
"""

import logging
import re
from collections import defaultdict
from dataclasses import dataclass

from lxml import etree, html

from spiders.blocks import Block
from spiders.dates import parse_date

_LARGEST = 1_500_000
"""Characters of text beyond which trafilatura is not asked: its time grows faster than the page."""
_MOST_BLOCKS = 8000
_MOST_ELEMENTS = 25_000

_MOST_TRAILING = 4
_SENTENCE_END = re.compile(r"[.!?][\"'”’)\]]*$")
_TEASER_END = re.compile(
    r"(?:…|\.\.\.|\[…\]|\[\.\.\.\]|read (?:more|on)|find out more|continue reading)\W*$", re.IGNORECASE
)
_WORDS = re.compile(r"[^\W_]+")
_FURNITURE = re.compile(
    r"(?:share(?: this| on| with|:|$)|tweet(?: this)?$|like this|follow us|read (?:more|next|on)|continue reading|"
    r"find out more|learn more|"
    r"view all|see all|show more|load more|click here|more info(?:rmation)?$|back to|return to|go to top|"
    r"top of page|"
    r"posted (?:on|in|by|at)|published(?: on| by|:)|last (?:updated|modified)|updated(?: on|:)|filed under|"
    r"categor(?:y|ies)\b|tags?(?::|$)|tagged|"
    r"written by|by [A-Z][\w.]+ [A-Z][\w'-]+$|author:|leave a (?:comment|reply)|\d+ comments?\b|no comments|"
    r"comments? (?:are )?(?:off|closed)|"
    r"subscribe|sign up|join our (?:mailing|newsletter)|newsletter|print(?: this)?(?: page)?$|e-?mail this|"
    r"download(?: this)? (?:pdf|page)$|"
    r"previous(?: (?:post|article|page|story))?$|next(?: (?:post|article|page|story))?$|older posts|newer posts|"
    r"skip to|menu$|search$|close$|loading|"
    r"(?:we|this (?:site|website)) uses? cookies|accept (?:all )?cookies|cookie (?:policy|settings|preferences)|"
    r"privacy policy|all rights reserved|©|copyright\b|"
    r"\d+ (?:views?|likes?|shares?|reads|hits|claps)$|"
    r"\d+ min(?:ute)?s?(?: read)?$|photo(?:graph)?(?: credit|:)|advertisement$|edit$|reply$)",
    re.IGNORECASE,
)
_LEGAL = re.compile(
    r"all rights reserved|©|\(c\) ?\d{4}|registered charity|company (?:number|registered)", re.IGNORECASE
)
_RELATED = re.compile(
    r"(?:related(?: (?:posts?|articles?|stories|news|content|pages?|links?|case studies|resources|items|topics|"
    r"reading|projects))?$|"
    r"you (?:may|might) (?:also )?(?:like|enjoy|be interested)|we (?:also )?recommend$|recommended(?: for you|"
    r" reading| posts| articles)?$|"
    r"(?:more|other|latest|recent|further|popular|similar) (?:news|stories|posts|articles|case studies|projects|"
    r"reading|from|like this|on this topic)\b|"
    r"read (?:more|next)|see also$|in this section$|share this|share:?$|leave a (?:comment|reply)|"
    r"(?:reader )?comments?(?: \(\d+\))?$|\d+ (?:comments?|thoughts?|responses?)\b|"
    r"explore more|keep reading|join the conversation|sign up|subscribe|newsletter|stay (?:in touch|connected|"
    r"up to date)|follow us|connect with us|"
    r"quick links$|about the author$|categories$|archives$|tags$|upcoming events$|post navigation$|cookie)",
    re.IGNORECASE,
)


def main_blocks(root: html.HtmlElement, blocks: list[Block], *, whole: bool) -> list[Block]:
    """Return the blocks of the main text in their order; all but furniture for a fragment.

    Blocks marked by the source's split selector are always among them.
    """
    if not whole:
        return _tidied(blocks, set(range(len(blocks))))
    strong = _found_by_trafilatura(root, blocks)
    if not strong:
        strong = _densest(blocks)
    if not strong:
        return []
    strong |= {number for number, block in enumerate(blocks) if block.mark is not None}
    region = _region(blocks, strong)
    strong |= _further(blocks, region)
    region = _region(blocks, strong)
    inside = {number for number, block in enumerate(blocks) if _is_within(block.element, region)}
    last = max(strong & inside)
    kept = {
        number
        for number in inside
        if number in strong or _belongs(blocks[number], is_before_end=number < last)
    }
    kept |= _trailing(blocks, region, last)
    kept |= _opening(blocks, kept, region)
    kept -= _before_title(blocks, kept)
    return _tidied(blocks, kept)


def _found_by_trafilatura(root: html.HtmlElement, blocks: list[Block]) -> set[int]:
    """Return the numbers of the blocks that trafilatura holds for main text."""
    if (
        len(blocks) > _MOST_BLOCKS
        or root.xpath("count(.//*)") > _MOST_ELEMENTS
        or sum(len(block.text) for block in blocks) > _LARGEST
    ):
        return set()
    body = _trafilatura_body(root)
    if body is None:
        return set()
    lines = {"".join("".join(element.itertext()).split()).lower() for element in body.iter("head")}
    everything = "".join("".join(body.itertext()).split()).lower()
    found, at = set(), 0
    for number, block in enumerate(blocks):
        squashed = "".join(block.text.split()).lower()
        if len(squashed) >= 20:
            place = everything.find(squashed, at)
            if place >= 0:
                at = place + len(squashed)
            elif squashed not in everything:
                continue
            found.add(number)
        elif squashed and squashed in lines and block.level is not None:
            found.add(number)
    return found


def _trafilatura_body(root: html.HtmlElement) -> etree._Element | None:
    import trafilatura  # heavy

    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    try:
        document = trafilatura.bare_extraction(
            root, include_comments=False, include_tables=True, with_metadata=False
        )
    except Exception:  # noqa: BLE001  # whatever it stumbles over, the page is still read without it
        return None
    return getattr(document, "body", None)


def _densest(blocks: list[Block]) -> set[int]:
    """Return the blocks of running text under the element that holds most of it, near blocks counting more."""
    scores: dict[html.HtmlElement, float] = defaultdict(float)
    for block in blocks:
        size = len(block.text) * (1 - block.link_share)
        if size < 25 or block.link_share > 0.5:
            continue
        weight = 1.0
        for ancestor in [block.element, *block.element.iterancestors()][:6]:
            scores[ancestor] += size * weight
            weight *= 0.75
    if not scores:
        return set()
    best = max(scores, key=lambda element: scores[element])
    return {
        number
        for number, block in enumerate(blocks)
        if block.link_share <= 0.5 and len(block.text) >= 25 and _is_within(block.element, best)
    }


def _region(blocks: list[Block], strong: set[int]) -> html.HtmlElement:
    """Return the deepest element that holds nearly all of the strong blocks, and every marked one."""
    weights: dict[html.HtmlElement, int] = defaultdict(int)
    marked: dict[html.HtmlElement, int] = defaultdict(int)
    for number in strong:
        block = blocks[number]
        for element in (block.element, *block.element.iterancestors()):
            weights[element] += len(block.text)
            marked[element] += block.mark is not None
    total = max(weights.values())
    marks = max(marked.values())
    enough = [element for element in weights if weights[element] >= 0.9 * total and marked[element] == marks]
    return max(enough, key=lambda element: sum(1 for _ in element.iterancestors()))


def _further(blocks: list[Block], region: html.HtmlElement) -> set[int]:
    """Return blocks of prose after the region in the same article, as in a second column or behind tabs.

    The article is the `article` or `main` around it, or what holds both it and the page's one `h1`. What stands
    under a heading that is a link, or is called related, is another page's, and so is all that follows.
    """
    frame = _frame(blocks, region)
    if frame is None or frame is region:
        return set()
    inside = [number for number, block in enumerate(blocks) if _is_within(block.element, region)]
    found: set[int] = set()
    part: list[int] = []
    at: html.HtmlElement | None = None
    for number in [*range(max(inside) + 1, len(blocks)), None]:
        child = None
        if number is not None and _is_within(blocks[number].element, frame):
            child = _part_of(blocks[number].element, frame, region)
        if child is not at or child is None:
            if part and not _may_follow([blocks[one] for one in part]):
                return found
            if _is_prose([blocks[one] for one in part]):
                found.update(part)
            part, at = [], child
        if child is None or number is None:
            break
        part.append(number)
    return found


def _frame(blocks: list[Block], region: html.HtmlElement) -> html.HtmlElement | None:
    around = next((one for one in (region, *region.iterancestors()) if one.tag in ("article", "main")), None)
    if around is not None:
        return around
    tops = [block.element for block in blocks if block.level == 1]
    if len(tops) != 1:
        return None
    above = set(tops[0].iterancestors())
    common = next((one for one in (region, *region.iterancestors()) if one in above), None)
    return common if common is not None and common.tag not in ("html", "body") else None


def _part_of(
    element: html.HtmlElement, frame: html.HtmlElement, region: html.HtmlElement
) -> html.HtmlElement:
    """Return the outermost element around this one, within the frame, that the region is not in."""
    part = element
    for parent in element.iterancestors():
        if parent is frame or _is_within(region, parent):
            break
        part = parent
    return part


def _may_follow(part: list[Block]) -> bool:
    """Return whether text that follows it may still be the article's."""
    return not any(
        block.level is not None and (block.link_share > 0.8 or _RELATED.match(block.text)) for block in part
    )


def _is_prose(part: list[Block]) -> bool:
    length = sum(len(block.text) for block in part)
    linked = sum(block.link_share * len(block.text) for block in part)
    return (
        linked <= 0.2 * length
        and any(len(block.text.split()) >= 20 and _SENTENCE_END.search(block.text) for block in part)
        and not any(_TEASER_END.search(block.text) for block in part)
    )


def _trailing(blocks: list[Block], region: html.HtmlElement, last: int) -> set[int]:
    """Return the few short lines right after the end that are no links: who said it, a figure, a signature."""
    frame = next((one for one in region.iterancestors() if one.tag in ("article", "main")), region)
    run: list[int] = []
    for number in range(last + 1, len(blocks)):
        block = blocks[number]
        if (
            block.level is not None
            or block.link_share > 0.3
            or _TEASER_END.search(block.text)
            or not _is_within(block.element, frame)
        ):
            break
        run.append(number)
    short = [number for number in run if len(blocks[number].text.split()) < 8]
    return set(run) if len(short) <= _MOST_TRAILING else set()


def _is_within(element: html.HtmlElement, region: html.HtmlElement) -> bool:
    return element is region or any(ancestor is region for ancestor in element.iterancestors())


def _belongs(block: Block, *, is_before_end: bool) -> bool:
    """Return whether a block in the region that trafilatura left out is main text all the same."""
    words = len(block.text.split())
    if block.level is not None:
        return block.link_share < 0.5 or words > 3
    if block.link_share > 0.5:
        return False
    return is_before_end or words >= 8 or block.group is not None or block.text.endswith((".", "!", "?", "”"))


def _opening(blocks: list[Block], kept: set[int], region: html.HtmlElement) -> set[int]:
    """Return title and introduction that stand before the region in the same article."""
    if not kept:
        return set()
    article = next((element for element in region.iterancestors("article", "main")), None)
    first = min(kept)
    before: list[int] = []
    if article is not None:
        before = [number for number in range(first) if _is_within(blocks[number].element, article)][-6:]
    top = next((number for number in before if blocks[number].level == 1), None)
    if top is None and not any(blocks[number].level == 1 for number in kept):
        # The title may stand in a header of its own, before the article.
        above = [*range(max(first - 6, 0), first)]
        top = next((number for number in above if blocks[number].level == 1), None)
        before = above if top is not None else before
    return {
        number
        for number in before
        if number == top
        or (
            (top is None or number > top)
            and blocks[number].link_share < 0.3
            and len(blocks[number].text.split()) >= 8
        )
    }


def _before_title(blocks: list[Block], kept: set[int]) -> set[int]:
    """Return what stands before the page's one `h1`, if the greater part of the text stands after it."""
    tops = [number for number, block in enumerate(blocks) if block.level == 1]
    if len(tops) != 1:
        return set()
    before = {number for number in kept if number < tops[0] and blocks[number].mark is None}
    length = sum(len(blocks[number].text) for number in before)
    return before if length < 0.5 * sum(len(blocks[number].text) for number in kept) else set()


def _tidied(blocks: list[Block], kept: set[int]) -> list[Block]:
    """Return the kept blocks without furniture, related items and headings over nothing."""
    out: list[int] = []
    numbers = sorted(kept)
    prose = [number for number in numbers if len(blocks[number].text.split()) >= 12]
    first_prose, last_prose = (prose[0], prose[-1]) if prose else (-1, -1)
    skip: _Skip | None = None
    for place, number in enumerate(numbers):
        block = blocks[number]
        if block.mark is not None:
            skip = None
        elif skip is not None and skip.covers(block):
            continue
        else:
            skip = _skip_from(blocks, number, numbers[place + 1] if place + 1 < len(numbers) else None)
            if skip is not None or _is_furniture(block):
                continue
            if _is_date(block) and not first_prose < number < last_prose:
                continue
        out.append(number)
    return _without_empty_headings(out, blocks)


def _without_empty_headings(numbers: list[int], blocks: list[Block]) -> list[Block]:
    """Return the blocks without headings of which nothing is left but themselves, as over a list of links."""
    out: list[Block] = []
    following: int | None = None
    for number in reversed(numbers):
        block = blocks[number]
        if block.level is not None and block.mark is None and numbers[0] != number:
            after = blocks[following] if following is not None else None
            had_more = following is None or following > number + 1
            if had_more and (after is None or (after.level is not None and after.level <= block.level)):
                continue
        out.append(block)
        following = number
    return out[::-1]


@dataclass(slots=True)
class _Skip:
    """What a heading such as "Related posts" stands over: a box of its own, or all up to the next such heading."""

    box: html.HtmlElement | None
    level: int

    def covers(self, block: Block) -> bool:
        if self.box is not None:
            return _is_within(block.element, self.box)
        level = _shown_level(block)
        return level is None or level > self.level


def _skip_from(blocks: list[Block], number: int, following: int | None) -> _Skip | None:
    block = blocks[number]
    level = _shown_level(block)
    match = _RELATED.match(block.text) if level is not None and len(block.text) < 60 else None
    if level is None or match is None:
        return None
    box = block.element
    for parent in block.element.iterancestors():
        if number and _is_within(blocks[number - 1].element, parent):
            break
        box = parent
    if _WORDS.search(block.text, match.end()) and _stands_over_prose(blocks, number, level, box):
        return None  # "Latest news from the partnership"
    if following is not None and not _is_within(blocks[following].element, box):
        return _Skip(None, level)
    return _Skip(box if following is not None else None, level)


def _stands_over_prose(blocks: list[Block], number: int, level: int, box: html.HtmlElement) -> bool:
    """Return whether what stands under a heading is running text, and no list of other pages."""
    part: list[Block] = []
    is_boxed = number + 1 < len(blocks) and _is_within(blocks[number + 1].element, box)
    for block in blocks[number + 1 :]:
        below = _shown_level(block)
        if is_boxed and not _is_within(block.element, box):
            break
        if below is not None and below <= level:
            break
        part.append(block)
    return _is_prose(part) and _may_follow(part)


def _shown_level(block: Block) -> int | None:
    return block.level or (6 if block.is_bold and len(block.text) < 80 else None)


def _is_furniture(block: Block) -> bool:
    text = block.text
    if len(text) > 160:
        return False
    if not _WORDS.search(text):
        return True
    if block.level is not None:
        return False
    if block.tag == "tr" or block.is_item:
        return block.link_share > 0.9 and _FURNITURE.match(text) is not None
    return bool(
        (_FURNITURE.match(text) and (len(text) < 80 or block.link_share > 0.3)) or _LEGAL.search(text)
    )


def _is_date(block: Block) -> bool:
    """Return whether a line is but a date: at a text's head or foot that of its publication."""
    text = block.text
    if block.level is not None or block.tag == "tr" or block.is_item:
        return False
    is_line = len(text) < 80 and not text.endswith((".", "!", "?", ":")) and len(_WORDS.findall(text)) <= 9
    return is_line and parse_date(text, day_first=True) is not None
