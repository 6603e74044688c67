"""Extraction beside the crawl: a few worker processes, each replaced when it hangs, dies or grows old."""

import contextlib
import json
import os
import subprocess
import sys
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

from spiders.worker import receive, send

TIME_LIMIT = 60.0  # seconds a document
START_LIMIT = 60.0  # seconds more for a new process, which must import first
LIFE = 400  # documents a process, so that what leaks is given back
REPLY_LIMIT = 256 << 20  # bytes


class Workers:
    """A pool of extraction processes."""

    def __init__(self, count: int = 2, *, time_limit: float = TIME_LIMIT) -> None:
        self.time_limit = time_limit
        self._threads = ThreadPoolExecutor(count, thread_name_prefix="extraction")
        self._local = threading.local()
        self._children: set[subprocess.Popen[bytes]] = set()
        self._closed = False

    def submit(self, job: dict[str, Any], body: bytes) -> Future[dict[str, Any]]:
        """Return a future of the worker's answer; a worker that hangs or dies answers with a reason, too."""
        return self._threads.submit(self._run, job, body)

    def close(self) -> None:
        """End all processes; what was not answered is not."""
        self._closed = True
        for child in list(self._children):
            child.kill()
        self._threads.shutdown(wait=True, cancel_futures=True)
        for child in list(self._children):
            _end(child)
        self._children.clear()

    def _run(self, job: dict[str, Any], body: bytes) -> dict[str, Any]:
        child: subprocess.Popen[bytes] | None = getattr(self._local, "child", None)
        limit = self.time_limit
        if child is None or child.poll() is not None:
            child, limit = self._start(), limit + START_LIMIT
        late = threading.Event()
        timer = threading.Timer(limit, _kill, (child, late))
        timer.daemon = True
        timer.start()
        reply = None
        with contextlib.suppress(OSError, ValueError):  # it died: below
            reply = _ask(child, job, body)
        timer.cancel()
        self._local.jobs += 1
        if reply is None or self._local.jobs >= LIFE:
            self._children.discard(child)
            self._local.child = None
            _end(child)
        if reply is not None:
            return reply
        if late.is_set():
            return {
                "reason": "extraction_timeout",
                "detail": f"took longer than {self.time_limit:g} s to read",
            }
        return {
            "reason": "extraction_crashed",
            "detail": f"the reading process ended with {child.returncode}",
        }

    def _start(self) -> subprocess.Popen[bytes]:
        child = subprocess.Popen(
            [sys.executable, "-P", "-c", "from spiders.worker import main; main()"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment(),
        )
        self._children.add(child)
        if self._closed:
            child.kill()
        self._local.child, self._local.jobs = child, 0
        return child


def environment() -> dict[str, str]:
    """Return the environment in which a child finds this package, wherever it was started."""
    paths = [str(Path(__file__).resolve().parents[1]), os.environ.get("PYTHONPATH", "")]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in paths if path)}


def _ask(child: subprocess.Popen[bytes], job: dict[str, Any], body: bytes) -> dict[str, Any] | None:
    if child.stdin is None or child.stdout is None:  # never: both are pipes
        return None
    send(child.stdin, json.dumps(job).encode())
    send(child.stdin, body)
    block = receive(child.stdout, REPLY_LIMIT)
    reply = json.loads(block) if block is not None else None
    return reply if isinstance(reply, dict) else None


def _kill(child: subprocess.Popen[bytes], late: threading.Event) -> None:
    late.set()
    child.kill()


def _end(child: subprocess.Popen[bytes]) -> None:
    child.kill()
    for stream in (child.stdin, child.stdout):
        if stream is not None:
            with contextlib.suppress(OSError):
                stream.close()
    child.wait()
