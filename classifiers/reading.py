"""How a text falls into sentences and words, with the offsets that quotes are taken from."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

# A run without a blank of this length is no word of any language read here: an address, a key, a fault.
_OPAQUE = re.compile(r"\S{61,}")
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2064\u2066-\u206f"
    "\ufe00-\ufe0f\ufeff\ufff9-\uffff\ud800-\udfff\ue000-\uf8ff]"
)
_TERMINAL = frozenset(".!?…")
_CLOSING = frozenset("\"'”’)]»")
_BULLET = re.compile(r"\s*(?:[•*·▪◦‣–—>-]|\(?[0-9a-z]{1,2}[.)])\s")
_WORDLIKE = re.compile(r"[\w£€$%&]")
_CHUNK = re.compile(r"\S+")
_LONGEST = 80  # words in one sentence; what runs on is cut, so that lists without full stops stay readable


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence, heading or list entry: `words` lower-cased, without punctuation; `starts`, `ends` in the text."""

    start: int
    end: int
    words: tuple[str, ...]
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    capital: tuple[bool, ...]
    heading: bool


def visible(text: str) -> str:
    """Return the text with what cannot be read as words blanked out, each character at its old offset."""
    text = _INVISIBLE.sub(" ", text)
    return _OPAQUE.sub(lambda match: " " * len(match.group()), text)


def read_sentences(text: str) -> tuple[Sentence, ...]:
    """Return the text's sentences, in order; a text without words has none."""
    text = visible(text)
    found: list[Sentence] = []
    for start, block in _blocks(text):
        builder = _Builder(start)
        for match in _CHUNK.finditer(block):
            builder.add(_pieces(match.group()), match.start())
        found.extend(builder.close())
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Piece:
    """A token of a chunk between blanks: `word` None if punctuation."""

    word: str | None
    start: int
    end: int
    capital: bool
    lower: bool
    terminal: bool
    closing: bool


_chunks: dict[str, tuple[_Piece, ...]] = {}
_CHUNKS_HELD = 100_000


def _pieces(chunk: str) -> tuple[_Piece, ...]:
    """Return the chunk as spaCy's English tokenizer cuts it; it never looks across a blank."""
    held = _chunks.get(chunk)
    if held is None:
        if len(_chunks) >= _CHUNKS_HELD:  # memory stays flat over any number of texts
            _chunks.clear()
            _tokenizer.cache_clear()
        held = _chunks[chunk] = tuple(_piece(token.text, token.idx) for token in _tokenizer()(chunk))
    return held


def _piece(token: str, at: int) -> _Piece:
    wordlike = _WORDLIKE.search(token) is not None and token not in {"'s", "’s"}
    return _Piece(
        token.lower().replace("’", "'") if wordlike else None, at, at + len(token), token[:1].isupper(),
        token[:1].islower(), token in _TERMINAL, token in _CLOSING,
    )  # fmt: skip


@lru_cache(maxsize=1)
def _tokenizer() -> Any:
    import spacy  # slow to import

    return spacy.blank("en").tokenizer


def _blocks(text: str) -> Iterator[tuple[int, str]]:
    """Yield runs of lines that belong together: a line that runs on is joined to the next."""
    start, end, position = 0, 0, 0
    for line in text.splitlines(keepends=True):
        body = line.strip()
        runs_on = (
            end > start
            and body
            and body[0].islower()
            and text[start:end].rstrip()[-1:] not in _TERMINAL
            and not text[end:position].strip()
            and text[end:position].count("\n") <= 1
            and not _BULLET.match(line)
        )
        if not runs_on or position - start > 4000:
            if text[start:end].strip():
                yield start, text[start:end]
            start = position
        if body or not runs_on:
            end = position + len(line.rstrip("\r\n")) if body else start
        position += len(line)
    if text[start:end].strip():
        yield start, text[start:end]


class _Builder:
    """Gathers a block's tokens into sentences."""

    def __init__(self, offset: int) -> None:
        self.offset = offset
        self.done: list[Sentence] = []
        self._clear()

    def _clear(self) -> None:
        self.words: list[str] = []
        self.starts: list[int] = []
        self.ends: list[int] = []
        self.capital: list[bool] = []
        self.first, self.last = -1, -1
        self.ended = False

    def add(self, pieces: tuple[_Piece, ...], at: int) -> None:
        """Take the tokens of a chunk that stands at `at` in the block."""
        at += self.offset
        for piece in pieces:
            if self.words and (
                (self.ended and not piece.closing and not piece.lower) or len(self.words) >= _LONGEST
            ):
                self._finish()
            if self.first < 0:
                self.first = at + piece.start
            self.last = at + piece.end
            self.ended = piece.terminal or (self.ended and piece.closing)
            if piece.word is not None:
                self.words.append(piece.word)
                self.starts.append(at + piece.start)
                self.ends.append(at + piece.end)
                self.capital.append(piece.capital)

    def _finish(self) -> None:
        if self.words:
            heading = len(self.words) <= 12 and not self.ended
            self.done.append(
                Sentence(
                    self.first, self.last, tuple(self.words), tuple(self.starts), tuple(self.ends),
                    tuple(self.capital), heading,
                )
            )  # fmt: skip
        self._clear()

    def close(self) -> list[Sentence]:
        """Return the block's sentences."""
        self._finish()
        return self.done
