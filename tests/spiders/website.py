"""Websites on loopback for harvests: pages by path, or functions of the request, and a log of what was asked."""

import hashlib
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True)
class Asked:
    """A request as it came."""

    target: str  # path and query
    at: float
    headers: dict[str, str]

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.target).query))


@dataclass
class Reply:
    """An answer; `validators` adds an ETag, so that an unchanged page is answered by 304."""

    body: bytes | str = b""
    status: int = 200
    content_type: str = "text/html; charset=utf-8"
    headers: dict[str, str] = field(default_factory=dict)
    validators: bool = True
    drop: bool = False  # close the connection without an answer
    seconds: float = 0.0  # wait before the answer

    @property
    def content(self) -> bytes:
        return self.body.encode() if isinstance(self.body, str) else self.body


Answer = Reply | str | Callable[[Asked], Reply | str]


class Website:
    """A site whose pages a test may change between two harvests."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.pages: dict[str, Answer] = {}
        self.asked: list[Asked] = []

    def url(self, path: str = "/") -> str:
        return self.address + path

    def paths(self) -> list[str]:
        return [one.path for one in self.asked]

    def answer(self, asked: Asked) -> Reply:
        found = self.pages.get(
            asked.target, self.pages.get(asked.path, Reply("nothing here", 404, validators=False))
        )
        found = found(asked) if callable(found) else found
        return Reply(found) if isinstance(found, str) else found


@contextmanager
def website() -> Iterator[Website]:
    """Serve a site on a free port of loopback."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            asked = Asked(
                self.path, time.monotonic(), {key.lower(): value for key, value in self.headers.items()}
            )
            site.asked.append(asked)
            reply = site.answer(asked)
            time.sleep(reply.seconds)
            if reply.drop:
                self.close_connection = True
                return
            tag = f'"{hashlib.sha256(reply.content).hexdigest()[:16]}"'
            validates = reply.validators and reply.status == 200
            fresh = validates and asked.headers.get("if-none-match") == tag
            content = b"" if fresh else reply.content
            self.send_response(304 if fresh else reply.status)
            self.send_header("Content-Type", reply.content_type)
            self.send_header("Content-Length", str(len(content)))
            if validates:
                self.send_header("ETag", tag)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *arguments: object) -> None:
            pass

        def handle(self) -> None:
            with suppress(ConnectionError):  # the harvester may be killed
                super().handle()

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    site = Website(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


WORDS = (
    "pupils teachers mornings laboratories orchestra reading mathematics governors minibus rehearsal harbour estuary "
    "lantern physics drama chess netball Latin coding poetry allotment debating robotics cricket choir archive"
).split()


def prose(number: int, paragraphs: int = 4) -> str:
    """Return paragraphs of HTML that no other number has."""
    lines = []
    for line in range(paragraphs):
        chosen = [
            WORDS[(number * 7 + line * 5 + place * (number % 5 + 1)) % len(WORDS)] for place in range(18)
        ]
        lines.append(
            f"<p>In project {number}, part {line}, the two schools shared {', '.join(chosen[:9])}. The teacher from "
            f"the partner school led sessions about {' and '.join(chosen[9:13])} for {number + 11} weeks, and "
            f"each class kept a journal of {' or '.join(chosen[13:])}.</p>"
        )
    return "\n".join(lines)


def article(title: str, number: int, *, head: str = "", body: str | None = None) -> str:
    """Return a page with a menu, an article and a footer."""
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>{head}</head><body>'
        '<nav><ul><li><a href="/">Home</a></li><li><a href="/contact/">Contact us</a></li></ul></nav>'
        f"<main><article><h1>{title}</h1>{prose(number) if body is None else body}</article></main>"
        "<footer><p>Registered charity</p></footer></body></html>"
    )


def listing(links: list[str], next_link: str | None = None) -> str:
    """Return a page that lists links, and may lead to a next one."""
    items = "".join(f'<li class="entry"><a href="{link}">{link}</a></li>' for link in links)
    following = f'<a class="next" href="{next_link}">Older</a>' if next_link else ""
    return (
        f"<!doctype html><html><head><title>All</title></head><body><ul>{items}</ul>{following}</body></html>"
    )
