"""Pairs of like texts to groups, each with its earliest member as head."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Edge:
    """Two texts that are alike; or, if `is_excerpt`, the first is contained in the other."""

    number: int
    other: int
    is_excerpt: bool


def heads_of(members: Iterable[int], edges: Iterable[Edge]) -> dict[int, int]:
    """Return each member's head: the lowest number of its group, its own if it is alone.

    Likeness carries over from pair to pair. An excerpt joins the earliest text that holds it, unless that
    text holds two or more that have nothing to do with one another: a digest repeats many, and is no copy of one.
    """
    edges = list(edges)
    groups = _Groups(members)
    for edge in edges:
        if not edge.is_excerpt:
            groups.join(edge.number, edge.other)
    excerpts = {(groups.head(edge.number), groups.head(edge.other)) for edge in edges if edge.is_excerpt}
    excerpts = {(part, whole) for part, whole in excerpts if part != whole}
    parts_of: dict[int, set[int]] = defaultdict(set)
    for part, whole in excerpts:
        parts_of[whole].add(part)
    digests = {whole for whole, parts in parts_of.items() if not _is_one_family(parts, excerpts)}
    wholes_of: dict[int, set[int]] = defaultdict(set)
    for part, whole in excerpts:
        if whole not in digests:
            wholes_of[part].add(whole)
    for part in sorted(wholes_of):
        groups.join(part, min(wholes_of[part]))
    return {member: groups.head(member) for member in groups.parents}


def _is_one_family(parts: set[int], excerpts: set[tuple[int, int]]) -> bool:
    """Return whether the parts hang together by containing one another."""
    family = _Groups(parts)
    for part, whole in excerpts:
        if part in parts and whole in parts:
            family.join(part, whole)
    return len({family.head(part) for part in parts}) == 1


class _Groups:
    """Disjoint sets whose head is always the lowest number."""

    def __init__(self, members: Iterable[int]) -> None:
        self.parents = {member: member for member in members}

    def head(self, member: int) -> int:
        root = member
        while self.parents[root] != root:
            root = self.parents[root]
        while self.parents[member] != root:
            self.parents[member], member = root, self.parents[member]
        return root

    def join(self, one: int, other: int) -> None:
        low, high = sorted((self.head(one), self.head(other)))
        self.parents[high] = low
