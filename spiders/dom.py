"""A page's element tree: parsed within bounds, and rid of what is furniture by its own markup."""

import re
from collections.abc import Iterator

from lxml import etree, html

from spiders.extraction import ExtractionError
from spiders.naming import PART, SURE, grade_of

MAX_CHARACTERS = 12_000_000
MAX_ELEMENTS = 120_000
_LOST = etree.XPath("boolean(" + "/*" * 251 + ")")  # recursive readers of the tree fail beyond
# One class for all elements: lxml.html's own choice by tag costs a Python call an element.
_HTML_ELEMENTS = etree.ElementDefaultClassLookup(element=html.HtmlElement)

_WRAPPER_TAGS = re.compile(
    r"</?(?:div|span|font|center|section|b|i|em|strong|small|big|u|a|ul|ol|dl|table|tbody|tr|td|"
    r"blockquote)(?:\s[^<>]{0,2000})?>",
    re.IGNORECASE,
)
_DOCUMENT = re.compile(r"<(?:!doctype|html|head|body)\b", re.IGNORECASE)
_HUGE_TAG = re.compile(
    r"<([a-zA-Z][a-zA-Z0-9]{0,20})\s[^<>]{10000,}>"
)  # thousands of attributes, or one of megabytes

_DROPPED = frozenset(
    "script style noscript template svg math canvas iframe object embed applet audio video map button select "
    "option datalist input textarea progress meter dialog nav link meta title head frame frameset noframes source "
    "track".split()
)
_ROLES = frozenset(
    "navigation banner contentinfo search dialog alertdialog alert menu menubar toolbar tablist tooltip".split()
)
_KEPT = frozenset("html body main article".split())
_TITLED = ("h1", "h2", "h3", "h4", "h5", "h6", "summary", "dt")
_NAMELESS = ("p", "h1", "h2", "h3", "h4")
_SECTIONING = frozenset("header footer aside".split())
_PROSE_WORDS = 20
_WIDGET = re.compile(r"widget", re.IGNORECASE)  # what page builders call every part of a page
_FOLDED = re.compile(r"accordion|collaps|toggle|tab|panel|faq|reveal|expand|details", re.IGNORECASE)
_HIDDEN_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)


def parse(markup: str) -> tuple[html.HtmlElement, bool]:
    """Return the tree, and whether the markup was a whole page (not a fragment from an API or feed).

    Text nested deeper than the parser goes is kept by flattening its wrappers. Raises ExtractionError.
    """
    if len(markup) > MAX_CHARACTERS:
        raise ExtractionError("too_large", f"{len(markup)} characters of HTML; at most {MAX_CHARACTERS}")
    whole = _DOCUMENT.search(markup, 0, 20_000) is not None
    markup = _HUGE_TAG.sub(r"<\1>", markup)
    root = _parsed(markup)
    if _LOST(root):
        root = _parsed(_WRAPPER_TAGS.sub(" ", markup))
    if root.xpath("count(//*)") > MAX_ELEMENTS:
        raise ExtractionError("too_large", f"more than {MAX_ELEMENTS} elements")
    return root, whole


def prune(root: html.HtmlElement, *, whole: bool) -> None:
    """Take out of the tree what its tag, role, name or style marks as furniture, never the main text.

    `whole` says that it is a page, not a fragment from an API or feed nor what a selector chose. A name alone
    takes out nothing that holds more than a third of the text, and not what is nearly all the prose there is.
    """
    most = max(_text_length(root), 1) / 3
    checks = 4000
    named: list[html.HtmlElement] = []
    for element in _elements(root, named):
        if element.tag in _DROPPED:
            _drop_unless_heading(element)
        elif element.tag not in _KEPT and checks and (element.attrib or element.tag in _SECTIONING):
            is_plain = _is_furniture(element, whole=whole)
            if is_plain or _is_named_furniture(element, whole=whole):
                checks -= 1
                if _text_length(element) > most:
                    continue
                if is_plain:
                    _drop(element)
                else:
                    named.append(element)
    for element in _droppable(root, named, whole=whole):
        _drop(element)
    for form in list(root.iter("form")):
        if _text_length(form) < min(400, most):
            _drop(form)


def _drop_unless_heading(element: html.HtmlElement) -> None:
    if element.tag == "button" and next(element.iterancestors(*_TITLED), None) is not None:
        element.drop_tag()  # a folded panel's heading
    elif element.tag == "button" and _opens_text(element):
        element.tag = "h6"
    else:
        _drop(element)


def _droppable(
    root: html.HtmlElement, named: list[html.HtmlElement], *, whole: bool
) -> list[html.HtmlElement]:
    """Return the elements without those by whose loss the article, or the page, would have hardly any prose."""
    places = [element for element in root.iter("main", "article") if not _inside_article(element)]
    if not whole or not places:
        places = [root]
    kept: set[html.HtmlElement] = set()
    for place in places:
        inside = [element for element in named if place is root or place in element.iterancestors()]
        doubtful = [element for element in inside if _grade(element) < SURE and not _mostly_links(element)]
        if not doubtful:
            continue
        prose = sum(map(_prose, doubtful))
        left = _prose(place) - sum(map(_prose, inside))
        if left < max(60, prose * (0.35 if place is not root or not whole else 0.1)):
            kept.update(doubtful)
    for element in kept:
        _unname(element)
    return [element for element in named if element not in kept]


def _parsed(markup: str) -> html.HtmlElement:
    parser = etree.HTMLParser(
        remove_comments=True, remove_pis=True, collect_ids=False, encoding="utf-8", huge_tree=True
    )
    parser.set_element_class_lookup(_HTML_ELEMENTS)
    data = markup.replace("\0", "").encode("utf-8", "replace")
    try:
        root = html.document_fromstring(data or b"<p></p>", parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError) as error:
        raise ExtractionError("empty_text", f"no element in the HTML: {str(error)[:80]}") from None
    return root


def _elements(root: html.HtmlElement, named: list[html.HtmlElement]) -> Iterator[html.HtmlElement]:
    """Yield elements outermost first; those inside one that was dropped or named are not reached."""
    waiting = [root]
    while waiting:
        element = waiting.pop()
        if not isinstance(element.tag, str):
            continue
        yield element
        if (element.getparent() is not None or element is root) and not (named and named[-1] is element):
            waiting.extend(reversed(element))


def _drop(element: html.HtmlElement) -> None:
    if element.getparent() is not None:
        element.drop_tree()


def _text_length(element: html.HtmlElement) -> float:
    return float(element.xpath("string-length(normalize-space(.))"))


def _prose(element: html.HtmlElement) -> float:
    """Return the characters of text that is in no link."""
    return _text_length(element) - _link_length(element)


def _link_length(element: html.HtmlElement) -> float:
    return sum(_text_length(link) for link in element.iter("a"))


def _is_furniture(element: html.HtmlElement, *, whole: bool) -> bool:
    """Return whether tag, role or style say so."""
    attributes = element.attrib
    if element.tag == "footer":
        return next(element.iterancestors("blockquote", "figure"), None) is None
    if element.tag in ("header", "aside"):
        is_outside = whole and not _inside_article(element) and not _introduces(element)
        return is_outside or (element.tag == "aside" and _mostly_links(element))
    return attributes.get("role", "").lower() in _ROLES or _is_hidden(element)


def _introduces(element: html.HtmlElement) -> bool:
    """Return whether it is a story's own header: its title, and a paragraph that leads into it."""
    return (
        element.tag == "header"
        and next(element.iter("h1"), None) is not None
        and any(len(_words(text)) >= 12 and not _mostly_links(text) for text in element.iter("p"))
    )


def _words(element: html.HtmlElement) -> list[str]:
    return str(element.xpath("string(.)"))[:4000].split()


def _grade(element: html.HtmlElement) -> int:
    attributes = element.attrib
    return grade_of(attributes.get("class", ""), attributes.get("id", ""))


def _is_named_furniture(element: html.HtmlElement, *, whole: bool) -> bool:
    """Return whether the name says so and what it holds does not speak against it.

    Within an article a name counts for less: many are a page builder's or made from a heading.
    """
    if element.tag in _NAMELESS:
        return False
    grade = _grade(element)
    if not grade or grade == SURE:
        return grade == SURE
    if _mostly_links(element) or _has_linked_heading(element):
        return True
    is_trusted = not whole or _inside_article(element)
    words = len(_words(element))
    if grade == PART:
        is_furniture = (
            not is_trusted and words < _PROSE_WORDS and not _WIDGET.search(element.get("class", ""))
        )
    else:
        is_furniture = not is_trusted or words < 2 * _PROSE_WORDS
    if not is_furniture and is_trusted:
        _unname(element)
    return is_furniture


def _unname(element: html.HtmlElement) -> None:
    """Take the names off an element that is kept in spite of them, or trafilatura would drop it."""
    for name in ("class", "id"):
        element.attrib.pop(name, None)


def _has_linked_heading(element: html.HtmlElement) -> bool:
    """Return whether it is a list of other pages: headings that are links."""
    for heading in element.iter("h2", "h3", "h4", "h5"):
        link = next(heading.iter("a"), None)
        if link is None:
            link = next(heading.iterancestors("a"), None)
        if link is not None and (link.get("href") or "").split("#")[0]:
            return True
    return False


def _is_hidden(element: html.HtmlElement) -> bool:
    attributes = element.attrib
    names = f"{attributes.get('class', '')} {attributes.get('id', '')}"[:1000]
    hidden = (
        "hidden" in attributes
        or attributes.get("aria-hidden", "").lower() == "true"
        or _HIDDEN_STYLE.search(attributes.get("style", "")[:2000]) is not None
    )
    if hidden and (_FOLDED.search(names) or attributes.get("role") == "tabpanel" or _is_folded(element)):
        for name in ("hidden", "aria-hidden", "style"):
            attributes.pop(name, None)  # or trafilatura would drop it
        return False
    return hidden


def _is_folded(element: html.HtmlElement) -> bool:
    """Return whether a hidden element is text that a reader opens by the heading or button above it."""
    before = element.getprevious()
    if before is None or _mostly_links(element) or _text_length(element) < 80:
        return False
    return before.tag in (*_TITLED, "button") or next(before.iter(*_TITLED, "button"), None) is not None


def _opens_text(button: html.HtmlElement) -> bool:
    """Return whether a button has words and stands, alone, above the text that it unfolds."""
    names = f"{button.get('class', '')} {button.get('id', '')}"[:1000]
    if not (_FOLDED.search(names) or "aria-expanded" in button.attrib or "aria-controls" in button.attrib):
        return False
    at = button
    while at.getnext() is None and at.getparent() is not None and _words(at.getparent()) == _words(button):
        at = at.getparent()
    panel = at.getnext()
    if panel is None or not isinstance(panel.tag, str) or panel.tag in _DROPPED:
        return False
    return len(_words(button)) > 0 and len(_words(panel)) >= 5 and not _mostly_links(panel)


def _inside_article(element: html.HtmlElement) -> bool:
    return next(element.iterancestors("article", "main"), None) is not None


def _mostly_links(element: html.HtmlElement) -> bool:
    total = _text_length(element)
    return _link_length(element) > 0.4 * total
