"""A page's element tree: parsed within bounds, and rid of what is furniture by its own markup."""

import re
from collections.abc import Iterator
from functools import lru_cache

from lxml import etree, html

from spiders.extraction import ExtractionError

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
_NAMES = re.compile(
    r"(?:^|[-_ ])(?:"
    r"cookies?|consent|gdpr|ccpa|onetrust|cookiebot|cmplz|"
    r"breadcrumbs?|navbar|nav|navigation|menu|submenu|megamenu|topbar|pagination|pager|paging|"
    r"share|sharing|sharedaddy|sharethis|addtoany|addthis|a2a|socials?|"
    r"related|relatedposts?|recommended|recommendations?|read-?(?:more|next)|also-?like|more-?(?:news|stories|"
    r"posts|articles)|"
    r"latest-?(?:news|posts|stories)|recent-?(?:posts|comments|news)|popular-?posts|trending|"
    r"comments?|comment-?(?:list|form|area|respond)|respond|disqus|replies|"
    r"sidebars?|widgets?|widget-?area|newsletters?|subscribe|subscription|sign-?up|signup|mailchimp|mc4wp|"
    r"advert|adverts|advertisement|ads|adsbygoogle|sponsored|promo|promos|promoted|teasers?|"
    r"modal|popup|lightbox|overlay|offcanvas|skip-?links?|skip-?to-?content|screen-?reader(?:-text)?|sr-only|"
    r"visually-?hidden|"
    r"footer|masthead|colophon|back-?to-?top|scroll-?top|print-?only|noprint|"
    r"post-?(?:navigation|nav|tags|categories|meta|share|author)|entry-?(?:meta|footer|tags|categories)|nav-?links|"
    r"tags-?links|cat-?links|tag-?(?:list|cloud)|taglist|byline|author-?(?:bio|box|info)|about-?author|"
    r"search-?(?:form|box|bar)|login|edit-?link|rating|ratings|toc|table-?of-?contents|ez-toc-container|"
    r"edit-?section"
    r")(?:[-_ ]|$)",
    re.IGNORECASE,
)
_TITLED = ("h1", "h2", "h3", "h4", "h5", "h6", "summary", "dt")
_NAMELESS = ("p", "h1", "h2", "h3", "h4")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
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


def prune(root: html.HtmlElement) -> None:
    """Take out of the tree what its tag, role, name or style marks as furniture, never the main text.

    An element that holds more than a third of the page's running text is kept whatever it is called.
    """
    total = max(_text_length(root), 1)
    checks = 4000
    for element in _elements(root):
        if element.tag in _DROPPED:
            if element.tag == "button" and next(element.iterancestors(*_TITLED), None) is not None:
                element.drop_tag()  # a folded panel's heading
            else:
                _drop(element)
        elif element.tag not in _KEPT and checks and _is_furniture(element):
            checks -= 1
            if _text_length(element) <= total / 3:
                _drop(element)
    for form in list(root.iter("form")):
        if _text_length(form) < min(400, total / 3):
            _drop(form)


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


def _elements(root: html.HtmlElement) -> Iterator[html.HtmlElement]:
    """Yield elements outermost first; those inside a dropped one are no longer reached."""
    waiting = [root]
    while waiting:
        element = waiting.pop()
        if not isinstance(element.tag, str):
            continue
        yield element
        if element.getparent() is not None or element is root:
            waiting.extend(reversed(element))


def _drop(element: html.HtmlElement) -> None:
    if element.getparent() is not None:
        element.drop_tree()


def _text_length(element: html.HtmlElement) -> float:
    return float(element.xpath("string-length(normalize-space(.))"))


def _is_furniture(element: html.HtmlElement) -> bool:
    attributes = element.attrib
    if element.tag == "footer":
        return True
    if element.tag in ("header", "aside"):
        return not _inside_article(element) or (element.tag == "aside" and _mostly_links(element))
    if not attributes:
        return False
    names = f"{attributes.get('class', '')} {attributes.get('id', '')}"[:1000]
    return (
        attributes.get("role", "").lower() in _ROLES
        or (element.tag not in _NAMELESS and names != " " and _names_furniture(names))
        or _is_hidden(element, names)
    )


@lru_cache(maxsize=4096)
def _names_furniture(names: str) -> bool:
    return _NAMES.search(_CAMEL.sub("-", names)) is not None


def _is_hidden(element: html.HtmlElement, names: str) -> bool:
    attributes = element.attrib
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


def _inside_article(element: html.HtmlElement) -> bool:
    return next(element.iterancestors("article", "main"), None) is not None


def _mostly_links(element: html.HtmlElement) -> bool:
    total = _text_length(element)
    return sum(_text_length(link) for link in element.iter("a")) > 0.4 * total
