"""What does the sample blog's REST API answer? The part of WordPress's `wp/v2` that readers of posts use."""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from pipelines.demo import web
from pipelines.demo.texts import typeset
from pipelines.demo.web import Request, Response

if TYPE_CHECKING:
    from pipelines.demo.blog import Blog, Post, Term

MAX_PER_PAGE = 100
_NAMESPACE = "/wp/v2"


class RestError(Exception):
    """A refusal in WordPress's form: a code, a message and an HTTP status."""

    def __init__(self, code: str, message: str, status: int = 400, **data: object) -> None:
        super().__init__(code)
        self.response = web.as_json(
            {"code": code, "message": message, "data": {"status": status, **data}}, status=status
        )


class Api:
    """The API of one blog."""

    def __init__(self, blog: "Blog") -> None:
        self._blog = blog

    def answer(self, request: Request) -> Response:
        """Return the answer to a GET below `/wp-json` or with `?rest_route=`."""
        route = request.query.get("rest_route", request.path.removeprefix("/wp-json")).rstrip("/")
        try:
            return self._route(route, request.query)
        except RestError as error:
            return error.response

    def _route(self, route: str, query: Mapping[str, str]) -> Response:
        if route in {"", _NAMESPACE}:
            return web.as_json(self._index(route))
        if route == f"{_NAMESPACE}/posts":
            return self._posts(query)
        if match := re.fullmatch(rf"{_NAMESPACE}/posts/(\d{{1,9}})", route):
            return self._one_post(int(match[1]), query)
        collections: dict[str, Callable[[], list[dict[str, Any]]]] = {
            "categories": lambda: [self._term(term, "category") for term in self._blog.categories],
            "tags": lambda: [self._term(term, "post_tag") for term in self._blog.tags],
            "pages": list,
        }
        kind = route.removeprefix(f"{_NAMESPACE}/")
        if kind in collections:
            return self._paged(kind, collections[kind](), query)
        if kind == "types":
            return web.as_json({"post": {"name": "Posts", "slug": "post", "rest_base": "posts"}})
        raise RestError("rest_no_route", "No route was found matching the URL and request method.", 404)

    def _index(self, route: str) -> dict[str, Any]:
        names = ["posts", "pages", "categories", "tags", "types"]
        routes = {
            f"{_NAMESPACE}/{name}": {"namespace": "wp/v2", "methods": ["GET"], "endpoints": []}
            for name in names
        }
        about: dict[str, Any] = {"namespace": "wp/v2", "routes": routes}
        if route == "":
            about = {
                "name": "Two Rivers Notes",
                "description": "",
                "url": self._blog.address,
                "home": self._blog.address,
                "gmt_offset": "0",
                "timezone_string": "Europe/London",
                "namespaces": ["oembed/1.0", "wp/v2"],
                "authentication": [],
                "routes": {"/": {"namespace": "", "methods": ["GET"], "endpoints": []}, **routes},
            }
        return about

    def _posts(self, query: Mapping[str, str]) -> Response:
        posts = [post for post in self._blog.posts if self._wanted(post, query)]
        order_by = _choice(query, "orderby", "date", _ORDERS)
        descending = _choice(query, "order", "desc", {"asc", "desc"}) == "desc"
        posts.sort(key=_ORDERS[order_by], reverse=descending)
        return self._paged("posts", [self._post(post) for post in posts], query)

    def _wanted(self, post: "Post", query: Mapping[str, str]) -> bool:
        wanted = [
            _after(query, "after", post.published),
            _after(query, "modified_after", post.modified),
            not _after(query, "before", post.published) or "before" not in query,
            not _after(query, "modified_before", post.modified) or "modified_before" not in query,
            "slug" not in query or post.text.slug in query["slug"].split(","),
            "include" not in query or post.post_id in _ids(query, "include"),
            "exclude" not in query or post.post_id not in _ids(query, "exclude"),
            _in_terms(query, "categories", self._term_ids(post.categories, self._blog.categories)),
            _in_terms(query, "tags", self._term_ids(post.tags, self._blog.tags)),
            query.get("search", "").lower() in self._searchable(post),
        ]
        return all(wanted)

    def _one_post(self, post_id: int, query: Mapping[str, str]) -> Response:
        for post in self._blog.posts:
            if post.post_id == post_id:
                return web.as_json(_with_fields(self._post(post), query))
        raise RestError("rest_post_invalid_id", "Invalid post ID.", 404)

    def _paged(self, kind: str, found: list[dict[str, Any]], query: Mapping[str, str]) -> Response:
        per_page = _integer(query, "per_page", 10, MAX_PER_PAGE)
        number = _integer(query, "page", 1, None)
        pages = -(-len(found) // per_page)
        if number > max(pages, 1):
            message = "The page number requested is larger than the number of pages available."
            raise RestError("rest_post_invalid_page_number", message)
        shown = found[(number - 1) * per_page : number * per_page]
        headers = {
            "X-WP-Total": str(len(found)),
            "X-WP-TotalPages": str(pages),
            "Access-Control-Expose-Headers": "X-WP-Total, X-WP-TotalPages, Link",
            "Allow": "GET",
        }
        neighbours = [("prev", number - 1)] * (number > 1) + [("next", number + 1)] * (number < pages)
        if neighbours:
            base = f"{self._blog.address}/wp-json{_NAMESPACE}/{kind}"
            links = (f'<{base}?{urlencode({**query, "page": to})}>; rel="{rel}"' for rel, to in neighbours)
            headers["Link"] = ", ".join(links)
        return web.as_json([_with_fields(one, query) for one in shown], headers=headers)

    def _post(self, post: "Post") -> dict[str, Any]:
        rendered = str(web.render_blocks(post.text.blocks)).replace("\n<", "\n\n\n\n<") + "\n"
        excerpt = f"<p>{_entities(str(web.inline(post.text.summary)))}</p>\n"
        return {
            "id": post.post_id,
            "date": f"{post.published:%Y-%m-%dT%H:%M:%S}",
            "date_gmt": f"{post.published_utc:%Y-%m-%dT%H:%M:%S}",
            "guid": {"rendered": f"{self._blog.address}/?p={post.post_id}"},
            "modified": f"{post.modified:%Y-%m-%dT%H:%M:%S}",
            "modified_gmt": f"{post.modified_utc:%Y-%m-%dT%H:%M:%S}",
            "slug": post.text.slug,
            "status": "publish",
            "type": "post",
            "link": post.link,
            "title": {"rendered": _entities(str(web.inline(post.text.title)).replace("&amp;", "&#038;"))},
            "content": {"rendered": "\n" + _entities(rendered), "protected": False},
            "excerpt": {"rendered": excerpt, "protected": False},
            "author": 1,
            "featured_media": 0,
            "comment_status": "open",
            "ping_status": "closed",
            "sticky": False,
            "template": "",
            "format": "standard",
            "meta": {"footnotes": ""},
            "categories": self._term_ids(post.categories, self._blog.categories),
            "tags": self._term_ids(post.tags, self._blog.tags),
            "class_list": [f"post-{post.post_id}", "post", "type-post", "status-publish", "hentry"],
            "_links": {"self": [{"href": f"{self._blog.address}/wp-json{_NAMESPACE}/posts/{post.post_id}"}]},
        }

    def _term(self, term: "Term", taxonomy: str) -> dict[str, Any]:
        folder = "tag" if taxonomy == "post_tag" else taxonomy
        return {
            "id": term.term_id,
            "count": term.count,
            "description": "",
            "link": f"{self._blog.address}/{folder}/{term.slug}/",
            "name": term.name.capitalize(),
            "slug": term.slug,
            "taxonomy": taxonomy,
        }

    @staticmethod
    def _term_ids(names: Iterable[str], terms: Iterable["Term"]) -> list[int]:
        held = set(names)
        return [term.term_id for term in terms if term.name in held]

    @staticmethod
    def _searchable(post: "Post") -> str:
        lines = [line for block in post.text.blocks for line in block.lines]
        return typeset(" ".join([post.text.title, *lines])).lower()


_ORDERS: dict[str, Callable[["Post"], Any]] = {
    "date": lambda post: post.published,
    "modified": lambda post: (post.modified, post.post_id),
    "id": lambda post: post.post_id,
    "title": lambda post: post.text.title,
    "slug": lambda post: post.text.slug,
}


def _entities(html: str) -> str:
    """Write typographic characters as the numeric entities that WordPress writes."""
    return re.sub(r"[‘’“”–—…]", lambda match: f"&#{ord(match[0])};", html)


def _with_fields(whole: dict[str, Any], query: Mapping[str, str]) -> dict[str, Any]:
    """Return the keys that `_fields` names; `content.rendered` keeps a key within a key."""
    if "_fields" not in query:
        return whole
    kept: dict[str, Any] = {}
    for name in query["_fields"].split(","):
        outer, _, inner = name.strip().partition(".")
        value = whole.get(outer)
        if isinstance(value, dict) and inner:
            if inner in value:
                kept.setdefault(outer, {})[inner] = value[inner]
        elif outer in whole:
            kept[outer] = value
    return kept


def _invalid(name: str, message: str) -> RestError:
    return RestError("rest_invalid_param", f"Invalid parameter(s): {name}", params={name: message})


def _integer(query: Mapping[str, str], name: str, default: int, most: int | None) -> int:
    given = query.get(name, str(default))
    if not re.fullmatch(r"\d{1,9}", given) or not 1 <= int(given) <= (most or 10**9):
        bound = f"{name} must be between 1 (inclusive) and {most} (inclusive)"
        raise _invalid(name, bound if most else f"{name} must be greater than or equal to 1")
    return int(given)


def _choice(query: Mapping[str, str], name: str, default: str, choices: Iterable[str]) -> str:
    given = query.get(name, default)
    if given not in choices:
        raise _invalid(name, f"{name} is not one of {', '.join(sorted(choices))}.")
    return given


def _ids(query: Mapping[str, str], name: str) -> set[int]:
    return {int(part) for part in query[name].split(",") if part.strip().isdigit()}


def _in_terms(query: Mapping[str, str], name: str, held: Iterable[int]) -> bool:
    return name not in query or bool(_ids(query, name) & set(held))


def _after(query: Mapping[str, str], name: str, moment: datetime) -> bool:
    """Say whether the (local) moment lies after the time of that parameter; True where it is not given.

    A time without a zone is the site's local time, as in WordPress.
    """
    if name not in query:
        return True
    try:
        bound = datetime.fromisoformat(query[name].replace(" ", "+"))
    except ValueError:
        raise _invalid(name, "Invalid date.") from None
    return (web.utc(moment) if bound.tzinfo else moment) > bound
