"""The one Scrapy spider: walks a source by its kind, asks for its documents, hands their bodies to the intake."""

import asyncio
import datetime as dt
import importlib
import logging
import sqlite3
from collections.abc import AsyncIterator
from typing import Any

import scrapy
from scrapy.exceptions import CloseSpider

from spiders.address import host_of, loose
from spiders.answers import RIGHTS, charset_of, headers_of, reason_of
from spiders.found import Found
from spiders.intake import Answer
from spiders.ledger import Address
from spiders.politeness import Refused
from spiders.source import FILE_KINDS
from spiders.walking import WalkingSpider

FULL_AFTER = dt.timedelta(days=7)  # a walk that stops at what is known is whole again after so long
IN_HAND = 4  # bodies that came with the walk, read at once

log = logging.getLogger(__name__)


class SourceSpider(WalkingSpider):
    """One run of one source."""

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        self.intake.holds = self._hold
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
        if not self.source.takes(found.url) or self.banned.bans(found.url):
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
        if self.lost:  # what it would have named is not asked for one by one
            unmet = [address for address in unmet if address.state == "queued"]
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
        elif response.status == 200 and self._is_text_of_its_own(address):
            self._noticed(address, response, values)
        elif response.status != 200:
            self.intake.failed(
                address, f"http_{response.status}", f"answers {response.status}", status=response.status
            )
        else:
            await self._guarded(address, self._keep(address, response, values, follow=follow))
        self._landed(url)

    def _is_text_of_its_own(self, address: Address) -> bool:
        """Tell whether an API or feed gave the text, so that the page, with all its furniture, must not replace it.

        It may where the site still names the page, no longer gives its text, and says that it has changed.
        """
        plain = (address.recipe or "").startswith("plain") and address.document_id is not None
        found = address.found_run == self.intake.run_id and address.now_modified is not None
        return plain and not (found and str(address.now_modified)[:19] != str(address.modified)[:19])

    def _noticed(self, address: Address, response: Any, values: dict[str, Any]) -> None:
        """Note that the page of a text that came by an API or feed, which names it no longer, is still there."""
        if loose(response.url) == loose(address.url):
            self.intake.spared(
                address, "unchanged", **{**values, "detail": "its text did not come, but its page answers"}
            )
        else:
            self.intake.missing(address, 404, f"is named no longer, and its page leads to {response.url}")

    async def _keep(self, address: Address, response: Any, values: dict[str, Any], *, follow: bool) -> None:
        headers = headers_of(response)
        answer = Answer(
            response.body, response.url, content_type=headers.get("content-type", "").split(";")[0].strip().lower(),
            charset=charset_of(headers), etag=headers.get("etag"), last_modified=headers.get("last-modified"),
            rights={name: headers[name] for name in RIGHTS if name in headers}, **values,
        )  # fmt: skip
        await self.intake.take(address, answer, follow=follow)

    def on_error(self, failure: Any) -> None:
        """Note why a document could not be asked for."""
        url = failure.request.meta["address"]
        address = self.ledger.address(url)
        reason, detail = reason_of(failure.value)
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
        except (OSError, sqlite3.Error) as error:  # a full disk is the run's, not the page's
            self.bugs.append(f"{type(error).__name__}: {error}")
            raise CloseSpider("cannot write") from error
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
            reason, detail = reason_of(error)
            self.intake.failed(address, reason, detail)
            self._landed(address.url)
