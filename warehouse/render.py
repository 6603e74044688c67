"""How an answer looks: a table for a terminal, CSV for a spreadsheet, JSON lines for a program."""

from __future__ import annotations

import csv
import io
import json
import unicodedata
from datetime import date, datetime
from typing import IO, Any

from warehouse.errors import WarehouseError
from warehouse.querying import Result

FORMATS = ("table", "csv", "jsonl")
LONGEST_CELL = 200
WIDEST = 100_000  # columns, where no terminal sets a width
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def render(result: Result, format: str, stream: IO[str], *, width: int | None = None) -> None:  # noqa: A002
    """Write the answer to the stream. `width` is the terminal's for a table; by default rich finds it out.

    A table shortens cells to 200 characters; CSV and JSON lines give them whole.
    """
    if format == "table":
        _table(result, stream, width)
    elif format == "csv":
        rows = csv.writer(stream, lineterminator="\n")
        rows.writerow(result.columns)
        rows.writerows([spreadsheet_safe(_plain(value)) for value in row] for row in result.rows)
    elif format == "jsonl":
        for row in result.rows:
            record = dict(zip(result.columns, row, strict=True))
            stream.write(json.dumps(record, ensure_ascii=False, default=_json) + "\n")
    else:
        raise WarehouseError(
            f"query: format {format!r} is unknown; one of {', '.join(FORMATS)} would be right"
        )


def spreadsheet_safe(value: Any) -> Any:
    """Return the value, with an apostrophe before text that a spreadsheet would run as a formula."""
    if isinstance(value, str) and value.lstrip(" \n").startswith(FORMULA):
        return "'" + value
    return value


def printable(text: str) -> str:
    r"""Return the text with control and direction characters shown as `\x1b`, line ends as spaces."""
    return "".join(
        " " if c in "\n\r\t" else c if unicodedata.category(c) not in ("Cc", "Cf", "Cs") else ascii(c)[1:-1]
        for c in text
    )


def _table(result: Result, stream: IO[str], width: int | None) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    numbers = {
        n for n in range(len(result.columns))
        if all(isinstance(r[n], int | float) or r[n] is None for r in result.rows)
    }  # fmt: skip
    for n, column in enumerate(result.columns):
        table.add_column(
            Text(printable(column)), justify="right" if n in numbers else "left", overflow="fold"
        )
    for row in result.rows:
        table.add_row(*(Text(_cell(value)) for value in row))
    if width is None and not stream.isatty():  # a file or a pipe takes lines of any length
        width = WIDEST
    paper = io.StringIO()
    console = Console(file=paper if width == WIDEST else stream, width=width, highlight=False)
    console.print(table)
    stream.writelines(f"{line.rstrip()}\n" for line in paper.getvalue().splitlines() if line.strip())


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.4g}"
    text = printable(str(_plain(value)))
    return text if len(text) <= LONGEST_CELL else text[: LONGEST_CELL - 1] + "…"


def _plain(value: Any) -> Any:
    if isinstance(value, list) and all(isinstance(v, str) for v in value):
        return "; ".join(value)
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False, default=_json)
    if isinstance(value, bool):
        return "true" if value else "false"
    return _json(value) if isinstance(value, date) else value


def _json(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat() + "Z"
    return value.isoformat() if isinstance(value, date) else str(value)
