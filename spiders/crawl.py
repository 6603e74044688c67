"""One run of one source, in a process of its own: Scrapy's reactor can be started only once in each."""

import asyncio
import datetime as dt
import json
import logging
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from spiders.bodies import Bodies
from spiders.intake import FORMAT, Intake
from spiders.ledger import Address, Ledger
from spiders.source import Expect, Select, Source, SplitRule
from spiders.spider import FULL_AFTER, SourceSpider
from spiders.takedown import banned
from spiders.verdict import Verdict, Walk, judge
from spiders.workers import Workers

Clock = Callable[[], dt.datetime]
RESUME_WITHIN = dt.timedelta(
    days=1
)  # a run cut short is gone on with for so long; after that, it starts anew


def main() -> None:
    """Run the job that the standard input describes; everything that it comes to is in the ledger."""
    job = json.load(sys.stdin)
    with opened(job, source_of(job["source"])) as (source, intake, now):
        if job["again"]:
            _again(source, intake, now)
        else:
            _finish(source, intake.ledger, job, crawl(SourceSpider, source, intake, job, now), now)


@contextmanager
def opened(job: dict[str, Any], source: Source) -> Iterator[tuple[Source, Intake, Clock]]:
    """Begin a run: its ledger, its workers, its clock."""
    _die_with_parent()
    home, now = Path(job["home"]), _clock(job["now"])
    ledger = Ledger(home / "harvest" / source.id / "ledger.sqlite")
    sweep = ledger.begin(
        job["run_id"], now().strftime(FORMAT), limited=job["limit"] is not None,
        resume_after="9999" if job["again"] else (now() - RESUME_WITHIN).strftime(FORMAT),
    )  # fmt: skip
    workers = Workers(job["workers"])
    bodies = Bodies(home / "bodies")
    try:
        intake = Intake(source, ledger, bodies, workers, run_id=job["run_id"], sweep=sweep, now=now)
        intake.banned = banned(home)
        yield source, intake, now
    finally:
        workers.close()
        ledger.close()


def source_of(values: dict[str, Any]) -> Source:
    """Return a source from its plain values."""
    chosen: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in values.items()
    }
    chosen["select"] = Select(**values["select"])
    chosen["expect"] = Expect(**values["expect"])
    chosen["split"] = SplitRule(**values["split"]) if values["split"] else None
    return Source(**chosen)


def _again(source: Source, intake: Intake, now: Clock) -> None:
    """Read all kept bodies anew, a few at once, without the network."""
    ledger = intake.ledger
    addresses = ledger.addresses("body_sha256 IS NOT NULL AND gone_at IS NULL")

    async def read_all() -> None:
        turns = asyncio.Semaphore(4)

        async def one(address: Address) -> None:
            async with turns:
                if source.takes(address.url):
                    await intake.again(address)

        await asyncio.gather(*map(one, addresses))

    asyncio.run(read_all())
    held = ledger.number(
        "SELECT sum(case_study_count) FROM document JOIN version USING (version_id) WHERE gone_at IS NULL"
    )
    message = None if addresses else "no body is kept that could be read again; harvest it first"
    ledger.sql.execute(
        "UPDATE run SET finished_at = ?, is_whole = 1, is_ok = ?, yield = ?, message = ? WHERE run_id = ?",
        (now().strftime(FORMAT), message is None, held, message, intake.run_id),
    )


def crawl(
    kind: type[SourceSpider], source: Source, intake: Intake, job: dict[str, Any], now: Clock
) -> SourceSpider:
    """Run a spider to its end and return it."""
    from scrapy.crawler import AsyncCrawlerProcess

    from spiders.politeness import AGENT
    from spiders.settings import settings
    from spiders.warc import WarcFile

    contact, warc = job["contact"], None
    if job["warc"]:
        path = Path(job["warc"]) / f"{source.id}-{job['run_id']}.warc.gz"
        warc = WarcFile(path, software=AGENT, contact=contact)
    process = AsyncCrawlerProcess(settings(contact=contact, backoff=job["backoff"], timeout=job["timeout"]))
    logging.getLogger("scrapy").setLevel(logging.ERROR)
    crawler = process.create_crawler(kind)
    since = intake.ledger.note("full_walk_at")
    if since is not None and since < (now() - FULL_AFTER).strftime(FORMAT):
        since = None
    process.crawl(crawler, source=source, intake=intake, limit=job["limit"], since=since, warc=warc)
    process.start()
    if warc is not None:
        warc.close()
    spider = crawler.spider
    if not isinstance(spider, SourceSpider):
        raise TypeError("the crawl did not begin")
    return spider


def _finish(source: Source, ledger: Ledger, job: dict[str, Any], spider: SourceSpider, now: Clock) -> None:
    """Write the run's verdict."""
    run_id = job["run_id"]
    left = ledger.number("SELECT count(*) FROM address WHERE state <> 'done'")
    is_whole = (spider.is_walked or spider.is_stopped) and not (left and not spider.is_stopped)
    walk = Walk(
        is_whole=is_whole, is_partial=spider.is_partial, is_limited=job["limit"] is not None,
        links=spider.links, ignored=spider.ignored, said=tuple(spider.said), lost=tuple(spider.lost),
        closed_hosts=tuple(spider.closed_hosts), bugs=tuple(spider.bugs),
    )  # fmt: skip
    verdict = judge(source, ledger, run_id, walk)
    if verdict.is_ok and not is_whole:
        verdict = Verdict(
            is_ok=False,
            message="was stopped before its end; the next run goes on",
            case_study_count=verdict.case_study_count,
        )
    with ledger.together():
        ledger.sql.execute(
            "UPDATE run SET finished_at = ?, is_whole = ?, is_full = ?, is_ok = ?, "
            "yield = ?, message = ? WHERE run_id = ?",
            (
                now().strftime(FORMAT), is_whole, is_whole and not spider.is_stopped, verdict.is_ok,
                verdict.case_study_count, verdict.message, run_id,
            ),
        )  # fmt: skip
        if verdict.is_withheld:
            ledger.sql.execute(
                "UPDATE version SET is_withheld = 1 WHERE run_id = ? AND NOT is_loaded", (run_id,)
            )
        elif verdict.is_ok:
            ledger.sql.execute(
                "DELETE FROM version WHERE is_withheld AND version_id NOT IN (SELECT version_id FROM document)"
            )
            ledger.sql.execute("UPDATE version SET is_withheld = 0 WHERE is_withheld")
        if is_whole and verdict.is_ok and not spider.is_stopped and spider.since is None:
            ledger.write_note("full_walk_at", now().strftime(FORMAT))


def _clock(fixed: str | None) -> Clock:
    if fixed is None:
        return lambda: dt.datetime.now(dt.UTC)
    moment = dt.datetime.strptime(fixed, FORMAT).replace(tzinfo=dt.UTC)
    return lambda: moment


def _die_with_parent() -> None:
    """Ask the kernel to end this process if the one that started it dies."""
    if not sys.platform.startswith("linux"):
        return
    import ctypes

    ctypes.CDLL(None, use_errno=True).prctl(1, signal.SIGKILL)
