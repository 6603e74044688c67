"""Which texts do the sample sites show? Reads `texts/*.md`.

A file holds many texts. Each begins with TOML between two lines `+++`; its body knows paragraphs, `## headings`,
`- items` and `**bold**`, and nothing else.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

_BOLD = re.compile(r"\*\*(.+?)\*\*")
_OPENING = re.compile(r"(^|[\s(\[—–“‘])\"")
_OPENING_SINGLE = re.compile(r"(^|[\s(\[—–“])'")


@dataclass(frozen=True)
class Block:
    """A paragraph, a heading or a list: `kind` is `p`, `h2` or `ul`; only a list has several lines."""

    kind: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Text:
    """One text with the fields of its head; `blocks` is empty for a page that has nothing to say."""

    slug: str
    title: str
    fields: Mapping[str, Any]
    blocks: tuple[Block, ...]

    @property
    def summary(self) -> str:
        """The beginning of the first paragraph, without marks, as an excerpt or a card shows it; may be empty."""
        first = next((block.lines[0] for block in self.blocks if block.kind == "p"), "")
        words = plain(first).split()
        return " ".join(words[:30]) + (" …" if len(words) > 30 else "")


@cache
def read_texts(name: str) -> tuple[Text, ...]:
    """Return the texts of `texts/<name>.md` in their order there."""
    whole = files(__package__).joinpath("texts", f"{name}.md").read_text(encoding="utf-8")
    parts = re.split(r"^\+\+\+$", whole, flags=re.MULTILINE)
    return tuple(
        _text(tomllib.loads(head), body) for head, body in zip(parts[1::2], parts[2::2], strict=True)
    )


def plain(line: str) -> str:
    """Return the line without marks of bold."""
    return _BOLD.sub(r"\1", line)


def runs(line: str) -> Iterator[tuple[bool, str]]:
    """Yield the line's stretches as (is bold, words)."""
    for number, words in enumerate(_BOLD.split(line)):
        if words:
            yield number % 2 == 1, words


def typeset(line: str) -> str:
    """Return the line with typographic quotation marks and apostrophes, as a publishing system would set it."""
    line = _OPENING_SINGLE.sub(r"\1‘", _OPENING.sub(r"\1“", line))
    return line.replace('"', "”").replace("'", "’")


def _text(fields: dict[str, Any], body: str) -> Text:
    return Text(str(fields["slug"]), str(fields["title"]), fields, tuple(_blocks(body)))


def _blocks(body: str) -> Iterator[Block]:
    for part in re.split(r"\n\s*\n", body.strip()):
        lines = [line.strip() for line in part.splitlines() if line.strip()]
        if not lines:
            continue
        if lines[0].startswith("## "):
            yield Block("h2", (lines[0][3:],))
        elif all(line.startswith("- ") for line in lines):
            yield Block("ul", tuple(line[2:] for line in lines))
        else:
            yield Block("p", (" ".join(lines),))
