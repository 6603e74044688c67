"""Kind `feed`: RSS and Atom, with full text or with links to follow, on one page or on many."""

import datetime as dt
import io
import re
from collections.abc import AsyncIterator
from email.utils import parsedate_to_datetime
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from spiders.address import canonical, host_of, loose
from spiders.found import Body, Found, Page, Site, Unreadable
from spiders.markup import html, inflated

PAGE_LIMIT = 500
FULL_WORDS = 60  # fewer are a teaser, and the link is followed
_CUT = re.compile(
    r"(?:…|\.\.\.|\[…\]|\[\.\.\.\]|(?:read|find out|see) more\W*|continue reading.{0,120})\s*\Z",
    re.IGNORECASE | re.DOTALL,
)
_LAST_PARAGRAPH = re.compile(r"<p\b[^>]*>((?:(?!</?p\b).){1,3000})</p>\s*\Z", re.IGNORECASE | re.DOTALL)
_HREF = re.compile(r"""\bhref\s*=\s*["']([^"'<>]+)["']""", re.IGNORECASE)
_SOURCE_LINE = re.compile(
    r"the post\b.*\b(?:appeared first|first appeared) on\b.*", re.IGNORECASE | re.DOTALL
)
DUBLIN_CORE = "http://purl.org/dc/elements/1.1/"
_TAGS = re.compile(r"<[^>]*>")


async def walk(site: Site) -> AsyncIterator[Found]:
    """Yield the entries of the feeds, page by page, until a page names nothing new."""
    for start in site.source.start:
        async for found in entries(site, start):
            yield found


async def entries(
    site: Site, start: str, *, optional: bool = False, is_wordpress: bool = False
) -> AsyncIterator[Found]:
    """Yield the entries of one feed; the pages of a WordPress' are counted, also if it does not say what it is."""
    site.partial()  # a feed shows what is newest; what it leaves out may still be there
    seen: set[str] = set()
    pages: set[str] = set()
    address: str | None = start
    while address and loose(address) not in pages and len(pages) < PAGE_LIMIT:
        pages.add(loose(address))
        try:
            page = await site.read(address, optional=optional or len(pages) > 1)
            parsed = parse(page)
        except Unreadable as error:
            if len(pages) == 1:
                linked = _linked(error, site) if error.reason == "not_a_feed" else None
                if linked:
                    address = linked
                    pages.clear()
                    continue
                if (
                    error.reason in {"not_a_feed", "xml_entities", "too_large", "gzip_damaged"}
                    and not optional
                ):
                    site.fail(address, error.reason, f"the feed {error.detail}")
            elif error.reason != "not_a_feed" and error.status not in {400, 404, 410}:
                site.fail(address, error.reason, error.detail)
                site.broken(f"page {len(pages)} of the feed {error.detail}")
            return
        found = [one for one in (_found(entry, page, site, parsed) for entry in parsed.entries) if one]
        new = [one for one in found if loose(one.url) not in seen]
        seen.update(loose(one.url) for one in new)
        if len(pages) == 1 and not found:
            site.say(f"{address} answers and is a feed, but it has no entries")
        for one in new:
            yield one
        if not new or (site.since and all(site.knows(one.url, one.modified) for one in new)):
            return
        address = _next(parsed, page, address, len(pages), is_wordpress=is_wordpress)


def parse(page: Page) -> Any:
    """Return a page as feedparser sees it. Raises Unreadable if it is no feed, or declares entities."""
    import feedparser

    body = inflated(page.body)
    if b"<!ENTITY" in body:
        raise Unreadable("xml_entities", "declares XML entities; such a file is not read")
    parsed = feedparser.parse(
        io.BytesIO(body),
        response_headers={"content-type": page.headers.get("content-type", ""), "content-location": page.url},
        sanitize_html=False,
    )
    if not parsed.get("version") and not parsed.entries:
        raise Unreadable("not_a_feed", f"is no feed but {page.content_type or 'of no type'}", body=page.body)
    return parsed


def _linked(error: Unreadable, site: Site) -> str | None:
    """Return the feed that a page, given as the start, links to."""
    if not error.body:
        return None
    response = html(Page(site.source.start[0], error.body, {}))
    for href in response.css(
        'link[rel~="alternate"][type="application/rss+xml"]::attr(href), '
        'link[rel~="alternate"][type="application/atom+xml"]::attr(href)'
    ).getall():
        try:
            address = canonical(href, site.source.start[0])
        except ValueError:
            continue
        if host_of(address) in site.source.hosts:
            return address
    return None


def _found(entry: Any, page: Page, site: Site, parsed: Any) -> Found | None:
    link = next(
        (e["href"] for e in entry.get("links", []) if e.get("rel") == "alternate" and e.get("href")), None
    )
    link = link or entry.get("link") or (entry.get("id") if _is_address(entry.get("id", "")) else None)
    contents = [content.get("value", "") for content in entry.get("content", [])]
    text = max(contents, key=len, default="")
    try:
        url = canonical(link, page.url) if link else None
    except ValueError:
        url = None
    text = _without_source_line(text, url, page.url)
    follow = url is not None and host_of(url) in site.source.hosts
    title = unescape(_TAGS.sub("", entry.get("title", ""))).strip()
    given = {"title": title, "published": _date(entry, parsed)}
    given = {key: value for key, value in given.items() if value}
    modified = entry.get("updated") or entry.get("published")
    full = is_full(text) and not (site.source.select.body and follow)
    if not full and follow and url:
        return Found(url, modified=modified, given=given)
    text = text or _without_source_line(entry.get("summary", ""), url, page.url)
    if url is None:
        identity = entry.get("id") or title
        if not identity:
            return None
        url = canonical(f"{page.url}{'&' if '?' in page.url else '?'}{urlencode({'entry': identity})}")
    if not full and len(_TAGS.sub(" ", text).split()) < FULL_WORDS:
        site.fail(
            url,
            "outside_hosts",
            f"the feed has only a summary, and {host_of(url)!r} is not a host of the source",
        )
        return None
    return Found(url, modified=modified, given=given, body=wrapped(text, title), is_plain=True)


def is_full(text: str) -> bool:
    """Tell whether a feed's content is the whole text, not a teaser of it."""
    words = unescape(_TAGS.sub(" ", text)).strip()
    return len(words.split()) >= FULL_WORDS and not _CUT.search(words[-200:])


def wrapped(fragment: str, title: str) -> Body:
    """Return a fragment of HTML, such as a feed or an API has, as a page of its own."""
    from html import escape

    page = (
        f'<!doctype html>\n<html><head><meta charset="utf-8"><title>{escape(title)}</title></head>\n'
        f"<body><article>\n<h1>{escape(title)}</h1>\n{fragment}\n</article></body></html>\n"
    )
    return Body(page.encode("utf-8", "replace"), content_type="text/html", charset="utf-8")


def _next(parsed: Any, page: Page, address: str, count: int, *, is_wordpress: bool) -> str | None:
    """Return the feed's next page: as it says, or as WordPress counts."""
    for wanted in ("next", "prev-archive"):
        for link in parsed.feed.get("links", []):
            if link.get("rel") == wanted and link.get("href"):
                try:
                    return canonical(link["href"], page.url)
                except ValueError:
                    continue
    parts = urlsplit(address)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    counter = next((name for name in ("paged", "page") if query.get(name, "").isdigit()), None)
    is_wordpress = is_wordpress or "wordpress" in str(parsed.feed.get("generator", "")).lower()
    if counter is None and is_wordpress:
        counter, query["paged"] = "paged", str(count)
    if counter is None:
        return None
    query[counter] = str(int(query[counter]) + 1)
    return urlunsplit(parts._replace(query=urlencode(query)))


def _without_source_line(text: str, url: str | None, base: str) -> str:
    """Return a text without WordPress' closing line: `The post X appeared first on Y.`, with links to both."""
    last = _LAST_PARAGRAPH.search(text, max(0, len(text) - 4000))
    if last is None or url is None:
        return text
    if not _SOURCE_LINE.fullmatch(unescape(_TAGS.sub("", last[1])).strip()):
        return text
    targets = []
    for href in _HREF.findall(last[1]):
        try:
            targets.append(canonical(unescape(href), base))
        except ValueError:
            continue
    is_own = any(loose(target) == loose(url) for target in targets)
    homes = [target for target in targets if loose(target) != loose(url) and host_of(target) == host_of(url)]
    is_home = any(urlsplit(url).path.startswith(urlsplit(home).path.rstrip("/") + "/") for home in homes)
    return text[: last.start()] if is_own and is_home else text


def _date(entry: Any, parsed: Any) -> str:
    """Return the day of publication where the feed's author is, ISO, or nothing."""
    text = entry.get("published", "").strip()
    if (
        not text
        and str(parsed.get("version")).startswith("rss")
        and (DUBLIN_CORE in parsed.get("namespaces", {}).values())
    ):
        text = str(entry.get("updated", "")).strip()  # where the parser puts an item's dc:date
    try:
        return dt.datetime.fromisoformat(text).date().isoformat()
    except ValueError:
        pass
    try:
        return parsedate_to_datetime(text).date().isoformat()
    except (TypeError, ValueError, IndexError):
        moment = entry.get("published_parsed")
        return f"{moment.tm_year:04d}-{moment.tm_mon:02d}-{moment.tm_mday:02d}" if moment else ""


def _is_address(text: str) -> bool:
    return text.startswith(("http://", "https://"))
