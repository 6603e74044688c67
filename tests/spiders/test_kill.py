"""SIGKILL at any moment loses nothing, and repeats at most what was in the air."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from spiders.source import read_source
from tests.spiders.conftest import Harvester
from tests.spiders.website import Reply, Website, article, listing

COUNT = 60
KILLS = 20
CODE = """
import sys
from spiders.harvest import harvest
from spiders.source import read_source
harvest(read_source(sys.argv[1]), home=sys.argv[2], run_id=sys.argv[3], contact='lab@harbour.example', workers=1)
"""


def start(source: Path, home: Path, run_id: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", CODE, str(source), str(home), run_id],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        stderr=subprocess.DEVNULL,
    )


def test_a_harvest_killed_twenty_times_ends_whole(site: Website, harvested: Harvester) -> None:
    site.pages["/all"] = listing([f"/case/{number}" for number in range(COUNT)])
    site.pages |= {
        f"/case/{number}": Reply(article(f"Case {number}", number), validators=False)
        for number in range(COUNT)
    }
    text = f'title="D"\nkind="listing"\nstart=["{site.url("/all")}"]\n[select]\nitem="li a"\n'
    source = harvested.source(text)
    moments = random.Random(7)
    kills = 0
    for number in range(KILLS):
        asked = len(site.asked)
        process = start(Path(source.path), harvested.home, f"20261124T1200{number:02d}Z-0000")
        deadline = time.monotonic() + 60
        wanted = moments.randint(1, 6)
        while len(site.asked) < asked + wanted and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.005)
        time.sleep(moments.random() * 0.1)
        if process.poll() is None:
            kills += 1
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert kills >= KILLS - 3
    deadline = time.monotonic() + 30
    run = harvested(source)
    while "another process" in str(run.result.message) and time.monotonic() < deadline:
        time.sleep(0.2)
        run = harvested(source)
    assert run.result.ok, run.result.message
    assert run.titles() == sorted(f"Case {number}" for number in range(COUNT))
    assert len({line["fetch_id"] for line in run.lines("fetches")}) == len(run.lines("fetches"))
    hits = Counter(path for path in site.paths() if path.startswith("/case/"))
    assert set(hits) == {f"/case/{number}" for number in range(COUNT)}
    # One request at a time is in the air, while the body of the one before is being written.
    assert sum(hits.values()) - COUNT <= 2 * kills
    for body in (harvested.home / "bodies").rglob("*"):
        assert body.is_dir() or body.suffix == ".zst" or body.name.startswith(".")


def test_a_harvest_whose_time_is_over_keeps_what_it_has_and_the_next_goes_on(
    site: Website, harvested: Harvester
) -> None:
    site.pages["/all"] = listing([f"/case/{number}" for number in range(20)])
    site.pages |= {f"/case/{number}": article(f"Case {number}", number) for number in range(20)}
    text = f'title="D"\nkind="listing"\nstart=["{site.url("/all")}"]\ndelay=1.0\n[select]\nitem="li a"\n'
    source = harvested.source(text)
    first = harvested(source, time_limit=9)
    assert not first.result.ok
    assert 0 < first.result.document_count < 20
    assert len(first.lines("documents")) == first.result.document_count
    Path(source.path).write_text(text.replace("delay=1.0", "delay=0"))
    second = harvested(read_source(source.path))
    assert second.result.ok, second.result.message
    assert second.result.document_count == 20
    hits = Counter(site.paths())
    assert sum(hits[f"/case/{number}"] for number in range(20)) <= 21
    folder = json.loads((second.folder / "result.json").read_text())
    assert folder["document_count"] == 20
