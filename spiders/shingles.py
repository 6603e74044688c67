"""A text as a set of five-word shingles, and the few numbers by which its likes are found."""

import re
import zlib
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

WIDTH = 5
PERMUTATIONS = 128
BANDS = 32
_ROWS = PERMUTATIONS // BANDS
_SAMPLE = 12
_MOST_SAMPLES = 200
_WORD = re.compile(r"[^\W_]+")

Hashes = NDArray[np.uint32]
_Wide = NDArray[np.uint64]


def _mixed(values: _Wide) -> _Wide:
    """Spread 64-bit values evenly (the finaliser of splitmix64)."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


_SEEDS = _mixed(np.arange(1, 2 * PERMUTATIONS + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15))
_FACTORS = (_SEEDS[:PERMUTATIONS] | np.uint64(1))[:, None]
_TERMS = _SEEDS[PERMUTATIONS:][:, None]
_POWERS = np.array(
    [pow(0x100000001B3, WIDTH - 1 - place, 1 << 64) for place in range(WIDTH)], dtype=np.uint64
)
_BAND_POWERS = np.array([pow(0x9E3779B97F4A7C15, place, 1 << 64) for place in range(_ROWS)], dtype=np.uint64)
_BAND_SALTS = np.arange(BANDS, dtype=np.uint64) * np.uint64(0xD6E8FEB86659FD93)


@dataclass(frozen=True, slots=True)
class Print:
    """A text's shingles, sorted and each once, and the keys under which an index files it."""

    shingles: Hashes
    keys: list[int]
    """Signed 64-bit: 32 bands of a MinHash signature, and a twelfth of the shingles, by which excerpts are found."""


def print_of(text: str) -> Print:
    """Return a text's print. Case, punctuation and spacing make no difference.

    A text shorter than a shingle has one shingle of all its words; one without words has none.
    """
    words = _WORD.findall(text.casefold())
    if not words:
        return Print(np.empty(0, np.uint32), [])
    hashes = np.fromiter(map(_word_hash, words), np.uint64, len(words))
    hashes = _mixed(hashes)
    if len(hashes) < WIDTH:
        hashes = np.pad(hashes, (0, WIDTH - len(hashes)))
    windows = np.lib.stride_tricks.sliding_window_view(hashes, WIDTH)
    shingles = np.unique(
        (_mixed((windows * _POWERS).sum(axis=1, dtype=np.uint64)) >> np.uint64(32)).astype(np.uint32)
    )
    return Print(shingles, keys_of(shingles))


@lru_cache(maxsize=1 << 16)
def _word_hash(word: str) -> int:
    return zlib.crc32(word.encode("utf-8", "replace"))


def likeness(one: Hashes, other: Hashes) -> tuple[float, float]:
    """Return Jaccard similarity, and the share of the smaller set that lies in the larger."""
    if not len(one) or not len(other):
        return 0.0, 0.0
    shared = len(np.intersect1d(one, other, assume_unique=True))
    return shared / (len(one) + len(other) - shared), shared / min(len(one), len(other))


def keys_of(shingles: Hashes) -> list[int]:
    """Return the keys under which a set of shingles is filed."""
    if not len(shingles):
        return []
    spread = _mixed(shingles.astype(np.uint64) + np.uint64(1))
    signature = _least(spread)
    bands = _mixed(
        (signature.reshape(BANDS, _ROWS) * _BAND_POWERS).sum(axis=1, dtype=np.uint64) + _BAND_SALTS
    )
    sampled = np.sort(spread[spread % np.uint64(_SAMPLE) == 0])[:_MOST_SAMPLES]
    keys: list[int] = np.concatenate([bands, sampled]).view(np.int64).tolist()
    return keys


def _least(spread: _Wide) -> Any:
    """Return the MinHash signature, shape (128,), by parts so that a long text needs little memory."""
    least = np.full(PERMUTATIONS, np.iinfo(np.uint64).max, dtype=np.uint64)
    for start in range(0, len(spread), 4096):
        part = (spread[start : start + 4096][None, :] * _FACTORS + _TERMS) >> np.uint64(20)
        np.minimum(least, part.min(axis=1), out=least)
    return least
