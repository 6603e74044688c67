"""Looks at sources before they are run: whether their files are right, and what a new site would need."""

from __future__ import annotations

import sys
from pathlib import Path

from pipelines.choosing import scan
from pipelines.home import Home, HomeError
from pipelines.lines import write_whole
from pipelines.steps import require_contact


def check_sources(home: Home, *, folder: Path | None = None, fetch: bool = False) -> int:
    """Print what is wrong with the source files, a line each; return the exit status.

    `fetch` asks for one page of each active source, too.
    """
    if fetch:
        require_contact(home)
    found, faults = scan(home, folder=folder)
    for line in faults:
        print(line, file=sys.stderr)
    if fetch:
        from spiders.probe import check

        for source in (each for each in found if each.active):
            fault = check(source, contact=home.settings.contact)
            print(f"{source.id}: {fault or 'answers'}", file=sys.stderr if fault else sys.stdout)
            faults += [fault] if fault else []
    print(f"{len(found)} source files are right" + (f", {len(faults)} faults" if faults else ""))
    return 1 if faults else 0


def probe_site(home: Home, url: str, *, output: Path | None = None) -> None:
    """Look at a site, print what it offers with three sample documents, and write a source file that proposes how.

    Raises HomeError if the file is there already.
    """
    require_contact(home)
    from spiders.probe import probe

    proposal = probe(url, contact=home.settings.contact)
    path = output or home.sources / f"{proposal.source_id}.toml"
    if path.exists():
        raise HomeError(f"{path}: is there already; name another file by --output")
    print(proposal.found)
    for sample in proposal.samples:
        print(f"  “{sample.title}” {sample.word_count} words  {sample.url}")
    print(f"\n{proposal.toml.strip()}\n")
    write_whole(path, proposal.toml)
    print(
        f"Wrote {path}. Before you run it: read the site's terms, fill in `licence`, then set `active = true`."
    )
