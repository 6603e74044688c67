"""How the corpus of a snapshot came about: the methods section of a paper, and a flow diagram in the manner of PRISMA.

Every figure is counted in the snapshot itself, so that anyone who has it can count again.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from warehouse.connection import opened, published_folder, snapshot_path
from warehouse.errors import WarehouseError, one_line
from warehouse.exporting import write_whole

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

BOX_WIDTH, SIDE_WIDTH, LINE, GAP, MARGIN = 330, 330, 18, 28, 12


@dataclass(frozen=True)
class Step:
    """A step of the flow: what came so far, and what was left out on the way to the next, each as words and a count."""

    reached: tuple[tuple[str, int], ...]
    left_out: tuple[tuple[str, int], ...]


def write_methods(
    path: str | Path, *, home: str | Path | None = None, snapshot: str | None = None
) -> tuple[Path, Path]:
    """Write the statement as Markdown to `path`, and the diagram beside it as SVG; return both paths.

    Raises WarehouseError if there is no such snapshot, or if a file cannot be written.
    """
    statement = Path(path)
    diagram = statement.with_suffix(".svg")
    if diagram == statement:
        raise WarehouseError(
            f"{statement}: the statement is Markdown, the diagram SVG; a name in .md would be right"
        )
    with opened(snapshot_path(published_folder(home), snapshot)) as connection:
        steps = flow(connection)
        text = markdown(connection, steps, diagram.name)
    try:
        write_whole(diagram, lambda part: part.write_text(svg(steps), encoding="utf-8"))
        write_whole(statement, lambda part: part.write_text(text, encoding="utf-8"))
    except OSError as error:
        raise WarehouseError(f"{statement}: cannot be written: {one_line(error)}") from error
    return statement, diagram


def flow(connection: DuckDBPyConnection) -> list[Step]:
    """Return the steps from addresses to the case studies that count; a step's left-outs may be empty."""
    outcomes = _pairs(
        connection, "SELECT outcome, count(DISTINCT url) FROM main.fetches GROUP BY outcome ORDER BY ALL"
    )
    found = _number(connection, "SELECT count(DISTINCT url) FROM main.fetches")
    failures = _pairs(
        connection,
        "SELECT reason, count(DISTINCT coalesce(url, source)) FROM main.failures GROUP BY reason ORDER BY ALL",
    )
    documents = _number(connection, "SELECT count(*) FROM main.documents")
    gone = _number(connection, "SELECT count(*) FROM main.documents WHERE gone_at IS NOT NULL")
    empty = _number(
        connection, "SELECT count(*) FROM main.documents WHERE gone_at IS NULL AND case_study_count = 0"
    )
    held = _number(connection, "SELECT count(*) FROM main.case_studies")
    duplicates = _number(connection, "SELECT count(*) FROM main.case_studies WHERE duplicate_of IS NOT NULL")
    own = "FROM main.case_studies WHERE duplicate_of IS NULL AND"
    other = _number(connection, f"SELECT count(*) {own} NOT is_case_study")
    open_ones = _number(connection, f"SELECT count(*) {own} is_case_study IS NULL")
    counted = _number(connection, f"SELECT count(*) {own} is_case_study")
    species = _number(connection, f"SELECT count(*) {own} is_case_study AND len(species) > 0")
    stage = _number(connection, f"SELECT count(*) {own} is_case_study AND stage IS NOT NULL")
    sources = _number(connection, "SELECT count(*) FROM main.sources")
    refused = [
        (f"request {name.replace('_', ' ')}", n) for name, n in outcomes if name in ("blocked", "error")
    ]
    return [
        Step(
            (("sources", sources), ("addresses met", found)),
            (*refused, *((f"failed: {r}", n) for r, n in failures)),
        ),
        Step((("documents with text", documents),), (("gone since", gone), ("without a case study", empty))),
        Step((("case studies held now", held),), (("repeat another", duplicates),)),
        Step(
            (("case studies screened", held - duplicates),),
            (("no partnership work", other), ("not yet classified", open_ones)),
        ),
        Step(
            (
                ("case studies that count", counted),
                ("of them with a species", species),
                ("of them with a stage", stage),
            ),
            (),
        ),
    ]


def markdown(connection: DuckDBPyConnection, steps: list[Step], diagram: str) -> str:
    """Return the methods statement."""
    execute = connection.execute
    ((citation, checksum),) = execute(
        "SELECT citation, checksum FROM main.snapshots ORDER BY number DESC LIMIT 1"
    ).fetchall()
    ((first, last, requests),) = execute(
        "SELECT min(f.at), max(f.at), count(*) FROM main.fetches AS f"
    ).fetchall()
    outcomes = _pairs(
        connection, "SELECT outcome, count(*) FROM main.fetches GROUP BY outcome ORDER BY 2 DESC, 1"
    )
    sources = execute(
        "SELECT title, kind, licence, basis, checked_on, document_count, case_study_count, start_urls[1]"
        " FROM main.sources ORDER BY source"
    ).fetchall()
    lines = [
        "# Methods",
        "",
        citation,
        "",
        f"![Flow from addresses to case studies]({diagram})",
        "",
        "## Sources and dates",
        "",
        f"{len(sources)} sources were harvested from {_day(first)} to {_day(last)}, in {requests} requests made or"
        " spared: "
        + ", ".join(f"{name.replace('_', ' ')} {n}" for name, n in outcomes)
        + ". robots.txt and delays between requests were obeyed.",
        "",
        "| source | kind | licence | basis | terms read on | documents | case studies |",
        "|---|---|---|---|---|---|---|",
        *(_source_row(*row) for row in sources),
        "",
        "## What was left out, and why",
        "",
        "| step | count | left out on the way to the next |",
        "|---|---|---|",
        *(
            f"| {_listed(s.reached)} | {s.reached[0][1] if len(s.reached) == 1 else ''} | {_listed(s.left_out)} |"
            for s in steps
        ),
        "",
        "## Labels",
        "",
        *_labels(connection),
        "",
        "## To repeat it",
        "",
        f"Checksum of the records: `{checksum}`. `partnerships methods PATH --snapshot ID` counts again.",
    ]
    return "\n".join(lines) + "\n"


def _source_row(title: str, kind: str, licence: str, basis: str, checked: Any, *rest: Any) -> str:
    documents, case_studies, start = rest
    cells = (
        f"[{_cell(title)}]({start})",
        kind,
        _cell(licence),
        _cell(basis),
        _day(checked),
        documents,
        case_studies,
    )
    return f"| {' | '.join(str(cell) for cell in cells)} |"


def svg(steps: list[Step]) -> str:
    """Return the flow diagram: a box for each step, beside it what was left out. Empty left-outs have no box."""
    parts, top = [], MARGIN
    for n, step in enumerate(steps):
        height = LINE * max(len(step.reached), len(step.left_out)) + 2 * MARGIN
        parts += _box(MARGIN, top, BOX_WIDTH, height, step.reached)
        if any(count for _, count in step.left_out):
            middle = top + height / 2
            side = MARGIN + BOX_WIDTH + 2 * GAP
            parts.append(_arrow(MARGIN + BOX_WIDTH, middle, side, middle))
            parts += _box(side, top, SIDE_WIDTH, height, step.left_out)
        if n < len(steps) - 1:
            centre = MARGIN + BOX_WIDTH / 2
            parts.append(_arrow(centre, top + height, centre, top + height + GAP))
        top += height + GAP
    width = 2 * MARGIN + BOX_WIDTH + 2 * GAP + SIDE_WIDTH
    body = "\n".join(parts)
    return f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {top}" width="{width}" height="{top}"
  role="img" font-family="sans-serif" font-size="13">
<title>Flow from addresses to case studies</title>
<rect width="100%" height="100%" fill="white"/>
<defs><marker id="head" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto">
<path d="M0 0 8 4 0 8z"/></marker></defs>
{body}
</svg>
"""


def _box(
    left: float, top: float, width: float, height: float, listed: tuple[tuple[str, int], ...]
) -> list[str]:
    lines = [f'<rect x="{left}" y="{top}" width="{width}" height="{height}" fill="white" stroke="black"/>']
    lines += [
        f'<text x="{left + MARGIN}" y="{top + MARGIN + LINE * (n + 0.75)}">{escape(f"{words}: {count:,}")}</text>'
        for n, (words, count) in enumerate(listed)
    ]
    return lines


def _arrow(x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" stroke="black" marker-end="url(#head)"/>'


def _labels(connection: DuckDBPyConnection) -> list[str]:
    lines = []
    schemes = connection.execute(
        "SELECT s.scheme, s.title, s.code_count FROM main.schemes AS s WHERE s.is_current ORDER BY s.scheme"
    ).fetchall()
    lines += [f"- Scheme `{scheme}`: {title}, {count} codes." for scheme, title, count in schemes]
    models = connection.execute(
        "SELECT m.model, m.corpus_digest, m.seed, m.scores, m.versions, m.trained_at, count(c.id)"
        " FROM main.models AS m JOIN main.case_studies AS c ON c.model = m.model GROUP BY ALL ORDER BY m.model"
    ).fetchall()
    for model, corpus, seed, scores, versions, trained_at, count in models:
        lines.append(f"- Model `{model}` labelled {count} of the case studies held.")
        when = f", on {_day(trained_at)}" if trained_at else ""
        lines.append(f"  Trained on corpus `{(corpus or 'not noted')[:16]}`, seed {seed}{when}.")
        lines.append(f"  Scores: {_flat(scores)}. Versions: {_flat(versions)}.")
    ((persons, people),) = connection.execute(
        "SELECT count(*), count(DISTINCT annotator) FROM main.annotations WHERE NOT is_stale"
    ).fetchall()
    lines.append(f"- Persons: {persons} decisions by {people} annotators stand; they beat the model's.")
    return lines


def _flat(text: str) -> str:
    found = json.loads(text)
    pairs: list[str] = []

    def walk(name: str, value: Any) -> None:
        if isinstance(value, dict):
            for key, inner in value.items():
                walk(f"{name} {key}".strip(), inner)
        elif isinstance(value, int | float | str):
            pairs.append(f"{name} {value:.3g}" if isinstance(value, float) else f"{name} {value}")

    walk("", found)
    return ", ".join(pairs[:24]) or "not noted"


def _pairs(connection: DuckDBPyConnection, sql: str) -> list[tuple[str, int]]:
    return [(str(name), int(count)) for name, count in connection.execute(sql).fetchall()]


def _number(connection: DuckDBPyConnection, sql: str) -> int:
    return int(connection.execute(sql).fetchall()[0][0])


def _listed(listed: tuple[tuple[str, int], ...]) -> str:
    return "; ".join(f"{words} {count}" for words, count in listed) or "–"


def _day(value: Any) -> str:
    return f"{value:%Y-%m-%d}" if value else "not noted"


def _cell(text: str | None) -> str:
    return (text or "not known").replace("|", "\\|").replace("\n", " ")
