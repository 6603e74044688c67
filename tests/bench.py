"""`make bench`: every figure beside its reference, measured in one run on this machine.

Each `bench_*.py` under `tests/` prints a Markdown table of its own; this runs them one after another, so that none
disturbs another. Name some of them to run only these: `python -m tests.bench text warehouse`.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).parents[1]
SHOWN = ("scrapy", "trafilatura", "pypdfium2", "spacy", "scikit-learn", "duckdb", "prefect")


def main() -> int:
    """Run the benches that are named, or all; return 1 if one of them broke."""
    named = sys.argv[1:]
    benches = [
        path for path in sorted(ROOT.glob("tests/*/bench_*.py")) if not named or path.stem[6:] in named
    ]
    versions = ", ".join(f"{name} {version(name)}" for name in SHOWN)
    print(
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC; {machine()}; Python {platform.python_version()}; {versions}\n"
    )
    broken = []
    for path in benches:
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        print(f"## {path.stem[6:]}\n", flush=True)
        if subprocess.run([sys.executable, "-m", module], cwd=ROOT, check=False).returncode:
            broken.append(path.stem)
        print(flush=True)
    if broken or not benches:
        print(f"broken: {', '.join(broken) or 'no such bench'}", file=sys.stderr)
    return 1 if broken or not benches else 0


def machine() -> str:
    """Return the processor, how many cores this process may use, and the memory."""
    model = "unknown processor"
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            model = line.split(":", 1)[1].strip()
            break
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{model}, {len(os.sched_getaffinity(0))} cores, {memory:.0f} GB"


if __name__ == "__main__":
    sys.exit(main())
