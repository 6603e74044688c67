"""Keeps every request within the source's hosts, robots.txt and the host's patience.

A Scrapy downloader middleware, the one nearest the network: whatever leaves, redirects and retries too,
passes here. RobotsTxtMiddleware fetches on when robots.txt cannot be reached, and RetryMiddleware retries
at once in spite of Retry-After; both are off.
"""

import asyncio
import datetime as dt
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from protego import Protego
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import DownloadCancelledError, IgnoreRequest
from scrapy.http import Response

from spiders.address import canonical, host_of, is_loopback

AGENT = "partnerships"
RETRIES = 2
PATIENCE = 120.0  # longest pause, in seconds, that a run waits for
BREAKER = 9  # failures of a host, one after another, of whatever pages
ROBOTS_LIMIT = 512 << 10  # bytes of a robots.txt that are read (RFC 9309 asks for 500 KiB)
TRANSIENT = {408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524}


_RAW = re.compile(
    r"<[\w.]+[ :>]|\bobject at 0x|\b(?:twisted|scrapy|builtins|OpenSSL)\.\w+|Failure instance|^[\[(<{]"
)
_VERSION = re.compile(r"^([ \t]*user-?agent[ \t]*:[ \t]*[^\s/#]+)/[^\r\n]*", re.IGNORECASE | re.MULTILINE)
_CUT_OFF = "the connection was closed before the whole answer came"
_WORDS = {
    "DownloadTimeoutError": "no answer in time",
    "TimeoutError": "no answer in time",
    "DownloadConnectionRefusedError": "the connection was refused",
    "ConnectionRefusedError": "the connection was refused",
    "CannotResolveHostError": "the name cannot be looked up",
    "DNSLookupError": "the name cannot be looked up",
    "ConnectionLost": _CUT_OFF,
    "ConnectionDone": _CUT_OFF,
    "ConnectionAborted": _CUT_OFF,
    "ConnectionResetError": _CUT_OFF,
    "ResponseNeverReceived": _CUT_OFF,
    "ResponseDataLossError": "the answer was cut short",
    "PotentialDataLoss": "the answer was cut short",
    "ParseError": "what came is not HTTP",
    "SSLError": "no safe connection can be made (its certificate, or its encryption)",
    "VerificationError": "the certificate is another host's",
    "NoRouteError": "the host cannot be reached",
}


class Refused(IgnoreRequest):
    """A request that is not made; `reason` is the failure's code."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason, self.detail = reason, detail


@dataclass
class Host:
    """One host's patience."""

    name: str
    delay: float
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    free_at: float = 0.0  # monotonic
    failures: int = 0
    closed: str | None = None  # why nothing more is asked in this run

    async def turn(self) -> None:
        """Wait until a request may go out."""
        await self.lock.acquire()
        if (wait := self.free_at - time.monotonic()) > 0:
            await asyncio.sleep(wait)

    def done(self) -> None:
        """Let the next request go out, after the delay."""
        self.free_at = max(self.free_at, time.monotonic() + self.delay)
        self.lock.release()

    def pause(self, seconds: float) -> None:
        """Let nothing go out for a while."""
        self.free_at = max(self.free_at, time.monotonic() + seconds)


@dataclass
class Robots:
    """What a robots.txt says; without rules, `refusal` says why nothing is allowed, or all is."""

    rules: Protego | None = None
    refusal: str | None = None
    sitemaps: tuple[str, ...] = ()


class Politeness:
    """The middleware."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.backoff = crawler.settings.getfloat("PARTNERSHIPS_BACKOFF")
        self.hosts: dict[str, Host] = {}
        self.robots: dict[str, asyncio.Task[Robots]] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "Politeness":
        """Return the middleware of a crawl; its spider finds it as `spider.politeness`."""
        middleware = cls(crawler)
        if crawler.spider is not None:
            crawler.spider.politeness = middleware  # type: ignore[attr-defined]
        return middleware

    async def process_request(self, request: Request) -> None:
        """Wait until the request may go out. Raises Refused if it may not at all."""
        spider: Any = self.crawler.spider
        host_name = host_of(request.url)
        if host_name not in spider.hosts or urlsplit(request.url).scheme not in {"http", "https"}:
            raise Refused(
                "outside_hosts",
                f"{request.url} is not on the source's hosts: {', '.join(sorted(spider.hosts))}",
            )
        if is_loopback(host_name):
            request.meta["proxy"] = None
        host = self._host(host_name)
        self._refuse_if_closed(host)
        if not request.meta.get("is_robots"):
            robots = await self.of(request.url)
            if robots.refusal is not None:
                raise Refused("robots_unreachable", robots.refusal)
            if robots.rules is not None and not robots.rules.can_fetch(request.url, AGENT):
                raise Refused("robots", "robots.txt disallows it")
        if spider.is_done(request):
            raise Refused("done", "was asked for already")
        self._refuse_if_closed(host)
        await host.turn()
        try:
            self._refuse_if_closed(host)
            spider.asking(request)
        except BaseException:
            host.lock.release()
            raise
        request.meta["turn"] = host
        request.meta["began"] = time.monotonic()

    def process_response(self, request: Request, response: Response) -> Response | Request:
        """Give the turn back; pause and retry where the host asks for patience."""
        host = self._returned(request)
        request.meta["elapsed_ms"] = int((time.monotonic() - request.meta["began"]) * 1000)
        spider: Any = self.crawler.spider
        if spider.warc is not None and response.status != 304:
            spider.warc.add(request, response)
        if response.status not in TRANSIENT:
            host.failures = 0
            return response
        said = retry_after(response.headers.get("Retry-After"))
        again = self._again(request, host, f"answers {response.status}", said)
        return again if again is not None else response

    def process_exception(self, request: Request, exception: Exception) -> Request | None:
        """Give the turn back; retry what may pass."""
        if "turn" not in request.meta:
            return None
        host = self._returned(request)
        if isinstance(exception, IgnoreRequest | DownloadCancelledError):
            return None
        return self._again(request, host, describe(exception), None)

    # Robots

    async def of(self, url: str) -> Robots:
        """Return what the robots.txt of an address's host says; it is asked for once a run."""
        parts = urlsplit(url)
        origin = urlunsplit((parts.scheme, parts.netloc, "/robots.txt", "", ""))
        if origin not in self.robots:
            self.robots[origin] = asyncio.ensure_future(self._read(origin))
        return await self.robots[origin]

    async def _read(self, address: str) -> Robots:
        """RFC 9309: what is unavailable (4xx) allows all, what is unreachable (5xx, no answer) nothing."""
        spider: Any = self.crawler.spider
        request = Request(address, dont_filter=True, meta={"is_robots": True})
        try:
            response = await spider.download(request)
        except Exception as error:  # noqa: BLE001 - whatever it is, robots.txt was not reached
            reason = error.detail if isinstance(error, Refused) else describe(error)
            spider.note_page(address, None, reason)
            return Robots(refusal=f"{address} cannot be reached ({reason}), so nothing may be asked")
        spider.note_page(address, response, None, is_sought=True)
        if 400 <= response.status < 500 and response.status not in {408, 425, 429}:
            return Robots()
        if response.status != 200:
            return Robots(refusal=f"{address} answers {response.status}, so nothing may be asked")
        text = response.body[:ROBOTS_LIMIT].decode("utf-8-sig", "replace")
        rules = Protego.parse(_VERSION.sub(r"\1", text))
        host = self.hosts[host_of(address)]
        host.delay = max(host.delay, float(rules.crawl_delay(AGENT) or 0))
        host.free_at = max(host.free_at, time.monotonic() + host.delay)
        return Robots(rules, None, tuple(_sitemaps(rules, address)))

    # Patience

    def _host(self, name: str) -> Host:
        spider: Any = self.crawler.spider
        if name not in self.hosts:
            host = self.hosts[name] = Host(name, spider.source.delay)
            if (wait := spider.pause_of(name) - time.time()) > PATIENCE:
                host.closed = f"{name} asked in an earlier run to be left alone, for {wait:.0f} s more"
                spider.paused(name, None, host.closed)
            elif wait > 0:
                host.pause(wait)
        return self.hosts[name]

    def _returned(self, request: Request) -> Host:
        host: Host = request.meta.pop("turn")
        host.done()
        return host

    def _again(self, request: Request, host: Host, what: str, said: float | None) -> Request | None:
        """Return the request once more, after a pause, or None when it has had its turns."""
        spider: Any = self.crawler.spider
        tried = request.meta.get("tried", 0)
        wait = max(said or 0.0, self.backoff * 2**tried)
        if wait > PATIENCE:
            host.closed = f"{host.name} {what} and asks to wait {wait:.0f} s; the next run goes on"
            spider.paused(host.name, time.time() + wait, host.closed)
            return None
        host.failures += 1
        if host.failures >= BREAKER:
            host.closed = (
                f"{host.name} {what}, and so it went {host.failures} times in a row; nothing more is asked"
            )
            spider.paused(host.name, None, host.closed)
            return None
        if tried >= RETRIES:
            return None
        host.pause(wait)
        again = request.replace(dont_filter=True, priority=request.priority + 1)
        again.meta["tried"] = tried + 1
        return again

    @staticmethod
    def _refuse_if_closed(host: Host) -> None:
        if host.closed is not None:
            raise Refused("host_closed", host.closed)


def retry_after(value: bytes | None) -> float | None:
    """Return the seconds that a Retry-After header asks for: of its number, or to its date."""
    text = (value or b"").decode("latin-1").strip()
    if text.isdigit():
        return float(text)
    try:
        return max(0.0, (parsedate_to_datetime(text) - dt.datetime.now(dt.UTC)).total_seconds())
    except (TypeError, ValueError, IndexError):
        return None


def describe(error: BaseException) -> str:
    """Return an exception of a download in words; a library's own view of its objects is none."""
    chain = list(_causes(error))
    words = next((found for one in reversed(chain) if (found := _words_of(one))), None)
    lines = [str(one).strip().partition("\n")[0][:200] for one in reversed(chain)]
    detail = next((line for line in lines if line and not _RAW.search(line)), "")
    words = words or "the connection failed"
    return f"{words}: {detail}" if detail and words not in detail else words


def _words_of(error: BaseException) -> str | None:
    kind = type(error)
    return _WORDS.get("SSLError" if kind.__module__.startswith("OpenSSL") else kind.__name__)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an exception and what caused it, the outermost first."""
    waiting: list[Any] = [error]
    seen: set[int] = set()
    while waiting:
        one = waiting.pop(0)
        one = one.value if type(one).__name__ == "Failure" else one
        if not isinstance(one, BaseException) or id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        waiting += [*(getattr(one, "reasons", None) or ()), one.__cause__, one.__context__]


def _sitemaps(rules: Protego, address: str) -> list[str]:
    found = []
    for sitemap in rules.sitemaps:
        try:
            found.append(canonical(sitemap, address))
        except ValueError:
            continue
    return list(dict.fromkeys(found))
