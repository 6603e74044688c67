"""What the walk of a site yields, and what it may ask: the words that all kinds share."""

from dataclasses import dataclass, field
from typing import Protocol

from spiders.source import Source


@dataclass(frozen=True, slots=True)
class Body:
    """A document's bytes that came with the walk, so that no request is needed."""

    content: bytes
    content_type: str | None = None
    charset: str | None = None
    fetched_at: str | None = None  # ISO, if they are older than this run
    rights: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Found:
    """A document that a site names.

    `modified` is what the site says of its last change, in any form: equal means unchanged. None: it does not say.
    `given` has what is known before it is read: title, published, language; it beats the page.
    `is_plain` tells that `select` does not apply, because `body` is not the page itself.
    """

    url: str
    modified: str | None = None
    given: dict[str, str] = field(default_factory=dict)
    body: Body | None = None
    is_plain: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """The answer to a request of the walk itself: status 200, inflated; `headers` in lower case."""

    url: str
    body: bytes
    headers: dict[str, str]

    @property
    def content_type(self) -> str:
        """Return the type without its parameters, in lower case."""
        return self.headers.get("content-type", "").split(";", 1)[0].strip().lower()


ABSENT = (404, 410)  # the statuses of a page that is not there


class Unreadable(Exception):
    """A request of the walk came to nothing; `reason` is the failure's code, `status` the answer's if there was one."""

    def __init__(self, reason: str, detail: str, status: int | None = None, body: bytes = b"") -> None:
        super().__init__(detail)
        self.reason, self.detail, self.status, self.body = reason, detail, status, body


class Site(Protocol):
    """What a walk may ask of the harvest that it is part of."""

    source: Source
    since: str | None  # when the last full walk began, ISO; None: there was none lately, so walk all of it

    async def read(self, url: str, *, optional: bool = False) -> Page:
        """Return a page that leads to documents. Raises Unreadable; noted as a failure unless `optional`."""

    async def sitemaps(self, url: str) -> list[str]:
        """Return the sitemaps that the robots.txt of an address's host names."""

    def knows(self, url: str, modified: str | None) -> bool:
        """Tell whether a document at this address is held already, unchanged since."""

    def recall(self, key: str) -> str | None:
        """Return what an earlier run learnt of the site, or None."""

    def remember(self, key: str, value: str) -> None:
        """Keep what was learnt of the site for the next run."""

    def fail(self, url: str, reason: str, detail: str) -> None:
        """Note what could not be harvested."""

    def partial(self) -> None:
        """Say that this walk does not name every document: what it leaves out may still be there."""

    def broken(self, words: str) -> None:
        """Say what part of the walk could not be had: the run is no good, though what was found is kept."""

    def say(self, words: str) -> None:
        """Say what was found instead, for the message if nothing comes of it."""
