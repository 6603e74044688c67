"""Kind `archive`: WARC files, what others or this harvester fetched before."""

import re
import zlib
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

from spiders.address import canonical
from spiders.extract import ExtractionError, sniff
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
# What is no document, whatever its bytes: it is left out without a word.
_OTHER_TYPE = re.compile(
    r"(?:image|audio|video|font|model)/|text/(?:css|calendar|csv|x?-?(?:java|ecma)script|vtt)\Z|"
    r"application/(?:(?:x-)?(?:java|ecma)script|(?:[\w.-]+\+)?json|(?:rss|atom|rdf)\+xml|(?:x-)?font|"
    r"vnd\.ms-fontobject|wasm|x-shockwave-flash|ogg|(?:vnd\.apple\.|x-)mpegurl)"
)
_OTHER_SUFFIX = re.compile(
    r"\.(?:css|m?js|json|map|png|jpe?g|gif|webp|avif|svg|ico|bmp|tiff?|woff2?|ttf|otf|eot|mp[34]|m4[av]|webm|og[gav]|"
    r"wav|mov|avi|swf|wasm|ics|vcf)\Z",
    re.IGNORECASE,
)
_NO_DOCUMENT = re.compile(r"an? \w+ image\Z|XML|declared as")  # of what `sniff` says
SUFFIXES = (".warc", ".warc.gz", ".warc.zst")
CHUNK = 1 << 20  # bytes
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
        for capture in _surveyed(file, site):
            if capture.at >= getattr(newest.get(capture.url), "at", ""):
                newest[capture.url] = capture
    for file in files:
        chosen = {capture.position: capture for capture in newest.values() if capture.file == file}
        for capture, record in _chosen(file, chosen):
            modified = f"{capture.at} {record.record_id}"
            if site.knows(capture.url, modified):
                yield Found(capture.url, modified=modified, body=Body(b""))
                continue
            try:
                body = _body(record, capture.at, _raw(record))
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


def _surveyed(file: Path, site: Site) -> Iterator[Capture]:
    """Yield the captures that a file holds whole; what is cut or broken is said, and what stands before it kept."""
    count = last = 0
    damage = None
    try:
        with file.open("rb") as stream:
            for position, record in _records(stream):
                count, last = count + 1, record.stream_pos
                expected = record.content_length if "Content-Length" in record.headers else None
                capture = _capture(record, file, position, site)
                raw = record.reader.read(INFLATED_LIMIT + 1) if capture and not _is_sure(record) else b""
                got = len(raw) + _rest(record)
                if expected is None or got < expected:
                    damage = (
                        f"the record of {_target(record) or 'an address that is lost, too,'} is cut short"
                    )
                    continue
                if capture is not None and (_is_sure(record) or _is_document(record, capture, raw, site)):
                    yield capture
            if damage is None and file.name.lower().endswith(".gz") and not _ends_whole(stream, last):
                damage = "the last record is cut short"
    except (OSError, ValueError, RuntimeError) as error:
        damage = f"can be read only in part: {error}"
    if damage is None and not count:
        damage = "holds no WARC record"
    if damage is not None:
        site.fail(file.as_uri(), "archive_damaged", damage)


def _chosen(file: Path, chosen: dict[int, Capture]) -> Iterator[tuple[Capture, Any]]:
    """Yield the captures at these positions, each with its record, which can be read until the next is asked for."""
    if not chosen:
        return
    with suppress(OSError, ValueError, RuntimeError), file.open("rb") as stream:  # said by the survey
        for position, record in _records(stream):
            if position in chosen:
                yield chosen[position], record


def _records(stream: IO[bytes]) -> Iterator[tuple[int, Any]]:
    from fastwarc.warc import ArchiveIterator

    yield from enumerate(ArchiveIterator(stream))


def _rest(record: Any) -> int:
    """Read a record to its end, and return how many bytes there were."""
    count = 0
    while chunk := record.reader.read(CHUNK):
        count += len(chunk)
    return count


def _ends_whole(stream: IO[bytes], start: int) -> bool:
    """Tell whether the gzip members from a place in a file are whole."""
    stream.seek(start)
    inflater, data = zlib.decompressobj(31), stream.read(CHUNK)
    try:
        while data:
            inflater.decompress(data, CHUNK)
            data = inflater.unconsumed_tail
            if inflater.eof:
                data = inflater.unused_data or stream.read(CHUNK)
                inflater = zlib.decompressobj(31) if data else inflater
            data = data or stream.read(CHUNK)
    except zlib.error:
        return False
    return inflater.eof


def _target(record: Any) -> str:
    return (record.headers.get("WARC-Target-URI") or "").strip("<>")


def _type(record: Any) -> str:
    content_type = record.http_content_type if record.is_http else record.headers.get("Content-Type")
    return (content_type or "").split(";", 1)[0].strip().lower()


def _is_sure(record: Any) -> bool:
    return _type(record) in TYPES


def _capture(record: Any, file: Path, position: int, site: Site) -> Capture | None:
    """Return a record's capture, unless it is clearly none of a document that the source takes."""
    from fastwarc.warc import WarcRecordType

    if record.record_type not in (WarcRecordType.response, WarcRecordType.resource):
        return None
    if record.is_http and (record.http_headers is None or record.http_headers.status_code != 200):
        return None
    try:
        url = canonical(_target(record))
    except ValueError:
        return None
    is_other = _OTHER_TYPE.match(_type(record)) or (
        not _is_sure(record) and _OTHER_SUFFIX.search(urlsplit(url).path)
    )
    if is_other or url.endswith("/robots.txt") or not site.source.takes(url):
        return None
    if cut := record.headers.get("WARC-Truncated"):
        site.fail(url, "cut_short", f"in {file.name} its capture is cut short: WARC-Truncated is {cut!r}")
        return None
    return Capture(url, str(record.headers.get("WARC-Date") or ""), file, position)


def _is_document(record: Any, capture: Capture, raw: bytes, site: Site) -> bool:
    """Tell by its bytes whether a record of another type, or of none, is a document; what may be one is said."""
    try:
        sniff(_body(record, capture.at, raw).content, _type(record))
    except ExtractionError as error:
        if error.reason != "empty_text" and not _NO_DOCUMENT.match(error.detail):
            site.fail(capture.url, error.reason, f"in {capture.file.name} is {error.detail}")
        return False
    except (Unreadable, OSError, zlib.error) as error:
        reason = error.reason if isinstance(error, Unreadable) else "encoding_damaged"
        site.fail(capture.url, reason, f"in {capture.file.name} {error}")
        return False
    return True


def _raw(record: Any) -> bytes:
    raw: bytes = record.reader.read(INFLATED_LIMIT + 1)
    return raw


def _body(record: Any, at: str, raw: bytes) -> Body:
    """Return what a record holds, out of its chunks and its compression. Raises Unreadable past the limit."""
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
