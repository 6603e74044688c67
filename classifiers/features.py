"""What the estimators see of a text: words, cue concepts, and pairs of concepts, sentence by sentence."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from classifiers.cues import CueMatcher
from classifiers.reading import Sentence, read_sentences

Floats = NDArray[np.float32]
_SENTENCES = 4000  # of one text; what lies beyond is not read
_IN_TITLE = "title:"
_SUFFIX = re.compile(r"(?:ies|ied|ing|ed|es|s|ly|er|ers|ment|ments)$")


@dataclass(frozen=True, slots=True)
class Document:
    """A text as read: its sentences, and the concepts found in each and in the title (sorted, unique)."""

    title: str
    text: str
    sentences: tuple[Sentence, ...]
    concepts: tuple[NDArray[np.int64], ...]
    title_words: tuple[str, ...]
    title_concepts: NDArray[np.int64]
    cut: bool

    @property
    def word_count(self) -> int:
        """Return how many words were read."""
        return sum(len(s.words) for s in self.sentences)


def read_document(title: str, text: str, matcher: CueMatcher) -> Document:
    """Read a text for the estimators; the title serves as context and is never quoted."""
    found = read_sentences(text)
    kept = found[:_SENTENCES]
    heading = tuple(word for s in read_sentences(title[:500]) for word in s.words)
    return Document(
        title, text, kept, tuple(_concepts(matcher, s.words) for s in kept), heading,
        _concepts(matcher, heading), len(found) > len(kept),
    )  # fmt: skip


def _concepts(matcher: CueMatcher, words: Sequence[str]) -> NDArray[np.int64]:
    return np.array(sorted({concept for concept, _, _ in matcher.find(words)}), dtype=np.int64)


@lru_cache(maxsize=50_000)
def normal(word: str) -> str:
    """Return a word as the vocabulary holds it: numbers by their kind, common endings off."""
    if word[0].isdecimal():
        digits = word.rstrip("s").replace(",", "")
        if digits.isdecimal():
            value = int(digits[:9])
            if len(digits) == 4 and 1900 <= value <= 2100:
                return "#year"
            return f"#{value}" if value <= 13 else "#many"
        return "#mixed"
    if len(word) > 4:
        return _SUFFIX.sub("", word) or word
    return word


def grams(words: Sequence[str]) -> list[str]:
    """Return a sentence's words and neighbouring pairs of words."""
    plain = [normal(word) for word in words]
    return plain + [f"{a} {b}" for a, b in pairwise(plain)]


@dataclass(frozen=True)
class Blocks:
    """Scale of each block of features against the others; 0 leaves a block out."""

    words: float = 2.0
    concepts: float = 0.3
    near: float = 0.15
    title: float = 0.15
    document: float = 0.5


class Vocabulary:
    """Words and word pairs that are worth a column, with their weights."""

    def __init__(self, terms: Sequence[str], weights: Floats) -> None:
        self.terms, self.weights = tuple(terms), weights
        self.index = {term: n for n, term in enumerate(self.terms)}

    @classmethod
    def learn(cls, units: Iterable[Iterable[str]], *, single: int = 2, double: int = 3) -> Vocabulary:
        """Keep words in at least `single` units and pairs in at least `double`; weigh by inverse frequency."""
        counts, total = Counter[str](), 0
        for unit in units:
            counts.update(set(unit))
            total += 1
        kept = sorted(term for term, n in counts.items() if n >= (double if " " in term else single))
        weights = np.array([np.log((1 + total) / (1 + counts[t])) + 1 for t in kept], dtype=np.float32)
        return cls(kept, weights)

    def find(self, unit: Iterable[str]) -> tuple[list[int], Floats]:
        """Return the unit's columns and their values, of length one together."""
        index = self.index
        columns = sorted({n for term in unit if (n := index.get(term)) is not None})
        values = self.weights[columns]
        length = float(np.sqrt((values * values).sum()))
        return columns, values / length if length else values


class SentenceSpace:
    """Turns documents into rows, one a sentence."""

    def __init__(self, vocabulary: Vocabulary, concepts: int, blocks: Blocks) -> None:
        self.vocabulary, self.concepts, self.blocks = vocabulary, concepts, blocks
        n, k = len(vocabulary.terms), concepts
        sizes = {
            "words": n, "concepts": k, "near": 2 * k, "title": k, "document": k,
        }  # fmt: skip
        self.offsets: dict[str, int] = {}
        at = 0
        for name, size in sizes.items():
            self.offsets[name] = at
            at += size
        self.width = at

    def name(self, column: int, concepts: Sequence[str]) -> str:
        """Return in words what a column stands for."""
        block = max((b for b in self.offsets if self.offsets[b] <= column), key=lambda b: self.offsets[b])
        at, k = column - self.offsets[block], self.concepts
        if block == "words":
            return f"the words '{self.vocabulary.terms[at]}'"
        where = {
            "concepts": "in the sentence",
            "near": "in the sentence before" if at < k else "in the sentence after",
            "title": "in the title",
            "document": "in the text",
        }
        return f"{concepts[at % k]} {where[block]}"

    def rows(self, documents: Iterable[Document]) -> Any:
        """Return a sparse matrix of shape (sentences, width), documents in order."""
        indices: list[NDArray[np.int64]] = []
        values: list[Floats] = []
        bounds = [0]
        for document in documents:
            for columns, data in self._document(document):
                indices.append(columns)
                values.append(data)
                bounds.append(bounds[-1] + len(columns))
        return sparse.csr_matrix(
            (
                np.concatenate(values) if values else np.zeros(0, np.float32),
                np.concatenate(indices) if indices else np.zeros(0, np.int64),
                np.array(bounds),
            ),
            shape=(len(bounds) - 1, self.width),
        )

    def _document(self, document: Document) -> Iterable[tuple[NDArray[np.int64], Floats]]:
        k, at, scale = self.concepts, self.offsets, self.blocks
        nothing = np.zeros(0, np.int64)
        shared_columns, shared_values = self._context(document)
        for n, (sentence, active) in enumerate(zip(document.sentences, document.concepts, strict=True)):
            before = document.concepts[n - 1] if n else nothing
            after = document.concepts[n + 1] if n + 1 < len(document.concepts) else nothing
            terms, weights = self.vocabulary.find(grams(sentence.words))
            columns = [np.array(terms, dtype=np.int64), active + at["concepts"], before + at["near"]]
            columns += [after + (at["near"] + k), shared_columns]
            own, beside = len(active), len(before) + len(after)
            values = np.empty(len(terms) + own + beside + len(shared_columns), np.float32)
            values[: len(terms)] = weights * scale.words
            values[len(terms) : len(terms) + own] = scale.concepts
            values[len(terms) + own : len(terms) + own + beside] = scale.near
            values[len(terms) + own + beside :] = shared_values
            yield np.concatenate(columns), values

    def _context(self, document: Document) -> tuple[NDArray[np.int64], Floats]:
        at, scale = self.offsets, self.blocks
        counts = np.zeros(self.concepts, np.float32)
        for active in document.concepts:
            counts[active] += 1
        held = np.flatnonzero(counts)
        share = np.log1p(counts[held]) / np.log1p(max(1, len(document.sentences))) * scale.document
        title = document.title_concepts
        return (
            np.concatenate([title + at["title"], held + at["document"]]),
            np.concatenate([np.full(len(title), scale.title, np.float32), share.astype(np.float32)]),
        )


class DocumentSpace:
    """Turns documents into rows, one a document: its words, the title's, and how often each concept stands."""

    def __init__(
        self, vocabulary: Vocabulary, concepts: int, *, words: float = 3.0, counts: float = 0.5
    ) -> None:
        self.vocabulary, self.concepts = vocabulary, concepts
        self.words, self.counts = words, counts
        self.width = len(vocabulary.terms) + 3 * concepts

    @staticmethod
    def terms(document: Document) -> Counter[str]:
        """Return how often each word and pair of words stands in the text, and the title's words marked."""
        found = Counter(term for sentence in document.sentences for term in grams(sentence.words))
        found.update(f"{_IN_TITLE}{normal(word)}" for word in document.title_words)
        return found

    def rows(self, documents: Iterable[Document]) -> Any:
        """Return a sparse matrix of shape (documents, width)."""
        indices: list[NDArray[np.int64]] = []
        values: list[Floats] = []
        for document in documents:
            columns, data = self._row(document)
            indices.append(columns)
            values.append(data)
        bounds = np.cumsum([0, *(len(columns) for columns in indices)])
        nothing = (np.zeros(0, np.float32), np.zeros(0, np.int64))
        both = (np.concatenate(values), np.concatenate(indices)) if values else nothing
        return sparse.csr_matrix((*both, bounds), shape=(len(indices), self.width))

    def _row(self, document: Document) -> tuple[NDArray[np.int64], Floats]:
        index, size, k = self.vocabulary.index, len(self.vocabulary.terms), self.concepts
        found = {
            n: count for term, count in self.terms(document).items() if (n := index.get(term)) is not None
        }
        columns = np.fromiter(found, np.int64, len(found))
        values = (1 + np.log(np.fromiter(found.values(), np.float32, len(found)))) * self.vocabulary.weights[
            columns
        ]
        length = float(np.sqrt((values * values).sum()))
        counts = np.zeros(k, np.float32)
        for active in document.concepts:
            counts[active] += 1
        held = np.flatnonzero(counts)
        share = np.log1p(counts[held]) / np.log1p(max(1, len(document.sentences)))
        title = document.title_concepts
        return (
            np.concatenate([columns, held + size, held + (size + k), title + (size + 2 * k)]),
            np.concatenate(
                [
                    values * (self.words / length if length else 0.0),
                    np.full(len(held), 0.6 * self.counts),
                    share * self.counts,
                    np.full(len(title), 0.6 * self.counts),
                ]
            ).astype(np.float32),
        )
