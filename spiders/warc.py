"""Writes a WARC file of what a harvest fetched, as the hosts sent it."""

import io
from http.client import responses
from pathlib import Path
from typing import Any

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter


class WarcFile:
    """One run's WARC file; each record is compressed for itself, so that a file cut short can be read to the cut."""

    def __init__(self, path: Path, *, software: str, contact: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("ab")
        self._writer = WARCWriter(self._file, gzip=True)
        about = {
            "software": software,
            "format": "WARC File Format 1.1",
            "operator": contact,
            "robots": "classic",
        }
        self._writer.write_record(self._writer.create_warcinfo_record(path.name, about))
        self._file.flush()

    def add(self, request: Any, response: Any) -> None:
        """Write an answer and the request that it answers."""
        lines = [
            (name.decode("latin-1"), value.decode("latin-1"))
            for name, values in response.headers.items()
            for value in values
            if name.lower() != b"transfer-encoding"  # its chunks are joined
        ]
        status = f"{response.status} {responses.get(response.status, '')}".strip()
        http = StatusAndHeaders(status, lines, protocol="HTTP/1.1")
        answered = self._writer.create_warc_record(
            response.url,
            "response",
            payload=io.BytesIO(response.body),
            length=len(response.body),
            http_headers=http,
        )
        sent = [
            (name.decode("latin-1"), value.decode("latin-1"))
            for name, values in request.headers.items()
            for value in values
        ]
        path = response.url.partition("://")[2].partition("/")[2]
        asked = self._writer.create_warc_record(
            response.url, "request", payload=io.BytesIO(b""), length=0,
            http_headers=StatusAndHeaders(f"GET /{path} HTTP/1.1", sent, is_http_request=True),
        )  # fmt: skip
        self._writer.write_request_response_pair(asked, answered)
        self._file.flush()

    def close(self) -> None:
        """Close the file."""
        self._file.close()
