"""What the walk of a site may ask of its harvest (`spiders.found.Site`), as a Scrapy spider."""

import asyncio
import datetime as dt
import json
import secrets
from typing import Any

import scrapy

from spiders.address import loose
from spiders.answers import headers_of, reason_of
from spiders.bodies import digest
from spiders.found import Page, Unreadable
from spiders.intake import FORMAT, Intake
from spiders.ledger import Address
from spiders.politeness import Politeness, Refused
from spiders.source import Source
from spiders.warc import WarcFile

VERIFY_AFTER = dt.timedelta(days=28)  # what a site says of its last change is believed for so long


class WalkingSpider(scrapy.Spider):
    """Reads the pages that lead to documents, and keeps what was learnt on the way."""

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
        self.warc, self.banned = warc, intake.banned
        self.most = min(source.max_documents, limit or source.max_documents)
        self.hosts = source.hosts
        if source.kind == "wordpress" and any(name.endswith(".wordpress.com") for name in source.hosts):
            self.hosts |= {"public-api.wordpress.com"}
        self.met: set[str] = set()
        self.is_partial = self.is_stopped = self.is_walked = False
        self.said: list[str] = []
        self.lost: list[str] = []
        self.closed_hosts: list[str] = []
        self.bugs: list[str] = []
        self.ignored = self.links = 0

    async def download(self, request: scrapy.Request) -> Any:
        """Return the answer to a request that the walk waits for."""
        if self.crawler.engine is None:  # never: the walk runs in it
            raise RuntimeError("no engine")
        return await self.crawler.engine.download_async(request)

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
            reason, detail = reason_of(failure)
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
        return Page(response.url, response.body, headers_of(response))

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

    def broken(self, words: str) -> None:
        """Note that a part of the walk could not be had: what it would have named may still be there."""
        self.is_partial = True
        self.lost.append(words)

    def say(self, words: str) -> None:
        """Keep words for the message if nothing comes of the walk."""
        self.said.append(words)

    def _is_fresh(self, address: Address, modified: str) -> bool:
        return address.modified == modified and address.body_sha256 is not None and self._is_recent(address)

    def _is_recent(self, address: Address) -> bool:
        oldest = (self.intake._now() - VERIFY_AFTER).strftime(FORMAT)  # noqa: SLF001
        return (address.verified_at or "") > oldest

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
                answer = {"url": response.url, "status": response.status, "headers": headers_of(response)}
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
