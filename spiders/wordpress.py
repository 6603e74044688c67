"""Kind `wordpress`: a blog's posts by its REST API; without one by its sitemap, else by its feed."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from html import unescape
from typing import Any
from urllib.parse import urljoin, urlsplit, urlunsplit

from spiders import feed, sitemap
from spiders.address import canonical, host_of, loose
from spiders.found import Body, Found, Site, Unreadable
from spiders.wordpress_root import Root, find_root, read_json

PAGE_SIZES = (100, 50, 20, 10, None)  # None: as many as the site likes
PAGE_LIMIT = 2000
TYPE_LIMIT = 20  # types of a site that are looked at
BUILT_IN = re.compile(
    r"(?:posts|pages|media|menu-items|blocks|templates|template-parts|navigation|font-.*|global-styles)\Z"
)
_TAGS = re.compile(r"<[^>]*>")


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
    if not taken and root.collection is None:
        counts = await _counted(site, root)
        own = [base for base, count in counts.items() if count and base not in {"posts", "pages"}]
        if not total and not below and len(own) == 1:
            async for found in _walk(site, root, own[0], {}):
                taken += 1
                yield found
        else:
            site.say(f"{start} {_described(root, total, path if below else None, counts)}")
    elif not taken:
        site.say(f"{start} names no posts")


async def _collections(site: Site, root: Root, *, below: bool) -> list[str]:
    """Return the collections to walk: posts; pages and the site's own types only where a path or `allow` chooses."""
    if root.collection:
        return [root.collection]
    if not below and not site.source.allow:
        return ["posts"]
    return ["posts", "pages", *await _own_types(site, root)]


async def _own_types(site: Site, root: Root) -> list[str]:
    """Return the collections of the site's own public types."""
    try:
        types = read_json(await site.read(root.url("types"), optional=True))
    except Unreadable:
        return []
    kinds = types.values() if isinstance(types, dict) else []
    bases = [kind.get("rest_base") for kind in kinds if isinstance(kind, dict)]
    return [
        base
        for base in dict.fromkeys(bases)
        if isinstance(base, str) and re.fullmatch(r"[\w-]+", base, re.ASCII) and not BUILT_IN.match(base)
    ]


async def _counted(site: Site, root: Root) -> dict[str, int]:
    """Return how many entries the pages and the site's own types have; those that are not public are left out."""
    counts = {}
    for base in ["pages", *(await _own_types(site, root))[:TYPE_LIMIT]]:
        try:
            page = await site.read(root.url(base, per_page="1"), optional=True)
            entries = read_json(page)
        except Unreadable:
            continue
        if isinstance(entries, list):
            total = page.headers.get("x-wp-total", "")
            counts[base] = int(total) if total.isdigit() else len(entries)
    return counts


def _described(root: Root, total: int, path: str | None, counts: dict[str, int]) -> str:
    """Say what a WordPress holds instead of posts, and how to name it."""
    words = f"is a WordPress whose REST API names {total} posts" + (f", none under {path}" if path else "")
    held = {base: count for base, count in counts.items() if count}
    if not held:
        return words
    listed = ", ".join(f"{count} {base}" for base, count in held.items())
    example = next((base for base in held if base != "pages"), "pages")
    return f"{words}, but {listed}; to harvest a type, let start name it: {root.url(example)}"


async def _of_term(site: Site, root: Root, path: str) -> AsyncIterator[Found]:
    """Yield the posts of the category or tag whose page the path is."""
    slug = path.rstrip("/").rsplit("/", 1)[-1]
    for taxonomy in ("categories", "tags"):
        try:
            terms = read_json(await site.read(root.url(taxonomy, slug=slug), optional=True))
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
    """Yield a collection. Where it was walked whole lately, ask for the posts' dates first, then for what changed."""
    light = site.since is not None and "_fields" not in root.query
    extra = {**extra, "_fields": "id,link,modified,modified_gmt"} if light else extra
    changed: list[str] = []
    async for post in _pages(site, root, collection, {**root.query, **extra}):
        if light and "content" not in post:
            found = _found({**post, "content": " "}, root, site)
            if found is not None and site.knows(found.url, found.modified):
                yield replace(found, body=Body(b""), is_plain=True)
            else:
                changed.append(str(post.get("id")))
        elif (found := _found(post, root, site)) is not None:
            yield found
    for place in range(0, len(changed), 10):  # few enough for any site's page size
        chosen = {"include": ",".join(changed[place : place + 10])}
        async for post in _pages(site, root, collection, {**root.query, **chosen}):
            if (found := _found(post, root, site)) is not None:
                yield found


async def _pages(
    site: Site, root: Root, collection: str, query: dict[str, str]
) -> AsyncIterator[dict[str, Any]]:
    """Yield the posts of a query, page by page, as many to a page as the site allows."""
    query = dict(query)
    sizes: list[int | str | None] = (
        [query.pop("per_page"), *PAGE_SIZES] if "per_page" in query else [*PAGE_SIZES]
    )
    query.pop("page", None)
    size = sizes.pop(0)
    seen: set[str] = set()
    number, pages = 1, ""
    while number <= PAGE_LIMIT:
        asked = {**query, "page": str(number)} if number > 1 else dict(query)
        if size is not None:
            asked["per_page"] = str(size)
        try:
            page = await site.read(root.url(collection, **asked), optional=number > 1 or bool(sizes))
            posts = read_json(page)
        except Unreadable as error:
            if number == 1 and sizes and error.status == 400:
                size = sizes.pop(0)
                continue
            if number == 1 and error.status in {401, 403, 404}:  # a collection that is not public
                site.partial()
            elif number == 1 or not (error.status == 400 or (error.status == 404 and not pages)):
                words = f"page {number} of {collection} {error.detail}"
                site.fail(root.url(collection, **asked), error.reason, words)
                site.broken(words)
            return
        posts = [post for post in posts if isinstance(post, dict)] if isinstance(posts, list) else []
        fresh = [post for post in posts if _key(post) not in seen]
        seen.update(map(_key, fresh))
        for post in fresh:
            yield post
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
        async for found in feed.entries(site, address, optional=True, is_wordpress=True):
            count += 1
            yield found
        if count:
            return
    site.say(f"{start}: no REST API, no sitemap and no feed that names posts")


def _has_posts(address: str) -> bool:
    """Tell whether a sitemap of a WordPress may list posts, by its name."""
    return not re.search(r"taxonom|categor|tag|author|users|page-sitemap|posts-page", urlsplit(address).path)
