"""The one Scrapy spider: walks a source by its kind, asks for its documents, hands their bodies to the intake."""

import asyncio
import datetime as dt
import importlib
import json
import logging
import secrets
from collections.abc import AsyncIterator
from typing import Any

import scrapy
from scrapy.exceptions import DownloadCancelledError, IgnoreRequest

from spiders.address import host_of, loose
from spiders.bodies import digest
from spiders.found import Found, Page, Unreadable
from spiders.intake import FORMAT, Answer, Intake
from spiders.ledger import Address
from spiders.politeness import Politeness, Refused, describe
from spiders.source import FILE_KINDS, Source
from spiders.warc import WarcFile

VERIFY_AFTER = dt.timedelta(days=28)  # what a site says of its last change is believed for so long
FULL_AFTER = dt.timedelta(days=7)  # a walk that stops at what is known is whole again after so long
IN_HAND = 4  # bodies that came with the walk, read at once
_RIGHTS = ("x-robots-tag", "tdm-reservation", "tdm-policy")

log = logging.getLogger(__name__)


class SourceSpider(scrapy.Spider):
    """One run of one source."""

    politeness: Politeness

    def __init__(
        self,
        *,
        source: Source,
        intake: Intake,
        limit: int | None,
        since: str | None,
        warc: WarcFile | None = None,
    ) -> None:
        super().__init__(name=source.id)
        self.source, self.intake, self.ledger, self.since = source, intake, intake.ledger, since
        self.warc = warc
        self.most = min(source.max_documents, limit or source.max_documents)
        self.hosts = source.hosts
        if source.kind == "wordpress" and any(name.endswith(".wordpress.com") for name in source.hosts):
            self.hosts |= {"public-api.wordpress.com"}
        intake.holds = self._hold
        self.met: set[str] = set()
        self.is_partial = self.is_stopped = self.is_walked = False
        self.said: list[str] = []
        self.closed_hosts: list[str] = []
        self.bugs: list[str] = []
        self.ignored = self.links = 0
        self._waiting: set[str] = set()  # pages that wait for their canonical page
        self._in_flight: dict[str, asyncio.Future[None]] = {}
        self._in_hand: set[asyncio.Task[None]] = set()

    # The walk

    async def start(self) -> AsyncIterator[Any]:
        """Yield a request for each document that must be asked for."""
        for address in self.ledger.addresses("state = 'kept'"):
            await self.intake.read(address.url)
        walk = importlib.import_module(f"spiders.{self.source.kind}").walk
        try:
            async for found in walk(self):
                if len(self.met) >= self.most:
                    self._stop()
                    break
                request = await self._take(found)
                if request is not None:
                    yield request
        except Exception as error:
            log.exception("the walk of %s broke off", self.source.id)
            self.bugs.append(f"{type(error).__name__}: {error}")
        self.is_walked = not self.is_stopped and not self.bugs
        if self._in_hand:
            await asyncio.wait(self._in_hand)
        for address in self._unmet():
            if self._is_gone_file(address):
                continue
            self.met.add(loose(address.url))
            yield self._request(address)

    async def _take(self, found: Found) -> scrapy.Request | None:  # noqa: PLR0911 - one return for each way out
        """Note a document that the site names; return a request if it must be asked for."""
        self.links += 1
        if found.body is None and host_of(found.url) not in self.hosts:
            hosts = ", ".join(sorted(self.hosts))
            self.fail(found.url, "outside_hosts", f"is not on the source's hosts: {hosts}")
            return None
        known = self.ledger.address(found.url, loose(found.url))
        url = known.url if known else found.url
        if loose(url) in self.met:
            return None
        if not self.source.takes(found.url):
            self.ignored += 1
            return None
        self.met.add(loose(url))
        address = self.ledger.queue(url, loose(url), self.intake.run_id, found.modified, found.given)
        if known is not None and known.state == "done" and known.sweep == self.intake.sweep:
            if known.outcome != "error":
                self.intake.spared(address, "skipped", detail="done by the run before, which was cut short")
            return None
        if found.modified is not None and self._is_fresh(address, found.modified):
            if self.intake.settled(address):
                self.intake.spared(address, "skipped", detail=f"unchanged since {found.modified}")
            else:
                await self._guarded(address, self.intake.again(address))
            return None
        if found.body is None:
            return self._request(address)
        body = found.body
        answer = Answer(
            body.content, url, status=None, content_type=body.content_type, charset=body.charset,
            rights=body.rights, fetched_at=body.fetched_at, detail="came with the walk",
        )  # fmt: skip
        task = asyncio.ensure_future(
            self._guarded(address, self.intake.take(address, answer, plain=found.is_plain))
        )
        self._in_hand.add(task)
        task.add_done_callback(self._in_hand.discard)
        if len(self._in_hand) >= IN_HAND:
            await asyncio.wait(self._in_hand, return_when=asyncio.FIRST_COMPLETED)
        return None

    def _unmet(self) -> list[Address]:
        """Return what an earlier run met and this one's walk did not: it may be gone, or was never asked for."""
        if self.is_stopped or not self.is_walked:
            return []
        unmet = [
            address
            for address in self.ledger.addresses(
                "(state = 'queued' OR document_id IS NOT NULL) AND gone_at IS NULL AND coalesce(found_run, '') <> ? "
                "AND (state <> 'done' OR coalesce(sweep, -1) <> ?)",
                self.intake.run_id, self.intake.sweep,
            )
            if loose(address.url) not in self.met and self.source.takes(address.url)
            and (self.source.kind in FILE_KINDS or host_of(address.url) in self.source.hosts)
        ]  # fmt: skip
        if self.source.kind == "feed":  # what a feed no longer shows is seldom asked for again
            unmet = [
                address for address in unmet if address.state == "queued" or not self._is_recent(address)
            ]
        return unmet

    def _is_gone_file(self, address: Address) -> bool:
        """Note that a file is gone; what an archive holds no longer was never asked for anyway."""
        if self.source.kind == "folder":
            self.intake.missing(address, None, "the file is not there any more", certain=True)
        return self.source.kind in FILE_KINDS

    def _stop(self) -> None:
        self.is_stopped = True
        if self.most == self.source.max_documents:
            self.fail(
                self.source.start[0],
                "max_documents",
                f"stopped at {self.most} documents; max_documents allows no more",
            )

    # What a walk may ask (spiders.found.Site)

    async def read(self, url: str, *, optional: bool = False) -> Page:
        """Return a page that leads to documents; one that a run cut short had read already is not asked for again."""
        kept = self.ledger.one(
            "SELECT * FROM page WHERE url = ? AND sweep = ? AND run_id <> ?",
            url, self.intake.sweep, self.intake.run_id,
        )  # fmt: skip
        answer = json.loads(kept["answer"]) if kept is not None else {}
        if kept is not None and answer["status"] == 200:
            try:
                return Page(
                    answer["url"],
                    await asyncio.to_thread(self.intake.bodies.get, kept["body_sha256"]),
                    answer["headers"],
                )
            except (OSError, ValueError):
                pass  # damaged: ask again
        try:
            response = await self.download(scrapy.Request(url, dont_filter=True))
        except Exception as failure:
            reason, detail = _reason(failure)
            self.note_page(url, None, detail, outcome="blocked" if isinstance(failure, Refused) else "error")
            raise self._unreadable(Unreadable(reason, detail), url, optional=optional) from failure
        if response.status != 200:
            self.note_page(url, response, None, is_sought=optional)
            error = Unreadable(
                f"http_{response.status}", f"answers {response.status}", response.status, response.body
            )
            raise self._unreadable(error, url, optional=optional)
        await asyncio.to_thread(self.intake.bodies.put, response.body)
        self.note_page(url, response, None)
        return Page(response.url, response.body, _headers(response))

    def _unreadable(self, error: Unreadable, url: str, *, optional: bool) -> Unreadable:
        if not optional or error.reason in {"robots", "robots_unreachable"}:
            self.fail(url, error.reason, error.detail)
            self.say(f"{url} cannot be read: {error.detail}")
        return error

    async def sitemaps(self, url: str) -> list[str]:
        """Return the sitemaps that the robots.txt of an address's host names."""
        return list((await self.politeness.of(url)).sitemaps)

    def knows(self, url: str, modified: str | None) -> bool:
        """Tell whether a document at this address is held already, unchanged since."""
        address = self.ledger.address(url, loose(url))
        if address is None or address.document_id is None:
            return False
        return modified is None or self._is_fresh(address, modified)

    def recall(self, key: str) -> str | None:
        """Return what an earlier run learnt of the site."""
        return self.ledger.note(key)

    def remember(self, key: str, value: str) -> None:
        """Keep what was learnt of the site for the next run."""
        self.ledger.write_note(key, value)

    def fail(self, url: str, reason: str, detail: str) -> None:
        """Note what could not be harvested."""
        self.intake.fail(url, reason, detail)

    def partial(self) -> None:
        """Note that the walk does not name every document."""
        self.is_partial = True

    def say(self, words: str) -> None:
        """Keep words for the message if nothing comes of the walk."""
        self.said.append(words)

    def _is_fresh(self, address: Address, modified: str) -> bool:
        return address.modified == modified and address.body_sha256 is not None and self._is_recent(address)

    def _is_recent(self, address: Address) -> bool:
        oldest = (self.intake._now() - VERIFY_AFTER).strftime(FORMAT)  # noqa: SLF001
        return (address.verified_at or "") > oldest

    # Requests and their answers

    def _request(self, address: Address) -> scrapy.Request:
        headers = {}
        if address.body_sha256 and self.intake.bodies.path(address.body_sha256).exists():
            headers = {"If-None-Match": address.etag, "If-Modified-Since": address.last_modified}
        return scrapy.Request(
            address.url,
            callback=self.on_answer,
            errback=self.on_error,
            headers={name: value for name, value in headers.items() if value},
            meta={"address": address.url},
            dont_filter=True,
        )

    async def download(self, request: scrapy.Request) -> Any:
        """Return the answer to a request that the walk waits for."""
        if self.crawler.engine is None:  # never: the walk runs in it
            raise RuntimeError("no engine")
        return await self.crawler.engine.download_async(request)

    def is_done(self, request: scrapy.Request) -> bool:
        """Tell whether a document was asked for in this run by another way."""
        url = request.meta.get("address")
        address = self.ledger.address(url) if url else None
        return address is not None and address.state == "done" and address.sweep == self.intake.sweep

    def asking(self, request: scrapy.Request) -> None:
        """Note that a request is about to leave."""
        if url := request.meta.get("address"):
            self.ledger.set(url, state="asked")
            self._in_flight.setdefault(loose(url), asyncio.get_running_loop().create_future())

    async def on_answer(self, response: Any, *, follow: bool = True) -> None:
        """Note what an answer means for its document."""
        url = response.meta["address"]
        address = self.ledger.address(url)
        if address is None:  # never: it was queued
            return
        redirected = response.request.meta.get("redirect_urls") if response.request is not None else None
        values = {
            "status": response.status,
            "elapsed_ms": response.meta.get("elapsed_ms"),
            "detail": f"redirected to {response.url}" if redirected else None,
        }
        if response.status == 304 and self.intake.settled(address):
            self.intake.spared(address, "not_modified", **values)
        elif response.status == 304:
            await self._guarded(address, self.intake.again(address, status=304, follow=follow))
        elif response.status in {404, 410}:
            self.intake.missing(address, **{**values, "detail": f"answers {response.status}"})
        elif response.status != 200:
            self.intake.failed(
                address, f"http_{response.status}", f"answers {response.status}", status=response.status
            )
        else:
            await self._guarded(address, self._keep(address, response, values, follow=follow))
        self._landed(url)

    async def _keep(self, address: Address, response: Any, values: dict[str, Any], *, follow: bool) -> None:
        headers = _headers(response)
        answer = Answer(
            response.body, response.url, content_type=headers.get("content-type", "").split(";")[0].strip().lower(),
            charset=_charset(headers), etag=headers.get("etag"), last_modified=headers.get("last-modified"),
            rights={name: headers[name] for name in _RIGHTS if name in headers}, **values,
        )  # fmt: skip
        await self.intake.take(address, answer, follow=follow)

    def on_error(self, failure: Any) -> None:
        """Note why a document could not be asked for."""
        url = failure.request.meta["address"]
        address = self.ledger.address(url)
        reason, detail = _reason(failure.value)
        if address is not None and reason == "host_closed":
            self.ledger.set(url, state="queued")
        elif address is not None and reason != "done":
            outcome = "blocked" if isinstance(failure.value, Refused) else "error"
            self.intake.failed(address, reason, detail, outcome=outcome)
        self._landed(url)

    def _landed(self, url: str) -> None:
        flight = self._in_flight.pop(loose(url), None)
        if flight is not None and not flight.done():
            flight.set_result(None)

    async def _guarded(self, address: Address, work: Any) -> None:
        """Wait for work on one document; what nobody foresaw is that document's failure, and told."""
        try:
            await work
        except OSError:
            raise  # a full disk is the run's, not the page's
        except Exception as error:
            log.exception("%s could not be taken in", address.url)
            self.intake.failed(address, "internal_error", f"{type(error).__name__}: {error}")

    async def _hold(self, url: str, asker: str) -> Address | None:
        """Return a page that another calls its canonical one, asked for if need be; None if that cannot be known."""
        key = loose(url)
        known = self.ledger.address(url, key)
        if (
            known is not None
            and known.state == "done"
            and (known.sweep == self.intake.sweep or known.document_id)
        ):
            return known
        if key in self._waiting or host_of(url) not in self.hosts:
            return None  # it waits for another page itself, perhaps for this one
        self._waiting.add(loose(asker))
        try:
            if key in self._in_flight:
                await asyncio.shield(self._in_flight[key])
            elif key in self.met or len(self.met) < self.most:
                self.met.add(key)
                await self._ask(known or self.ledger.queue(url, key, self.intake.run_id, None, {}))
        finally:
            self._waiting.discard(loose(asker))
        return self.ledger.address(url, key)

    async def _ask(self, address: Address) -> None:
        """Ask for a document at once, ahead of those that are queued."""
        try:
            await self.on_answer(await self.download(self._request(address)), follow=False)
        except Exception as error:  # noqa: BLE001 - the canonical page's own failure
            reason, detail = _reason(error)
            self.intake.failed(address, reason, detail)
            self._landed(address.url)

    # Notes

    def note_page(
        self,
        url: str,
        response: Any,
        detail: str | None,
        *,
        outcome: str | None = None,
        is_sought: bool = False,
    ) -> None:
        """Note a request that only leads to documents; one that was merely sought may well not be there."""
        values: dict[str, Any] = {"status": None, "detail": detail}
        if response is not None:
            sha256 = digest(response.body)
            values = {
                "status": response.status, "elapsed_ms": response.meta.get("elapsed_ms"),
                "byte_count": len(response.body), "detail": detail,
            }  # fmt: skip
            if response.status == 200:
                values["body_sha256"] = sha256
            elif is_sought and response.status < 500:
                values["detail"] = "sought, and not there"
            if response.status == 200 or (is_sought and response.status < 500):
                before = self.ledger.one("SELECT body_sha256 FROM page WHERE url = ?", url)
                same = before is not None and before["body_sha256"] == sha256
                outcome = "new" if before is None else "unchanged" if same else "changed"
                answer = {"url": response.url, "status": response.status, "headers": _headers(response)}
                self.ledger.sql.execute(
                    "INSERT OR REPLACE INTO page VALUES (?, ?, ?, ?, ?)",
                    (url, self.intake.sweep, self.intake.run_id, sha256, json.dumps(answer)),
                )
        self.ledger.fetch(
            fetch_id=secrets.token_hex(8), run_id=self.intake.run_id, url=url, outcome=outcome or "error",
            at=self.intake.now(), **values,
        )  # fmt: skip

    def pause_of(self, host: str) -> float:
        """Return until when a host asked to be left alone, in seconds of the epoch; 0 if it did not."""
        row = self.ledger.one("SELECT paused_until FROM host WHERE host = ?", host)
        return float(row["paused_until"]) if row is not None else 0.0

    def paused(self, host: str, until: float | None, why: str) -> None:
        """Note that a host is asked for nothing more in this run, and until when in the next."""
        self.closed_hosts.append(why)
        self.fail(f"//{host}/", "host_closed", why)
        if until is not None:
            self.ledger.sql.execute("INSERT OR REPLACE INTO host VALUES (?, ?)", (host, until))


def _headers(response: Any) -> dict[str, str]:
    return {
        name.decode("latin-1").lower(): b", ".join(values).decode("utf-8", "replace")
        for name, values in response.headers.items()
    }


def _charset(headers: dict[str, str]) -> str | None:
    _, _, rest = headers.get("content-type", "").partition("charset=")
    return rest.split(";")[0].strip(" \"'") or None


def _reason(error: BaseException) -> tuple[str, str]:
    """Return a failure's code and words."""
    if isinstance(error, Refused):
        return error.reason, error.detail
    if isinstance(error, DownloadCancelledError) or (
        isinstance(error, IgnoreRequest) and "MAXSIZE" in str(error)
    ):
        return "too_large", "is larger than the harvest takes, as sent or inflated"
    if isinstance(error, IgnoreRequest) and "redirect" in str(error):
        return "too_many_redirects", "redirects more than five times"
    codes = {
        "DownloadTimeoutError": "timeout",
        "CannotResolveHostError": "name_unknown",
        "PrivateAddressError": "private_address",
        "ResponseDataLossError": "cut_short",
    }
    cause: BaseException | None = error
    while cause is not None:
        if type(cause).__name__ in codes:
            return codes[type(cause).__name__], describe(cause)
        cause = cause.__cause__ or cause.__context__
    return "unreachable", describe(error)
