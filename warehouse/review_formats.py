"""How the annotation tools write what a person decided: Label Studio's JSON, doccano's and Prodigy's JSON lines.

All three are read into `Review`: one person's view of one text, offsets in characters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from warehouse import records
from warehouse.errors import WarehouseError

Reader = Callable[[dict[str, Any], str], Iterator["Review"]]

NOT_STATED = "not_stated"
STAGE_PREFIX = "stage="
CASE_STUDY = {"case_study=yes": True, "case_study=no": False}


@dataclass(frozen=True)
class Span:
    """Words that a person marked, and for which label: a species' code, or `dimension=level`."""

    label: str
    start: int
    end: int
    quote: str


@dataclass(frozen=True)
class Review:
    """What one person decided about one text; None where that was not asked."""

    where: str
    """File and line or task, for messages."""
    text: str
    case_study_id: str | None
    annotator: str | None
    at: datetime | None
    is_case_study: bool | None = None
    species: frozenset[str] | None = None
    is_stage_decided: bool = False
    stage: str | None = None
    """None: the person says that the text does not state it."""
    dimensions: dict[str, int] = field(default_factory=dict)
    spans: tuple[Span, ...] = ()
    note: str | None = None


def read_reviews(path: Path) -> Iterator[Review]:
    """Yield the reviews of a file; the format is told by what stands in it. Raises WarehouseError."""
    try:
        with path.open("rb") as handle:
            is_list = handle.read(200).lstrip()[:1] == b"["
    except OSError as error:
        raise WarehouseError(f"{path}: cannot be read: {error.strerror}") from error
    if is_list:
        for n, task in enumerate(records.read_list(path)):
            where = f"{path}: task {n}"
            yield from _read(_label_studio, records.check(task, {"data": "object"}, where), where)
        return
    for number, line in records.lines(path):
        where = f"{path}:{number}"
        record = records.check(line, {"text": "text"}, where)
        if "answer" in record:
            yield from _read(_prodigy, record, where)
        elif "label" in record or "labels" in record:
            yield from _read(_doccano, record, where)
        else:
            raise WarehouseError(
                f"{where}: neither 'answer' (Prodigy) nor 'label' (doccano) is there; one would be right"
            )


def _read(reader: Reader, record: dict[str, Any], where: str) -> Iterator[Review]:
    try:
        yield from reader(record, where)
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        name = reader.__name__.strip("_").replace("_", " ")
        raise WarehouseError(f"{where}: not as {name} exports it: {type(error).__name__} {error}") from error


def _label_studio(task: dict[str, Any], where: str) -> Iterator[Review]:
    data = records.check(task["data"], {"text": "text"}, where)
    for annotation in task.get("annotations") or []:
        if annotation.get("was_cancelled"):
            continue
        results = annotation.get("result") or []
        chosen = {r["from_name"]: r["value"]["choices"] for r in results if r.get("type") == "choices"}
        spans = tuple(
            _span(data["text"], label, r["value"], where)
            for r in results
            if r.get("type") == "labels"
            for label in r["value"]["labels"]
        )
        notes = [t for r in results if r.get("type") == "textarea" for t in r["value"]["text"]]
        said = chosen.get("case_study", [None])[0]
        yield Review(
            where=where,
            text=data["text"],
            case_study_id=data.get("id"),
            annotator=_who(annotation.get("completed_by")),
            at=_when(annotation.get("updated_at") or annotation.get("created_at")),
            is_case_study=None if said is None else said == "yes",
            species=frozenset(chosen.get("species", [])),
            is_stage_decided="stage" in chosen,
            stage=None if chosen.get("stage", [NOT_STATED])[0] == NOT_STATED else chosen["stage"][0],
            dimensions=_dimensions(span.label for span in spans),
            spans=spans,
            note="\n".join(notes) or None,
        )


def _doccano(record: dict[str, Any], where: str) -> Iterator[Review]:
    entries = record.get("label", record.get("labels")) or []
    entries = entries if isinstance(entries, list) else [entries]
    spans = tuple(
        _span(record["text"], str(e[2]), {"start": e[0], "end": e[1]}, where)
        for e in entries
        if isinstance(e, list)
    )
    names = [e for e in entries if isinstance(e, str)] + [span.label for span in spans]
    meta = record.get("meta") if isinstance(record.get("meta"), dict) else {}
    about = {**(meta or {}), **record}
    yield _by_names(
        record["text"], names, spans, about, where, _who(about.get("username") or about.get("annotator"))
    )


def _prodigy(record: dict[str, Any], where: str) -> Iterator[Review]:
    if record["answer"] != "accept":
        return
    spans = tuple(_span(record["text"], s["label"], s, where) for s in record.get("spans") or [])
    names = [*(record.get("accept") or []), *(span.label for span in spans)]
    if record.get("label"):
        names.append(record["label"])
    about = {**(record.get("meta") or {}), **record}
    stamp = record.get("_timestamp")
    who = _who(record.get("_annotator_id") or record.get("_session_id"))
    review = _by_names(record["text"], names, spans, about, where, who)
    at = (
        datetime.fromtimestamp(stamp, tz=UTC).replace(tzinfo=None) if isinstance(stamp, int | float) else None
    )
    yield Review(**{**vars(review), "at": at})


def _by_names(
    text: str,
    names: list[str],
    spans: tuple[Span, ...],
    about: dict[str, Any],
    where: str,
    annotator: str | None,
) -> Review:
    """Sort names by their form: `case_study=yes`, `stage=established`, `impact=2`; all others are species."""
    stages = [name.removeprefix(STAGE_PREFIX) for name in names if name.startswith(STAGE_PREFIX)]
    flags = [CASE_STUDY[name] for name in names if name in CASE_STUDY]
    case_study_id = about.get("case_study_id") or about.get("id")
    return Review(
        where=where,
        text=text,
        case_study_id=case_study_id if isinstance(case_study_id, str) else None,
        annotator=annotator,
        at=_when(about.get("updated_at") or about.get("annotated_at")),
        is_case_study=flags[0] if flags else None,
        species=frozenset(name for name in names if "=" not in name),
        is_stage_decided=bool(stages),
        stage=None if not stages or stages[0] == NOT_STATED else stages[0],
        dimensions=_dimensions(
            name for name in names if not name.startswith(STAGE_PREFIX) and name not in CASE_STUDY
        ),
        spans=spans,
    )


def _dimensions(names: Iterator[str]) -> dict[str, int]:
    found = {}
    for name in names:
        dimension, is_scored, level = name.partition("=")
        if is_scored and level in ("1", "2", "3", "4"):
            found[dimension] = int(level)
    return found


def _span(text: str, label: str, value: dict[str, Any], where: str) -> Span:
    """Return the span in characters; the tool may have counted UTF-16 units, and its own copy of the words tells."""
    start, end = value.get("start"), value.get("end")
    if not isinstance(start, int) or not isinstance(end, int) or not 0 <= start < end:
        raise WarehouseError(
            f"{where}: {label!r} stands from {start!r} to {end!r}; two rising offsets would be right"
        )
    words = value.get("text")
    if words is None or text[start:end] == words:
        if end > len(text):
            raise WarehouseError(f"{where}: {label!r} ends at {end}; the text ends at {len(text)}")
        return Span(label, start, end, text[start:end])
    units = text.encode("utf-16-le", "surrogatepass")
    before, inside = (
        units[2 * a : 2 * b].decode("utf-16-le", "replace") for a, b in ((0, start), (start, end))
    )
    if inside != words:
        raise WarehouseError(f"{where}: {label!r} quotes {words!r}; the text has {text[start:end]!r} there")
    return Span(label, len(before), len(before) + len(inside), inside)


def _who(value: Any) -> str | None:
    if isinstance(value, dict):
        value = value.get("email") or value.get("username") or value.get("id")
    return str(value) if value not in (None, "") else None


def _when(value: Any) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
