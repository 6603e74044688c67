"""Shows how the sources are coming along: bars on a terminal, nothing elsewhere, where each source's line suffices."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pipelines.home import Home

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

Tell = Callable[[str], None]
EVERY = 0.4  # seconds between two looks at the ledgers


@contextmanager
def shown(home: Home, run_id: str, source_ids: Sequence[str], tell: Tell) -> Iterator[Tell]:
    """Show a bar a source while the block runs. Yields how to say a line, so that it does not break the bars."""
    if not sys.stdout.isatty():
        yield tell
        return
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
    from rich.progress import Progress as Bars

    columns = (TextColumn("  {task.description}"), BarColumn(bar_width=24), MofNCompleteColumn())
    with Bars(*columns, transient=True) as bars:
        tasks = {source_id: bars.add_task(source_id, total=None, visible=False) for source_id in source_ids}
        ended = threading.Event()
        watcher = threading.Thread(target=_watch, args=(home, run_id, bars, tasks, ended), daemon=True)
        watcher.start()
        try:
            yield lambda line: bars.console.print(line, highlight=False, markup=False, soft_wrap=True)
        finally:
            ended.set()
            watcher.join()


def _watch(home: Home, run_id: str, bars: Progress, tasks: dict[str, TaskID], ended: threading.Event) -> None:
    from spiders.harvest import progress

    while not ended.wait(EVERY):
        for source_id, task in tasks.items():
            done, left = progress(source_id, home=home.path, run_id=run_id)
            # What is not at work is not shown: a thousand sources would fill the screen.
            bars.update(task, total=done + left, completed=done, visible=left > 0)
