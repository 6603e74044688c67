"""Kind `archive`: WARC files, what others or this harvester fetched before."""

import zlib
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spiders.address import canonical
from spiders.found import Body, Found, Site, Unreadable
from spiders.markup import INFLATED_LIMIT

TYPES = {
    "text/html",
    "application/xhtml+xml",
    "application/pdf",
    "application/x-pdf",
    "text/plain",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}
SUFFIXES = (".warc", ".warc.gz", ".warc.zst")
_RIGHTS = ("x-robots-tag", "tdm-reservation", "tdm-policy")


@dataclass(frozen=True, slots=True)
class Capture:
    """A page as it was captured: where it stands in its file, and when that was."""

    url: str
    at: str
    file: Path
    position: int


async def walk(site: Site) -> AsyncIterator[Found]:
    """Yield the newest capture of each page: HTML, PDF, DOCX and TXT that was answered with 200."""
    newest: dict[str, Capture] = {}
    files = [file for start in site.source.start for file in _files(Path(start))]
    for file in files:
        for capture, _ in _captures(file, site, noting=True):
            if site.source.takes(capture.url) and capture.at >= getattr(newest.get(capture.url), "at", ""):
                newest[capture.url] = capture
    for file in files:
        for capture, record in _captures(file, site, noting=False):
            if newest.get(capture.url) != capture:
                continue
            modified = f"{capture.at} {record.record_id}"
            if site.knows(capture.url, modified):
                yield Found(capture.url, modified=modified, body=Body(b""))
                continue
            try:
                body = _body(record, capture.at)
            except (Unreadable, OSError) as error:
                reason = error.reason if isinstance(error, Unreadable) else "archive_damaged"
                site.fail(capture.url, reason, f"in {file.name} {error}")
                continue
            yield Found(capture.url, modified=modified, body=body)
    site.say(
        f"{len(files)} WARC files hold no page that is taken: none of HTML, PDF, DOCX or TXT, answered with 200"
    )


def _files(start: Path) -> list[Path]:
    if start.is_file():
        return [start]
    return sorted(
        path for path in start.rglob("*") if path.name.lower().endswith(SUFFIXES) and path.is_file()
    )


def _captures(file: Path, site: Site, *, noting: bool) -> Iterator[tuple[Capture, Any]]:
    """Yield the captures of a file, each with its record, which can be read until the next is asked for."""
    from fastwarc.warc import ArchiveIterator, WarcRecordType

    try:
        with file.open("rb") as stream:
            kinds = WarcRecordType.response | WarcRecordType.resource
            for position, record in enumerate(ArchiveIterator(stream, record_types=kinds)):
                if (capture := _capture(record, file, position)) is not None:
                    yield capture, record
    except (OSError, ValueError, RuntimeError) as error:
        if noting:
            site.fail(file.as_uri(), "archive_damaged", f"can be read only in part: {error}")


def _capture(record: Any, file: Path, position: int) -> Capture | None:
    if record.is_http and (record.http_headers is None or record.http_headers.status_code != 200):
        return None
    content_type = (record.http_content_type if record.is_http else record.headers.get("Content-Type")) or ""
    if content_type.split(";", 1)[0].strip().lower() not in TYPES:
        return None
    try:
        url = canonical((record.headers.get("WARC-Target-URI") or "").strip("<>"))
    except ValueError:
        return None
    if url.endswith("/robots.txt"):
        return None
    return Capture(url, str(record.headers.get("WARC-Date") or ""), file, position)


def _body(record: Any, at: str) -> Body:
    """Return what a record holds, out of its chunks and its compression. Raises Unreadable past the limit."""
    raw = record.reader.read(INFLATED_LIMIT + 1)
    if len(raw) > INFLATED_LIMIT:
        raise Unreadable("too_large", f"is longer than {INFLATED_LIMIT >> 20} MB")
    if not record.is_http:
        return Body(raw, content_type=record.headers.get("Content-Type"), fetched_at=_moment(at))
    headers = {name.lower(): value for name, value in record.http_headers}
    if "chunked" in headers.get("transfer-encoding", "").lower():
        raw = _unchunked(raw)
    for encoding in reversed(headers.get("content-encoding", "").lower().split(",")):
        raw = _decoded(raw, encoding.strip())
    rights = {name: headers[name] for name in _RIGHTS if name in headers}
    return Body(raw, content_type=headers.get("content-type"), fetched_at=_moment(at), rights=rights)


def _unchunked(raw: bytes) -> bytes:
    """Return the chunks' bytes. What is not chunked, though its header says so, stays as it is."""
    parts: list[bytes] = []
    place = 0
    while True:
        end = raw.find(b"\r\n", place)
        try:
            size = int(raw[place:end].split(b";", 1)[0].strip() or b"x", 16) if end >= 0 else -1
        except ValueError:
            size = -1
        if size < 0 or (size and end + 2 + size > len(raw)):
            return raw if not parts else b"".join(parts)
        if size == 0:
            return b"".join(parts)
        parts.append(raw[end + 2 : end + 2 + size])
        place = end + 2 + size + 2


def _decoded(raw: bytes, encoding: str) -> bytes:
    """Return the bytes out of one encoding. What is not in it, though its header says so, stays as it is."""
    if encoding in {"gzip", "x-gzip"} and raw[:2] == b"\x1f\x8b":
        return _inflated(raw, 31)
    if encoding == "deflate":
        try:
            return _inflated(raw, 15)
        except zlib.error:
            return _inflated(raw, -15)
    if encoding == "br":
        return _unbrotlied(raw)
    if encoding == "zstd" and raw[:4] == b"\x28\xb5\x2f\xfd":
        import zstandard

        with zstandard.ZstdDecompressor().stream_reader(raw) as reader:
            return _bounded(reader.read(INFLATED_LIMIT + 1))
    return raw


def _unbrotlied(raw: bytes) -> bytes:
    try:
        import brotli  # type: ignore[import-not-found,import-untyped,unused-ignore]
    except ImportError:
        raise Unreadable(
            "unsupported_encoding", "is in brotli; install the package 'brotli' to read it"
        ) from None
    inflater, whole = brotli.Decompressor(), b""
    try:
        for start in range(0, len(raw), 4096):
            whole = _bounded(whole + inflater.process(raw[start : start + 4096]))
    except brotli.error:
        return raw
    return whole


def _inflated(raw: bytes, wbits: int) -> bytes:
    return _bounded(zlib.decompressobj(wbits).decompress(raw, INFLATED_LIMIT + 1))


def _bounded(body: bytes) -> bytes:
    if len(body) > INFLATED_LIMIT:
        raise Unreadable("too_large", f"inflates to more than {INFLATED_LIMIT >> 20} MB")
    return body


def _moment(at: str) -> str | None:
    """Return a WARC date as the records write times: to the second, with a Z."""
    return f"{at[:19]}Z" if len(at) >= 20 and at.endswith("Z") else None
