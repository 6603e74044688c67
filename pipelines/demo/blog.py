"""What does the sample blog answer? A WordPress in small: its pages, its feed, its sitemap, its REST API.

The API lives in `blog_api`; here are the posts and everything that a browser would ask for.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from pipelines.demo import web
from pipelines.demo.blog_api import Api
from pipelines.demo.texts import Text, read_texts
from pipelines.demo.web import Request, Response

PER_PAGE = 10
TITLE = "Two Rivers Notes"
TAGLINE = "Schools along the Ansel and the Wray, working together"


@dataclass(frozen=True)
class Post:
    """A post; times are British local time, naive, as WordPress keeps them beside those in GMT."""

    post_id: int
    text: Text
    published: datetime
    modified: datetime
    categories: tuple[str, ...]
    tags: tuple[str, ...]
    link: str

    @property
    def published_utc(self) -> datetime:
        """When it was published, in UTC."""
        return web.utc(self.published)

    @property
    def modified_utc(self) -> datetime:
        """When it was last changed, in UTC."""
        return web.utc(self.modified)

    @property
    def author(self) -> str:
        """Who signs the post."""
        return str(self.text.fields["author"])


@dataclass(frozen=True)
class Term:
    """A category or a tag with the number of its posts."""

    term_id: int
    name: str
    slug: str
    count: int


class Blog:
    """The blog at one address."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.posts = _posts(address)
        self.categories = _terms([post.categories for post in self.posts], first_id=2)
        self.tags = _terms([post.tags for post in self.posts], first_id=20)

    def answer(self, request: Request) -> Response:
        """Return the answer to a GET."""
        path = request.path
        if path.startswith("/wp-json") or "rest_route" in request.query:
            return self._api.answer(request)
        if post := self._by_path.get(path):
            return self._post_page(post)
        if post := self._by_path.get(f"{path}/") or self._by_id(request):
            return web.moved(post.link)
        return self._archives(path) or self._other(path, request)

    @cached_property
    def _api(self) -> Api:
        return Api(self)

    @cached_property
    def _by_path(self) -> dict[str, Post]:
        return {post.link.removeprefix(self.address): post for post in self.posts}

    @cached_property
    def _furniture(self) -> dict[str, Any]:
        return {
            "address": self.address,
            "site_title": TITLE,
            "tagline": TAGLINE,
            "recent": self.posts[:5],
            "all_categories": self.categories,
        }

    def _by_id(self, request: Request) -> Post | None:
        wanted = request.query.get("p") if request.path == "/" else None
        return next((post for post in self.posts if str(post.post_id) == wanted), None)

    def _archives(self, path: str) -> Response | None:
        if match := re.fullmatch(r"/(?:page/(\d{1,3})/)?", path):
            return self._archive(TITLE, self.posts, int(match[1] or 1), "/")
        if match := re.fullmatch(r"/category/([a-z0-9-]+)/(?:page/(\d{1,3})/)?", path):
            slug = match[1]
            posts = tuple(post for post in self.posts if slug in post.categories)
            heading = f"Category: {slug.replace('-', ' ')}"
            return self._archive(heading, posts, int(match[2] or 1), f"/category/{slug}/")
        return None

    def _post_page(self, post: Post) -> Response:
        place = self.posts.index(post)
        related = [
            other for other in self.posts if other != post and set(other.categories) & set(post.categories)
        ]
        shown = web.page(
            "blog/post.html",
            post=post,
            newer=self.posts[place - 1] if place else None,
            older=self.posts[place + 1] if place + 1 < len(self.posts) else None,
            related=related[:3],
            comments=_COMMENTS[post.post_id % len(_COMMENTS)],
            modified=post.modified_utc,
            **self._furniture,
        )
        return self._with_links(shown, f"<{self.address}/?p={post.post_id}>; rel=shortlink")

    def _archive(self, heading: str, posts: tuple[Post, ...], number: int, base: str) -> Response:
        pages = -(-len(posts) // PER_PAGE)
        if not 1 <= number <= pages:
            return self._not_found()
        shown = posts[(number - 1) * PER_PAGE : number * PER_PAGE]
        links: dict[str, Any] = {"heading": heading, "base": base, "number": number, "pages": pages}
        return self._with_links(web.page("blog/archive.html", posts=shown, **links, **self._furniture))

    def _other(self, path: str, request: Request) -> Response:
        if path in {"/feed/", "/feed"}:
            start = PER_PAGE * (max(1, _number(request.query.get("paged", "1"))) - 1)
            if posts := self.posts[start : start + PER_PAGE]:
                rss = "application/rss+xml; charset=UTF-8"
                return web.xml("blog/feed.xml", content_type=rss, posts=posts, **self._furniture)
        if path == "/wp-sitemap.xml":
            return web.xml("blog/sitemap_index.xml", **self._furniture)
        if path == "/wp-sitemap-posts-post-1.xml":
            return web.xml("blog/sitemap.xml", posts=self.posts, **self._furniture)
        if path == "/about/":
            return self._with_links(web.page("blog/about.html", **self._furniture))
        if path == "/robots.txt":
            return web.plain_text(_ROBOTS.format(address=self.address))
        return self._not_found()

    def _not_found(self) -> Response:
        return web.page("blog/not_found.html", status=404, **self._furniture)

    def _with_links(self, response: Response, *more: str) -> Response:
        links = ", ".join([f'<{self.address}/wp-json/>; rel="https://api.w.org/"', *more])
        return Response(
            response.body, response.status, response.content_type, response.modified, {"Link": links}
        )


_ROBOTS = """\
User-agent: *
Disallow: /wp-admin/
Allow: /wp-admin/admin-ajax.php

Sitemap: {address}/wp-sitemap.xml
"""

_COMMENTS: tuple[tuple[tuple[str, str], ...], ...] = (
    (("Bev", "Lovely to read this with my second cup of tea. More please!"),),
    (),
    (
        ("A. Parent", "Will there be a list of dates? I looked everywhere and could not find one."),
        ("Web team", "Dates are on the calendar page, under Parents."),
    ),
    (("Old Boy, 1974", "In my day the heating was worse, but so were the sandwiches."),),
)


def _posts(address: str) -> tuple[Post, ...]:
    """Return the posts, newest first; ids grow with the date, with gaps as drafts and pictures leave them."""
    in_order = sorted(read_texts("blog"), key=lambda text: text.fields["published"])
    posts = [
        Post(
            post_id=101 + 7 * number,
            text=text,
            published=text.fields["published"],
            modified=text.fields["modified"],
            categories=tuple(text.fields["categories"]),
            tags=tuple(text.fields["tags"]),
            link=f"{address}/{text.fields['published']:%Y/%m}/{text.slug}/",
        )
        for number, text in enumerate(in_order)
    ]
    return tuple(reversed(posts))


def _terms(groups: list[tuple[str, ...]], *, first_id: int) -> tuple[Term, ...]:
    names = sorted({name for group in groups for name in group})
    return tuple(
        Term(first_id + number, name, name.replace(" ", "-"), sum(name in group for group in groups))
        for number, name in enumerate(names)
    )


def _number(digits: str) -> int:
    return int(digits) if digits.isdigit() and len(digits) < 6 else 1
