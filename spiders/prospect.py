"""Looks a new site over: REST API, sitemap, feed, listing, PDFs; and says how it would best be harvested."""

import json
import re
import sys
from collections import defaultdict
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

from spiders import feed, sitemap, wordpress
from spiders.address import canonical, host_of, loose
from spiders.found import Page, Unreadable
from spiders.markup import html, local, xml
from spiders.source import Select, Source, SplitRule
from spiders.spider import SourceSpider
from spiders.wordpress_root import find_root

SAMPLES = 3
COUNTED = 2000  # posts or sitemap entries that are looked at
GROUP_LEAST = 4  # links alike, for a page to be a listing
DOCUMENT_TYPES = re.compile(r"application/(?:x-)?pdf|wordprocessingml")
NEXT = (
    "a[rel~='next']",
    "a.next",
    ".nav-previous a",
    ".pagination .next a",
    "li.next a",
    ".pagination a",
    ".pager a",
)


@dataclass
class Sight:
    """What was seen of a site: phrases for people, and the sources that it could be, the best first."""

    phrases: list[str] = field(default_factory=list)
    proposals: list[Source] = field(default_factory=list)


class ProspectSpider(SourceSpider):
    """Looks a site over, then harvests three samples by the best proposal."""

    sight: Sight

    async def start(self) -> AsyncIterator[Any]:
        """Look, choose, and walk the choice as a harvest would."""
        self.sight = Sight()
        url = self.source.start[0]
        try:
            page = await self.read(url)
        except Unreadable:
            return
        await self._look(page, url)
        self.source = self.intake.source = self.sight.proposals[0]
        self.hosts = self.source.hosts | self.hosts
        self.said.clear()
        async for request in super().start():
            yield request

    async def _look(self, page: Page, url: str) -> None:
        sight = self.sight
        if DOCUMENT_TYPES.search(page.content_type) or page.body[:5] == b"%PDF-":
            sight.phrases.append("a document")
            sight.proposals.append(self._as("pages", split=SplitRule("auto")))
            return
        if (kind := _own_kind(page)) is not None:
            sight.phrases.append(f"a {kind}")
            sight.proposals.append(self._as(kind))
            return
        await self._look_for_posts(url)
        listing = self._look_for_links(page)
        await self._look_for_sitemap(url, after=listing)
        await self._look_for_feed(page, url)
        self._look_for_reports(page)
        sight.proposals.append(self._as("pages"))

    def _as(self, kind: str, **values: Any) -> Source:
        return replace(self.source, kind=kind, **values)

    async def _look_for_posts(self, url: str) -> None:
        root = await find_root(self, url)
        if root is None:
            return
        path = urlsplit(url).path
        total = below = 0
        async for found in wordpress.posts(self, root, url, every=True):
            total += 1
            below += loose(found.url).startswith(loose(url).rstrip("?") + "/")
            if total >= COUNTED:
                break
        beneath = f", {below} under {path}" if path.strip("/") and root.collection is None else ""
        self.sight.phrases.append(f"WordPress REST API ({_many(total)} posts{beneath})")
        if below or (total and not beneath):
            self.sight.proposals.append(self._as("wordpress"))

    def _look_for_links(self, page: Page) -> bool:
        """Propose a listing if the page has links alike; tell whether it has."""
        response = html(page)
        group = max(_groups(response, page, self.hosts).items(), key=lambda item: len(item[1]), default=None)
        if group is None or len(group[1]) < GROUP_LEAST:
            return False
        selector, links = group
        following = next((css for css in NEXT if response.css(css)), None)
        self.sight.phrases.append(f"a listing ({len(links)} links by {selector!r})")
        self.sight.proposals.append(self._as("listing", select=Select(item=selector, next=following)))
        return True

    async def _look_for_sitemap(self, url: str, *, after: bool) -> None:
        places = await self.sitemaps(url) or [canonical(urljoin(url, place)) for place in sitemap.PLACES]
        path = urlsplit(url).path
        pages, answered = await self._listed(places)
        total = len(pages)
        below = sum(urlsplit(page).path.startswith(path.rstrip("/") + "/") for page in pages)
        beneath = f", {below} under {path}" if path.strip("/") else ""
        self.sight.phrases.append(f"a sitemap ({_many(total)} pages{beneath})" if total else "no sitemap")
        if below >= GROUP_LEAST or (total and not after and not beneath):
            below_path = (f"{re.escape(path.rstrip('/'))}/[^?]+",) if beneath else ()
            starts = tuple(place for place in answered if host_of(place) in self.hosts)
            self.sight.proposals.append(
                self._as("sitemap", start=starts or self.source.start, allow=below_path)
            )

    async def _listed(self, places: list[str]) -> tuple[set[str], list[str]]:
        """Return the pages that sitemaps list, and those of the sitemaps that list one which none before them does."""
        pages: set[str] = set()
        answered: list[str] = []
        for place in places:
            before = len(pages)
            async for entry in sitemap.entries(self, [place], optional=True):
                pages.add(entry.url)
                if len(pages) >= COUNTED:
                    break
            answered += [place] if len(pages) > before else []
        return pages, answered

    async def _look_for_feed(self, page: Page, url: str) -> None:
        links = html(page).css("link[rel~='alternate']")
        named = [link.attrib.get("href", "") for link in links if "xml" in link.attrib.get("type", "")]
        base = url if url.endswith("/") else f"{url}/"
        for address in [*named[:3], f"{base}feed/"]:
            try:
                place = canonical(address, page.url)
                entries = feed.parse(await self.read(place, optional=True)).entries
            except (Unreadable, ValueError):
                continue
            if entries and "comments" not in place:
                self.sight.phrases.append(f"a feed ({len(entries)} entries)")
                self.sight.proposals.append(self._as("feed", start=(place,)))
                return
        self.sight.phrases.append("no feed")

    def _look_for_reports(self, page: Page) -> None:
        reports = []
        for href in html(page).css("a::attr(href)").getall():
            try:
                address = canonical(href, page.url)
            except ValueError:
                continue
            if urlsplit(address).path.lower().endswith(".pdf") and host_of(address) in self.hosts:
                reports.append(address)
        if reports := list(dict.fromkeys(reports)):
            self.sight.phrases.append(f"{len(reports)} PDF files")
            self.sight.proposals.append(self._as("pages", start=tuple(reports), split=SplitRule("auto")))


def main() -> None:
    """Look at the site that the standard input names, and print what was seen and three samples, in JSON."""
    from spiders.crawl import crawl, opened, source_of

    job = json.load(sys.stdin)
    with opened(job, source_of(job["source"])) as (source, intake, now):
        spider = crawl(ProspectSpider, source, intake, job, now)
        sight = getattr(spider, "sight", Sight())
        seen = {
            "phrases": sight.phrases,
            "proposal": _plain(sight.proposals[0]) if sight.proposals else None,
            "message": next(iter([*spider.said, *spider.bugs]), None),
            "samples": [
                json.loads(row["record"]) for row in intake.ledger.sql.execute("SELECT record FROM version")
            ],
        }
        Path(job["home"], "seen.json").write_text(json.dumps(seen), encoding="utf-8")


def _plain(source: Source) -> dict[str, Any]:
    return {
        "kind": source.kind,
        "start": list(source.start),
        "allow": list(source.allow),
        "item": source.select.item,
        "next": source.select.next,
        "split": source.split.heading if source.split else None,
    }


def _own_kind(page: Page) -> str | None:
    """Return what a page is itself: a sitemap or a feed."""
    try:
        name = local(xml(page))
    except Unreadable:
        return None
    return {"urlset": "sitemap", "sitemapindex": "sitemap", "rss": "feed", "feed": "feed", "rdf": "feed"}.get(
        name
    )


def _groups(response: Any, page: Page, hosts: frozenset[str]) -> dict[str, set[str]]:
    """Return the links of a page's main part by the selector that finds those alike."""
    found: dict[str, set[str]] = defaultdict(set)
    furniture = (
        "ancestor::nav or ancestor::header[not(ancestor::article)] or ancestor::footer or ancestor::aside"
    )
    for link in response.xpath(f"//a[@href][not({furniture})]"):
        if len(" ".join(link.css("::text").getall()).split()) < 2 and not link.css("img"):
            continue
        try:
            address = canonical(link.attrib["href"], page.url)
        except ValueError:
            continue
        if host_of(address) in hosts and loose(address) != loose(page.url) and urlsplit(address).path != "/":
            found[_selector(link.root)].add(address)
    return {selector: links for selector, links in found.items() if selector}


def _selector(element: Any) -> str:
    """Return CSS for a link by its own class, or that of the nearest element around it which has one."""
    below: list[str] = []
    for depth, one in enumerate([element, *element.iterancestors()]):
        if depth > 4 or one.tag in {"body", "html"}:
            break
        name = re.match(r"[A-Za-z_][\w-]*\Z", (one.get("class") or "").split(" ")[0])
        if name or one.tag in {"article", "main", "li"}:
            own = f"{one.tag}.{name.group()}" if name else str(one.tag)
            return " ".join([own, *reversed(below)])
        below.append(str(one.tag))
    return ""


def _many(number: int) -> str:
    return f"{number} or more" if number >= COUNTED else str(number)
