"""CSS selectors of a source file, with `::text` and `::attr(name)`, on a page's tree."""

import re
from functools import lru_cache

from cssselect import SelectorError
from lxml import html
from lxml.cssselect import CSSSelector

from spiders.extraction import ExtractionError

_PSEUDO = re.compile(r"::(?:(text)|attr\(\s*([\w:-]+)\s*\))\s*$")


def elements_of(root: html.HtmlElement, css: str, key: str) -> list[html.HtmlElement]:
    """Return the elements that the selector finds, in document order; `key` names it in errors."""
    found = _compiled(_PSEUDO.sub("", css), key)(root)
    return [element for element in found if isinstance(element, html.HtmlElement)]


def value_of(root: html.HtmlElement, css: str, key: str) -> str:
    """Return the text, or the attribute asked for, of the first element found that has it; else ''.

    Without `::attr(…)` a `time` or `meta` element yields its `datetime` or `content`.
    """
    match = _PSEUDO.search(css)
    attribute = match[2] if match else None
    is_text = bool(match and match[1])
    for element in elements_of(root, css, key):
        stated = None
        if attribute:
            stated = element.get(attribute)
        elif not is_text:
            stated = element.get("datetime") or (element.get("content") if element.tag == "meta" else None)
        value = stated if attribute or stated else element.text_content()
        if value and value.strip():
            return str(value)
    return ""


@lru_cache(maxsize=256)
def _compiled(css: str, key: str) -> CSSSelector:
    try:
        return CSSSelector(css, translator="html")
    except SelectorError as error:
        raise ExtractionError("selector_invalid", f"{key} {css!r} is no CSS selector: {error}") from None
