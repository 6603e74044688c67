"""Measures the crawl against a bare Scrapy spider on the same site: `python -m tests.spiders.bench_crawl`."""

import os
import resource
import subprocess
import sys
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory

from spiders.harvest import acknowledge, harvest
from spiders.source import parse_source
from tests.spiders.website import article, prose

BARE = """
import sys, scrapy
from scrapy.crawler import CrawlerProcess
class Bare(scrapy.Spider):
    name = "bare"
    count = 0
    async def start(self):
        yield scrapy.Request(sys.argv[1] + "/all")
    def parse(self, response):
        for link in response.css("li a::attr(href)").getall():
            yield response.follow(link, self.counted)
    def counted(self, response):
        Bare.count += 1
process = CrawlerProcess({"LOG_LEVEL": "ERROR", "CONCURRENT_REQUESTS_PER_DOMAIN": 1, "DOWNLOAD_DELAY": 0,
    "CONCURRENT_REQUESTS": 8, "CONCURRENT_ITEMS": 1, "TELNETCONSOLE_ENABLED": False})  # as in spiders.settings
process.crawl(Bare)
process.start()
print(Bare.count)
"""

SERVER = "import sys; from tests.spiders.bench_crawl import serve; serve(int(sys.argv[1]))"


@dataclass(frozen=True)
class Figures:
    """Seconds of a bare spider, of a first and of a second harvest; outcomes of the second; peak memory in MB."""

    pages: int
    bare: float
    first: float
    second: float
    second_new: int
    second_bodies: int
    peak: int


def serve(count: int) -> None:
    """Serve a listing of `count` pages until killed; print the port first."""
    pages = [article(f"Case {number}", number, body=prose(number, 12)).encode() for number in range(count)]
    links = "".join(f'<li><a href="/case/{number}">Case {number}</a></li>' for number in range(count))

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = 1 << 20  # an answer leaves in one piece

        def do_GET(self) -> None:
            name = self.path.rpartition("/")[2]
            body = (
                pages[int(name)]
                if name.isdigit()
                else links.encode()
                if name == "all"
                else b"User-agent: *\n"
            )
            tag = f'"{name}"'
            fresh = self.headers.get("If-None-Match") == tag
            self.send_response(304 if fresh else 200)
            self.send_header("ETag", tag)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", "0" if fresh else str(len(body)))
            self.end_headers()
            self.wfile.write(b"" if fresh else body)

        def log_message(self, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    print(server.server_port, flush=True)
    server.serve_forever()


def measure(count: int = 1000) -> Figures:
    """Return the figures for a site of `count` pages, at delay 0 and one request at a time."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    server = subprocess.Popen(
        [sys.executable, "-c", SERVER, str(count)], stdout=subprocess.PIPE, text=True, env=environment
    )
    try:
        assert server.stdout is not None
        address = f"http://127.0.0.1:{int(server.stdout.readline())}"
        began = time.monotonic()
        done = subprocess.run(
            [sys.executable, "-c", BARE, address], capture_output=True, text=True, check=True, env=environment
        )
        bare = time.monotonic() - began
        assert int(done.stdout) == count
        with TemporaryDirectory() as home:
            return _harvests(address, Path(home), count, bare)
    finally:
        server.kill()
        server.wait()
        if server.stdout is not None:
            server.stdout.close()


def _harvests(address: str, home: Path, count: int, bare: float) -> Figures:
    text = f'title="B"\nkind="listing"\nstart=["{address}/all"]\nmax_documents={count + 1}\n[select]\nitem="li a"\n'
    source = parse_source(text.encode(), Path("bench.toml"))
    spent = []
    bodies = []
    for number in (1, 2):
        began = time.monotonic()
        result = harvest(
            source, home=home, run_id=f"20261124T13050{number}Z-0000", contact="bench@harbour.example"
        )
        spent.append(time.monotonic() - began)
        assert result.ok and result.document_count == count, result
        acknowledge(source.id, home=home, run_id=result.run_id)
        bodies.append(sum(1 for _ in (home / "bodies").rglob("*.zst")))
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    return Figures(
        count, bare, spent[0], spent[1], result.new_count + result.changed_count, bodies[1] - bodies[0], peak
    )


def main() -> None:
    """Print the table."""
    figures = measure(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
    print(
        f"pages per second, fetch to extracted text: {figures.pages / figures.first:.0f}; bare Scrapy spider "
        f"{figures.pages / figures.bare:.0f}; {figures.bare / figures.first:.2f} of it"
    )
    print(
        f"second run over {figures.pages} unchanged pages: {figures.second_new} extractions, "
        f"{figures.second_bodies} bodies, "
        f"{figures.second / figures.first:.2f} of the first run's time ({figures.second:.1f} s)"
    )
    print(f"peak memory of the largest process: {figures.peak} MB")


if __name__ == "__main__":
    main()
