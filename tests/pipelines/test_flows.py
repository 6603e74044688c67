"""The same steps as Prefect flows, on a real server: the same rows, failures shown, a schedule that fires."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.pipelines import seven_kinds as county

RIGHT = 'title = "Papers"\nkind = "folder"\nstart = ["{folder}"]\n'
BROKEN = 'title = "Empty"\nkind = "folder"\nstart = ["{folder}"]\n[expect]\nmin = 3\n'
ROWS = "select id, source, title, text, is_case_study, stage, species, duplicate_of from case_studies order by id"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Prefect server in a process of its own; the address of its API."""
    folder = tmp_path_factory.mktemp("prefect")
    program = (
        "import sys; from pathlib import Path; from pipelines.serve import server\n"
        "with server(Path(sys.argv[1]), host='127.0.0.1', port=None) as address:\n"
        "    print(address, flush=True); sys.stdin.read()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield process.stdout.readline().strip() + "/api"
        process.stdin.close()


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """Two sources: one that is right, one that holds less than it should."""
    county.make_folder(tmp_path / "papers")
    (tmp_path / "few").mkdir()
    (tmp_path / "few" / "one.html").write_text(county.page("few", 3))
    folder = tmp_path / "sources"
    folder.mkdir()
    (folder / "right.toml").write_text(RIGHT.format(folder=tmp_path / "papers"))
    (folder / "broken.toml").write_text(BROKEN.format(folder=tmp_path / "few"))
    return folder


def partnerships(home: Path, *words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    home.mkdir(exist_ok=True)
    (home / "settings.toml").write_text('contact = "tests@county.example"\n')
    command = [sys.executable, "-m", "pipelines", "--home", str(home), *words]
    clean = {key: value for key, value in os.environ.items() if not key.startswith("PREFECT")}
    return subprocess.run(
        command, capture_output=True, text=True, check=False, env=clean | environ, timeout=240
    )


def rows(home: Path) -> list[dict[str, Any]]:
    done = partnerships(home, "query", ROWS, "--format", "jsonl")
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def ask(api: str, path: str, body: dict[str, Any]) -> list[dict[str, Any]]:
    request = urllib.request.Request(
        api + path, json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=10) as response:
        found: list[dict[str, Any]] = json.loads(response.read())
    return found


def test_a_run_in_prefect_leaves_the_rows_of_a_run_without(
    server: str, sources: Path, tmp_path: Path
) -> None:
    plain = partnerships(tmp_path / "plain", "run", "--sources", str(sources))
    flow = partnerships(tmp_path / "flow", "run", "--sources", str(sources), PREFECT_API_URL=server)
    assert (plain.returncode, flow.returncode) == (1, 1), flow.stderr
    assert plain.stderr == flow.stderr
    assert "broken: " in flow.stderr
    assert rows(tmp_path / "plain") == rows(tmp_path / "flow")
    assert len(rows(tmp_path / "flow")) > 3


def test_a_source_that_fails_fails_its_own_task_and_the_rest_finish(
    server: str, sources: Path, tmp_path: Path
) -> None:
    partnerships(tmp_path / "home", "run", "--sources", str(sources), PREFECT_API_URL=server)
    runs = ask(server, "/flow_runs/filter", {"sort": "START_TIME_DESC", "limit": 20})
    [latest] = [each for each in runs if each["parameters"]["home"] == str(tmp_path / "home")]
    assert latest["state_type"] == "FAILED"
    assert "broken: " in latest["state"]["message"]
    tasks = ask(server, "/task_runs/filter", {"flow_runs": {"id": {"any_": [latest["id"]]}}})
    states = {
        task["name"].split("-")[0] + task["name"].split("-")[1][:6]: task["state_type"] for task in tasks
    }
    assert states.pop("harvestbroken") == "FAILED"
    assert len(states) == 5
    assert set(states.values()) == {"COMPLETED"}
    artifacts = ask(server, "/artifacts/filter", {"artifacts": {"flow_run_id": {"any_": [latest["id"]]}}})
    assert {artifact["key"] for artifact in artifacts} == {"sources", "run"}


def test_a_schedule_fires_and_ends_with_a_snapshot(server: str, sources: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "settings.toml").write_text('contact = "tests@county.example"\n')
    (home / "sources").mkdir()
    (home / "sources" / "right.toml").write_text((sources / "right.toml").read_text())
    command = [sys.executable, "-m", "pipelines", "--home", str(home), "serve", "--cron", "* * * * *"]
    process = subprocess.Popen(
        command, env=os.environ | {"PREFECT_API_URL": server}, stdout=subprocess.PIPE, text=True
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == server.removesuffix("/api")
        deadline = time.monotonic() + 150
        while not (home / "published" / "current.duckdb").exists() and time.monotonic() < deadline:
            assert process.poll() is None
            time.sleep(0.5)  # a cron schedule keeps real time
        process.send_signal(signal.SIGINT)
    assert len(rows(home)) == 4


def test_a_schedule_that_is_none_is_refused(tmp_path: Path) -> None:
    done = partnerships(tmp_path / "home", "serve", "--cron", "every morning")
    assert done.returncode == 1
    assert done.stderr.strip() == (
        "--cron 'every morning' is no cron expression; '0 3 * * *' is daily at three, UTC"
    )
