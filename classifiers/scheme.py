"""What may be said of a text: codes, rubric dimensions and cue words, read from TOML."""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from classifiers.errors import SchemeError

FOLDER = Path(__file__).parent / "schemes"
SPECIES = "species@2021-01"
STAGE = "stage@2021-01"
KINDS = ("labels", "mapped", "rubric")
_CODE = re.compile(r"[a-z][a-z0-9_]*")
_NAME = re.compile(r"[a-z][a-z0-9_-]*@[a-z0-9.-]+")


@dataclass(frozen=True)
class Code:
    """A code with its rules. `level` is None where the scheme is not ordinal."""

    code: str
    title: str
    definition: str
    level: int | None = None
    tag: tuple[str, ...] = ()
    do_not_tag: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()
    cues: tuple[str, ...] = ()


@dataclass(frozen=True)
class Role:
    """Words that tell who acts, for whom, and how."""

    role: str
    title: str
    cues: tuple[str, ...]


@dataclass(frozen=True)
class Dimension:
    """A rubric dimension: `levels[0]` describes level 1, and `cues[0]` are its cues."""

    dimension: str
    title: str
    levels: tuple[str, ...]
    cues: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Scheme:
    """A versioned list of codes. `mapping` is empty unless the kind is `mapped`."""

    scheme: str
    kind: str
    title: str
    source: str
    codes: tuple[Code, ...]
    roles: tuple[Role, ...] = ()
    dimensions: tuple[Dimension, ...] = ()
    mapped_from: str | None = None
    mapping: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def code_names(self) -> tuple[str, ...]:
        """Return the codes in the file's order."""
        return tuple(code.code for code in self.codes)

    def at_level(self, level: int) -> str:
        """Return the code of a rubric's level, from 1."""
        return next(code.code for code in self.codes if code.level == level)

    def map_code(self, code: str) -> tuple[str, ...]:
        """Return the codes here that another scheme's code may be. Raises KeyError if it has none."""
        return self.mapping[code]

    def to_record(self) -> dict[str, Any]:
        """Return what `classify/schemes.json` holds of a scheme."""
        codes = [
            {"code": c.code, "title": c.title, "definition": c.definition, "position": n}
            for n, c in enumerate(self.codes)
        ]
        record: dict[str, Any] = {"scheme": self.scheme, "title": self.title, "codes": codes}
        if self.dimensions:
            record["dimensions"] = [
                {"dimension": d.dimension, "title": d.title, "levels": list(d.levels), "position": n}
                for n, d in enumerate(self.dimensions)
            ]
        return record


def read_scheme(path: Path) -> Scheme:
    """Read and check one scheme file. Raises SchemeError."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise SchemeError(f"{path.name}: not readable as TOML in UTF-8: {reason}") from error
    return parse_scheme(table, name=path.name)


def shipped_scheme(scheme: str) -> Scheme:
    """Return a scheme that the package ships, by its name, such as `species@2021-01`."""
    path = FOLDER / f"{scheme}.toml"
    if not path.is_file():
        names = ", ".join(sorted(p.stem for p in FOLDER.glob("*.toml")))
        raise SchemeError(f"scheme {scheme!r} is unknown; one of {names}")
    return read_scheme(path)


def parse_scheme(table: dict[str, Any], *, name: str) -> Scheme:
    """Check a scheme that was read from TOML; `name` stands in the messages. Raises SchemeError."""
    reader = _Reader(table, name)
    scheme = reader.text("scheme")
    if not _NAME.fullmatch(scheme):
        raise SchemeError(f"{name}: scheme {scheme!r} is no name; like 'species@2021-01'")
    if name.endswith(".toml") and name != f"{scheme}.toml":
        raise SchemeError(f"{name}: scheme {scheme!r} differs from the file's name; rename one of them")
    kind = reader.text("kind")
    if kind not in KINDS:
        raise SchemeError(f"{name}: kind {kind!r} is unknown; one of {', '.join(KINDS)}")
    reader.only({"scheme", "kind", "title", "source", "code", "role", "dimension", "mapping"})
    codes = tuple(_code(sub, kind) for sub in reader.tables("code", needed=True))
    _unique(name, "code", [c.code for c in codes])
    if kind != "labels" and sorted(c.level or 0 for c in codes) != list(range(1, len(codes) + 1)):
        found = [c.level for c in codes]
        raise SchemeError(f"{name}: code levels are {found}; each of 1 to {len(codes)} once")
    roles = tuple(_role(sub) for sub in reader.tables("role"))
    _unique(name, "role", [r.role for r in roles])
    dimensions = tuple(
        _dimension(sub, len(codes)) for sub in reader.tables("dimension", needed=kind == "rubric")
    )
    _unique(name, "dimension", [d.dimension for d in dimensions])
    mapped_from, mapping = _mapping(reader, codes, needed=kind == "mapped")
    return Scheme(
        scheme,
        kind,
        reader.text("title"),
        reader.text("source"),
        codes,
        roles,
        dimensions,
        mapped_from,
        mapping,
    )


def _code(reader: _Reader, kind: str) -> Code:
    code = reader.text("code")
    if not _CODE.fullmatch(code):
        raise SchemeError(f"{reader.where}: code {code!r} is no code; lower case, digits and '_'")
    reader.where = f"{reader.where} ({code})"
    common = {"code", "title", "definition"}
    if kind != "labels":
        reader.only(common | {"level"})
        return Code(code, reader.text("title"), reader.text("definition"), reader.number("level"))
    reader.only(common | {"tag", "do_not_tag", "examples", "cues"})
    lists = [reader.texts(key) for key in ("tag", "do_not_tag", "examples", "cues")]
    return Code(code, reader.text("title"), reader.text("definition"), None, *lists)


def _role(reader: _Reader) -> Role:
    reader.only({"role", "title", "cues"})
    return Role(reader.text("role"), reader.text("title"), reader.texts("cues"))


def _dimension(reader: _Reader, levels: int) -> Dimension:
    reader.only({"dimension", "title", "levels", "cues"})
    dimension = reader.text("dimension")
    described, cues = reader.texts("levels"), reader.table.get("cues", [])
    for key, found in (("levels", described), ("cues", cues)):
        if not isinstance(found, (list, tuple)) or len(found) != levels:
            raise SchemeError(
                f"{reader.where} ({dimension}): {key} has not {levels} entries; one for each level"
            )
    lists = tuple(_Reader({"cues": c}, f"{reader.where} ({dimension})").texts("cues") for c in cues)
    return Dimension(dimension, reader.text("title"), described, lists)


def _mapping(
    reader: _Reader, codes: tuple[Code, ...], *, needed: bool
) -> tuple[str | None, dict[str, tuple[str, ...]]]:
    table = reader.table.get("mapping")
    if not needed or not isinstance(table, dict):
        if needed or table is not None:
            wanted = "a table [mapping] is needed" if needed else "only kind 'mapped' has [mapping]"
            raise SchemeError(f"{reader.where}: mapping is {table!r}; {wanted}")
        return None, {}
    inner = _Reader(table, f"{reader.where}: [mapping]")
    mapping = {key: inner.texts(key) for key in table if key != "from"}
    known = {c.code for c in codes}
    for key, values in mapping.items():
        if not values or not set(values) <= known:
            raise SchemeError(f"{inner.where}: {key} is {list(values)}; some of {', '.join(sorted(known))}")
    return inner.text("from"), mapping


def _unique(name: str, key: str, found: list[str]) -> None:
    twice = sorted({value for value in found if found.count(value) > 1})
    if twice:
        raise SchemeError(f"{name}: {key} {twice[0]!r} stands twice; once would be right")


@dataclass
class _Reader:
    """Takes typed values out of a TOML table, or says where it cannot."""

    table: dict[str, Any]
    where: str

    def only(self, allowed: Iterable[str]) -> None:
        unknown = sorted(set(self.table) - set(allowed))
        if unknown:
            raise SchemeError(
                f"{self.where}: key {unknown[0]!r} is unknown; one of {', '.join(sorted(allowed))}"
            )

    def text(self, key: str) -> str:
        value = self.table.get(key)
        if not isinstance(value, str) or not value.strip():
            raise SchemeError(f"{self.where}: {key} is {_shown(value)}; text is needed")
        return value

    def number(self, key: str) -> int:
        value = self.table.get(key)
        if isinstance(value, bool) or not isinstance(value, int):
            raise SchemeError(f"{self.where}: {key} is {_shown(value)}; a whole number is needed")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        value = self.table.get(key, [])
        if not isinstance(value, list) or not all(isinstance(v, str) and v.strip() for v in value):
            raise SchemeError(f"{self.where}: {key} is {_shown(value)}; a list of texts is needed")
        return tuple(value)

    def tables(self, key: str, *, needed: bool = False) -> list[_Reader]:
        value = self.table.get(key, [])
        if (
            not isinstance(value, list)
            or not all(isinstance(v, dict) for v in value)
            or (needed and not value)
        ):
            raise SchemeError(
                f"{self.where}: {key} is {_shown(value)}; one or more tables [[{key}]] are needed"
            )
        return [_Reader(v, f"{self.where}: [[{key}]] {n}") for n, v in enumerate(value, 1)]


def _shown(value: object) -> str:
    shown = repr(value)
    if value is None:
        return "missing"
    return shown if len(shown) <= 60 else shown[:57] + "..."


def main() -> int:
    """Check every shipped scheme; print what is wrong. Returns the exit status."""
    wrong = 0
    for path in sorted(FOLDER.glob("*.toml")):
        try:
            scheme = read_scheme(path)
        except SchemeError as error:
            wrong += 1
            sys.stderr.write(f"{error}\n")
        else:
            sys.stdout.write(f"{path.name}: {len(scheme.codes)} codes\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
