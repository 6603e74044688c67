"""How far a harvest is, read from its ledger while another process writes it."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

from pipelines.home import Home
from pipelines.progress import shown


def test_away_from_a_terminal_lines_are_said_as_they_are(tmp_path: Path) -> None:
    said: list[str] = []
    with shown(Home(tmp_path), "r", ["a"], said.append) as say:
        say("a: 3 documents")
    assert said == ["a: 3 documents"]


def test_on_a_terminal_a_line_is_said_whole_beside_the_bars(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from pipelines.home import Home; from pipelines.progress import shown\n"
        "with shown(Home(Path(sys.argv[1])), 'r', ['a'], print) as say: say('a: 3 [documents]')"
    )
    ours, theirs = pty.openpty()
    subprocess.run([sys.executable, "-c", program, str(tmp_path)], stdout=theirs, check=True)
    os.close(theirs)
    output = os.read(ours, 4096)
    os.close(ours)
    assert b"a: 3 [documents]" in output
