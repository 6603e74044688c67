"""A small web server on loopback for tests that run the whole product: fixed pages, validators, a log of requests."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

Query = dict[str, list[str]]


@dataclass
class Reply:
    """What an address answers. `etag` adds a validator, so that an unchanged page is a 304."""

    body: bytes | str = b""
    content_type: str = "text/html; charset=utf-8"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    etag: bool = True

    @property
    def data(self) -> bytes:
        return self.body.encode() if isinstance(self.body, str) else self.body


Answer = Reply | Callable[[Query], Reply]


@dataclass
class Site:
    """The pages of a site by path, and what was asked of it: (method, path with query, status)."""

    address: str
    pages: dict[str, Answer] = field(default_factory=dict)
    asked: list[tuple[str, str, int]] = field(default_factory=list)
    agents: set[str] = field(default_factory=set)

    def url(self, path: str) -> str:
        return self.address + path

    def bodies_sent(self) -> list[str]:
        return [path for method, path, status in self.asked if method == "GET" and status == 200]


@contextmanager
def serving(pages: dict[str, Answer] | None = None) -> Iterator[Site]:
    """Serve the pages on a free port of loopback for the block."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            answer = site.pages.get(parts.path, Reply("not here", status=404, etag=False))
            reply = answer(parse_qs(parts.query)) if callable(answer) else answer
            tag = f'"{hashlib.sha256(reply.data).hexdigest()[:16]}"'
            fresh = reply.etag and reply.status == 200 and self.headers.get("If-None-Match") == tag
            status, body = (304, b"") if fresh else (reply.status, reply.data)
            site.asked.append((self.command, self.path, status))
            site.agents.add(self.headers.get("User-Agent", ""))
            self.send_response(status)
            self.send_header("Content-Type", reply.content_type)
            self.send_header("Content-Length", str(len(body)))
            if reply.etag and reply.status == 200:
                self.send_header("ETag", tag)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        do_HEAD = do_GET

        def log_message(self, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    site = Site(f"http://127.0.0.1:{server.server_port}", dict(pages or {}))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
