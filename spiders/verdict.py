"""Decides whether a source's run was good, and says in words why not."""

import statistics
from dataclasses import dataclass

from spiders.ledger import Ledger
from spiders.source import Source

GOOD = ("new", "changed", "unchanged", "not_modified", "skipped")
HISTORY = 5  # good runs that a yield is measured against
HISTORY_LEAST = 10  # case studies; below that, any yield is an accident
_MARKS = ", ".join("?" * len(GOOD))


@dataclass(frozen=True, slots=True)
class Walk:
    """How a run's walk went."""

    is_whole: bool  # it came to its end
    is_partial: bool  # its kind does not name every document
    is_limited: bool
    links: int
    ignored: int
    said: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()  # parts of the walk that could not be had
    closed_hosts: tuple[str, ...] = ()
    bugs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a run was good; its message if not; whether what it found must be held back."""

    is_ok: bool
    message: str | None
    case_study_count: int
    is_withheld: bool = False


def judge(source: Source, ledger: Ledger, run_id: str, walk: Walk) -> Verdict:
    """Return the verdict on a run."""
    found = "" if walk.is_partial else "AND found_run = ?"
    values = (run_id, *GOOD, *([] if walk.is_partial else [run_id]))
    chosen = f"SELECT document_id FROM address WHERE outcome_run = ? AND outcome IN ({_MARKS}) {found}"  # noqa: S608
    query = "SELECT {} FROM document JOIN version USING (version_id) WHERE document.document_id IN ({})"
    if walk.is_partial and source.kind == "feed":
        chosen, values = "SELECT document_id FROM document WHERE gone_at IS NULL", ()
    document_count = ledger.number(query.format("count(*)", chosen), *values)
    count = ledger.number(query.format("sum(case_study_count)", chosen), *values)
    if walk.bugs:
        return _bad(f"the walk broke off: {walk.bugs[0]}", count)
    if walk.closed_hosts:
        return _bad(walk.closed_hosts[0], count)
    asked = ledger.number("SELECT count(*) FROM address WHERE outcome_run = ?", run_id)
    if walk.links == walk.ignored or not asked:
        return _bad(_nothing(source, ledger, run_id, walk), 0)
    if not document_count or walk.lost:
        return _bad(_lost(ledger, walk) if document_count else _all_failed(ledger, run_id, asked), count)
    if walk.is_limited or not walk.is_whole:
        return Verdict(is_ok=True, message=None, case_study_count=count)
    return _measured(source, ledger, count)


def _measured(source: Source, ledger: Ledger, count: int) -> Verdict:
    """Hold the yield against [expect], or else against the source's own history."""
    expect = source.expect
    held = "; what was held before stays"
    if expect.min is not None and count < expect.min:
        return _bad(f"found {count} case studies; expect.min is {expect.min}{held}", count, is_withheld=True)
    if expect.max is not None and count > expect.max:
        return _bad(f"found {count} case studies; expect.max is {expect.max}{held}", count, is_withheld=True)
    rows = ledger.sql.execute(
        "SELECT yield FROM run WHERE is_ok AND is_full AND NOT is_limited AND yield IS NOT NULL "
        "ORDER BY ordinal DESC LIMIT ?",
        (HISTORY,),
    ).fetchall()
    usual = statistics.median(row["yield"] for row in rows) if rows else 0
    if expect.min is None and usual >= HISTORY_LEAST and count < usual / 2:
        words = f"found {count} case studies, usually {usual:g}{held}; if that is right, set expect.min"
        return _bad(words, count, is_withheld=True)
    return Verdict(is_ok=True, message=None, case_study_count=count)


def _nothing(source: Source, ledger: Ledger, run_id: str, walk: Walk) -> str:
    """Say what there was instead of documents."""
    if walk.ignored:
        return f"names {walk.ignored} pages, but allow and deny take none of them"
    if walk.said:
        return walk.said[0]
    failure = ledger.one(
        "SELECT url, detail FROM failure WHERE run_id = ? ORDER BY at, failure_id LIMIT 1", run_id
    )
    if failure is not None:
        return f"{failure['url']}: {failure['detail']}"
    return f"{', '.join(source.start)}: names no document"


def _all_failed(ledger: Ledger, run_id: str, asked: int) -> str:
    row = ledger.one(
        "SELECT reason, min(detail) AS detail, count(*) AS number FROM failure WHERE run_id = ? "
        "GROUP BY reason ORDER BY number DESC, reason LIMIT 1",
        run_id,
    )
    why = f"{row['reason']}: {row['detail']}" if row else "no reason was noted"
    return f"of {asked} documents found, none could be harvested; most often {why}"


def _lost(ledger: Ledger, walk: Walk) -> str:
    """Say what part of the walk could not be had."""
    held = ledger.number("SELECT count(*) FROM document WHERE gone_at IS NULL")
    more = f" (and {len(walk.lost) - 1} more)" if len(walk.lost) > 1 else ""
    return f"{walk.lost[0]}{more}; {held} held"


def _bad(message: str, count: int, *, is_withheld: bool = False) -> Verdict:
    return Verdict(is_ok=False, message=message, case_study_count=count, is_withheld=is_withheld)
