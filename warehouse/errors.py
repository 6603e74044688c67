"""The one error of this package: a line that says where, what was found and what would be right."""

from __future__ import annotations


class WarehouseError(Exception):
    """Storing, publishing, reading or exporting failed for a reason that a person can mend."""


def one_line(error: BaseException | str) -> str:
    """Return a message's first paragraph as a single line, without DuckDB's echo of the statement."""
    lines = []
    for line in str(error).splitlines():
        if line.startswith(("LINE ", "Flags:")):
            break
        lines.append(line.strip())
    return " ".join(line for line in lines if line) or type(error).__name__
