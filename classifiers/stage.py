"""The stage of a partnership from its rubric: the median of the dimensions, rounded down."""

from __future__ import annotations

from collections.abc import Iterable


def median_level(levels: Iterable[int]) -> int | None:
    """Return the median, rounded down; None where nothing was scored."""
    ordered = sorted(levels)
    if not ordered:
        return None
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[middle]
    return (ordered[middle - 1] + ordered[middle]) // 2
