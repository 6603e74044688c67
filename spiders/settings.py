"""Scrapy's settings for a harvest; each that differs from Scrapy's has its reason."""

from typing import Any

SIZE_LIMIT = 64 << 20  # bytes, as sent and inflated


def settings(
    *, contact: str, log_level: str = "WARNING", backoff: float = 1.0, timeout: float = 60.0
) -> dict[str, Any]:
    """Return the settings of a crawl that names this contact to every host."""
    from spiders.politeness import AGENT

    return {
        # Who asks, and whom to tell.
        "BOT_NAME": AGENT,
        "USER_AGENT": f"{AGENT}/0.1 (research on school partnerships; +{contact})",
        "DEFAULT_REQUEST_HEADERS": {
            "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,application/pdf;q=0.9,*/*;q=0.8",
            "Accept-Language": "en-GB,en;q=0.9,*;q=0.5",
        },
        # Politeness is the middleware's: robots.txt also when it cannot be reached, Crawl-delay, Retry-After,
        # and a delay between an answer and the next request, without Scrapy's jitter below it.
        "ROBOTSTXT_OBEY": False,
        "RETRY_ENABLED": False,
        "DOWNLOAD_DELAY": 0,
        "CONCURRENT_REQUESTS": 8,
        "CONCURRENT_REQUESTS_PER_DOMAIN": 1,
        "DOWNLOADER_MIDDLEWARES": {
            "spiders.politeness.Politeness": 1000,
            # What each request would pass for nothing: no passwords, the hosts are Politeness', nothing is counted.
            "scrapy.downloadermiddlewares.httpauth.HttpAuthMiddleware": None,
            "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,
            "scrapy.downloadermiddlewares.stats.DownloaderStats": None,
        },
        "SPIDER_MIDDLEWARES": {
            "scrapy.spidermiddlewares.depth.DepthMiddleware": None,
            "scrapy.spidermiddlewares.httperror.HttpErrorMiddleware": None,
            "scrapy.spidermiddlewares.urllength.UrlLengthMiddleware": None,
        },
        "EXTENSIONS": {
            "scrapy.extensions.corestats.CoreStats": None,
            "scrapy.extensions.logcount.LogCount": None,
        },
        "STATS_CLASS": "scrapy.statscollectors.DummyStatsCollector",
        "PARTNERSHIPS_BACKOFF": backoff,
        # Callbacks yield no items; Scrapy would start a hundred tasks for those of each answer.
        "CONCURRENT_ITEMS": 1,
        # A redirect is a request like any other; RFC 9309 asks to follow five.
        "REDIRECT_MAX_TIMES": 5,
        # A page that inflates to a gigabyte, or that never ends.
        "DOWNLOAD_MAXSIZE": SIZE_LIMIT,
        "DOWNLOAD_WARNSIZE": 0,
        "DOWNLOAD_TIMEOUT": timeout,
        "DNS_TIMEOUT": 20,
        "TWISTED_DNS_RESOLVER": "spiders.resolver.PublicResolver",
        "DOWNLOAD_VERIFY_CERTIFICATES": True,
        # The crawl's state is the ledger's; nothing is shared with a site but the request.
        "COOKIES_ENABLED": False,
        "REFERER_ENABLED": False,
        "SCHEDULER_MEMORY_QUEUE": "scrapy.squeues.FifoMemoryQueue",
        # A page's links are not followed twice because the ledger says so, not because of a fingerprint.
        "DUPEFILTER_CLASS": "scrapy.dupefilters.BaseDupeFilter",
        # No ports are opened, no mail is sent.
        "TELNETCONSOLE_ENABLED": False,
        "REMOTE_CONTROL_ENABLED": False,
        "LOG_LEVEL": log_level,
        "LOGSTATS_INTERVAL": 0,
        "STATS_DUMP": False,
    }
