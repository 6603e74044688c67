"""Kind `sitemap`: XML (or text) that lists a site's pages, with their last change."""

import datetime as dt
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from spiders.address import canonical
from spiders.found import ABSENT, Found, Page, Site, Unreadable
from spiders.markup import inflated, local, xml

PLACES = ("/sitemap.xml", "/sitemap_index.xml", "/wp-sitemap.xml")
FILE_LIMIT = 1000  # sitemap files of one source
DEPTH_LIMIT = 4
_DAY = re.compile(r"\d{4}-\d\d-\d\d\Z")


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of a sitemap: an address, and when the site says that it last changed."""

    url: str
    modified: str | None


async def walk(site: Site) -> AsyncIterator[Found]:
    """Yield what the sitemaps list. A start that is no sitemap is a site, whose sitemaps are looked for."""
    for start in site.source.start:
        async for entry in entries(site, [start]):
            yield Found(entry.url, modified=entry.modified)


async def entries(
    site: Site, starts: list[str], *, wants: Callable[[str], bool] = lambda _: True, optional: bool = False
) -> AsyncIterator[Entry]:
    """Yield the entries of sitemaps and of those that they list and `wants` takes, each address once."""
    waiting = [(start, 0) for start in starts]
    files: set[str] = set()
    seen: set[str] = set()
    while waiting:
        address, depth = waiting.pop(0)
        if address in files or depth > DEPTH_LIMIT:
            continue
        if len(files) >= FILE_LIMIT:
            site.fail(
                address, "too_many_sitemaps", f"more than {FILE_LIMIT} sitemap files; the others are not read"
            )
            site.broken(f"{address}: more than {FILE_LIMIT} sitemap files; the others are not read")
            return
        files.add(address)
        try:
            children, listed = await _read(
                site, address, optional=optional or depth < 0 or urlsplit(address).path == "/"
            )
        except Unreadable as error:
            is_site = error.reason == "not_xml" or urlsplit(address).path == "/"
            if is_site and depth == 0 and not optional:
                waiting.extend((place, -1) for place in await _places(site, address))
            else:
                _lost(site, address, error, is_sought=depth < 0 or (depth == 0 and optional))
            continue
        waiting.extend((child, max(depth, 0) + 1) for child in children if wants(child))
        for entry in listed:
            if entry.url not in seen:
                seen.add(entry.url)
                yield entry
    if not seen and not optional:
        site.say(f"{', '.join(starts)}: {len(files)} files looked at, but no sitemap lists a page")


def _lost(site: Site, address: str, error: Unreadable, *, is_sought: bool) -> None:
    """Note a sitemap that cannot be had, unless it was merely sought."""
    if not is_sought:
        site.fail(address, error.reason, error.detail)
        if error.status in ABSENT and address not in site.source.start:  # a stale entry of an index
            site.partial()
        else:
            site.broken(f"the sitemap {address} {error.detail}")


async def _places(site: Site, address: str) -> list[str]:
    named = await site.sitemaps(address)
    return named or [canonical(urljoin(address, place)) for place in PLACES]


async def _read(site: Site, address: str, *, optional: bool) -> tuple[list[str], list[Entry]]:
    """Return the sitemaps and the entries that a sitemap lists."""
    if address.endswith("/robots.txt"):
        return await site.sitemaps(address), []
    page = await site.read(address, optional=optional)
    try:
        if (listed := _plain(page)) is not None:
            return [], listed
        root = xml(page)
    except Unreadable as error:
        if not optional and error.reason != "not_xml":
            site.fail(address, error.reason, f"the sitemap {error.detail}")
        raise
    children, found = [], []
    for element in root.iter("{*}sitemap", "{*}url"):
        values = {local(child): (child.text or "").strip() for child in element}
        try:
            url = canonical(values.get("loc", ""), page.url)
        except ValueError:
            continue
        if not values.get("loc"):
            continue
        if local(element) == "sitemap":
            children.append(url)
        else:
            found.append(Entry(url, _modified(values.get("lastmod"))))
    if local(root) not in {"urlset", "sitemapindex"} and not children and not found:
        raise Unreadable("not_xml", f"is no sitemap but <{local(root)}>")
    return children, found


def _plain(page: Page) -> list[Entry] | None:
    """Return the entries of a text sitemap: an address a line; None if it is none."""
    text = inflated(page.body)[: 50 << 20].lstrip(b"\xef\xbb\xbf \r\n\t")
    if not re.match(rb"https?://\S+\s*(?:\n|\Z)", text):
        return None
    found = []
    for line in text.decode("utf-8", "replace").split():
        try:
            found.append(Entry(canonical(line), None))
        except ValueError:
            continue
    return found


def _modified(lastmod: str | None) -> str | None:
    """Return a lastmod that can be trusted to change again: not a mere day that is not over yet."""
    if not lastmod:
        return None
    if _DAY.match(lastmod) and lastmod >= dt.datetime.now(dt.UTC).date().isoformat():
        return None
    return lastmod
