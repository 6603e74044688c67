"""The demo: sample sites served on this machine, the whole pipeline over them, and what was found."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from dataclasses import replace
from pathlib import Path

from pipelines import daily
from pipelines.choosing import choose_sources
from pipelines.home import DEFAULT_HOME, DEMO, Home, find_home
from pipelines.runs import all_runs

CONTACT = "https://partnerships.invalid/demo"


def run_demo() -> int:
    """Run the demo; return the exit status."""
    from pipelines.demo.report import show
    from pipelines.demo.serve import demo_sites, has_moved, write_sources
    from warehouse import connect

    home = demo_home(find_home())
    print("Harvesting 3 sample sites on this machine", flush=True)
    with demo_sites(sources=home.sources) as sites:
        if has_moved(sites, home.sources):
            _empty(home)
        write_sources(sites, home.sources)
        chosen = choose_sources(home, folder=home.sources)
        done = daily.run_here(
            home, chosen, allow_shrink=True, tell=lambda line: print(f"  {line}", flush=True)
        )
    print(f"Published snapshot {done.snapshot.id}  ({home.published / 'current.duckdb'})\n")
    with connect(home.path) as connection:
        show(connection, command=command_for(home))
    return 0 if all(result.ok for result in done.harvested) else 1


def demo_home(home: Home) -> Home:
    """Return where the demo writes: a home of its own, so that samples never mix with what was harvested in earnest.

    A home that was named is taken as it is while it holds nothing but the demo; else the demo goes into its folder
    `demo`.
    """
    named = bool(os.environ.get("PARTNERSHIPS_HOME"))
    only_demo = (not home.warehouse.exists() and not any(all_runs(home))) or (home.path / ".demo").exists()
    path = home.path if named and only_demo else home.path / DEMO
    path.mkdir(parents=True, exist_ok=True)
    (path / ".demo").touch()
    return Home(path, replace(home.settings, contact=CONTACT))


def command_for(home: Home) -> str:
    """Return how the next command begins, so that it can be pasted: `partnerships`, with the home if it is needed."""
    program = (
        "partnerships"
        if shutil.which("partnerships")
        else str(Path(sys.executable).with_name("partnerships"))
    )
    if Path(program).is_absolute() and Path(program).is_relative_to(Path.cwd()):
        program = str(Path(program).relative_to(Path.cwd()))
    if home.path == DEFAULT_HOME / DEMO:
        return program
    return f"{program} --home {shlex.quote(str(home.path))}"


def _empty(home: Home) -> None:
    """Remove an earlier demo: its addresses are another program's now, so what it holds would only be held twice."""
    for folder in ("harvest", "runs", "bodies", "published"):
        shutil.rmtree(home.path / folder, ignore_errors=True)
    home.warehouse.unlink(missing_ok=True)
