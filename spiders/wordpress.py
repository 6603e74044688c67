"""Kind `wordpress`: a blog's posts by its REST API; without one by its sitemap, else by its feed."""

import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

from spiders import feed, sitemap
from spiders.address import canonical, host_of, loose
from spiders.found import Found, Page, Site, Unreadable
from spiders.markup import html

PUBLIC_API = "https://public-api.wordpress.com/wp/v2/sites/"
PAGE_SIZES = (100, 50, 20, 10, None)  # None: as many as the site likes
PAGE_LIMIT = 2000
BUILT_IN = re.compile(
    r"(?:posts|pages|media|menu-items|blocks|templates|template-parts|navigation|font-.*|global-styles)\Z"
)
_TAGS = re.compile(r"<[^>]*>")


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


async def walk(site: Site) -> AsyncIterator[Found]:
    """Yield the posts of each start: a site, a path of it, or an address of its REST API."""
    for start in site.source.start:
        root = await find_root(site, start)
        count = 0
        if root is not None:
            async for found in posts(site, root, start):
                count += 1
                yield found
        if count or (root is not None and root.collection):
            continue
        async for found in _fallback(site, start):
            yield found


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
        return isinstance(_json(page), list)
    except Unreadable:
        return False


async def posts(site: Site, root: Root, start: str, *, every: bool = False) -> AsyncIterator[Found]:
    """Yield the posts of the collections that the start speaks of; `every` one, also of other paths than its own."""
    path = "/" if root.collection or root.is_public else urlsplit(start).path
    below = path.rstrip("/") not in {"", urlsplit(root.site).path.rstrip("/")}
    total = taken = 0
    for collection in await _collections(site, root, below=below):
        async for found in _walk(site, root, collection, {}):
            total += 1
            if (
                not below
                or every
                or loose(found.url).startswith(
                    loose(canonical(path.rstrip("/") + "/", start)).rstrip("?") + "/"
                )
            ):
                taken += 1
                yield found
    if below and not taken:
        async for found in _of_term(site, root, path):
            taken += 1
            yield found
    if not taken:
        site.say(
            f"{start} is a WordPress whose REST API names {total} posts" + (f", none under {path}" * below)
        )


async def _collections(site: Site, root: Root, *, below: bool) -> list[str]:
    """Return the collections to walk: posts; pages and the site's own types only where a path or `allow` chooses."""
    if root.collection:
        return [root.collection]
    if not below and not site.source.allow:
        return ["posts"]
    own = []
    try:
        types = _json(await site.read(root.url("types"), optional=True))
        for kind in types.values() if isinstance(types, dict) else []:
            base = kind.get("rest_base") if isinstance(kind, dict) else None
            if isinstance(base, str) and base.isascii() and "/" not in base and not BUILT_IN.match(base):
                own.append(base)
    except Unreadable:
        pass
    return ["posts", "pages", *own]


async def _of_term(site: Site, root: Root, path: str) -> AsyncIterator[Found]:
    """Yield the posts of the category or tag whose page the path is."""
    slug = path.rstrip("/").rsplit("/", 1)[-1]
    for taxonomy in ("categories", "tags"):
        try:
            terms = _json(await site.read(root.url(taxonomy, slug=slug), optional=True))
        except Unreadable:
            continue
        if (
            isinstance(terms, list)
            and terms
            and isinstance(terms[0], dict)
            and isinstance(terms[0].get("id"), int)
        ):
            async for found in _walk(site, root, "posts", {taxonomy: str(terms[0]["id"])}):
                yield found
            return


async def _walk(site: Site, root: Root, collection: str, extra: dict[str, str]) -> AsyncIterator[Found]:
    """Yield a collection, page by page, as many to a page as the site allows."""
    query = {**root.query, **extra}
    sizes = [query.pop("per_page", None), *PAGE_SIZES] if "per_page" in query else list(PAGE_SIZES)
    query.pop("page", None)
    size = sizes.pop(0)
    seen: set[str] = set()
    number = 1
    while number <= PAGE_LIMIT:
        asked = {**query, "page": str(number)} if number > 1 else dict(query)
        if size is not None:
            asked["per_page"] = str(size)
        try:
            page = await site.read(root.url(collection, **asked), optional=number > 1 or bool(sizes))
            posts = _json(page)
        except Unreadable as error:
            if number == 1 and sizes and error.status == 400:
                size = sizes.pop(0)
                continue
            if not (number > 1 and error.status == 400):  # 400: there is no such page
                site.partial()
                if error.status not in {401, 403, 404}:
                    site.fail(
                        root.url(collection, **asked),
                        error.reason,
                        f"page {number} of {collection}: {error.detail}",
                    )
            return
        fresh = (
            [post for post in posts if isinstance(post, dict) and _key(post) not in seen]
            if isinstance(posts, list)
            else []
        )
        seen.update(map(_key, fresh))
        for post in fresh:
            if (found := _found(post, root, site)) is not None:
                yield found
        pages = page.headers.get("x-wp-totalpages", "")
        if not fresh or (pages.isdigit() and number >= int(pages)):
            return
        number += 1


def _key(post: dict[str, Any]) -> str:
    return str(post.get("id") or post.get("link"))


def _found(post: dict[str, Any], root: Root, site: Site) -> Found | None:
    """Return a post as a document; one without content is read from its page."""
    own = f"{root.site}?p={post.get('id')}"
    try:
        url = canonical(str(post.get("link") or own))
    except ValueError:
        url = own
    if host_of(url) not in site.source.hosts and not root.is_public:
        home = urlsplit(root.site)
        url = canonical(urlunsplit(urlsplit(url)._replace(scheme=home.scheme, netloc=home.netloc)))
    title = unescape(_TAGS.sub("", _rendered(post.get("title")))).strip()
    given = {"title": title, "published": str(post.get("date") or "")[:10]}
    given = {key: value for key, value in given.items() if value}
    modified = str(post.get("modified_gmt") or post.get("modified") or "") or None
    content = post.get("content")
    if isinstance(content, dict) and content.get("protected"):
        site.fail(url, "protected", "the post asks for a password")
        return None
    text = _rendered(content)
    if not _TAGS.sub("", text).strip():
        return Found(url, modified=modified, given=given)
    return Found(url, modified=modified, given=given, body=feed.wrapped(text, title), is_plain=True)


def _rendered(value: Any) -> str:
    value = value.get("rendered", "") if isinstance(value, dict) else value
    return value if isinstance(value, str) else ""


def _json(page: Page) -> Any:
    """Return what a page says in JSON. Raises Unreadable if it does not."""
    try:
        return json.loads(page.body.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise Unreadable("not_json", f"is not JSON but {page.content_type or 'of no type'}") from error


async def _fallback(site: Site, start: str) -> AsyncIterator[Found]:
    """Yield what the sitemap lists; if it lists nothing, what the feed has."""
    parts = urlsplit(start)
    path = parts.path.rstrip("/")
    home = urlunsplit((parts.scheme, parts.netloc, "/", "", ""))
    named = await site.sitemaps(start)
    places = named or [urljoin(home, place) for place in sitemap.PLACES]
    count = 0
    async for entry in sitemap.entries(site, places, wants=_has_posts, optional=True):
        if urlsplit(entry.url).path.startswith(path + "/") and loose(entry.url) != loose(start):
            count += 1
            yield Found(entry.url, modified=entry.modified)
    if count:
        return
    base = start if start.endswith("/") else f"{start}/"
    for address in dict.fromkeys([f"{base}feed/", f"{base}?feed=rss2", f"{home}feed/", f"{home}?feed=rss2"]):
        async for found in feed.entries(site, address, optional=True):
            count += 1
            yield found
        if count:
            return
    site.say(f"{start}: no REST API, no sitemap and no feed that names posts")


def _has_posts(address: str) -> bool:
    """Tell whether a sitemap of a WordPress may list posts, by its name."""
    return not re.search(r"taxonom|categor|tag|author|users|page-sitemap|posts-page", urlsplit(address).path)
