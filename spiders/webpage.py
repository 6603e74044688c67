"""An HTML page, or a fragment from an API or feed, to its text with title, date and headings."""

from lxml import etree, html

from spiders.blocks import MARK, Block, linearise
from spiders.characters import clean
from spiders.dates import parse_date
from spiders.dom import parse, prune
from spiders.extraction import CHOSEN_LEVEL, Extraction, ExtractionError, Given, Heading
from spiders.language import settle_language
from spiders.maintext import main_blocks
from spiders.metadata import canonical_of, language_of, metas, published_of, rights_of, stated_body, title_of
from spiders.selectors import elements_of, value_of
from spiders.source import Select, SplitRule

_BOLD_CONFIDENCE = 0.6


def extract_html(
    markup: str, *, url: str, select: Select, split: SplitRule | None, given: Given
) -> Extraction:
    """Return the extraction of a page; raises ExtractionError if no main text is found."""
    root, whole = parse(markup)
    meta = metas(root)
    day_first = _is_day_first(root)
    title = _title(root, meta, url, select, given)
    published = _published(root, meta, title, select, given, day_first=day_first)
    canonical, rights, declared = canonical_of(root, url), rights_of(root, meta, url), language_of(root, meta)
    if split is not None and split.heading != "auto":
        for element in elements_of(root, split.heading, "split.heading"):
            element.set(MARK, "")
    blocks = _blocks(root, select, whole=whole)
    text, headings = _assembled(blocks)
    if _is_bare(text, title) and select.body is None:
        # A page that a script fills: some state their text for search engines.
        text = clean(_plain(stated_body(parse(markup)[0])))
        headings = ()
    if _is_bare(text, title):
        raise ExtractionError("empty_text", "the page has no main text")
    return Extraction(
        title=title or (headings[0].text if headings else ""),
        text=text,
        published=published,
        language=settle_language(text, declared=given.language or declared),
        canonical=canonical,
        rights=rights,
        headings=headings,
        page_starts=(),
    )


def _is_bare(text: str, title: str) -> bool:
    """Return whether a text says nothing but its title."""
    return not text or "".join(text.split()).casefold() == "".join(title.split()).casefold()


def _title(root: html.HtmlElement, meta: dict[str, list[str]], url: str, select: Select, given: Given) -> str:
    if given.title and (title := clean(_plain(given.title), keep_lines=False)):
        return title
    if select.title and (title := clean(value_of(root, select.title, "select.title"), keep_lines=False)):
        return title
    return title_of(root, meta, url)


def _published(
    root: html.HtmlElement,
    meta: dict[str, list[str]],
    title: str,
    select: Select,
    given: Given,
    *,
    day_first: bool | None,
) -> str | None:
    if given.published and (date := parse_date(given.published)):
        return date
    if select.published:
        return parse_date(value_of(root, select.published, "select.published"), day_first=day_first)
    return published_of(root, meta, title, day_first=day_first)


def _blocks(root: html.HtmlElement, select: Select, *, whole: bool) -> list[Block]:
    if select.body is None:
        prune(root, whole=whole)
        return main_blocks(root, linearise(root), whole=whole)
    chosen = elements_of(root, select.body, "select.body")
    if not chosen:
        raise ExtractionError(
            "selector_found_nothing", f"select.body {select.body!r} finds nothing on the page"
        )
    blocks: list[Block] = []
    for element in chosen:
        if any(ancestor in chosen for ancestor in element.iterancestors()):
            continue
        prune(element, whole=False)
        blocks += main_blocks(element, linearise(element), whole=False)
    return blocks


def _assembled(blocks: list[Block]) -> tuple[str, tuple[Heading, ...]]:
    """Return the text of the blocks, a blank line between two, and its headings.

    Items of one list and rows of one table stand on lines of their own without a blank one.
    """
    parts: list[str] = []
    headings: list[Heading] = []
    at = 0
    deepest = max((block.level or 0 for block in blocks), default=0)
    before: Block | None = None
    for number, block in enumerate(blocks):
        text = clean(block.text)
        if not text:
            continue
        if block.is_item:
            text = f"- {text}"
        if before is not None:
            gap = "\n" if block.group is not None and block.group == before.group else "\n\n"
            parts.append(gap)
            at += len(gap)
        level, confidence = _level(blocks, number, deepest)
        if level is not None:
            same = before is not None and block.mark is not None and block.mark == before.mark
            if same and headings:
                first = headings.pop()
                headings.append(
                    Heading(
                        f"{first.text} {_one_line(text)}",
                        first.start,
                        at + len(text),
                        level,
                        None,
                        confidence,
                    )
                )
            else:
                headings.append(Heading(_one_line(text), at, at + len(text), level, None, confidence))
        parts.append(text)
        at += len(text)
        before = block
    return "".join(parts), tuple(headings)


def _level(blocks: list[Block], number: int, deepest: int) -> tuple[int | None, float]:
    block = blocks[number]
    if block.mark is not None:
        return CHOSEN_LEVEL, 1.0
    if block.level is not None:
        return block.level, 1.0
    if _is_bold_heading(block, blocks[number + 1] if number + 1 < len(blocks) else None):
        return deepest + 1, _BOLD_CONFIDENCE
    return None, 0.0


def _is_bold_heading(block: Block, following: Block | None) -> bool:
    return (
        block.is_bold
        and block.tag in ("p", "div", "td")
        and "\n" not in block.text
        and len(block.text.split()) <= 14
        and not block.text.endswith((".", ",", ";"))
        and following is not None
        and not following.is_bold
        and following.level is None
    )


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _plain(markup: str) -> str:
    """Return a title that an API gave as markup, without it."""
    if "<" not in markup and "&" not in markup:
        return markup
    try:
        return str(html.fragment_fromstring(markup, create_parent="div").text_content())
    except (etree.ParserError, ValueError):
        return markup


def _is_day_first(root: html.HtmlElement) -> bool | None:
    """Return whether 05/11/2026 means November here: yes but for American English, unknown without `lang`."""
    language = (root.get("lang") or "").lower()
    return None if not language or language == "en" else not language.startswith("en-us")
