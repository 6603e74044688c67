"""Finds a WordPress site's REST API: as the start says, as the site says, or where it usually is."""

import json
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

from spiders.address import host_of
from spiders.found import Page, Site, Unreadable
from spiders.markup import html

PUBLIC_API = "https://public-api.wordpress.com/wp/v2/sites/"


@dataclass(frozen=True, slots=True)
class Root:
    """Where a site's REST API is: an address that ends before `/wp/v2`, or with `rest_route=`."""

    address: str
    site: str  # the address of the site that it belongs to
    collection: str | None = None  # 'posts', if the start named it
    query: dict[str, str] = field(default_factory=dict)
    is_public: bool = False  # WordPress.com's: no /wp/v2 within

    def url(self, route: str, **parameters: str) -> str:
        """Return the address of a route such as 'posts'."""
        route = route if self.is_public else f"/wp/v2/{route}"
        joined = {**parameters}
        if "rest_route=" in self.address:
            base, _, _ = self.address.partition("?")
            return f"{base}?{urlencode({'rest_route': route, **joined})}"
        return f"{self.address.rstrip('/')}/{route.lstrip('/')}" + (f"?{urlencode(joined)}" if joined else "")


async def find_root(site: Site, start: str) -> Root | None:
    """Return the REST API of a site: as the start says, as the site says, or where it usually is."""
    if (given := _given(start)) is not None:
        return given
    if (address := site.recall(f"rest {start}")) is not None:
        root = Root(
            address,
            start if address.startswith(PUBLIC_API) else _site_of(address),
            is_public=address.startswith(PUBLIC_API),
        )
        if await _answers(site, root):
            return root
    found = await _seek(site, start)
    if found is not None:
        site.remember(f"rest {start}", found.address)
    return found


async def _seek(site: Site, start: str) -> Root | None:
    """Return the API that the site announces, or that answers where APIs usually are."""
    candidates = []
    try:
        page = await site.read(start, optional=True)
        candidates.extend(_announced(page))
        start = page.url
    except Unreadable:
        pass
    parts = urlsplit(start)
    folders = parts.path.split("/")[1:-1] if parts.path.endswith("/") else parts.path.split("/")[1:]
    for depth in range(len(folders) + 1) if len(folders) < 4 else (0,):
        base = urlunsplit((parts.scheme, parts.netloc, "/".join(["", *folders[:depth], ""]), "", ""))
        candidates.extend([f"{base}wp-json/", f"{base}?rest_route=/"])
    for candidate in dict.fromkeys(candidates):
        address = _at_home(candidate, start, site)
        root = Root(address, _site_of(address))
        if await _answers(site, root):
            return root
    name = host_of(start)
    if name.endswith(".wordpress.com"):
        root = Root(f"{PUBLIC_API}{name}", start, is_public=True)
        if await _answers(site, root):
            return root
    return None


def _given(start: str) -> Root | None:
    """Return the API that a start is itself an address of."""
    parts = urlsplit(start)
    query = dict(parse_qsl(parts.query))
    if start.startswith(PUBLIC_API):
        name, _, route = start.removeprefix(PUBLIC_API).partition("?")[0].partition("/")
        return Root(
            f"{PUBLIC_API}{name}", f"https://{name}/", route.strip("/") or "posts", query, is_public=True
        )
    if "rest_route" in query:
        route = query.pop("rest_route").strip("/")
        base = urlunsplit((parts.scheme, parts.netloc, parts.path, "rest_route=/", ""))
        return Root(base, _site_of(base), _collection(route), query)
    if "/wp-json" in parts.path:
        before, _, route = parts.path.partition("/wp-json")
        base = urlunsplit((parts.scheme, parts.netloc, f"{before}/wp-json/", "", ""))
        return Root(base, _site_of(base), _collection(route.strip("/")), query)
    return None


def _collection(route: str) -> str | None:
    return route.removeprefix("wp/v2").strip("/") or None if route.startswith("wp/v2") else None


def _announced(page: Page) -> list[str]:
    """Return the API that a page names in its Link header or its head."""
    named = re.findall(r'<([^>]+)>\s*;\s*rel="?https://api\.w\.org/"?', page.headers.get("link", ""))
    if page.content_type in {"", "text/html", "application/xhtml+xml"}:
        named += html(page).css('link[rel="https://api.w.org/"]::attr(href)').getall()
    return [urljoin(page.url, address) for address in named]


def _at_home(address: str, start: str, site: Site) -> str:
    """Return an API's address at the start's host, where the site believes that it is called otherwise."""
    if host_of(address) in site.source.hosts:
        return address
    parts, home = urlsplit(address), urlsplit(start)
    return urlunsplit(parts._replace(scheme=home.scheme, netloc=home.netloc))


def _site_of(address: str) -> str:
    parts = urlsplit(address)
    return urlunsplit((parts.scheme, parts.netloc, parts.path.partition("wp-json")[0] or "/", "", ""))


async def _answers(site: Site, root: Root) -> bool:
    try:
        page = await site.read(root.url("posts", per_page="1"), optional=True)
        return isinstance(read_json(page), list)
    except Unreadable:
        return False


def read_json(page: Page) -> Any:
    """Return what a page says in JSON. Raises Unreadable if it does not."""
    try:
        return json.loads(page.body.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise Unreadable("not_json", f"is not JSON but {page.content_type or 'of no type'}") from error
