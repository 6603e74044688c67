"""Labelled texts: what a corpus line holds, read and checked line by line."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from classifiers.errors import CorpusError
from classifiers.scheme import Scheme

FOLDER = Path(__file__).parent / "corpus"
STAGE_LABEL = "stage"
_KEYS = {
    "id": str, "genre": str, "title": str, "text": str, "species": list,
    "dimensions": dict, "evidence": list, "case_study": bool,
}  # fmt: skip
_OPTIONAL = {"grounding", "source"}


@dataclass(frozen=True)
class Quotation:
    """The exact words that justify a label: a species code, or `stage`."""

    label: str
    quote: str


@dataclass(frozen=True)
class Example:
    """A labelled text. `part` is the stem of its file; `stage` None: the text does not say."""

    part: str
    id: str
    genre: str
    title: str
    text: str
    species: tuple[str, ...]
    stage: str | None
    dimensions: dict[str, int]
    evidence: tuple[Quotation, ...]
    case_study: bool


@dataclass(frozen=True)
class Corpus:
    """Labelled texts in their order, with a digest of all that was read."""

    examples: tuple[Example, ...]
    digest: str


def shipped_parts() -> list[Path]:
    """Return the seed corpus's files in order of name."""
    return sorted(FOLDER.glob("*.jsonl"))


def read_corpus(paths: Iterable[Path], species: Scheme, stage: Scheme) -> Corpus:
    """Read corpus files, each line checked against the schemes.

    Raises CorpusError at the first line that is wrong: file and line, what was found, what would be right.
    """
    digest, examples, seen = hashlib.sha256(), [], dict[str, str]()
    for path in paths:
        try:
            content = path.read_bytes()
        except OSError as error:
            raise CorpusError(f"{path}: cannot be read: {error.strerror}; a JSONL file is needed") from error
        digest.update(path.stem.encode() + b"\0" + hashlib.sha256(content).digest())
        for where, example in _lines(path, content, species, stage):
            if example.id in seen:
                raise CorpusError(
                    f"{where}: id {example.id!r} stands in {seen[example.id]} too; ids must differ"
                )
            seen[example.id] = where
            examples.append(example)
    if not examples:
        raise CorpusError("corpus: no labelled text in the files given; at least one line is needed")
    return Corpus(tuple(examples), digest.hexdigest())


def _lines(path: Path, content: bytes, species: Scheme, stage: Scheme) -> Iterator[tuple[str, Example]]:
    for number, line in enumerate(content.split(b"\n"), 1):
        if not line.strip():
            continue
        where = f"{path.name}:{number}"
        try:
            record = json.loads(line.decode("utf-8"))
        except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
            raise CorpusError(f"{where}: no JSON in UTF-8: {error}; one object a line") from error
        yield where, parse_example(record, where=where, part=path.stem, species=species, stage=stage)


def parse_example(record: Any, *, where: str, part: str, species: Scheme, stage: Scheme) -> Example:
    """Check one record of the corpus format. Raises CorpusError."""
    if not isinstance(record, dict):
        raise CorpusError(f'{where}: {_shown(record)} is no object; {{"id": …, "text": …}} is needed')
    missing, unknown = ({*_KEYS, "stage"} - set(record)), set(record) - {*_KEYS, "stage"} - _OPTIONAL
    if missing or unknown:
        key, state = (min(missing), "is missing") if missing else (min(unknown), "is unknown")
        raise CorpusError(f"{where}: key {key!r} {state}; keys are {', '.join(sorted({*_KEYS, 'stage'}))}")
    for key, kind in _KEYS.items():
        if not isinstance(record[key], kind):
            raise CorpusError(f"{where}: {key} is {_shown(record[key])}; {kind.__name__} is needed")
    labels = record["species"]
    _known(where, "species", labels, species.code_names())
    if record["stage"] is not None:
        _known(where, "stage", [record["stage"]], stage.code_names())
    _check_dimensions(where, record["dimensions"], stage)
    if not record["case_study"] and (labels or record["stage"]):
        raise CorpusError(f"{where}: tagged, yet case_study is false; one of the two is wrong")
    wanted = {*labels, *([STAGE_LABEL] if record["stage"] else [])}
    evidence = tuple(_quotation(where, entry, record["text"], wanted) for entry in record["evidence"])
    lacking = sorted(wanted - {q.label for q in evidence})
    if lacking:
        raise CorpusError(f"{where}: no evidence for {lacking[0]!r}; each label needs a quote")
    return Example(
        part, record["id"], record["genre"], record["title"], record["text"], tuple(sorted(set(labels))),
        record["stage"], dict(record["dimensions"]), evidence, record["case_study"],
    )  # fmt: skip


def _known(where: str, key: str, found: Sequence[Any], known: Sequence[str]) -> None:
    for value in found:
        if not isinstance(value, str) or value not in known:
            raise CorpusError(f"{where}: {key} {_shown(value)} is unknown; one of {', '.join(known)}")


def _check_dimensions(where: str, found: dict[str, Any], stage: Scheme) -> None:
    _known(where, "dimension", list(found), [d.dimension for d in stage.dimensions])
    for name, level in found.items():
        if isinstance(level, bool) or level not in range(1, len(stage.codes) + 1):
            raise CorpusError(f"{where}: dimension {name} is {_shown(level)}; 1 to {len(stage.codes)}")


def _quotation(where: str, entry: Any, text: str, wanted: set[str]) -> Quotation:
    if not isinstance(entry, dict) or set(entry) != {"label", "quote"}:
        raise CorpusError(f'{where}: evidence {_shown(entry)}; {{"label": …, "quote": …}} is needed')
    if entry["label"] not in wanted:
        raise CorpusError(f"{where}: evidence for {_shown(entry['label'])}, which is no label of the text")
    if not isinstance(entry["quote"], str) or not entry["quote"] or entry["quote"] not in text:
        raise CorpusError(f"{where}: evidence not in text: {_shown(entry['quote'])}")
    return Quotation(entry["label"], entry["quote"])


def _shown(value: object) -> str:
    shown = repr(value)
    return shown if len(shown) <= 80 else shown[:77] + "..."
