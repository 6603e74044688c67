"""Scheduled flows: a Prefect server with its page, and the flow `daily` served on a cron schedule."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipelines.daily import be_quiet
from pipelines.home import Home, HomeError

DAILY = "0 3 * * *"
HEALTHY_WITHIN = 180.0  # seconds; a cold server took 34 on two shared cores


def serve(home: Home, *, cron: str = DAILY, host: str = "127.0.0.1", port: int | None = None) -> None:
    """Serve the flow `daily` on a schedule until stopped. The address of the server's page is the first line printed.

    Uses the server that `PREFECT_API_URL` names, else starts one of its own, kept under `<home>/prefect`.
    Raises HomeError if the schedule is no cron expression, or the server does not come up.
    """
    check_cron(cron)
    with server(home.path / "prefect", host=host, port=port) as address:
        print(address, flush=True)
        print(f"flow 'daily' on {cron!r} (UTC), home {home.path}; stop with Ctrl-C", flush=True)
        from prefect.types.entrypoint import EntrypointType

        from pipelines.flows import daily

        daily.serve(
            name="daily",
            cron=cron,
            parameters={"home": str(home.path.resolve())},
            print_starting_message=False,
            entrypoint_type=EntrypointType.MODULE_PATH,
        )


def check_cron(cron: str) -> None:
    """Raise HomeError if this is no cron expression."""
    be_quiet()
    from prefect.client.schemas.schedules import CronSchedule

    try:
        CronSchedule(cron=cron)
    except ValueError:
        raise HomeError(
            f"--cron {cron!r} is no cron expression; '0 3 * * *' is daily at three, UTC"
        ) from None


@contextmanager
def server(folder: Path, *, host: str, port: int | None) -> Iterator[str]:
    """Have a Prefect server for the block, and `PREFECT_API_URL` name it. Yields the address of its page.

    A server that is named already is used and left alone.
    """
    named = os.environ.get("PREFECT_API_URL")
    if named:
        yield named.removesuffix("/api")
        return
    folder.mkdir(parents=True, exist_ok=True)
    port = port or _free_port(host)
    os.environ.update({"PREFECT_HOME": str(folder.resolve()), "PREFECT_API_URL": f"http://{host}:{port}/api"})
    command = [sys.executable, "-m", "prefect", "server", "start", "--host", host, "--port", str(port)]
    with (folder / "server.log").open("ab") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
    previous = signal.signal(signal.SIGTERM, _as_interrupt)
    try:
        _wait_until_healthy(process, f"http://{host}:{port}/api/health", folder / "server.log")
        yield f"http://{host}:{port}"
    finally:
        signal.signal(signal.SIGTERM, previous)
        del os.environ["PREFECT_API_URL"]
        _stop(process)


def _as_interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


def _free_port(host: str) -> int:
    """Return Prefect's usual port, or any free one if that is taken."""
    for port in (4200, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise HomeError(f"--host {host!r}: cannot be listened on; 127.0.0.1 is this machine alone")


def _wait_until_healthy(process: subprocess.Popen[bytes], health: str, log: Path) -> None:
    deadline = time.monotonic() + HEALTHY_WITHIN
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise HomeError(
                f"{log}: the Prefect server ended with status {process.returncode}; its last lines say why"
            )
        try:
            with urllib.request.urlopen(health, timeout=2):  # noqa: S310 - our own loopback server
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.25)
    raise HomeError(f"{log}: the Prefect server was not healthy within {HEALTHY_WITHIN:.0f} seconds")


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(timeout=20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
