"""How are the sample sites served? Real HTTP/1.1 on loopback, for as long as a `with` lasts."""

import gzip
import hashlib
import re
import socket
import sys
import threading
import tomllib
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from functools import lru_cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

from pipelines.demo.annual_review import AnnualReview
from pipelines.demo.blog import Blog
from pipelines.demo.directory import Directory
from pipelines.demo.sources import SOURCE_IDS, source_files
from pipelines.demo.web import Request, Response, Site

PORTS = {"sample-blog": 8041, "sample-directory": 8042, "sample-report": 8043}
_SITES: dict[str, Callable[[str], Site]] = {
    "sample-blog": Blog,
    "sample-directory": Directory,
    "sample-report": AnnualReview,
}
_HOST = "127.0.0.1"


@dataclass(frozen=True)
class Sites:
    """The addresses of the sites that are served, by source id, without a last slash."""

    addresses: Mapping[str, str]


@contextmanager
def demo_sites(*, sources: Path | None = None) -> Iterator[Sites]:
    """Serve the three sample sites on 127.0.0.1 until the block ends; every connection is closed then.

    A document's id is a digest of its URL, and the port is part of that. So that a second demo in the same home
    meets the same documents, each site takes the port that `sources` (the folder that `write_sources` wrote
    before) names for it, else its own of `PORTS`, else, where both are taken, any that is free. In the last case
    the pages have new addresses: the harvest would hold each text twice, the older copies unreachable and the
    newer ones marked as their duplicates. `has_moved` tells, so that the caller can begin with an empty home.
    """
    remembered = _remembered_ports(sources)
    with ExitStack() as stack:
        addresses = {}
        for source_id in SOURCE_IDS:
            server = _bind([*remembered.get(source_id, []), PORTS[source_id], 0])
            address = f"http://{_HOST}:{server.server_address[1]}"
            server.site = _SITES[source_id](address)
            stack.enter_context(_running(server, source_id))
            addresses[source_id] = address
        yield Sites(addresses)


def write_sources(sites: Sites, folder: Path) -> list[Path]:
    """Write a source file for each site into the folder, which is made; return their paths, sorted."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for source_id, toml in source_files(sites.addresses).items():
        path = folder / f"{source_id}.toml"
        path.write_text(toml, encoding="utf-8")
        paths.append(path)
    return sorted(paths)


def has_moved(sites: Sites, sources: Path) -> bool:
    """Say whether source files of an earlier demo name other addresses than those served now."""
    served = {source_id: urlsplit(address).port for source_id, address in sites.addresses.items()}
    return any([served[source_id]] != ports for source_id, ports in _remembered_ports(sources).items())


def _remembered_ports(sources: Path | None) -> dict[str, list[int]]:
    """Return source id → [port] for each source file of an earlier demo that can be read."""
    ports: dict[str, list[int]] = {}
    for source_id in SOURCE_IDS if sources else ():
        with suppress(OSError, ValueError, LookupError, TypeError):
            start = tomllib.loads((cast("Path", sources) / f"{source_id}.toml").read_text("utf-8"))["start"][
                0
            ]
            parts = urlsplit(start)
            if parts.hostname == _HOST and parts.port:
                ports[source_id] = [parts.port]
    return ports


class _Server(ThreadingHTTPServer):
    """Knows its open connections, so that closing need not wait for a client that keeps one alive."""

    daemon_threads = False
    block_on_close = True
    request_queue_size = 128
    site: Site

    def __init__(self, port: int) -> None:
        self._connections: set[socket.socket] = set()
        self._lock = threading.Lock()
        super().__init__((_HOST, port), _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._lock:
            self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        # A client that hangs up is none of the server's business; anything else is a bug and is shown.
        if not isinstance(sys.exc_info()[1], ConnectionError | TimeoutError):
            super().handle_error(request, client_address)

    def hang_up(self) -> None:
        """End every open connection; their threads end with them."""
        with self._lock:
            for connection in self._connections:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)


def _bind(ports: list[int]) -> _Server:
    *preferred, last = ports
    for port in preferred:
        with suppress(OSError):
            return _Server(port)
    return _Server(last)


@contextmanager
def _running(server: _Server, name: str) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, name=name)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.hang_up()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30
    wbufsize = -1  # head and body in one packet
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self._answer()

    def do_HEAD(self) -> None:
        self._answer()

    def version_string(self) -> str:
        return "SampleSite"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is http.server's
        """Say nothing: the harvest keeps its own account of every request."""

    def _answer(self) -> None:
        try:
            request = Request.of(self.path)
        except ValueError:
            self.send_error(400)
            return
        response = cast("_Server", self.server).site.answer(request)
        body, headers = _encoded(response, self.headers.get("Accept-Encoding", ""))
        if response.status == 200 and self._has_current(headers, response.modified):
            self._send(304, b"", {name: headers[name] for name in headers.keys() & _KEPT_BY_304})
        else:
            self._send(response.status, body, headers)

    def _has_current(self, headers: Mapping[str, str], modified: datetime | None) -> bool:
        if (tags := self.headers.get("If-None-Match")) is not None:
            held = {tag.strip().removeprefix("W/") for tag in tags.split(",")}
            return "*" in held or headers["ETag"].removeprefix("W/") in held
        if modified and (since := self.headers.get("If-Modified-Since")):
            with suppress(ValueError, TypeError):
                return modified.replace(microsecond=0) <= parsedate_to_datetime(since)
        return False

    def _send(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != 304:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


_KEPT_BY_304 = {"ETag", "Last-Modified", "Vary"}


def _encoded(response: Response, accepted: str) -> tuple[bytes, dict[str, str]]:
    """Return body and headers of a response as this client may have them."""
    body, headers = response.body, {"Content-Type": response.content_type, **response.headers}
    if response.modified:
        headers["Last-Modified"] = format_datetime(response.modified.astimezone(UTC), usegmt=True)
    digest = hashlib.sha256(body).hexdigest()[:20]
    if body and not response.content_type.startswith("application/pdf"):
        headers["Vary"] = "Accept-Encoding"
        if re.search(r"\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))", accepted.lower()):
            body, digest = _gzipped(body), f"{digest}-gzip"
            headers["Content-Encoding"] = "gzip"
    if response.status == 200:
        headers["ETag"] = f'"{digest}"'
    return body, headers


@lru_cache(maxsize=256)
def _gzipped(body: bytes) -> bytes:
    return gzip.compress(body, mtime=0)
