"""What a page says of itself: title, publication date, language, canonical address, rights.

Only what is stated counts. A date comes from metadata or from the place where pages print it, never
from a copyright line or the address.
"""

import json
import re
from collections.abc import Iterator
from itertools import islice
from typing import Any
from urllib.parse import urljoin, urlsplit

from lxml import etree, html

from spiders.characters import clean
from spiders.dates import parse_date

_DATE_METAS = (
    "article:published_time",
    "og:article:published_time",
    "og:published_time",
    "datepublished",
    "dcterms.issued",
    "dc.date.issued",
    "dcterms.created",
    "dc.date.created",
    "dc.date",
    "dcterms.date",
    "citation_publication_date",
    "parsely-pub-date",
    "sailthru.date",
    "publish-date",
    "publish_date",
    "publication_date",
    "pubdate",
    "date",
    "govuk:first-published-at",
)
_ARTICLE_TYPES = re.compile(
    r"(?:Article|NewsArticle|BlogPosting|Report|ScholarlyArticle|CreativeWork|TechArticle|SocialMediaPosting)$"
)
_PAGE_TYPES = re.compile(r"(?:WebPage|ItemPage)$")
_DATE_NAMES = re.compile(
    r"(?:^|[-_ ])(?:entry-date|post-?date|posted-on|published|publish(?:ed)?-?date|pub-?date|article-?date|"
    r"date-?published|dt-published|blog-?date|news-?date)(?:[-_ ]|$)",
    re.IGNORECASE,
)
_DATED = etree.XPath(
    "//*[(@class or @itemprop or @pubdate) and (contains(@class, 'date') or contains(@class, 'posted') or "
    "contains(@class, 'ublish') or contains(@class, 'Date') or contains(@itemprop, 'date') or @pubdate)]"
)
_PUBLISHED_TEXTS = etree.XPath(
    "//body//text()[not(parent::script) and not(parent::style) and string-length() < 80 and "
    "(contains(., 'ublished') or contains(., 'osted') or contains(., 'ublication date'))]"
)
_UPDATED = re.compile(r"updated|modified", re.IGNORECASE)
_PUBLISHED_LINE = re.compile(
    r"^\W*(?:(?:first )?published|posted|date published|publication date)(?: on| at)?\s*:?\s*(.{6,40})$",
    re.IGNORECASE,
)
_SEPARATOR = re.compile(r"\s+(?:[|»›·•—–:]|::|-|<|/)\s+|\s*[|»]\s*")
_LANGUAGE = re.compile(r"^([a-z]{2})(?:[-_][A-Za-z0-9-]+)?$", re.IGNORECASE)


def metas(root: html.HtmlElement) -> dict[str, list[str]]:
    """Return every `meta` element's contents by lower-case name, property or itemprop."""
    found: dict[str, list[str]] = {}
    for meta in root.iter("meta"):
        name = (
            meta.get("property") or meta.get("name") or meta.get("itemprop") or meta.get("http-equiv") or ""
        )
        content = (meta.get("content") or "").strip()
        if name and content and len(content) <= 5000:
            found.setdefault(name.strip().lower()[:100], []).append(content)
    return found


def title_of(root: html.HtmlElement, meta: dict[str, list[str]], url: str) -> str:
    """Return the page's title without the site's name, '' if it has none."""
    headings = [
        clean(heading.text_content()[:2000], keep_lines=False) for heading in islice(root.iter("h1"), 50)
    ]
    headings = [heading for heading in headings if 0 < len(heading) <= 300]
    site = clean((meta.get("og:site_name") or [""])[0], keep_lines=False)
    stated = [
        clean(value, keep_lines=False)
        for key in ("og:title", "twitter:title")
        for value in meta.get(key, [])[:1]
    ]
    element = root.find(".//title")
    if element is not None:
        stated.append(clean(element.text_content()[:2000], keep_lines=False))
    stated = [value for value in stated if value]
    for heading in headings:
        if heading.casefold() != site.casefold() and any(
            heading.casefold() in value.casefold() for value in stated
        ):
            return heading
    if len(headings) == 1 and headings[0].casefold() != site.casefold():
        return headings[0]
    return _without_site(stated[0], site, url) if stated else (headings[0] if headings else "")


def published_of(
    root: html.HtmlElement, meta: dict[str, list[str]], title: str, *, day_first: bool | None
) -> str | None:
    """Return the ISO date of publication that the page states, None if none or in doubt."""
    dates = {
        date for node in _article_nodes(root, title) if (date := parse_date(_text(node.get("datePublished"))))
    }
    if len(dates) == 1:
        return dates.pop()
    for name in _DATE_METAS:
        dates = {date for value in meta.get(name, []) if (date := parse_date(value, day_first=day_first))}
        if len(dates) == 1:
            return dates.pop()
    return _printed_date(root, day_first=day_first)


def language_of(root: html.HtmlElement, meta: dict[str, list[str]]) -> str | None:
    """Return the two-letter language that the page declares, None if none or several."""
    stated = [root.get("lang"), root.get("xml:lang"), root.get("{http://www.w3.org/XML/1998/namespace}lang")]
    stated += [
        value for key in ("content-language", "og:locale", "dc.language") for value in meta.get(key, [])[:1]
    ]
    for value in stated:
        if value and (match := _LANGUAGE.match(value.strip())):
            return match[1].lower()
    return None


def canonical_of(root: html.HtmlElement, url: str) -> str | None:
    """Return the absolute address of the page's one `rel=canonical`, None if none or several differ."""
    base = root.find(".//base[@href]")
    try:
        start = urljoin(url, base.get("href")) if base is not None else url
        found = {
            urljoin(start, (link.get("href") or "").strip())
            for link in root.iter("link")
            if "canonical" in (link.get("rel") or "").lower().split() and (link.get("href") or "").strip()
        }
        found = {
            link for link in found if urlsplit(link).scheme in ("http", "https") and urlsplit(link).hostname
        }
    except ValueError:
        return None
    return found.pop() if len(found) == 1 else None


def rights_of(root: html.HtmlElement, meta: dict[str, list[str]], url: str) -> dict[str, str]:
    """Return what the page reserves or allows: `robots`, `tdm-reservation`, `tdm-policy`, `licence`."""
    rights = {
        name: ", ".join(dict.fromkeys(value[:300] for value in meta[name]))
        for name in ("robots", "tdm-reservation", "tdm-policy")
        if meta.get(name)
    }
    for element in root.iter("a", "link"):
        if "license" in (element.get("rel") or "").lower().split() and element.get("href"):
            try:
                rights["licence"] = urljoin(url, element.get("href").strip())[:500]
            except ValueError:
                continue
            break
    return rights


def stated_body(root: html.HtmlElement) -> str:
    """Return the `articleBody` of the page's JSON-LD, '' if it states none."""
    return max((_text(node.get("articleBody")) for node in _json_ld(root)), key=len, default="")


def _without_site(title: str, site: str, url: str) -> str:
    pieces = _SEPARATOR.split(title)
    if len(pieces) < 2:
        return title
    host = _letters(urlsplit(url).hostname or "") if url else ""
    for piece, rest in ((pieces[-1], title[: title.rfind(pieces[-1])]), (pieces[0], title[len(pieces[0]) :])):
        squashed = _letters(piece)
        names_site = bool(site) and squashed == _letters(site)
        names_host = len(squashed) >= 4 and squashed in host
        if names_site or names_host:
            return _trimmed(rest) or title
    if "|" in title or "»" in title:
        return _trimmed(re.split(r"[|»]", title)[0]) or title
    return title


def _trimmed(text: str) -> str:
    return re.sub(r"^[\s|»›·•—–:<>/-]+|[\s|»›·•—–:<>/-]+$", "", text)


def _letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", text.casefold())


def _article_nodes(root: html.HtmlElement, title: str) -> list[dict[str, Any]]:
    """Return the JSON-LD nodes of the page's own article, or failing that of the page."""
    nodes = list(_json_ld(root))
    articles = [node for node in nodes if _has_type(node, _ARTICLE_TYPES) and node.get("datePublished")]
    if len(articles) > 1:
        own = [
            node
            for node in articles
            if _letters(_text(node.get("headline") or node.get("name"))) == _letters(title)
        ]
        articles = own or articles
    return articles or [node for node in nodes if _has_type(node, _PAGE_TYPES)]


def _json_ld(root: html.HtmlElement) -> Iterator[dict[str, Any]]:
    for script in root.iter("script"):
        if "ld+json" not in (script.get("type") or "").lower():
            continue
        raw = (script.text or "").strip().removeprefix("<!--").removesuffix("-->").strip(" \n\t;")
        if not raw or len(raw) > 1_000_000:
            continue
        try:
            value = json.loads(raw, strict=False)
        except (ValueError, RecursionError):
            continue
        yield from _nodes(value)


def _nodes(value: Any) -> Iterator[dict[str, Any]]:
    waiting, seen = [value], 0
    while waiting and seen < 2000:
        seen += 1
        node = waiting.pop()
        if isinstance(node, list):
            waiting.extend(node)
        elif isinstance(node, dict):
            yield node
            waiting.extend(node[key] for key in ("@graph", "mainEntity", "mainEntityOfPage") if key in node)


def _has_type(node: dict[str, Any], pattern: re.Pattern[str]) -> bool:
    kinds = node.get("@type")
    return any(
        isinstance(kind, str) and pattern.search(kind)
        for kind in (kinds if isinstance(kinds, list) else [kinds])
    )


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _printed_date(root: html.HtmlElement, *, day_first: bool | None) -> str | None:
    """Return the date that stands where pages print it: marked up as the date of this page."""
    marked = [
        element
        for element in _DATED(root)[:500]
        if not _UPDATED.search(names := f"{element.get('class', '')} {element.get('itemprop', '')}")
        and (
            element.get("itemprop") == "datePublished"
            or "pubdate" in element.attrib
            or _DATE_NAMES.search(names)
        )
        and not _is_aside(element)
    ]
    times = [
        element
        for element in root.iter("time")
        if not _UPDATED.search(element.get("class", "")) and not _is_aside(element)
    ]
    for group in (marked, times):
        dates = {date for element in group if (date := _date_in(element, day_first=day_first))}
        if len(dates) == 1:
            return dates.pop()
        if dates:
            return None
    lines = {
        date
        for text in _PUBLISHED_TEXTS(root)[:100]
        if (match := _PUBLISHED_LINE.match(" ".join(text.getparent().text_content().split())[:80]))
        and (date := parse_date(match[1], day_first=day_first))
    }
    return lines.pop() if len(lines) == 1 else None


def _date_in(element: html.HtmlElement, *, day_first: bool | None) -> str | None:
    stamped = element.get("datetime") or element.get("content")
    if not stamped:
        inner = [
            time
            for time in element.iter("time")
            if time.get("datetime") and not _UPDATED.search(time.get("class", ""))
        ]
        stamped = inner[0].get("datetime") if inner else None
    return parse_date(stamped) if stamped else parse_date(element.text_content()[:200], day_first=day_first)


def _is_aside(element: html.HtmlElement) -> bool:
    """Return whether an element stands in a list of other pages, beside the article or below it."""
    for ancestor in element.iterancestors("aside", "footer", "nav", "li", "section", "div", "table"):
        if ancestor.tag in ("aside", "footer", "nav", "table"):
            return True
        if re.search(
            r"related|sidebar|widget|recent|latest|comment|event|footer",
            f"{ancestor.get('class', '')} {ancestor.get('id', '')}",
            re.IGNORECASE,
        ):
            return True
    return False
