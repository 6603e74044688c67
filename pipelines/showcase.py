"""The demo: sample sites served on this machine, the whole pipeline over them, and what was found."""

from __future__ import annotations

import os
import shlex
from dataclasses import replace
from pathlib import Path

from pipelines import daily, steps
from pipelines.home import DEMO, Home, find_home
from pipelines.runs import all_runs

CONTACT = "https://partnerships.invalid/demo"


def run_demo() -> int:
    """Run the demo; return the exit status."""
    from pipelines.demo.report import show
    from pipelines.demo.serve import demo_sites, write_sources
    from warehouse import connect

    home = demo_home(find_home())
    print("Harvesting 3 sample sites on this machine", flush=True)
    with demo_sites() as sites:
        write_sources(sites, home.sources)
        chosen = steps.choose_sources(home, folder=home.sources)
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
    program = "partnerships" if os.environ.get("VIRTUAL_ENV") or _on_path() else ".venv/bin/partnerships"
    if os.environ.get("PARTNERSHIPS_HOME") == str(home.path):
        return program
    if home.path == Path("data") / DEMO:
        return program
    return f"{program} --home {shlex.quote(str(home.path))}"


def _on_path() -> bool:
    import shutil

    return shutil.which("partnerships") is not None
