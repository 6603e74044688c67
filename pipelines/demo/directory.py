"""What does the sample directory answer? Listing pages and detail pages in one fixed template.

It has the habits of real directories: relative links, tracking parameters, an entry under two addresses, an entry
without a text, an entry copied from a blog, and a last page whose link to the next leads to itself.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from pipelines.demo import web
from pipelines.demo.texts import Text, read_texts
from pipelines.demo.web import Request, Response

PER_PAGE = 8
TITLE = "Schools Alongside"
TWICE = "further-maths-at-four-oclock"  # the entry that stands under two addresses
SECOND_ADDRESS = f"{TWICE}-2"


@dataclass(frozen=True)
class Card:
    """An entry as a listing shows it; `href` is relative to the listing."""

    text: Text
    href: str


class Directory:
    """The directory at one address."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._entries = tuple(sorted(read_texts("directory"), key=_newest_first))

    def answer(self, request: Request) -> Response:
        """Return the answer to a GET; a query changes nothing, as with tracking parameters."""
        path = request.path
        if match := re.fullmatch(r"/projects/(?:page/(\d{1,3})/)?", path):
            return self._listing(int(match[1] or 1))
        if match := re.fullmatch(r"/projects/([a-z0-9-]+)(/?)", path):
            return self._entry(match[1], has_slash=bool(match[2]))
        if path == "/":
            return web.page("directory/home.html", count=len(self._entries), **self._furniture)
        if path == "/projects":
            return web.moved(f"{self.address}/projects/")
        if path == "/robots.txt":
            return web.plain_text("User-agent: *\nDisallow: /search/\nDisallow: /login/\n")
        return self._not_found()

    @cached_property
    def _furniture(self) -> dict[str, Any]:
        themes = sorted({theme for text in self._entries for theme in text.fields["themes"]})
        return {"address": self.address, "site_title": TITLE, "themes": themes}

    @cached_property
    def _by_slug(self) -> dict[str, Text]:
        by_slug = {text.slug: text for text in self._entries}
        return {**by_slug, SECOND_ADDRESS: by_slug[TWICE]}

    def _listing(self, number: int) -> Response:
        slugs = [text.slug for text in self._entries] + [SECOND_ADDRESS]
        pages = -(-len(slugs) // PER_PAGE)
        if not 1 <= number <= pages:
            return self._not_found()
        up = "" if number == 1 else "../../"
        first = (number - 1) * PER_PAGE
        cards = [
            Card(self._by_slug[slug], up + slug + _ENDINGS[place % len(_ENDINGS)])
            for place, slug in enumerate(slugs[first : first + PER_PAGE], first)
        ]
        return web.page(
            "directory/listing.html",
            cards=cards,
            number=number,
            pages=pages,
            up=up,
            **self._furniture,
        )

    def _entry(self, slug: str, *, has_slash: bool) -> Response:
        if slug not in self._by_slug:
            return self._not_found()
        if not has_slash:
            return web.moved(f"{self.address}/projects/{slug}/")
        text = self._by_slug[slug]
        published = text.fields["published"]
        others = [other for other in self._entries if other.slug != text.slug][:4]
        return web.page(
            "directory/entry.html",
            text=text,
            published=published,
            others=others,
            modified=web.utc(datetime(published.year, published.month, published.day, 12)),  # noqa: DTZ001
            **self._furniture,
        )

    def _not_found(self) -> Response:
        return web.page("directory/not_found.html", status=404, **self._furniture)


# How a card's link ends, in turn: as it should, with tracking, without the last slash.
_ENDINGS = ("/", "/", "/?utm_source=listing&utm_medium=card", "/", "")


def _newest_first(text: Text) -> int:
    return -int(text.fields["published"].toordinal())
