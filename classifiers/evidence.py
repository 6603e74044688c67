"""The quotation for a label: which words of a sentence to show."""

from __future__ import annotations

from classifiers.features import Document
from classifiers.results import Evidence

LONGEST = 250
_BREAKS = frozenset(",;:–—()")


def quote(document: Document, sentence: int, *, focus: tuple[int, int] | None = None) -> Evidence:
    """Return the sentence, or where it is too long the part of it around `focus`, a range of its words.

    A part begins and ends at a comma or the like where there is one, else at a word. Never longer than 250.
    """
    found = document.sentences[sentence]
    text = document.text
    if found.end - found.start <= LONGEST:
        return _trimmed(text, found.start, found.end)
    first, last = focus or (0, 0)
    start, end = found.starts[first], found.ends[last]
    if end - start > LONGEST:
        return _trimmed(text, start, start + LONGEST)
    spare = LONGEST - (end - start)
    low = max(found.start, start - spare // 2)
    high = min(found.end, low + LONGEST)
    low = max(found.start, high - LONGEST)
    low = next((s for s in _clause_starts(text, low, start)), None) or _word_start(found.starts, low, start)
    high = next((e for e in _clause_ends(text, end, high)), None) or _word_end(found.ends, end, high)
    return _trimmed(text, low, high)


def _clause_starts(text: str, low: int, high: int) -> list[int]:
    return [n + 1 for n in range(low, min(low + 60, high)) if text[n] in _BREAKS]


def _clause_ends(text: str, low: int, high: int) -> list[int]:
    return [n for n in range(high - 1, max(high - 60, low), -1) if text[n] in _BREAKS]


def _word_start(starts: tuple[int, ...], low: int, limit: int) -> int:
    return next((s for s in starts if low <= s <= limit), limit)


def _word_end(ends: tuple[int, ...], limit: int, high: int) -> int:
    return next((e for e in reversed(ends) if limit <= e <= high), limit)


def _trimmed(text: str, start: int, end: int) -> Evidence:
    end = min(end, start + LONGEST)
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return Evidence(text[start:end], start, end)
