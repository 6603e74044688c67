"""Where a command reads and writes: the home's paths, and the settings that stand in it."""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path

DEFAULT_HOME = Path("data")
DEMO = "demo"
SAID = {str: "a text in quotation marks", int: "a whole number", float: "a number"}


class HomeError(Exception):
    """A home, its settings or its lock are not as they should be; the message is one line."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What `settings.toml` may say; `PARTNERSHIPS_<NAME>` overrides a key."""

    contact: str = field(default="", metadata={"is": "an e-mail or web address, sent in the User-Agent"})
    keep_snapshots: int = field(
        default=10, metadata={"is": "how many published snapshots are kept, 1 or more"}
    )
    parallel_sources: int = field(
        default=4, metadata={"is": "how many sources are harvested at once, 1 or more"}
    )
    source_hours: float = field(
        default=6.0, metadata={"is": "the longest that one source may take, in hours"}
    )


@dataclass(frozen=True, slots=True)
class Home:
    """The folder that holds everything that a command writes. Nothing is made until it is needed."""

    path: Path
    settings: Settings = field(default_factory=Settings)

    @property
    def sources(self) -> Path:
        """Source files of one's own."""
        return self.path / "sources"

    @property
    def runs(self) -> Path:
        """One folder a run."""
        return self.path / "runs"

    @property
    def warehouse(self) -> Path:
        """The writer's DuckDB file; analysts do not open it."""
        return self.path / "warehouse.duckdb"

    @property
    def published(self) -> Path:
        """Snapshots, and the link `current.duckdb`."""
        return self.path / "published"

    @property
    def duplicates(self) -> Path:
        """The index of near-duplicates."""
        return self.path / "harvest" / "duplicates.sqlite"

    @property
    def lock(self) -> Path:
        """Held by the one command that writes."""
        return self.path / "lock"

    def has_snapshot(self) -> bool:
        """Whether anything was ever published here."""
        return (self.published / "current.duckdb").exists()


def find_home(named: Path | None = None, environ: Mapping[str, str] = os.environ) -> Home:
    """Return the home that is meant: the one named, else `$PARTNERSHIPS_HOME`, else `./data`.

    Raises HomeError if its settings cannot be read.
    """
    path = named or (Path(environ["PARTNERSHIPS_HOME"]) if environ.get("PARTNERSHIPS_HOME") else DEFAULT_HOME)
    if path.exists() and not path.is_dir():
        raise HomeError(f"{path}: is a file; a home is a folder")
    return Home(path, read_settings(path / "settings.toml", environ))


def reading_home(home: Home) -> Home:
    """Return the home to read from: itself, or its demo's where only the demo has been run."""
    demo = Home(home.path / DEMO, home.settings)
    return demo if not home.has_snapshot() and demo.has_snapshot() else home


def read_settings(path: Path, environ: Mapping[str, str]) -> Settings:
    """Read the settings file, if there is one, and the environment over it. Raises HomeError."""
    values = _read_toml(path)
    known = {each.name: each for each in fields(Settings)}
    for key in values.keys() - known.keys():
        near = difflib.get_close_matches(key, known, n=1)
        right = f"did you mean {near[0]!r}?" if near else f"one of {', '.join(sorted(known))}"
        raise HomeError(f"{path}: setting {key!r} is unknown; {right}")
    kinds: dict[str, type] = {"str": str, "int": int, "float": float}
    checked: dict[str, object] = {}
    for name, each in known.items():
        kind, variable = kinds[str(each.type)], f"PARTNERSHIPS_{name.upper()}"
        if variable in environ:
            checked[name] = _from_text(environ[variable], kind, variable)
        elif name in values:
            checked[name] = _of_kind(values[name], kind, f"{path}: {name}")
    settings = Settings(**checked)  # type: ignore[arg-type]
    for name, least in (("keep_snapshots", 1), ("parallel_sources", 1), ("source_hours", 0.01)):
        if not getattr(settings, name) >= least:  # so said that NaN is refused, too
            variable = f"PARTNERSHIPS_{name.upper()}"
            where = f"${variable}" if variable in environ else f"{path}: {name}"
            raise HomeError(f"{where} is {getattr(settings, name)}; it should be {least} or more")
    return settings


def _read_toml(path: Path) -> dict[str, object]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise HomeError(f"{path}: is no valid TOML: {error}") from None


def _of_kind(value: object, kind: type, where: str) -> object:
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if type(value) is not kind:
        raise HomeError(f"{where} is {value!r}; it should be {SAID[kind]}")
    return value


def _from_text(text: str, kind: type, variable: str) -> object:
    try:
        return kind(text)
    except ValueError:
        raise HomeError(f"${variable} is {text!r}; it should be {SAID[kind]}") from None
