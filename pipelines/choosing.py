"""Which sources are meant: the active ones, or those that are named; of the package, the home, or a folder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.home import Home, HomeError

if TYPE_CHECKING:
    from spiders.source import Source


@dataclass(frozen=True, slots=True)
class Chosen:
    """The sources to harvest, and the faults of files that cannot be read: these fail alone, the others go on."""

    sources: list[Source]
    faults: list[str]


def choose_sources(home: Home, *, folder: Path | None = None, names: Sequence[str] = ()) -> Chosen:
    """Return the sources to harvest: the active ones, or just those that are named.

    They are read from `folder`, else from the package and the home, where the home's file wins.
    Raises HomeError for a missing folder or an unknown name; SourceError if a named file, or every file, is wrong.
    """
    from spiders.source import SourceError

    known, faults = scan(home, folder=folder)
    by_id = {source.id: source for source in known}
    missing = [name for name in names if name not in by_id]
    if faults and (missing or not known):
        raise SourceError("\n".join(faults))
    if missing:
        raise HomeError(
            f"--source {missing[0]!r} is unknown; one of {', '.join(sorted(by_id)) or 'none: no source file'}"
        )
    from spiders.takedown import banned

    out = banned(home.path).sources
    if named_out := [name for name in names if name in out]:
        raise HomeError(f"--source {named_out[0]!r} was taken down, and is not harvested again")
    if names:
        return Chosen([by_id[name] for name in dict.fromkeys(names)], [])
    active = [source for source in known if source.active and source.id not in out]
    if not active and not faults:
        raise HomeError(
            "no source is active: name one by --source ID (`partnerships sources list`), or read its terms and set "
            "active = true in its file"
        )
    return Chosen(active, faults)


def scan(home: Home, *, folder: Path | None = None) -> tuple[list[Source], list[str]]:
    """Return every source, active or not, by id; and the faults of files that are wrong, a line each."""
    from spiders.source import scan_sources

    if folder is not None and not folder.is_dir():
        raise HomeError(f"--sources {folder}: no such folder; a folder of source files (TOML) is wanted")
    folders = [folder] if folder else [shipped_sources(), home.sources]
    return scan_sources(*(each for each in folders if each.is_dir()))


def shipped_sources() -> Path:
    """Return the folder of the source files that the package ships."""
    import spiders

    return Path(spiders.__path__[0]) / "sources"
