"""Extracts and splits one document after another, in a process of its own with limits.

It reads jobs from its standard input and answers on its standard output, JSON both ways: what a hostile
page makes of this process must not become code in the one that waits for it.
"""

import json
import os
import sys
from typing import IO, Any

MEMORY_LIMIT = 2 << 30  # bytes of address space


def main() -> None:
    """Answer jobs until the input ends."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # a library that prints must not break the answers
    _limit()
    jobs = sys.stdin.buffer
    while (header := receive(jobs)) is not None:
        body = receive(jobs)
        if body is None:
            return
        send(answers, json.dumps(answer(json.loads(header), body)).encode())


def answer(job: dict[str, Any], body: bytes) -> dict[str, Any]:
    """Return a document's extraction and sections as plain values, or `reason` and `detail` of its failure."""
    from spiders.extract import ExtractionError, Given, extract
    from spiders.source import Select, SplitRule
    from spiders.split import split

    rule = SplitRule(job["split"]) if job["split"] else None
    try:
        extraction = extract(
            body,
            url=job["url"],
            content_type=job["content_type"],
            charset=job["charset"],
            select=Select(**job["select"]),
            split=rule,
            given=Given(**job["given"]),
        )
        sections = split(extraction, rule)
    except ExtractionError as error:
        return {"reason": error.reason, "detail": error.detail}
    except MemoryError:
        return {
            "reason": "too_large",
            "detail": f"needs more than {MEMORY_LIMIT >> 20} MB of memory to be read",
        }
    except RecursionError:
        return {"reason": "too_deep", "detail": "is nested too deeply to be read"}
    except Exception as error:  # noqa: BLE001 - a page that nobody foresaw is one failure, not the run's end
        return {"reason": "extraction_failed", "detail": f"{type(error).__name__}: {error}"[:500]}
    return {
        "title": extraction.title,
        "text": extraction.text,
        "published": extraction.published,
        "language": extraction.language,
        "canonical": extraction.canonical,
        "rights": dict(extraction.rights),
        "sections": [
            [section.title, section.start, section.end, section.pages, section.confidence]
            for section in sections
        ],
    }


def send(stream: IO[bytes], block: bytes) -> None:
    """Write a block and its length."""
    stream.write(len(block).to_bytes(8, "big") + block)
    stream.flush()


def receive(stream: IO[bytes], limit: int = 1 << 30) -> bytes | None:
    """Return the next block, or None at the end of the stream, or if a block is longer than `limit` bytes."""
    length = stream.read(8)
    if len(length) < 8 or int.from_bytes(length, "big") > limit:
        return None
    block = stream.read(int.from_bytes(length, "big"))
    return block if len(block) == int.from_bytes(length, "big") else None


def _limit() -> None:
    import resource

    for name, value in (("RLIMIT_AS", MEMORY_LIMIT), ("RLIMIT_CORE", 0)):
        _, hard = resource.getrlimit(getattr(resource, name))
        allowed = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(getattr(resource, name), (allowed, hard))
