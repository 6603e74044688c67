"""What does a demo end with? What was found by source, species and stage; one case study; what to try next.

Everything is read from a published snapshot through its views. Words that came from the web are shown as plain
characters: no markup and no control character of theirs reaches the terminal.
"""

import unicodedata
from collections import Counter
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection
    from rich.console import Console
    from rich.table import Table

WIDTH = 80  # columns, where the output is no terminal
_LONGEST_QUOTE = 150  # characters
_MOST_FAILURES = 5  # told one by one
_NO_SPECIES = "none of these"
_NOT_STATED = "not stated"


def show(connection: "DuckDBPyConnection", *, command: str, console: "Console | None" = None) -> None:
    """Print the summary of the snapshot; `command` is how the next commands begin, such as `partnerships`.

    On a terminal it is laid out for its width; elsewhere plain text of 80 columns.
    """
    from rich.console import Console

    console = console or Console(highlight=False, markup=False, emoji=False)
    if not console.is_terminal:
        console.width = WIDTH
    with console.capture() as captured:
        _show_sources(connection, console)
        _show_map(connection, console)
        example = _example(connection)
        if example:
            _show_example(example, console)
        _show_next(example, command, console)
    # Tables are filled up with blanks, which a reader who copies the output does not want.
    console.file.write("".join(f"{line.rstrip()}\n" for line in captured.get().splitlines()))


# By source


def _show_sources(connection: "DuckDBPyConnection", console: "Console") -> None:
    from rich.text import Text

    table = _table(gap=2)
    table.add_column("source", overflow="fold")
    for heading in ("documents", "case studies", "partnership work", "failures"):
        table.add_column(heading, justify="right", max_width=12)
    failures = _rows(connection, _STANDING_FAILURES)
    failed = Counter(source for source, _, _ in failures)
    for source, *counts in _rows(connection, _BY_SOURCE):
        table.add_row(Text(_plain(source)), *(Text(f"{count:,}") for count in (*counts, failed[source])))
    console.print(table)
    for source, url, detail in failures[:_MOST_FAILURES]:
        _wrapped(console, f"{source}: {detail} ({url})")
    held, work, named, repeated = _rows(connection, _TOTALS)[0]
    line = f"{_many(held, 'case study', 'case studies')}: {work:,} of partnership work, "
    line += f"{named:,} of these with a partnership teacher"
    if repeated:
        line += f"; {repeated:,} {'repeats another' if repeated == 1 else 'repeat others'}, left out below"
    console.print(f"{line}.")
    console.print()


_BY_SOURCE = """
SELECT s.source, s.document_count, s.case_study_count,
       (SELECT count(*) FROM case_studies AS c WHERE c.source = s.source AND c.is_case_study) AS work
FROM sources AS s ORDER BY s.source"""

# A failure stands until a later request of its URL ends well: a run that spares the request does not mend the page.
_STANDING_FAILURES = """
SELECT f.source, f.url, coalesce(f.detail, f.reason) FROM failures AS f
WHERE NOT EXISTS (SELECT 1 FROM fetches AS g WHERE g.source = f.source AND g.url = f.url AND g.at > f.at
                  AND g.outcome NOT IN ('error', 'blocked', 'skipped'))
QUALIFY row_number() OVER (PARTITION BY f.source, f.url ORDER BY f.at DESC, f.failure_id) = 1
ORDER BY f.source, f.url"""

_TOTALS = """
SELECT count(*), count(*) FILTER (is_case_study), count(*) FILTER (is_case_study AND len(species) > 0),
       count(duplicate_of) FROM case_studies"""


# By species and stage


def _show_map(connection: "DuckDBPyConnection", console: "Console") -> None:
    from rich.text import Text

    cells = _rows(connection, _CELLS)
    if not cells:
        return
    stages = list(dict.fromkeys(stage for _, stage, _ in cells))
    table = _table(gap=1)
    table.add_column("species", no_wrap=True)
    for stage in stages:
        heading = _said(stage) if stage else _NOT_STATED
        table.add_column(
            Text(heading, overflow="fold"), justify="right", width=min(12, max(map(len, heading.split())))
        )
    table.add_column("all", justify="right")
    for species, row in groupby(cells, key=itemgetter(0)):
        counts = [count for _, _, count in row]
        name = Text(_said(species)) if species else Text(_NO_SPECIES, style="dim")
        table.add_row(name, *(Text(str(count or "·")) for count in (*counts, sum(counts))))
    console.print(table)
    console.print()


_CELLS = """
WITH stage AS (SELECT stage, min(stage_position) AS position FROM species_by_stage GROUP BY stage)
SELECT species, stage, case_study_count FROM (
    SELECT species, stage, case_study_count, species_position, species AS name, stage_position FROM species_by_stage
    UNION ALL
    SELECT NULL, g.stage, count(c.id), 9999, '~', g.position
    FROM stage AS g LEFT JOIN case_studies AS c
      ON c.stage IS NOT DISTINCT FROM g.stage AND c.is_case_study AND c.duplicate_of IS NULL AND len(c.species) = 0
    GROUP BY g.stage, g.position)
ORDER BY species_position, name, stage_position, stage"""


# One of them


@dataclass(frozen=True)
class _Example:
    case_study_id: str
    title: str
    source: str
    pages: str
    stage: str | None
    labels: list[tuple[str, float, str]]
    dimensions: list[tuple[str, int, str]]


def _example(connection: "DuckDBPyConnection") -> _Example | None:
    """Return the case study that shows most: several species and rubric dimensions with quotes, and a stage."""
    found = _rows(connection, _BEST)
    if not found:
        return None
    case_study_id, title, source, stage, first, last = found[0]
    pages = "" if first is None else f", page {first}" if first == last else f", pages {first}–{last}"
    return _Example(
        case_study_id,
        title,
        source,
        pages,
        stage,
        connection.execute(_LABELS, [case_study_id]).fetchall(),
        connection.execute(_DIMENSIONS, [case_study_id]).fetchall() if stage else [],
    )


_BEST = """
WITH quoted AS (
    SELECT l.case_study_id, least(count(DISTINCT l.label), count(DISTINCT e.quote)) AS labels,
           avg(l.probability) AS sureness
    FROM labels AS l JOIN evidence AS e USING (case_study_id, scheme, label)
    WHERE starts_with(l.scheme, 'species@') AND e.position = 0 AND length(e.quote) < 200 GROUP BY l.case_study_id
), scored AS (
    SELECT d.case_study_id, count(DISTINCT d.quote) AS dimensions
    FROM dimensions AS d JOIN case_studies AS c ON c.id = d.case_study_id
    JOIN codes AS k ON k.scheme = d.scheme AND k.code = c.stage AND k.position + 1 = d.level
    WHERE length(d.quote) < 200 GROUP BY d.case_study_id
)
SELECT c.id, c.title, c.source, c.stage, c.first_page, c.last_page
FROM case_studies AS c JOIN quoted AS q ON q.case_study_id = c.id LEFT JOIN scored AS d ON d.case_study_id = c.id
WHERE c.is_case_study AND c.duplicate_of IS NULL
ORDER BY (c.stage IS NOT NULL)::INT + least(q.labels, 2) + least(coalesce(d.dimensions, 0), 2) DESC,
         q.sureness DESC, c.id
LIMIT 1"""

_LABELS = """
SELECT l.label, l.probability, e.quote
FROM labels AS l JOIN evidence AS e USING (case_study_id, scheme, label)
WHERE l.case_study_id = ? AND starts_with(l.scheme, 'species@')
QUALIFY row_number() OVER (PARTITION BY l.label ORDER BY e.position, e.start_char) = 1
ORDER BY l.probability DESC, l.label"""

_DIMENSIONS = """
SELECT d.dimension, d.level, d.quote
FROM dimensions AS d JOIN case_studies AS c ON c.id = d.case_study_id
LEFT JOIN codes AS k ON k.scheme = d.scheme AND k.code = c.stage
WHERE c.id = ? AND d.quote IS NOT NULL
QUALIFY row_number() OVER (PARTITION BY d.dimension ORDER BY d.start_char) = 1
    AND row_number() OVER (PARTITION BY d.quote ORDER BY d.dimension) = 1
ORDER BY coalesce(d.level = k.position + 1, false) DESC, length(d.quote) < 200 DESC, d.dimension LIMIT 2"""


def _show_example(example: _Example, console: "Console") -> None:
    from rich.table import Table
    from rich.text import Text

    console.print(
        Text.assemble(
            "One of them: ",
            (f"“{_plain(example.title)}”", "bold"),
            f" ({_plain(example.source)}{example.pages})",
        )
    )
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column()
    grid.add_column()
    grid.add_column(no_wrap=True, justify="right")
    grid.add_column(overflow="fold")
    for label, probability, quote in example.labels:
        grid.add_row("", Text(_said(label), style="bold"), Text(f"{probability:.2f}"), Text(_quoted(quote)))
    if example.stage:
        grid.add_row("", Text("stage", style="bold"), "", Text(_said(example.stage)))
        for dimension, level, quote in example.dimensions:
            grid.add_row("", Text(f"  {_said(dimension)}"), Text(str(level)), Text(_quoted(quote)))
    console.print(grid)
    console.print()


# Next


def _show_next(example: _Example | None, command: str, console: "Console") -> None:
    """Print three commands, each whole on a line of its own, so that it can be pasted, and what it is for."""
    lines = [
        (
            "what teachers do for other schools, a quotation each",
            'query "select title, nugget from nuggets limit 5"',
        )
    ]
    if example:
        lines.append(
            ("why that case study has these labels, and no others", f"explain {example.case_study_id}")
        )
    lines.append(("take the tagged corpus away", "export csv case-studies.csv"))
    console.print("Next:")
    for what, words in lines:
        console.print(f"  {command} {words}", soft_wrap=True)
        console.print(f"      {what}", style="dim")


# Words


def _rows(connection: "DuckDBPyConnection", sql: str) -> list[tuple[Any, ...]]:
    return connection.execute(sql).fetchall()


def _table(*, gap: int) -> "Table":
    """Return a table with a rule below its headings and so many blanks between columns."""
    from rich import box
    from rich.table import Table

    return Table(
        box=box.SIMPLE_HEAD,
        padding=(0, gap - 1, 0, 0),
        pad_edge=False,
        show_edge=False,
        header_style="bold",
    )


def _wrapped(console: "Console", line: str) -> None:
    from rich.padding import Padding
    from rich.text import Text

    console.print(Padding(Text(_plain(line), overflow="fold"), (0, 0, 0, 2)))


def _said(code: str) -> str:
    """Return a code as people say it."""
    return _plain(code).replace("_", " ")


def _many(count: int, one: str, several: str) -> str:
    return f"{count:,} {one if count == 1 else several}"


def _quoted(quote: str) -> str:
    """Return the quote between quotation marks, on one line, cut at a word where it is long."""
    words = " ".join(_plain(quote).split())
    if len(words) > _LONGEST_QUOTE:
        words = words[:_LONGEST_QUOTE].rsplit(" ", 1)[0] + " …"
    return f"“{words}”"


def _plain(text: str) -> str:
    """Return the text with a blank for every control, format or private character."""
    return "".join(
        " " if unicodedata.category(character).startswith("C") else character for character in text
    )
