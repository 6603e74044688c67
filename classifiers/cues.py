"""Where a scheme's cue words stand in a sentence."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from classifiers.errors import SchemeError
from classifiers.scheme import Scheme

_SPLIT = re.compile(r"[\s-]+")
_RANGE = re.compile(r"^(?P<before>[^{}]*)\{(?P<low>\d+)-(?P<high>\d+)\}(?P<after>[^{}]*)$")
_NUMBER = re.compile(r"(\d{1,3}(?:,\d{3})+|\d+)")
_ANY = "_"
_CACHED = 50_000
_WORDS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen twenty"
).split()
_NUMBERS = {word: n for n, word in enumerate(_WORDS)} | {"dozen": 12, "thirty": 30, "forty": 40, "fifty": 50}


def scheme_concepts(species: Scheme, stage: Scheme) -> list[tuple[str, tuple[str, ...]]]:
    """Return each concept's name with its cues: `code.X`, `role.X`, `DIMENSION.LEVEL`."""
    found = [(f"code.{c.code}", c.cues) for c in species.codes]
    found += [(f"role.{r.role}", r.cues) for r in species.roles]
    for dimension in stage.dimensions:
        found += [(f"{dimension.dimension}.{n}", cues) for n, cues in enumerate(dimension.cues, 1)]
    return found


@dataclass(slots=True)
class _Node:
    after: dict[str, _Node] = field(default_factory=dict)
    concepts: list[int] = field(default_factory=list)


class CueMatcher:
    """Finds cues of many concepts in one pass over a sentence's words."""

    def __init__(self, concepts: Sequence[tuple[str, Iterable[str]]]) -> None:
        self.names = tuple(name for name, _ in concepts)
        self._root = _Node()
        self._prefixes: dict[str, list[str]] = {}
        self._ranges: list[tuple[str, str, int, int, str]] = []
        self._exact: set[str] = set()
        self._cache: dict[str, tuple[str, ...]] = {}
        for number, (name, cues) in enumerate(concepts):
            for cue in cues:
                self._add(cue, number, name)

    def find(self, words: Sequence[str]) -> list[tuple[int, int, int]]:
        """Return `(concept, first word, word after the last)` for every cue in the words."""
        elements = [self._elements(word) for word in words]
        found: list[tuple[int, int, int]] = []
        for start, at in enumerate(elements):
            if at:
                self._follow(self._root, elements, start, start, found)
        return found

    def _follow(
        self,
        node: _Node,
        elements: list[tuple[str, ...]],
        start: int,
        at: int,
        found: list[tuple[int, int, int]],
    ) -> None:
        if at >= len(elements):
            return
        for element in (*elements[at], _ANY):
            child = node.after.get(element)
            if child is not None:
                found.extend((concept, start, at + 1) for concept in child.concepts)
                if child.after:
                    self._follow(child, elements, start, at + 1, found)

    def _add(self, cue: str, concept: int, name: str) -> None:
        parts = [p for p in _SPLIT.split(cue.lower().replace("’", "'").strip()) if p]
        if "{" in cue:  # the hyphen of a range is no blank
            parts = [p for p in cue.lower().split() if p]
        parts = [p.removesuffix("'s") for p in parts]
        if not parts or parts[0] == _ANY:
            raise SchemeError(f"{name}: cue {cue!r} begins with no word; begin with one")
        node = self._root
        for part in parts:
            self._element(part, cue, name)
            node = node.after.setdefault(part, _Node())
        node.concepts.append(concept)

    def _element(self, part: str, cue: str, name: str) -> None:
        if "{" in part or "}" in part:
            match = _RANGE.match(part)
            if not match:
                raise SchemeError(f"{name}: cue {cue!r} has no range in {part!r}; like 'year {{1-6}}'")
            entry = (part, match["before"], int(match["low"]), int(match["high"]), match["after"])
            if entry not in self._ranges:
                self._ranges.append(entry)
        elif part.endswith("*") and len(part) > 1:
            stem = part[:-1]
            entries = self._prefixes.setdefault(stem[:2], [])
            if part not in entries:
                entries.append(part)
        elif part != _ANY:
            self._exact.add(part)

    def _elements(self, word: str) -> tuple[str, ...]:
        known = self._cache.get(word)
        if known is None:
            if len(self._cache) > _CACHED:
                self._cache.clear()
            known = self._cache[word] = self._match_word(word)
        return known

    def _match_word(self, word: str) -> tuple[str, ...]:
        found = [word] if word in self._exact else []
        for key in {word[:1], word[:2]}:
            found += [part for part in self._prefixes.get(key, ()) if word.startswith(part[:-1])]
        number = _NUMBERS.get(word)
        if number is not None or any(c.isdecimal() for c in word[:6]):
            found += [
                part for part, before, low, high, after in self._ranges
                if _in_range(word, number, before, low, high, after)
            ]  # fmt: skip
        return tuple(found)


def _in_range(word: str, number: int | None, before: str, low: int, high: int, after: str) -> bool:
    if number is None:
        inner = word[len(before) : len(word) - len(after) if after else None]
        if not word.startswith(before) or not word.endswith(after) or not _NUMBER.fullmatch(inner):
            return False
        digits = inner.replace(",", "")
        return len(digits) <= 7 and low <= int(digits) <= high
    return not before and not after and low <= number <= high
