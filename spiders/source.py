"""Reads a source file, and says what is wrong with it."""

import hashlib
import re
import tomllib
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from spiders.address import canonical, host_of, is_loopback
from spiders.source_check import DEFAULT_MAX_DOCUMENTS, FIELDS, KINDS, NOTHING, SECTIONS, Check

FILE_KINDS = ("archive", "folder")
DEFAULT_DELAY = 1.0

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z")


class SourceError(Exception):
    """A source file is wrong; the message has one line for each fault."""


@dataclass(frozen=True, slots=True)
class Select:
    """CSS selectors for a page; None where the harvester looks for itself."""

    item: str | None = None
    next: str | None = None
    title: str | None = None
    body: str | None = None
    published: str | None = None


@dataclass(frozen=True, slots=True)
class SplitRule:
    """Where a document's case studies begin: CSS, or "auto"."""

    heading: str


@dataclass(frozen=True, slots=True)
class Expect:
    """Bounds on the number of case studies that a whole harvest finds; None is no bound."""

    min: int | None = None
    max: int | None = None


@dataclass(frozen=True)
class Source:
    """A place to harvest, as its file says."""

    id: str
    title: str
    kind: str
    start: tuple[str, ...]
    allow: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()
    licence: str | None = None
    basis: str | None = None
    checked_on: str | None = None
    contact: str | None = None
    delay: float = DEFAULT_DELAY
    max_documents: int = DEFAULT_MAX_DOCUMENTS
    active: bool = True
    select: Select = field(default_factory=Select)
    split: SplitRule | None = None
    expect: Expect = field(default_factory=Expect)
    digest: str = ""
    path: str = ""

    @cached_property
    def hosts(self) -> frozenset[str]:
        """Return the hosts (name, and port unless it is the scheme's own) that may be asked."""
        return frozenset() if self.kind in FILE_KINDS else frozenset(host_of(url) for url in self.start)

    @cached_property
    def _patterns(self) -> tuple[tuple[re.Pattern[str], ...], tuple[re.Pattern[str], ...]]:
        return tuple(map(re.compile, self.allow)), tuple(map(re.compile, self.deny))

    def takes(self, url: str) -> bool:
        """Tell whether `allow` and `deny` let a document have this address."""
        allow, deny = self._patterns
        forms = {url, unquote(url)}  # 'annual report.pdf' is written '%20' in an address
        allowed = not allow or any(pattern.search(form) for pattern in allow for form in forms)
        return allowed and not any(pattern.search(form) for pattern in deny for form in forms)


def read_source(path: Path | str) -> Source:
    """Return the source of a file. Raises SourceError, naming every fault of the file."""
    path = Path(path)
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise SourceError(f"{path}: cannot be read: {error.strerror or error}") from error
    return parse_source(raw, path)


def read_sources(*folders: Path | str) -> list[Source]:
    """Return the sources of all folders (or single files), by id; a later namesake replaces an earlier one.

    Raises SourceError with the faults of all files, and for a folder that does not exist.
    """
    sources, faults = scan_sources(*folders)
    if faults:
        raise SourceError("\n".join(faults))
    return sources


def scan_sources(*folders: Path | str) -> tuple[list[Source], list[str]]:
    """Return the sources whose files are right, by id, and the faults of the others, a line each."""
    sources: dict[str, Source] = {}
    faults: list[str] = []
    for folder in map(Path, folders):
        if not folder.exists():
            faults.append(f"{folder}: no such folder; a folder of *.toml files, or one such file, is needed")
            continue
        for path in sorted(folder.glob("*.toml")) if folder.is_dir() else [folder]:
            try:
                source = read_source(path)
            except SourceError as error:
                faults.extend(str(error).splitlines())
            else:
                sources[source.id] = source
    return [sources[source_id] for source_id in sorted(sources)], faults


def parse_source(raw: bytes, path: Path) -> Source:
    """Return the source that the bytes of the file at `path` describe. Raises SourceError."""
    values = _toml(raw, path)
    check = Check(str(path), values)
    if not _ID.match(path.stem):
        check.fault(
            f"the file's name is the source's id: {path.stem!r} is not letters, digits, '.', '_' and '-'"
        )
    known = [*FIELDS, *SECTIONS]
    check.unknown(values, known, where="")
    settings = {name: reader(check, name) for name, reader in FIELDS.items()}
    select = Select(**{key: check.css("select", key) for key in check.section("select")})
    heading = check.css("split", "heading") if check.section("split") is not NOTHING else None
    if "split" in values and heading is None and isinstance(values["split"], dict):
        check.fault("split.heading is missing; CSS such as 'h2', or 'auto', is needed")
    expect = Expect(**{key: check.count("expect", key) for key in check.section("expect")})
    if expect.min is not None and expect.max is not None and expect.min > expect.max:
        check.fault(f"expect.min {expect.min} is above expect.max {expect.max}; it must not be")
    kind = settings["kind"]
    if kind == "listing" and not select.item:
        check.fault("kind 'listing' needs select.item, CSS for the links to documents")
    start = settings["start"] if kind in KINDS else ()
    starts = tuple(s for s in (_start(check, kind, value, path) for value in start) if s)
    if check.faults:
        raise SourceError("\n".join(check.faults))
    if settings["delay"] is None:
        near = kind in FILE_KINDS or all(is_loopback(host_of(url)) for url in starts)
        settings["delay"] = 0.0 if near else DEFAULT_DELAY
    settings["start"] = starts
    return Source(
        id=path.stem, select=select, split=SplitRule(heading) if heading else None, expect=expect,
        digest=hashlib.sha256(raw).hexdigest(), path=str(path), **settings,
    )  # fmt: skip


def _start(check: Check, kind: str, value: str, path: Path) -> str | None:
    """Return a start as it is used: a canonical address, or an absolute path. None if it is wrong."""
    if kind not in FILE_KINDS:
        try:
            parts = urlsplit(value)
            right = parts.scheme in {"http", "https"} and bool(parts.hostname) and "@" not in parts.netloc
            if right:
                return canonical(value)
        except ValueError:
            pass
        check.fault(
            f"start {value!r} is not an address; one such as 'https://host/path' is needed, with no password"
        )
        return None
    value = value.removeprefix("file://")
    place = Path(value).expanduser()
    candidates = [place] if place.is_absolute() else [path.parent / place, place]
    for candidate in candidates:
        if candidate.exists():
            return str(candidate.resolve())
    seen = " nor ".join(str(candidate) for candidate in candidates)
    check.fault(f"start {value!r}: there is no {seen}; an existing file or folder is needed")
    return None


def _toml(raw: bytes, path: Path) -> dict[str, Any]:
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise SourceError(f"{path}: line {line} is not UTF-8; the file must be saved as UTF-8") from error
    if not text.strip():
        raise SourceError(f"{path}: the file is empty; title, kind and start are needed")
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise SourceError(f"{path}: is not TOML: {str(error).splitlines()[0]}") from error
