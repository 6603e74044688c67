"""Kind `listing`: pages that link to documents, one page after another."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

from spiders.address import canonical, host_of, loose
from spiders.found import ABSENT, Found, Site, Unreadable
from spiders.markup import html

PAGE_LIMIT = 2000  # pages of one listing
STALE_LIMIT = 3  # pages one after another that name what was named before, and nothing new
EMPTY_LIMIT = 24  # pages one after another without an item, such as months: an endless calendar
KNOWN_LIMIT = 5  # pages one after another that name only what is held; the whole is walked again once a week


async def walk(site: Site) -> AsyncIterator[Found]:
    """Yield what the items link to, page by page, until no new page follows or the pages name nothing new."""
    seen_pages: set[str] = set()
    seen: set[str] = set()
    for start in site.source.start:
        waiting, stale, empty, known_pages = [start], 0, 0, 0
        while waiting:
            address = waiting.pop(0)
            if loose(address) in seen_pages:
                continue
            if words := _bound(stale, empty, len(seen_pages)):
                site.fail(start, "endless_listing", f"{words}; not asked any more: {address}")
                break
            seen_pages.add(loose(address))
            try:
                page = await site.read(address)
            except Unreadable as error:
                if address != start and error.status in ABSENT:  # a stale link, not a site that is down
                    site.partial()
                else:
                    site.broken(f"{address} {error.detail}")
                continue
            seen_pages.add(loose(page.url))
            links = list(dict.fromkeys(_links(html(page), site.source.select.item or "a")))
            if not links:
                site.say(
                    f"{address} answers, but the selector item = {site.source.select.item!r} finds nothing"
                )
            new = [link for link in links if loose(link) not in seen]
            seen.update(map(loose, new))
            stale = 0 if new else stale + bool(links)
            empty = 0 if links else empty + 1
            for link in new:
                yield Found(link)
            known_pages = known_pages + 1 if links and all(site.knows(link, None) for link in links) else 0
            waiting.extend(_following(html(page), site))
            if site.since and known_pages >= KNOWN_LIMIT and waiting:
                site.partial()
                break


def _bound(stale: int, empty: int, count: int) -> str | None:
    """Say why the walk of a listing must end, if it must."""
    if stale >= STALE_LIMIT:
        return f"stopped after {STALE_LIMIT} pages that repeat what was named before"
    if empty >= EMPTY_LIMIT:
        return f"stopped after {EMPTY_LIMIT} pages, one after another, without an item"
    return f"stopped after {count} pages" if count >= PAGE_LIMIT else None


def _following(response: Any, site: Site) -> Iterator[str]:
    """Yield the pages of the listing that a page leads to, on its own hosts."""
    if site.source.select.next:
        for link in _links(response, site.source.select.next):
            if host_of(link) in site.source.hosts:
                yield link


def _links(response: Any, selector: str) -> Iterator[str]:
    """Yield the addresses that what a selector finds points to: its own, the first within, else the one around."""
    from scrapy.utils.response import get_base_url

    base = get_base_url(response)
    for node in response.css(selector):
        href = _href(node)
        if not href or href.startswith("#"):
            continue
        try:
            yield canonical(href, base)
        except ValueError:
            continue  # mailto:, javascript:, tel:


def _href(node: Any) -> str | None:
    if not hasattr(node.root, "tag"):  # ::attr() or ::text
        return str(node.get()).strip()
    for path in ("self::a/@href | self::link/@href | self::area/@href", ".//a/@href", "ancestor::a[1]/@href"):
        href = node.xpath(path).get()
        if href is not None:
            return str(href).strip()
    href = node.attrib.get("data-href")
    return str(href) if href else None  # a tile that a script makes clickable
